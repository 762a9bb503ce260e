"""Small things that decide at an edge: what a target may hold, what a hidden claim does, the ids of a reason."""

from dataclasses import replace
from datetime import date

import pytest

from passport.stacking import stack
from passport.stacking.acceptance import add_years
from passport.stacking.facts import Facts, Item, TargetInvalid
from passport.stacking.finding import Node, Status, combine
from passport.stacking.judge import judge
from passport.stacking.reasons import Code
from passport.stacking.requirements import Grade, Strength
from passport.stacking.rules import AllOf, Part, Unit
from passport.stacking.supports import Support, is_awarding, rank_of
from passport.stacking.target import check_cohort, read_target
from tests.unit.stacking.small import TARGET, ask, catalogue, codes, exam, item, node, reason, unit

BASE = Item(id="i", type="x", issuer_kind="school", issuer="school:A", date=date(2026, 2, 1))


def of_facts(*items, **target):
    return stack(catalogue=catalogue(), target=TARGET | target, evidence=Facts(items=items), lang="nl", what_if=False)


# --- days


@pytest.mark.parametrize(
    ("day", "years", "then"),
    [
        (date(9997, 5, 1), 2, date(9999, 5, 1)),
        (date(9998, 5, 1), 2, date.max),
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
    ],
)
def test_years_are_added_up_to_the_last_day_there_is(day, years, then):
    assert add_years(day, years) == then


# --- target


@pytest.mark.parametrize(
    "wrong",
    [
        {"niveau": True},
        {"niveau": 0},
        {"niveau": 5},
        {"niveau": 2.0},
        {"duration_years": 21},
        {"duration_years": -1},
        {"duration_years": "2"},
        {"cohort": "25"},
        {"cohort": 2025},
        {"date": "2026-02-30"},
        {"date": None},
        {"crebo": None},
        {"crebo": " "},
        {"school": 7},
        {"beroepsvereisten": ["VWS"]},
        {"dossier_valid_until": "soon"},
        {"mappings": {}},
        {"mappings": ["x"]},
        {"mappings": [{"from": 7, "to": "10001:B1-K1", "basis": "official"}]},
        {"mappings": [{"from": "10003:B1-K1", "to": 7, "basis": "official"}]},
        {"mappings": [{"from": "10003", "to": "10001:B1-K1", "basis": "official"}]},
        {"mappings": [{"from": "10003:B1-K1", "to": "B1-K1", "basis": "official"}]},
        {"mappings": [{"from": "10003:B1-K1", "to": "10001:B1-K1", "basis": "derived"}]},
    ],
    ids=str,
)
def test_a_target_that_cannot_be_read_is_wrong_use_and_names_the_field(wrong):
    with pytest.raises(TargetInvalid) as refused:
        read_target(TARGET | wrong)
    assert refused.value.params["field"] == next(iter(wrong))


@pytest.mark.parametrize("target", [None, [], "10001"])
def test_a_target_that_is_no_object_is_wrong_use(target):
    with pytest.raises(TargetInvalid) as refused:
        read_target(target)
    assert refused.value.params["field"] == "target"


def test_a_target_takes_the_edges_of_its_fields_and_leaves_the_rest_alone():
    target = read_target(TARGET | {"niveau": 4, "duration_years": 20, "cohort": "2025", "other": object()})
    assert (target.niveau, target.duration_years, target.cohort, target.cohort_label) == (4, 20, 2025, "2025")
    assert read_target(TARGET | {"niveau": 1, "duration_years": 0}).niveau == 1
    without = read_target({"crebo": "10001", "date": "2026-07-31"})
    assert (without.cohort, without.cohort_label, without.school) == (2025, "2025-2026", None)
    assert not without.age_stated


@pytest.mark.parametrize("cohort", [None, "2025-2026", "1999-2000"])
def test_a_cohort_is_two_years_that_follow_each_other(cohort):
    check_cohort({"cohort": cohort})
    check_cohort({})


@pytest.mark.parametrize("cohort", ["2025-2027", "2025-2025", "2025-2024", "2025", "x2025-2026", 2025, ""])
def test_another_cohort_is_refused_at_the_edge(cohort):
    with pytest.raises(TargetInvalid) as refused:
        check_cohort({"cohort": cohort})
    assert refused.value.params["field"] == "cohort"


# --- who awards


@pytest.mark.parametrize(
    ("issuer", "school", "awards"),
    [
        ("school:A", "school:A", True),
        ("school:A", "school:B", False),
        (None, None, False),
        ("school:A", None, False),
        (None, "school:A", False),
        ("https://a.example", "https://a.example", True),
        ("school:https://a.example", "https://a.example", True),
        ("school:http://a.example", "http://a.example", True),
        ("school:did:web:a.example", "did:web:a.example", True),
        ("school:https://b.example", "https://a.example", False),
        ("school:A", "A", False),
    ],
)
def test_the_awarding_school_is_named_by_its_whole_name(issuer, school, awards):
    assert is_awarding(issuer, school) is awards


