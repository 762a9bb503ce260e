"""OpenID4VP: what the matrix names and no other test shows."""

from __future__ import annotations

import base64
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding

from passport.jose.encoding import parse_json_object
from passport.jose.jws import parse_jws
from passport.jose.keys import PrivateKey
from passport.openid.dcql import match, parse_query
from passport.openid.haip import authority_key_identifiers, x509_hash_client_id
from passport.openid.oid4vp import create_request_object, verify_request_object
from tests.conformance.signing import TYPE, signed
from tests.ecosystem import Ecosystem
from wallet_cli.presenting import candidates

QUERY = {
    "id": "q",
    "format": "dc+sd-jwt",
    "meta": {"vct_values": [TYPE.vct]},
    "claims": [{"path": ["kwalificatie", "crebo"]}],
}


def ask(**more: Any) -> dict[str, Any]:
    return {"credentials": [{**QUERY, **more}]}


def aki(organisation: Any) -> str:
    [one] = authority_key_identifiers([organisation.leaf.public_bytes(Encoding.DER)])
    return one


def held(text: str) -> Any:
    return SimpleNamespace(id="1", format="dc+sd-jwt", raw=text)


def test_vp_03_04_06_the_request_object_of_a_running_verifier(play) -> None:
    async def scene(verifier):
        nonces, states = set(), set()
        for _ in range(5):
            made = await verifier.ask()
            jws = parse_jws((await verifier.http.get(made["request_uri"])).text)
            claims = parse_json_object(jws.payload)
            assert jws.header["typ"] == "oauth-authz-req+jwt"
            assert claims["aud"] == "https://self-issued.me/v2"
            assert (claims["response_type"], claims["response_mode"]) == ("vp_token", "direct_post")
            assert claims["nonce"].isascii()
            assert len(base64.urlsafe_b64decode(claims["nonce"] + "=" * (-len(claims["nonce"]) % 4))) >= 16
            link = parse_qs(urlsplit(made["authorization_request"]).query)
            assert link["client_id"] == [claims["client_id"]]
            assert claims["response_uri"].startswith("https://")
            assert "redirect_uri" not in claims
            formats = claims["client_metadata"]["vp_formats_supported"]
            assert set(formats["dc+sd-jwt"]) == {"sd-jwt_alg_values", "kb-jwt_alg_values"}
            assert "ES256" in formats["dc+sd-jwt"]["sd-jwt_alg_values"]
            nonces.add(claims["nonce"])
            states.add(claims["state"])
        assert len(nonces) == len(states) == 5

    play(scene)


def test_vp_35_40_the_audience_is_the_whole_client_id_prefix_included(play, world: Ecosystem) -> None:
    async def scene(verifier):
        credential = world.school.issue(holder=world.holder())
        for name in (lambda c: c.partition(":")[2], lambda c: c.upper(), lambda c: verifier.base, lambda c: c + " "):
            made = await verifier.ask()
            request = await verifier.read(made)
            posted = await verifier.answer(made, credential, audience=name(request.client_id))
            assert posted.status_code == 400
            assert (await verifier.state(made))["state"] == "refused"
        assert (await verifier.answer(await verifier.ask(), credential)).status_code == 200

    play(scene)


def test_vp_24_26_only_authorities_that_were_named_count_in_the_wallet_and_at_the_verifier(play, world) -> None:
    async def scene(verifier):
        credential = world.school.issue(holder=world.holder())
        [ours] = candidates([held(credential.text)])
        right = ask(trusted_authorities=[{"type": "aki", "values": [aki(world.school)]}])
        wrong = ask(trusted_authorities=[{"type": "aki", "values": [aki(world.evc)]}])
        unknown = ask(trusted_authorities=[{"type": "etsi_tl", "values": ["https://lists.example/tl"]}])
        assert match(parse_query(right), [ours]).satisfied
        assert not match(parse_query(wrong), [ours]).satisfied
        assert not match(parse_query(unknown), [ours]).satisfied
        for query in (right, wrong, unknown):  # a wallet that does not care: the verifier looks again
            made = await verifier.ask(dcql_query=query)
            request = await verifier.read(made)
            text = credential.holder.present(
                credential, nonce=request.nonce, audience=request.client_id, disclose=[], at=verifier.clock()
            )
            posted = await verifier.post(request, {"q": [text]})
            assert posted.status_code == (200 if query is right else 400)
            assert (await verifier.state(made))["refusal"] == (None if query is right else "query_not_met")

    play(scene)


