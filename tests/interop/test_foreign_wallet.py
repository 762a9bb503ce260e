"""A wallet that is not ours takes a credential from the running issuer and answers the running verifier.

@openid4vc/openid4vci and @openid4vc/openid4vp speak the protocols, @sd-jwt/sd-jwt-vc reads and shows the credential.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from passport.jose.encoding import decode_base64url, parse_json_object
from tests.interop.foreign import ForeignRefusal, sd_jwt, wallet
from tests.live import Organisation, World, assess, claims_of

pytestmark = pytest.mark.node

VCT = "urn:skillspas:mbo-certificaat:1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the foreign wallet took: the credential with its key, and what went by on the way."""

    id: str
    credential: str
    holder: dict[str, Any]
    claims: dict[str, Any]
    received: dict[str, Any]

    @property
    def entry(self) -> dict[str, Any]:
        return {"credential": self.credential, "holder": self.holder, "claims": self.claims}


def _take(
    world: World,
    type_: str = "mbo-certificaat",
    *,
    by: Organisation | None = None,
    claims: dict[str, Any] | None = None,
    **options: Any,
) -> Held:
    """Issue to the foreign wallet, which checks what it gets. by: the school, unless another is named."""
    issuer = by or world.school
    made = issuer.offer(type_, claims=claims)
    received = wallet("receive", offer=made["offer"]["uri"], tx_code=made["offer"]["tx_code"], **options)
    credential, holder = received["credentials"][0], received["holders"][0]
    checked = sd_jwt("verify", credential=credential, anchors=world.anchors(issuer.issuer))
    return Held(id=made["id"], credential=credential, holder=holder, claims=checked["claims"], received=received)


def _header(credential: str) -> dict[str, Any]:
    return parse_json_object(decode_base64url(credential.partition(".")[0]))


@pytest.fixture(scope="module")
def held(world: World) -> Held:
    return _take(world)


def _state(world: World, id_: str) -> str:
    return str(world.school.call("GET", f"/credentials/{id_}")["state"])


def test_a_credential_is_taken_from_an_offer_by_reference(world: World, held: Held) -> None:
    offer = held.received["offer"]
    assert offer["credential_issuer"] == world.school.issuer
    assert held.received["version"] == "V1"
    assert held.received["asks_tx_code"]["input_mode"] == "numeric"
    assert held.claims["iss"] == world.school.issuer
    assert held.claims["vct"] == VCT
    assert held.claims["cnf"]["jwk"]["x"] == held.holder["x"]
    assert [unit["unit"] for unit in held.claims["units"]] == ["25960:P2-K1-W1", "25960:P2-K1-W2"]
    assert held.received["response"]["c_nonce"]
    assert _state(world, held.id) == "issued"


def test_a_credential_is_taken_from_an_offer_by_value(world: World) -> None:
    made = world.school.offer("mbo-certificaat")
    link = urlsplit(made["offer"]["uri"])
    reference = parse_qs(link.query)["credential_offer_uri"][0]
    opened = httpx.get(reference, trust_env=False).raise_for_status().json()
    by_value = f"openid-credential-offer://?credential_offer={quote(json.dumps(opened))}"
    received = wallet("receive", offer=by_value, tx_code=made["offer"]["tx_code"])
    assert len(received["credentials"]) == 1


def test_each_type_of_the_school_is_taken_and_verifies(world: World) -> None:
    for type_ in ("diploma", "mbo-verklaring", "vrijstelling"):
        taken = _take(world, type_)
        assert taken.claims["vct"] == f"urn:skillspas:{type_}:1"
        assert world.verify(taken.credential)["verdict"] == "accepted"


def test_an_ervaringscertificaat_is_taken_from_the_evc_aanbieder(world: World) -> None:
    taken = _take(world, "ervaringscertificaat", by=world.evc)
    assert taken.claims["iss"] == world.evc.issuer
    assert world.verify(taken.credential)["verdict"] == "accepted"


