"""A kerntaak is judged in a pass of its own; it gives what the plain judgement of its rule gives. And the order."""

import random
from dataclasses import replace
from datetime import date

import pytest

from passport.stacking import stack
from passport.stacking.facts import Item
from passport.stacking.judge import empty_kerntaken, judge, judge_kerntaak
from passport.stacking.requirements import Grade, Strength
from passport.stacking.rules import AllOf, Unit
from passport.stacking.supports import Support, rank_of
from tests.unit.stacking.small import catalogue
from tests.unit.stacking.test_oracle import Maker, pytestmark, read  # noqa: F401

BASE = Item(id="i", type="examenresultaat", issuer_kind="school", issuer="school:A", date=date(2026, 2, 1))
GIVEN = [
    (Grade.MET, None),
    (Grade.EXEMPT, None),
    (Grade.CLAIM, Strength.STRONG),
    (Grade.CLAIM, Strength.MEDIUM),
    (Grade.CLAIM, Strength.WEAK),
]


def supports(chance, codes):
    """What some items give for some units, each at most once a unit."""
    found = {}
    for code in codes:
        for key in chance.sample("abcdef", chance.choice([0, 0, 1, 1, 2, 3])):
            item = replace(BASE, id=key, type=chance.choice(["diploma", "examenresultaat"]))
            given = chance.choice(GIVEN[chance.choice([0, 0, 1, 2]) :])
            found.setdefault(code, []).append(Support(item, *given, rank_of(item, *given)))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_a_kerntaak_is_judged_as_its_rule_is(seed):
    chance = random.Random(seed)
    for empty in empty_kerntaken(catalogue(), "10001"):
        rule = empty.node.rule
        given = supports(chance, [one.path for one in rule.of])
        plain = judge(rule, given, {}, sufficient=6)
        own = judge_kerntaak(empty, given) if given else empty
        assert (own.node, dict(own.reasons), dict(own.weights)) == (plain.node, dict(plain.reasons), plain.weights)
        assert list(own.reasons) == list(plain.reasons)


def test_the_reasons_of_a_rule_stand_in_the_order_of_its_parts_then_of_their_codes():
    rule = AllOf(path="all", of=tuple(Unit(path=path, tells_duplicates=True) for path in ("z", "a", "m")))
    claim = (Grade.CLAIM, Strength.WEAK)
    two = [Support(item, *claim, rank_of(item, *claim)) for item in (BASE, replace(BASE, id="j"))]
    found = judge(rule, {"a": two, "z": two, "m": two}, {}, sufficient=6)
    codes = ("DUPLICATE_EVIDENCE", "EXEMPTION_REQUIRED")
    assert list(found.reasons) == [(path, code) for path in ("z", "a", "m") for code in codes]


@pytest.mark.parametrize("seed", range(0, 120, 3))
def test_reasons_stand_in_the_order_of_the_answer(seed, read):  # noqa: F811
    """The whole; units and nodes as the qualification has them; items by id; then by code."""
    data, known = read
    maker = Maker(seed, data)
    target = maker.target()
    answer = stack(catalogue=known, target=target, evidence=maker.evidence(target), lang="nl", what_if=True)
    places = ["overall", *answer["units"], *answer["nodes"], *(f"evidence:{key}" for key in answer["evidence"])]
    found = [(places.index(one["at"]), one["code"]) for one in answer["reasons"]]
    units = len(answer["units"]) + 1
    assert [one for one in found if one[0] >= units] == sorted(one for one in found if one[0] >= units)
    assert [at for at, _ in found if at == 0] == [at for at, _ in found][: sum(at == 0 for at, _ in found)]
    assert len(set(found)) == len(found)
    for one in answer["reasons"]:
        assert one["evidence"] == sorted(set(one["evidence"]))
