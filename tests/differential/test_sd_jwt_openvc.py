"""`openvc-core` 1.37.0 and we read, accept and refuse the same SD-JWT VCs. The whole report is in tests/interop."""

import hashlib
import json
from datetime import UTC, datetime

import pytest

from passport.errors import Malformed
from passport.jose.encoding import encode_base64url
from passport.jose.jws import JwsWriter, check_signature
from passport.jose.keys import PrivateKey, parse_jwk
from passport.jose.sd_jwt import (
    Decoys,
    check_key_binding,
    compile_frame,
    create_key_binding,
    create_sd_jwt,
    parse_sd_jwt,
    select_disclosures,
)

openvc = pytest.importorskip("openvc")
Suite = pytest.importorskip("openvc.proof.sd_jwt").SdJwtVcProofSuite

NONCE, AUDIENCE = "nonce-1", "https://verifier.example"
NEVER = ("iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status")
CLAIMS = {
    "iss": "https://school.example",
    "vct": "urn:skillspas:test:1",
    "iat": 1_780_000_000,
    "given_name": "Test",
    "birthdate": "2000-01-01",
    "kwalificatie": {"crebo": "25960", "niveau": 2},
    "units": [{"unit": "25960:P1-K1-W1"}, {"unit": "25960:P1-K1-W2"}],
}
FRAME = compile_frame([["given_name"], ["birthdate"], ["kwalificatie", "niveau"], ["units", None]])


@pytest.fixture(scope="module")
def issuer():
    return PrivateKey.generate()


@pytest.fixture(scope="module")
def holder():
    return PrivateKey.generate()


def _theirs(key):
    return openvc.P256SigningKey.from_jwk(dict(key.to_private_jwk()), "k1")


def _verify(text, issuer, **more):
    return Suite().verify(text, public_key_jwk=issuer.public_key.to_jwk(), **more).claims


def _writer(issuer):
    return JwsWriter(issuer, {"typ": "dc+sd-jwt", "kid": "k1"})


def test_they_read_what_we_issue_and_present(issuer, holder):
    claims = {**CLAIMS, "cnf": {"jwk": holder.public_key.to_jwk()}}
    decoys = Decoys(object_total=9, arrays=("units",))
    text = create_sd_jwt(claims, frame=FRAME, writer=_writer(issuer), decoys=decoys)
    for name, value in parse_sd_jwt(text).process().claims.items():
        assert _verify(text, issuer)[name] == value
    part = select_disclosures(parse_sd_jwt(text), [["units", 1]])
    bound = create_key_binding(part, signer=holder, nonce=NONCE, audience=AUDIENCE, at=datetime.now(UTC))
    shown = _verify(bound, issuer, nonce=NONCE, audience=AUDIENCE, require_key_binding=True)
    assert shown["units"] == CLAIMS["units"][1:]
    assert "given_name" not in shown


def test_we_read_what_they_issue_and_present(issuer, holder):
    suite = Suite()
    text = suite.issue(
        dict(CLAIMS),
        signing_key=_theirs(issuer),
        disclosable=("given_name", "birthdate", "units"),
        holder_jwk=holder.public_key.to_jwk(),
        decoys=4,
    )
    sd = parse_sd_jwt(text)
    assert check_signature(sd.jws, issuer.public_key)
    processed = sd.process(never=NEVER)
    assert {name: processed.claims[name] for name in CLAIMS} == CLAIMS
    assert processed.hidden >= 4
    assert parse_jwk(processed.claims["cnf"]["jwk"]) == holder.public_key
    bound = suite.create_presentation(text, holder_key=_theirs(holder), audience=AUDIENCE, nonce=NONCE)
    asked = {"expected_nonce": NONCE, "expected_audience": AUDIENCE, "at": datetime.now(UTC)}
    assert check_key_binding(parse_sd_jwt(bound), key=holder.public_key, **asked) is None


def _hide(*parts):
    encoded = encode_base64url(json.dumps(parts).encode())
    return encoded, encode_base64url(hashlib.sha256(encoded.encode()).digest())


ONE, DIGEST = _hide("saltsaltsaltsaltsalt00", "a", 1)
TWO, DIGEST_TWO = _hide("saltsaltsaltsaltsalt01", "a", 1)
ELEMENT, ELEMENT_DIGEST = _hide("saltsaltsaltsaltsalt02", 1)
STATUS, STATUS_DIGEST = _hide("saltsaltsaltsaltsalt03", "status", {})
RESERVED, RESERVED_DIGEST = _hide("saltsaltsaltsaltsalt04", "_sd", [])


@pytest.mark.parametrize(
    ("payload", "disclosures", "good"),
    [
        ({"_sd": [DIGEST]}, [ONE], True),
        ({"_sd": [DIGEST]}, [], True),
        ({"x": [{"...": ELEMENT_DIGEST}]}, [ELEMENT], True),
        ({}, [ONE], False),
        ({"_sd": [DIGEST, DIGEST]}, [ONE], False),
        ({"_sd": [DIGEST]}, [ONE, ONE], False),
        ({"_sd": [DIGEST, DIGEST_TWO]}, [ONE, TWO], False),
        ({"_sd": [DIGEST], "a": 2}, [ONE], False),
        ({"_sd": [ELEMENT_DIGEST]}, [ELEMENT], False),
        ({"x": [{"...": DIGEST}]}, [ONE], False),
        ({"_sd": [STATUS_DIGEST]}, [STATUS], False),
        ({"_sd": [RESERVED_DIGEST]}, [RESERVED], False),
        ({"_sd": "x"}, [], False),
        ({"_sd": [1]}, [], False),
        ({"_sd_alg": "md5"}, [], False),
        ({"x": [{"...": "abc", "b": 1}]}, [], False),
    ],
)
def test_both_judge_alike(payload, disclosures, good, issuer):
    envelope = {"iss": "https://school.example", "vct": "urn:skillspas:test:1"}
    jwt = _writer(issuer).sign(json.dumps({**envelope, **payload}).encode())
    text = "~".join([jwt, *disclosures, ""])

    def ours():
        return parse_sd_jwt(text).process(never=NEVER).claims

    if good:
        claims = ours()
        theirs = _verify(text, issuer)
        assert {name: theirs[name] for name in claims} == claims
        return
    with pytest.raises(Malformed):
        ours()
    with pytest.raises((openvc.errors.OpenvcError, ValueError)):
        _verify(text, issuer)