def test_a_countersigned_praktijkverklaring_is_taken_and_its_countersignature_holds(world: World) -> None:
    claims = assess(world.leerbedrijf, claims_of("praktijkverklaring"))
    taken = _take(world, "praktijkverklaring", claims=claims)
    checks = {check["id"]: check["outcome"] for check in world.verify(taken.credential)["checks"]}
    assert checks["countersignature"] == "passed"


def test_the_keys_that_the_issuer_publishes_verify_its_credentials(world: World, held: Held) -> None:
    where = urlsplit(world.school.issuer)
    url = f"{where.scheme}://{where.netloc}/.well-known/jwt-vc-issuer{where.path}"
    document = httpx.get(url, trust_env=False).raise_for_status().json()
    assert document["issuer"] == world.school.issuer
    (jwk,) = [key for key in document["jwks"]["keys"] if key["kid"] == _header(held.credential)["kid"]]
    assert sd_jwt("verify", credential=held.credential, jwk=jwk)["claims"] == held.claims


@pytest.mark.parametrize("document", ["openid-credential-issuer", "oauth-authorization-server", "jwt-vc-issuer"])
def test_metadata_that_does_not_exist_is_not_found(world: World, document: str) -> None:
    for path in ("/o/nobody", "", "/o/school-a/more"):
        url = f"{world.issuer.base_url}/.well-known/{document}{path}"
        assert httpx.get(url, trust_env=False).status_code == 404


def test_a_batch_of_keys_gives_as_many_credentials_that_cannot_be_linked_by_status(world: World) -> None:
    taken = _take(world, proofs=3)
    credentials = taken.received["credentials"]
    assert len(credentials) == 3
    checked = [sd_jwt("verify", credential=one, anchors=world.anchors(world.school.issuer)) for one in credentials]
    keys = [one["claims"]["cnf"]["jwk"]["x"] for one in checked]
    assert keys == [one["x"] for one in taken.received["holders"]]
    places = {json.dumps(one["claims"]["status"], sort_keys=True) for one in checked}
    assert len(places) == 3


def test_a_wrong_transaction_code_is_refused_and_the_right_one_then_works(world: World) -> None:
    made = world.school.offer("mbo-certificaat")
    right = made["offer"]["tx_code"]
    wrong = str((int(right[0]) + 1) % 10) + right[1:]
    with pytest.raises(ForeignRefusal) as refused:
        wallet("receive", offer=made["offer"]["uri"], tx_code=wrong)
    assert refused.value.error["body"]["error"] == "invalid_grant"
    assert wallet("receive", offer=made["offer"]["uri"], tx_code=right)["credentials"]


def test_an_offer_without_transaction_code_is_taken_without(world: World) -> None:
    made = world.school.offer("mbo-certificaat", tx_code=False)
    assert made["offer"]["tx_code"] is None
    assert wallet("receive", offer=made["offer"]["uri"])["credentials"]


def test_a_nonce_is_not_good_for_a_second_request(world: World) -> None:
    taken = _take(world, reuse=True)
    assert taken.received["again"]["error"] in {"invalid_nonce", "invalid_proof", "invalid_token"}


def test_an_offer_that_was_taken_is_gone(world: World) -> None:
    made = world.school.offer("mbo-certificaat")
    wallet("receive", offer=made["offer"]["uri"], tx_code=made["offer"]["tx_code"])
    with pytest.raises(ForeignRefusal):
        wallet("receive", offer=made["offer"]["uri"], tx_code=made["offer"]["tx_code"])


def test_the_wallet_may_say_that_it_refused_the_credential(world: World) -> None:
    taken = _take(world, event="credential_failure")
    assert taken.received["response"]["notification_id"]


def test_the_key_of_the_status_list_is_the_key_of_the_credential(world: World, held: Held) -> None:
    checked = sd_jwt("verify", credential=held.credential, anchors=world.anchors(world.school.issuer))
    assert checked["status_list"]["uri"] == held.claims["status"]["status_list"]["uri"]
    assert checked["status_list"]["header"]["typ"] == "statuslist+jwt"


