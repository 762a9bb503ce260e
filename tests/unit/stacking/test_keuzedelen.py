"""Keuzedelen: R31 to R36."""

import pytest

from tests.unit.stacking.small import ask, codes, item, node, reason


def kd(code, cijfer=None, id=None, sbu=240, **fields):
    marks = {"cijfer": cijfer} if cijfer is not None else {}
    hours = {"sbu": sbu} if sbu is not None else {}
    return item("keuzedeel", id, code=code, **hours, **marks, **fields)


def free(code, id=None, sbu=240, **fields):
    return item("vrijstelling", id, keuzedeel=code, **({"sbu": sbu} if sbu is not None else {}), **fields)


def keuzedelen(*evidence, **target):
    answer = ask(*evidence, **target)
    return answer, answer["nodes"]["keuzedelen"]


WRONG = {"KEUZEDEEL_SBU_SHORT", "KEUZEDEEL_MEAN", "KEUZEDEEL_HALF", "KEUZEDEEL_MIN4"}

# R31


@pytest.mark.parametrize("code", ["K0001", "k0001", "25604K0001", " 25604k0001 "])
def test_a_code_is_compared_in_capitals_without_a_printed_crebo(code):
    answer, found = keuzedelen(kd(code, 7, sbu=999), kd("K0001", 7))
    assert found["sbu"] == 240
    assert reason(answer, "DUPLICATE_EVIDENCE", "keuzedelen") == ["e1", "e2"]


def test_the_hours_are_the_catalogues_then_the_items_then_none():
    assert keuzedelen(kd("K0001", 7, sbu=720))[1]["sbu"] == 240
    assert keuzedelen(kd("K0002", 7, sbu=720))[1]["sbu"] == 720
    answer, found = keuzedelen(kd("K0002", 7, sbu=None), free("KX1", sbu=None), kd("KX2", 7))
    assert found["sbu"] == 240
    assert codes(answer, "evidence:e1") == codes(answer, "evidence:e2") == {"KEUZEDEEL_SBU_UNKNOWN"}
    assert codes(answer, "evidence:e3") == set()


@pytest.mark.parametrize(
    ("evidence", "used"),
    [
        ([kd("KX1", 6, "a"), free("KX1", "b", cijfer=9)], "a"),
        ([kd("KX1", 5, "a"), free("KX1", "b")], "b"),
        ([kd("KX1", 5, "a"), kd("KX1", 9, "b", issuer="school:B")], "a"),
        ([kd("KX1", 6, "a"), kd("KX1", 8, "b")], "b"),
        ([kd("KX1", 6, "a"), kd("KX1", 6.4, "b", date="2026-03-01")], "b"),
        ([kd("KX1", 6, "b"), kd("KX1", 6, "a")], "a"),
        ([free("KX1", "a"), free("KX1", "b", cijfer=6)], "b"),
    ],
)
def test_a_code_counts_once_and_the_best_item_of_it(evidence, used):
    answer, found = keuzedelen(*evidence)
    assert found["used"] == [used]
    assert found["sbu"] == 240
    assert reason(answer, "DUPLICATE_EVIDENCE", "keuzedelen") == ["a", "b"]


def test_different_codes_are_no_duplicates():
    assert "DUPLICATE_EVIDENCE" not in codes(ask(kd("KX1", 6), kd("KX2", 6)))


def test_a_result_without_a_mark_is_not_counted():
    answer, found = keuzedelen(kd("KX1", oordeel="deelgenomen"))
    assert (found["status"], found["sbu"]) == ("open", 0)
    assert codes(answer, "evidence:e1") == {"RESULT_INSUFFICIENT"}
    assert answer["evidence"]["e1"]["weight"] == "informational"


def test_an_insufficient_result_counts_with_its_hours():
    answer, found = keuzedelen(kd("KX1", 5))
    assert (found["status"], found["sbu"], found["mean"]) == ("partial", 240, 5)
    assert "RESULT_INSUFFICIENT" not in codes(answer)
    assert answer["evidence"]["e1"]["weight"] == "result"