# --- what is hidden in a credential


def test_a_rekenen_that_needs_no_mark_may_hide_it():
    taken = replace(BASE, type="generiek", vak="rekenen")
    answer = of_facts(taken, cohort="2021-2022")
    assert node(answer, "rekenen") == "met"
    assert reason(answer, "RESULT_INSUFFICIENT") is None
    assert reason(of_facts(taken), "RESULT_INSUFFICIENT", "evidence:i") == ["i"]


def test_a_word_without_a_mark_is_not_a_hidden_mark():
    answer = of_facts(replace(BASE, type="generiek", vak="nederlands", niveau="2F", oordeel="deelgenomen"))
    assert node(answer, "nederlands") == "open"
    assert reason(answer, "RESULT_INSUFFICIENT") is None


def test_a_requirement_whose_name_is_hidden_is_another_one():
    answer = of_facts(replace(BASE, type="beroepsvereiste", oordeel="voldaan"), beroepsvereisten="VWS")
    assert node(answer, "beroepsvereisten") == "open"
    assert reason(answer, "NOT_IN_QUALIFICATION") == ["i"]


def test_a_certificate_that_shows_all_its_units_or_some_does_not_differ():
    shown = replace(BASE, type="mbo-certificaat", code="C1001", units_partial=True)
    for units in ((), ("10001:B1-K1-W1",), ("10001:B1-K1-W1", "10001:B1-K1-W2")):
        answer = of_facts(replace(shown, units=units))
        assert unit(answer, "B1-K1-W2") == "met"
        assert reason(answer, "CERTIFICATE_CONTENTS_DIFFER") is None
    assert reason(of_facts(replace(shown, units=("10001:P1-K1-W1",))), "CERTIFICATE_CONTENTS_DIFFER") == ["i"]


def test_a_diploma_without_its_qualification_is_of_an_unknown_one():
    answer = of_facts(replace(BASE, type="diploma"))
    assert reason(answer, "UNKNOWN_QUALIFICATION", "evidence:i") == ["i"]
    assert codes(answer, "overall") == set()


# --- certificates


@pytest.mark.parametrize("more", ["10001:P9-K9-W9", "no unit", "19999:B1-K1-W1"])
def test_one_unit_too_many_is_a_difference_whatever_it_is(more):
    stated = ["10001:B1-K1-W1", "10001:B1-K1-W2", more]
    answer = ask(item("mbo-certificaat", "c", code="C1001", units=stated))
    assert reason(answer, "CERTIFICATE_CONTENTS_DIFFER") == ["c"]
    assert codes(answer, "evidence:c") == {"CERTIFICATE_CONTENTS_DIFFER"}


def test_the_code_of_a_certificate_may_be_written_small():
    assert unit(ask(item("mbo-certificaat", code=" c1001")), "B1-K1-W1") == "met"
    assert unit(ask(item("mbo-certificaat", code="C1001")), "B1-K1-W1") == "met"


def test_a_certificate_after_two_diplomas_names_both():
    diplomas = [item("diploma", name, crebo="10001", date="2025-01-01") for name in ("d1", "d2")]
    later = item("diploma", "d3", crebo="10001", date="2026-05-01")
    answer = ask(*diplomas, later, item("mbo-certificaat", "c", code="C1001"))
    assert reason(answer, "CERTIFICATE_AFTER_DIPLOMA", "evidence:c") == ["c", "d1", "d2"]
    assert reason(answer, "DIPLOMA_ALREADY_AWARDED", "overall") == ["d1", "d2", "d3"]


# --- beside the units


def test_a_requirement_of_the_own_qualification_stated_is_met():
    entry = item("beroepsvereiste", "v", naam=" vws ", oordeel="voldaan", crebo="10007")
    assert node(ask(entry, crebo="10007"), "beroepsvereisten") == "met"
    assert node(ask(entry | {"crebo": "10001"}, crebo="10007"), "beroepsvereisten") == "claim strong"


def test_a_requirement_is_voldaan_and_nothing_else():
    entry = item("beroepsvereiste", "v", naam="VWS", oordeel="goed")
    answer = ask(entry, crebo="10007")
    assert node(answer, "beroepsvereisten") == "open"
    assert reason(answer, "RESULT_INSUFFICIENT") is None
    answer = ask(entry | {"oordeel": "niet voldaan"}, crebo="10007")
    assert reason(answer, "RESULT_INSUFFICIENT") == ["v"]


def test_what_the_law_asks_for_an_unknown_qualification_is_not_known():
    assert reason(ask(crebo="19999"), "BEROEPSVEREISTE_UNKNOWN", "beroepsvereisten") == []


