"""What happens when the examencommissie decides: the statement is checked, the decision recorded, credentials offered.

People decide; this checks that the report before them is what it says it is, and that the claims are about the same
person and qualification. The statement's own answer is taken as its signer gave it: to doubt it, repeat it
(`skillspas-verifier replay`). Either all of it is stored, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.audit import service as audit
from issuer.context import Context, epoch, instant
from issuer.credentials import service as credentials
from issuer.credentials.requests import OfferRequest
from issuer.decisions import repository
from issuer.decisions.models import Decision
from issuer.decisions.problems import (
    DecisionInvalid,
    HolderNotProven,
    OtherPerson,
    OtherTarget,
    RegisterStale,
    StatementNotReady,
    StatementNotTrusted,
    StatementOtherSchool,
    StatementWhatIf,
)
from issuer.identifiers import new_id
from issuer.organisations.models import Organisation
from issuer.problems import ClaimsInvalid, NotFound
from passport.jose.encoding import JsonObject
from passport.stacking.judgement import PROVEN, holder_digest
from passport.stacking.statement import Signature, Statement, check_signer
from passport.trust.register import Organisation as RegisteredOrganisation
from passport.trust.register import TrustRegister

DEFAULT_ROLE: Final = "examencommissie"
MAX_GRANTS: Final = 64
READY: Final = "ready_for_examencommissie"
_ROLE: Final = re.compile(r"[a-z][a-z0-9 -]{1,62}[a-z0-9]")
_PERSON: Final = ("given_name", "family_name", "birthdate")
TYPE_OF: Final = {"grant": "vrijstelling", "award": "diploma"}

Kind = Literal["grant", "award"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be decided. claims: of each credential that it gives. by: a role, never a person.

    person_salt: came with the statement; without it nobody can see whether claims and stack are about one person.
    accept_unproven_holder: the school itself established whose credentials these are.
    """

    kind: Kind
    claims: Sequence[JsonObject]
    by: str = DEFAULT_ROLE
    person_salt: str | None = None
    accept_unproven_holder: bool = False


async def decide(
    session: AsyncSession,
    context: Context,
    organisation: Organisation,
    statement: Statement,
    wish: Wish,
    *,
    register: TrustRegister,
    actor: str,
) -> JsonObject:
    """Record a decision and offer what it gives; returns it with the offers, transaction codes included.

    Raises: DecisionRefused and its kinds, DecisionInvalid, RegisterStale, and what `credentials.service.offer` raises.
    """
    at = context.clock()
    _require_form(wish)
    signer = require_signer(statement, register, at=at)
    _require_fit(statement, organisation, wish)
    claims = [_complete(one, statement, wish.kind) for one in wish.claims]
    offers = []
    for place, one in enumerate(claims):
        _require_same_subject(one, statement, wish, place)
        request = OfferRequest(type=TYPE_OF[wish.kind], claims=one)
        offers.append(await credentials.offer(session, context, organisation, request, actor=actor))
    decision = Decision(
        id=new_id(at),
        organisation_id=organisation.id,
        kind=wish.kind,
        decided_by=wish.by,
        decided_at=epoch(at),
        crebo=str(target_of(statement).get("crebo")),
        cohort=str(target_of(statement).get("cohort")),
        statement_digest=statement.digest,
        statement_iss=statement.iss,
        statement_at=epoch(statement.at),
        credential_ids=[offer["id"] for offer in offers],
    )
    decision.sealed_statement = context.vault.seal(statement.jws.compact.encode(), context=_context(decision.id))
    await repository.add(session, decision)
    await audit.record(
        session, organisation.id, f"decision.{wish.kind}", actor=actor, subject=decision.id, at=at,
        detail={"by": wish.by, "statement": statement.digest, "credentials": len(offers)},
    )  # fmt: skip
    return {
        **to_json(decision),
        "signer": _signer(signer),
        "person_checked": wish.person_salt is not None,
        "offers": offers,
    }


def require_signer(statement: Statement, register: TrustRegister, *, at: datetime) -> RegisteredOrganisation:
    """The verifier of the register that signed. Raises: StatementNotTrusted, RegisterStale."""
    if register.is_stale(at):
        raise RegisterStale
    signer = check_signer(statement, register, at=at)
    if signer.signature is not Signature.HOLDS or signer.organisation is None:
        raise StatementNotTrusted(iss=statement.iss, reason=signer.code or "-")
    return signer.organisation


def to_json(decision: Decision) -> JsonObject:
    """What the API tells of a decision, without the statement."""
    return {
        "id": decision.id,
        "kind": decision.kind,
        "by": decision.decided_by,
        "at": instant(decision.decided_at),
        "target": {"crebo": decision.crebo, "cohort": decision.cohort},
        "statement": {
            "digest": decision.statement_digest,
            "iss": decision.statement_iss,
            "at": instant(decision.statement_at),
        },
        "credentials": decision.credential_ids,
    }