# R32


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"overlap": ["10002", "10001"]}, "KEUZEDEEL_OVERLAP"), ({"verplichting": False}, "KEUZEDEEL_EXCLUDED_FROM_MEAN")],
)
@pytest.mark.parametrize("make", [lambda **fields: kd("KX1", 9, **fields), lambda **fields: free("KX1", **fields)])
def test_what_falls_out_counts_neither_hours_nor_mark(make, fields, code):
    answer, found = keuzedelen(make(**fields), kd("KX2", 6))
    assert (found["sbu"], found["mean"]) == (240, 6)
    assert reason(answer, code, "keuzedelen") == ["e1"]
    assert answer["evidence"]["e1"]["weight"] == "informational"
    assert code not in codes(ask(kd("KX1", 9, overlap=["10002"], verplichting=True)))


def test_the_catalogue_may_know_of_an_overlap_itself():
    assert reason(ask(kd("K0003", 8)), "KEUZEDEEL_OVERLAP", "keuzedelen") == ["e1"]


def test_a_keuzedeel_above_the_hours_asked_still_counts_in_the_mean():
    """A bad keuzedeel inside the obligation: adding valid evidence may make the node worse (EKB 17)."""
    good = [kd("KX1", 6), kd("KX2", 6)]
    assert keuzedelen(*good)[1]["status"] == "met"
    answer, found = keuzedelen(*good, kd("KX3", 3))
    assert (found["status"], found["sbu"], found["mean"]) == ("partial", 720, 5)
    assert {"KEUZEDEEL_MEAN", "KEUZEDEEL_MIN4"} <= codes(answer, "keuzedelen")


# R33


@pytest.mark.parametrize(("crebo", "hours"), [("10005", 240), ("10001", 480), ("10002", 720), ("10004", 720)])
def test_the_hours_asked_by_level(crebo, hours):
    answer, found = keuzedelen(kd("KX1", 6, sbu=hours - 1), crebo=crebo)
    assert (found["sbu_required"], found["status"]) == (hours, "partial")
    assert reason(answer, "KEUZEDEEL_SBU_SHORT", "keuzedelen") == ["e1"]
    answer, found = keuzedelen(kd("KX1", 6, sbu=hours), crebo=crebo)
    assert (found["status"], codes(answer, "keuzedelen")) == ("met", set())


# R34


@pytest.mark.parametrize(
    ("marks", "wrong", "mean"),
    [
        ((5, 6), set(), 5.5),
        ((5, 5), {"KEUZEDEEL_MEAN", "KEUZEDEEL_HALF"}, 5),
        ((5.5, 5.4), set(), 5.5),
        ((4, 5, 6, 6), {"KEUZEDEEL_MEAN"}, 5.25),
        ((5, 5, 9), {"KEUZEDEEL_HALF"}, 6.33),
        ((3, 9), {"KEUZEDEEL_MIN4"}, 6),
        ((3.5, 9), set(), 6.5),
        ((6, 6, 5, 5, 5, 6, 6, 6), set(), 5.63),
    ],
)
def test_the_marks_are_judged_when_the_hours_are_complete(marks, wrong, mean):
    answer, found = keuzedelen(*(kd(f"KX{at}", mark) for at, mark in enumerate(marks)))
    assert codes(answer, "keuzedelen") & WRONG == wrong
    assert found["mean"] == mean
    assert found["status"] == ("partial" if wrong else "met")


def test_marks_are_not_judged_before_the_hours_are_complete():
    answer, found = keuzedelen(kd("KX1", 1))
    assert codes(answer, "keuzedelen") == {"KEUZEDEEL_SBU_SHORT"}
    assert found["mean"] == 1


def test_an_exemption_without_a_mark_is_left_out_of_the_marks():
    answer, found = keuzedelen(free("KX1"), kd("KX2", 6))
    assert (found["status"], found["sbu"], found["mean"]) == ("met", 480, 6)
    assert reason(answer, "KEUZEDEEL_EXCLUDED_FROM_MEAN", "keuzedelen") == ["e1"]
    marked, found = keuzedelen(free("KX1", cijfer=4), kd("KX2", 6))
    assert "KEUZEDEEL_EXCLUDED_FROM_MEAN" not in codes(marked)
    assert (found["status"], found["mean"]) == ("partial", 5)


