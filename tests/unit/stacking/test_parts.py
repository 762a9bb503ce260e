"""Generic parts (R24 to R30), bpv, loopbaan en burgerschap and professional requirement (R41, R42)."""

import pytest

from tests.unit.stacking.small import COMPLETE, ask, codes, item, node, reason


def generic(vak, niveau, cijfer=None, id=None, **fields):
    marks = {"cijfer": cijfer} if cijfer is not None else {}
    return item("generiek", id, vak=vak, niveau=niveau, **marks, **fields)


def nl(cijfer=None, niveau="2F", **fields):
    return generic("nederlands", niveau, cijfer, **fields)


def rek(cijfer=None, niveau="mbo-2", **fields):
    return generic("rekenen", niveau, cijfer, **fields)


def eng(cijfer=None, niveau="A2/B1", **fields):
    return generic("engels", niveau, cijfer, **fields)


def free(vak, **fields):
    return item("vrijstelling", vak=vak, **fields)


# R24


@pytest.mark.parametrize(
    ("crebo", "entry", "enough"),
    [
        ("10001", nl(6, "2F"), True),
        ("10001", nl(6, "3F"), True),
        ("10001", nl(6, "1F"), False),
        ("10001", nl(6, "B1"), False),
        ("10001", nl(6, None), False),
        ("10002", nl(6, "2F"), True),
        ("10004", nl(6, "2F"), False),
        ("10004", nl(6, "3F"), True),
        ("10001", rek(6, "mbo-2"), True),
        ("10001", rek(6, "mbo-4"), True),
        ("10001", rek(6, "mbo-1"), False),
        ("10001", rek(6, "3F"), False),
        ("10002", rek(6, "mbo-2"), False),
        ("10002", rek(6, "mbo-3"), True),
        ("10004", rek(6, "mbo-3"), False),
        ("10004", rek(6, "mbo-4"), True),
        ("10004", eng(6, "A2/B1"), True),
        ("10004", eng(6, "A2"), False),
        ("10004", eng(6, "B1"), True),
        ("10004", eng(6, "B1/B2"), True),
        ("10004", eng(6, "C1"), True),
    ],
)
def test_a_result_counts_at_the_level_asked_or_higher(crebo, entry, enough):
    answer = ask(entry, crebo=crebo)
    assert node(answer, entry["vak"]) == ("met" if enough else "open")
    assert ("GENERIC_LEVEL_TOO_LOW" in codes(answer, entry["vak"])) is not enough


def test_engels_is_asked_at_level_4_only():
    assert "engels" in ask(crebo="10004")["nodes"]
    for crebo in ("10001", "10002", "10005"):
        answer = ask(eng(8), free("engels"), crebo=crebo)
        assert "engels" not in answer["nodes"]
        assert "NOT_IN_QUALIFICATION" in codes(answer, "evidence:e1")
        assert "NOT_IN_QUALIFICATION" in codes(answer, "evidence:e2")
        assert answer["evidence"]["e1"]["weight"] == "informational"
    assert "NOT_IN_QUALIFICATION" not in codes(ask(eng(8), crebo="10004"))


# R25


@pytest.mark.parametrize(
    ("crebo", "marks", "status"),
    [
        ("10001", (5, 6), "met"),
        ("10001", (6, 5), "met"),
        ("10001", (4.5, 5.5), "met"),
        ("10001", (5, 5), "open"),
        ("10001", (5.49, 5.49), "open"),
        ("10001", (10, 4), "open"),
        ("10004", (5, 6, 6), "met"),
        ("10004", (6, 6, 5), "met"),
        ("10004", (5, 5, 10), "open"),
        ("10004", (4, 8, 8), "open"),
    ],
)
def test_the_marks_together(crebo, marks, status):
    level = {"10001": ("2F", "mbo-2"), "10004": ("3F", "mbo-4")}[crebo]
    evidence = [nl(marks[0], level[0]), rek(marks[1], level[1])]
    evidence += [eng(marks[2])] if len(marks) == 3 else []
    answer = ask(*evidence, crebo=crebo)
    assert node(answer, "generiek") == status
    none_open = all(mark >= 4.5 for mark in marks)
    assert ("GENERIC_MARKS" in codes(answer, "generiek")) is (status == "open" and none_open)


