"""Which qualification is near: how many units of every qualification a stack covers, without explanations.

The same counts as `evaluate` gives, which explains; but level, marks and what stands beside the units play no part, so
that qualifications whose level is not known are ranked too. Compiled once a catalogue: the units of a qualification are
the bits of one small number, and every qualification knows where its bits lead. A stack is then one pass over its
items and one over the qualifications that they name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from passport.stacking.acceptance import certificate_of, refusals
from passport.stacking.catalogue import Catalogue, Equivalence
from passport.stacking.facts import Facts, Item
from passport.stacking.supports import is_awarding
from passport.stacking.target import Target
from passport.stacking.units import Places, belongs, places_of

FOLLOWS = frozenset({"diploma", "mbo-certificaat"})
EXAM = "examenresultaat"


class Near(NamedTuple):
    """One qualification: units covered (met or exempt), units with only a claim, and all its units.

    A tuple, for speed: hundreds are made a call.
    """

    crebo: str
    naam: str
    niveau: int | None
    covered: int
    claims: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Qualifications, the nearest first. Iterating gives those of which something is covered.

    near: something is covered. everything: all of the catalogue, the others after those, by crebo.
    Order: the share of the units that is covered, then the share with a claim, then the crebo.
    """

    near: tuple[Near, ...]
    catalogue: Catalogue

    def __iter__(self) -> Iterator[Near]:
        return iter(self.near)

    def __len__(self) -> int:
        return len(self.near)

    @property
    def everything(self) -> tuple[Near, ...]:
        there = {one.crebo for one in self.near}
        return (*self.near, *(one for one in _untouched(self.catalogue) if one.crebo not in there))

    def to_json(self, *, what_if: bool, limit: int | None = None) -> dict[str, Any]:
        """Return what `skillspas stack` without a target answers. limit: so many qualifications at most."""
        return {
            "ranking": [
                {
                    "crebo": one.crebo,
                    "naam": one.naam,
                    "niveau": one.niveau,
                    "units": {
                        "done": one.covered,
                        "claim": one.claims,
                        "open": one.units - one.covered - one.claims,
                        "total": one.units,
                    },
                }
                for one in self.everything[:limit]
            ],
            "catalogue": {"version": self.catalogue.version, "digest": self.catalogue.digest},
            "what_if": what_if,
        }


@lru_cache(maxsize=8)
def _untouched(catalogue: Catalogue) -> tuple[Near, ...]:
    found = sorted(catalogue.qualifications.items())
    return tuple(Near(crebo, one.naam, one.niveau, 0, 0, len(one.units)) for crebo, one in found)


Link = tuple[str, int, tuple[tuple[int, int], ...]]
"""Another qualification; the bits that stand there at the same place; other bits, each with where it leads."""


class _Bits:
    """The units of a catalogue as bits, and where claims lead.

    of: the qualification and the bits of every `crebo:code`. links: from a qualification to those where its units have
    a place too (R13, R14), as `Places` has it. older: units of qualifications that only equivalences know.
    """

    def __init__(self, catalogue: Catalogue, tables: Collection[Equivalence]) -> None:
        self.of: dict[str, tuple[str, int]] = {}
        self.links: dict[str, list[Link]] = {}
        self.older: dict[str, list[str]] = {}
        for crebo, units in catalogue.contents.items():
            self.of |= {unit: (crebo, 1 << at) for at, unit in enumerate(units)}
            for kerntaak, codes in catalogue.qualifications[crebo].kerntaken.items():
                self.of[f"{crebo}:{kerntaak}"] = (crebo, sum(self.of[f"{crebo}:{code}"][1] for code in codes))
        for crebo in catalogue.qualifications:
            places = places_of(catalogue, crebo, tuple(table for table in tables if table.new == crebo))
            for source in places.sources:
                if source != crebo:
                    self._link(source, places)

    def _link(self, source: str, places: Places) -> None:
        units = places.contents(source) or ()
        if source not in places.catalogue.contents:
            known = self.older.setdefault(source, [])
            for unit in units:
                if unit not in self.of:
                    self.of[unit] = (source, 1 << len(known))
                    known.append(unit)
        straight, moved = 0, []
        for unit in units:
            bit = self.of[unit][1]
            lead = sum(self.of[f"{places.crebo}:{code}"][1] for code, _ in places.place(unit).units)
            if lead == bit:
                straight |= bit
            elif lead:
                moved.append((bit, lead))
        if straight or moved:
            self.links.setdefault(source, []).append((places.crebo, straight, tuple(moved)))

    def find(self, unit: str) -> tuple[str, int]:
        """Return qualification and bits of any unit; no bits for one that is not known."""
        found = self.of.get(unit)
        if found is not None:
            return found
        crebo = unit[:5]
        older = [one for one in self.older.get(crebo, ()) if belongs(one, unit) or belongs(unit, one)]
        return crebo, sum(self.of[one][1] for one in older)