# R35


def test_all_exemptions_are_exempt():
    answer, found = keuzedelen(free("KX1"), free("KX2"))
    assert (found["status"], found["mean"]) == ("exempt", None)
    assert reason(answer, "EXEMPTION_GRANTED", "keuzedelen") == ["e1", "e2"]
    mixed = ask(free("KX1"), kd("KX2", 6))
    assert node(mixed, "keuzedelen") == "met"
    assert reason(mixed, "EXEMPTION_GRANTED", "keuzedelen") == ["e1"]
    assert "EXEMPTION_GRANTED" not in codes(ask(kd("KX2", 6)))


def test_claims_that_make_it_right_make_a_claim():
    strong, medium = kd("KX2", 6, issuer="school:B"), free("KX3", issuer="school:B")
    answer, found = keuzedelen(kd("KX1", 6), strong)
    assert (found["status"], found["strength"], found["sbu"], found["mean"]) == ("claim", "strong", 240, 6)
    assert reason(answer, "EXEMPTION_REQUIRED", "keuzedelen") == ["e2"]
    assert "KEUZEDEEL_SBU_SHORT" in codes(answer, "keuzedelen")
    assert node(ask(strong, medium), "keuzedelen") == "claim medium"
    assert codes(ask(strong, medium), "evidence:e2") == {"EXEMPTION_OTHER_SCHOOL"}


def test_claims_that_do_not_make_it_right_leave_it_partial_or_open():
    low = kd("KX2", 3, issuer="school:B")
    assert node(ask(kd("KX1", 6), low), "keuzedelen") == "partial"
    alone = ask(kd("KX2", 8, issuer="school:B"))
    assert node(alone, "keuzedelen") == "open"
    assert reason(alone, "EXEMPTION_REQUIRED", "keuzedelen") == ["e1"]
    assert alone["nodes"]["keuzedelen"]["sbu"] == 0


def test_a_claim_may_repair_the_marks():
    answer, found = keuzedelen(
        kd("KX1", 5), kd("KX2", 5), kd("KX3", 9, issuer="school:B"), kd("KX4", 9, issuer="school:B")
    )
    assert (found["status"], found["mean"]) == ("claim", 5)
    assert "KEUZEDEEL_MEAN" in codes(answer, "keuzedelen")


def test_a_claim_beside_enough_results_needs_no_decision_but_is_named():
    answer = ask(kd("KX1", 6), kd("KX2", 6), kd("KX3", 6, issuer="school:B"))
    assert node(answer, "keuzedelen") == "met"
    assert reason(answer, "EXEMPTION_REQUIRED", "keuzedelen") == ["e3"]
    duplicate = ask(kd("KX1", 6), kd("KX2", 6), kd("KX1", 6, issuer="school:B"))
    assert "EXEMPTION_REQUIRED" not in codes(duplicate, "keuzedelen")


def test_another_crebo_is_a_claim_also_of_the_awarding_school():
    assert node(ask(kd("KX1", 6, sbu=480, crebo="10002")), "keuzedelen") == "claim strong"
    assert node(ask(free("KX1", sbu=480, crebo="10002")), "keuzedelen") == "claim medium"


# R36


def test_before_cohort_2020_there_is_no_lowest_mark():
    answer, found = keuzedelen(kd("KX1", 1), kd("KX2", 1), cohort="2019-2020")
    assert (found["status"], found["mean"]) == ("met", 1)
    assert codes(answer, "keuzedelen") == {"COHORT_RULE_KEUZEDEEL_NO_MINIMUM"}
    short = ask(kd("KX1", 1), cohort="2019-2020")
    assert "COHORT_RULE_KEUZEDEEL_NO_MINIMUM" not in codes(short)
    later = ask(kd("KX1", 1), kd("KX2", 1), cohort="2020-2021")
    assert WRONG & codes(later)
    assert "COHORT_RULE_KEUZEDEEL_NO_MINIMUM" not in codes(later)