# R26


def test_a_part_is_open_for_one_reason():
    assert codes(ask(), "nederlands") == {"GENERIC_MISSING"}
    assert codes(ask(nl(4)), "nederlands") == {"GENERIC_MARKS"}
    assert codes(ask(nl(4), nl(9, "1F")), "nederlands") == {"GENERIC_MARKS"}
    assert codes(ask(nl(9, "1F")), "nederlands") == {"GENERIC_LEVEL_TOO_LOW"}
    assert codes(ask(nl(4, issuer="school:B")), "nederlands") == {"GENERIC_MARKS"}
    assert codes(ask(nl(oordeel="deelgenomen")), "nederlands") == {"GENERIC_MARKS"}
    assert codes(ask(nl(5)), "nederlands") == set()
    assert reason(ask(nl(4)), "GENERIC_MARKS", "nederlands") == ["e1"]


def test_a_result_goes_before_an_exemption_before_a_claim():
    own, exempt, foreign = nl(5), free("nederlands"), nl(9, issuer="school:B")
    assert node(ask(foreign, exempt, own), "nederlands") == "met"
    assert node(ask(foreign, exempt, nl(4)), "nederlands") == "exempt"
    assert node(ask(foreign, nl(4)), "nederlands") == "claim strong"
    assert node(ask(free("nederlands", issuer="school:B")), "nederlands") == "claim medium"
    assert node(ask(nl(4, issuer="school:B")), "nederlands") == "open"


def test_the_reason_of_an_exemption_and_of_a_claim_stand_at_the_part():
    answer = ask(free("nederlands"), free("rekenen", issuer="school:B"))
    assert reason(answer, "EXEMPTION_GRANTED", "nederlands") == ["e1"]
    assert reason(answer, "EXEMPTION_REQUIRED", "rekenen") == ["e2"]
    assert reason(answer, "EXEMPTION_REQUIRED", "generiek") is None
    assert codes(answer, "evidence:e2") == {"EXEMPTION_OTHER_SCHOOL"}


def test_a_result_on_another_crebo_is_a_claim_also_of_the_awarding_school():
    assert node(ask(nl(8, crebo="10002")), "nederlands") == "claim strong"
    assert node(ask(free("nederlands", crebo="10002")), "nederlands") == "claim medium"
    assert node(ask(nl(8, crebo="10001")), "nederlands") == "met"


def test_the_words_of_a_judgement_are_marks():
    assert node(ask(nl(oordeel="voldoende"), rek(oordeel="goed")), "generiek") == "met"
    assert node(ask(nl(oordeel="onvoldoende"), rek(oordeel="goed")), "nederlands") == "open"


# R27


def test_the_highest_mark_of_a_part_counts():
    assert node(ask(nl(5), nl(7), rek(5)), "generiek") == "met"


def test_an_exemption_without_a_mark_is_a_six_and_with_one_is_that():
    assert node(ask(free("nederlands"), rek(5)), "generiek") == "met"
    assert node(ask(free("nederlands", cijfer=5), rek(5)), "generiek") == "open"
    assert node(ask(free("nederlands", cijfer=7), rek(5)), "generiek") == "met"
    assert node(ask(free("nederlands", cijfer=4), rek(9)), "generiek") == "open"
    assert node(ask(free("nederlands", cijfer=4), rek(9)), "nederlands") == "exempt"
    assert node(ask(nl(5), free("nederlands"), rek(5)), "generiek") == "met"
    both = ask(free("nederlands"), free("rekenen"))
    assert node(both, "generiek") == "exempt"
    assert node(ask(free("nederlands"), rek(6)), "generiek") == "met"


