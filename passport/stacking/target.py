"""The target of a stack: which qualification, for which cohort, at which school, on which day."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from passport.stacking.facts import TargetInvalid
from passport.stacking.what_if import is_text, read_date

STUDY_YEAR_BEGINS = (8, 1)  # R30: month, day
_COHORT = re.compile(r"[0-9]{4}(-[0-9]{4})?")
_STUDY_YEAR = re.compile(r"([0-9]{4})-([0-9]{4})")
_UNIT = re.compile(r"([0-9]{5}):([^:\s]+)")


class Requirement(StrEnum):
    """What the target says about a professional requirement, where it does not name one."""

    UNSTATED = "unstated"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of an equivalence: old unit → new unit, and on what basis."""

    old: str
    new: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is asked. `cohort` is the starting year; `cohort_label` is how it is written in the answer."""

    crebo: str
    cohort: int
    cohort_label: str
    date: datetime.date
    school: str | None = None
    niveau: int | None = None
    required_name: str | None = None
    requirement: Requirement = Requirement.UNSTATED
    dossier_valid_until: datetime.date | None = None
    duration_years: int | None = None
    mappings: tuple[Row, ...] = ()
    age_stated: bool = False


@lru_cache(maxsize=16_384)
def split_unit(unit: str) -> tuple[str, str] | None:
    """Return crebo and code of `crebo:code`, or None."""
    found = _UNIT.fullmatch(unit)
    return (found.group(1), found.group(2)) if found else None


def study_year(day: datetime.date) -> int:
    """Return the year in which the study year of `day` began (R30)."""
    return day.year if (day.month, day.day) >= STUDY_YEAR_BEGINS else day.year - 1


def _wrong(field: str) -> TargetInvalid:
    return TargetInvalid(f"target field {field} cannot be read", field=field)


def _text(target: Mapping[str, object], name: str) -> str | None:
    value = target.get(name)
    if value is None:
        return None
    if not is_text(value):
        raise _wrong(name)
    return value


def _day(target: Mapping[str, object], name: str) -> datetime.date | None:
    if target.get(name) is None:
        return None
    try:
        return read_date(target[name])
    except ValueError:
        raise _wrong(name) from None


def _whole(target: Mapping[str, object], name: str, lowest: int, highest: int) -> int | None:
    value = target.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise _wrong(name)
    return value


def _mappings(value: object) -> tuple[Row, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _wrong("mappings")
    rows = []
    for entry in value:
        if not isinstance(entry, Mapping):
            raise _wrong("mappings")
        old, new, basis = entry.get("from"), entry.get("to"), entry.get("basis")
        if not isinstance(old, str) or not isinstance(new, str) or not split_unit(old) or not split_unit(new):
            raise _wrong("mappings")
        if basis not in ("official", "name"):
            raise _wrong("mappings")
        rows.append(Row(old=old, new=new, basis=str(basis)))
    return tuple(rows)


def check_cohort(target: Mapping[str, object]) -> None:
    """Refuse a cohort that is not written as two years that follow each other; what asks, is checked at the edge.

    The rules need its first four digits only (R30), so `read_target` takes less. Without a cohort nothing is wrong.
    Raises: TargetInvalid.
    """
    cohort = target.get("cohort")
    if cohort is None:
        return
    years = _STUDY_YEAR.fullmatch(cohort) if isinstance(cohort, str) else None
    if years is None or int(years.group(2)) != int(years.group(1)) + 1:
        raise _wrong("cohort")


def read_target(target: object) -> Target:
    """Return the target as typed facts. Unknown fields are left alone.

    Raises: TargetInvalid naming the field that is missing or cannot be read.
    """
    if not isinstance(target, Mapping):
        raise _wrong("target")
    crebo, day, cohort = _text(target, "crebo"), _day(target, "date"), _text(target, "cohort")
    if crebo is None:
        raise _wrong("crebo")
    if day is None:
        raise _wrong("date")
    if cohort is not None and not _COHORT.fullmatch(cohort):
        raise _wrong("cohort")
    year = int(cohort[:4]) if cohort else study_year(day)
    name = _text(target, "beroepsvereisten")
    unnamed = Requirement.NONE if "beroepsvereisten" in target else Requirement.UNSTATED
    return Target(
        crebo=crebo,
        cohort=year,
        cohort_label=cohort or f"{year}-{year + 1}",
        date=day,
        school=_text(target, "school"),
        niveau=_whole(target, "niveau", 1, 4),
        required_name=name,
        requirement=unnamed,
        dossier_valid_until=_day(target, "dossier_valid_until"),
        duration_years=_whole(target, "duration_years", 0, 20),
        mappings=_mappings(target.get("mappings")),
        age_stated=target.get("leeftijd") is not None,
    )
