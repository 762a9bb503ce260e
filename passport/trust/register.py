"""The trust register: which organisations exist, with which keys, accredited for what and when.

It reads and looks up; fetching a register and keeping the highest `sequence` seen is the edges' work.
Source: CONTRACT section 4.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Final

from passport.errors import Malformed
from passport.jose.encoding import JsonObject, parse_json_object, sha256_base64url
from passport.jose.jws import check_signature, parse_jws
from passport.jose.keys import ALGORITHMS, PublicKey
from passport.trust.accreditation import Accreditation
from passport.trust.issuer_keys import IssuerKeys, parse_issuer_keys
from passport.trust.issuer_keys.x5c import AnchoredKeys

KINDS: Final = frozenset({"school", "leerbedrijf", "evc-aanbieder", "brancheorganisatie", "verifier"})
TYP: Final = "trust-register+jwt"
_COMPACT_JWS = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
MAX_REGISTER_BYTES: Final = 16 * 1024 * 1024


class RegisterMalformed(Malformed):
    """The trust register is not as the contract asks. `where` names the place."""

    code = "register_malformed"


class NotRegister(RegisterMalformed):
    """Neither a JSON document with organisations nor a JWT: another file or page than a trust register."""

    code = "not_a_register"


class RegisterSignature(Malformed):
    """The register is signed and no key was given, or the reverse, or the signature does not hold."""

    code = "register_signature"


class RegisterRollback(Malformed):
    """An edition with a lower sequence number than one already seen."""

    code = "register_rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation of the register. `id` equals the `iss` of its credentials, character for character."""

    id: str
    kind: str
    name: Mapping[str, str]
    identifiers: Mapping[str, str]
    keys: IssuerKeys
    accreditations: tuple[Accreditation, ...]

    def display_name(self, lang: str) -> str:
        """The register's own name for it: never the credential's."""
        return self.name.get(lang) or self.name.get("nl") or next(iter(self.name.values()), self.id)


class TrustRegister:
    """One edition of the register, read and checked."""

    __slots__ = ("_by_id", "digest", "issued_at", "next_update", "operator", "sequence", "signed", "source")

    def __init__(
        self,
        *,
        organisations: Sequence[Organisation],
        operator: str | None,
        sequence: int | None,
        issued_at: datetime | None,
        next_update: datetime | None,
        signed: bool,
        digest: str,
        source: bytes = b"",
    ) -> None:
        """source: the bytes it was read from, of which `digest` is the SHA-256; for who must show what was used."""
        self._by_id: Mapping[str, Organisation] = MappingProxyType({entry.id: entry for entry in organisations})
        self.operator = operator
        self.sequence = sequence
        self.issued_at = issued_at
        self.next_update = next_update
        self.signed = signed
        self.digest = digest
        self.source = source

    @property
    def organisations(self) -> tuple[Organisation, ...]:
        return tuple(self._by_id.values())

    def find(self, iss: str) -> Organisation | None:
        """The organisation whose id is exactly `iss`."""
        return self._by_id.get(iss)

    def is_stale(self, at: datetime) -> bool:
        """Whether the edition is past its `next_update`."""
        return self.next_update is not None and at > self.next_update

    def verifier_by_anchor(self, chain: Sequence[bytes], at: datetime) -> Organisation | None:
        """The organisation of kind `verifier` whose anchor signed this request certificate chain (DER, leaf first)."""
        for entry in self._by_id.values():
            keys = entry.keys
            if entry.kind == "verifier" and isinstance(keys, AnchoredKeys) and keys.anchors_chain(chain, at):
                return entry
        return None


def parse_register(data: bytes, *, trust_key: PublicKey | None = None) -> TrustRegister:
    """Read a register: a JSON document, or a JWT of type `trust-register+jwt`.

    trust_key: the operator's key. With it an unsigned register is refused, and without it a signed one.
    Raises: RegisterMalformed, RegisterSignature, or another Malformed.
    """
    if len(data) > MAX_REGISTER_BYTES:
        raise RegisterMalformed("the register is too large", where="register")
    body = data.strip()
    if body.startswith(b"{"):
        if trust_key is not None:
            raise RegisterSignature("a key was given but the register is not signed")
        document, signed = parse_json_object(body), False
    elif not _COMPACT_JWS.fullmatch(body):
        raise NotRegister("neither JSON nor a JWT", where="register")
    else:
        document, signed = _open_signed(body, trust_key), True
    if "organisations" not in document and "version" not in document:
        raise NotRegister("a document without organisations", where="register")
    return _read(document, signed=signed, source=body)


def require_not_older(register: TrustRegister, *, seen: int | None) -> None:
    """Refuse an edition below the highest sequence seen before. Raises: RegisterRollback."""
    if seen is not None and (register.sequence is None or register.sequence < seen):
        raise RegisterRollback(f"sequence {register.sequence} after {seen}", seen=seen, sequence=register.sequence)


def _open_signed(body: bytes, trust_key: PublicKey | None) -> JsonObject:
    if trust_key is None:
        raise RegisterSignature("the register is signed but no key was given")
    jws = parse_jws(body.decode("ascii"), max_bytes=MAX_REGISTER_BYTES)
    if jws.header.get("typ") != TYP:
        raise RegisterSignature("typ is not trust-register+jwt")
    if not check_signature(jws, trust_key, algorithms=(trust_key.alg,)):
        raise RegisterSignature("the signature does not hold")
    return parse_json_object(jws.payload)


