"""The master key: what is secret at rest is sealed under it (AES-256-GCM), what is only compared is hashed with it.

A six-digit transaction code has too few values for a bare hash: with a keyed hash the database alone tells nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from passport.errors import Misconfigured

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12


class MasterKeyUnusable(Misconfigured):
    """The file is missing, readable by others, or not 32 bytes."""

    code = "master_key_unusable"
    exit_code: ClassVar[int] = 4


class SealBroken(Misconfigured):
    """What is sealed in the database does not open with this master key."""

    code = "seal_broken"
    exit_code: ClassVar[int] = 4


class Vault:
    """Seals and hashes. `purpose` separates uses, `context` binds a sealed value to its row."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != 32:
            raise MasterKeyUnusable("a master key has 32 bytes")
        self._seal = AESGCM(_derive(master_key, b"seal"))
        self._hash = _derive(master_key, b"hash")

    def seal(self, data: bytes, *, context: str) -> bytes:
        """Encrypt, authenticated, for the row that `context` names."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._seal.encrypt(nonce, data, context.encode())

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Decrypt. Raises: SealBroken for another key, row or altered bytes."""
        if sealed[:1] != _VERSION or len(sealed) <= _NONCE_BYTES:
            raise SealBroken("unknown version of a sealed value")
        try:
            return self._seal.decrypt(sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :], context.encode())
        except InvalidTag as error:
            raise SealBroken("a sealed value does not open with this master key") from error

    def keyed_hash(self, value: bytes | str, *, purpose: str) -> str:
        """Return hex of HMAC-SHA-256; without the master key the value cannot be guessed from it."""
        data = value.encode() if isinstance(value, str) else value
        return hmac.new(self._hash, purpose.encode() + b"\0" + data, hashlib.sha256).hexdigest()


def _derive(master_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"skillspas issuer " + purpose).derive(master_key)


def new_secret() -> str:
    """A random value of 256 bits for codes, tokens, nonces and links."""
    return secrets.token_urlsafe(32)


def secret_hash(value: str) -> str:
    """How such a value is kept: it cannot be guessed, so a plain SHA-256 is enough."""
    return hashlib.sha256(value.encode()).hexdigest()


def load_vault(file: Path, *, create: bool) -> Vault:
    """Read the master key; with `create` make it first (mode 0600) if it is not there.

    Raises: MasterKeyUnusable.
    """
    if create and not file.exists():
        _create(file)
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except OSError as error:
        raise MasterKeyUnusable("the master key cannot be read", file=str(file)) from error
    with os.fdopen(descriptor, "rb") as handle:
        if os.name == "posix" and os.fstat(handle.fileno()).st_mode & 0o077:
            raise MasterKeyUnusable("the master key is readable by others: chmod 600", file=str(file))
        text = handle.read(4096).strip()
    with suppress(ValueError):
        key = base64.b64decode(text, validate=True)
        if len(key) == 32:
            return Vault(key)
    raise MasterKeyUnusable("the master key is not base64 of 32 bytes", file=str(file))


def _create(file: Path) -> None:
    """Write whole or not at all, and never over another process's key: a link fails if the name is taken."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(base64.b64encode(os.urandom(32)) + b"\n")
            handle.flush()
            os.fsync(handle.fileno())
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
