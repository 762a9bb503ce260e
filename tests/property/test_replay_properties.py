"""Repeating any statement gives the same answer: with its bundle, whatever was presented and whatever was found."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passport.stacking.replay import parse_package, replay, with_inputs
from passport.stacking.statement import Signature, check_signer
from tests.ecosystem import INVALID, SUSPENDED, VALID, Issued
from tests.statements import Signed

FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def world() -> tuple[Signed, tuple[Issued, ...]]:
    """One world and what its holder has: also of another issuer, of another person, and without a status."""
    signed = Signed()
    school, holder = signed.world.school, signed.holder
    held = (
        signed.dossier(),
        school.issue(holder=holder, document_number="P-1"),
        school.issue("vrijstelling", holder=holder, document_number="P-2"),
        school.issue("praktijkverklaring", holder=holder, document_number="P-3"),
        signed.world.evc.issue("ervaringscertificaat", holder=holder, document_number="P-4"),
        school.issue(holder=holder, document_number="P-5", birthdate="1999-09-09"),
        school.issue(holder=holder, document_number="P-6", with_status=False),
    )
    return signed, held


@given(data=st.data())
@FEW
def test_repeating_what_was_presented_gives_the_same_answer(data: st.DataObject) -> None:
    signed, all_held = world()
    held = data.draw(st.lists(st.sampled_from(all_held), max_size=6))
    for one in held:
        signed.world.school.set_status(one, data.draw(st.sampled_from([VALID, VALID, INVALID, SUSPENDED])))
    down = data.draw(st.booleans()) and data.draw(st.booleans())
    signed.world.down = {signed.world.school.status_uri} if down else set()
    target = signed.target(
        crebo=data.draw(st.sampled_from(["25960", "25656", "25655", "99999"])), niveau=2,
        cohort=data.draw(st.sampled_from(["2025-2026", "2019-2020"])),
    )  # fmt: skip
    found = signed.answer(held, expected=data.draw(st.booleans()), target=target)
    package = parse_package(json.dumps(found).encode())
    done = replay(package, signed.catalogue)
    assert (done.outcome, done.differences) == ("same", ())
    assert done.answer == package.statement.answer
    assert check_signer(package.statement, signed.world.register(), at=signed.world.at).signature is Signature.HOLDS
    shown = data.draw(st.permutations(found["bundle"]["presentations"]))
    assert replay(with_inputs(package, json.dumps(shown).encode()), signed.catalogue).outcome == "same"


FACT = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["mbo-certificaat", "examenresultaat", "keuzedeel", "generiek", "onzin", "diploma"]),
        "issuer": st.sampled_from(["school:A", "school:B", 5]),
        "date": st.sampled_from(["2026-02-01", "2019-01-01", "ooit"]),
    },
    optional={
        "code": st.sampled_from(["C0164", "C0160", "K0219"]),
        "units": st.lists(st.sampled_from(["25960:P2-K1-W1", "25960:B1-K1", "x"]), max_size=3),
        "cijfer": st.one_of(st.integers(0, 11), st.floats(0, 11)),
        "sbu": st.integers(0, 500),
    },
)


@given(facts=st.lists(FACT, max_size=6))
@FEW
def test_repeating_a_what_if_gives_the_same_answer(facts: list[Any]) -> None:
    signed, _ = world()
    found = signed.answer(evidence=facts)
    package = parse_package(json.dumps(found).encode())
    done = replay(package, signed.catalogue)
    assert (done.outcome, done.differences) == ("same", ())
    alone = parse_package(found["statement"].encode())
    assert replay(with_inputs(alone, json.dumps({"evidence": facts}).encode()), signed.catalogue).outcome == "same"


@given(data=st.data())
@FEW
def test_any_flipped_bit_of_a_presentation_is_a_difference(data: st.DataObject) -> None:
    signed, all_held = world()
    signed.world.down = set()
    found = signed.answer(list(all_held[:2]))
    shown = list(found["bundle"]["presentations"])
    place = data.draw(st.integers(0, len(shown[0]) - 1))
    letter = "A" if shown[0][place] != "A" else "B"
    shown[0] = shown[0][:place] + letter + shown[0][place + 1 :]
    package = with_inputs(parse_package(json.dumps(found).encode()), json.dumps(shown).encode())
    assert replay(package, signed.catalogue).outcome == "different"
