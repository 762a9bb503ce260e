"""OpenID4VCI: offers, codes, nonces, proofs; also many at once."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from passport.credentials.formats import parse_credential
from passport.jose.jwt import create_jwt
from passport.jose.keys import PrivateKey
from passport.openid.oid4vci import (
    create_notification,
    create_token_request,
    parse_authorization_server_metadata,
    parse_issuer_metadata,
    parse_offer,
)
from tests.services.issuer.conftest import Issuer, at_once

pytestmark = pytest.mark.anyio


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def test_the_well_known_documents_stand_between_host_and_path(issuer: Issuer) -> None:
    iss = issuer.school.issuer
    base = "https://issuer.example/.well-known"
    answer = await issuer.client.get(f"{base}/openid-credential-issuer/o/school-a")
    metadata = parse_issuer_metadata(answer.content, expected_issuer=iss)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert metadata.batch_size == 10
    assert metadata.configurations["mbo-certificaat_dc+sd-jwt"].vct == "urn:skillspas:mbo-certificaat:1"
    server = await issuer.client.get(f"{base}/oauth-authorization-server/o/school-a")
    assert parse_authorization_server_metadata(server.content, expected_issuer=iss).anonymous_access
    keys = (await issuer.client.get(f"{base}/jwt-vc-issuer/o/school-a")).json()
    assert keys["issuer"] == iss
    assert all("d" not in jwk for jwk in keys["jwks"]["keys"])


async def test_documents_that_do_not_exist_answer_404(issuer: Issuer) -> None:
    for path in (
        "/.well-known/openid-credential-issuer/o/nobody",
        "/.well-known/openid-credential-issuer/o/bakkerij",
        "/.well-known/oauth-authorization-server/o/bakkerij",
        "/.well-known/jwt-vc-issuer/o/nobody",
        "/.well-known/openid-configuration",
        "/o/nobody/status/1",
        "/o/school-a/status/1",
        "/vct/rijbewijs",
        "/nothing",
    ):
        answer = await issuer.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    assert (await issuer.client.get("/o/school-a/token")).json()["code"] == "method_not_allowed"


async def test_a_base_url_with_a_path_moves_everything_with_it(make_issuer: Any) -> None:
    issuer = await make_issuer(base_url="https://issuer.example/skills")
    assert issuer.school.issuer == "https://issuer.example/skills/o/school-a"
    issuer.client.base_url = "https://issuer.example"
    answer = await issuer.client.get("/.well-known/openid-credential-issuer/skills/o/school-a")
    metadata = parse_issuer_metadata(answer.content, expected_issuer=issuer.school.issuer)
    assert metadata.credential_endpoint == "https://issuer.example/skills/o/school-a/credential"
    issuer.client.base_url = "https://issuer.example/skills"
    assert (await issuer.take(await issuer.offer()))["credentials"]


async def test_type_metadata_is_served_octet_for_octet(issuer: Issuer) -> None:
    from passport.credentials.types import TYPES

    for name, ctype in TYPES.items():
        answer = await issuer.client.get(f"/vct/{name}")
        assert answer.content == ctype.metadata_bytes
        assert answer.headers["access-control-allow-origin"] == "*"
        again = await issuer.client.get(f"/vct/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


async def test_each_opening_of_the_link_makes_another_code_and_one_of_them_is_enough(issuer: Issuer) -> None:
    answer = await issuer.offer()
    first = await issuer.open_offer(answer["offer"]["uri"])
    second = await issuer.open_offer(answer["offer"]["uri"])
    assert first.pre_authorized_code != second.pre_authorized_code
    assert len(first.pre_authorized_code) >= 22
    tokens = [(await issuer.redeem(one, answer["offer"]["tx_code"])).json()["access_token"] for one in (first, second)]
    proofs = [issuer.proof(await issuer.nonce()) for _ in tokens]
    got = await at_once(*(issuer.request(t, p) for t, p in zip(tokens, proofs, strict=True)))
    assert sorted(one.status_code for one in got) == [200, 400]


async def test_an_offer_by_value_carries_its_code(issuer: Issuer) -> None:
    answer = await issuer.offer(by_value=True, tx_code=False)
    offer: Any = parse_offer(answer["offer"]["uri"])
    assert offer.tx_code is None
    assert answer["offer"]["tx_code"] is None
    assert (await issuer.redeem(offer, None)).status_code == 200


async def test_a_code_lives_ten_minutes_and_the_link_as_long_as_was_asked(issuer: Issuer) -> None:
    answer = await issuer.offer(expires_in=3600)
    old = await issuer.open_offer(answer["offer"]["uri"])
    issuer.clock.forward(seconds=601)
    assert refusal(await issuer.redeem(old, answer["offer"]["tx_code"])) == (400, "invalid_grant")
    new = await issuer.open_offer(answer["offer"]["uri"])
    assert (await issuer.redeem(new, answer["offer"]["tx_code"])).status_code == 200
    issuer.clock.forward(seconds=3000)
    reference: Any = parse_offer(answer["offer"]["uri"])
    for suffix in ("", "/qr.png", "/qr.svg"):
        gone = await issuer.client.get(reference.uri + suffix)
        assert (gone.status_code, gone.json()["code"]) == (410, "offer_gone")


async def test_the_page_and_the_picture_hold_the_link_and_initials_only(issuer: Issuer) -> None:
    import zxingcpp
    from PIL import Image

    answer = await issuer.offer()
    picture = await issuer.client.get(answer["offer"]["qr_url"])
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.content)))
    assert [one.text for one in found] == [answer["offer"]["uri"]]
    page = await issuer.client.get(answer["offer"]["page_url"], headers={"Accept-Language": "en"})
    assert page.headers["content-type"].startswith("text/html")
    assert "T. H." in page.text
    assert "Houder" not in page.text
    assert answer["offer"]["tx_code"] not in page.text
    assert "script" not in page.headers["content-security-policy"]


async def test_twenty_redemptions_at_once_give_one_token(issuer: Issuer) -> None:
    answer = await issuer.offer()
    offer = await issuer.open_offer(answer["offer"]["uri"])
    got = await at_once(*(issuer.redeem(offer, answer["offer"]["tx_code"]) for _ in range(20)))
    assert sorted(one.status_code for one in got) == [200, *[400] * 19]
    assert {refusal(one) for one in got if one.status_code == 400} == {(400, "invalid_grant")}


async def test_two_hundred_guesses_at_once_count_to_five_and_kill_the_offer(issuer: Issuer) -> None:
    answer = await issuer.offer()
    offers = [await issuer.open_offer(answer["offer"]["uri"]) for _ in range(4)]
    right = answer["offer"]["tx_code"]
    guesses = [f"{n:06d}" for n in range(210) if f"{n:06d}" != right][:200]
    got = await at_once(*(issuer.redeem(offers[n % 4], guess) for n, guess in enumerate(guesses)))
    assert {refusal(one) for one in got} == {(400, "invalid_grant")}
    shown = (await issuer.get(f"/credentials/{answer['id']}")).json()
    assert (shown["wrong_tx_codes"], shown["state"]) == (5, "expired")
    assert refusal(await issuer.redeem(offers[0], right)) == (400, "invalid_grant")
    reference: Any = parse_offer(answer["offer"]["uri"])
    assert (await issuer.client.get(reference.uri)).status_code == 410


async def test_a_wrong_transaction_code_does_not_burn_the_code(issuer: Issuer) -> None:
    answer = await issuer.offer()
    offer = await issuer.open_offer(answer["offer"]["uri"])
    right = answer["offer"]["tx_code"]
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for _ in range(4):
        assert refusal(await issuer.redeem(offer, wrong)) == (400, "invalid_grant")
    assert refusal(await issuer.redeem(offer, None)) == (400, "invalid_request")
    assert (await issuer.redeem(offer, right)).status_code == 200
    assert (await issuer.get(f"/credentials/{answer['id']}")).json()["wrong_tx_codes"] == 4


async def test_the_token_endpoint_refuses_what_it_does_not_know(issuer: Issuer) -> None:
    answer = await issuer.offer(tx_code=False)
    offer = await issuer.open_offer(answer["offer"]["uri"])
    url = f"{issuer.school.issuer}/token"
    form = create_token_request(pre_authorized_code=offer.pre_authorized_code)

    async def post(**changes: str) -> tuple[int, str]:
        return refusal(await issuer.client.post(url, data=form | changes))

    assert await post(grant_type="password") == (400, "unsupported_grant_type")
    assert await post(**{"pre-authorized_code": "guess"}) == (400, "invalid_grant")
    assert await post(tx_code="123456") == (400, "invalid_request")
    assert refusal(await issuer.client.post(url, json=form)) == (400, "invalid_request")
    assert refusal(await issuer.client.post(url, content=b"")) == (400, "invalid_request")
    other = await issuer.client.post(f"{issuer.other.issuer}/token", data=form)
    assert refusal(other) == (400, "invalid_grant")
    tolerated = await issuer.client.post(url, data=form | {"resource": issuer.school.issuer, "user_pin": "1"})
    assert tolerated.status_code == 200
    assert tolerated.headers["cache-control"] == "no-store"


async def test_a_token_is_for_one_credential_request_of_its_own_organisation(issuer: Issuer) -> None:
    token = await issuer.token(await issuer.offer())
    nonce = await issuer.nonce(issuer.other)
    foreign = await issuer.request(token, issuer.proof(nonce, by=issuer.other), by=issuer.other)
    assert refusal(foreign) == (401, "invalid_token")
    assert "invalid_token" in foreign.headers["www-authenticate"]
    assert refusal(await issuer.request("guess", "x")) == (401, "invalid_token")
    in_query = await issuer.client.post(f"{issuer.school.issuer}/credential?access_token={token}", json={})
    assert refusal(in_query) == (401, "invalid_token")
    assert (await issuer.request(token, issuer.proof(await issuer.nonce()))).status_code == 200
    again = await issuer.request(token, issuer.proof(await issuer.nonce()))
    assert refusal(again) == (401, "invalid_token")
    late = await issuer.token(await issuer.offer())
    issuer.clock.forward(seconds=601)
    assert refusal(await issuer.request(late, issuer.proof(await issuer.nonce()))) == (401, "invalid_token")


async def test_a_nonce_is_used_once_also_under_parallel_requests(issuer: Issuer) -> None:
    tokens = [await issuer.token(await issuer.offer()) for _ in range(8)]
    nonce = await issuer.nonce()
    got = await at_once(*(issuer.request(token, issuer.proof(nonce)) for token in tokens))
    assert sorted(one.status_code for one in got) == [200, *[400] * 7]
    assert {refusal(one) for one in got if one.status_code != 200} == {(400, "invalid_nonce")}


async def test_a_refused_request_leaves_token_and_offer_as_they_were(issuer: Issuer) -> None:
    answer = await issuer.offer()
    token, nonce = await issuer.token(answer), await issuer.nonce()
    key = PrivateKey.generate()
    stale = await issuer.nonce()
    issuer.clock.forward(seconds=301)
    fresh = await issuer.nonce()
    bad: dict[str, tuple[Any, ...]] = {
        "no proof": (),
        "no nonce": (issuer.proof(None),),
        "foreign nonce": (issuer.proof(await issuer.nonce(issuer.other)),),
        "made up nonce": (issuer.proof("guess"),),
        "ended nonce": (issuer.proof(stale),),
        "one of two ended": (issuer.proof(fresh), issuer.proof(nonce)),
        "same key twice": (issuer.proof(fresh, key=key), issuer.proof(fresh, key=key)),
        "other audience": (issuer.proof(fresh, by=issuer.other),),
        "too many": tuple(issuer.proof(fresh) for _ in range(11)),
        "no jwt": ("x.y.z",),
        "wrong typ": (
            create_jwt({"aud": issuer.school.issuer, "iat": int(issuer.clock().timestamp()), "nonce": fresh},
                       signer=key, typ="jwt", header={"jwk": key.public_key.to_jwk()}),
        ),
        "private key": (
            create_jwt({"aud": issuer.school.issuer, "iat": int(issuer.clock().timestamp()), "nonce": fresh},
                       signer=key, typ="openid4vci-proof+jwt", header={"jwk": key.to_private_jwk()}),
        ),
    }  # fmt: skip
    for name, proofs in bad.items():
        refused = await issuer.request(token, *proofs)
        assert refused.status_code == 400, name
        assert refused.json()["error"] in ("invalid_proof", "invalid_nonce"), name
        assert refused.headers["cache-control"] == "no-store"
    other = await issuer.request(token, issuer.proof(fresh), configuration="diploma_dc+sd-jwt")
    assert refusal(other) == (400, "unknown_credential_configuration")
    assert (await issuer.get(f"/credentials/{answer['id']}")).json()["state"] == "offered"
    assert (await issuer.request(token, issuer.proof(fresh))).status_code == 200


async def test_a_credential_request_that_is_no_request_is_refused(issuer: Issuer) -> None:
    token = await issuer.token(await issuer.offer())
    url, headers = f"{issuer.school.issuer}/credential", {"Authorization": f"Bearer {token}"}
    cases: list[tuple[bytes, str]] = [
        (b"", "invalid_credential_request"),
        (b"[]", "invalid_credential_request"),
        (b"{}", "invalid_credential_request"),
        (b'{"credential_configuration_id":"a","credential_configuration_id":"b"}', "invalid_credential_request"),
        (json.dumps({"credential_configuration_id": "x", "credential_response_encryption": {}}).encode(),
         "invalid_encryption_parameters"),
    ]  # fmt: skip
    for body, error in cases:
        assert refusal(await issuer.client.post(url, content=body, headers=headers)) == (400, error), body
    named = {"credential_identifier": "x", "proofs": {"jwt": [issuer.proof(await issuer.nonce())]}}
    got = await issuer.client.post(url, json=named, headers=headers)
    assert refusal(got) == (400, "unknown_credential_identifier")


async def test_a_wallet_that_sends_authorization_details_gets_an_identifier_and_may_use_it(issuer: Issuer) -> None:
    answer = await issuer.offer(tx_code=False)
    offer = await issuer.open_offer(answer["offer"]["uri"])
    url, name = f"{issuer.school.issuer}/token", "mbo-certificaat_dc+sd-jwt"
    form = create_token_request(pre_authorized_code=offer.pre_authorized_code)

    def details(*entries: Any) -> dict[str, str]:
        return form | {"authorization_details": json.dumps(entries)}

    good = {"type": "openid_credential", "credential_configuration_id": name}
    for wrong in (
        details(), details(3), details(good | {"type": "x"}), details({"type": "openid_credential"}),
        details(good | {"credential_configuration_id": "diploma_dc+sd-jwt"}), form | {"authorization_details": "{"},
    ):  # fmt: skip
        refused = await issuer.client.post(url, data=wrong)
        assert refusal(refused) == (400, "invalid_authorization_details")
    got = (await issuer.client.post(url, data=details(good))).json()
    assert got["authorization_details"] == [good | {"credential_identifiers": [name]}]
    request = {"credential_identifier": name, "proofs": {"jwt": [issuer.proof(await issuer.nonce())]}}
    headers = {"Authorization": f"Bearer {got['access_token']}"}
    taken = await issuer.client.post(f"{issuer.school.issuer}/credential", json=request, headers=headers)
    assert taken.status_code == 200, taken.text


async def test_withdrawing_beats_a_wallet_that_holds_a_token(issuer: Issuer) -> None:
    answer = await issuer.offer()
    token = await issuer.token(answer)
    await issuer.post(f"/credentials/{answer['id']}/withdraw", {})
    denied = await issuer.request(token, issuer.proof(await issuer.nonce()))
    assert refusal(denied) == (400, "credential_request_denied")


async def test_what_is_signed_is_what_was_asked(issuer: Issuer) -> None:
    answer = await issuer.offer(valid_until="2030-01-01T00:00:00Z")
    key = PrivateKey.generate()
    token = await issuer.token(answer)
    got = (await issuer.request(token, issuer.proof(await issuer.nonce(), key=key))).json()
    assert got["c_nonce"]
    payload = parse_credential(got["credentials"][0]["credential"]).payload
    assert payload["iss"] == issuer.school.issuer
    assert payload["cnf"]["jwk"] == dict(key.public_key.jwk)
    assert payload["exp"] == 1893456000
    assert 0 <= issuer.clock().timestamp() - payload["iat"] <= 30  # the key is as new as that: see the next test
    header = parse_credential(got["credentials"][0]["credential"]).jws.header
    assert (header["alg"], header["typ"], len(header["x5c"])) == ("ES256", "dc+sd-jwt", 1)


async def test_the_time_of_issue_is_rounded_to_the_day_so_that_it_does_not_link_copies(issuer: Issuer) -> None:
    issuer.clock.forward(days=2)
    issued = [parse_credential((await issuer.take(await issuer.offer()))["credentials"][0]["credential"])]
    issuer.clock.forward(seconds=1)
    issued.append(parse_credential((await issuer.take(await issuer.offer()))["credentials"][0]["credential"]))
    now = issuer.clock().timestamp()
    assert all(one.payload["iat"] % 86_400 == 0 for one in issued)
    assert all(0 <= now - one.payload["iat"] <= 86_400 + 10 for one in issued)


async def test_the_wallet_tells_what_became_of_the_credential(issuer: Issuer) -> None:
    answer = await issuer.offer()
    token = await issuer.token(answer)
    got = (await issuer.request(token, issuer.proof(await issuer.nonce()))).json()
    url, headers = f"{issuer.school.issuer}/notification", {"Authorization": f"Bearer {token}"}
    told = create_notification(notification_id=got["notification_id"], event="credential_accepted")
    wrong = told | {"notification_id": "guess"}
    assert refusal(await issuer.client.post(url, json=wrong, headers=headers)) == (400, "invalid_notification_id")
    unknown = await issuer.client.post(url, json=told | {"event": "x"}, headers=headers)
    assert refusal(unknown) == (400, "invalid_notification_request")
    assert refusal(await issuer.client.post(url, json=told)) == (401, "invalid_token")
    assert (await issuer.client.post(url, json=told, headers=headers)).status_code == 204
    assert (await issuer.get(f"/credentials/{answer['id']}")).json()["notified"] == "credential_accepted"
