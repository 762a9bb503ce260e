"""What an SD-JWT made with a type's frame and decoys lets be seen, hidden and counted."""

from __future__ import annotations

from typing import Any

import pytest

from passport.credentials.examples import example_claims, split_claims
from passport.credentials.types import TYPES
from passport.jose.jws import JwsWriter
from passport.jose.keys import PrivateKey
from passport.jose.sd_jwt import (
    ProcessedClaims,
    UnverifiedSdJwt,
    create_sd_jwt,
    parse_sd_jwt,
    process_disclosures,
    select_disclosures,
)

ALL = sorted(TYPES)
WRITER = JwsWriter(PrivateKey.generate(), {"typ": "dc+sd-jwt"})


def issued(name: str, claims: dict[str, Any] | None = None) -> UnverifiedSdJwt:
    ctype = TYPES[name]
    return parse_sd_jwt(
        create_sd_jwt(claims or example_claims(name), frame=ctype.frame, writer=WRITER, decoys=ctype.decoys)
    )


def processed(sd: UnverifiedSdJwt) -> ProcessedClaims:
    return process_disclosures(sd.payload, sd.disclosures)


@pytest.mark.parametrize("name", ALL)
def test_exactly_the_disclosable_claims_of_the_example_become_disclosures(name: str) -> None:
    claims = example_claims(name)
    shown, hidden = split_claims(TYPES[name], claims)
    everything = processed(issued(name))
    assert everything.claims == claims
    assert set(everything.disclosed) == set(hidden)
    assert TYPES[name].disclosure_problems(everything.claims, everything.disclosed) == []
    sd = issued(name)
    nothing = process_disclosures(sd.payload, ())
    assert nothing.claims == shown
    assert TYPES[name].disclosed_problems(nothing.claims) == []


@pytest.mark.parametrize("name", ALL)
def test_default_for_an_employer_can_be_presented_and_is_valid_and_names_nobody(name: str) -> None:
    ctype, sd = TYPES[name], issued(name)
    wanted = ctype.default_disclosure(example_claims(name))
    part = processed(parse_sd_jwt(select_disclosures(sd, wanted)))
    assert set(part.disclosed) == set(wanted)
    assert ctype.disclosed_problems(part.claims) == []
    assert not {"given_name", "family_name", "birthdate", "document_number"} & set(part.claims)


@pytest.mark.parametrize(
    ("name", "optional"), [("mbo-certificaat", "cijfer"), ("vrijstelling", "grond"), ("diploma", "evidence")]
)
def test_number_of_digests_does_not_tell_whether_an_optional_claim_is_there(name: str, optional: str) -> None:
    claims = example_claims(name)
    without = {key: value for key, value in claims.items() if key != optional}
    assert len(issued(name, claims).payload["_sd"]) == len(issued(name, without).payload["_sd"])


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("mbo-certificaat", "units"),
        ("praktijkverklaring", "units"),
        ("ervaringscertificaat", "units"),
        ("vrijstelling", "onderdelen"),
        ("mbo-verklaring", "resultaten"),
        ("diploma", "resultaten"),
    ],
)
def test_number_of_elements_is_hidden_in_multiples_of_eight(name: str, array: str) -> None:
    claims = example_claims(name)
    assert len(issued(name, claims).payload[array]) == 8
    claims[array] = claims[array][:1]
    assert len(issued(name, claims).payload[array]) == 8
    assert array in TYPES[name].decoys.arrays


@pytest.mark.parametrize("name", ALL)
def test_frame_and_decoys_are_made_once(name: str) -> None:
    assert TYPES[name].frame is TYPES[name].frame
    assert TYPES[name].decoys is TYPES[name].decoys
