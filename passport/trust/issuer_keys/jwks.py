"""Keys that stand in the register itself, each with its period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from passport.errors import Malformed
from passport.jose.keys import PublicKey, parse_jwk
from passport.trust.issuer_keys.base import (
    Documents,
    IssuerKeys,
    KeyAnswer,
    KeyMaterialMalformed,
    KeyRequest,
    Purpose,
    read_day,
    utc_day,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedKey:
    """One key of the register. compromised: it verifies nothing, whatever `iat` says."""

    key: PublicKey
    kid: str | None
    valid_from: date | None
    valid_until: date | None
    compromised: bool

    def named_by(self, kid: str | None) -> bool:
        """By its own kid or its thumbprint; a header without kid names every key."""
        return kid is None or kid in (self.kid, self.key.thumbprint)

    def valid_on(self, instant: datetime) -> bool:
        day = utc_day(instant)
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedKeys:
    """`"mechanism": "jwks"`."""

    mechanism: str
    algorithms: frozenset[str]
    entries: tuple[ListedKey, ...]

    @staticmethod
    def read(value: dict[str, Any], *, issuer: str, algorithms: frozenset[str]) -> IssuerKeys:  # noqa: ARG004
        """Read `jwks: [{"jwk", "valid_from", "valid_until", "compromised_at"?}]`. Raises: KeyMaterialMalformed."""
        listed = value.get("jwks")
        if not isinstance(listed, list) or not listed:
            raise KeyMaterialMalformed("jwks is a list with keys")
        return ListedKeys(mechanism="jwks", algorithms=algorithms, entries=tuple(_entry(item) for item in listed))

    def answer(self, request: KeyRequest, documents: Documents) -> KeyAnswer:  # noqa: ARG002
        """The keys that the header may mean and that were valid then."""
        kid = request.header.get("kid")
        named = [entry for entry in self.entries if entry.named_by(kid if isinstance(kid, str) else None)]
        if not named:
            return KeyAnswer(problem="key_unknown")
        sound = [entry for entry in named if not entry.compromised]
        if not sound:
            return KeyAnswer(problem="key_compromised")
        if request.purpose is Purpose.CREDENTIAL:
            sound = [entry for entry in sound if entry.valid_on(request.issued_at)]
            if not sound:
                return KeyAnswer(problem="key_not_valid_then")
        return KeyAnswer(keys=tuple(entry.key for entry in sound))


def _entry(item: Any) -> ListedKey:
    if not isinstance(item, dict) or not isinstance(item.get("jwk"), dict):
        raise KeyMaterialMalformed("a key entry holds a jwk")
    try:
        key = parse_jwk(item["jwk"])
    except Malformed as error:
        raise KeyMaterialMalformed(error.detail) from error
    kid = item["jwk"].get("kid")
    return ListedKey(
        key=key,
        kid=kid if isinstance(kid, str) else None,
        valid_from=read_day(item.get("valid_from")),
        valid_until=read_day(item.get("valid_until")),
        compromised=item.get("compromised_at") is not None,
    )
