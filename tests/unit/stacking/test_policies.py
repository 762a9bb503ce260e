"""What a school asks itself, where the law leaves room, and facts that hold for a time only: data, not code."""

from datetime import date

import pytest

from passport.stacking import stack
from passport.stacking.advise import obtainable, smallest_sets
from passport.stacking.catalogue import CatalogueInvalid, build_catalogue
from passport.stacking.policies import read_policy
from tests.unit.stacking.small import FACT, TARGET, certificate, documents, exam, item, keuzedeel, node, reason, unit

ENTREE = {
    "levels": [1],
    "cohort_from": None,
    "cohort_until": None,
    "parts": [
        {"path": "nederlands", "level": "1F", "minimum": 5, "decides": True, "remark": None},
        {"path": "rekenen", "level": None, "minimum": None, "decides": False, "remark": None},
    ],
    "together": [{"count": 1, "mark": 5}],
    "remark": None,
    **FACT,
}
MORE_HOURS = {"levels": [2], "hours": 600, **FACT}
POLICY = {
    "name": "a",
    "school": "school:A",
    "cohort_from": 2024,
    "cohort_until": 2025,
    "generic": [ENTREE],
    "hours": [MORE_HOURS],
    "evc_years": 1,
    "source": "made up",
    "valid_from": "2026-01-01",
    "valid_until": "2026-12-31",
}
NEDERLANDS = item("generiek", "n", vak="nederlands", niveau="1F", cijfer=4)
EVC = item("ervaringscertificaat", "e", standaard="crebo:10001", units=["10001:B1-K1-W1"], date="2025-05-31")


def asked(*evidence, change=None, catalogue=None, **target):
    catalogue = catalogue or build_catalogue(documents() | {"policies/a.json": POLICY | (change or {})})
    return stack(catalogue=catalogue, target=TARGET | target, evidence=list(evidence), lang="nl", what_if=True)


def required(**target):
    return asked(**target)["nodes"]["keuzedelen"]["sbu_required"]


def test_a_school_may_ask_more_hours_marks_at_level_1_and_fresher_experience():
    assert required() == 600
    assert node(asked(NEDERLANDS, crebo="10005"), "nederlands") == "open"
    assert node(asked(NEDERLANDS | {"cijfer": 5}, crebo="10005"), "nederlands") == "met"
    assert reason(asked(EVC), "STALE_EVIDENCE") == ["e"]
    assert reason(asked(EVC | {"date": "2025-06-01"}), "STALE_EVIDENCE") is None


@pytest.mark.parametrize(
    "change",
    [
        {"school": "school:B"},
        {"school": None},
        {"date": "2025-12-31"},
        {"date": "2027-01-01"},
        {"cohort": "2023-2024"},
        {"cohort": "2026-2027"},
    ],
    ids=str,
)
def test_a_policy_holds_for_its_own_school_days_and_cohorts(change):
    assert required(**change) == 480
    taken = NEDERLANDS | {"date": "2025-01-01"}
    assert node(asked(taken, crebo="10005", **change), "nederlands") in ("met", "claim strong")
    answer = asked(EVC | {"date": "2024-12-01"}, **{"date": "2026-06-01"} | change)
    assert reason(answer, "STALE_EVIDENCE") is None or change.get("date") == "2027-01-01"


@pytest.mark.parametrize(
    "change", [{"date": "2026-01-01"}, {"date": "2026-12-31"}, {"cohort": "2024-2025"}, {"cohort": "2025"}], ids=str
)
def test_the_first_and_last_day_and_cohort_of_a_policy_count(change):
    assert required(**change) == 600


def test_what_a_policy_does_not_state_is_as_the_law_has_it():
    policy = {"generic": [], "hours": [], "evc_years": None}
    answer = asked(EVC | {"date": "2024-06-01"}, change=policy)
    assert answer["nodes"]["keuzedelen"]["sbu_required"] == 480
    assert reason(answer, "STALE_EVIDENCE") is None
    assert reason(asked(EVC | {"date": "2024-05-31"}, change=policy), "STALE_EVIDENCE") == ["e"]
    assert node(asked(NEDERLANDS, change=policy, crebo="10005"), "nederlands") == "met"
    assert asked(change=policy, crebo="10002")["nodes"]["keuzedelen"]["sbu_required"] == 720


def test_a_policy_is_read_with_its_name_and_source_and_an_open_period():
    policy = read_policy(POLICY | {"valid_from": None, "valid_until": None}, documents()["requirements.json"])
    assert (policy.name, policy.school, policy.source) == ("a", "school:A", "made up")
    assert policy.holds("school:A", 2024, date(1990, 1, 1))
    assert policy.holds("school:A", 2025, date(2090, 1, 1))