def test_a_revocation_reaches_the_foreign_library_and_our_verifier(world: World) -> None:
    taken = _take(world)
    assert world.verify(taken.credential)["verdict"] == "accepted"
    world.set_status(world.school, taken.id, "revoked", "administratieve-fout")
    with pytest.raises(ForeignRefusal, match="Status is not valid"):
        sd_jwt("verify", credential=taken.credential, anchors=world.anchors(world.school.issuer))
    report = world.verify(taken.credential)
    assert report["verdict"] == "rejected"
    assert report["credential"]["status"] == "revoked"


def test_type_metadata_is_served_as_the_foreign_library_reads_it(world: World, held: Held) -> None:
    response = httpx.get(f"{world.issuer.base_url}/vct/mbo-certificaat", trust_env=False).raise_for_status()
    assert response.headers["content-type"].startswith("application/json")
    assert sd_jwt("type_metadata", document=response.json())["parsed"]["vct"] == held.claims["vct"]


# Presenting


def _ask(world: World, **body: Any) -> dict[str, Any]:
    asked = {"purpose": "sollicitatie", **body}
    if "dcql_query" not in body:
        asked["template"] = "mbo-certificaat"
    request: dict[str, Any] = world.verifier_call("POST", "/requests", asked, expect=201)
    return request


def _answer(world: World, request: dict[str, Any], held: list[Held], **options: Any) -> dict[str, Any]:
    return wallet(
        "answer",
        request=request["authorization_request"],
        anchors=world.anchors(world.verifier.base_url),
        held=[one.entry for one in held],
        **options,
    )


