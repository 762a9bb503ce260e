"""A school asks for the whole stack by OpenID4VP, with the template `stapel`, and gets the signed answer."""

from __future__ import annotations

import json

import pytest

from passport.credentials.formats import FORMATS
from passport.openid.dcql import Candidate, match
from passport.stacking import load_catalogue
from passport.stacking.replay import parse_package, replay
from tests.ecosystem import Ecosystem, Issued
from tests.services.verifier.conftest import Verifier
from tests.services.verifier.test_signed_stackings import TARGET

TYPES = ("diploma", "mbo-certificaat", "mbo-verklaring", "praktijkverklaring", "ervaringscertificaat", "vrijstelling",
         "branchecertificaat")  # fmt: skip


def issue(world: Ecosystem, type: str, **more) -> Issued:
    by = {"ervaringscertificaat": world.evc}.get(type, world.school)
    if type == "branchecertificaat":
        by = world.add("brancheorganisatie", "Branche B", "https://issuer.example/o/branche-b")
    return by.issue(type, holder=world.holder(), **more)


async def present_all(verifier: Verifier, made, held: list[Issued]):
    """As a wallet: everything that answers, each with what its first fitting claim set asks."""
    request = await verifier.read(made)
    form = FORMATS["dc+sd-jwt"]
    parsed = [form.parse(one.text) for one in held]
    candidates = [
        Candidate(id=str(place), format="dc+sd-jwt", vct=one.vct, claims=form.disclosed_claims(one),
                  disclosable=form.disclosed_places(one))
        for place, one in enumerate(parsed)
    ]  # fmt: skip
    [(name, choices)] = match(request.query, candidates).by_query.items()
    texts = [
        held[int(choice.candidate_id)].holder.present(  # type: ignore[union-attr]
            held[int(choice.candidate_id)], nonce=request.nonce, audience=request.client_id,
            disclose=choice.disclose, at=verifier.clock(),
        )
        for choice in choices
    ]  # fmt: skip
    return await verifier.post(request, {name: texts})


def test_any_number_of_credentials_of_every_type_answers_and_the_answer_is_signed_and_repeatable(
    play, world: Ecosystem, tmp_path
):
    async def scene(verifier: Verifier):
        branche = world.add("brancheorganisatie", "Branche B", "https://issuer.example/o/branche-b")
        (tmp_path / "verifier" / "register.json").write_bytes(world.register_bytes())
        held = []
        for type in (*TYPES, "mbo-certificaat"):
            by = {"ervaringscertificaat": world.evc, "branchecertificaat": branche}.get(type, world.school)
            held.append(by.issue(type, holder=world.holder(), document_number=f"D-{len(held)}"))
        made = await verifier.ask("stapel", stacking={"target": TARGET, "bundle": True})
        posted = await present_all(verifier, made, held)
        state = await verifier.state(made)
        assert (posted.status_code, state["state"]) == (200, "answered"), state
        stack = state["stacking"]
        assert (stack["what_if"], stack["holder_binding"]) == (False, "proven")
        assert sorted(
            one["type"] for one in parse_package(json.dumps(state).encode()).statement.presentations
        ) == sorted([*TYPES, "mbo-certificaat"])
        assert all(one["accepted"] for one in stack["evidence"].values())
        assert replay(parse_package(json.dumps(state).encode()), load_catalogue(None)).outcome == "same"
        shown = {report["credential"]["type"]: report["credential"]["claims"] for report in state["reports"]}
        assert not shown["diploma"].get("resultaten")
        assert {"leerbedrijf", "praktijkbeoordeling", "birthdate"} <= set(shown["praktijkverklaring"])
        assert not {"grond", "route", "evidence"} & {name for claims in shown.values() for name in claims}

    play(scene)


def test_a_keuzedeel_certificate_shows_its_mark(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        keuzedeel = {"code": "K0001", "naam": "Keuzedeel", "sbu": 240}
        held = issue(world, "mbo-certificaat", units=None, keuzedeel=keuzedeel, cijfer=8)
        made = await verifier.ask("stapel", stacking={"target": TARGET})
        await present_all(verifier, made, [held])
        state = await verifier.state(made)
        assert state["reports"][0]["credential"]["claims"]["cijfer"] == 8
        assert "bundle" not in state["stacking"]

    play(scene)


def test_without_a_wish_there_is_no_stacking_and_a_target_that_cannot_be_read_is_refused_at_once(
    play, world: Ecosystem
):
    async def scene(verifier: Verifier):
        made = await verifier.ask("stapel")
        await present_all(verifier, made, [issue(world, "mbo-certificaat")])
        assert "stacking" not in await verifier.state(made)
        for target in ({}, {"crebo": "25960", "date": "soon"}, {"crebo": "25960", "x": 10**30}):
            body = {"template": "stapel", "stacking": {"target": target}}
            assert 400 <= (await verifier.http.post("/api/v1/requests", json=body)).status_code < 500

    play(scene)


def test_a_same_device_answer_keeps_the_stacking_for_who_has_the_response_code(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        made = await verifier.ask("stapel", stacking={"target": TARGET}, flow="same_device")
        posted = await present_all(verifier, made, [issue(world, "mbo-certificaat")])
        assert "stacking" not in await verifier.state(made)
        code = posted.json()["redirect_uri"].partition("response_code=")[2]
        assert (await verifier.state(made, response_code=code))["stacking"]["statement"]

    play(scene)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_employers_are_not_offered_it_on_the_page(play, lang):
    async def scene(verifier: Verifier):
        for path in ("/", "/scan"):
            assert "stapel" not in (await verifier.http.get(f"{path}?lang={lang}")).text

    play(scene)
