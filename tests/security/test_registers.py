"""A trust register with anything at all in it: read, or refused by name; never a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest

from passport.errors import Malformed
from passport.trust.register import RegisterMalformed, parse_register
from tests.ecosystem import Ecosystem

DOCUMENT: list[dict[str, Any]] = [
    {"next_update": "9999-12-31T23:59:59-14:00"},
    {"issued_at": "0001-01-01T00:00:00+14:00"},
    {"next_update": "2026-06-01"},
    {"sequence": 1.5},
    {"sequence": -1},
    {"sequence": True},
    {"version": "1"},
    {"organisations": [[]]},
    {"organisations": {}},
]
ENTRY: list[dict[str, Any]] = [
    {"kind": []},
    {"kind": {}},
    {"kind": "School"},
    {"id": "https://issuer.example/o/sch\u043eol-a"},
    {"id": "https://issuer.example/o/school-a\u200b"},
    {"id": ""},
    {"name": {"nl": 5}},
    {"keys": {"mechanism": []}},
    {"keys": {"mechanism": {}}},
    {"keys": {"mechanism": "x5c", "algorithms": [{}], "anchors": ["x"]}},
    {"keys": {"mechanism": "x5c", "algorithms": [["ES256"]], "anchors": ["x"]}},
    {"keys": {"mechanism": "x5c", "algorithms": ["none"], "anchors": ["x"]}},
    {"keys": {"mechanism": "x5c", "anchors": ["\u00e9"]}},
    {"id": "https://[bad", "keys": {"mechanism": "jwt-vc-issuer"}},
    {"keys": {"mechanism": "did", "did": "did:web:.."}},
    {"keys": {"mechanism": "did", "did": "did:web:127.0.0.1"}},
    {"keys": {"mechanism": "did", "did": "did:key:z"}},
    {"keys": {"mechanism": "jwks", "jwks": [{"jwk": {"kty": [], "crv": {}}}]}},
    {"accreditations": [{"type": "x", "crebo": {}}]},
    {"accreditations": [{"type": "x", "valid_from": "2020-1-1"}]},
]


@pytest.mark.parametrize("change", DOCUMENT, ids=str)
def test_a_document_that_is_wrong_is_refused(world: Ecosystem, change: dict[str, Any]) -> None:
    with pytest.raises(RegisterMalformed):
        parse_register(json.dumps({**world.register_document(), **change}).encode())


@pytest.mark.parametrize("change", ENTRY, ids=str)
def test_an_entry_that_is_wrong_is_refused(world: Ecosystem, change: dict[str, Any]) -> None:
    document = world.register_document()
    document["organisations"][0] |= change
    with pytest.raises(RegisterMalformed):
        parse_register(json.dumps(document).encode())


def test_an_organisation_stands_once(world: Ecosystem) -> None:
    document = world.register_document()
    document["organisations"].append(document["organisations"][0])
    with pytest.raises(RegisterMalformed):
        parse_register(json.dumps(document).encode())


@pytest.mark.parametrize("value", [None, [], {}, "", "\u0000", -1, 10**39, 1e308, True])
@pytest.mark.parametrize("place", ["version", "sequence", "operator", "issued_at", "next_update", "organisations"])
@pytest.mark.parametrize("inner", [False, True])
def test_no_value_anywhere_crashes_the_reading(world: Ecosystem, place: str, value: Any, inner: bool) -> None:
    document = world.register_document()
    if inner:
        names = {"version": "kind", "sequence": "name", "operator": "keys", "issued_at": "accreditations"}
        document["organisations"][0][names.get(place, "identifiers")] = value
    else:
        document[place] = value
    try:
        parse_register(json.dumps(document).encode())
    except Malformed:
        return
