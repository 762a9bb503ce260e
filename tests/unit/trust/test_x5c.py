"""Keys by certificate chain. SD-JWT VC §2.5; CONTRACT section 4."""

import datetime as dt

import pytest

from passport.jose.keys import public_key_from
from passport.trust.issuer_keys import KeyRequest, parse_issuer_keys
from passport.trust.issuer_keys.x5c import encode_x5c, thumbprint
from tests.certificates import der, make_anchor, make_leaf, pem

ISS = "https://issuer.example/o/school-a"
THEN = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def anchor():
    return make_anchor()


def keys(anchor_cert, *, issuer=ISS, **more):
    return parse_issuer_keys({"mechanism": "x5c", "anchors": [pem(anchor_cert)], **more}, issuer=issuer)


def ask(keys_, *chain, at=THEN):
    return keys_.answer(KeyRequest(header={"alg": "ES256", "x5c": encode_x5c(chain)}, issued_at=at), {})


def test_the_leaf_that_names_the_issuer_gives_its_key(anchor):
    key, leaf = make_leaf(*anchor, uri=ISS)
    answer = ask(keys(anchor[1]), leaf)
    assert answer.problem is None
    assert answer.keys == (public_key_from(key.public_key()),)


def test_a_leaf_of_another_organisation_on_the_same_host_is_refused(anchor):
    _, leaf = make_leaf(*anchor, uri="https://issuer.example/o/school-b")
    assert ask(keys(anchor[1]), leaf).problem == "x5c_other_issuer"


def test_a_dns_name_suffices_only_without_a_path(anchor):
    _, leaf = make_leaf(*anchor, dns="issuer.example")
    assert ask(keys(anchor[1]), leaf).problem == "x5c_other_issuer"
    assert ask(keys(anchor[1], issuer="https://issuer.example"), leaf).problem is None


def test_a_leaf_under_another_anchor_is_refused(anchor):
    other = make_anchor()
    _, leaf = make_leaf(*other, uri=ISS)
    assert ask(keys(anchor[1]), leaf).problem == "x5c_not_trusted"


def test_the_anchor_itself_is_no_leaf(anchor):
    assert ask(keys(anchor[1]), anchor[1]).problem == "x5c_not_trusted"


def test_a_leaf_without_a_name_is_refused(anchor):
    _, leaf = make_leaf(*anchor)
    assert ask(keys(anchor[1]), leaf).problem == "x5c_not_trusted"


def test_the_chain_is_validated_at_the_time_of_issue_also_from_the_cache(anchor):
    _, leaf = make_leaf(
        *anchor, uri=ISS, start=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), end=dt.datetime(2026, 12, 31, tzinfo=dt.UTC)
    )
    mechanism = keys(anchor[1])
    assert ask(mechanism, leaf).problem is None
    assert ask(mechanism, leaf, at=dt.datetime(2027, 1, 1, tzinfo=dt.UTC)).problem == "x5c_not_trusted"
    assert ask(mechanism, leaf, at=dt.datetime(2025, 12, 31, tzinfo=dt.UTC)).problem == "x5c_not_trusted"
    assert ask(mechanism, leaf, at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC)).problem is None


def test_a_compromised_certificate_verifies_nothing(anchor):
    _, leaf = make_leaf(*anchor, uri=ISS)
    bad = [{"x5t#S256": thumbprint(der(leaf)), "compromised_at": "2026-03-01"}]
    assert ask(keys(anchor[1], compromised=bad), leaf).problem == "key_compromised"


def test_a_compromised_anchor_verifies_nothing(anchor):
    _, leaf = make_leaf(*anchor, uri=ISS)
    bad = [{"x5t#S256": thumbprint(der(anchor[1])), "compromised_at": "2026-03-01"}]
    assert ask(keys(anchor[1], compromised=bad), leaf).problem == "key_compromised"


@pytest.mark.parametrize("x5c", [None, [], "text", ["%%%"], [5], ["AAAA"], ["AAAA"] * 50])
def test_what_is_no_chain_is_refused(anchor, x5c):
    answer = keys(anchor[1]).answer(KeyRequest(header={"alg": "ES256", "x5c": x5c}, issued_at=THEN), {})
    assert answer.problem == "x5c_malformed"
