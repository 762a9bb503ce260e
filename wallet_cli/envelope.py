"""Seal bytes with a passphrase: Argon2id and AES-256-GCM in one JSON document. No files, no wallet words.

The document tells damage and a wrong passphrase apart: a checksum over everything shows damage before any passphrase
is tried; a check value from the derived key shows a wrong passphrase; the GCM tag over header and content proves both.
The derivation's parameters are authenticated and lie between a floor and a ceiling, so that nobody can weaken them
or make opening cost a machine's whole memory.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from passport.errors import PassportError
from passport.terminal import ExitCode

KIND = "skillspas-wallet"
VERSION = 1
MAX_BYTES = 256 * 1024 * 1024


class WalletLocked(PassportError):
    """The passphrase does not fit."""

    code = "wallet_wrong_passphrase"
    exit_code: ClassVar[int] = ExitCode.DAMAGED


class WalletDamaged(PassportError):
    """The file was altered, cut off, or is no wallet. Params: `file`."""

    code = "wallet_damaged"
    exit_code: ClassVar[int] = ExitCode.DAMAGED


class NoBackup(PassportError):
    """The file is something else than a wallet or its backup. Params: `file`."""

    code = "no_backup"
    exit_code: ClassVar[int] = ExitCode.DAMAGED


class WalletTooNew(PassportError):
    """A later edition of skillspas wrote this file. Params: `file`."""

    code = "wallet_too_new"
    exit_code: ClassVar[int] = ExitCode.DAMAGED


class WalletKdfRefused(PassportError):
    """The key derivation's parameters lie outside what is safe."""

    code = "wallet_kdf_refused"
    exit_code: ClassVar[int] = ExitCode.DAMAGED


@dataclass(frozen=True, slots=True, kw_only=True)
class KdfParameters:
    """Argon2id's cost: memory in KiB, passes, lanes. The default is RFC 9106 §4's second recommended option."""

    memory_kib: int = 64 * 1024
    time: int = 3
    parallelism: int = 4

    def within_bounds(self) -> bool:
        """Whether the cost is at least the floor that OWASP names (19 MiB, two passes) and bearable to open."""
        return (
            19 * 1024 <= self.memory_kib <= 1024 * 1024
            and 2 <= self.time <= 16
            and 1 <= self.parallelism <= 16
            and self.memory_kib * self.time <= 4 * 1024 * 1024
        )


FLOOR = KdfParameters(memory_kib=19 * 1024, time=2, parallelism=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A derived key with what it was derived by; kept while a command runs, so that each write need not derive anew."""

    kdf: KdfParameters
    salt: bytes
    secret: bytes

    def __repr__(self) -> str:
        return "Key(…)"


def derive_key(passphrase: str, *, kdf: KdfParameters, salt: bytes | None = None) -> Key:
    """Derive a key; a fresh salt unless one is given. Raises: WalletKdfRefused outside the bounds."""
    if not kdf.within_bounds():
        raise WalletKdfRefused("key derivation parameters outside the bounds")
    from argon2.low_level import Type, hash_secret_raw

    salt = os.urandom(16) if salt is None else salt
    secret = hash_secret_raw(
        unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass"),
        salt,
        time_cost=kdf.time,
        memory_cost=kdf.memory_kib,
        parallelism=kdf.parallelism,
        hash_len=32,
        type=Type.ID,
    )
    return Key(kdf=kdf, salt=salt, secret=secret)


def _subkey(key: Key, purpose: bytes) -> bytes:
    return hmac.digest(key.secret, KIND.encode() + b" " + purpose, "sha256")


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _header(key: Key) -> dict[str, Any]:
    header: dict[str, Any] = {
        "kind": KIND,
        "version": VERSION,
        "kdf": {"name": "argon2id", **asdict(key.kdf), "salt": _b64(key.salt)},
        "cipher": "A256GCM",
    }
    header["check"] = _b64(hmac.digest(_subkey(key, b"check"), _canonical(header), "sha256")[:16])
    return header


def seal(content: bytes, key: Key) -> bytes:
    """Encrypt `content` with a fresh nonce; the whole header is authenticated with it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    header, nonce = _header(key), os.urandom(12)
    ciphertext = AESGCM(_subkey(key, b"encrypt")).encrypt(nonce, content, _canonical(header))
    envelope = {**header, "nonce": _b64(nonce), "ciphertext": _b64(ciphertext)}
    return _canonical({**envelope, "checksum": hashlib.sha256(_canonical(envelope)).hexdigest()})


def resembles_envelope(document: bytes) -> bool:
    """Whether a file was ever a document of ours, maybe altered or cut off since; else it is something else."""
    return document.startswith(b'{"check":') or KIND.encode() in document


def is_envelope(document: bytes) -> bool:
    """Whether a file is an undamaged document of ours, whatever its passphrase."""
    try:
        _read(document, file="")
    except PassportError:
        return False
    return True


def _read(document: bytes, *, file: str) -> tuple[dict[str, Any], KdfParameters, bytes]:
    """Return (envelope, parameters, salt) of an undamaged document. Raises: WalletDamaged, WalletTooNew."""
    try:
        envelope: Any = json.loads(document.decode("ascii")) if len(document) <= MAX_BYTES else None
        checksum = envelope.pop("checksum")
        if not hmac.compare_digest(str(checksum), hashlib.sha256(_canonical(envelope)).hexdigest()):
            raise WalletDamaged("checksum", file=file)
        if envelope["kind"] == KIND and envelope["version"] != VERSION:
            raise WalletTooNew("version", file=file)
        stated = envelope["kdf"]
        kdf = KdfParameters(**{name: stated[name] for name in ("memory_kib", "time", "parallelism")})
        salt = base64.b64decode(stated["salt"], validate=True)
        usable = envelope["kind"] == KIND and stated["name"] == "argon2id" and envelope["cipher"] == "A256GCM"
        whole = all(type(value) is int for value in asdict(kdf).values()) and 16 <= len(salt) <= 64
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WalletDamaged("not an envelope", file=file) from error
    if not (usable and whole):
        raise WalletDamaged("unknown envelope", file=file)
    return envelope, kdf, salt


def open_sealed(document: bytes, passphrase: str, *, known: Key | None = None, file: str = "") -> tuple[bytes, Key]:
    """Decrypt a document that `seal` made; return its content and the key to write it again.

    known: a key derived earlier, used when salt and parameters are still the same.
    Raises: WalletDamaged, WalletLocked, WalletTooNew, WalletKdfRefused.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    envelope, kdf, salt = _read(document, file=file)
    reusable = known is not None and known.kdf == kdf and known.salt == salt
    key = known if known is not None and reusable else derive_key(passphrase, kdf=kdf, salt=salt)
    header = _header(key)
    if not hmac.compare_digest(str(envelope.get("check")).encode(), header["check"].encode()):
        raise WalletLocked("check value", file=file)
    try:
        nonce, ciphertext = (base64.b64decode(envelope[name], validate=True) for name in ("nonce", "ciphertext"))
        return AESGCM(_subkey(key, b"encrypt")).decrypt(nonce, ciphertext, _canonical(header)), key
    except (InvalidTag, ValueError, KeyError, TypeError) as error:
        raise WalletDamaged("ciphertext", file=file) from error
