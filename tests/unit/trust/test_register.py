"""The trust register: what is read, what is refused. CONTRACT section 4."""

import datetime as dt
import json

import pytest

from passport.errors import Malformed
from passport.jose.jws import JwsWriter
from passport.jose.keys import PrivateKey
from passport.trust.issuer_keys import KeyRequest
from passport.trust.issuer_keys.base import Purpose
from passport.trust.register import (
    RegisterMalformed,
    RegisterRollback,
    RegisterSignature,
    parse_register,
    require_not_older,
)
from tests.certificates import der, make_anchor, make_leaf, pem

ISS = "https://issuer.example/o/school-a"
KEY = PrivateKey.generate()


def entry(**changes):
    base = {
        "id": ISS,
        "kind": "school",
        "name": {"nl": "School A", "en": "School A (en)"},
        "identifiers": {"brin": "00XX"},
        "keys": {
            "mechanism": "jwks",
            "jwks": [{"jwk": KEY.public_key.to_jwk(), "valid_from": "2024-08-01", "valid_until": "2026-07-31"}],
        },
        "accreditations": [{"type": "diploma", "crebo": ["25960"], "valid_from": "2020-08-01", "valid_until": None}],
    }
    return {**base, **changes}


def document(*organisations, **changes):
    return {"version": 1, "operator": "https://register.example", "organisations": list(organisations), **changes}


def read(value, **options):
    return parse_register(json.dumps(value).encode(), **options)


def test_a_plain_register_is_read():
    register = read(document(entry(), sequence=12, next_update="2026-07-01T00:00:00Z"))
    organisation = register.find(ISS)
    assert organisation.display_name("en") == "School A (en)"
    assert organisation.accreditations[0].crebos == frozenset({"25960"})
    assert register.sequence == 12
    assert register.find(ISS + "/") is None


def test_a_register_past_its_next_update_is_stale():
    register = read(document(next_update="2026-07-01T00:00:00Z"))
    assert not register.is_stale(dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
    assert register.is_stale(dt.datetime(2026, 7, 1, 0, 0, 1, tzinfo=dt.UTC))


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {},
        {"version": 2, "organisations": []},
        document(entry(), entry()),
        document(entry(id="https://ïssuer.example")),
        document(entry(id="")),
        document(entry(kind="bakery")),
        document(entry(name={})),
        document(entry(keys={"mechanism": "jwks", "jwks": []})),
        document(entry(keys={"mechanism": "telepathy"})),
        document(entry(keys={"mechanism": "x5c", "anchors": ["no pem"]})),
        document(entry(accreditations=[{"type": "diploma", "crebo": "25960"}])),
        document(entry(accreditations=[{"type": "diploma", "crebo": "*", "valid_from": "1-8-2020"}])),
        document(sequence="12"),
        document(next_update="2026-07-01T00:00:00"),
    ],
)
def test_a_register_of_another_shape_is_refused(wrong):
    with pytest.raises(Malformed):
        read(wrong)


def test_the_place_of_the_fault_is_named():
    with pytest.raises(RegisterMalformed) as caught:
        read(document(entry(), entry(id=ISS + "2", kind="bakery")))
    assert caught.value.params["where"] == "organisations[1].kind"


def signed(value, key=KEY, typ="trust-register+jwt"):
    return JwsWriter(key, {"typ": typ}).sign(json.dumps(value).encode()).encode()


def test_a_signed_register_is_read_with_the_operators_key_only():
    text = signed(document(entry(), sequence=3))
    assert parse_register(text, trust_key=KEY.public_key).signed
    for other in (None, PrivateKey.generate().public_key):
        with pytest.raises(RegisterSignature):
            parse_register(text, trust_key=other)


def test_with_a_key_an_unsigned_register_is_refused():
    with pytest.raises(RegisterSignature):
        read(document(entry()), trust_key=KEY.public_key)


def test_a_signed_register_needs_its_type_and_a_sequence():
    with pytest.raises(RegisterSignature):
        parse_register(signed(document(sequence=1), typ="JWT"), trust_key=KEY.public_key)
    with pytest.raises(RegisterMalformed):
        parse_register(signed(document()), trust_key=KEY.public_key)


def test_a_lower_sequence_never_replaces_a_higher_one():
    register = read(document(sequence=3))
    require_not_older(register, seen=3)
    require_not_older(register, seen=None)
    with pytest.raises(RegisterRollback):
        require_not_older(register, seen=4)


def answer(keys, *, kid=None, day="2026-02-01", purpose=Purpose.CREDENTIAL):
    register = read(document(entry(keys={"mechanism": "jwks", "jwks": keys})))
    header = {"alg": "ES256"} if kid is None else {"alg": "ES256", "kid": kid}
    at = dt.datetime.fromisoformat(day + "T12:00:00+00:00")
    return register.find(ISS).keys.answer(KeyRequest(header=header, issued_at=at, purpose=purpose), {})


def listed(**more):
    return [{"jwk": KEY.public_key.to_jwk(kid="k1"), "valid_from": "2024-08-01", "valid_until": "2026-07-31", **more}]


@pytest.mark.parametrize(
    ("day", "problem"),
    [
        ("2024-07-31", "key_not_valid_then"),
        ("2024-08-01", None),
        ("2026-07-31", None),
        ("2026-08-01", "key_not_valid_then"),
    ],
)
def test_a_keys_period_has_both_ends_included(day, problem):
    assert answer(listed(), day=day).problem == problem


def test_a_key_is_named_by_its_kid_or_thumbprint():
    assert answer(listed(), kid="k1").keys
    assert answer(listed(), kid=KEY.public_key.thumbprint).keys
    assert answer(listed(), kid="k2").problem == "key_unknown"


def test_a_compromised_key_verifies_nothing_whatever_iat_says():
    keys = listed(compromised_at="2026-06-01")
    assert answer(keys, day="2025-01-01").problem == "key_compromised"
    assert answer(keys, day="2025-01-01", purpose=Purpose.STATUS_LIST).problem == "key_compromised"


def test_a_retired_key_may_still_sign_a_status_list():
    assert answer(listed(), day="2027-01-01", purpose=Purpose.STATUS_LIST).keys


def test_a_verifier_is_named_by_the_anchor_of_its_certificate():
    anchor_key, anchor = make_anchor()
    _, leaf = make_leaf(anchor_key, anchor, dns="verifier.example")
    asker = entry(id="https://verifier.example", kind="verifier", keys={"mechanism": "x5c", "anchors": [pem(anchor)]})
    at = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    assert read(document(asker)).verifier_by_anchor([der(leaf)], at).id == "https://verifier.example"
    school = {**asker, "kind": "school"}
    assert read(document(school)).verifier_by_anchor([der(leaf)], at) is None
    _, foreign = make_leaf(*make_anchor(), dns="verifier.example")
    assert read(document(asker)).verifier_by_anchor([der(foreign)], at) is None
