"""Reading a signed statement: what is of another form is refused, whatever it holds."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from passport.errors import Malformed, PassportError
from passport.jose.encoding import encode_json, parse_json_object
from passport.jose.jws import JwsWriter, parse_jws
from passport.jose.keys import PrivateKey
from passport.stacking import load_catalogue
from passport.stacking.replay import Package, replay
from passport.stacking.statement import TYP, Signature, check_signer, parse_statement
from tests.statements import Signed

KEY = PrivateKey.generate()
REMOVED = object()


@pytest.fixture(scope="module")
def signed() -> Signed:
    return Signed()


@pytest.fixture(scope="module")
def payload(signed: Signed) -> dict[str, Any]:
    return parse_json_object(parse_jws(signed.answer()["statement"]).payload)


def token(payload: Any, **header: Any) -> str:
    return JwsWriter(KEY, {"typ": TYP, **header}).sign(encode_json(payload))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name in ("iss", "what_if", "lang", "target", "presentations", "holders", "materials", "catalogue", "answer")
        for value in (None, 1, REMOVED)
    ]
    + [
        ("version", 2), ("version", REMOVED), ("iat", None), ("iat", True), ("iat", -1), ("iat", 1e300), ("iat", REMOVED),
        ("expected", []), ("expected", {}), ("expected", {"nonce": 1, "audience": "a"}), ("expected", REMOVED),
        ("evidence", []), ("evidence", REMOVED), ("trust_register", "x"), ("trust_register", REMOVED),
        ("presentations", [1]), ("presentations", [{}]), ("materials", [{}]), ("materials", ["x"]),
        ("materials", [{"kind": "k", "url": "u", "fetched_at": "t", "digest": 1}]),
    ],
)  # fmt: skip
def test_a_member_of_another_form_is_malformed(payload: dict[str, Any], name: str, value: object) -> None:
    changed = {key: one for key, one in {**payload, name: value}.items() if one is not REMOVED}
    with pytest.raises(Malformed):
        parse_statement(token(changed))


def test_another_type_of_token_is_malformed(payload: dict[str, Any]) -> None:
    assert parse_statement(token(payload)).what_if is False
    for typ in ("JWT", "trust-register+jwt", None):
        with pytest.raises(Malformed):
            parse_statement(token(payload, typ=typ))


@pytest.mark.parametrize(
    "change",
    [
        {"lang": "xx"}, {"answer": {}}, {"target": {}}, {"target": {"crebo": 1}}, {"catalogue": {}},
        {"trust_register": {}}, {"answer": {"evidence": {"a": [1, {"b": None}]}}}, {"holders": [1]},
    ],
)  # fmt: skip
def test_whatever_a_statement_says_a_replay_ends_in_an_outcome_or_an_error_of_ours(
    signed: Signed, payload: dict[str, Any], change: dict[str, Any]
) -> None:
    package = Package(statement=parse_statement(token({**payload, **change})), presentations=(), materials=None)
    for given in (package, Package(statement=package.statement, evidence=[])):
        with suppress(PassportError):
            assert replay(given, signed.catalogue).outcome in ("incomplete", "different")


@pytest.mark.parametrize("x5c", [None, [], ["***"], [1], "x", ["AAAA"]])
def test_a_chain_that_cannot_be_read_is_a_broken_signature(signed: Signed, payload: dict[str, Any], x5c: Any) -> None:
    check = check_signer(parse_statement(token(payload, x5c=x5c)), signed.world.register(), at=signed.world.at)
    assert (check.signature, check.code) == (Signature.BROKEN, "x5c_malformed")


def test_a_what_if_stays_one_whatever_one_of_its_two_marks_says(payload: dict[str, Any]) -> None:
    assert parse_statement(token({**payload, "what_if": True})).what_if
    assert parse_statement(token({**payload, "answer": {**payload["answer"], "what_if": True}})).what_if
    assert parse_statement(token({**payload, "answer": {}})).what_if


def test_words_are_not_compared_but_what_they_stand_for_is(signed: Signed) -> None:
    from passport.stacking.replay import parse_package

    found = signed.answer()
    package = parse_package(encode_json(found))
    answer = package.statement.answer
    answer["reasons"].append({"code": "X", "at": "overall", "evidence": [], "basis": "", "text": "…"})
    assert replay(package, load_catalogue(None)).outcome == "different"
    answer["reasons"].pop()
    for step in answer["advice"]["next_steps"]:
        step["text"] = "…"
    assert replay(package, load_catalogue(None)).outcome == "same"
