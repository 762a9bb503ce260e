"""What must hold for every evidence, not only for the worked cases."""

import json
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from passport.stacking import stack
from passport.stacking.advise import minimum_covers
from passport.stacking.what_if import FORMS
from tests.unit.stacking.small import TARGET, ask, catalogue

FEW = settings(max_examples=80, deadline=None)
CREBOS = ["10001", "10001", "10001", "10002", "10003", "10000", "18888", "19999"]
CODES = ["B1-K1", "P1-K1", "B1-K1-W1", "B1-K1-W2", "P1-K1-W1", "P1-K1-W2", "P9-K9-W9", "nonsense"]
MAPPINGS = [
    {"from": "10003:P1-K1", "to": "10001:P1-K1-W1", "basis": "official"},
    {"from": "17777:B1-K1-W1", "to": "10001:B1-K1-W2", "basis": "name"},
]
RANK = ["open", "claim weak", "claim medium", "claim strong", "exempt", "met"]

schools = st.sampled_from(["school:A", "school:A", "school:B"])
units = st.lists(st.builds("{}:{}".format, st.sampled_from(CREBOS), st.sampled_from(CODES)), max_size=4)
marks = st.one_of(
    st.builds(lambda mark: {"cijfer": mark}, st.one_of(st.integers(1, 10), st.sampled_from([5.5, 5.49, 7.5]))),
    st.builds(lambda word: {"oordeel": word}, st.sampled_from(["voldoende", "onvoldoende", "goed", "deelgenomen"])),
)
dates = st.sampled_from(["2018-03-01", "2025-06-01", "2026-01-01", "2026-06-01", "2026-07-01"])
crebo = st.one_of(st.just({}), st.builds(lambda value: {"crebo": value}, st.sampled_from(["10001", "10002"])))


def entry(kind, issuer, *parts, **fields):
    made = st.fixed_dictionaries({"type": st.just(kind), "issuer": issuer, "date": dates, **fields})
    for part in parts:
        made = st.builds(lambda one, two: one | two, made, part)
    return made


KEUZEDEEL = {"sbu": st.sampled_from([120, 240, 480]), "verplichting": st.sampled_from([True, True, False])}
by_units = st.one_of(
    entry("examenresultaat", schools, marks, units=units),
    entry("mbo-certificaat", schools, code=st.sampled_from(["C1001", "C1002", "C1004", "C9999"]), units=units),
    entry("diploma", schools, crebo=st.sampled_from(CREBOS)),
    entry("vrijstelling", schools, units=units),
    entry("ervaringscertificaat", st.just("evc-aanbieder:P"), standaard=st.just("crebo:10001"), units=units),
    entry("praktijkverklaring", schools, cosigned=st.just("leerbedrijf:L"), units=units),
)
parts = st.one_of(
    entry(
        "generiek",
        schools,
        marks,
        crebo,
        vak=st.sampled_from(["nederlands", "rekenen", "engels"]),
        niveau=st.sampled_from(["1F", "2F", "3F", "mbo-1", "mbo-2", "mbo-3", "B1"]),
    ),
    entry("bpv", schools, crebo, oordeel=st.sampled_from(["voldoende", "onvoldoende"])),
    entry("loopbaan_burgerschap", schools, crebo, oordeel=st.sampled_from(["voldaan", "niet voldaan"])),
    entry("keuzedeel", schools, marks, crebo, code=st.sampled_from(["KX1", "KX2", "K0001", "K0003"]), **KEUZEDEEL),
    entry("vrijstelling", schools, crebo, keuzedeel=st.sampled_from(["KX1", "KX3"]), **KEUZEDEEL),
    entry("vrijstelling", schools, crebo, vak=st.sampled_from(["nederlands", "rekenen"])),
    entry("beroepsvereiste", schools, crebo, naam=st.just("VWS"), oordeel=st.sampled_from(["voldaan", "niet voldaan"])),
    entry("branchecertificaat", st.just("brancheorganisatie:X")),
)


def named(items):
    return [one | {"id": f"i{at:02}"} for at, one in enumerate(items)]