@lru_cache(maxsize=16)
def _compiled(catalogue: Catalogue, tables: tuple[Equivalence, ...]) -> _Bits:
    return _Bits(catalogue, tables)


def _stated(item: Item, catalogue: Catalogue, bits: _Bits) -> Iterable[str]:
    """Return the units that an item states, or that follow from it (R10, R15, R22)."""
    if item.type == "mbo-certificaat" and (certificate := certificate_of(item, catalogue)) is not None:
        return certificate.units
    if item.type == "diploma":
        crebo = item.crebo or ""
        known = catalogue.contents.get(crebo)
        return bits.older.get(crebo, ()) if known is None else known
    if item.type == "ervaringscertificaat" and not (item.standaard or "").startswith("crebo:"):
        return ()
    return item.units or ()


def _named(units: Iterable[str], bits: _Bits) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for unit in units:
        crebo, mask = bits.of.get(unit) or bits.find(unit)
        found[crebo] |= mask
    return found


def rank(catalogue: Catalogue, facts: Facts, *, school: str | None, at: date) -> Ranking:
    """Return the qualifications of the catalogue, those first of which most is covered.

    school: whose examencommissie would award; None: everything is a claim. at: the target date.
    Two holders: nothing is covered (R8).
    """
    if facts.persons_differ or len({item.holder for item in facts.items} - {None}) > 1:
        return Ranking(near=(), catalogue=catalogue)
    tables = (table for group in catalogue.tables.values() for table in group)
    bits = _compiled(catalogue, tuple([table for table in tables if table.binds(school, at)]))
    target = Target(crebo="", cohort=at.year, cohort_label="", date=at, school=school)
    requirements = catalogue.requirements
    decided: set[str] = set()  # sets of names first: most items name what another one names too
    claimed: set[str] = set()
    for item in facts.items:
        if item.units is None and item.type not in FOLLOWS:
            continue
        if refusals(item, target, catalogue) or (item.type == EXAM and not requirements.is_sufficient(item)):
            continue
        worth, units = requirements.worth[item.type or ""], _stated(item, catalogue, bits)
        if worth.otherwise is not None:
            claimed.update(units)
        if worth.outright is not None and is_awarding(item.issuer, school):
            decided.update(units)
    return Ranking(near=_near(catalogue, bits, _named(decided, bits), _named(claimed, bits)), catalogue=catalogue)


def _near(
    catalogue: Catalogue, bits: _Bits, decided: Mapping[str, int], claimed: Mapping[str, int]
) -> tuple[Near, ...]:
    reached: dict[str, int] = defaultdict(int, claimed)
    for source, named in claimed.items():
        for crebo, straight, moved in bits.links.get(source, ()):
            lead = named & straight
            for bit, to in moved:
                if named & bit:
                    lead |= to
            if lead:
                reached[crebo] |= lead
    found = []
    for crebo in {**reached, **decided}:
        one = catalogue.qualifications.get(crebo)
        if one is None:
            continue
        done = decided.get(crebo, 0)
        covered, claims = done.bit_count(), (reached.get(crebo, 0) & ~done).bit_count()
        if covered or claims:
            units = len(one.units)
            found.append((-covered / units, -claims / units, Near(crebo, one.naam, one.niveau, covered, claims, units)))
    return tuple([entry[2] for entry in sorted(found)])
