"""The KB-JWT answers this request, now, for exactly these bytes. RFC 9901 §4.3, §7.3; THREATS requirement 6."""

import hashlib
from datetime import datetime, timedelta

import pytest

from passport.jose.encoding import encode_base64url, encode_json
from passport.jose.jws import JwsWriter, parse_jws
from passport.jose.keys import ALGORITHMS, PrivateKey
from passport.jose.sd_jwt import (
    SdJwtMalformed,
    check_key_binding,
    compile_frame,
    create_key_binding,
    create_sd_jwt,
    parse_sd_jwt,
    select_disclosures,
)

NONCE, AUDIENCE = "n-0S6_WzA2Mj", "x509_hash:abc"
NOW = 1_780_315_200


@pytest.fixture
def issued(issuer):
    writer = JwsWriter(issuer, {"typ": "dc+sd-jwt"})
    return create_sd_jwt({"iss": "x", "a": 1, "b": 2}, frame=compile_frame([["a"], ["b"]]), writer=writer, decoys=None)


@pytest.fixture
def check(holder, at):
    def run(text, **changes):
        asked = {"key": holder.public_key, "expected_nonce": NONCE, "expected_audience": AUDIENCE, "at": at}
        return check_key_binding(parse_sd_jwt(text), **{**asked, **changes})

    return run


@pytest.fixture
def bind(holder):
    """A KB-JWT with some of its members changed."""

    def run(sd_part, *, typ="kb+jwt", signer=holder, header=None, **changes):
        claims = {"iat": NOW, "aud": AUDIENCE, "nonce": NONCE, "sd_hash": _hash(sd_part)} | changes
        claims = {name: value for name, value in claims.items() if value is not ...}
        return sd_part + JwsWriter(signer, {"typ": typ, **(header or {})}).sign(encode_json(claims))

    return run


def _hash(sd_part, name="sha256"):
    return encode_base64url(hashlib.new(name, sd_part.encode()).digest())


@pytest.mark.parametrize("alg", sorted(ALGORITHMS))
def test_what_the_holder_binds_holds(alg, issued, check, at):
    holder = PrivateKey.generate(alg)
    presented = create_key_binding(issued, signer=holder, nonce=NONCE, audience=AUDIENCE, at=at)
    assert presented.startswith(issued)
    jws = parse_jws(presented.rsplit("~", 1)[1])
    assert jws.header == {"alg": alg, "typ": "kb+jwt"}
    assert check(presented, key=holder.public_key, algorithms=[alg]) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"typ": "KB+JWT"}, "kb_typ"),
        ({"typ": "application/kb+jwt"}, "kb_typ"),
        ({"typ": "jwt"}, "kb_typ"),
        ({"signer": PrivateKey.generate("ES384")}, "kb_alg"),
        ({"signer": PrivateKey.generate()}, "kb_signature"),
        ({"nonce": "other"}, "kb_nonce"),
        ({"nonce": NONCE + " "}, "kb_nonce"),
        ({"nonce": [NONCE]}, "kb_nonce"),
        ({"nonce": ...}, "kb_nonce"),
        ({"aud": "other"}, "kb_audience"),
        ({"aud": [AUDIENCE]}, "kb_audience"),
        ({"aud": ...}, "kb_audience"),
        ({"aud": AUDIENCE + "/"}, "kb_audience"),
        ({"iat": ...}, "kb_iat"),
        ({"iat": "now"}, "kb_iat"),
        ({"iat": True}, "kb_iat"),
        ({"iat": NOW + 61}, "kb_iat"),
        ({"iat": NOW - 361}, "kb_iat"),
        ({"exp": NOW - 61}, "kb_iat"),
        ({"exp": "x"}, "kb_iat"),
        ({"nbf": NOW + 61}, "kb_iat"),
        ({"sd_hash": ...}, "kb_sd_hash"),
        ({"sd_hash": "abc"}, "kb_sd_hash"),
        ({"sd_hash": 1}, "kb_sd_hash"),
    ],
)
def test_a_binding_that_is_not_the_one_asked_for_is_refused(changes, code, bind, issued, check):
    assert check(bind(issued, **changes)) == code


@pytest.mark.parametrize("digits", ["9" * 40, "-" + "9" * 40, "1e308", "1e-300"])
def test_an_iat_far_away_is_refused(digits, issued, check, holder):
    claims = f'{{"iat":{digits},"aud":"{AUDIENCE}","nonce":"{NONCE}","sd_hash":"{_hash(issued)}"}}'
    assert check(issued + JwsWriter(holder, {"typ": "kb+jwt"}).sign(claims.encode())) == "kb_iat"


