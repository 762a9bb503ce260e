"""What the issuer says now about one credential, from a Status List Token that was fetched.

It fails closed: what cannot be looked up is undetermined, never valid. Source: Token Status List §8.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from passport.credentials.status_list import (
    INVALID,
    SUSPENDED,
    TYP,
    VALID,
    DecodedList,
    StatusIndexOutside,
    StatusReference,
    decode_list,
)
from passport.errors import Malformed
from passport.jose.encoding import JsonObject, parse_json_object
from passport.jose.jws import UnverifiedJws, check_signature, parse_jws
from passport.jose.keys import PublicKey
from passport.trust.issuer_keys import KeyRequest
from passport.trust.issuer_keys.base import Documents, Purpose
from passport.trust.register import Organisation, algorithms_of
from passport.verification.materials import Material
from passport.verification.report import Outcome

TOLERANCE: Final = timedelta(seconds=60)
MAX_AGE_WITHOUT_EXP: Final = timedelta(days=1)
"""A token without `exp` is used for a day after fetching, then it says nothing any more (own rule, §11.5)."""
MAX_LIST_BYTES: Final = 12 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAnswer:
    """status: `valid`, `revoked`, `suspended` or `unknown`; valid_until: until when the list may be used."""

    outcome: Outcome
    code: str | None
    status: str = "unknown"
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ParsedToken:
    jws: UnverifiedJws
    claims: JsonObject
    statuses: DecodedList


def look_up(
    reference: StatusReference,
    *,
    material: Material | None,
    issuer: Organisation,
    documents: Documents,
    at: datetime,
) -> StatusAnswer:
    """Return the status of one credential of `issuer`, from the list at `reference.uri`.

    The list must be signed by the issuer's own mechanism; a retired key may still sign it, a compromised one not.
    """
    if material is None or material.body is None:
        return _undetermined("status_unavailable")
    try:
        token = _parsed(material)
        valid_until = _require_times(token.claims, material.fetched_at, at)
    except Malformed:
        return _undetermined("status_list_invalid")
    # (1) §8.3: the subject is the URI that the credential names
    if token.jws.header.get("typ") != TYP or token.claims.get("sub") != reference.uri:
        return _undetermined("status_list_invalid")
    # (2) §10: signed by the issuer of the credential
    if token.claims.get("iss") not in (None, issuer.id) or not _signed_by(token, material, issuer, documents):
        return _undetermined("status_list_invalid")
    # (3) §8.3 step 6: the value at the index
    try:
        value = token.statuses.get(reference.index)
    except StatusIndexOutside:
        return StatusAnswer(outcome=Outcome.FAILED, code="status_index_outside", valid_until=valid_until)
    if value == VALID:
        return StatusAnswer(outcome=Outcome.PASSED, code=None, status="valid", valid_until=valid_until)
    code, status = {INVALID: ("revoked", "revoked"), SUSPENDED: ("suspended", "suspended")}.get(
        value, ("status_other", "unknown")
    )
    return StatusAnswer(outcome=Outcome.FAILED, code=code, status=status, valid_until=valid_until)


def _undetermined(code: str) -> StatusAnswer:
    return StatusAnswer(outcome=Outcome.UNDETERMINED, code=code)


def _parsed(material: Material) -> _ParsedToken:
    known = material.memo.get("status_list")
    if isinstance(known, _ParsedToken):
        return known
    assert material.body is not None
    try:
        text = material.body.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise Malformed("a status list token is ASCII") from error
    jws = parse_jws(text, max_bytes=MAX_LIST_BYTES)
    claims = parse_json_object(jws.payload)
    token = _ParsedToken(jws=jws, claims=claims, statuses=decode_list(claims))
    material.memo["status_list"] = token
    return token


def _require_times(claims: JsonObject, fetched_at: datetime, at: datetime) -> datetime:
    """Check iat, nbf and exp; return until when the list may be used. Raises: Malformed."""
    now = at.timestamp()
    if number(claims.get("iat")) > now + TOLERANCE.total_seconds():
        raise Malformed("iat lies in the future")
    if "nbf" in claims and number(claims["nbf"]) > now + TOLERANCE.total_seconds():
        raise Malformed("nbf lies in the future")
    if "ttl" in claims and number(claims["ttl"]) <= 0:
        raise Malformed("ttl is not positive")
    if "exp" in claims:
        end = number(claims["exp"])
        if end <= now - TOLERANCE.total_seconds():
            raise Malformed("the list has expired")
        return datetime.fromtimestamp(min(end, 253402300799), UTC)
    if at > fetched_at + MAX_AGE_WITHOUT_EXP:
        raise Malformed("a list without exp that was fetched long ago")
    return fetched_at + MAX_AGE_WITHOUT_EXP


def number(value: object) -> float:
    """A NumericDate or a count of seconds. Raises: Malformed."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e15 < value < 1e15:
        raise Malformed("not a number of seconds")
    return value


def _signed_by(token: _ParsedToken, material: Material, issuer: Organisation, documents: Documents) -> bool:
    issued_at = datetime.fromtimestamp(max(0, min(number(token.claims.get("iat")), 253402300799)), UTC)
    request = KeyRequest(header=token.jws.header, issued_at=issued_at, purpose=Purpose.STATUS_LIST)
    algorithms = algorithms_of(issuer)
    return any(_holds(token.jws, key, material, algorithms) for key in issuer.keys.answer(request, documents).keys)


def _holds(jws: UnverifiedJws, key: PublicKey, material: Material, algorithms: frozenset[str]) -> bool:
    if key.alg not in algorithms:
        return False
    name = f"signed:{key.thumbprint}"
    if name not in material.memo:
        material.memo[name] = check_signature(jws, key, algorithms=(key.alg,))
    return material.memo[name] is True
