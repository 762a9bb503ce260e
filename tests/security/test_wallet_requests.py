"""A verifier that is not honest, or a stranger beside an honest one: what the wallet makes of its request."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from passport.errors import Malformed, ProtocolError
from passport.jose.encoding import encode_base64url
from passport.jose.jwt import create_jwt
from passport.jose.keys import PrivateKey
from passport.openid.dcql import Candidate, match, parse_query
from passport.openid.haip import x509_hash_client_id
from passport.openid.oid4vp import (
    AuthorizationRequest,
    RequestRefused,
    create_encryption_key,
    parse_authorization_request,
    parse_response,
    verify_request_object,
)
from passport.openid.oid4vp.encryption import Recipient, decrypt, encrypt
from tests.ecosystem import Ecosystem

RESPONSE_URI = "https://verifier.example/r/1/response"
QUERY = {"credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:skillspas:diploma:1"]}}]}


def read(
    world: Ecosystem,
    *,
    typ: str = "oauth-authz-req+jwt",
    signer: PrivateKey | None = None,
    link: str = "",
    nonce: str | None = None,
    **changes: Any,
) -> AuthorizationRequest:
    """What the wallet makes of a request that the school's certificate signs; the named arguments misbehave."""
    client_id = x509_hash_client_id(world.school.leaf.public_bytes(serialization.Encoding.DER))
    claims = {
        "client_id": client_id,
        "response_type": "vp_token",
        "response_mode": "direct_post",
        "response_uri": RESPONSE_URI,
        "nonce": "n" * 22,
        "aud": "https://self-issued.me/v2",
        "iat": int(world.at.timestamp()),
        "dcql_query": QUERY,
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value != "absent"}
    jwt = create_jwt(kept, signer=signer or world.school.key, typ=typ, header={"x5c": world.school.x5c()})
    return verify_request_object(jwt, client_id=link or client_id, at=world.at, expected_wallet_nonce=nonce)


def test_an_honest_request_is_read(world: Ecosystem) -> None:
    assert read(world, nonce="w", wallet_nonce="w").response_uri == RESPONSE_URI


@pytest.mark.parametrize(
    "cheat",
    [
        {"typ": "JWT"},
        {"typ": "OAUTH-AUTHZ-REQ+JWT"},
        {"typ": "kb+jwt"},
        {"link": "x509_hash:another"},
        {"link": "x509_san_dns:verifier.example"},
        {"link": "redirect_uri:https://verifier.example/"},
        {"client_id": "x509_hash:another"},
        {"nonce": "w"},
        {"nonce": "w", "wallet_nonce": "v"},
        {"nonce": "w", "wallet_nonce": ["w"]},
        {"redirect_uri": RESPONSE_URI},
        {"transaction_data": ["x"]},
        {"aud": "https://another.example"},
        {"aud": {}},
        {"response_uri": "http://verifier.example/"},
        {"response_uri": "https://user@verifier.example/"},
        {"response_uri": "https://verifier.example/\r\nX: y"},
        {"response_uri": ["https://verifier.example/"]},
        {"response_uri": "absent"},
        {"response_mode": "fragment"},
        {"response_mode": "direct_post.jwt"},
        {"response_type": "code"},
        {"exp": 0},
        {"exp": "x"},
        {"exp": -1e308},
        {"iat": 2**63 - 1},
        {"nbf": 1e308},
        {"iat": True},
        {"dcql_query": "absent"},
        {"dcql_query": {"credentials": []}},
        {"scope": "openid"},
        {"client_metadata": []},
        {"state": 5},
    ],
    ids=str,
)  # fmt: skip
def test_a_request_that_cheats_is_refused(world: Ecosystem, cheat: dict[str, Any]) -> None:
    with pytest.raises(RequestRefused):
        read(world, **cheat)


def test_a_request_of_another_key_than_its_certificates_is_refused(world: Ecosystem) -> None:
    with pytest.raises(RequestRefused):
        read(world, signer=PrivateKey.generate())


