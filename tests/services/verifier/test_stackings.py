"""`POST /api/v1/stackings`."""

from __future__ import annotations

import pytest

from tests.ecosystem import INVALID, Ecosystem
from tests.services.verifier.conftest import Verifier

TARGET = {"crebo": "25960", "cohort": "2025-2026", "school": "https://issuer.example/o/school-a", "date": "2026-06-15"}


def test_verified_credentials_count_and_revoked_ones_do_not(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        holder = world.holder()
        good, bad = world.school.issue(holder=holder), world.school.issue(holder=holder, document_number="X-2")
        world.school.set_status(bad, INVALID)
        answer = await verifier.http.post(
            "/api/v1/stackings", json={"target": TARGET, "presentations": [good.text, bad.text]}
        )
        assert answer.status_code == 200, answer.text
        stack = answer.json()
        assert stack["overall"] == "incomplete"
        assert stack["what_if"] is False
        assert stack["holder_binding"] == "not_requested"
        assert sorted(one["accepted"] for one in stack["evidence"].values()) == [False, True]
        assert {"REVOKED", "HOLDER_NOT_PROVEN"} <= {reason["code"] for reason in stack["reasons"]}

    play(scene)


def test_with_expected_every_presentation_must_be_bound(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        holder = world.holder()
        held = world.school.issue(holder=holder)
        expected = {"nonce": "n", "audience": "a"}
        for text, accepted in (
            (holder.present(held, nonce="n", audience="a"), True),
            (holder.present(held, nonce="old", audience="a"), False),
            (held.text, False),
        ):
            body = {"target": TARGET, "presentations": [text], "expected": expected}
            stack = (await verifier.http.post("/api/v1/stackings", json=body)).json()
            assert [one["accepted"] for one in stack["evidence"].values()] == [accepted]

    play(scene)


def test_what_if_judges_supposed_facts(play):
    async def scene(verifier: Verifier):
        fact = {"type": "mbo-certificaat", "issuer": "school:A", "date": "2026-02-01", "code": "C0164"}
        answer = await verifier.http.post("/api/v1/stackings", json={"target": TARGET, "evidence": [fact]})
        stack = answer.json()
        assert stack["what_if"] is True
        assert stack["evidence"]["e1"]["accepted"] is True

    play(scene)


def test_the_date_is_today_in_the_netherlands_unless_told(play):
    async def scene(verifier: Verifier):
        target = {key: value for key, value in TARGET.items() if key != "date"}
        answer = await verifier.http.post("/api/v1/stackings", json={"target": target, "evidence": []})
        assert answer.json()["target"]["date"] == "2026-06-15"

    play(scene)


@pytest.mark.parametrize(
    "body",
    [
        {"target": TARGET},
        {"target": TARGET, "evidence": [], "presentations": []},
        {"target": TARGET, "evidence": [], "expected": {"nonce": "n", "audience": "a"}},
        {"evidence": []},
        {"target": "25960", "evidence": []},
        {"target": {**TARGET, "date": "yesterday"}, "evidence": []},
        {"target": {**TARGET, "cohort": "2025"}, "evidence": []},
        {"target": {**TARGET, "cohort": "2025-2027"}, "presentations": []},
        {"target": TARGET, "presentations": [1]},
        {"target": TARGET, "evidence": {"a": 1}},
        {"target": TARGET, "evidence": [{"id": "a", "type": "diploma"}, {"id": "a", "type": "diploma"}]},
        {"target": TARGET, "presentations": ["x"] * 201},
    ],
)
def test_wrong_use_is_a_4xx_with_a_code(play, body):
    async def scene(verifier: Verifier):
        answer = await verifier.http.post("/api/v1/stackings", json=body)
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.json()["code"]

    play(scene)
