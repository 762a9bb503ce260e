"""Signed statements of a stack: what they hold, who signed them, and that repeating them gives the same answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from passport.errors import Malformed
from passport.jose.encoding import decode_base64url, encode_base64url
from passport.jose.jws import parse_jws
from passport.stacking import load_catalogue
from passport.stacking.judgement import digest_of_text, holder_digest
from passport.stacking.replay import parse_package, replay, replay_later, with_inputs
from passport.stacking.statement import Signature, check_signer, parse_statement
from passport.trust.register import parse_register
from passport.verification.materials import Materials
from tests.ecosystem import INVALID, Ecosystem
from tests.services.verifier.conftest import BASE, Verifier

TARGET = {"crebo": "25960", "cohort": "2025-2026", "school": "https://issuer.example/o/school-a", "date": "2026-06-15"}
FACT = {"type": "mbo-certificaat", "issuer": "school:A", "date": "2026-02-01", "code": "C0164", "cijfer": 7.5}
CATALOGUE = load_catalogue(None)


def entry(verifier: Verifier, **changes: Any) -> dict[str, Any]:
    """The verifier's own entry for a register."""
    anchor = verifier.app.state.services.certificate.anchor_pem
    return {"id": BASE, "kind": "verifier", "name": "Verifier", "keys": {"mechanism": "x5c", "anchors": [anchor]},
            "accreditations": [], **changes}  # fmt: skip


def register_with(verifier: Verifier, *entries: dict[str, Any]):
    return parse_register(verifier.world.register_bytes(extra=entries))


