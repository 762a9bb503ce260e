"""A school's own policy, where the law leaves room: data of that school, with source and period.

It may ask more than the law does, never less; `catalogue_check.py` sees to that. What it may set is all here: what the
generic parts ask at level 1 (R29), how many hours of keuzedelen (R33), and after how many years an ervaringscertificaat
gets a remark (R22).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from passport.stacking.facts import Period
from passport.stacking.requirements import Requirements, Span, read_generic, read_hours, read_span
from passport.stacking.rules import Marks


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchoolPolicy:
    """One policy. cohorts: the starting years for which it holds; period: the target dates."""

    name: str
    school: str
    source: str
    cohorts: Span
    period: Period
    generic: tuple[tuple[Span, Marks], ...]
    hours: tuple[tuple[Span, int], ...]
    evc_years: int | None

    def holds(self, school: str | None, cohort: int, day: date) -> bool:
        return self.school == school and self.cohorts.holds_year(cohort) and self.period.holds(day)

    def apply(self, requirements: Requirements) -> Requirements:
        """Return the requirements of this school: its own rules come first."""
        return replace(
            requirements,
            generic=(*self.generic, *requirements.generic),
            hours=(*self.hours, *requirements.hours),
            evc_years=requirements.evc_years if self.evc_years is None else self.evc_years,
        )


def read_policy(row: Mapping[str, Any], requirements: Mapping[str, Any]) -> SchoolPolicy:
    """Return the policy of a document that its schema and `check_catalogue` found good."""

    def day(name: str) -> date | None:
        return date.fromisoformat(row[name]) if row[name] is not None else None

    return SchoolPolicy(
        name=row["name"],
        school=row["school"],
        source=row["source"],
        cohorts=read_span(row),
        period=Period(begin=day("valid_from"), end=day("valid_until")),
        generic=read_generic(row["generic"], requirements),
        hours=read_hours(row["hours"]),
        evc_years=row["evc_years"],
    )
