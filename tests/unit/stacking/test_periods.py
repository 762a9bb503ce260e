"""Facts of the catalogue with a period, and equivalences by their kind (docs/decisions/0005)."""

import pytest

from passport.stacking import stack
from passport.stacking.catalogue import CatalogueInvalid, build_catalogue
from tests.unit.stacking.small import FACT, TARGET, codes, documents, exam, item, node, reason, unit


def answer(changed, *evidence, **target):
    return stack(
        catalogue=build_catalogue(documents() | changed),
        target=TARGET | target,
        evidence=list(evidence),
        lang="nl",
        what_if=True,
    )


def table(**more):
    row = {"from": "P1-K1-W1", "naam": "old", "to": "P1-K1-W2", "basis": "decision"}
    one = {"from": "18888", "to": "10001", "naam": "x", "kind": "official", "rows": [row], "confidence": "x", **FACT}
    return {"equivalences.json": {"tables": [one | more]}}


OLD = exam("P1-K1-W1", id="old", crebo="18888")


@pytest.mark.parametrize(
    ("kind", "strength"),
    [({"kind": "official"}, "strong"), ({"kind": "derived"}, "medium")],
    ids=["official", "derived"],
)
def test_the_kind_of_an_equivalence_limits_the_claim(kind, strength):
    found = answer(table(**kind), OLD)
    assert unit(found, "P1-K1-W2") == f"claim {strength}"
    assert reason(found, "VERSION_MISMATCH") == ["old"]


def test_a_decision_of_an_examencommissie_binds_its_own_school_only():
    decided = table(kind="decided", school="school:A")
    assert unit(answer(decided, OLD), "P1-K1-W2") == "claim strong"
    other = answer(decided, OLD, school="school:B")
    assert unit(other, "P1-K1-W2") == "open"
    assert codes(other, "evidence:old") == {"UNKNOWN_QUALIFICATION"}


def test_a_decided_table_names_its_school_and_others_do_not():
    for wrong in ({"kind": "decided"}, {"kind": "official", "school": "school:A"}):
        with pytest.raises(CatalogueInvalid):
            build_catalogue(documents() | table(**wrong))


@pytest.mark.parametrize(
    ("period", "there"),
    [
        ({"valid_from": "2026-06-01"}, True),
        ({"valid_from": "2026-06-02"}, False),
        ({"valid_until": "2026-06-01"}, True),
        ({"valid_until": "2026-05-31"}, False),
    ],
)
def test_an_equivalence_holds_on_the_day_of_the_target(period, there):
    assert (unit(answer(table(**period), OLD), "P1-K1-W2") == "claim strong") is there


def test_the_contents_of_a_certificate_are_those_of_the_day_of_award():
    name = "certificates/C1001.json"
    ended = {name: documents()[name] | {"valid_until": "2026-01-31"}}
    before = answer(ended, item("mbo-certificaat", "c", code="C1001", date="2026-01-31"))
    after = answer(ended, item("mbo-certificaat", "c", code="C1001", date="2026-02-01"))
    assert (unit(before, "B1-K1-W1"), unit(after, "B1-K1-W1")) == ("met", "open")
    assert reason(after, "CERTIFICATE_CONTENTS_UNKNOWN") == ["c"]
    stated = item("mbo-certificaat", "c", code="C1001", date="2026-02-01", units=["10001:B1-K1-W2"])
    assert unit(answer(ended, stated), "B1-K1-W2") == "met"


def test_no_certificate_is_advised_that_can_no_longer_be_had():
    name = "certificates/C1002.json"
    ended = answer({name: documents()[name] | {"valid_until": "2026-05-31"}}, exam("B1-K1"))
    assert answer({}, exam("B1-K1"))["advice"]["smallest_sets"] == [["C1003"]]
    assert ended["advice"]["smallest_sets"] == [["C1003"]]
    only = answer({name: documents()[name] | {"valid_until": "2026-05-31"}}, exam("B1-K1", "P1-K1-W2"))
    assert only["advice"]["smallest_sets"] == [["C1003"]]
    assert answer({}, exam("B1-K1", "P1-K1-W2"))["advice"]["smallest_sets"] == [["C1002"], ["C1003"]]


def test_the_hours_of_a_keuzedeel_are_those_of_the_day_of_its_result():
    rows = [row | {"valid_until": "2026-01-31"} for row in documents()["keuzedelen.json"]["keuzedelen"]]
    changed = {"keuzedelen.json": {"keuzedelen": rows}}
    taken = {"code": "K0001", "sbu": 480, "cijfer": 7}
    assert answer(changed, item("keuzedeel", "k", date="2026-01-31", **taken))["nodes"]["keuzedelen"]["sbu"] == 240
    assert answer(changed, item("keuzedeel", "k", date="2026-02-01", **taken))["nodes"]["keuzedelen"]["sbu"] == 480
    overlapping = {"code": "K0003", "sbu": 480, "cijfer": 7}
    assert node(answer(changed, item("keuzedeel", "k", date="2026-01-31", **overlapping)), "keuzedelen") == "open"
    assert node(answer(changed, item("keuzedeel", "k", date="2026-02-01", **overlapping)), "keuzedelen") == "met"
