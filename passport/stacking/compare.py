"""What changes between two answers: which units and nodes stand otherwise. It says nothing about why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Answer = Mapping[str, Any]
OVERALL = "overall"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How one place stands. sbu, sbu_required, mean: of keuzedelen only."""

    status: str
    strength: str | None = None
    sbu: float | None = None
    sbu_required: float | None = None
    mean: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """at: a unit's code, a node's path or `overall`."""

    at: str
    before: State
    after: State

    def to_json(self) -> dict[str, Any]:
        """Return `{"at", "before", "after"}` with the statuses, and whatever else differs as pairs beside them."""
        found: dict[str, Any] = {"at": self.at, "before": self.before.status, "after": self.after.status}
        for name in ("strength", "sbu", "mean"):
            pair = {"before": getattr(self.before, name), "after": getattr(self.after, name)}
            if pair["before"] != pair["after"]:
                found[name] = pair
        return found


def states(answer: Answer) -> dict[str, State]:
    """Return how each place of an answer stands: the whole, the units, the nodes."""
    found = {OVERALL: State(status=answer["overall"])}
    for group in ("units", "nodes"):
        for at, node in answer[group].items():
            figures = {name: node.get(name) for name in ("sbu", "sbu_required", "mean")}
            found[at] = State(status=node["status"], strength=node["strength"], **figures)
    return found


def changes_between(before: Answer, after: Answer) -> tuple[Change, ...]:
    """Return every place that stands otherwise, in the order of the answer. Both are of one target."""
    old, new = states(before), states(after)
    return tuple(Change(at=at, before=old[at], after=new[at]) for at in new if at in old and old[at] != new[at])
