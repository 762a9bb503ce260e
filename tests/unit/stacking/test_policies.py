"""A school's own policy: data, for one school, cohorts and days; it may ask more, never less."""

import json

import pytest

from passport.stacking import stack
from passport.stacking.catalogue import CatalogueInvalid, build_catalogue
from tests.unit.stacking.small import COMPLETE, FACT, TARGET, documents, item, node, reason

MORE = {
    "levels": [1],
    "cohort_from": None,
    "cohort_until": None,
    "parts": [
        {"path": "nederlands", "level": "2F", "minimum": 5, "decides": True, "remark": None},
        {"path": "rekenen", "level": None, "minimum": None, "decides": False, "remark": None},
    ],
    "together": [{"count": 1, "mark": 5}],
    "remark": None,
    **FACT,
}
HOURS = {"levels": [2], "hours": 600, **FACT}
OWN = {
    "name": "a",
    "school": "school:A",
    "cohort_from": 2025,
    "cohort_until": None,
    "generic": [MORE],
    "hours": [HOURS],
    "evc_years": 1,
    "source": "OER of school A, art. 4",
    "valid_from": "2026-01-01",
    "valid_until": None,
}
ENTREE = {"crebo": "10005"}
TAKEN = [
    item("generiek", "nl", vak="nederlands", niveau="1F", cijfer=4),
    item("generiek", "rek", vak="rekenen", cijfer=3),
]


def under(*policies):
    return build_catalogue(documents() | {f"policies/{one['name']}.json": one for one in policies})


def answer(catalogue, *evidence, **target):
    return stack(catalogue=catalogue, target=TARGET | target, evidence=list(evidence), lang="nl", what_if=True)


def problems(*policies):
    with pytest.raises(CatalogueInvalid) as caught:
        under(*policies)
    return {(one.file, one.path) for one in caught.value.problems}


def test_a_school_may_ask_more_of_the_generic_parts_at_level_1():
    law, own = answer(under(), *TAKEN, **ENTREE), answer(under(OWN), *TAKEN, **ENTREE)
    assert (node(law, "generiek"), node(own, "generiek")) == ("met", "open")
    assert node(own, "nederlands") == "open"
    assert reason(own, "COHORT_RULE_ENTREE_TAKEN_ONLY") is None


def test_a_school_may_ask_more_hours_of_keuzedelen():
    own = answer(under(OWN), *COMPLETE)
    assert (own["nodes"]["keuzedelen"]["sbu_required"], own["overall"]) == (600, "incomplete")
    assert own["policy"] == {"name": "a", "school": "school:A", "source": "OER of school A, art. 4"}
    assert answer(under(), *COMPLETE)["overall"] == "ready_for_examencommissie"


def test_a_school_may_remark_on_an_older_ervaringscertificaat():
    evc = item("ervaringscertificaat", "evc", date="2025-01-01", standaard="crebo:10001", units=["10001:B1-K1"])
    assert reason(answer(under(), evc), "STALE_EVIDENCE") is None
    own = answer(under(OWN), evc)
    assert reason(own, "STALE_EVIDENCE") == ["evc"]
    assert own["evidence"]["evc"]["weight"] == "claim"


@pytest.mark.parametrize(
    "target",
    [
        {"school": "school:B"},
        {"cohort": "2024-2025"},
        {"date": "2025-12-31"},
    ],
)
def test_a_policy_is_applied_for_its_school_cohorts_and_days_only(target):
    with_policy, without = answer(under(OWN), *COMPLETE, **target), answer(under(), *COMPLETE, **target)
    assert "policy" not in with_policy
    assert json.dumps(with_policy | {"catalogue": 0}) == json.dumps(without | {"catalogue": 0})


def test_a_policy_that_asks_less_or_elsewhere_is_refused():
    assert problems(OWN | {"hours": [HOURS | {"hours": 479}]}) == {("policies/a.json", "/hours/0/hours")}
    assert problems(OWN | {"generic": [MORE | {"levels": [1, 2]}]}) == {("policies/a.json", "/generic/0/levels")}
    assert problems(OWN | {"generic": [MORE | {"parts": MORE["parts"][:1]}]}) == {
        ("policies/a.json", "/generic/0/parts")
    }
    wrong = MORE | {"parts": [MORE["parts"][0] | {"level": "9F", "remark": "NO_SUCH"}, MORE["parts"][1]]}
    path = "/generic/0/parts/0"
    assert problems(OWN | {"generic": [wrong]}) == {
        ("policies/a.json", f"{path}/level"),
        ("policies/a.json", f"{path}/remark"),
    }
    assert problems(OWN | {"minimum": 3})


def test_two_policies_of_one_school_may_follow_but_not_overlap():
    other = OWN | {"name": "b"}
    assert problems(OWN, other) == {("policies/b.json", "/school")}
    under(OWN, other | {"school": "school:B"})
    under(OWN, other | {"valid_from": None, "valid_until": "2025-12-31"})
    under(OWN, other | {"cohort_from": None, "cohort_until": 2024})
