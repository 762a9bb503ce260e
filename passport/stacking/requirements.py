"""The requirements beside the units, as data: by level and cohort, with what marks and evidence are worth.

Read from `requirements.json` of a catalogue. It chooses rules; it applies none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum
from typing import Any

from passport.stacking.facts import Item
from passport.stacking.reasons import Code
from passport.stacking.rules import AtLeast, Marks, MeanRule, Part


class Strength(IntEnum):
    """How strong a claim is."""

    WEAK = 1
    MEDIUM = 2
    STRONG = 3


class Grade(IntEnum):
    """What an item gives: a claim that the school must decide on, an exemption, or the thing itself."""

    CLAIM = 1
    EXEMPT = 2
    MET = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a type of evidence gives where the awarding school decided it for the target, and elsewhere (a claim)."""

    outright: Grade | None
    otherwise: Strength | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """How strong a unit of another qualification can be at most, by the kind of the link."""

    kinds: Mapping[str, Strength]
    same_dossier: Strength
    shared_prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Separate:
    """A thing beside the units that one decision settles."""

    path: str
    missing: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """For which levels (None: all) and starting years (both included, None is open) a rule holds."""

    levels: frozenset[int] | None
    begin: int | None
    end: int | None

    def holds(self, level: int, cohort: int) -> bool:
        return (self.levels is None or level in self.levels) and self.holds_year(cohort)

    def holds_year(self, cohort: int) -> bool:
        return (self.begin is None or self.begin <= cohort) and (self.end is None or cohort <= self.end)


_HALF = Decimal("0.5")


def half_up(number: Decimal, exponent: str = "1") -> Decimal:
    """Return `number` rounded half up (R9), by default to a whole number."""
    return number.quantize(Decimal(exponent), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """All of `requirements.json`."""

    words: Mapping[str, int | None]
    sufficient: int
    worth: Mapping[str, Worth]
    transfer: Transfer
    generic: tuple[tuple[Span, Marks], ...]
    hours: tuple[tuple[Span, int], ...]
    mean_rules: tuple[tuple[Span, MeanRule | None, Code | None], ...]
    separate: tuple[Separate, ...]
    parts: frozenset[str]
    window_years: int
    evc_years: int

    def mark(self, item: Item) -> int | None:
        """Return the whole mark of an item (R9), None where it has none."""
        if item.cijfer is not None:
            return int(half_up(item.cijfer))
        return self.words.get(item.oordeel) if item.oordeel is not None else None

    def is_sufficient(self, item: Item) -> bool:
        if item.cijfer is not None:
            return item.cijfer >= self.sufficient - _HALF  # the same as rounding first, and cheaper
        mark = self.mark(item)
        return mark is not None and mark >= self.sufficient

    def generic_for(self, level: int, cohort: int) -> Marks:
        return next(marks for span, marks in self.generic if span.holds(level, cohort))

    def hours_for(self, level: int, cohort: int) -> int:
        return next(hours for span, hours in self.hours if span.holds(level, cohort))

    def mean_rule_for(self, level: int, cohort: int) -> tuple[MeanRule | None, Code | None]:
        return next((rule, remark) for span, rule, remark in self.mean_rules if span.holds(level, cohort))


def _code(value: str | None) -> Code | None:
    return Code(value) if value is not None else None


def read_span(row: Mapping[str, Any]) -> Span:
    levels = row.get("levels")
    return Span(
        levels=frozenset(levels) if levels is not None else None,
        begin=row.get("cohort_from"),
        end=row.get("cohort_until"),
    )


def _strength(value: str | None) -> Strength | None:
    return Strength[value.upper()] if value else None


def _marks(row: Mapping[str, Any], data: Mapping[str, Any]) -> Marks:
    parts = tuple(
        Part(
            path=part["path"],
            scale=tuple(data["scales"].get(part["path"], ())),
            level=part["level"],
            minimum=part["minimum"],
            decides=part["decides"],
            remark=_code(part["remark"]),
        )
        for part in row["parts"]
    )
    return Marks(
        path="generiek",
        parts=parts,
        together=tuple(AtLeast(count=rule["count"], mark=rule["mark"]) for rule in row["together"]),
        unmarked=data["marks"]["exemption_without_mark"],
        remark=_code(row["remark"]),
    )


def read_generic(rows: Sequence[Mapping[str, Any]], requirements: Mapping[str, Any]) -> tuple[tuple[Span, Marks], ...]:
    return tuple((read_span(row), _marks(row, requirements)) for row in rows)


def read_hours(rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[Span, int], ...]:
    return tuple((read_span(row), row["hours"]) for row in rows)


def read_requirements(data: Mapping[str, Any]) -> Requirements:
    """Return the requirements of a document that its schema and `check_catalogue` found good."""
    transfer = data["transfer"]
    names = ("official", "decided", "derived", "name")
    return Requirements(
        words=data["marks"]["words"],
        sufficient=data["marks"]["sufficient"],
        worth={
            kind: Worth(
                outright=Grade[row["outright"].upper()] if row["outright"] else None,
                otherwise=_strength(row["otherwise"]),
            )
            for kind, row in data["evidence"].items()
        },
        transfer=Transfer(
            kinds={name: Strength[transfer[name].upper()] for name in names},
            same_dossier=Strength[transfer["same_dossier"].upper()],
            shared_prefix=transfer["shared_prefix"],
        ),
        generic=read_generic(data["generic"], data),
        hours=read_hours(data["keuzedelen"]["hours"]),
        mean_rules=tuple(
            (read_span(row), MeanRule(**row["rule"]) if row["rule"] else None, _code(row["remark"]))
            for row in data["keuzedelen"]["marks"]
        ),
        separate=tuple(Separate(path=row["path"], missing=Code(row["missing"])) for row in data["separate"]),
        parts=frozenset(part["path"] for row in data["generic"] for part in row["parts"]),
        window_years=data["dossier_window"]["years_after"],
        evc_years=data["ageing"]["evc_years"],
    )
