"""`/api/v1/credentials`: who may, what is refused, what is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from issuer.organisations import service as organisations
from tests.services.issuer.conftest import Issuer, at_once, claims_of

pytestmark = pytest.mark.anyio

CALLS = [
    ("POST", "/api/v1/credentials"),
    ("GET", "/api/v1/credentials"),
    ("GET", "/api/v1/credentials/ID"),
    ("POST", "/api/v1/credentials/ID/status"),
    ("POST", "/api/v1/credentials/ID/withdraw"),
    ("POST", "/api/v1/credentials/ID/replace"),
    ("POST", "/api/v1/assessments"),
    ("GET", "/api/v1/audit"),
]
BODIES = {
    "status": {"status": "revoked", "reason": "fraude"},
    "replace": {"claims": claims_of(), "reason": "vervangen"},
}


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("key", [None, "Bearer wrong", "Basic abc", "Bearer ", "skp_x"])
async def test_without_a_known_key_nothing_is_answered(issuer: Issuer, method: str, path: str, key: str | None) -> None:
    headers = {"Authorization": key} if key else {}
    answer = await issuer.client.request(method, path, headers=headers, json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("action", ["", "/status", "/withdraw", "/replace"])
async def test_another_organisations_credential_answers_like_an_absent_one(issuer: Issuer, action: str) -> None:
    theirs = await issuer.offer()
    answers = []
    for identifier in (theirs["id"], "f" * 32):
        path = f"/credentials/{identifier}{action}"
        body = BODIES.get(action[1:], {})
        answers.append(
            await (issuer.post(path, body, by=issuer.other) if action else issuer.get(path, by=issuer.other))
        )
    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert (await issuer.get(f"/credentials/{theirs['id']}")).json()["state"] == "offered"


async def test_a_list_shows_only_the_callers_own_newest_first_and_in_pages(issuer: Issuer) -> None:
    made = [(await issuer.offer())["id"] for _ in range(5)]
    await issuer.offer(by=issuer.other)
    seen: list[str] = []
    page = (await issuer.get("/credentials", limit=2)).json()
    while True:
        seen += [item["id"] for item in page["items"]]
        assert all("claims" not in item for item in page["items"])
        if page["next"] is None:
            break
        page = (await issuer.client.get(page["next"], headers=issuer.school.headers)).json()
    assert seen == made[::-1]
    assert (await issuer.get("/credentials", state="issued")).json()["items"] == []
    assert (await issuer.get("/credentials", limit=0)).json()["code"] == "request_invalid"


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"type": "rijbewijs"}, "credential_type_unknown", None),
        ({"type": 3}, "request_invalid", "/type"),
        ({"formats": ["mso_mdoc"]}, "format_not_supported", None),
        ({"formats": []}, "request_invalid", "/formats"),
        ({"txcode": True}, "request_invalid", "/txcode"),
        ({"tx_code": "no"}, "request_invalid", "/tx_code"),
        ({"expires_in": 5}, "request_invalid", "/expires_in"),
        ({"valid_until": "2001-01-01T00:00:00Z"}, "request_invalid", "/valid_until"),
        ({"valid_until": "2030-01-01"}, "request_invalid", "/valid_until"),
        ({"valid_until": 1900000000}, "request_invalid", "/valid_until"),
        ({"claims": []}, "request_invalid", "/claims"),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_by_name(
    issuer: Issuer, change: dict[str, Any], code: str, pointer: str | None
) -> None:
    body = {"type": "mbo-certificaat", "claims": claims_of()} | change
    answer = await issuer.post("/credentials", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    if pointer:
        assert pointer in [entry["pointer"] for entry in answer.json()["errors"]]


@pytest.mark.parametrize(
    "change",
    [
        {"birthdate": "31-12-1990"},
        {"given_name": None},
        {"bsn": "123456782"},
        {"iss": "https://other.example"},
        {"status": {}},
        {"document_number": ""},
        {"awarding_body": {"naam": "Another"}},
    ],
)
async def test_claims_that_do_not_fit_the_type_are_refused_before_anything_is_stored(
    issuer: Issuer, change: dict[str, Any]
) -> None:
    answer = await issuer.post("/credentials", {"type": "mbo-certificaat", "claims": claims_of(**change)})
    assert (answer.status_code, answer.json()["code"]) == (422, "claims_invalid")
    assert answer.json()["errors"]
    for value in change.values():
        if isinstance(value, str) and value:
            assert value not in answer.text
    assert (await issuer.get("/credentials")).json()["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"type":"a","type":"b"}',
        b'{"type":NaN}',
        b"\xff\xfe",
        b"[" * 5000,
        b'{"a":"\\ud800"}',
    ],
)
async def test_what_is_no_strict_json_object_is_a_400_with_a_code(issuer: Issuer, body: bytes) -> None:
    answer = await issuer.client.post("/api/v1/credentials", content=body, headers=issuer.school.headers)
    assert answer.status_code == 400
    assert answer.json()["code"].startswith("json") or answer.json()["code"] == "malformed", answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_more_than_a_mebibyte_is_refused_also_when_its_size_is_not_stated(issuer: Issuer) -> None:
    async def chunks() -> Any:
        for _ in range(20):
            yield b" " * 65536

    for content in (b" " * (1024 * 1024 + 1), chunks()):
        answer = await issuer.client.post("/api/v1/credentials", content=content, headers=issuer.school.headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_texts_follow_accept_language_and_else_are_dutch(issuer: Issuer) -> None:
    titles = {}
    for header in ("", "en", "en-GB,en;q=0.9,nl;q=0.1", "fr,nl;q=0.5,en;q=0.2", "xx", "en;q=x"):
        answer = await issuer.client.get("/api/v1/credentials", headers={"Accept-Language": header})
        titles[header] = (answer.json()["title"], answer.headers["content-language"])
    assert titles["en"] == titles["en-GB,en;q=0.9,nl;q=0.1"]
    assert titles["en"][1] == "en"
    assert {titles[h][1] for h in ("", "fr,nl;q=0.5,en;q=0.2", "xx", "en;q=x")} == {"nl"}
    assert titles[""][0] != titles["en"][0]


async def test_an_organisation_issues_only_what_it_is_accredited_for(issuer: Issuer) -> None:
    strict = await issuer.add("school-c", "school", accredited=False)
    claims = claims_of()
    crebo = claims["kwalificatie"]["crebo"]

    async def code(type_name: str = "mbo-certificaat", **changes: Any) -> str | None:
        body = {"type": type_name, "claims": claims_of(type_name, **changes)}
        answer = await issuer.post("/credentials", body, by=strict)
        return None if answer.status_code == 201 else f"{answer.status_code} {answer.json()['errors'][0]['code']}"

    async def accredit(*crebos: str, since: str, until: str | None) -> None:
        async with issuer.context.database.writing() as session:
            await organisations.add_accreditation(
                session,
                await organisations.require(session, "school-c"),
                "mbo-certificaat",
                crebo=crebos,
                at=issuer.clock(),
                valid_from=organisations.parse_day(since, ""),
                valid_until=organisations.parse_day(until, ""),
            )

    assert await code() == "403 not_accredited_type"
    await accredit("25656", since="2020-08-01", until=None)
    assert await code() == "403 not_accredited_crebo"
    await accredit(crebo, since="2020-08-01", until="2025-07-31")
    assert await code(awarded_date="2025-08-01") == "403 not_accredited_then"
    assert await code(awarded_date="2025-07-31") is None
    assert await code("diploma") == "403 not_accredited_type"
    assert await code("ervaringscertificaat") == "403 wrong_kind"
    by_company = await issuer.post(
        "/credentials", {"type": "diploma", "claims": claims_of("diploma")}, by=issuer.company
    )
    assert by_company.json()["errors"][0]["code"] == "wrong_kind"


async def test_a_document_number_is_of_one_live_award(issuer: Issuer) -> None:
    body = {"type": "mbo-certificaat", "claims": claims_of(document_number="C-1")}
    first = (await issuer.post("/credentials", body)).json()
    refused = await issuer.post("/credentials", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "document_number_in_use")
    assert (await issuer.post("/credentials", body, by=issuer.other)).status_code == 201
    diploma = {"type": "diploma", "claims": claims_of("diploma", document_number="C-1")}
    assert (await issuer.post("/credentials", diploma)).json()["code"] == "document_number_in_use"

    assert (await issuer.post(f"/credentials/{first['id']}/withdraw", {})).json()["state"] == "withdrawn"
    second = await issuer.post("/credentials", body | {"expires_in": 60})
    assert second.status_code == 201
    issuer.clock.forward(seconds=61)
    third = await issuer.post("/credentials", body)
    assert third.status_code == 201
    await issuer.take(third.json())
    revoke = {"status": "revoked", "reason": "administratieve-fout"}
    assert (await issuer.post(f"/credentials/{third.json()['id']}/status", revoke)).status_code == 200
    assert (await issuer.post("/credentials", body)).status_code == 201


async def test_twenty_equal_calls_at_once_make_one_award(issuer: Issuer) -> None:
    body = {"type": "mbo-certificaat", "claims": claims_of()}
    answers = await at_once(*(issuer.post("/credentials", body) for _ in range(20)))
    assert sorted(one.status_code for one in answers) == [201, *[409] * 19]


async def test_an_idempotency_key_gives_the_same_answer_and_refuses_another_body(issuer: Issuer) -> None:
    body = {"type": "mbo-certificaat", "claims": claims_of()}
    key = {"Idempotency-Key": "once"}
    answers = await at_once(*(issuer.post("/credentials", body, **key) for _ in range(10)))
    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1
    assert answers[0].json()["offer"]["tx_code"]
    assert len((await issuer.get("/credentials")).json()["items"]) == 1

    other = {"type": "mbo-certificaat", "claims": claims_of()}
    refused = await issuer.post("/credentials", other, **key)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert (await issuer.post("/credentials", other, by=issuer.other, **key)).status_code == 201
    invalid = await issuer.post("/credentials", {"type": "x", "claims": {}}, **{"Idempotency-Key": "two"})
    assert invalid.status_code == 422
    assert (await issuer.post("/credentials", other, **{"Idempotency-Key": "two"})).status_code == 201
    assert (await issuer.post("/credentials", body, **{"Idempotency-Key": "x" * 300})).status_code == 422


async def test_only_a_taken_award_has_a_status_and_only_an_open_one_is_withdrawn(issuer: Issuer) -> None:
    answer = await issuer.offer()
    path = f"/credentials/{answer['id']}"
    status = {"status": "revoked", "reason": "fraude"}
    assert (await issuer.post(f"{path}/status", status)).json()["code"] == "not_issued"
    assert (await issuer.post(f"{path}/replace", BODIES["replace"])).json()["code"] == "not_issued"
    await issuer.take(answer)
    assert (await issuer.post(f"{path}/withdraw", {})).json()["code"] == "not_offered"
    assert (await issuer.post(f"{path}/status", {"status": "revoked"})).json()["errors"][0]["pointer"] == "/reason"
    unknown = await issuer.post(f"{path}/status", {"status": "revoked", "reason": "zomaar"})
    assert unknown.json()["code"] == "request_invalid"
    assert (await issuer.post(f"{path}/status", status)).json()["status"] == "revoked"
    assert (await issuer.post(f"{path}/replace", BODIES["replace"])).json()["code"] == "revocation_final"


async def test_what_was_taken_or_withdrawn_leaves_no_claims_behind(issuer: Issuer) -> None:
    from sqlalchemy import text

    async def sealed() -> int:
        async with issuer.context.database.reading() as session:
            count = await session.execute(text("SELECT count(*) FROM credentials WHERE sealed_claims IS NOT NULL"))
            return int(count.scalar_one())

    first, second = await issuer.offer(), await issuer.offer()
    assert await sealed() == 2
    await issuer.take(first)
    await issuer.post(f"/credentials/{second['id']}/withdraw", {})
    assert await sealed() == 0
    await issuer.offer(expires_in=60)
    issuer.clock.forward(seconds=61)
    from issuer.housekeeping import sweep

    async with issuer.context.database.writing() as session:
        await sweep(session, at=int(issuer.clock().timestamp()))
    assert await sealed() == 0
    assert (await issuer.get("/credentials", state="expired")).json()["items"][0]["state"] == "expired"


async def test_nothing_is_issued_while_the_switch_is_off(issuer: Issuer) -> None:
    from issuer.organisations import repository

    answer = await issuer.offer()
    token = await issuer.token(answer)
    async with issuer.context.database.writing() as session:
        await repository.set_stopped(session, "school-a", at=1)
    refused = await issuer.post("/credentials", {"type": "mbo-certificaat", "claims": claims_of()})
    assert (refused.status_code, refused.json()["code"]) == (409, "issuing_stopped")
    denied = await issuer.request(token, issuer.proof(await issuer.nonce()))
    assert (denied.status_code, denied.json()["error"]) == (400, "credential_request_denied")
    async with issuer.context.database.writing() as session:
        await repository.set_stopped(session, "school-a", at=None)
    assert (await issuer.request(token, issuer.proof(await issuer.nonce()))).status_code == 200


async def test_an_assessment_is_only_made_by_a_recognised_leerbedrijf(issuer: Issuer) -> None:
    claims = claims_of("praktijkverklaring")
    asked = {n: claims[n] for n in ("kwalificatie", "units", "periode", "given_name", "family_name", "birthdate")}
    by_school = await issuer.post("/assessments", asked)
    assert (by_school.status_code, by_school.json()["code"]) == (403, "not_accredited")
    unrecognised = await issuer.add("kapper", "leerbedrijf", accredited=False)
    refused = await issuer.post("/assessments", asked, by=unrecognised)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_accredited")
    wrong = await issuer.post("/assessments", asked | {"bsn": "1"}, by=issuer.company)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "claims_invalid")
    backwards = asked | {"periode": {"van": "2026-02-01", "tot": "2026-01-01"}}
    assert (await issuer.post("/assessments", backwards, by=issuer.company)).status_code == 422
    assert (await issuer.post("/assessments", asked, by=issuer.company)).status_code == 201


async def test_the_log_names_what_was_done_without_personal_data_and_shows_tampering(issuer: Issuer) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DatabaseError

    from issuer.audit.service import first_break

    claims = claims_of(given_name="Zeldzame", family_name="Achternaam")
    answer = (await issuer.post("/credentials", {"type": "mbo-certificaat", "claims": claims})).json()
    await issuer.take(answer)
    await issuer.post(f"/credentials/{answer['id']}/status", {"status": "revoked", "reason": "fraude"})
    log = (await issuer.get("/audit")).json()
    actions = [entry["action"] for entry in log["items"]]
    assert actions[-3:] == ["credential.offered", "credential.issued", "credential.revoked"]
    assert "organisation.added" in actions
    written = json.dumps(log)
    for value in ("Zeldzame", "Achternaam", claims["birthdate"], claims["document_number"], issuer.school.api_key):
        assert value not in written
    assert (await issuer.get("/audit", limit=2)).json()["next"]
    assert all(
        entry["subject"] != answer["id"] for entry in (await issuer.get("/audit", by=issuer.other)).json()["items"]
    )

    async with issuer.context.database.reading() as session:
        assert await first_break(session, "school-a") is None
    for statement in ("UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log"):
        with pytest.raises(DatabaseError, match="append-only"):
            async with issuer.context.database.writing() as session:
                await session.execute(text(statement))
    async with issuer.context.database.writing() as session:
        await session.execute(text("DROP TRIGGER audit_log_no_update"))
        await session.execute(text("UPDATE audit_log SET actor='x' WHERE organisation_id='school-a' AND sequence=4"))
    async with issuer.context.database.reading() as session:
        assert await first_break(session, "school-a") == 4


async def test_an_award_dated_after_today_is_refused_with_the_place_in_words(issuer: Issuer) -> None:
    body = {"type": "mbo-certificaat", "claims": claims_of(awarded_date="2999-01-01")}
    refused = await issuer.post("/credentials", body, **{"Accept-Language": "nl"})
    assert (refused.status_code, refused.json()["code"]) == (422, "awarded_in_future")
    [entry] = refused.json()["errors"]
    assert entry == {"pointer": "/claims/awarded_date", "code": "in_the_future", "detail": "ligt na vandaag"}
