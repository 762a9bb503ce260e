"""What a target asks, as a small closed tree. It holds no logic and no names of this or that school system.

A tree is compiled from the catalogue (`plan.py`) and judged in `evaluate.py`; the answer has the same shape.
Paths and reason codes come from the data. Rules are compared by identity: each is compiled once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from passport.stacking.reasons import Code


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unit:
    """One thing to show. Any support settles it; the best support gives its status.

    missing: the reason where nothing supports it. tells_duplicates: whether a second support is worth a reason.
    closed: nothing supports it, since it is not known what is asked.
    """

    path: str
    missing: Code | None = None
    tells_duplicates: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NotAsked:
    """A place that the target leaves empty, with a remark where we do not know for sure."""

    path: str
    remark: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AllOf:
    """All of these. `partly`: the reason where only some of them are there."""

    path: str
    of: tuple[Rule, ...]
    partly: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """One marked part.

    level: the lowest that counts, one of `scale`; None: every result counts. reaching: the levels that do.
    minimum: the lowest mark that counts; None: having taken it is enough.
    decides: whether its mark takes part in the rule on the marks together.
    """

    path: str
    scale: tuple[str, ...] = ()
    level: str | None = None
    minimum: int | None = None
    decides: bool = True
    remark: Code | None = None

    @property
    def reaching(self) -> frozenset[str]:
        return _reaching(self.scale, self.level)


def fold_level(level: str | None) -> str:
    """Return a level as levels are compared (R24)."""
    return (level or "").strip().casefold()


@lru_cache(maxsize=256)
def _reaching(scale: tuple[str, ...], level: str | None) -> frozenset[str]:
    """Return the rungs of a scale from a level on, as they are compared."""
    return frozenset(map(fold_level, scale[scale.index(level) :])) if level is not None else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast:
    """At least `count` of the marks are `mark` or higher."""

    count: int
    mark: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marks:
    """All parts, and a rule on their marks together. unmarked: what an exemption without a mark counts as."""

    path: str
    parts: tuple[Part, ...]
    together: tuple[AtLeast, ...]
    unmarked: int
    remark: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanRule:
    """Marks of a bag: rounded mean at least `mean`, at least half `half` or more, none below `floor`."""

    mean: int
    half: int
    floor: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hours:
    """A bag of things with hours. required None: not known, never complete.

    marks None: no rule on marks, which `remark` tells once the hours are complete.
    """

    path: str
    required: int | None
    marks: MeanRule | None
    remark: Code | None = None


Rule = Unit | NotAsked | AllOf | Marks | Part | Hours
