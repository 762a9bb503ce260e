"""A credential's way from query to checked answer, with real signatures: wallet and verifier on the same functions."""

import base64
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from passport.credentials.formats import FORMATS
from passport.openid import dcql, haip, oid4vp
from passport.verification.policy import policy_for
from passport.verification.verify import Expected, verify
from tests.ecosystem import Ecosystem, Issued

NONCE = "n-0S6_WzA2Mj7xQ1bV5cKw"
FORM = FORMATS["dc+sd-jwt"]
RESPONSE_URI = "https://verifier.example/r/1"


@pytest.fixture(scope="module")
def world() -> Ecosystem:
    return Ecosystem()


def candidate(name: str, issued: Issued) -> dcql.Candidate:
    read = FORM.parse(issued.text)
    return dcql.Candidate(
        id=name,
        format=read.format,
        vct=read.vct,
        claims=FORM.disclosed_claims(read),
        disclosable=FORM.disclosed_places(read),
    )


def presented(text: str) -> dcql.PresentedClaims:
    read = FORM.parse(text)
    return dcql.PresentedClaims(
        format=read.format,
        vct=read.vct,
        claims=FORM.disclosed_claims(read),
        disclosed=FORM.disclosed_places(read),
        holder_bound=FORM.has_holder_binding(read),
    )


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_wallet_answers_a_query_with_nothing_more_than_asked(world: Ecosystem, encrypted: bool) -> None:
    holder = world.holder()
    issued = world.school.issue("mbo-certificaat", holder=holder)
    unit = issued.claims["units"][-1]["unit"]
    asked = {
        "credentials": [
            {
                "id": "certificaat",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["urn:skillspas:mbo-certificaat:1"]},
                "claims": [
                    {"path": ["kwalificatie", "crebo"]},
                    {"path": ["given_name"]},
                    {"path": ["units", None, "unit"], "values": [unit]},
                ],
            }
        ]
    }
    key = oid4vp.create_encryption_key("k") if encrypted else None
    chain = [base64.b64decode(one) for one in world.school.x5c()]
    client_id = haip.x509_hash_client_id(chain[0])
    request_object = oid4vp.create_request_object(
        signer=world.school.key,
        chain=chain,
        client_id=client_id,
        response_uri=RESPONSE_URI,
        nonce=NONCE,
        state="s",
        dcql_query=asked,
        at=world.at,
        expires_at=world.at + timedelta(minutes=5),
        response_mode="direct_post.jwt" if encrypted else "direct_post",
        encryption_key=key,
    )

    request = oid4vp.verify_request_object(request_object, client_id=client_id, at=world.at)
    (choice,) = dcql.match(request.query, [candidate("mine", issued)]).choose()["certificaat"]
    text = holder.present(issued, nonce=request.nonce, audience=request.client_id, disclose=choice.disclose)
    form = oid4vp.create_response(request, {"certificaat": [text]})

    response = oid4vp.parse_response(urlencode(form).encode(), encryption_key=key)
    (received,) = response.vp_token["certificaat"]
    report = verify(
        received,
        world.materials(),
        world.register(),
        policy_for(require_holder_binding=True),
        expected=Expected(nonce=NONCE, audience=client_id),
        at=world.at,
    )
    assert (report.verdict, report.holder_binding) == ("accepted", "proven")
    checked = dcql.check_response(dcql.parse_query(asked), {"certificaat": [presented(received)]})
    assert checked.answers
    assert checked.over_disclosed == ()
    assert presented(received).claims["units"] == [issued.claims["units"][-1]]
    assert "family_name" not in presented(received).claims


def test_a_holder_who_shows_more_is_found_out(world: Ecosystem) -> None:
    holder = world.holder()
    text = holder.present(world.school.issue("mbo-certificaat", holder=holder))
    asked = dcql.parse_query(
        {
            "credentials": [
                {
                    "id": "q",
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": ["urn:skillspas:mbo-certificaat:1"]},
                    "claims": [{"path": ["given_name"]}],
                }
            ]
        }
    )
    checked = dcql.check_response(asked, {"q": [presented(text)]})
    assert {one.path[0] for one in checked.over_disclosed} >= {"family_name", "birthdate", "units"}
