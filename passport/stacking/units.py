"""Where the units of an item have a place in the target (R13 to R15), and what the item gives there (R12, R16).

Units are compared as `crebo:code`, never by code alone across qualifications.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from passport.stacking.catalogue import Catalogue, Equivalence, Qualification
from passport.stacking.reading import OWN, Origin, Read
from passport.stacking.reasons import Code
from passport.stacking.requirements import Strength
from passport.stacking.supports import Support
from passport.stacking.target import Row, Target, split_unit

NOTHING: frozenset[Code] = frozenset()
NOT_HERE = frozenset({Code.NOT_IN_QUALIFICATION})


class Placed(NamedTuple):
    """Units of the target that one unit leads to, each with where it comes from. lost: how many have no place."""

    units: tuple[tuple[str, Origin], ...]
    reasons: frozenset[Code] = NOTHING
    lost: int = 0


UNKNOWN_QUALIFICATION = Placed((), frozenset({Code.UNKNOWN_QUALIFICATION}))
UNKNOWN_UNIT = Placed((), frozenset({Code.UNKNOWN_UNIT}))


def belongs(code: str, kerntaak: str) -> bool:
    """Whether a code is that of a kerntaak, or of something within it."""
    return code == kerntaak or code.startswith(kerntaak + "-")


class Places:
    """Answers for one qualification where a unit of any qualification has a place; `""` is none of them.

    sources: the qualifications of which a unit can have a place here, or something else to be said of it than for
    other targets. What it answers depends on nothing else, so it remembers it.
    """

    def __init__(
        self, crebo: str, catalogue: Catalogue, tables: Iterable[Equivalence], mappings: Iterable[Row]
    ) -> None:
        self.crebo, self.catalogue = crebo, catalogue
        self.own = catalogue.qualifications.get(crebo)
        self.older: dict[str, dict[str, dict[str, Strength]]] = {}
        self.tabled = {table.old for table in tables if table.old != crebo}
        self.remembered: dict[str, Placed] = {}
        kinds = catalogue.requirements.transfer.kinds
        for table in tables:
            if table.old != crebo:
                self.older.setdefault(table.old, {})
                for code, places in table.rows.items():
                    self._row(table.old, code, places, kinds[table.kind])
        for row in mappings:
            stated, place = split_unit(row.old), split_unit(row.new)
            if stated and place and place[0] == crebo and stated[0] != crebo:
                self._row(stated[0], stated[1], (place[1],), kinds[row.basis])
        dossier = self.own.dossier_crebo if self.own else None
        same = catalogue.dossiers.get(dossier, ()) if dossier is not None else ()
        self.sources = tuple(dict.fromkeys((crebo, *self.older, *same)))

    def _row(self, crebo: str, code: str, places: Iterable[str], strength: Strength) -> None:
        """Add a row; a kerntaak on either side stands for all its werkprocessen (R15)."""
        rows = self.older.setdefault(crebo, {})
        qualification = self.catalogue.qualifications.get(crebo)
        for old in (qualification.expand(code) if qualification else ()) or (code,):
            found = rows.setdefault(old, {})
            for place in places:
                for unit in self.own.expand(place) if self.own else ():
                    found[unit] = max(strength, found.get(unit, strength))

    def place(self, unit: str) -> Placed:
        """Return where one well-formed unit has a place, and what is to be said of it."""
        found = self.remembered.get(unit)
        if found is None:
            crebo, _, code = unit.partition(":")
            found = self._place(crebo, code)
            # only what the catalogue itself knows: there is no end to the units that somebody may make up
            if crebo in self.sources and (unit in self.catalogue.known or code in self.older.get(crebo, ())):
                self.remembered[unit] = found
        return found

    def _place(self, crebo: str, code: str) -> Placed:
        if crebo == self.crebo:
            if self.own is None:
                return UNKNOWN_QUALIFICATION
            units = self.own.expand(code)
            return Placed(tuple((unit, OWN) for unit in units)) if units else UNKNOWN_UNIT
        if crebo in self.older:
            return self._place_older(crebo, code)
        other = self.catalogue.qualifications.get(crebo)
        if other is None:
            return UNKNOWN_QUALIFICATION
        units = other.expand(code)
        if not units:
            return UNKNOWN_UNIT
        origin = (False, self.catalogue.requirements.transfer.same_dossier)
        shared = tuple((unit, origin) for unit in units if self._shares(other, unit))
        return Placed(shared, lost=len(units) - len(shared))

    def _shares(self, other: Qualification, unit: str) -> bool:
        """R14: the same dossier (null equals nothing), a unit of the basisdeel with the same code and name."""
        own = self.own
        return (
            own is not None
            and own.dossier_crebo is not None
            and own.dossier_crebo == other.dossier_crebo
            and unit.startswith(self.catalogue.requirements.transfer.shared_prefix)
            and own.units.get(unit) == other.units[unit]
        )

    def _place_older(self, crebo: str, code: str) -> Placed:
        """R13: only through rows, and VERSION_MISMATCH in any case."""
        rows = self.older[crebo]
        qualification = self.catalogue.qualifications.get(crebo)
        if qualification is not None:
            codes = qualification.expand(code)
            exists = bool(codes)
        else:  # its structure is known from the rows alone, in full where there is a table
            codes = tuple(old for old in rows if belongs(old, code) or belongs(code, old))
            exists = bool(codes) or crebo not in self.tabled
        reasons = {Code.VERSION_MISMATCH} if exists else {Code.VERSION_MISMATCH, Code.UNKNOWN_UNIT}
        found: dict[str, Strength] = {}
        for old in codes:
            for unit, strength in rows.get(old, {}).items():
                found[unit] = max(strength, found.get(unit, strength))
        return Placed(tuple((unit, (False, limit)) for unit, limit in found.items()), frozenset(reasons))

    def contents(self, crebo: str) -> tuple[str, ...] | None:
        """Return all units of a qualification as far as they are known; None for an unknown one."""
        known = self.catalogue.contents.get(crebo)
        if known is None and crebo in self.older:
            known = tuple(f"{crebo}:{code}" for code in self.older[crebo])
        return known


@lru_cache(maxsize=2048)
def places_of(catalogue: Catalogue, crebo: str, tables: tuple[Equivalence, ...]) -> Places:
    return Places(crebo, catalogue, tables, ())


def places_for(target: Target, catalogue: Catalogue) -> Places:
    """Return the places of a target: compiled once, unless the call itself states rows (R13)."""
    every = catalogue.tables.get(target.crebo, ())
    tables = tuple(table for table in every if table.binds(target.school, target.date)) if every else ()
    if target.mappings or target.crebo not in catalogue.qualifications:
        return Places(target.crebo, catalogue, tables, target.mappings)
    return places_of(catalogue, target.crebo, tables)


def codes_elsewhere(read: Read) -> frozenset[Code]:
    """Return what is to be said of the units of an item for a target of which none of them is a source."""
    stated = read.stated
    if stated is None:
        return NOTHING
    if stated.known:  # nearly always: qualifications that the catalogue knows, without a place here
        return NOT_HERE if stated.units else NOTHING
    return unit_supports(read, places_of(read.catalogue, "", ()))[1]


def unit_supports(read: Read, places: Places) -> tuple[Mapping[str, Support], frozenset[Code]]:
    """Return what an item gives for the units of the target, and what is to be said of its units there.

    The inner loop of a stack: what was found before is looked up here, without a call.
    """
    stated = read.stated
    if stated is None:
        return {}, NOTHING
    units, codes = stated.units, NOTHING
    if stated.contents_of is not None:
        known = places.contents(stated.contents_of)
        if known is None:
            return {}, UNKNOWN_QUALIFICATION.reasons
        units = known
    found: dict[str, Support] = {}
    placed_any, lost, counts = False, 0, stated.counts
    remembered, supports = places.remembered, read.supports
    for unit in units:
        leads, reasons, missed = remembered.get(unit) or places.place(unit)
        if reasons:
            codes |= reasons
        lost += missed
        if not leads:
            continue
        placed_any = True
        if not counts:
            continue
        for code, origin in leads:
            candidate = supports[origin] if origin in supports else read.unit_support(origin)
            if candidate is not None and (code not in found or candidate.rank < found[code].rank):
                found[code] = candidate
    if lost and not (stated.follows and placed_any):
        codes |= NOT_HERE
    return found, codes