def test_claims_make_the_node_a_claim_with_the_weakest_of_the_strongest():
    strong, medium = rek(6, issuer="school:B"), free("nederlands", issuer="school:B")
    assert node(ask(nl(5), strong), "generiek") == "claim strong"
    assert node(ask(medium, strong), "generiek") == "claim medium"
    assert node(ask(medium, nl(6, issuer="school:B"), strong), "generiek") == "claim strong"
    answer = ask(nl(5), rek(5, issuer="school:B"))
    assert (node(answer, "generiek"), codes(answer, "generiek")) == ("open", {"GENERIC_MARKS"})


def test_marks_of_claims_count_only_toward_a_claim():
    answer = ask(nl(5), nl(8, issuer="school:B"), rek(5))
    assert node(answer, "nederlands") == "met"
    assert node(answer, "generiek") == "claim strong"


def test_an_open_part_leaves_the_node_open_without_a_reason_of_its_own():
    assert codes(ask(nl(9)), "generiek") == set()


# R28


@pytest.mark.parametrize("cohort", ["2021-2022", "2016-2017"])
def test_before_2022_rekenen_is_taken_and_its_mark_does_not_decide(cohort):
    answer = ask(nl(5), rek(1, "1F"), cohort=cohort)
    assert (node(answer, "rekenen"), node(answer, "generiek")) == ("met", "met")
    assert reason(answer, "COHORT_RULE_REKENEN_NOT_DECISIVE", "rekenen") == ["e2"]
    assert node(ask(nl(9), cohort=cohort), "generiek") == "open"
    assert "COHORT_RULE_REKENEN_NOT_DECISIVE" not in codes(ask(nl(9), cohort=cohort))
    assert node(ask(nl(4), rek(9), cohort=cohort), "generiek") == "open"
    assert node(ask(nl(5), rek(None, None, oordeel="deelgenomen"), cohort=cohort), "generiek") == "met"


def test_from_2022_rekenen_decides():
    answer = ask(nl(5), rek(1), cohort="2022-2023")
    assert node(answer, "generiek") == "open"
    assert "COHORT_RULE_REKENEN_NOT_DECISIVE" not in codes(answer)


@pytest.mark.parametrize(("marks", "status"), [((5, 6), "met"), ((6, 5), "met"), ((5, 5), "open"), ((4, 9), "open")])
def test_before_2022_level_4_asks_a_five_and_a_six_of_nederlands_and_engels(marks, status):
    answer = ask(nl(marks[0], "3F"), eng(marks[1]), rek(10, "mbo-4"), crebo="10004", cohort="2021-2022")
    assert node(answer, "generiek") == status


def test_before_2022_rekenen_of_another_school_is_a_claim():
    answer = ask(nl(6), rek(3, issuer="school:B"), cohort="2021-2022")
    assert (node(answer, "rekenen"), node(answer, "generiek")) == ("claim strong", "claim strong")


# R29


def test_level_1_asks_that_both_are_taken():
    answer = ask(nl(1, None), rek(None, None, oordeel="deelgenomen"), crebo="10005")
    assert [node(answer, path) for path in ("nederlands", "rekenen", "generiek")] == ["met", "met", "met"]
    assert reason(answer, "COHORT_RULE_ENTREE_TAKEN_ONLY", "generiek") is not None
    nothing = ask(crebo="10005")
    assert "COHORT_RULE_ENTREE_TAKEN_ONLY" not in codes(nothing)
    assert codes(nothing, "nederlands") == {"GENERIC_MISSING"}
    foreign = ask(nl(1, issuer="school:B"), rek(1), crebo="10005")
    assert (node(foreign, "nederlands"), node(foreign, "generiek")) == ("claim strong", "claim strong")
    assert "COHORT_RULE_ENTREE_TAKEN_ONLY" not in codes(ask(*COMPLETE))


# R30


