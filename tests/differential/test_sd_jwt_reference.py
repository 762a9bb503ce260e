"""`sd-jwt` 0.10.4, the reference implementation, reads what we make, and we read what it makes."""

import json
import time
from datetime import UTC, datetime

import pytest

from passport.errors import Malformed
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

jwk = pytest.importorskip("jwcrypto.jwk")
issuer_side = pytest.importorskip("sd_jwt.issuer")
holder_side = pytest.importorskip("sd_jwt.holder")
verifier_side = pytest.importorskip("sd_jwt.verifier")
SDObj = pytest.importorskip("sd_jwt.common").SDObj

NONCE, AUDIENCE = "nonce-1", "https://verifier.example"
CLAIMS = {
    "iss": "https://school.example",
    "given_name": "Test",
    "kwalificatie": {"crebo": "25960", "niveau": 2},
    "units": [{"unit": "25960:P1-K1-W1"}, {"unit": "25960:P1-K1-W2"}],
    "address": {"street": "Straat 1", "more": [1, 2.5, None, True, "é", "\U0001f600"]},
}
FRAME = compile_frame([["given_name"], ["kwalificatie", "niveau"], ["units", None], ["address"], ["address", "street"]])
MARKED = {
    "iss": "https://school.example",
    SDObj("given_name"): "Test",
    "kwalificatie": {"crebo": "25960", SDObj("niveau"): 2},
    "units": [SDObj({"unit": "25960:P1-K1-W1"}), SDObj({"unit": "25960:P1-K1-W2"})],
    SDObj("address"): {SDObj("street"): "Straat 1", "more": [1, 2.5, None, True, "é", "\U0001f600"]},
}
CHOICES = [
    ([], {}),
    ([["given_name"]], {"given_name": True}),
    ([["units", 1], ["kwalificatie", "niveau"]], {"units": [False, True], "kwalificatie": {"niveau": True}}),
    ([["address", "street"]], {"address": {"street": True}}),
]


@pytest.fixture(scope="module")
def issuer():
    return PrivateKey.generate()


@pytest.fixture(scope="module")
def holder():
    return PrivateKey.generate()


def _theirs(key):
    return jwk.JWK.from_json(json.dumps(key.to_private_jwk()))


def _their_claims(text, issuer, **expected):
    verifier = verifier_side.SDJWTVerifier(text, lambda *_: _theirs(issuer), *expected.values())
    return verifier.get_verified_payload()


def _ours(issuer, holder, decoys=None):
    claims = {**CLAIMS, "cnf": {"jwk": holder.public_key.to_jwk()}}
    return create_sd_jwt(claims, frame=FRAME, writer=JwsWriter(issuer, {"typ": "dc+sd-jwt"}), decoys=decoys)


def _by_them(issuer, holder, **more):
    made = issuer_side.SDJWTIssuer(MARKED, _theirs(issuer), holder_key=_theirs(holder), **more)
    return made.sd_jwt_issuance


@pytest.mark.parametrize("decoys", [None, Decoys(object_total=10, arrays=("units",))])
def test_they_read_what_we_issue(issuer, holder, decoys):
    text = _ours(issuer, holder, decoys)
    assert _their_claims(text, issuer) == parse_sd_jwt(text).process().claims


@pytest.mark.parametrize(("wanted", "_"), CHOICES)
def test_they_accept_what_we_present(issuer, holder, wanted, _):
    part = select_disclosures(parse_sd_jwt(_ours(issuer, holder)), wanted)
    text = create_key_binding(part, signer=holder, nonce=NONCE, audience=AUDIENCE, at=datetime.now(UTC))
    assert _their_claims(text, issuer, aud=AUDIENCE, nonce=NONCE) == parse_sd_jwt(part).process().claims


@pytest.mark.parametrize("decoys", [False, True])
def test_we_read_what_they_issue(issuer, holder, decoys):
    sd = parse_sd_jwt(_by_them(issuer, holder, add_decoy_claims=decoys))
    assert check_signature(sd.jws, issuer.public_key)
    claims = sd.process().claims
    assert parse_jwk(claims.pop("cnf")["jwk"]) == holder.public_key
    assert claims == CLAIMS
    assert (sd.process().hidden > 0) == decoys


@pytest.mark.parametrize(("wanted", "theirs"), CHOICES)
def test_we_accept_what_they_present_and_choose_the_same(issuer, holder, wanted, theirs):
    issued = _by_them(issuer, holder)
    side = holder_side.SDJWTHolder(issued)
    side.create_presentation(theirs, NONCE, AUDIENCE, _theirs(holder))
    sd = parse_sd_jwt(side.sd_jwt_presentation)
    asked = {"expected_nonce": NONCE, "expected_audience": AUDIENCE, "at": datetime.fromtimestamp(time.time(), UTC)}
    assert check_key_binding(sd, key=holder.public_key, **asked) is None
    ours = parse_sd_jwt(select_disclosures(parse_sd_jwt(issued), wanted, nested=False))
    assert set(ours.disclosures) == set(sd.disclosures)
    assert ours.process().claims == sd.process().claims == _their_claims(side.sd_jwt_presentation, issuer)


def test_they_present_what_we_issued(issuer, holder):
    side = holder_side.SDJWTHolder(_ours(issuer, holder))
    side.create_presentation({"given_name": True}, NONCE, AUDIENCE, _theirs(holder))
    sd = parse_sd_jwt(side.sd_jwt_presentation)
    assert sd.process().claims["given_name"] == "Test"
    asked = {"expected_nonce": NONCE, "expected_audience": AUDIENCE, "at": datetime.now(UTC)}
    assert check_key_binding(sd, key=holder.public_key, **asked) is None


@pytest.mark.parametrize("place", [5, 60, -3])
def test_both_refuse_what_was_changed(issuer, holder, place):
    text = _ours(issuer, holder)
    changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
    with pytest.raises(Exception):  # noqa: B017 - theirs has no error of its own
        _their_claims(changed, issuer)
    try:
        sd = parse_sd_jwt(changed)
        if check_signature(sd.jws, issuer.public_key):
            sd.process()
            pytest.fail("accepted")
    except Malformed:
        pass