async def signed(verifier: Verifier, **body: Any) -> dict[str, Any]:
    answer = await verifier.http.post("/api/v1/stackings", json={"target": TARGET, "signed": True, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def a_bundle(verifier: Verifier, **body: Any) -> dict[str, Any]:
    """Two credentials, one revoked, bound to a transaction."""
    world = verifier.world
    holder = world.holder()
    held = [world.school.issue(holder=holder), world.school.issue("mbo-verklaring", holder=holder),
            world.school.issue(holder=holder, document_number="X-2")]  # fmt: skip
    world.school.set_status(held[2], INVALID)
    shown = [holder.present(one, nonce="n", audience="a") for one in held]
    body = {"presentations": shown, "expected": {"nonce": "n", "audience": "a"}, "bundle": True, **body}
    return await signed(verifier, **body)


def package_of(found: Any):
    return parse_package(json.dumps(found).encode())


def test_the_statement_holds_digests_and_findings_and_no_claim(play):
    async def scene(verifier: Verifier):
        found = await a_bundle(verifier)
        statement = parse_statement(found["statement"])
        payload = statement.payload
        assert parse_jws(found["statement"], max_bytes=10**7).header["typ"] == "stacking-report+jwt"
        assert (payload["iss"], payload["what_if"], payload["holder_binding"]) == (BASE, False, "proven")
        assert payload["target"] == TARGET
        assert payload["expected"] == {"nonce": "n", "audience": "a"}
        assert payload["answer"] == {key: value for key, value in found.items() if key in payload["answer"]}
        assert payload["catalogue"] == {"version": CATALOGUE.version, "digest": CATALOGUE.digest}
        assert payload["trust_register"]["sequence"] == 1
        shown = found["bundle"]["presentations"]
        records = payload["presentations"]
        assert [one["presentation"] for one in records] == [digest_of_text(text) for text in shown]
        assert [one["issuer_signed"] for one in records] == [digest_of_text(text.split("~")[0]) for text in shown]
        assert [(one["verdict"], one["status"]) for one in records] == [
            ("accepted", "valid"), ("accepted", "valid"), ("rejected", "revoked")]  # fmt: skip
        assert records[2]["problems"] == {"status": "revoked"}
        [material] = payload["materials"]
        assert material["digest"].startswith("sha256-")
        assert material["valid_until"] is not None
        person = {"given_name": "Test", "family_name": " HOUDER", "birthdate": "1990-02-28"}
        assert payload["holders"] == [holder_digest(person, found["person_salt"])]
        text = json.dumps(payload)
        assert all(word not in text for word in ("Houder", "1990-02-28", found["person_salt"]))

    play(scene)


def test_a_statement_comes_only_when_asked_and_a_bundle_only_with_it(play):
    async def scene(verifier: Verifier):
        plain = await verifier.http.post("/api/v1/stackings", json={"target": TARGET, "evidence": []})
        assert "statement" not in plain.json()
        assert "bundle" not in await signed(verifier, evidence=[])
        wrong = await verifier.http.post("/api/v1/stackings", json={"target": TARGET, "evidence": [], "bundle": True})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "body_invalid")

    play(scene)


@pytest.mark.parametrize("body", [{"evidence": [10**30]}, {"target": {**TARGET, "x": 10**30}, "evidence": []}])
def test_numbers_that_no_statement_can_carry_are_refused(play, body):
    async def scene(verifier: Verifier):
        answer = await verifier.http.post("/api/v1/stackings", json={"target": TARGET, "signed": True, **body})
        assert (answer.status_code, answer.json()["code"]) == (400, "json_not_canonical")

    play(scene)


def test_who_signed_is_told_by_the_register(play):
    async def scene(verifier: Verifier):
        statement = parse_statement((await a_bundle(verifier))["statement"])
        at = verifier.clock()
        ours, world = entry(verifier), verifier.world
        held = check_signer(statement, register_with(verifier, ours), at=at)
        assert (held.signature, held.organisation and held.organisation.id) == (Signature.HOLDS, BASE)
        for register, code in (
            (None, "no_register"),
            (register_with(verifier), "not_in_register"),
            (register_with(verifier, {**ours, "kind": "school"}), "not_in_register"),
        ):
            assert check_signer(statement, register, at=at).code == code
            assert check_signer(statement, register, at=at).signature is Signature.UNKNOWN
        from cryptography.hazmat.primitives import serialization

        other = world.school.anchor.public_bytes(serialization.Encoding.PEM).decode()
        wrong = register_with(verifier, {**ours, "keys": {"mechanism": "x5c", "anchors": [other]}})
        assert check_signer(statement, wrong, at=at).signature is Signature.BROKEN
        early = check_signer(statement, register_with(verifier, ours), at=at - timedelta(hours=1))
        assert (early.signature, early.code) == (Signature.BROKEN, "in_the_future")

    play(scene)


def test_a_statement_that_was_changed_is_broken(play):
    async def scene(verifier: Verifier):
        token = (await a_bundle(verifier))["statement"]
        head, body, signature = token.split(".")
        changed = decode_base64url(body).replace(b'"incomplete"', b'"ready_for_examencommissie"', 1)
        forged = parse_statement(f"{head}.{encode_base64url(changed)}.{signature}")
        register = register_with(verifier, entry(verifier))
        assert check_signer(forged, register, at=verifier.clock()).signature is Signature.BROKEN

    play(scene)


def test_repeating_a_bundle_gives_the_same_answer_also_in_another_order_and_after_a_long_time(play):
    async def scene(verifier: Verifier):
        found = await a_bundle(verifier)
        package = package_of(found)
        done = replay(package, CATALOGUE)
        assert (done.outcome, done.differences) == ("same", ())
        assert done.answer == parse_statement(found["statement"]).answer
        backwards = list(reversed(found["bundle"]["presentations"]))
        assert replay(with_inputs(package, json.dumps(backwards).encode()), CATALOGUE).outcome == "same"
        assert replay(with_inputs(package, "\n".join(backwards).encode()), CATALOGUE).outcome == "same"
        assert package_of({"stacking": found}).statement.digest == package.statement.digest
        assert replay(package_of(found["bundle"]), CATALOGUE).outcome == "same"

    play(scene)


def test_what_is_lacking_is_named(play):
    async def scene(verifier: Verifier):
        found = await a_bundle(verifier)
        alone = parse_package(found["statement"].encode())
        assert [one.kind for one in replay(alone, CATALOGUE).missing] == ["presentation"] * 3 + ["material", "register"]
        shown = found["bundle"]["presentations"]
        done = replay(with_inputs(package_of(found), json.dumps(shown[:2]).encode()), CATALOGUE)
        assert [(one.kind, one.at) for one in done.missing] == [("presentation", "presentations[2]")]
        assert done.outcome == "incomplete"

    play(scene)


def test_a_changed_presentation_document_register_or_catalogue_is_named_first(play, tmp_path):
    async def scene(verifier: Verifier):
        found = await a_bundle(verifier)
        package = package_of(found)
        shown = found["bundle"]["presentations"]
        other = verifier.world.school.issue(holder=verifier.world.holder()).text
        done = replay(with_inputs(package, json.dumps([shown[0], other, shown[2]]).encode()), CATALOGUE)
        first = done.differences[0]
        assert (done.outcome, first.kind, first.at) == ("different", "presentation", "presentations[1]")
        [listed] = package.materials.by_place.values()
        emptied = Materials().plus([replace(listed, body=b"x", memo={})])
        kinds = [one.kind for one in replay(replace(package, materials=emptied), CATALOGUE).differences]
        assert kinds[0] == "material"
        assert {"status", "verdict", "answer"} <= set(kinds)
        verifier.world.unlisted.add(verifier.world.school.id)
        kinds = [
            one.kind for one in replay(replace(package, register=verifier.world.register()), CATALOGUE).differences
        ]
        assert kinds[0] == "register"
        renamed = replace(CATALOGUE, digest="sha-256 0")
        assert [one.kind for one in replay(package, renamed).differences] == ["catalogue"]

    play(scene)


def test_revoked_meanwhile_changes_todays_answer_and_not_the_one_of_then(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        holder = world.holder()
        held = world.school.issue(holder=holder)
        body = {"presentations": [holder.present(held, nonce="n", audience="a")], "bundle": True,
                "expected": {"nonce": "n", "audience": "a"}}  # fmt: skip
        package = package_of(await signed(verifier, **body))
        later = verifier.clock() + timedelta(hours=2)
        done = replay_later(package, CATALOGUE, materials=world.materials(), register=world.register(), at=later)
        assert (done.outcome, done.differences) == ("same", ())
        world.school.set_status(held, INVALID)
        done = replay_later(package, CATALOGUE, materials=world.materials(), register=world.register(), at=later)
        assert done.outcome == "different"
        assert (done.differences[0].kind, done.differences[0].now) == ("status", "revoked")
        assert replay(package, CATALOGUE).outcome == "same"
        world.down.add(world.school.status_uri)
        done = replay_later(package, CATALOGUE, materials=world.materials(), register=world.register(), at=later)
        assert done.outcome == "incomplete"

    play(scene)


def test_a_presentation_that_was_not_bound_then_does_not_count_later(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        holder = world.holder()
        held = world.school.issue(holder=holder)
        body = {"presentations": [held.text], "bundle": True, "expected": {"nonce": "n", "audience": "a"}}
        package = package_of(await signed(verifier, **body))
        done = replay_later(
            package, CATALOGUE, materials=world.materials(), register=world.register(), at=verifier.clock()
        )
        assert done.outcome == "same"
        assert done.answer["evidence"][next(iter(done.answer["evidence"]))]["accepted"] is False

    play(scene)


def test_a_what_if_is_signed_as_such_and_repeated_from_its_facts(play):
    async def scene(verifier: Verifier):
        found = await signed(verifier, evidence=[FACT], bundle=True)
        package = package_of(found)
        assert package.statement.what_if
        assert replay(package, CATALOGUE).outcome == "same"
        alone = parse_package(found["statement"].encode())
        assert [one.kind for one in replay(alone, CATALOGUE).missing] == ["evidence"]
        for given in ([FACT], {"target": TARGET, "evidence": [FACT]}):
            assert replay(with_inputs(alone, json.dumps(given).encode()), CATALOGUE).outcome == "same"
        done = replay(with_inputs(alone, json.dumps([{**FACT, "code": "C0160"}]).encode()), CATALOGUE)
        assert (done.outcome, done.differences[0].kind) == ("different", "evidence")

    play(scene)


def test_a_signed_register_comes_along_whole(world: Ecosystem, tmp_path):
    import asyncio

    from tests.services.verifier.conftest import running

    async def scene():
        key = tmp_path / "operator.pem"
        key.write_text(world.operator_key.public_key.to_pem())
        register = tmp_path / "register.jwt"
        register.write_bytes(world.register_bytes(sign=True))
        async with running(world, tmp_path / "v", trust=str(register), trust_key=key) as verifier:
            found = await a_bundle(verifier)
            assert found["bundle"]["register"] == register.read_text()
            assert replay(package_of(found), CATALOGUE).outcome == "same"

    asyncio.run(scene())


@pytest.mark.parametrize(
    "change",
    [
        {"statement": None}, {"statement": "a.b.c"}, {"materials": {}}, {"materials": [1]}, {"presentations": [1]},
        {"materials": [{"kind": "status_list", "url": "x", "fetched_at": "soon", "body": None}]},
        {"materials": [{"kind": "status_list", "url": "x", "fetched_at": "2026-01-01T00:00:00Z", "body": "***"}]},
        {"register": 1}, {"register": "{}"}, {"register": "x"}, {"person_salt": 1}, {"evidence": {}},
    ],
)  # fmt: skip
def test_a_bundle_that_does_not_read_is_malformed(play, change):
    async def scene(verifier: Verifier):
        found = (await a_bundle(verifier))["bundle"]
        with pytest.raises(Malformed):
            package_of({**found, **change})

    play(scene)


@pytest.mark.parametrize("data", [b"", b"x", b"{}", b"[]", b"\xff", b"a.b.c", b'{"statement": 1}', b'{"bundle": {}}'])
def test_a_file_that_is_no_package_is_malformed(data):
    with pytest.raises(Malformed):
        parse_package(data)
