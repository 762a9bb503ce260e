"""What a benchmark says: rows with must and goal, bars beside floor and peers, a profile, how the cost grows.

A section is made in a process of its own and comes back as JSON, so that what one loads weighs on no other.
"""

from __future__ import annotations

import resource
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.benchmarks import harness
from tests.benchmarks.harness import ROUNDS, Contestant, Figure

FLOOR, OURS, PEER = "floor", "ours", "peer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure: a ratio, one value a round. must and goal None: it is told, and nothing is asked of it.

    at_most: whether a lower figure is better. scale: how the figure is written.
    """

    name: str
    values: tuple[float, ...]
    must: float | None = None
    goal: float | None = None
    at_most: bool = False
    scale: str = "{:.3f}"

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        return min(self.values), max(self.values)

    def reaches(self, bound: float | None) -> bool | None:
        if bound is None:
            return None
        return self.median <= bound if self.at_most else self.median >= bound

    def write(self, value: float | None) -> str:
        return "-" if value is None else self.scale.format(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of the picture. kind: floor, ours or peer."""

    label: str
    value: float
    kind: str = PEER


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table beside the figures, such as how the cost grows."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(kw_only=True)
class Section:
    """All about one line of the goals. unit: what the bars count; must and goal: where the picture draws its marks."""

    key: str
    title: str
    method: str
    rows: list[Row] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    unit: str = "share of the floor (longer is better)"
    must: float | None = None
    goal: float | None = None
    profile: list[tuple[str, float]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    peak_megabytes: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Section:
        more = dict(found)
        more["rows"] = [Row(**row | {"values": tuple(row["values"])}) for row in found["rows"]]
        more["bars"] = [Bar(**bar) for bar in found["bars"]]
        more["profile"] = [(part, share) for part, share in found["profile"]]
        more["tables"] = [
            Table(title=one["title"], head=tuple(one["head"]), rows=tuple(tuple(row) for row in one["rows"]))
            for one in found["tables"]
        ]
        return cls(**more)


def interleave(
    contestants: Mapping[str, Contestant],
    *,
    baseline: str,
    outside: Mapping[str, Callable[[], float]] | None = None,
    rounds: int = ROUNDS,
) -> dict[str, Figure]:
    """As `harness.measure`, with contestants in other processes too.

    outside: takes one turn there, and returns the CPU seconds of one run.
    """
    away = outside or {}
    runs = {name: harness._runs(one) for name, one in contestants.items()}
    seconds: dict[str, list[float]] = {name: [] for name in (*contestants, *away)}
    for _ in range(rounds):
        for name, one in contestants.items():
            seconds[name].append(harness._turn(one, runs[name]))
        for name, turn in away.items():
            seconds[name].append(turn())
    base = seconds[baseline]
    return {
        name: Figure(
            ratios=tuple(mine / theirs for mine, theirs in zip(taken, base, strict=True)),
            seconds=statistics.median(taken),
        )
        for name, taken in seconds.items()
    }


def share(figure: Figure) -> tuple[float, ...]:
    """The floor as a share of the contestant: 1 is as fast as the floor."""
    return tuple(1 / ratio for ratio in figure.ratios)


def times(ours: Figure, theirs: Figure) -> tuple[float, ...]:
    """How many times as fast as another contestant ours is, round by round."""
    return tuple(slow / fast for slow, fast in zip(theirs.ratios, ours.ratios, strict=True))


def bars(found: Mapping[str, Figure], kinds: Sequence[tuple[str, str]]) -> list[Bar]:
    """Bars of shares of the floor. kinds: (name of the contestant, floor, ours or peer); absent ones are left out."""
    return [
        Bar(label=name, value=statistics.median(share(found[name])), kind=kind) for name, kind in kinds if name in found
    ]


def peak_megabytes() -> float:
    """The largest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