def _result(world: World, request: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = world.verifier_call("GET", f"/requests/{request['id']}")
    return found


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_request_is_read_and_names_its_asker(world: World, method: str) -> None:
    request = _ask(world)
    read = wallet(
        "resolve",
        request=request["authorization_request"],
        method=method,
        anchors=world.anchors(world.verifier.base_url),
    )
    assert read["client"]["prefix"] == "x509_hash"
    assert read["header"]["typ"] == "oauth-authz-req+jwt"
    assert read["version"] == 100
    assert read["payload"]["response_mode"] == "direct_post"
    assert read["payload"]["aud"] == "https://self-issued.me/v2"
    assert read["query"]["credentials"][0]["meta"]["vct_values"] == [VCT]
    assert request["id"] not in request["authorization_request"]
    assert request["id"] not in json.dumps(read["payload"])


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("mode", ["direct_post", "direct_post.jwt"])
def test_our_verifier_accepts_the_answer_of_a_foreign_wallet(world: World, held: Held, method: str, mode: str) -> None:
    request = _ask(world, response_mode=mode)
    sent = _answer(world, request, [held], method=method)
    assert sent["mode"] == mode
    assert sent["status"] == 200
    assert sent["type"].startswith("application/json")
    result = _result(world, request)
    assert result["state"] == "answered"
    (report,) = result["reports"]
    assert report["verdict"] == "accepted", report["checks"]
    assert report["holder_binding"] == "proven"
    claims = report["credential"]["claims"]
    assert claims["given_name"] == "Test"
    assert len(claims["units"]) == 2
    assert not {"birthdate", "cijfer", "document_number"} & claims.keys()


def test_wallet_metadata_and_wallet_nonce_are_answered(world: World) -> None:
    metadata = {
        "vp_formats_supported": {"dc+sd-jwt": {"sd-jwt_alg_values": ["ES256"]}},
        "client_id_prefixes_supported": ["x509_hash"],
    }
    request = _ask(world)
    read = wallet("resolve", request=request["authorization_request"], method="post", wallet_metadata=metadata)
    assert "wallet_nonce" not in read["payload"]
    form = {"wallet_metadata": json.dumps(metadata), "wallet_nonce": "qPmxiNFCR3QTm19POc8u"}
    answer = httpx.post(request["request_uri"], data=form, trust_env=False).raise_for_status()
    assert answer.headers["content-type"] == "application/oauth-authz-req+jwt"
    payload = parse_json_object(decode_base64url(answer.text.split(".")[1]))
    assert payload["wallet_nonce"] == "qPmxiNFCR3QTm19POc8u"
    assert payload["nonce"] == read["payload"]["nonce"]


def test_on_one_device_the_wallet_is_sent_back_and_only_that_browser_sees_the_answer(world: World, held: Held) -> None:
    request = _ask(world, flow="same_device")
    sent = _answer(world, request, [held])
    assert sent["body"]["redirect_uri"].startswith(world.verifier.base_url)
    assert _result(world, request)["state"] == "waiting"
    code = parse_qs(urlsplit(sent["body"]["redirect_uri"]).query)["response_code"][0]
    seen = world.verifier_call("GET", f"/requests/{request['id']}?response_code={code}")
    assert seen["state"] == "answered"
    assert [report["verdict"] for report in seen["reports"]] == ["accepted"]


def test_only_what_was_asked_went_over_the_line(world: World, held: Held) -> None:
    request = _ask(
        world,
        dcql_query={
            "credentials": [
                {
                    "id": "one",
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": [VCT]},
                    "claims": [{"path": ["units", 0]}, {"path": ["kwalificatie", "naam"]}],
                }
            ]
        },
    )
    _answer(world, request, [held])
    (report,) = _result(world, request)["reports"]
    claims = report["credential"]["claims"]
    assert [unit["unit"] for unit in claims["units"]] == ["25960:P2-K1-W1"]
    assert "given_name" not in claims


def _refusals() -> dict[str, Callable[[Held, Held], dict[str, Any]]]:
    return {
        "another nonce": lambda held, other: {"nonce": "another"},
        "another audience": lambda held, other: {"audience": "x509_hash:another"},
        "an old key binding": lambda held, other: {"issued_at": 1_700_000_000},
        "another's key": lambda held, other: {"signer": other.holder},
    }


@pytest.mark.parametrize("name", list(_refusals()))
def test_our_verifier_does_not_accept_a_key_binding_that_is_not_for_it(world: World, held: Held, name: str) -> None:
    request = _ask(world)
    options = _refusals()[name](held, _take(world) if name == "another's key" else held)
    sent = _answer(world, request, [held], **options)
    assert sent["status"] == 400
    result = _result(world, request)
    assert result["state"] == "refused"
    (report,) = result["reports"]
    assert report["verdict"] == "rejected"
    assert report["holder_binding"] == "failed"


def test_our_verifier_refuses_more_than_it_asked_for(world: World, held: Held) -> None:
    request = _ask(world)
    sent = _answer(world, request, [held], all=True)
    assert sent["status"] == 400
    result = _result(world, request)
    assert result["state"] == "refused"
    assert "birthdate" not in json.dumps(result["reports"])


def test_an_answer_cannot_be_given_twice(world: World, held: Held) -> None:
    request = _ask(world)
    assert _answer(world, request, [held])["status"] == 200
    with pytest.raises(ForeignRefusal, match="404"):
        _answer(world, request, [held])


def test_a_presentation_for_one_request_does_not_fit_another(world: World, held: Held) -> None:
    first, second = _ask(world), _ask(world)
    sent = _answer(world, first, [held])
    read = wallet("resolve", request=second["authorization_request"])
    replayed = httpx.post(
        read["payload"]["response_uri"],
        data={"vp_token": json.dumps(sent["vp_token"]), "state": read["payload"].get("state", "")},
        trust_env=False,
    )
    assert replayed.status_code == 400
    (report,) = _result(world, second)["reports"]
    assert report["holder_binding"] == "failed"


def test_the_holder_may_say_no(world: World) -> None:
    request = _ask(world)
    sent = wallet("decline", request=request["authorization_request"])
    assert sent["status"] == 200
    assert _result(world, request)["state"] == "refused"


def test_a_suspended_credential_is_shown_as_such_to_the_employer(world: World) -> None:
    taken = _take(world)
    world.set_status(world.school, taken.id, "suspended", "beoordelingsfout")
    request = _ask(world)
    _answer(world, request, [taken])
    (report,) = _result(world, request)["reports"]
    assert report["verdict"] == "rejected"
    assert report["credential"]["status"] == "suspended"
