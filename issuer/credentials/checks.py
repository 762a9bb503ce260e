"""May these claims be offered? Asked before anything is stored; the accreditation again before anything is signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation
from issuer.problems import (
    AssessmentNotMatching,
    AwardedInFuture,
    ClaimsInvalid,
    CredentialTypeUnknown,
    FormatNotSupported,
    IssuingStopped,
    NotAccredited,
    RequestInvalid,
)
from passport.credentials.credential_type import CredentialType
from passport.credentials.formats import FORMATS
from passport.credentials.praktijkbeoordeling import assessment_mismatches, parse_assessment
from passport.credentials.types import TYPES
from passport.errors import Malformed
from passport.jose.encoding import JsonObject

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
"""The days of awards are Dutch days."""


def require_type(name: str) -> CredentialType:
    """Raises: CredentialTypeUnknown."""
    ctype = TYPES.get(name)
    if ctype is None:
        raise CredentialTypeUnknown(type=name)
    return ctype


def require_formats(formats: list[str]) -> None:
    """Raises: FormatNotSupported."""
    for name in formats:
        if name not in FORMATS:
            raise FormatNotSupported(format=name)


def complete_claims(ctype: CredentialType, claims: JsonObject, organisation: Organisation) -> JsonObject:
    """Return the claims with `awarding_body` from the organisation, checked against the type's schema.

    Raises: ClaimsInvalid; a caller's own `awarding_body` is refused unless it says the same.
    """
    body: dict[str, Any] = {"naam": organisation.name_nl}
    if brin := organisation.identifiers.get("brin"):
        body["brin"] = brin
    if claims.get("awarding_body", body) != body:
        raise ClaimsInvalid(errors=[{"pointer": "/claims/awarding_body", "detail": "is filled by the issuer"}])
    complete = {**claims, "awarding_body": body}
    problems = ctype.schema_problems(complete)
    if problems:
        raise ClaimsInvalid(errors=[_problem(text) for text in problems[:50]])
    _require_assessment(ctype, complete)
    return complete


def _problem(text: str) -> dict[str, str]:
    pointer, _, detail = text.partition(": ")
    return {"pointer": f"/claims{pointer.rstrip('/')}", "detail": detail}


def _require_assessment(ctype: CredentialType, claims: JsonObject) -> None:
    """The leerbedrijf's assessment must be about these claims; its signature is for who verifies, by the register."""
    if "praktijkbeoordeling" not in ctype.schema["properties"]:
        return
    try:
        mismatches = assessment_mismatches(parse_assessment(claims["praktijkbeoordeling"]), claims)
    except Malformed as error:
        raise AssessmentNotMatching(
            error.detail, errors=[{"pointer": "/claims/praktijkbeoordeling", "code": error.code}]
        ) from error
    if mismatches:
        raise AssessmentNotMatching(errors=[{"pointer": "/claims", "code": code} for code in mismatches])


async def require_allowed(
    session: AsyncSession, organisation: Organisation, ctype: CredentialType, claims: JsonObject
) -> None:
    """Raises: IssuingStopped, NotAccredited."""
    if organisation.stopped_at is not None:
        raise IssuingStopped
    if ctype.issuer_kind != organisation.kind:
        reason = {"pointer": "/type", "code": "wrong_kind"}
        raise NotAccredited("wrong kind of organisation", errors=[reason], type=ctype.name, crebo="-")
    await organisations.require_accredited(
        session,
        organisation.id,
        type_name=ctype.name,
        crebos=ctype.crebos(claims),
        since=ctype.decisive_date(claims),
    )


def require_awarded(ctype: CredentialType, claims: JsonObject, at: datetime) -> None:
    """An award says what was decided, so its dates have come. claims: valid by the schema. Raises: AwardedInFuture."""
    today = at.astimezone(AMSTERDAM).date().isoformat()
    late = [name for name in dict.fromkeys(("awarded_date", ctype.date_claim)) if claims[name] > today]
    if late:
        raise AwardedInFuture(errors=[{"pointer": f"/claims/{name}", "code": "in_the_future"} for name in late])


def require_future(valid_until: datetime | None, at: datetime) -> None:
    """Raises: RequestInvalid for an end that has passed or cannot be."""
    if valid_until is not None and not at < valid_until < at.replace(year=at.year + 100, day=1):
        raise RequestInvalid(errors=[{"pointer": "/valid_until", "code": "not_in_the_future"}])
