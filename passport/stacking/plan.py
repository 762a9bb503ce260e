"""Compiles what a target asks into a tree of rules: the units of the catalogue, and what level and cohort ask."""

from __future__ import annotations

from passport.stacking.catalogue import Catalogue
from passport.stacking.facts import LevelUnknown
from passport.stacking.parts import BEROEPSVEREISTEN, KEUZEDELEN, required_name
from passport.stacking.reasons import Code
from passport.stacking.rules import AllOf, Hours, Marks, NotAsked, Rule, Unit
from passport.stacking.target import Target


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


def _kerntaken(target: Target, catalogue: Catalogue) -> tuple[AllOf, ...]:
    qualification = catalogue.qualifications.get(target.crebo)
    if qualification is None:
        return ()
    return tuple(
        AllOf(
            path=f"kerntaak:{kerntaak}",
            of=tuple(Unit(path=code, tells_duplicates=True) for code in codes),
            partly=Code.PARTIAL_KERNTAAK,
        )
        for kerntaak, codes in qualification.kerntaken.items()
    )


def generic_rule(level: int | None, target: Target, catalogue: Catalogue) -> Marks | None:
    return catalogue.requirements.generic_for(level, target.cohort) if level is not None else None


def hours_rule(level: int | None, target: Target, catalogue: Catalogue) -> Hours:
    if level is None:
        return Hours(path=KEUZEDELEN, required=None, marks=None)
    rule, remark = catalogue.requirements.mean_rule_for(level, target.cohort)
    required = catalogue.requirements.hours_for(level, target.cohort)
    return Hours(path=KEUZEDELEN, required=required, marks=rule, remark=remark)


def compile_rules(target: Target, catalogue: Catalogue) -> AllOf:
    """Return the tree of what the target asks. Raises: LevelUnknown."""
    level = level_of(target, catalogue)
    generic = generic_rule(level, target, catalogue)
    if generic is None:  # nothing is known of what is asked: the places stay, open and without a reason
        places = ("nederlands", "rekenen", "generiek")
        asked: tuple[Rule, ...] = tuple(Unit(path=path, closed=True) for path in places)
    else:
        asked = (generic,)
    separate = tuple(Unit(path=row.path, missing=row.missing) for row in catalogue.requirements.separate)
    known, name = required_name(target, catalogue)
    professional: Rule
    if name is not None:
        professional = Unit(path=BEROEPSVEREISTEN, missing=Code.BEROEPSVEREISTE_MISSING)
    else:
        professional = NotAsked(path=BEROEPSVEREISTEN, remark=None if known else Code.BEROEPSVEREISTE_UNKNOWN)
    hours = hours_rule(level, target, catalogue)
    return AllOf(path="overall", of=(*_kerntaken(target, catalogue), *asked, *separate, hours, professional))
