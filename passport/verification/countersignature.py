"""Did the leerbedrijf itself sign what the school's praktijkverklaring says?

Both signatures, both accreditations, and both speak of the same person, units and period.
Source: CONTRACT section 1; WEB 7.2.10, 7.4.6a.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from passport.credentials.praktijkbeoordeling import TYP, assessment_mismatches, parse_assessment
from passport.errors import Malformed
from passport.jose.encoding import JsonObject
from passport.jose.jws import UnverifiedJws, check_signature
from passport.trust.accreditation import PRAKTIJKBEGELEIDING, may_award
from passport.trust.issuer_keys import KeyRequest
from passport.trust.issuer_keys.base import Documents, Lacking
from passport.trust.register import Organisation, TrustRegister, algorithms_of
from passport.verification.report import Outcome

SHOWN: Final = (
    "praktijkbeoordeling",
    "praktijkbeoordeling_salt",
    "leerbedrijf",
    "periode",
    "given_name",
    "family_name",
    "birthdate",
)
"""The check runs when all of these are disclosed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersignature:
    """The answer; `leerbedrijf` is set when the check passed, `lacking` when a document must be fetched first."""

    outcome: Outcome
    code: str | None
    leerbedrijf: Organisation | None = None
    lacking: Lacking | None = None


def check_countersignature(
    claims: JsonObject, *, register: TrustRegister, documents: Documents, at: datetime
) -> Countersignature:
    """Judge the disclosed claims of a praktijkverklaring whose own signature holds."""
    if not all(name in claims for name in SHOWN):
        return Countersignature(outcome=Outcome.SKIPPED, code="not_disclosed")
    # (1) the assessment parses and names an organisation of the register
    try:
        assessment = parse_assessment(claims["praktijkbeoordeling"])
    except Malformed:
        return _failed("assessment_malformed")
    company = register.find(assessment.iss)
    if company is None:
        return _failed("leerbedrijf_unknown")
    if company.kind != "leerbedrijf":
        return _failed("leerbedrijf_wrong_kind")
    # (2) its signature holds, by a key of that organisation
    jws: UnverifiedJws = assessment.jws
    if jws.header.get("typ") != TYP or jws.header.get("alg") not in algorithms_of(company):
        return _failed("assessment_malformed")
    issued_at = datetime.fromtimestamp(assessment.issued_at, UTC)
    if assessment.issued_at > at.timestamp() + 60:
        return _failed("assessment_malformed")
    answer = company.keys.answer(KeyRequest(header=jws.header, issued_at=issued_at), documents)
    if answer.lacking is not None:
        return Countersignature(
            outcome=Outcome.UNDETERMINED, code="leerbedrijf_keys_unavailable", lacking=answer.lacking
        )
    if answer.unavailable is not None:
        return Countersignature(outcome=Outcome.UNDETERMINED, code="leerbedrijf_keys_unavailable")
    if answer.problem is not None:
        return _failed("assessment_key")
    if not any(check_signature(jws, key, algorithms=(key.alg,)) for key in answer.keys):
        return _failed("assessment_signature")
    # (3) both speak of the same person, units, period and qualification
    mismatches = assessment_mismatches(assessment, claims)
    if mismatches:
        return _failed(mismatches[0])
    # (4) it was recognised for every crebo in the whole period
    crebos = {unit["unit"].partition(":")[0] for unit in assessment.units}
    award = may_award(
        company.accreditations,
        type=PRAKTIJKBEGELEIDING,
        crebos=crebos,
        since=date.fromisoformat(assessment.periode["van"]),
        until=date.fromisoformat(assessment.periode["tot"]),
    )
    if not award.allowed:
        return _failed("leerbedrijf_not_recognised")
    return Countersignature(outcome=Outcome.PASSED, code=None, leerbedrijf=company)


def _failed(code: str) -> Countersignature:
    return Countersignature(outcome=Outcome.FAILED, code=code)
