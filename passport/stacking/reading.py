"""One item of evidence, read once: what follows from it whatever the target is.

Only the school and the day count here. What an item means for one qualification is for `units.py` and `parts.py`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from passport.stacking.acceptance import remarks
from passport.stacking.catalogue import Catalogue
from passport.stacking.facts import Item
from passport.stacking.reasons import Code
from passport.stacking.requirements import Strength
from passport.stacking.rules import fold_level
from passport.stacking.stated import Stated, read_hours, read_units
from passport.stacking.supports import NO_HOURS, Support, judge, rank_of
from passport.stacking.target import Target

Notes = tuple[tuple[Code, tuple[str, ...]], ...]
"""What is said of one item: code and ids concerned, in order of code."""

Origin = tuple[bool, Strength | None]
"""Whether a unit is of the target's own qualification; how strong a claim with it can be at most."""

OWN: Final[Origin] = (True, None)
STATES_UNITS = frozenset({"diploma", "mbo-certificaat", "ervaringscertificaat"})
_UNSEEN: Final = -1


@lru_cache(maxsize=1024)
def _in_order(codes: frozenset[Code]) -> tuple[Code, ...]:
    return tuple(sorted(codes))


class Read:
    """One item, and what was worked out about it so far: most of it is asked for many qualifications.

    at: its place among the items. awarding: whether the school that would award gave it. stated: its units.
    fixed: what is said of it whatever the target is. other: ids that such a reason names besides its own.
    supports: what it gives for a unit, by origin, as far as it was asked.
    """

    __slots__ = (
        *("_mark", "_parts", "accepted", "at", "awarding", "catalogue", "fixed", "item", "other", "stated"),
        "supports",
    )

    def __init__(
        self,
        item: Item,
        at: int,
        target: Target,
        catalogue: Catalogue,
        *,
        awarding: bool,
        refused: frozenset[Code] | None,
    ) -> None:
        """refused: why it does not count; None: it does. Empty: it would, but for the other items (R8)."""
        self.item, self.at, self.catalogue, self.awarding = item, at, catalogue, awarding
        self.accepted = refused is None
        self.stated: Stated | None = None
        self.other: dict[Code, set[str]] | None = None
        self.supports: dict[Origin, Support | None] = {}
        self._parts: dict[bool, Support | None] = {}
        self._mark: int | None = _UNSEEN
        if refused is not None:
            self.fixed = refused
            return
        self.fixed = remarks(item, target, catalogue)
        if item.units is not None or item.type in STATES_UNITS:
            self.stated = stated = read_units(item, catalogue)
            if stated.codes:
                self.fixed |= stated.codes

    @property
    def mark(self) -> int | None:
        """The whole mark (R9); None where there is none."""
        if self._mark == _UNSEEN:
            self._mark = self.catalogue.requirements.mark(self.item)
        return self._mark

    def tell(self, code: Code, *ids: str) -> None:
        """Note what is to be said of this item whatever the target is, and which items it concerns."""
        self.fixed |= {code}
        self.other = self.other or {}
        self.other.setdefault(code, set()).update(ids)

    def notes(self, codes: frozenset[Code]) -> Notes:
        """Return all that is said of the item where `codes` follow from the target."""
        own = (self.item.id,)
        every = _in_order(self.fixed | codes if self.fixed else codes)
        if self.other:
            return tuple((code, tuple(sorted({*own, *self.other.get(code, ())}))) for code in every)
        return tuple([(code, own) for code in every])

    def unit_support(self, origin: Origin) -> Support | None:
        """Return what the item gives for a unit of the target's own qualification, or of another one (R12, R16)."""
        own, limit = origin
        item = self.item
        judged = judge(self.catalogue.requirements.worth[item.type or ""], decides=own and self.awarding, limit=limit)
        found = self.supports[origin] = None if judged is None else Support(item, *judged, rank_of(item, *judged))
        return found

    def part_support(self, *, own: bool) -> Support | None:
        """Return what the item gives beside the units, obtained in the target's qualification or in another (R21)."""
        decides = own and self.awarding
        if decides not in self._parts:
            self._parts[decides] = self._part_support(decides)
        return self._parts[decides]

    def _part_support(self, decides: bool) -> Support | None:
        item = self.item
        judged = judge(self.catalogue.requirements.worth[item.type or ""], decides=decides, limit=None)
        if judged is None:
            return None
        hours = read_hours(item, self.catalogue) or NO_HOURS
        freed = item.type == "vrijstelling"
        return Support(item, *judged, rank_of(item, *judged), self.mark, fold_level(item.niveau), freed, hours)
