"""Which qualification is near: the same counts as the full evaluation, for every qualification."""

from datetime import date

from hypothesis import given, settings

from passport.stacking import facts_from_what_if
from passport.stacking.rank import rank
from tests.property.test_stacking_properties import evidence
from tests.unit.stacking.small import ask, catalogue, exam, item

AT = date(2026, 6, 1)


def near(*items, school="school:A"):
    found = rank(catalogue(), facts_from_what_if(list(items)), school=school, at=AT)
    return {one.crebo: (one.covered, one.claims, one.units) for one in found}


def explained(*items, school="school:A"):
    found = {}
    for crebo in catalogue().qualifications:
        answer = ask(*items, crebo=crebo, niveau=2, school=school or "absent")
        statuses = [unit["status"] for unit in answer["units"].values()]
        covered, claims = sum(one in ("met", "exempt") for one in statuses), statuses.count("claim")
        if covered or claims:
            found[crebo] = (covered, claims, len(statuses))
    return found


@settings(max_examples=60, deadline=None)
@given(evidence)
def test_it_counts_as_the_full_evaluation_does(items):
    assert near(*items) == explained(*items)
    assert near(*items, school=None) == explained(*items, school=None)


def test_the_nearest_comes_first_also_where_the_level_is_not_known():
    items = [exam("B1-K1", crebo="10006"), exam("B1-K1-W1")]
    assert list(near(*items))[:2] == ["10006", "10001"]
    assert near(*items)["10006"] == (2, 0, 4)


def test_two_holders_or_refused_items_cover_nothing():
    assert near(exam("B1-K1", holder="a"), exam("P1-K1", holder="b")) == {}
    assert near(exam("B1-K1", status="revoked"), item("diploma", crebo="10001", date="2027-01-01")) == {}
    assert near(item("mbo-certificaat", code="C1001", status="suspended")) == {}
