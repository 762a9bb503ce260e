"""Asking a holder over OpenID4VP, and what comes of the answer."""

from __future__ import annotations

import asyncio

import pytest

from passport.jose.encoding import parse_json_object
from passport.jose.jws import parse_jws
from tests.ecosystem import INVALID, SUSPENDED, Ecosystem
from tests.services.verifier.conftest import Verifier, path_of

REFUSAL = {"error": "invalid_request", "error_description": "the response was not accepted"}


def test_an_honest_answer_is_accepted_and_shows_only_what_was_asked(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        held = world.school.issue("mbo-certificaat", holder=world.holder())
        made = await verifier.ask()
        assert (await verifier.state(made))["state"] == "waiting"
        posted = await verifier.answer(made, held)
        assert (posted.status_code, posted.json()) == (200, {})
        state = await verifier.state(made)
        assert state["state"] == "answered"
        [report] = state["reports"]
        assert (report["query"], report["verdict"], report["holder_binding"]) == (
            "mbo-certificaat",
            "accepted",
            "proven",
        )
        claims = report["credential"]["claims"]
        assert claims["given_name"] == "Test"
        assert not {"birthdate", "cijfer", "document_number"} & set(claims)
        assert "niveau" not in claims["kwalificatie"]

    play(scene)


@pytest.mark.parametrize("mode", ["direct_post", "direct_post.jwt"])
@pytest.mark.parametrize(
    ("template", "type"),
    [
        ("mbo-certificaat", "mbo-certificaat"),
        ("diploma", "diploma"),
        ("praktijkverklaring", "praktijkverklaring"),
        ("ervaringscertificaat", "ervaringscertificaat"),
        ("bewijs-van-vakbekwaamheid", "diploma"),
        ("bewijs-van-vakbekwaamheid", "ervaringscertificaat"),
    ],
)
def test_every_template_can_be_answered_in_both_response_modes(play, world: Ecosystem, template, type, mode):
    async def scene(verifier: Verifier):
        issuer = world.evc if type == "ervaringscertificaat" else world.school
        held = issuer.issue(type, holder=world.holder())
        made = await verifier.ask(template, response_mode=mode)
        assert (await verifier.answer(made, held)).status_code == 200
        state = await verifier.state(made)
        assert state["state"] == "answered"
        hidden = {"birthdate", "cijfer", "leerbedrijf", "periode", "praktijkbeoordeling", "route", "document_number"}
        assert not hidden & set(state["reports"][0]["credential"]["claims"])

    play(scene)


def test_a_certificate_of_a_keuzedeel_answers_too(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        keuzedeel = {"code": "K0072", "naam": "Ondernemend gedrag", "sbu": 240}
        held = world.school.issue("mbo-certificaat", holder=world.holder(), units=None, keuzedeel=keuzedeel)
        made = await verifier.ask()
        assert (await verifier.answer(made, held)).status_code == 200

    play(scene)


def test_the_name_can_be_left_out_of_the_question(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        held = world.school.issue("mbo-certificaat", holder=world.holder())
        made = await verifier.ask(with_name=False)
        assert (await verifier.answer(made, held)).status_code == 200
        claims = (await verifier.state(made))["reports"][0]["credential"]["claims"]
        assert not {"given_name", "family_name"} & set(claims)

    play(scene)


def test_fifty_parallel_posts_of_one_response_give_one_acceptance(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        held = world.school.issue("mbo-certificaat", holder=world.holder())
        made = await verifier.ask()
        request = await verifier.read(made)
        token = verifier.present(request, held)
        answers = await asyncio.gather(*(verifier.post(request, token) for _ in range(50)))
        assert sorted(answer.status_code for answer in answers) == [200] + [400] * 49
        assert all(answer.json() == REFUSAL for answer in answers if answer.status_code == 400)
        assert (await verifier.state(made))["state"] == "answered"

    play(scene)


@pytest.mark.parametrize("cheat", [{"nonce": "another-nonce-of-128-bits"}, {"audience": "x509_hash:another"}])
def test_a_presentation_for_another_transaction_is_refused(play, world: Ecosystem, cheat):
    async def scene(verifier: Verifier):
        held = world.school.issue("mbo-certificaat", holder=world.holder())
        made = await verifier.ask()
        posted = await verifier.answer(made, held, **cheat)
        assert (posted.status_code, posted.json()) == (400, REFUSAL)
        state = await verifier.state(made)
        assert (state["state"], state["reports"][0]["holder_binding"]) == ("refused", "failed")

    play(scene)


def test_somebody_elses_credential_is_refused(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        held = world.school.issue("mbo-certificaat", holder=world.holder())
        made = await verifier.ask()
        posted = await verifier.answer(made, held, holder=world.holder())
        assert posted.json() == REFUSAL
        assert (await verifier.state(made))["reports"][0]["verdict"] == "rejected"

    play(scene)


@pytest.mark.parametrize(
    ("spoil", "verdict"),
    [
        (lambda world, held: world.school.set_status(held, INVALID), "rejected"),
        (lambda world, held: world.school.set_status(held, SUSPENDED), "rejected"),
        (lambda world, held: world.down.add(world.school.status_uri), "undetermined"),
    ],
)
def test_revoked_suspended_or_unreachable_status_is_refused(play, world: Ecosystem, spoil, verdict):
    async def scene(verifier: Verifier):
        held = world.school.issue("mbo-certificaat", holder=world.holder())
        spoil(world, held)
        made = await verifier.ask()
        posted = await verifier.answer(made, held)
        assert (posted.status_code, posted.json()) == (400, REFUSAL)
        state = await verifier.state(made)
        assert (state["state"], state["refusal"]) == ("refused", "not_accepted")
        assert state["reports"][0]["verdict"] == verdict

    play(scene)


def test_showing_more_than_was_asked_is_refused_and_not_kept(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        held = world.school.issue("mbo-certificaat", holder=world.holder())
        made = await verifier.ask()
        posted = await verifier.answer(made, held, extra=[("birthdate",)])
        assert posted.json() == REFUSAL
        assert await verifier.state(made) == {"state": "refused", "refusal": "over_disclosed", "reports": []}

    play(scene)


def test_another_type_than_asked_is_refused(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        diploma = world.school.issue("diploma", holder=world.holder())
        asked_diploma = await verifier.read(await verifier.ask("diploma"))
        made = await verifier.ask("mbo-certificaat")
        request = await verifier.read(made)
        held = verifier.present(asked_diploma, diploma, nonce=request.nonce, audience=request.client_id)
        posted = await verifier.post(request, {"mbo-certificaat": held["diploma"]})
        assert posted.json() == REFUSAL
        assert (await verifier.state(made))["refusal"] == "query_not_met"

    play(scene)


def test_what_cannot_be_read_or_has_another_state_leaves_the_request_waiting(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        held = world.school.issue("mbo-certificaat", holder=world.holder())
        made = await verifier.ask()
        request = await verifier.read(made)
        token = verifier.present(request, held)
        path = path_of(request.response_uri)
        for content in (b"", b"vp_token=1", b"\xff\xfe", b"state=a&state=b", b"vp_token=%7B%7D&state=" + b"x" * 40):
            posted = await verifier.http.post(path, content=content)
            assert (posted.status_code, posted.json()) == (400, REFUSAL)
        posted = await verifier.post(request, token, state="another")
        assert posted.json() == REFUSAL
        assert (await verifier.state(made))["state"] == "waiting"
        assert (await verifier.post(request, token)).status_code == 200

    play(scene)


def test_a_plain_answer_to_an_encrypted_request_is_refused(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        held = world.school.issue("mbo-certificaat", holder=world.holder())
        made = await verifier.ask(response_mode="direct_post.jwt")
        request = await verifier.read(made)
        posted = await verifier.post(request, verifier.present(request, held), recipient=None)
        assert posted.json() == REFUSAL
        assert (await verifier.state(made))["state"] == "waiting"

    play(scene)


def test_each_encrypted_request_has_a_key_of_its_own(play):
    async def scene(verifier: Verifier):
        first, second = [await verifier.read(await verifier.ask(response_mode="direct_post.jwt")) for _ in range(2)]
        assert first.recipient is not None
        assert second.recipient is not None
        assert first.recipient.jwk != second.recipient.jwk

    play(scene)


def test_a_holder_may_say_no(play):
    async def scene(verifier: Verifier):
        made = await verifier.ask()
        request = await verifier.read(made)
        posted = await verifier.http.post(
            path_of(request.response_uri), data={"error": "access_denied", "state": request.state}
        )
        assert posted.status_code == 200
        assert await verifier.state(made) == {"state": "refused", "refusal": "access_denied", "reports": []}

    play(scene)


def test_the_request_object_is_served_again_with_the_same_nonce_and_echoes_a_wallet_nonce(play):
    async def scene(verifier: Verifier):
        made = await verifier.ask()
        first, second = await verifier.read(made), await verifier.read(made)
        assert first.nonce == second.nonce
        posted = await verifier.http.post(path_of(made["request_uri"]), data={"wallet_nonce": "of-the-wallet"})
        assert posted.status_code == 200
        from passport.jose.encoding import parse_json_object
        from passport.jose.jws import parse_jws

        jws = parse_jws(posted.text)
        claims = parse_json_object(jws.payload)
        assert claims["wallet_nonce"] == "of-the-wallet"
        assert claims["nonce"] == first.nonce
        assert jws.header["typ"] == "oauth-authz-req+jwt"
        assert (await verifier.http.post(path_of(made["request_uri"]))).status_code == 200

    play(scene)


def test_the_leaf_leads_to_the_anchor_of_the_trust_entry_and_is_not_it(play):
    async def scene(verifier: Verifier):
        request = await verifier.read(await verifier.ask())
        certificate = verifier.app.state.services.certificate
        assert request.chain == (certificate.leaf_der,)
        certificate.leaf.verify_directly_issued_by(certificate.anchor)
        assert certificate.leaf.issuer != certificate.leaf.subject

    play(scene)


def test_the_id_of_the_result_stands_in_nothing_that_a_wallet_sees(play):
    async def scene(verifier: Verifier):
        made = await verifier.ask()
        fetched = await verifier.http.get(path_of(made["request_uri"]))
        assert len(made["id"]) >= 43
        for seen in (made["authorization_request"], made["request_uri"], made["qr_url"], fetched.text):
            assert made["id"] not in seen
        handle = made["request_uri"].rpartition("/")[2]
        assert (await verifier.http.get(f"/api/v1/requests/{handle}")).status_code == 404

    play(scene)


def test_a_request_expires_and_is_deleted_after_a_while(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        held = world.school.issue("mbo-certificaat", holder=world.holder())
        made, answered = await verifier.ask(), await verifier.ask()
        request = await verifier.read(made)
        assert (await verifier.answer(answered, held)).status_code == 200
        verifier.clock.forward(601)
        assert (await verifier.state(made))["state"] == "expired"
        assert (await verifier.post(request, verifier.present(request, held))).json() == REFUSAL
        assert (await verifier.http.get(path_of(made["request_uri"]))).status_code == 404
        assert (await verifier.http.get(f"/api/v1/requests/{answered['id']}")).status_code == 404
        verifier.clock.forward(600)
        assert (await verifier.http.get(f"/api/v1/requests/{made['id']}")).status_code == 404
        assert await verifier.app.state.services.requests.delete_old() == 2

    play(scene)


def test_a_same_device_result_asks_the_response_code(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        held = world.school.issue("mbo-certificaat", holder=world.holder())
        made = await verifier.ask(flow="same_device")
        page = await verifier.http.get(path_of(made["result_url"]))  # the browser that began: it gets a cookie
        assert page.status_code == 200
        posted = await verifier.answer(made, held)
        redirect = posted.json()["redirect_uri"]
        assert made["id"] not in redirect
        assert (await verifier.state(made))["reports"] == []
        assert (await verifier.state(made))["response_code_required"] is True
        code = redirect.partition("response_code=")[2]
        assert len(code) >= 22
        assert (await verifier.state(made, response_code="x" + code))["reports"] == []
        assert (await verifier.state(made, response_code=code))["state"] == "answered"
        back = await verifier.http.get(path_of(redirect))
        assert back.status_code == 303
        assert "Klopt" in (await verifier.http.get(back.headers["location"])).text
        verifier.http.cookies.clear()  # another browser
        stranger = await verifier.http.get(path_of(redirect))
        assert stranger.status_code == 403
        assert "Test" not in stranger.text

    play(scene)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"template": "rijbewijs"}, 422, "unknown_template"),
        ({}, 422, "body_invalid"),
        ({"template": "diploma", "dcql_query": {}}, 422, "body_invalid"),
        ({"dcql_query": {"credentials": []}}, 400, "dcql_query_malformed"),
        ({"template": "diploma", "response_mode": "fragment"}, 422, "body_invalid"),
        ({"template": "diploma", "surprise": 1}, 422, "body_invalid"),
    ],
)
def test_a_wrong_request_is_a_problem_with_a_code(play, body, status, code):
    async def scene(verifier: Verifier):
        answer = await verifier.http.post("/api/v1/requests", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"

    play(scene)


def test_a_query_of_ones_own_can_be_asked(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        held = world.school.issue("mbo-certificaat", holder=world.holder())
        query = {
            "credentials": [
                {
                    "id": "c",
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": ["urn:skillspas:mbo-certificaat:1"]},
                    "claims": [{"path": ["kwalificatie", "niveau"]}],
                }
            ]
        }
        made = await verifier.ask(dcql_query=query, purpose="Niveau")
        assert (await verifier.answer(made, held)).status_code == 200
        assert (await verifier.state(made))["reports"][0]["credential"]["claims"]["kwalificatie"]["niveau"] == 2

    play(scene)


def qr_version(text: str) -> int:
    from verifier.requests.qr import QUIET_ZONE, qr_matrix

    return (len(qr_matrix(text)) - 2 * QUIET_ZONE - 17) // 4


def test_the_qr_holds_the_request_and_can_be_read(play):
    import io

    import zxingcpp
    from PIL import Image

    async def scene(verifier: Verifier):
        made = await verifier.ask()
        png = await verifier.http.get(path_of(made["qr_url"]))
        assert png.headers["content-type"] == "image/png"
        [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(png.content)).convert("L"))
        assert read.text == made["authorization_request"]
        assert made["authorization_request"].startswith("openid4vp://?")
        assert qr_version(made["authorization_request"]) <= 10  # what a phone still reads from an arm's length
        svg = await verifier.http.get(path_of(made["qr_url"]).replace(".png", ".svg"))
        assert svg.headers["content-type"] == "image/svg+xml"

    play(scene)


@pytest.mark.parametrize(
    ("accept", "words"), [("nl", "Om te zien of dit bewijs klopt"), ("en", "To see whether this credential")]
)
def test_a_wallet_is_told_a_purpose_also_where_the_caller_states_none(play, accept, words):
    async def scene(verifier: Verifier):
        asked = await verifier.http.post(
            "/api/v1/requests", json={"template": "diploma"}, headers={"Accept-Language": accept}
        )
        answer = await verifier.http.get(path_of(asked.json()["request_uri"]))
        assert parse_json_object(parse_jws(answer.text).payload)["purpose"].startswith(words)

    play(scene)
