"""Compiles what a target asks into rules: the units of the catalogue, and what level and cohort ask beside them.

Compiled once a catalogue, and shared by all targets that ask the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from passport.stacking.catalogue import Catalogue
from passport.stacking.facts import LevelUnknown
from passport.stacking.reasons import Code
from passport.stacking.rules import AllOf, Hours, Marks, MeanRule, NotAsked, Rule, Unit
from passport.stacking.target import Requirement, Target

KEUZEDELEN = "keuzedelen"
BEROEPSVEREISTEN = "beroepsvereisten"
LEVEL_UNKNOWN = ("nederlands", "rekenen", "generiek")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What is asked beside the units. Compared by identity: equal targets get the same one.

    asked, marked: the generic parts that are asked, and those of them that need a mark; None: not known.
    required: (known, name) of the professional requirement.
    """

    level: int | None
    rules: tuple[Rule, ...]
    asked: frozenset[str] | None
    marked: frozenset[str]
    required: tuple[bool, str | None]


def level_of(target: Target, catalogue: Catalogue) -> int | None:
    """Return the level (R1): the catalogue's, else the target's. None only for an unknown qualification.

    Raises: LevelUnknown where the qualification is known and its level is not.
    """
    qualification = catalogue.qualifications.get(target.crebo)
    if qualification is None:
        return target.niveau
    level = qualification.niveau or target.niveau
    if level is None:
        raise LevelUnknown("neither catalogue nor target states the level", crebo=target.crebo)
    return level


def required_name(target: Target, catalogue: Catalogue) -> tuple[bool, str | None]:
    """Return whether it is known what the law asks, and the name of what it asks (R42)."""
    if target.required_name is not None:
        return True, target.required_name
    if target.requirement is Requirement.NONE:
        return True, None
    qualification = catalogue.qualifications.get(target.crebo)
    return qualification.requirement if qualification else (False, None)


@lru_cache(maxsize=2048)
def kerntaken(catalogue: Catalogue, crebo: str) -> tuple[AllOf, ...]:
    """Return the rules of the units of a qualification; none for an unknown one."""
    qualification = catalogue.qualifications.get(crebo)
    return tuple(
        AllOf(
            path=f"kerntaak:{kerntaak}",
            of=tuple(Unit(path=code, tells_duplicates=True) for code in codes),
            partly=Code.PARTIAL_KERNTAAK,
        )
        for kerntaak, codes in (qualification.kerntaken.items() if qualification else ())
    )


# One object a rule: what a stack gives for it is worked out once for all targets that share it.


@lru_cache(maxsize=64)
def _hours(required: int | None, marks: MeanRule | None, remark: Code | None) -> Hours:
    return Hours(path=KEUZEDELEN, required=required, marks=marks, remark=remark)


@lru_cache(maxsize=16)
def _place(path: str, missing: Code | None, closed: bool = False) -> Unit:
    return Unit(path=path, missing=missing, closed=closed)


@lru_cache(maxsize=256)
def _professional(known: bool, name: str | None) -> Rule:
    if name is not None:
        return Unit(path=BEROEPSVEREISTEN, missing=Code.BEROEPSVEREISTE_MISSING)
    return NotAsked(path=BEROEPSVEREISTEN, remark=None if known else Code.BEROEPSVEREISTE_UNKNOWN)


@lru_cache(maxsize=256)
def _plan(catalogue: Catalogue, level: int | None, cohort: int, known: bool, name: str | None) -> Plan:
    requirements = catalogue.requirements
    generic: Marks | None = None
    if level is None:  # nothing is known of what is asked: the places stay, open and without a reason
        asked: tuple[Rule, ...] = tuple(_place(path, None, closed=True) for path in LEVEL_UNKNOWN)
        hours = _hours(None, None, None)
    else:
        generic = requirements.generic_for(level, cohort)
        asked = (generic,)
        hours = _hours(requirements.hours_for(level, cohort), *requirements.mean_rule_for(level, cohort))
    separate = (_place(row.path, row.missing) for row in requirements.separate)
    parts = generic.parts if generic else ()
    return Plan(
        level=level,
        rules=(*asked, *separate, hours, _professional(known, name)),
        asked=frozenset(part.path for part in parts) if generic else None,
        marked=frozenset(part.path for part in parts if part.minimum is not None),
        required=(known, name),
    )


def plan_for(target: Target, catalogue: Catalogue) -> Plan:
    """Return what the target asks beside the units. Raises: LevelUnknown."""
    return _plan(catalogue, level_of(target, catalogue), target.cohort, *required_name(target, catalogue))