evidence = st.lists(st.one_of(by_units, parts), max_size=9).map(named)
targets = st.sampled_from(
    [
        {},
        {"mappings": MAPPINGS},
        {"crebo": "10002", "beroepsvereisten": "VWS"},
        {"crebo": "10004", "cohort": "2021-2022"},
        {"crebo": "10005", "cohort": "2019-2020"},
        {"school": "absent"},
    ]
)


def level(found):
    return RANK.index(found["status"] if found["strength"] is None else f"{found['status']} {found['strength']}")


@FEW
@given(st.data(), evidence, targets)
def test_the_order_of_evidence_changes_no_byte(data, items, target):
    shuffled = data.draw(st.permutations(items))
    assert json.dumps(ask(*items, **target)) == json.dumps(ask(*shuffled, **target))


@FEW
@given(evidence, by_units, targets)
def test_more_evidence_never_lowers_a_unit(items, more, target):
    before, after = ask(*items, **target), ask(*items, more | {"id": "more"}, **target)
    for code, unit in before["units"].items():
        assert level(after["units"][code]) >= level(unit)


@FEW
@given(evidence, st.one_of(by_units, parts), targets, st.sampled_from(["revoked", "suspended", "unknown"]))
def test_a_revoked_item_is_as_if_it_were_never_there(items, one, target, status):
    without = ask(*items, **target)
    revoked = ask(*items, one | {"id": "gone", "status": status}, **target)
    assert revoked["evidence"].pop("gone")["accepted"] is False
    revoked["reasons"] = [reason for reason in revoked["reasons"] if reason["at"] != "evidence:gone"]
    if status == "unknown":  # only what to do next differs: first look again
        without["advice"].pop("next_steps")
        revoked["advice"].pop("next_steps")
    assert revoked == without


@FEW
@given(evidence, targets)
def test_nothing_is_met_without_a_decision_of_the_awarding_school(items, target):
    answer = ask(*(one | {"issuer": one["issuer"].replace("school:A", "school:C")} for one in items), **target)
    found = [*answer["units"].values(), *answer["nodes"].values()]
    assert {one["status"] for one in found} <= {"open", "partial", "claim", "not_applicable"}
    assert answer["overall"] == "incomplete"


@FEW
@given(evidence, targets)
def test_ready_means_that_every_unit_and_node_is_done(items, target):
    answer = ask(*items, **target)
    found = [*answer["units"].values(), *answer["nodes"].values()]
    done = {one["status"] for one in found} <= {"met", "exempt", "not_applicable"}
    assert (answer["overall"] == "ready_for_examencommissie") is done
    for one in found:
        assert (one["strength"] is not None) is (one["status"] == "claim")
    for one in answer["evidence"].values():
        assert one["accepted"] or one["weight"] == "informational"


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)
FIELDS = ["issuer", "date", "units", "cijfer", "oordeel", "code", "crebo", "period", "standaard", "overlap", "holder"]


@FEW
@given(
    st.lists(
        st.one_of(
            json_values,
            st.builds(
                lambda kind, fields: {"type": kind} | fields,
                st.sampled_from(list(FORMS)),
                st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=6),
            ),
        ).filter(lambda value: not (isinstance(value, dict) and "id" in value)),
        max_size=5,
    )
)
def test_no_evidence_whatever_makes_it_fail(items):
    answer = stack(catalogue=catalogue(), target=TARGET, evidence=items, lang="nl", what_if=True)
    assert len(answer["evidence"]) == len(items)


@FEW
@given(st.lists(st.integers(0, 255), max_size=9), st.integers(0, 255))
def test_the_smallest_covers_are_all_of_them_and_no_others(masks, wanted):
    reachable = 0
    for mask in masks:
        reachable |= mask & wanted
    expected = []
    for size in range(1, len(masks) + 1):
        for chosen in combinations(range(len(masks)), size):
            covered = 0
            for index in chosen:
                covered |= masks[index]
            if covered & reachable == reachable:
                expected.append(chosen)
        if expected:
            break
    assert minimum_covers(wanted, masks) == (expected if reachable else [])
