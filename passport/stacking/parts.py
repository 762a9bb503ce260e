"""What items give beside the units: generic parts, separate things, keuzedelen (R20, R21, R24, R31, R32, R41, R42).

Units never fill these places, and these never fill units.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from passport.stacking.acceptance import Reasons
from passport.stacking.catalogue import Catalogue
from passport.stacking.facts import Item
from passport.stacking.reasons import Code
from passport.stacking.rules import Marks
from passport.stacking.supports import Support, is_awarding, support
from passport.stacking.target import Target

KEUZEDELEN = "keuzedelen"
BEROEPSVEREISTEN = "beroepsvereisten"
_PRINTED_CREBO = re.compile(r"[0-9]{5}(?=K)")


@dataclass(slots=True, kw_only=True)
class Gathered:
    """Supports by path of the rule (unit code, part, separate thing); keuzedelen by their code."""

    places: dict[str, list[Support]] = field(default_factory=lambda: defaultdict(list))
    keuzedelen: dict[str, list[Support]] = field(default_factory=lambda: defaultdict(list))


def keuzedeel_code(code: str) -> str:
    """Return a code in capitals without a crebo printed before it (R31): `25604K0059` is `K0059`."""
    return _PRINTED_CREBO.sub("", code.strip().upper(), count=1) if code else code


def required_name(target: Target, catalogue: Catalogue) -> tuple[bool, str | None]:
    """Return whether it is known what the law asks, and the name of what it asks (R42)."""
    if target.required_name is not None:
        return True, target.required_name
    if target.requirement == "none":
        return True, None
    qualification = catalogue.qualifications.get(target.crebo)
    return qualification.requirement if qualification else (False, None)


class Sorter:
    """Puts what an item gives beside units in its places, and notes what is to be said of the item."""

    def __init__(self, target: Target, catalogue: Catalogue, reasons: Reasons, *, generic: Marks | None) -> None:
        self.target, self.catalogue, self.reasons = target, catalogue, reasons
        self.asked = {part.path for part in generic.parts} if generic else None
        self.marked = {part.path for part in generic.parts if part.minimum is not None} if generic else set()

    def sort(self, item: Item, into: Gathered) -> None:
        match item.type:
            case "generiek":
                self._generic(item, into)
            case "bpv" | "loopbaan_burgerschap":
                self._separate(item, item.type, into)
            case "beroepsvereiste":
                self._professional(item, into)
            case "keuzedeel":
                self._keuzedeel(item, item.code or "", into)
            case "vrijstelling":
                self._exemption(item, into)
            case _:
                pass

    def _support(self, item: Item, **more: object) -> Support | None:
        return support(item, self.target, self.catalogue, **more)

    def _put(self, into: Mapping[str, list[Support]], path: str, found: Support | None) -> None:
        if found is not None:
            into[path].append(found)

    def _generic(self, item: Item, into: Gathered) -> None:
        if item.vak is None:
            return
        if self.asked is not None and item.vak not in self.asked:
            self.reasons.at_item(Code.NOT_IN_QUALIFICATION, item)  # R24
            return
        if item.type == "generiek" and item.cijfer is None and item.oordeel is None and item.vak in self.marked:
            self.reasons.at_item(Code.RESULT_INSUFFICIENT, item)  # the mark is not disclosed
        self._put(into.places, item.vak, self._support(item, level=item.niveau))

    def _separate(self, item: Item, path: str, into: Gathered) -> None:
        """R41. An exemption needs no mark."""
        if item.type != "vrijstelling" and not self.catalogue.requirements.is_sufficient(item):
            self.reasons.at_item(Code.RESULT_INSUFFICIENT, item)
            return
        self._put(into.places, path, self._support(item))

    def _professional(self, item: Item, into: Gathered) -> None:
        known, name = required_name(self.target, self.catalogue)
        if name is None or (item.naam or "").strip().casefold() != name.strip().casefold():
            if known:
                self.reasons.at_item(Code.NOT_IN_QUALIFICATION, item)
            return
        if item.oordeel == "voldaan":
            self._put(into.places, BEROEPSVEREISTEN, self._support(item))
        elif not self.catalogue.requirements.is_sufficient(item):
            self.reasons.at_item(Code.RESULT_INSUFFICIENT, item)

    def _exemption(self, item: Item, into: Gathered) -> None:
        """R21. What it names beside units; its units are sorted with the units."""
        if self._is_of_another_school(item):
            self.reasons.at_item(Code.EXEMPTION_OTHER_SCHOOL, item)
        self._generic(item, into)
        if item.node is not None:
            self._separate(item, item.node, into)
        if item.keuzedeel is not None:
            self._keuzedeel(item, item.keuzedeel, into)

    def _is_of_another_school(self, item: Item) -> bool:
        return not is_awarding(item, self.target)

    def _keuzedeel(self, item: Item, stated: str, into: Gathered) -> None:
        """R31, R32: the hours, and what falls out before anything is counted."""
        code = keuzedeel_code(stated)
        known = self.catalogue.keuzedelen.get(code)
        hours = Decimal(known.sbu) if known and known.sbu is not None else item.sbu
        if hours is None:
            self.reasons.at_item(Code.KEUZEDEEL_SBU_UNKNOWN, item)
        out = False
        if self.target.crebo in item.overlap or (known and self.target.crebo in known.overlap):
            self.reasons.add(Code.KEUZEDEEL_OVERLAP, KEUZEDELEN, item.id)
            out = True
        if not item.verplichting:
            self.reasons.add(Code.KEUZEDEEL_EXCLUDED_FROM_MEAN, KEUZEDELEN, item.id)
            out = True
        found = self._support(item, hours=hours or Decimal(0))
        if found is not None and not found.exemption and found.mark is None:
            self.reasons.at_item(Code.RESULT_INSUFFICIENT, item)
            out = True
        if not out:
            self._put(into.keuzedelen, code, found)
