"""The answer of the rules: a tree of the shape of the rule. It holds no words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from passport.stacking.facts import Item
from passport.stacking.reasons import Code
from passport.stacking.requirements import Grade, Strength
from passport.stacking.rules import Rule
from passport.stacking.target import Target


class Status(StrEnum):
    MET = "met"
    EXEMPT = "exempt"
    CLAIM = "claim"
    PARTIAL = "partial"
    OPEN = "open"
    NOT_APPLICABLE = "not_applicable"


class Overall(StrEnum):
    READY = "ready_for_examencommissie"
    INCOMPLETE = "incomplete"
    BLOCKED = "blocked"


STATUS_OF = {Grade.MET: Status.MET, Grade.EXEMPT: Status.EXEMPT, Grade.CLAIM: Status.CLAIM}
DONE = (Status.MET, Status.EXEMPT, Status.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What a rule found. used counts, also would count; figures are numbers that a node shows (`sbu`, `mean`)."""

    rule: Rule
    path: str
    status: Status
    strength: Strength | None = None
    used: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    children: tuple[Node, ...] = ()
    figures: Mapping[str, Decimal | None] = field(default_factory=dict)

    def walk(self) -> Iterator[Node]:
        """Yield all nodes below this one, children before their parent, then this one."""
        for child in self.children:
            yield from child.walk()
        yield self


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of an item of evidence."""

    item: Item
    accepted: bool
    weight: Grade | None  # of what it gives; None: informational


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The whole answer, before it is put into words. reasons: place and code → ids of the evidence concerned."""

    overall: Overall
    target: Target
    naam: str | None
    niveau: int | None
    root: Node
    reasons: Mapping[tuple[str, Code], tuple[str, ...]]
    evidence: Mapping[str, Judged]
    smallest_sets: tuple[tuple[str, ...], ...]
    catalogue_version: str
    catalogue_digest: str
    holder_binding: str | None