def test_vp_42_a_credential_of_an_algorithm_that_the_asker_does_not_take_is_not_offered(world: Ecosystem) -> None:
    credential = world.school.issue(holder=world.holder()).text
    payload = parse_json_object(parse_jws(credential.split("~")[0]).payload)
    other = signed(world.school, payload, credential.split("~")[1:-1], signer=PrivateKey.generate("ES384"))
    both = [held(credential), held(other)]
    assert len(candidates(both)) == 2
    assert len(candidates(both, algorithms=("ES256", "ES384"))) == 2
    assert len(candidates(both, algorithms=("ES256",))) == 1
    assert not candidates([held(other)], algorithms=("ES256",))
    asker = world.add("verifier", "W", "https://w.example")
    leaf = asker.leaf.public_bytes(Encoding.DER)
    text = create_request_object(
        signer=asker.key, chain=[leaf], client_id=x509_hash_client_id(leaf), response_uri="https://w.example/r",
        nonce="n" * 22, state="s", dcql_query=ask(), at=world.at, expires_at=world.at + timedelta(minutes=5),
        algorithms=["ES256"],
    )  # fmt: skip
    request = verify_request_object(text, client_id=x509_hash_client_id(leaf), at=world.at)
    assert (request.credential_algorithms, request.key_binding_algorithms) == (("ES256",), ("ES256",))


def test_vp_34_each_presentation_is_judged_and_one_that_is_bad_spoils_the_whole(play, world: Ecosystem) -> None:
    async def scene(verifier):
        query = {"credentials": [QUERY | {"multiple": True}]}
        holder = world.holder()
        good, bad = world.school.issue(holder=holder), world.school.issue(holder=holder, signer=PrivateKey.generate())
        for second, status in ((world.school.issue(holder=holder), 200), (bad, 400)):
            made = await verifier.ask(dcql_query=query)
            request = await verifier.read(made)
            texts = [
                holder.present(one, nonce=request.nonce, audience=request.client_id, disclose=[], at=verifier.clock())
                for one in (good, second)
            ]
            assert (await verifier.post(request, {"q": texts})).status_code == status
        state = await verifier.state(made)
        assert (state["state"], state["refusal"]) == ("refused", "not_accepted")

    play(scene)


def test_vp_30_more_than_one_presentation_only_where_several_were_asked(play, world: Ecosystem) -> None:
    async def scene(verifier):
        holder = world.holder()
        made = await verifier.ask(dcql_query={"credentials": [QUERY]})
        request = await verifier.read(made)
        texts = [
            holder.present(
                world.school.issue(holder=holder), nonce=request.nonce, audience=request.client_id, disclose=[],
                at=verifier.clock(),
            )
            for _ in range(2)
        ]  # fmt: skip
        assert (await verifier.post(request, {"q": texts})).status_code == 400

    play(scene)


def test_vp_32_36_the_code_of_the_way_back_is_fresh_and_long_and_another_state_is_refused(play, world) -> None:
    async def scene(verifier):
        credential = world.school.issue(holder=world.holder())
        codes = set()
        for _ in range(3):
            made = await verifier.ask(flow="same_device")
            answer = await verifier.answer(made, credential)
            assert answer.headers["content-type"] == "application/json"
            code = answer.json()["redirect_uri"].partition("response_code=")[2]
            assert len(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))) >= 16
            codes.add(code)
        assert len(codes) == 3
        made = await verifier.ask()
        request = await verifier.read(made)
        vp_token = verifier.present(request, credential)
        assert (await verifier.post(request, vp_token, state="another")).status_code == 400
        assert (await verifier.state(made))["state"] == "waiting"
        assert (await verifier.post(request, vp_token)).status_code == 200

    play(scene)
