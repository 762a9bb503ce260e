"""What one accepted item gives for one place: a support. Used for units and for all that stands beside them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from passport.stacking.catalogue import Catalogue
from passport.stacking.facts import Item
from passport.stacking.requirements import Grade, Strength
from passport.stacking.target import Target

DIPLOMA = "diploma"


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """strength stands with a claim only. mark: whole, None without one. level: as stated. hours: of a keuzedeel."""

    item: Item
    grade: Grade
    strength: Strength | None = None
    mark: int | None = None
    level: str | None = None
    exemption: bool = False
    hours: Decimal = Decimal(0)

    @property
    def rank(self) -> tuple[int, int, bool, int, str]:
        """R17: the grade, then the stronger, then a diploma, then the later date, then the smaller id."""
        day = self.item.date.toordinal() if self.item.date else 0
        return (-self.grade, -(self.strength or 0), self.item.type != DIPLOMA, -day, self.item.id)


def is_awarding(item: Item, target: Target) -> bool:
    """Whether the item comes from the school whose examencommissie would award (R1: without school, none)."""
    if target.school is None or item.issuer is None:
        return False
    return item.issuer == target.school or (
        item.issuer == f"school:{target.school}" and target.school.startswith(("https://", "http://", "did:"))
    )


def judge(
    item: Item, crebo: str, target: Target, catalogue: Catalogue, *, limit: Strength | None = None
) -> tuple[Grade, Strength | None] | None:
    """Return what an item gives for what was obtained in `crebo` (R12, R16, R21 to R23); a claim is at most `limit`."""
    worth = catalogue.requirements.worth[item.type or ""]
    if worth.outright is not None and crebo == target.crebo and is_awarding(item, target):
        return worth.outright, None
    if worth.otherwise is None:
        return None
    return Grade.CLAIM, worth.otherwise if limit is None else min(worth.otherwise, limit)


def support(item: Item, target: Target, catalogue: Catalogue, **more: object) -> Support | None:
    """Return the support of an item that names no units: it counts in the qualification where it was obtained (R21)."""
    judged = judge(item, item.crebo or target.crebo, target, catalogue)
    if judged is None:
        return None
    mark = catalogue.requirements.mark(item)
    return Support(
        item=item,
        grade=judged[0],
        strength=judged[1],
        mark=mark,
        exemption=item.type == "vrijstelling",
        **more,  # type: ignore[arg-type]
    )