def test_a_policy_never_asks_less_than_the_law():
    with pytest.raises(CatalogueInvalid):
        asked(change={"hours": [MORE_HOURS | {"hours": 479}]})


def changed(name, **change):
    row = documents()[name] | change
    return build_catalogue(documents() | {name: row})


@pytest.mark.parametrize(("day", "known"), [("2025-12-31", False), ("2026-01-01", True), ("2026-02-01", True)])
def test_the_contents_of_a_certificate_hold_for_its_own_days_of_award(day, known):
    catalogue = changed("certificates/C1001.json", valid_from="2026-01-01")
    answer = asked(item("mbo-certificaat", "c", code="c1001 ", date=day), catalogue=catalogue)
    assert (unit(answer, "B1-K1-W1") == "met") is known
    assert (reason(answer, "CERTIFICATE_CONTENTS_UNKNOWN") == ["c"]) is not known


@pytest.mark.parametrize(("day", "hours"), [("2026-02-01", 240), ("2026-02-02", 100)])
def test_the_hours_and_overlap_of_a_keuzedeel_hold_for_its_own_days(day, hours):
    rows = [keuzedeel("K0001", 240) | {"valid_until": "2026-02-01"}]
    rows.append(keuzedeel("K0003", 240, ["10001"]) | {"valid_until": "2026-02-01"})
    catalogue = changed("keuzedelen.json", keuzedelen=rows)
    counted = item("keuzedeel", "k", code="K0001", sbu=100, cijfer=7, date=day)
    overlapping = item("keuzedeel", "o", code="K0003", sbu=1, cijfer=7, date=day)
    answer = asked(counted, overlapping, catalogue=catalogue)
    assert answer["nodes"]["keuzedelen"]["sbu"] == (hours if hours == 240 else 101)
    assert (reason(answer, "KEUZEDEEL_OVERLAP") == ["o"]) is (hours == 240)


def test_only_certificates_that_can_be_had_on_the_day_are_advised():
    late = certificate("C1000", "10001", "B1-K1-W1", "B1-K1-W2") | {"valid_from": "2026-06-02"}
    catalogue = build_catalogue(documents() | {"certificates/C1000.json": late})
    units = ("B1-K1-W1", "B1-K1-W2")
    assert smallest_sets(catalogue, "10001", units, date(2026, 6, 1)) == (("C1001",),)
    assert smallest_sets(catalogue, "10001", units, date(2026, 6, 2)) == (("C1000",), ("C1001",))
    assert [one.code for one in obtainable(catalogue, "10001", date(2026, 6, 1))] == ["C1001", "C1002", "C1003"]
    assert obtainable(catalogue, "10001", date(2026, 6, 2))[0].code == "C1000"
    assert obtainable(catalogue, "10003", date(2026, 6, 2)) == ()
    assert obtainable(catalogue, "19999", date(2026, 6, 2)) == ()


def test_the_dossier_window_of_the_catalogue_counts_where_the_target_states_none():
    catalogue = changed("qualifications/10001.json", dossier_valid_until="2022-05-31", duration_years=2)
    assert asked(catalogue=catalogue)["overall"] == "blocked"
    assert asked(catalogue=catalogue, date="2026-05-31")["overall"] == "incomplete"
    assert asked(catalogue=catalogue, duration_years=3)["overall"] == "incomplete"
    assert asked(catalogue=catalogue, dossier_valid_until="2022-06-01")["overall"] == "incomplete"
    assert asked(catalogue=catalogue, dossier_valid_until="2022-05-30", date="2026-05-31")["overall"] == "blocked"


def table(kind, **more):
    rows = [{"from": "B1-K1-W1", "naam": "x", "to": "B1-K1-W1", "basis": "x"}]
    return {
        "from": "10003",
        "to": "10001",
        "naam": "x",
        "kind": kind,
        "rows": rows,
        "confidence": "x",
        **FACT,
        **more,
    }


@pytest.mark.parametrize(
    ("row", "given"),
    [
        (table("official"), "claim strong"),
        (table("derived"), "claim medium"),
        (table("decided", school="school:A"), "claim strong"),
        (table("decided", school="school:B"), "open"),
        (table("official", valid_from="2026-06-02"), "open"),
        (table("official", valid_until="2026-06-01"), "claim strong"),
    ],
    ids=["official", "derived", "decided here", "decided there", "later", "last day"],
)
def test_an_equivalence_weighs_by_its_kind_and_binds_where_and_when_it_holds(row, given):
    catalogue = changed("equivalences.json", tables=[row])
    answer = asked(exam("B1-K1-W1", id="x", crebo="10003"), catalogue=catalogue)
    assert unit(answer, "B1-K1-W1") == given
    assert (reason(answer, "VERSION_MISMATCH") == ["x"]) is (given != "open")
    assert (reason(answer, "NOT_IN_QUALIFICATION") == ["x"]) is (given == "open")
