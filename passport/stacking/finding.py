"""The answer of the rules: a tree of the shape of the rule. It holds no words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from passport.stacking.catalogue import Certificate
from passport.stacking.policies import SchoolPolicy
from passport.stacking.reading import Notes, Read
from passport.stacking.reasons import Code
from passport.stacking.requirements import Grade, Strength
from passport.stacking.rules import AllOf, Rule
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
BLOCKING = (Code.UNKNOWN_QUALIFICATION, Code.HOLDER_MISMATCH, Code.KD_WINDOW_CLOSED)
DONE = (Status.MET, Status.EXEMPT, Status.NOT_APPLICABLE)

# names of their own: to look up a member of an enum costs four times as much, and a stack does it for every unit
_OPEN, _PARTIAL, _CLAIM = Status.OPEN, Status.PARTIAL, Status.CLAIM
_EXEMPT, _NOT_APPLICABLE = Status.EXEMPT, Status.NOT_APPLICABLE
_ALL_OPEN = {Status.OPEN}
_NO_FIGURES: Mapping[str, Decimal | None] = MappingProxyType({})


class Node(NamedTuple):
    """What a rule found. used counts, also would count; figures are numbers that a node shows (`sbu`, `mean`).

    A tuple, for speed: a ranking with explanations makes thousands.
    """

    rule: Rule
    path: str
    status: Status
    strength: Strength | None = None
    used: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    children: tuple[Node, ...] = ()
    figures: Mapping[str, Decimal | None] = _NO_FIGURES

    def walk(self) -> Iterator[Node]:
        """Yield all nodes below this one, children before their parent, then this one."""
        for child in self.children:
            if child.children:
                yield from child.walk()
            else:
                yield child
        yield self


def combine(rule: AllOf, children: tuple[Node, ...]) -> Node:
    """R18: open, partial, else the weakest claim, else exempt if all are, else met."""
    statuses = {child.status for child in children}
    statuses.discard(_NOT_APPLICABLE)
    strength: Strength | None = None
    if not statuses or statuses == _ALL_OPEN:
        status = _OPEN
    elif _OPEN in statuses or _PARTIAL in statuses:
        status = _PARTIAL
    elif _CLAIM in statuses:
        status = _CLAIM
        strength = min([child.strength for child in children if child.strength is not None])
    else:
        status = _EXEMPT if statuses == {_EXEMPT} else Status.MET
    used = {key for child in children for key in child.used}
    return Node(rule, rule.path, status, strength, tuple(sorted(used)), (), children)


class Verdict(NamedTuple):
    """What came of one rule.

    reasons: place and code → ids of the evidence concerned, in the order of the nodes (a kerntaak comes after its
    units), then of the code. weights: the highest that each item gives in it (R11); standing in `also` is giving.
    """

    node: Node
    reasons: Mapping[tuple[str, Code], tuple[str, ...]]
    weights: Mapping[str, Grade]


class Finding(NamedTuple):
    """The whole answer, before it is put into words.

    whole: what is said of the whole: code → ids of the evidence concerned.
    kerntaken, beside: what came of the rules: the kerntaken, and what stands beside the units.
    reads, notes: the items, sorted by id, and what is said of each where its units have no place.
    changed: by place of the item, what is said of it instead.
    Targets that ask the same beside the units share `notes`, and nearly always `beside`: the same objects.
    certificates: of the qualification, those that can be had on the day of the target.
    policy: the school's own policy that was applied.
    """

    overall: Overall
    target: Target
    naam: str | None
    niveau: int | None
    whole: Mapping[Code, tuple[str, ...]]
    kerntaken: Sequence[Verdict]
    beside: Sequence[Verdict]
    reads: Sequence[Read]
    notes: Sequence[Notes]
    changed: Mapping[int, Notes]
    smallest_sets: tuple[tuple[str, ...], ...]
    certificates: tuple[Certificate, ...]
    catalogue_version: str
    catalogue_digest: str
    holder_binding: str | None
    policy: SchoolPolicy | None

    @property
    def root(self) -> Node:
        """All nodes as one tree."""
        nodes = tuple(verdict.node for verdict in (*self.kerntaken, *self.beside))
        return combine(AllOf(path="overall", of=tuple(node.rule for node in nodes)), nodes)
