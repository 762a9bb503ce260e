"""`POST /api/v1/verifications`: a credential in, a report out."""

# ruff: noqa: ASYNC240

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from passport.jose.keys import PrivateKey
from tests.ecosystem import INVALID, Ecosystem
from tests.services.verifier.conftest import Verifier

CHECKS = [
    "structure",
    "algorithm",
    "issuer_key",
    "signature",
    "disclosures",
    "type",
    "schema",
    "validity",
    "status",
    "accreditation",
    "countersignature",
    "holder_binding",
]


def test_a_good_credential_is_accepted_with_all_twelve_checks(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        report = await verifier.verify(world.school.issue(holder=world.holder()).text)
        assert report["verdict"] == "accepted"
        assert [check["id"] for check in report["checks"]] == CHECKS
        assert report["holder_binding"] == "not_requested"
        assert report["credential"]["issuer"] == {"id": world.school.id, "name": "School A"}
        assert report["credential"]["status"] == "valid"
        assert {one["kind"] for one in report["inputs"]} == {"trust_register", "status_list"}

    play(scene)


def revoked(world, _):
    held = world.school.issue()
    world.school.set_status(held, INVALID)
    return held.text


def unreachable(world, _):
    world.down.add(world.school.status_uri)
    return world.school.issue().text


def wrong_signer_of_list(world, _):
    world.school.status_signer = PrivateKey.generate()
    return world.school.issue().text


def with_a_foreign_disclosure(world, _):
    return world.school.issue().text + world.school.issue("diploma").text.split("~")[1] + "~"


@pytest.mark.parametrize(
    ("make", "verdict", "check", "outcome"),
    [
        (revoked, "rejected", "status", "failed"),
        (unreachable, "undetermined", "status", "undetermined"),
        (wrong_signer_of_list, "undetermined", "status", "undetermined"),
        (lambda w, _: w.school.issue(with_status=False).text, "rejected", "status", "failed"),
        (lambda w, at: w.school.issue(expires_at=at - timedelta(minutes=2)).text, "rejected", "validity", "failed"),
        (lambda w, at: w.school.issue(issued_at=at + timedelta(minutes=2)).text, "rejected", "validity", "failed"),
        (lambda w, _: w.school.issue(signer=PrivateKey.generate()).text, "rejected", "signature", "failed"),
        (lambda w, _: w.school.issue(iss="https://elsewhere.example").text, "rejected", "issuer_key", "failed"),
        (lambda w, _: w.school.issue(iss=w.evc.id).text, "rejected", "issuer_key", "failed"),
        (lambda w, _: w.evc.issue("diploma").text, "rejected", "accreditation", "failed"),
        (lambda w, _: w.school.issue(awarded_date="2014-12-31").text, "rejected", "accreditation", "failed"),
        (lambda w, _: w.school.issue().text[:-4] + "AAA~", "rejected", "structure", "failed"),
        (with_a_foreign_disclosure, "rejected", "disclosures", "failed"),
        (lambda w, _: "not a credential", "rejected", "structure", "failed"),
        (lambda w, _: "~" * 300, "rejected", "structure", "failed"),
    ],
)
def test_what_is_wrong_is_named(play, world: Ecosystem, make, verdict, check, outcome):
    async def scene(verifier: Verifier):
        report = await verifier.verify(make(world, world.at))
        assert report["verdict"] == verdict
        assert {one["id"]: one["outcome"] for one in report["checks"]}[check] == outcome

    play(scene)


def test_an_expiry_within_a_minute_is_tolerated(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        text = world.school.issue(expires_at=world.at - timedelta(seconds=30)).text
        assert (await verifier.verify(text))["verdict"] == "accepted"

    play(scene)


def test_nothing_is_fetched_for_an_issuer_that_the_register_does_not_know(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        world.school.id = "https://stranger.example/o/x"
        await verifier.verify(world.school.issue(iss="https://stranger.example/o/x").text)
        assert verifier.fetcher.asked == []

    play(scene)


def test_without_a_register_nothing_can_be_said(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        report = await verifier.verify(world.school.issue().text)
        assert report["verdict"] == "undetermined"

    play(scene, trust=None)


def test_holder_binding_is_proven_missing_or_failed(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        holder = world.holder()
        held = world.school.issue(holder=holder)
        expected = {"nonce": "n-1", "audience": "me"}
        good = holder.present(held, nonce="n-1", audience="me")
        other = holder.present(held, nonce="n-2", audience="me")
        assert (await verifier.verify(good, expected=expected))["holder_binding"] == "proven"
        answer = await verifier.verify(other, expected=expected)
        assert (answer["verdict"], answer["holder_binding"]) == ("rejected", "failed")
        answer = await verifier.verify(held.text, expected=expected)
        assert (answer["verdict"], answer["holder_binding"]) == ("rejected", "missing")
        relaxed = await verifier.verify(held.text, expected=expected, require_holder_binding=False)
        assert relaxed["holder_binding"] == "missing"

    play(scene)


def test_a_key_binding_older_than_five_minutes_is_refused(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        holder = world.holder()
        held = world.school.issue(holder=holder)
        old = holder.present(held, nonce="n", audience="a", at=world.at - timedelta(minutes=7))
        report = await verifier.verify(old, expected={"nonce": "n", "audience": "a"})
        assert report["holder_binding"] == "failed"

    play(scene)


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", {}, 400, "body_not_json"),
        (b'{"credential":"a","credential":"b"}', {}, 400, "body_not_json"),
        (b'{"credential":NaN}', {}, 400, "body_not_json"),
        (b"[" * 200 + b"]" * 200, {}, 400, "body_not_json"),
        (b'["x"]', {}, 400, "body_not_json"),
        (b"{}", {}, 422, "body_invalid"),
        (b'{"credential":1}', {}, 422, "body_invalid"),
        (b'{"credential":""}', {}, 422, "body_invalid"),
        (b'{"credential":"x","require_holder_binding":true}', {}, 422, "body_invalid"),
        (b'{"credential":"x","unknown":true}', {}, 422, "body_invalid"),
        (b'{"credential":"x"}', {"content-type": "text/plain"}, 415, "media_type_unsupported"),
        (b'{"credential":"' + b"x" * 262_145 + b'"}', {}, 422, "body_invalid"),
        (b'{"credential":"' + b"x" * 600_000 + b'"}', {}, 413, "body_too_large"),
    ],
)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_wrong_call_is_a_problem_with_a_code(play, content, headers, status, code, lang):
    async def scene(verifier: Verifier):
        headers_sent = {"content-type": "application/json", "accept-language": lang, **headers}
        answer = await verifier.http.post("/api/v1/verifications", content=content, headers=headers_sent)
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["status"]) == (status, code, status)
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["title"]
        assert problem["detail"]

    play(scene)


def test_texts_follow_the_language_of_the_reader(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        body = json.dumps({"credential": world.school.issue().text})
        texts = set()
        for lang in ("nl", "en-GB,en;q=0.8", "de"):
            headers = {"content-type": "application/json", "accept-language": lang}
            answer = await verifier.http.post("/api/v1/verifications", content=body, headers=headers)
            texts.add(answer.json()["checks"][3]["text"])
        assert len(texts) == 2

    play(scene)


def test_with_an_api_key_set_the_calls_ask_it(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        body = {"credential": world.school.issue().text}
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic secret-key"}):
            answer = await verifier.http.post("/api/v1/verifications", json=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "api_key_required")
        right = {"authorization": "Bearer secret-key"}
        assert (await verifier.http.post("/api/v1/verifications", json=body, headers=right)).status_code == 200
        assert (await verifier.http.post("/api/v1/requests", json={"template": "diploma"})).status_code == 401
        assert (await verifier.http.get("/api/v1/requests/x")).status_code == 401
        assert (await verifier.http.post("/api/v1/stackings", json={})).status_code == 401
        assert (await verifier.http.get("/")).status_code == 200

    play(scene, api_key="secret-key")


def test_too_many_calls_are_told_to_wait(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        codes = [(await verifier.http.get("/api/v1/requests/x")).status_code for _ in range(5)]
        assert codes == [404, 404, 404, 429, 429]
        answer = await verifier.http.get("/api/v1/requests/x")
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["code"] == "too_many_calls"
        assert (await verifier.http.get("/healthz")).status_code == 200

    play(scene, rate_limit="3/minute")


def test_a_new_edition_of_the_register_is_used_and_an_older_one_is_not(play, world: Ecosystem, tmp_path):
    async def scene(verifier: Verifier):
        from pathlib import Path

        file = Path(verifier.app.state.settings.trust)
        text = world.school.issue().text
        world.unlisted.add(world.school.id)
        world.sequence = 2
        file.write_bytes(world.register_bytes())
        assert (await verifier.verify(text))["verdict"] == "rejected"
        world.unlisted.clear()
        world.sequence = 1
        file.write_bytes(world.register_bytes() + b" ")
        assert (await verifier.verify(text))["verdict"] == "rejected"
        file.write_bytes(b"{broken")
        assert (await verifier.verify(text))["verdict"] == "rejected"
        world.sequence = 3
        file.write_bytes(world.register_bytes())
        assert (await verifier.verify(text))["verdict"] == "accepted"

    play(scene)


def test_a_register_past_its_next_update_is_undetermined_and_not_ready(play, world: Ecosystem):
    world.next_update = world.at + timedelta(seconds=30)

    async def scene(verifier: Verifier):
        text = world.school.issue(holder=world.holder()).text
        assert (await verifier.verify(text))["verdict"] == "accepted"
        assert (await verifier.http.get("/readyz")).status_code == 200
        verifier.clock.forward(3600)
        assert (await verifier.verify(text))["verdict"] == "undetermined"
        assert (await verifier.http.get("/readyz")).status_code == 503

    play(scene)


def test_health_and_metrics_hold_no_ids(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        made = await verifier.ask()
        await verifier.state(made)
        assert (await verifier.http.get("/healthz")).json() == {"status": "ok"}
        metrics = (await verifier.http.get("/metrics")).text
        assert "/api/v1/requests/{id}" in metrics
        assert made["id"] not in metrics
        assert made["request_uri"].rpartition("/")[2] not in metrics

    play(scene)


def test_unknown_paths_and_methods_are_problems_and_never_a_traceback(play):
    async def scene(verifier: Verifier):
        for method, path, status in (
            ("GET", "/nowhere", 404),
            ("DELETE", "/api/v1/verifications", 405),
            ("GET", "/static/../settings.py", 404),
            ("GET", "/static/nothing.js", 404),
            ("GET", "/r/unknown", 404),
            ("POST", "/r/unknown", 404),
            ("GET", "/r/unknown/qr.png", 404),
        ):
            answer = await verifier.http.request(method, path)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), path

    play(scene)