@pytest.mark.parametrize(
    "changes", [{"iat": NOW + 60}, {"iat": NOW - 360}, {"iat": NOW + 0.5}, {"exp": NOW}, {"jti": "1"}]
)
def test_a_binding_within_the_tolerance_holds(changes, bind, issued, check):
    assert check(bind(issued, **changes)) is None


def test_the_hash_covers_exactly_what_is_presented(bind, issued, check):
    presented = bind(issued)
    binding = presented.rsplit("~", 1)[1]
    fewer = select_disclosures(parse_sd_jwt(issued), [["a"]])
    assert check(fewer + binding) == "kb_sd_hash"
    reordered = "~".join([issued.split("~")[0], *reversed(issued.split("~")[1:-1]), ""])
    assert check(reordered + binding) == "kb_sd_hash"
    assert check(presented) is None


@pytest.mark.parametrize("text", ["a.b.c", "e30.e30.AAAA", "..", "e30=.e30.AAAA"])
def test_a_jwt_that_does_not_parse_is_no_binding(text, issued, check):
    assert check(issued + text) == "kb_malformed"


def test_no_binding_is_no_proof(issued, check):
    assert check(issued) == "kb_missing"


def test_an_extension_or_a_member_twice_makes_it_malformed(issued, check, holder):
    twice = JwsWriter(holder, {"typ": "kb+jwt"}).sign(f'{{"nonce":"{NONCE}","nonce":"{NONCE}"}}'.encode())
    assert check(issued + twice) == "kb_malformed"
    head = encode_base64url(encode_json({"alg": "ES256", "typ": "kb+jwt", "crit": ["exp"]}))
    signed = f"{head}.{encode_base64url(b'{}')}"
    assert check(f"{issued}{signed}.{encode_base64url(holder.sign(signed.encode()))}") == "kb_malformed"


@pytest.mark.parametrize("missing", ["expected_nonce", "expected_audience"])
def test_an_empty_expectation_is_a_wrong_call(missing, bind, issued, check):
    with pytest.raises(TypeError):
        check(bind(issued), **{missing: ""})


def test_time_needs_its_zone(issued, holder, bind, check):
    naive = datetime(2026, 6, 1)
    with pytest.raises(TypeError):
        create_key_binding(issued, signer=holder, nonce=NONCE, audience=AUDIENCE, at=naive)
    with pytest.raises(TypeError):
        check(bind(issued), at=naive)


def test_a_binding_is_old_after_five_minutes_and_the_tolerance(issued, holder, check, at):
    presented = create_key_binding(issued, signer=holder, nonce=NONCE, audience=AUDIENCE, at=at)
    assert check(presented, at=at + timedelta(seconds=360)) is None
    assert check(presented, at=at + timedelta(seconds=361)) == "kb_iat"
    assert check(presented, at=at - timedelta(seconds=61)) == "kb_iat"


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (b'{"_sd_alg":"sha-512"}', "sha512"),
        (b'{"a":{"b":1},"_sd_alg":"sha-384"}', "sha384"),
        (b'{"_sd_alg":"sha-512","a":1}', "sha512"),
        (b'{ "_sd_alg" : "sha-256" }', "sha256"),
        (b'{"_sd_\\u0061lg":"sha-512"}', "sha512"),
        (b"{}", "sha256"),
        (b'{"x":"\\",\\"_sd_alg\\":\\"sha-256\\"}"}', "sha256"),
        (b'{"_sd_alg":"sha-512","x":",\\"_sd_alg\\":\\"sha-256\\"}"}', "sha512"),
    ],
)
def test_the_binding_uses_the_hash_of_the_sd_jwt(payload, name, issuer, holder, check, at):
    part = JwsWriter(issuer, {"typ": "dc+sd-jwt"}).sign(payload) + "~"
    presented = create_key_binding(part, signer=holder, nonce=NONCE, audience=AUDIENCE, at=at)
    assert parse_jws(presented.rsplit("~", 1)[1]).payload.endswith(encode_json({"sd_hash": _hash(part, name)})[1:])
    assert check(presented) is None


def test_only_an_sd_jwt_without_binding_is_bound(issued, holder, bind, at):
    for text in (bind(issued), issued[:-1], "~", "x~"):
        with pytest.raises(SdJwtMalformed):
            create_key_binding(text, signer=holder, nonce=NONCE, audience=AUDIENCE, at=at)
