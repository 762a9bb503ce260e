"""`POST /api/v1/assessments`: a leerbedrijf signs its assessment of work processes. Nothing of it is kept."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.answers import json_answer
from issuer.audit import service as audit
from issuer.context import Context
from issuer.dependencies import Caller, CallerDep, ContextDep, WriteSession
from issuer.keys import service as keys
from issuer.oid4vci.issuance import BACKDATE
from issuer.organisations import service as organisations
from issuer.problems import ClaimsInvalid, IssuingStopped, NotAccredited
from passport.credentials.praktijkbeoordeling import TYP, assessment_problems, create_assessment
from passport.jose.encoding import JsonObject, parse_json_object, sha256_base64url
from passport.trust.accreditation import PRAKTIJKBEGELEIDING

router = APIRouter(prefix="/api/v1/assessments", tags=["assessments"])


async def _claims(request: Request) -> JsonObject:
    claims = parse_json_object(await request.body())
    if problems := assessment_problems(claims):
        pairs = [text.partition(": ") for text in problems[:50]]
        raise ClaimsInvalid(errors=[{"pointer": pointer, "detail": detail} for pointer, _, detail in pairs])
    return claims


async def assess(session: AsyncSession, context: Context, caller: Caller, claims: JsonObject) -> JsonObject:
    """Return the assessment and its salt. Raises: NotAccredited, IssuingStopped, ClaimsInvalid.

    The recognition must hold in the whole period, for the kwalificatie and every unit.
    """
    organisation, at = caller.organisation, context.clock()
    if organisation.stopped_at is not None:
        raise IssuingStopped
    if organisation.kind != "leerbedrijf":
        raise NotAccredited(errors=[{"pointer": "", "code": "wrong_kind"}], type=PRAKTIJKBEGELEIDING, crebo="-")
    units: list[dict[str, Any]] = claims["units"]
    crebos = {claims["kwalificatie"]["crebo"], *(unit["unit"].partition(":")[0] for unit in units)}
    since, until = (date.fromisoformat(claims["periode"][end]) for end in ("van", "tot"))
    if until < since:
        raise ClaimsInvalid(errors=[{"pointer": "/periode/tot", "detail": "is before van"}])
    await organisations.require_accredited(
        session, organisation.id, type_name=PRAKTIJKBEGELEIDING, crebos=frozenset(crebos), since=since, until=until
    )
    writer = await keys.current_writer(session, context, organisation.id, typ=TYP, at=at)
    assessment, salt = create_assessment(claims, writer=writer, iss=organisation.issuer, at=at - BACKDATE)
    subject = sha256_base64url(assessment.encode())
    await audit.record(session, organisation.id, "assessment.signed", actor=caller.actor, subject=subject, at=at)
    return {"assessment": assessment, "salt": salt}


@router.post("", status_code=201)
async def sign_assessment(
    context: ContextDep, caller: CallerDep, claims: Annotated[JsonObject, Depends(_claims)], session: WriteSession
) -> Response:
    """Sign an assessment: `kwalificatie`, `units`, `periode` and the person (who goes in as a salted digest)."""
    return json_answer(await assess(session, context, caller, claims), status=201, secret=True)
