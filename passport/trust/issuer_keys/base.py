"""What a key mechanism is: given a signed thing's header and time, which keys may have signed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from passport.errors import Malformed
from passport.jose.encoding import JsonObject
from passport.jose.keys import ALGORITHMS, ES256, PublicKey


class KeyMaterialMalformed(Malformed):
    """Keys, certificates or DIDs in a register or document cannot be read."""

    code = "key_material_malformed"


class Purpose(StrEnum):
    """What was signed. A retired key may still sign a status list, never a credential (CONTRACT section 4)."""

    CREDENTIAL = "credential"
    STATUS_LIST = "status_list"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """The question: header and `iat` of what was signed, and what it is."""

    header: JsonObject
    issued_at: datetime
    purpose: Purpose = Purpose.CREDENTIAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """A document that must be fetched before the question can be answered."""

    kind: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAnswer:
    """Exactly one of: keys to try, a problem (stable code), or a document that is lacking.

    A lacking document that could not be fetched, or is unusable, comes back as `unavailable`.
    """

    keys: tuple[PublicKey, ...] = ()
    problem: str | None = None
    lacking: Lacking | None = None
    unavailable: str | None = None


Documents = Mapping[tuple[str, str], bytes | None]
"""Fetched documents by (kind, url); None means that fetching failed."""


class IssuerKeys(Protocol):
    """The keys of one organisation, by one mechanism."""

    @property
    def mechanism(self) -> str: ...
    @property
    def algorithms(self) -> frozenset[str]: ...

    def answer(self, request: KeyRequest, documents: Documents) -> KeyAnswer:
        """Which keys may have signed. Pure; asks for documents through `lacking`."""


def read_algorithms(value: Mapping[str, Any]) -> frozenset[str]:
    """The register's `algorithms` for an issuer; ES256 alone where it says nothing."""
    listed = value.get("algorithms")
    if listed is None:
        return frozenset({ES256})
    if (
        not isinstance(listed, list)
        or not listed
        or not all(isinstance(alg, str) and alg in ALGORITHMS for alg in listed)
    ):
        raise KeyMaterialMalformed("algorithms names an unknown algorithm")
    return frozenset(listed)


def utc_day(instant: datetime) -> date:
    """The UTC date with which a key's period is compared."""
    return instant.date()


def read_day(value: object) -> date | None:
    """A date or None. Raises: KeyMaterialMalformed."""
    if value is None:
        return None
    try:
        if not isinstance(value, str) or len(value) != 10:
            raise ValueError(value)
        return date.fromisoformat(value)
    except ValueError as error:
        raise KeyMaterialMalformed("not a date") from error