async def require(session: AsyncSession, organisation_id: str, decision_id: str) -> Decision:
    """Raises: NotFound, also for another organisation's."""
    found = await repository.find(session, organisation_id, decision_id)
    if found is None:
        raise NotFound("no such decision")
    return found


def open_statement(context: Context, decision: Decision) -> str:
    """The signed statement that lay before the examencommissie."""
    return context.vault.open(decision.sealed_statement, context=_context(decision.id)).decode()


def used_credentials(statement: Statement) -> list[JsonObject]:
    """The credentials on which units and nodes of the answer rest, as a diploma's `evidence` names them.

    In the order of the statement, each once. An item's id is its credential's, with or without a place (`ID#0`).
    """
    used = {name.partition("#")[0] for name in _used_items(statement.answer)}
    records = {one["id"]: one for one in statement.presentations if one.get("id") in used and one.get("issuer_signed")}
    return [{"type": one["type"], "iss": one["iss"], "digest": one["issuer_signed"]} for one in records.values()]


def _used_items(answer: Mapping[str, Any]) -> Iterator[str]:
    for part in ("units", "nodes"):
        found = answer.get(part)
        for entry in found.values() if isinstance(found, dict) else ():
            yield from (str(name) for name in entry.get("used") or ())


def _context(decision_id: str) -> str:
    return f"decisions/{decision_id}/statement"


def _signer(organisation: RegisteredOrganisation) -> JsonObject:
    return {"id": organisation.id, "name": dict(organisation.name)}


def target_of(statement: Statement) -> Mapping[str, Any]:
    """The target as the answer has it: complete, its cohort filled in."""
    found = statement.answer.get("target")
    return found if isinstance(found, dict) else statement.target


def _require_form(wish: Wish) -> None:
    if not _ROLE.fullmatch(wish.by):
        raise DecisionInvalid("a role is lower case letters", errors=[{"pointer": "/by", "code": "role"}])
    most = 1 if wish.kind == "award" else MAX_GRANTS
    if not 1 <= len(wish.claims) <= most or not all(isinstance(one, dict) for one in wish.claims):
        raise DecisionInvalid("claims, or a list of claims", errors=[{"pointer": "/claims", "code": "count"}])


def _require_fit(statement: Statement, organisation: Organisation, wish: Wish) -> None:
    """Whether this statement can carry this decision of this school."""
    if statement.what_if:
        raise StatementWhatIf
    school = statement.target.get("school")
    if school != organisation.issuer or target_of(statement).get("school") != school:
        raise StatementOtherSchool(school=school or "-")
    overall = statement.answer.get("overall")
    carries = overall == READY if wish.kind == "award" else overall in (READY, "incomplete")
    if not carries:
        raise StatementNotReady(overall=overall)
    if statement.answer.get("holder_binding") != PROVEN and not wish.accept_unproven_holder:
        raise HolderNotProven


def _complete(claims: JsonObject, statement: Statement, kind: Kind) -> JsonObject:
    """The claims of a diploma get the evidence of the stack. Raises: ClaimsInvalid where the caller gives another."""
    if kind == "grant":
        return claims
    evidence = used_credentials(statement)
    if claims.get("evidence", evidence) != evidence:
        raise ClaimsInvalid(errors=[{"pointer": "/claims/evidence", "detail": "is filled from the statement"}])
    return {**claims, "evidence": evidence} if evidence else claims


def _require_same_subject(claims: JsonObject, statement: Statement, wish: Wish, place: int) -> None:
    """The same qualification and cohort, and the same person as far as the salt lets us see."""
    target, qualification = target_of(statement), claims.get("kwalificatie")
    wrong = []
    if not isinstance(qualification, dict) or qualification.get("crebo") != target.get("crebo"):
        wrong.append("kwalificatie/crebo")
    if (wish.kind == "award" or "cohort" in claims) and claims.get("cohort") != target.get("cohort"):
        wrong.append("cohort")
    if wrong:
        raise OtherTarget(errors=[{"pointer": f"/claims/{place}/{name}", "code": "other_target"} for name in wrong])
    if wish.person_salt is None or not all(isinstance(claims.get(name), str) for name in _PERSON):
        return  # without the salt nobody can compare; a name that is absent is for the schema to refuse
    if holder_digest({name: claims[name] for name in _PERSON}, wish.person_salt) not in statement.payload["holders"]:
        raise OtherPerson(errors=[{"pointer": f"/claims/{place}", "code": "other_person"}])