@pytest.mark.parametrize(("day", "cohort"), [("2022-07-31", "2021-2022"), ("2022-08-01", "2022-2023")])
def test_without_cohort_it_is_the_study_year_of_the_target_date(day, cohort):
    answer = ask(nl(6, date="2022-01-01"), rek(1, date="2022-01-01"), cohort="absent", date=day)
    assert answer["target"]["cohort"] == cohort
    assert (node(answer, "generiek") == "met") is (cohort == "2021-2022")


def test_the_first_four_digits_are_the_starting_year():
    assert "COHORT_RULE_REKENEN_NOT_DECISIVE" in codes(ask(rek(6), cohort="2021"))


# R41


@pytest.mark.parametrize(("path", "missing"), [("bpv", "BPV_MISSING"), ("loopbaan_burgerschap", "LB_MISSING")])
def test_bpv_and_loopbaan_en_burgerschap(path, missing):
    def answer(kind=path, **fields):
        return ask(item(kind, **fields))

    assert codes(ask(), path) == {missing}
    for oordeel in ("voldoende", "voldaan", "goed"):
        assert node(answer(oordeel=oordeel), path) == "met"
        assert missing not in codes(answer(oordeel=oordeel))
    for oordeel in ("onvoldoende", "niet voldaan", "deelgenomen"):
        insufficient = answer(oordeel=oordeel)
        assert codes(insufficient, path) == {missing}
        assert codes(insufficient, "evidence:e1") == {"RESULT_INSUFFICIENT"}
    assert node(answer(oordeel="voldoende", issuer="school:B"), path) == "claim strong"
    assert node(answer(oordeel="voldoende", crebo="10002"), path) == "claim strong"
    assert codes(answer(oordeel="voldoende", issuer="school:B"), path) == {"EXEMPTION_REQUIRED"}
    assert node(answer("vrijstelling", node=path), path) == "exempt"
    assert codes(answer("vrijstelling", node=path), path) == {"EXEMPTION_GRANTED"}
    assert node(answer("vrijstelling", node=path, issuer="school:B"), path) == "claim medium"
    assert node(answer("vrijstelling", node=path, crebo="10002"), path) == "claim medium"


# R42


def test_the_professional_requirement_is_the_targets_then_the_catalogues():
    assert node(ask(), "beroepsvereisten") == "not_applicable"
    assert codes(ask(), "beroepsvereisten") == {"BEROEPSVEREISTE_UNKNOWN"}
    assert codes(ask(beroepsvereisten=None), "beroepsvereisten") == set()
    assert node(ask(beroepsvereisten=None), "beroepsvereisten") == "not_applicable"
    assert codes(ask(beroepsvereisten="VWS"), "beroepsvereisten") == {"BEROEPSVEREISTE_MISSING"}
    assert node(ask(crebo="10007"), "beroepsvereisten") == "open"
    assert node(ask(crebo="10007", beroepsvereisten=None), "beroepsvereisten") == "not_applicable"
    assert (node(ask(crebo="10008"), "beroepsvereisten"), codes(ask(crebo="10008"), "beroepsvereisten")) == (
        "not_applicable",
        set(),
    )


def test_the_professional_requirement_is_met_by_its_name():
    def answer(naam="vws", oordeel="voldaan", **fields):
        return ask(item("beroepsvereiste", naam=naam, oordeel=oordeel, **fields), beroepsvereisten="VWS")

    assert node(answer(), "beroepsvereisten") == "met"
    assert node(answer(issuer="school:B"), "beroepsvereisten") == "claim strong"
    assert node(answer(crebo="10002"), "beroepsvereisten") == "claim strong"
    assert codes(answer(issuer="school:B"), "beroepsvereisten") == {"EXEMPTION_REQUIRED"}
    assert node(answer(naam="other"), "beroepsvereisten") == "open"
    assert codes(answer(naam="other"), "evidence:e1") == {"NOT_IN_QUALIFICATION"}
    for oordeel in ("niet voldaan", "deelgenomen", "goed"):
        assert node(answer(oordeel=oordeel), "beroepsvereisten") == "open"
    assert codes(answer(oordeel="niet voldaan"), "evidence:e1") == {"RESULT_INSUFFICIENT"}
