"""The examencommissie decides on a signed stack: what is recorded, what is offered, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from issuer.audit.service import first_break
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
from issuer.decisions.service import Wish, decide
from issuer.organisations.service import require
from issuer.problems import ClaimsInvalid, DocumentNumberInUse, Refused
from passport.credentials.formats import FORMATS
from passport.jose.keys import PrivateKey
from passport.stacking.judgement import digest_of_text
from passport.stacking.replay import parse_package
from passport.stacking.statement import parse_statement
from tests.services.issuer.conftest import Issuer
from tests.statements import SALT, SCHOOL, Signed, award_claims, grant_claims

pytestmark = pytest.mark.anyio


@pytest.fixture
def signed() -> Signed:
    return Signed()


async def decided(issuer: Issuer, signed: Signed, found: Any, wish: Wish, *, org: str = "school-a") -> Any:
    async with issuer.context.database.writing() as session:
        organisation = await require(session, org)
        statement = parse_statement(found["statement"])
        register = signed.world.register()
        return await decide(session, issuer.context, organisation, statement, wish, register=register, actor="cli")


def award(**changes: Any) -> Wish:
    return Wish(kind="award", claims=[award_claims(**changes)], person_salt=SALT)


def grant(**changes: Any) -> Wish:
    return Wish(kind="grant", claims=[grant_claims(**changes)], person_salt=SALT)


async def test_an_award_becomes_a_diploma_whose_evidence_names_what_was_used_by_digest(issuer: Issuer, signed: Signed):
    held = signed.dossier()
    unused = signed.world.evc.issue("ervaringscertificaat", holder=signed.holder)
    found = signed.answer([held, unused])
    assert found["overall"] == "ready_for_examencommissie"
    answer = await decided(issuer, signed, found, award())
    assert (answer["kind"], answer["by"], answer["person_checked"]) == ("award", "examencommissie", True)
    assert answer["signer"]["id"] == "https://verifier.example"
    [offer] = answer["offers"]
    taken = await issuer.take(offer, type_name="diploma")
    form = FORMATS["dc+sd-jwt"]
    claims = form.disclosed_claims(form.parse(taken["credentials"][0]["credential"]))
    issued = digest_of_text(held.text.partition("~")[0])
    assert claims["evidence"] == [{"type": "mbo-verklaring", "iss": SCHOOL, "digest": issued}]


async def test_a_decision_is_kept_with_its_report_and_stands_in_the_log(issuer: Issuer, signed: Signed):
    found = signed.answer()
    answer = await decided(issuer, signed, found, award())
    listed = (await issuer.get("/decisions")).json()
    [item] = listed["items"]
    assert listed["next"] is None
    assert item == {key: answer[key] for key in ("id", "kind", "by", "at", "target", "statement", "credentials")}
    assert item["target"] == {"crebo": "25960", "cohort": "2025-2026"}
    whole = (await issuer.get(f"/decisions/{answer['id']}")).json()
    assert whole["statement"]["jwt"] == found["statement"]
    assert whole["statement"]["digest"] == digest_of_text(found["statement"])
    [entry] = [one for one in (await issuer.get("/audit")).json()["items"] if one["action"] == "decision.award"]
    assert (entry["subject"], entry["actor"]) == (answer["id"], "cli")
    assert entry["detail"] == {"by": "examencommissie", "statement": item["statement"]["digest"], "credentials": 1}
    async with issuer.context.database.reading() as session:
        assert await first_break(session, "school-a") is None
    raw = issuer.context.settings.sqlite_file.read_bytes()
    assert found["statement"].encode()[:60] not in raw


async def test_nobody_else_sees_a_decision_and_nobody_can_change_one(issuer: Issuer, signed: Signed):
    answer = await decided(issuer, signed, signed.answer(), award())
    assert (await issuer.get("/decisions", by=issuer.other)).json()["items"] == []
    assert (await issuer.get(f"/decisions/{answer['id']}", by=issuer.other)).status_code == 404
    assert (await issuer.client.get("/api/v1/decisions")).status_code == 401
    for statement in ("UPDATE decisions SET decided_by = 'x'", "DELETE FROM decisions"):
        with pytest.raises(DatabaseError, match="append-only"):
            async with issuer.context.database.writing() as session:
                await session.execute(text(statement))


async def test_exemptions_are_granted_on_a_stack_that_is_not_complete(issuer: Issuer, signed: Signed):
    found = signed.answer([signed.world.evc.issue("ervaringscertificaat", holder=signed.holder)])
    assert found["overall"] == "incomplete"
    two = [grant_claims(), grant_claims(document_number="TEST-vrijstelling-2", onderdelen=[{"onderdeel": "bpv"}])]
    answer = await decided(issuer, signed, found, Wish(kind="grant", claims=two, person_salt=SALT, by="examinator"))
    assert (answer["kind"], answer["by"], len(answer["offers"])) == ("grant", "examinator", 2)
    stored = (await issuer.get(f"/credentials/{answer['credentials'][1]}")).json()
    assert (stored["type"], stored["state"]) == ("vrijstelling", "offered")


async def test_pages_of_decisions(issuer: Issuer, signed: Signed):
    found = signed.answer()
    made = [(await decided(issuer, signed, found, grant(document_number=f"V-{number}")))["id"] for number in range(3)]
    first = (await issuer.get("/decisions", limit=2)).json()
    second = (await issuer.client.get(first["next"], headers=issuer.school.headers)).json()
    assert [one["id"] for one in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None


async def refused(issuer: Issuer, signed: Signed, found: Any, wish: Wish, why: type[Exception], **more: Any) -> Any:
    with pytest.raises(why) as caught:
        await decided(issuer, signed, found, wish, **more)
    assert (await issuer.get("/decisions")).json()["items"] == []
    assert (await issuer.get("/credentials")).json()["items"] == []
    return caught.value


async def test_a_stack_that_is_not_complete_gives_no_diploma(issuer: Issuer, signed: Signed):
    found = signed.answer([signed.dossier(keuzedelen=[])])
    error = await refused(issuer, signed, found, award(), StatementNotReady)
    assert error.params["overall"] == "incomplete"


async def test_a_blocked_stack_gives_nothing(issuer: Issuer, signed: Signed):
    stranger = signed.world.school.issue(holder=signed.holder, birthdate="1999-01-01", document_number="S-1")
    found = signed.answer([signed.dossier(), stranger])
    assert found["overall"] == "blocked"
    for wish in (award(), grant()):
        await refused(issuer, signed, found, wish, StatementNotReady)


async def test_a_what_if_gives_nothing(issuer: Issuer, signed: Signed):
    for wish in (award(), grant()):
        await refused(issuer, signed, signed.answer(evidence=[]), wish, StatementWhatIf)


async def test_a_stack_for_another_school_gives_nothing(issuer: Issuer, signed: Signed):
    await refused(issuer, signed, signed.answer(), award(), StatementOtherSchool, org="school-b")
    for school in ("https://issuer.example/o/school-b", "https://issuer.example/o/school-a/", None):
        found = signed.answer(target=signed.target(school=school))
        await refused(issuer, signed, found, award(), StatementOtherSchool)


async def test_a_signature_that_no_verifier_of_the_register_made_gives_nothing(issuer: Issuer, signed: Signed):
    good = signed.answer()
    forged = signed.answer(signer=PrivateKey.generate())
    await refused(issuer, signed, forged, award(), StatementNotTrusted)
    signed.verifier.compromised = True
    await refused(issuer, signed, good, award(), StatementNotTrusted)
    signed.verifier.compromised = False
    signed.verifier.kind = "school"
    await refused(issuer, signed, good, award(), StatementNotTrusted)
    signed.world.unlisted.add(signed.verifier.id)
    error = await refused(issuer, signed, good, award(), StatementNotTrusted)
    assert error.params["reason"] == "not_in_register"


async def test_a_register_past_its_date_gives_nothing(issuer: Issuer, signed: Signed):
    found = signed.answer()
    signed.world.next_update = datetime.now(UTC) - timedelta(minutes=1)
    await refused(issuer, signed, found, award(), RegisterStale)


async def test_without_proof_of_the_holder_the_school_must_say_that_it_knows(issuer: Issuer, signed: Signed):
    found = signed.answer(expected=False)
    await refused(issuer, signed, found, award(), HolderNotProven)
    known = Wish(kind="award", claims=[award_claims()], person_salt=SALT, accept_unproven_holder=True)
    assert (await decided(issuer, signed, found, known))["kind"] == "award"


@pytest.mark.parametrize("change", [{"birthdate": "1990-02-27"}, {"family_name": "Anders"}, {"given_name": "Tess"}])
async def test_the_diploma_of_another_person_is_refused(issuer: Issuer, signed: Signed, change: Any):
    await refused(issuer, signed, signed.answer(), award(**change), OtherPerson)
    await refused(issuer, signed, signed.answer(), grant(**change), OtherPerson)


async def test_without_the_salt_the_person_is_not_compared_and_the_answer_says_so(issuer: Issuer, signed: Signed):
    wish = Wish(kind="award", claims=[award_claims(given_name="Tess")])
    assert (await decided(issuer, signed, signed.answer(), wish))["person_checked"] is False


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"kwalificatie": {"crebo": "25656", "naam": "Verzorgende-IG", "niveau": 3}}, "kwalificatie/crebo"),
        ({"cohort": "2024-2025"}, "cohort"),
        ({"kwalificatie": None}, "kwalificatie/crebo"),
    ],
)
async def test_another_qualification_or_cohort_is_refused(issuer: Issuer, signed: Signed, change: Any, where: str):
    for wish in (award(**change), grant(**change)):
        error = await refused(issuer, signed, signed.answer(), wish, OtherTarget)
        assert error.errors[0]["pointer"] == f"/claims/0/{where}"


async def test_all_or_nothing(issuer: Issuer, signed: Signed):
    found = signed.answer()
    for wrong, why in (({"birthdate": 1}, ClaimsInvalid), ({}, DocumentNumberInUse)):
        claims = [grant_claims(), grant_claims(**wrong)]
        await refused(issuer, signed, found, Wish(kind="grant", claims=claims, person_salt=SALT), why)
    wish = award(evidence=[{"type": "diploma", "iss": SCHOOL, "digest": "sha256-x"}])
    await refused(issuer, signed, found, wish, ClaimsInvalid)


@pytest.mark.parametrize("by", ["", "Jan de Vries", "x" * 70, "a\nb", "examencommissie ", "-"])
async def test_who_decides_is_a_role(issuer: Issuer, signed: Signed, by: str):
    wish = Wish(kind="award", claims=[award_claims()], person_salt=SALT, by=by)
    await refused(issuer, signed, signed.answer(), wish, DecisionInvalid)


@pytest.mark.parametrize("claims", [[], [1], [award_claims(), award_claims(document_number="2")]])
async def test_an_award_is_one_diploma(issuer: Issuer, signed: Signed, claims: Any):
    await refused(issuer, signed, signed.answer(), Wish(kind="award", claims=claims), DecisionInvalid)


async def test_a_stopped_or_unaccredited_school_awards_nothing(issuer: Issuer, signed: Signed):
    async with issuer.context.database.writing() as session:
        await session.execute(text("DELETE FROM accreditations WHERE type = 'diploma'"))
    error = await refused(issuer, signed, signed.answer(), award(), Refused)
    assert error.code == "not_accredited"


def test_the_helper_makes_packages(signed: Signed):
    assert parse_package(signed.answer()["statement"].encode()).person_salt is None
