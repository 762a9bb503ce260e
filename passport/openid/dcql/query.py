"""A DCQL query, read and validated. OpenID4VP 1.0 §6."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from passport.errors import Malformed
from passport.jose.encoding import JsonObject, parse_json_object
from passport.openid.dcql.paths import Path

MAX_CREDENTIALS = 32
MAX_CLAIMS = 128
MAX_CLAIM_SETS = 64
MAX_OPTIONS = 64
MAX_VALUES = 512
MAX_PATH = 16
MAX_ID_CHARACTERS = 128
DC_SD_JWT = "dc+sd-jwt"
_ID = re.compile(r"[A-Za-z0-9_-]+")
_T = TypeVar("_T")


class QueryMalformed(Malformed):
    """The DCQL query is not what the standard says."""

    code = "dcql_query_malformed"
    section = "OpenID4VP §6"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimQuery:
    """One asked claim. values: only credentials whose claim is one of these are wanted; empty means any."""

    id: str | None
    path: Path
    values: tuple[str | int | bool, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedAuthority:
    """Issuers that the verifier takes, by an identifier of who stands behind them."""

    type: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialQuery:
    """One asked credential. vct_values: of the format dc+sd-jwt; empty for formats that we do not hold.

    claims: none means nothing that is selectively disclosable. claim_sets: options in the verifier's preference.
    """

    id: str
    format: str
    vct_values: tuple[str, ...]
    multiple: bool
    require_cryptographic_holder_binding: bool
    claims: tuple[ClaimQuery, ...]
    claim_sets: tuple[tuple[str, ...], ...]
    trusted_authorities: tuple[TrustedAuthority, ...]

    def options(self) -> tuple[tuple[ClaimQuery, ...], ...]:
        """Return the combinations of claims that answer this query, the preferred one first."""
        if not self.claim_sets:
            return (self.claims,)
        by_id = {claim.id: claim for claim in self.claims}
        return tuple(tuple(by_id[name] for name in names) for names in self.claim_sets)


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSet:
    """Which combinations of credential queries will do; each option is a set of query ids."""

    options: tuple[tuple[str, ...], ...]
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A whole query. source: as it was received, for sending and for showing to developers."""

    credentials: tuple[CredentialQuery, ...]
    credential_sets: tuple[CredentialSet, ...]
    source: JsonObject = field(repr=False, compare=False)

    def by_id(self) -> Mapping[str, CredentialQuery]:
        """Return the credential queries by id."""
        return {one.id: one for one in self.credentials}

    def sets(self) -> tuple[CredentialSet, ...]:
        """Return the credential sets; without any, one required set that asks all."""
        if self.credential_sets:
            return self.credential_sets
        return (CredentialSet(options=(tuple(one.id for one in self.credentials),), required=True),)


def parse_query(value: object) -> Query:
    """Read a DCQL query: a JSON object, or its text. Unknown members are ignored.

    Raises: QueryMalformed; Malformed (JSON).
    Source: OpenID4VP §6.1–§6.3, B.3.5.
    """
    source = parse_json_object(value) if isinstance(value, str | bytes) else value
    if not isinstance(source, dict):
        raise QueryMalformed("the query is no object")
    credentials = _list(source, "credentials", _credential, most=MAX_CREDENTIALS, required=True)
    known = {one.id for one in credentials}
    if len(known) != len(credentials):
        raise QueryMalformed("two credential queries have one id")
    sets = _list(source, "credential_sets", _credential_set, most=MAX_OPTIONS)
    if any(name not in known for one in sets for option in one.options for name in option):
        raise QueryMalformed("a credential set names an unknown credential query")
    return Query(credentials=credentials, credential_sets=sets, source=source)


def _credential(value: object) -> CredentialQuery:
    entry = _object(value, "a credential query")
    format, meta = entry.get("format"), _object(entry.get("meta"), "meta")
    if not isinstance(format, str) or not format:
        raise QueryMalformed("format is missing")
    claims = _list(entry, "claims", _claim, most=MAX_CLAIMS)
    claim_sets = _list(entry, "claim_sets", _ids, most=MAX_CLAIM_SETS)
    ids = [claim.id for claim in claims if claim.id is not None]
    if len(set(ids)) != len(ids) or len({claim.path for claim in claims}) != len(claims):
        raise QueryMalformed("a claim is asked twice")
    if claim_sets and (not claims or len(ids) != len(claims)):
        raise QueryMalformed("claim_sets needs claims that each have an id")
    if any(name not in ids for option in claim_sets for name in option):
        raise QueryMalformed("a claim set names an unknown claim")
    return CredentialQuery(
        id=_id(entry.get("id")),
        format=format,
        vct_values=_list(meta, "vct_values", _text, most=MAX_VALUES, required=True) if format == DC_SD_JWT else (),
        multiple=_flag(entry, "multiple", default=False),
        require_cryptographic_holder_binding=_flag(entry, "require_cryptographic_holder_binding", default=True),
        claims=claims,
        claim_sets=claim_sets,
        trusted_authorities=_list(entry, "trusted_authorities", _authority, most=MAX_OPTIONS),
    )


def _claim(value: object) -> ClaimQuery:
    entry = _object(value, "a claims query")
    return ClaimQuery(
        id=None if "id" not in entry else _id(entry["id"]),
        path=_list(entry, "path", _step, most=MAX_PATH, required=True),
        values=_list(entry, "values", _value, most=MAX_VALUES),
    )


def _authority(value: object) -> TrustedAuthority:
    entry = _object(value, "a trusted authority")
    return TrustedAuthority(
        type=_text(entry.get("type")),
        values=frozenset(_list(entry, "values", _text, most=MAX_VALUES, required=True)),
    )


def _credential_set(value: object) -> CredentialSet:
    entry = _object(value, "a credential set")
    return CredentialSet(
        options=_list(entry, "options", _ids, most=MAX_OPTIONS, required=True),
        required=_flag(entry, "required", default=True),
    )


def _list(
    entry: Mapping[str, Any], name: str, read: Callable[[object], _T], *, most: int, required: bool = False
) -> tuple[_T, ...]:
    """Return a non-empty list's elements, read; () when it is absent and may be."""
    if name not in entry and not required:
        return ()
    found = entry.get(name)
    if not isinstance(found, list) or not 1 <= len(found) <= most:
        raise QueryMalformed(f"{name} is no list, empty, or too long")
    return tuple(read(one) for one in found)


def _ids(value: object) -> tuple[str, ...]:
    return _list({"ids": value}, "ids", _id, most=MAX_CLAIMS, required=True)


def _id(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_ID_CHARACTERS or not _ID.fullmatch(value):
        raise QueryMalformed("an id is missing or holds other characters than letters, digits, _ and -")
    return value


def _step(value: object) -> str | int | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise QueryMalformed("a path holds something else than text, null and numbers from 0")


def _value(value: object) -> str | int | bool:
    if isinstance(value, str | int):
        return value
    raise QueryMalformed("values holds something else than text, whole numbers, true and false")


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise QueryMalformed("a text is missing")
    return value


def _object(value: object, what: str) -> JsonObject:
    if not isinstance(value, dict):
        raise QueryMalformed(f"{what} is no object")
    return value


def _flag(entry: JsonObject, name: str, *, default: bool) -> bool:
    found = entry.get(name, default)
    if not isinstance(found, bool):
        raise QueryMalformed(f"{name} is neither true nor false")
    return found
