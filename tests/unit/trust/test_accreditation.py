"""May this organisation award this, then? CASES R3 to R5; CONTRACT section 4."""

from datetime import date

import pytest

from passport.trust.accreditation import Accreditation, may_award


def entry(type="mbo-certificaat", crebos=("25960",), since=None, until=None):
    return Accreditation(
        type=type,
        crebos=None if crebos is None else frozenset(crebos),
        valid_from=since,
        valid_until=until,
        granted_by=None,
        basis=None,
    )


DAY = date(2026, 2, 1)


def test_covers_its_type_crebo_and_period():
    assert may_award([entry()], type="mbo-certificaat", crebos={"25960"}, since=DAY).allowed


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "not_accredited_type"),
        ([entry(type="diploma")], "not_accredited_type"),
        ([entry(crebos=("25656",))], "not_accredited_crebo"),
        ([entry(since=date(2026, 2, 2))], "not_accredited_then"),
        ([entry(until=date(2026, 1, 31))], "not_accredited_then"),
    ],
)
def test_refuses_with_the_reason(entries, code):
    assert may_award(entries, type="mbo-certificaat", crebos={"25960"}, since=DAY).code == code


def test_first_and_last_day_are_included():
    one_day = [entry(since=DAY, until=DAY)]
    assert may_award(one_day, type="mbo-certificaat", crebos={"25960"}, since=DAY).allowed


def test_every_crebo_must_be_covered():
    award = may_award([entry()], type="mbo-certificaat", crebos={"25960", "25656"}, since=DAY)
    assert (award.code, award.crebo) == ("not_accredited_crebo", "25656")


def test_star_covers_every_crebo():
    assert may_award([entry(crebos=None)], type="mbo-certificaat", crebos={"25960", "25656"}, since=DAY).allowed


def test_without_crebos_the_type_and_period_decide():
    assert may_award([entry()], type="mbo-certificaat", crebos=set(), since=DAY).allowed
    late = [entry(since=date(2027, 1, 1))]
    assert may_award(late, type="mbo-certificaat", crebos=set(), since=DAY).code == "not_accredited_then"


def test_a_period_may_be_covered_by_entries_that_touch_but_not_across_a_gap():
    first = entry(since=date(2025, 9, 1), until=date(2025, 12, 31))
    touching = entry(since=date(2026, 1, 1), until=date(2026, 7, 31))
    later = entry(since=date(2026, 1, 2), until=date(2026, 7, 31))
    period = {"type": "mbo-certificaat", "crebos": {"25960"}, "since": date(2025, 10, 1), "until": date(2026, 3, 1)}
    assert may_award([first, touching], **period).allowed
    assert may_award([touching, first], **period).allowed
    assert may_award([first, later], **period).code == "not_accredited_then"


def test_a_period_that_ends_before_it_begins_is_not_covered():
    award = may_award([entry()], type="mbo-certificaat", crebos={"25960"}, since=DAY, until=date(2026, 1, 1))
    assert award.code == "not_accredited_then"