def _read(document: JsonObject, *, signed: bool, source: bytes) -> TrustRegister:
    if document.get("version") != 1:
        raise RegisterMalformed("version is not 1", where="version")
    sequence = document.get("sequence")
    if sequence is not None and (isinstance(sequence, bool) or not isinstance(sequence, int) or sequence < 0):
        raise RegisterMalformed("sequence is not a number", where="sequence")
    if signed and sequence is None:
        raise RegisterMalformed("a signed register has a sequence", where="sequence")
    entries = document.get("organisations")
    if not isinstance(entries, list):
        raise RegisterMalformed("organisations is not a list", where="organisations")
    organisations = [_organisation(entry, f"organisations[{place}]") for place, entry in enumerate(entries)]
    if len({entry.id for entry in organisations}) != len(organisations):
        raise RegisterMalformed("an organisation stands twice", where="organisations")
    operator = document.get("operator")
    return TrustRegister(
        organisations=organisations,
        operator=operator if isinstance(operator, str) else None,
        sequence=sequence,
        issued_at=_instant(document.get("issued_at"), "issued_at"),
        next_update=_instant(document.get("next_update"), "next_update"),
        signed=signed,
        digest=sha256_base64url(source),
        source=source,
    )


def _organisation(entry: object, where: str) -> Organisation:
    if not isinstance(entry, dict):
        raise RegisterMalformed("not an object", where=where)
    identifier, kind, name = entry.get("id"), entry.get("kind"), entry.get("name")
    if not isinstance(identifier, str) or not _plain_identifier(identifier):
        raise RegisterMalformed("id is not a plain identifier", where=f"{where}.id")
    if not isinstance(kind, str) or kind not in KINDS:
        raise RegisterMalformed("unknown kind", where=f"{where}.kind")
    if isinstance(name, str):
        name = {"nl": name}
    if not isinstance(name, dict) or not name or not all(isinstance(text, str) and text for text in name.values()):
        raise RegisterMalformed("name is not an object of texts", where=f"{where}.name")
    identifiers = entry.get("identifiers") or {}
    if not isinstance(identifiers, dict):
        raise RegisterMalformed("identifiers is not an object", where=f"{where}.identifiers")
    listed = entry.get("accreditations") or []
    if not isinstance(listed, list):
        raise RegisterMalformed("accreditations is not a list", where=f"{where}.accreditations")
    try:
        keys = parse_issuer_keys(entry.get("keys"), issuer=identifier)
    except Malformed as error:
        raise RegisterMalformed(error.detail, where=f"{where}.keys") from error
    return Organisation(
        id=identifier,
        kind=kind,
        name=MappingProxyType(dict(name)),
        identifiers=MappingProxyType({key: str(value) for key, value in identifiers.items()}),
        keys=keys,
        accreditations=tuple(
            _accreditation(item, f"{where}.accreditations[{place}]") for place, item in enumerate(listed)
        ),
    )


_IDENTIFIER = re.compile(r"[\x21-\x7e]{1,2048}")


def _plain_identifier(identifier: str) -> bool:
    """Printable ASCII only: no look-alike, invisible or mixed-script characters (THREATS, trust list)."""
    return _IDENTIFIER.fullmatch(identifier) is not None and unicodedata.is_normalized("NFC", identifier)


def _accreditation(entry: object, where: str) -> Accreditation:
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
        raise RegisterMalformed("an accreditation has a type", where=where)
    crebo = entry.get("crebo", "*")
    if crebo != "*" and not (isinstance(crebo, list) and all(isinstance(code, str) for code in crebo)):
        raise RegisterMalformed('crebo is "*" or a list of codes', where=f"{where}.crebo")
    return Accreditation(
        type=entry["type"],
        crebos=None if crebo == "*" or "*" in crebo else frozenset(crebo),
        valid_from=parse_day(entry.get("valid_from"), f"{where}.valid_from"),
        valid_until=parse_day(entry.get("valid_until"), f"{where}.valid_until"),
        granted_by=_text(entry.get("granted_by")),
        basis=_text(entry.get("basis")),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def parse_day(value: object, where: str) -> date | None:
    """A date `YYYY-MM-DD`, or None for an open end. Raises: RegisterMalformed."""
    if value is None:
        return None
    try:
        if not isinstance(value, str) or len(value) != 10:
            raise ValueError(value)
        return date.fromisoformat(value)
    except ValueError as error:
        raise RegisterMalformed("not a date", where=where) from error


def _instant(value: object, where: str) -> datetime | None:
    if value is None:
        return None
    try:
        if not isinstance(value, str):
            raise ValueError(value)
        instant = datetime.fromisoformat(value)
    except ValueError as error:
        raise RegisterMalformed("not a date-time", where=where) from error
    if instant.tzinfo is None:
        raise RegisterMalformed("a date-time has a time zone", where=where)
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise RegisterMalformed("not a date-time", where=where) from error


def algorithms_of(organisation: Organisation) -> frozenset[str]:
    """The signing algorithms that the register allows for this issuer (ES256 unless it says otherwise)."""
    return organisation.keys.algorithms & ALGORITHMS