@pytest.mark.parametrize(
    "link",
    [
        "openid4vp://?client_id=redirect_uri:https://a.example/&response_uri=https://b.example/",
        "openid4vp://?client_id=https://a.example/&response_uri=https://a.example/",
        "openid4vp://?client_id=origin:https://a.example&request_uri=https://a.example/",
        "openid4vp://?client_id=x509_hash:a&request_uri=http://169.254.169.254/",
        "openid4vp://?client_id=x509_hash:a&request_uri=https://a.example/&request=a.b.c",
        "openid4vp://?client_id=x509_hash:a&client_id=x509_hash:b&request_uri=https://a.example/",
        "javascript:alert(1)//?client_id=x509_hash:a&request_uri=https://a.example/",
        "openid4vp://?" + "a=1&" * 100,
        "openid4vp://[",
        "",
    ],
)
def test_a_link_that_cheats_is_refused(link: str) -> None:
    with pytest.raises((ProtocolError, Malformed)):
        parse_authorization_request(link)


def test_a_query_brings_no_more_than_it_names(world: Ecosystem) -> None:
    """Asking for a parent, for every element, or for nothing at all: only what is selected is released."""
    candidate = Candidate(
        id="1",
        format="dc+sd-jwt",
        vct="urn:skillspas:diploma:1",
        claims={
            "given_name": "A",
            "units": [{"unit": "1"}, {"unit": "2"}],
            "kwalificatie": {"crebo": "1", "niveau": 2},
        },
        disclosable=frozenset({("given_name",), ("units", 0), ("units", 1), ("kwalificatie", "niveau")}),
    )

    def released(claims: list[dict[str, Any]] | None) -> set[Any]:
        more = {} if claims is None else {"claims": claims}
        query = parse_query({"credentials": [{**QUERY["credentials"][0], **more}]})
        [choice] = match(query, [candidate]).by_query["a"]
        return set(choice.disclose)

    assert released(None) == set()
    assert released([{"path": ["kwalificatie", "crebo"]}]) == set()
    assert released([{"path": ["units", 1]}]) == {("units", 1)}
    assert released([{"path": ["units", None, "unit"]}]) == {("units", 0), ("units", 1)}


def test_a_query_of_the_largest_size_is_matched_quickly() -> None:
    """Each claims query in every claim set, none of which can be answered: looked up once, not 64 times."""
    names = [f"c{number}" for number in range(64)]
    paths: list[Any] = [["units", number] for number in range(63)]
    claims = [{"id": name, "path": path} for name, path in zip(names, [*paths, ["absent"]], strict=True)]
    one = {**QUERY["credentials"][0], "claims": claims, "claim_sets": [names] * 64}
    query = parse_query({"credentials": [{**one, "id": f"q{number}"} for number in range(32)]})
    held = Candidate(
        id="1",
        format="dc+sd-jwt",
        vct="urn:skillspas:diploma:1",
        claims={"units": [{"unit": str(number)} for number in range(64)]},
        disclosable=frozenset(("units", number) for number in range(64)),
    )
    started = time.perf_counter()
    assert not match(query, [held] * 10).satisfied
    assert time.perf_counter() - started < 2


def test_no_altered_encrypted_answer_is_read_or_crashes() -> None:
    key = create_encryption_key("k")
    public = {name: value for name, value in key.to_jwk().items() if name in ("kty", "crv", "x", "y")}
    token = encrypt(b'{"vp_token":{"a":["x"]},"state":"s"}', Recipient(jwk=public, kid="k", enc="A256GCM"), nonce="n")
    assert decrypt(token, key)
    rolls = random.Random(7)
    for _ in range(150):
        place = rolls.randrange(len(token))
        altered = token[:place] + rolls.choice("AQgw._-x") + token[place + 1 :]
        if altered != token:
            with pytest.raises(ProtocolError):
                parse_response(f"response={altered}".encode(), encryption_key=key)
    rest = token.partition(".")[2]
    for header in (
        '{"alg":"ECDH-ES","enc":"A256GCM","kid":"k"}',
        '{"alg":"ECDH-ES","enc":"A256GCM","epk":[]}',
        '{"alg":"ECDH-ES","enc":"A256GCM","epk":{"kty":"EC","crv":"P-256","x":5,"y":[]}}',
        json.dumps({"alg": "ECDH-ES", "enc": "A256GCM", "apu": 5, "epk": public}),
        '{"alg":"dir","enc":"A256GCM"}',
        '{"alg":"ECDH-ES","enc":"A256GCM","zip":"DEF"}',
        '{"alg":[],"enc":{}}',
        "[]",
    ):
        body = f"response={encode_base64url(header.encode())}.{rest}".encode()
        with pytest.raises(ProtocolError):
            parse_response(body, encryption_key=key)
