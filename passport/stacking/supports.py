"""What one accepted item gives for one place: a support. Used for units and for all that stands beside them."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from passport.stacking.facts import Item
from passport.stacking.requirements import Grade, Strength, Worth

DIPLOMA = "diploma"
NO_HOURS = Decimal(0)


class Support(NamedTuple):
    """strength stands with a claim only. mark: whole, None without one. level: as levels are compared.

    hours: of a keuzedeel.

    rank: which of several comes first (R17): the grade, then the stronger, then a diploma, then the later date, then
    the smaller id. A tuple, for speed: a stack makes hundreds.
    """

    item: Item
    grade: Grade
    strength: Strength | None
    rank: tuple[int, int, bool, int, str]
    mark: int | None = None
    level: str = ""
    exemption: bool = False
    hours: Decimal = NO_HOURS


def rank_of(item: Item, grade: Grade, strength: Strength | None) -> tuple[int, int, bool, int, str]:
    day = item.date.toordinal() if item.date else 0
    return (-grade, -(strength or 0), item.type != DIPLOMA, -day, item.id)


def is_awarding(issuer: str | None, school: str | None) -> bool:
    """Whether an issuer is the school whose examencommissie would award (R1: without school, none)."""
    if school is None or issuer is None:
        return False
    return issuer == school or (issuer == f"school:{school}" and school.startswith(("https://", "http://", "did:")))


def judge(worth: Worth, *, decides: bool, limit: Strength | None) -> tuple[Grade, Strength | None] | None:
    """Return what a type of evidence gives (R12, R16, R21 to R23); a claim is at most `limit`.

    decides: the awarding school gave it, for the target's own qualification.
    """
    if decides and worth.outright is not None:
        return worth.outright, None
    if worth.otherwise is None:
        return None
    return Grade.CLAIM, worth.otherwise if limit is None else min(worth.otherwise, limit)
