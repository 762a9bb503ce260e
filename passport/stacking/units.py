"""Where the units of an item have a place in the target (R10, R13 to R16, R19, R22).

Units are compared as `crebo:code`, never by code alone across qualifications.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from passport.stacking.acceptance import Reasons, certificate_code
from passport.stacking.catalogue import Catalogue, Qualification
from passport.stacking.facts import Item
from passport.stacking.reasons import Code
from passport.stacking.requirements import Strength
from passport.stacking.supports import DIPLOMA, Support, judge
from passport.stacking.target import Target, split_unit

Rows = Mapping[str, Mapping[str, Strength]]  # old werkproces → unit of the target → at most this strong


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Units of the target that one code leads to, with a limit for a claim. lost: how many have no place."""

    units: Mapping[str, Strength | None]
    reasons: frozenset[Code] = frozenset()
    lost: int = 0


def _belongs(code: str, kerntaak: str) -> bool:
    return code == kerntaak or code.startswith(kerntaak + "-")


class Places:
    """Answers for one target where a unit of any qualification has a place. Built once a call."""

    def __init__(self, target: Target, catalogue: Catalogue) -> None:
        self.target, self.catalogue = target, catalogue
        self.own = catalogue.qualifications.get(target.crebo)
        self.older: dict[str, dict[str, dict[str, Strength]]] = {}
        self.tabled: set[str] = set()
        kinds = catalogue.requirements.transfer.kinds
        for (old, new), tables in catalogue.equivalences.items():
            if new != target.crebo or old == new:
                continue
            self.tabled.add(old)
            for table in tables:
                for code, places in table.rows.items():
                    self._row(old, code, places, kinds[table.kind])
        for row in target.mappings:
            stated, place = split_unit(row.old), split_unit(row.new)
            if stated and place and place[0] == target.crebo and stated[0] != target.crebo:
                self._row(stated[0], stated[1], (place[1],), kinds[row.basis])

    def _row(self, crebo: str, code: str, places: Iterable[str], strength: Strength) -> None:
        """Add a row; a kerntaak on either side stands for all its werkprocessen (R15)."""
        rows = self.older.setdefault(crebo, {})
        qualification = self.catalogue.qualifications.get(crebo)
        for old in (qualification.expand(code) if qualification else ()) or (code,):
            found = rows.setdefault(old, {})
            for place in places:
                for unit in self.own.expand(place) if self.own else ():
                    found[unit] = max(strength, found.get(unit, strength))

    def place(self, crebo: str, code: str) -> Placed:
        """Return where one stated code has a place, and what is to be said of it."""
        if crebo == self.target.crebo:
            if self.own is None:
                return Placed(units={}, reasons=frozenset({Code.UNKNOWN_QUALIFICATION}))
            units = self.own.expand(code)
            reasons = frozenset() if units else frozenset({Code.UNKNOWN_UNIT})
            return Placed(units=dict.fromkeys(units), reasons=reasons)
        if crebo in self.older:
            return self._place_older(crebo, code)
        other = self.catalogue.qualifications.get(crebo)
        if other is None:
            return Placed(units={}, reasons=frozenset({Code.UNKNOWN_QUALIFICATION}))
        units = other.expand(code)
        if not units:
            return Placed(units={}, reasons=frozenset({Code.UNKNOWN_UNIT}))
        shared = {unit: self._limit for unit in units if self._shares(other, unit)}
        return Placed(units=shared, lost=len(units) - len(shared))

    @property
    def _limit(self) -> Strength:
        return self.catalogue.requirements.transfer.same_dossier

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
            codes = tuple(old for old in rows if _belongs(old, code) or _belongs(code, old))
            exists = bool(codes) or crebo not in self.tabled
        reasons = {Code.VERSION_MISMATCH} if exists else {Code.VERSION_MISMATCH, Code.UNKNOWN_UNIT}
        found: dict[str, Strength | None] = {}
        for old in codes:
            for unit, strength in rows.get(old, {}).items():
                found[unit] = max(strength, found.get(unit) or strength)
        return Placed(units=found, reasons=frozenset(reasons))

    def contents(self, crebo: str) -> tuple[str, ...] | None:
        """Return all werkprocessen of a qualification as far as they are known; None for an unknown one."""
        qualification = self.catalogue.qualifications.get(crebo)
        if qualification is not None:
            return tuple(qualification.units)
        return tuple(self.older[crebo]) if crebo in self.older else None


def _stated(item: Item, places: Places, reasons: Reasons) -> tuple[list[tuple[str, str]], bool]:
    """Return crebo and code of the units of an item, and whether they follow from it rather than stand in it."""
    if item.type == DIPLOMA:
        crebo = item.crebo or ""
        contents = places.contents(crebo)
        if contents is None:
            reasons.at_item(Code.UNKNOWN_QUALIFICATION, item)
        return [(crebo, code) for code in contents or ()], True
    if item.type == "mbo-certificaat":
        certificate = places.catalogue.certificates.get(certificate_code(item))
        if certificate is not None:
            if item.units and _differs(item, certificate.units, places):
                reasons.at_item(Code.CERTIFICATE_CONTENTS_DIFFER, item)
            return [split for unit in certificate.units if (split := split_unit(unit))], True
        if not item.units:
            reasons.at_item(Code.CERTIFICATE_CONTENTS_UNKNOWN, item)
    if item.type == "ervaringscertificaat" and not (item.standaard or "").startswith("crebo:"):
        reasons.at_item(Code.STANDARD_NOT_CREBO, item)
        return [], False
    found = []
    for unit in item.units or ():
        split = split_unit(unit)
        if split is None:
            reasons.at_item(Code.MALFORMED_UNIT, item)
        else:
            found.append(split)
    return found, False


def _differs(item: Item, contents: Iterable[str], places: Places) -> bool:
    """Whether a certificate states other units than the catalogue (R10). A kerntaak stands for its werkprocessen."""

    def spread(units: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for unit in units:
            crebo, code = split_unit(unit) or ("", unit)
            qualification = places.catalogue.qualifications.get(crebo)
            codes = qualification.expand(code) if qualification else ()
            found.update(f"{crebo}:{one}" for one in codes or (code,))
        return found

    stated, known = spread(item.units or ()), spread(contents)
    return not stated <= known if item.units_partial else stated != known


def unit_supports(item: Item, places: Places, reasons: Reasons) -> dict[str, Support]:
    """Return what an item gives for the units of the target, and note what is to be said of its units."""
    target, catalogue = places.target, places.catalogue
    stated, follows = _stated(item, places, reasons)
    insufficient = item.type == "examenresultaat" and not catalogue.requirements.is_sufficient(item)
    if insufficient:
        reasons.at_item(Code.RESULT_INSUFFICIENT, item)
    found: dict[str, Support] = {}
    placed_any, lost = False, 0
    for crebo, code in stated:
        placed = places.place(crebo, code)
        for reason in placed.reasons:
            reasons.at_item(reason, item)
        placed_any = placed_any or bool(placed.units)
        lost += placed.lost
        for unit, limit in placed.units.items():
            judged = judge(item, crebo, target, catalogue, limit=limit)
            if judged is None or insufficient:
                continue
            candidate = Support(item=item, grade=judged[0], strength=judged[1], exemption=item.type == "vrijstelling")
            if unit not in found or candidate.rank < found[unit].rank:
                found[unit] = candidate
    if lost and not (follows and placed_any):
        reasons.at_item(Code.NOT_IN_QUALIFICATION, item)
    return found
