"""JWTs of the OAuth side: kind, key, audience, issuer and time are what we expected. RFC 7519; RFC 8725 §3."""

from datetime import datetime, timedelta

import jwt as pyjwt
import pytest

from passport.errors import Malformed
from passport.jose.jwt import TokenRefused, create_jwt, verify_jwt
from passport.jose.keys import ALGORITHMS, PrivateKey

NOW = 1_780_315_200  # 2026-06-01T12:00:00Z
CLAIMS = {"iss": "https://a.example", "aud": "https://b.example", "iat": NOW, "exp": NOW + 600}


@pytest.fixture
def check(issuer, at):
    def run(token, **changes):
        asked = {"key": issuer.public_key, "typ": "x+jwt", "at": at, "expected_audience": "https://b.example"}
        return verify_jwt(token, **{**asked, **changes})

    return run


def _make(issuer, typ="x+jwt", **changes):
    return create_jwt({**CLAIMS, **changes}, signer=issuer, typ=typ)


@pytest.mark.parametrize("alg", sorted(ALGORITHMS))
def test_what_we_create_we_verify_and_pyjwt_too(alg, at):
    key = PrivateKey.generate(alg)
    token = create_jwt(CLAIMS, signer=key, typ="x+jwt", header={"kid": "1"})
    verified = verify_jwt(
        token, key=key.public_key, typ="x+jwt", at=at, expected_audience=CLAIMS["aud"], algorithms=[alg]
    )
    assert verified == CLAIMS
    assert pyjwt.get_unverified_header(token) == {"typ": "x+jwt", "alg": alg, "kid": "1"}
    options = {"verify_exp": False, "verify_iat": False}
    assert pyjwt.decode(token, key.public_key.handle, [alg], audience=CLAIMS["aud"], options=options) == CLAIMS


@pytest.mark.parametrize("alg", sorted(ALGORITHMS))
def test_what_pyjwt_creates_we_verify(alg, at):
    key = PrivateKey.generate(alg)
    token = pyjwt.encode(CLAIMS, key.to_pem().decode(), alg, headers={"typ": "x+jwt"})
    verified = verify_jwt(
        token, key=key.public_key, typ="x+jwt", at=at, expected_audience=CLAIMS["aud"], algorithms=[alg]
    )
    assert verified == CLAIMS


def test_a_signer_need_not_be_a_key_in_this_process(issuer, check):
    class Remote:
        alg = "ES256"
        public_key = issuer.public_key

        def sign(self, message: bytes) -> bytes:
            return issuer.sign(message)

    assert check(create_jwt(CLAIMS, signer=Remote(), typ="x+jwt")) == CLAIMS


@pytest.mark.parametrize(
    ("claims", "asked", "code"),
    [
        ({}, {"typ": "y+jwt"}, "jwt_typ"),
        ({}, {"algorithms": ["EdDSA"]}, "jwt_alg"),
        ({}, {"key": PrivateKey.generate("ES384").public_key}, "jwt_alg"),
        ({}, {"key": PrivateKey.generate().public_key}, "jwt_signature"),
        ({}, {"expected_audience": "https://c.example"}, "jwt_audience"),
        ({"aud": ["https://c.example"]}, {}, "jwt_audience"),
        ({"aud": ["https://b.example", 1]}, {}, "jwt_audience"),
        ({"aud": "https://b.example/"}, {}, "jwt_audience"),
        ({"aud": {"https://b.example": 1}}, {}, "jwt_audience"),
        ({"aud": None}, {}, "jwt_audience"),
        ({}, {"expected_issuer": "https://b.example"}, "jwt_issuer"),
        ({}, {"require": ["jti"]}, "jwt_claim_missing"),
        ({"exp": NOW - 61}, {}, "jwt_expired"),
        ({"exp": NOW - 60}, {}, "jwt_expired"),
        ({"nbf": NOW + 61}, {}, "jwt_not_yet_valid"),
        ({"iat": NOW + 61}, {}, "jwt_not_yet_valid"),
        ({"exp": "never"}, {}, "jwt_claim_malformed"),
        ({"iat": True}, {}, "jwt_claim_malformed"),
        ({"nbf": None}, {}, "jwt_claim_malformed"),
    ],
)
def test_what_is_not_as_expected_is_refused_with_its_code(claims, asked, code, issuer, check):
    with pytest.raises(TokenRefused) as caught:
        check(_make(issuer, **claims), **asked)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("claims", "asked"),
    [
        ({"exp": NOW - 59}, {}),
        ({"nbf": NOW + 60, "iat": NOW + 60.0}, {}),
        ({"aud": ["x", "https://b.example"]}, {}),
        ({"aud": "another"}, {"expected_audience": None}),
        ({"exp": NOW - 100}, {"leeway": 200}),
        ({"jti": "1"}, {"require": ["jti"], "expected_issuer": "https://a.example"}),
    ],
)
def test_what_is_as_expected_is_taken(claims, asked, issuer, check):
    assert check(_make(issuer, **claims), **asked) == {**CLAIMS, **claims}


def test_the_clock_is_the_callers(issuer, check, at):
    token = _make(issuer)
    with pytest.raises(TokenRefused):
        check(token, at=at + timedelta(days=1))
    with pytest.raises(TypeError):
        check(token, at=datetime(2026, 6, 1, 12, 0))


def test_a_payload_with_a_member_twice_is_malformed_before_any_signature(issuer, check):
    from passport.jose.jws import JwsWriter

    with pytest.raises(Malformed) as caught:
        check(JwsWriter(issuer, {"typ": "x+jwt"}).sign(b'{"aud":"a","aud":"https://b.example"}'))
    assert caught.value.code == "json_duplicate_member"


@pytest.mark.parametrize("header", [{"alg": "none"}, {"typ": "y"}, {"crit": []}, {"b64": False}])
def test_a_caller_cannot_set_alg_typ_or_an_extension(header, issuer):
    with pytest.raises(TypeError):
        create_jwt({}, signer=issuer, typ="x+jwt", header=header)


def test_algorithms_is_a_collection(issuer, check):
    with pytest.raises(TypeError):
        check(_make(issuer), algorithms="ES256")