def test_an_exemption_of_the_hours_is_told_with_the_exemptions_only():
    answer = ask(
        item("vrijstelling", "v", keuzedeel="KX1", sbu=480),
        item("keuzedeel", "k", code="KX2", sbu=240, cijfer=7, issuer="school:B"),
    )
    assert node(answer, "keuzedelen") == "exempt"
    assert reason(answer, "EXEMPTION_GRANTED", "keuzedelen") == ["v"]


# --- older versions


def test_a_mapping_from_an_unknown_kerntaak_and_toward_it():
    """Of a crebo that the catalogue lacks, the codes alone tell which werkproces belongs to which kerntaak."""
    wide = {"mappings": [{"from": "17777:B1-K1", "to": "10001:B1-K1-W1", "basis": "official"}]}
    assert unit(ask(exam("B1-K1-W7", crebo="17777"), **wide), "B1-K1-W1") == "claim strong"
    assert unit(ask(exam("B1-K10-W7", crebo="17777"), **wide), "B1-K1-W1") == "open"
    narrow = {"mappings": [{"from": "17777:B1-K1-W7", "to": "10001:B1-K1-W1", "basis": "official"}]}
    assert unit(ask(exam("B1-K1", crebo="17777"), **narrow), "B1-K1-W1") == "claim strong"
    assert unit(ask(exam("B1-K10", crebo="17777"), **narrow), "B1-K1-W1") == "open"


def test_of_two_rows_within_one_kerntaak_the_stronger_counts():
    rows = [
        {"from": "10003:B1-K1-W1", "to": "10001:P1-K1-W1", "basis": "official"},
        {"from": "10003:B1-K1-W2", "to": "10001:P1-K1-W1", "basis": "name"},
    ]
    for mappings in (rows, rows[::-1]):
        assert unit(ask(exam("B1-K1", crebo="10003"), mappings=mappings), "P1-K1-W1") == "claim strong"


def test_a_diploma_of_an_older_crebo_in_the_catalogue_gives_all_its_rows():
    mappings = [{"from": "10003:B1-K1-W1", "to": "10001:P1-K1-W1", "basis": "name"}]
    answer = ask(item("diploma", "d", crebo="10003"), mappings=mappings)
    assert unit(answer, "P1-K1-W1") == "claim medium"
    assert codes(answer, "evidence:d") == {"VERSION_MISMATCH"}


# --- trees


def nodes(*statuses, **more):
    return tuple(Node(Unit(path=str(at)), str(at), status, **more) for at, status in enumerate(statuses))


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((), Status.OPEN),
        ((Status.NOT_APPLICABLE,), Status.OPEN),
        ((Status.OPEN, Status.NOT_APPLICABLE), Status.OPEN),
        ((Status.PARTIAL, Status.MET), Status.PARTIAL),
        ((Status.PARTIAL,), Status.PARTIAL),
        ((Status.EXEMPT, Status.NOT_APPLICABLE), Status.EXEMPT),
        ((Status.MET, Status.EXEMPT), Status.MET),
    ],
)
def test_what_parts_make_together(statuses, expected):
    assert combine(AllOf(path="all", of=()), nodes(*statuses)).status is expected


def test_a_walk_yields_children_before_their_parents_to_any_depth():
    leaf = nodes(Status.MET)[0]
    inner = Node(AllOf(path="inner", of=()), "inner", Status.MET, children=(leaf,))
    outer = Node(AllOf(path="outer", of=()), "outer", Status.MET, children=(inner, *nodes(Status.OPEN)))
    assert [one.path for one in outer.walk()] == ["0", "inner", "0", "outer"]


def support(key, grade, strength=None, mark=None):
    entry = replace(BASE, id=key)
    return Support(entry, grade, strength, rank_of(entry, grade, strength), mark)


def test_a_rule_that_does_not_say_that_it_is_partly_met_gives_no_reason():
    rule = AllOf(path="all", of=(Unit(path="a"), Unit(path="b")))
    verdict = judge(rule, {"a": [support("i", Grade.MET)]}, {}, sufficient=6)
    assert verdict.node.status is Status.PARTIAL
    assert verdict.reasons == {}


def test_one_marked_part_can_be_judged_by_itself():
    part = Part(path="p", minimum=5)
    verdict = judge(
        part, {"p": [support("i", Grade.MET, mark=5), support("j", Grade.CLAIM, Strength.WEAK, 9)]}, {}, sufficient=6
    )
    assert (verdict.node.status, verdict.node.used, verdict.node.also) == (Status.MET, ("i",), ("j",))
    assert verdict.weights == {"i": Grade.MET, "j": Grade.CLAIM}
    verdict = judge(part, {}, {}, sufficient=6)
    assert verdict.reasons == {("p", Code.GENERIC_MISSING): ()}


def test_hours_may_be_broken():
    answer = ask(
        item("keuzedeel", "k", code="KX1", sbu=240.5, cijfer=7), item("keuzedeel", code="KX2", sbu=239.5, cijfer=7)
    )
    assert answer["nodes"]["keuzedelen"]["sbu"] == 480
    assert node(answer, "keuzedelen") == "met"
