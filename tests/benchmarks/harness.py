"""Measures contestants side by side: CPU time, interleaved rounds, the median of the ratios and how far they spread.

A figure is a ratio to a baseline that is measured in the same round, so that a slow or busy machine moves both. Wall
time says nothing here. Every run gets input of its own, made outside the clock, so that no cache of the last run
helps. The garbage collector stays on: what code leaves behind is part of its price.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ROUNDS = 9
SLICE = 0.02  # seconds of CPU that one turn of a contestant takes at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """What is measured. prepare makes the input of one run, outside the clock."""

    run: Callable[[Any], object]
    prepare: Callable[[], Any] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Ratios of one contestant to its baseline, one a round; seconds: CPU of one run, the median."""

    ratios: tuple[float, ...]
    seconds: float

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        return min(self.ratios), max(self.ratios)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table: what must hold, what we want, what was measured.

    at_most: whether a lower figure is better. scale: how the figure is written, `{:.2%}` for a share.
    """

    name: str
    figure: Figure
    must: float
    goal: float | None = None
    at_most: bool = True
    scale: str = "{:.2%}"

    @property
    def holds(self) -> bool:
        return self.figure.median <= self.must if self.at_most else self.figure.median >= self.must

    def cells(self) -> tuple[str, ...]:
        low, high = self.figure.spread
        goal = self.scale.format(self.goal) if self.goal is not None else "-"
        figure = f"{self.scale.format(self.figure.median)} ({self.scale.format(low)} to {self.scale.format(high)})"
        return (
            self.name,
            self.scale.format(self.must),
            goal,
            figure,
            f"{self.figure.seconds * 1e3:.3f} ms",
            "yes" if self.holds else "NO",
        )


HEAD = ("what", "must", "goal", "figure (spread)", "CPU of one run", "holds")


def _turn(contestant: Contestant, runs: int) -> float:
    """Return the CPU seconds of one run, over `runs` runs on fresh input."""
    inputs = [contestant.prepare() for _ in range(runs)]
    gc.collect()
    begin = time.process_time()
    for one in inputs:
        contestant.run(one)
    return (time.process_time() - begin) / runs


def _runs(contestant: Contestant) -> int:
    """Return how many runs fill a slice; the first, cold one (what a process compiles once) is not looked at."""
    _turn(contestant, 1)
    return max(1, round(SLICE / max(_turn(contestant, 3), 1e-6)))


def measure(contestants: Mapping[str, Contestant], *, baseline: str, rounds: int = ROUNDS) -> dict[str, Figure]:
    """Return the figures of all contestants against `baseline`, in turns, `rounds` times."""
    runs = {name: _runs(one) for name, one in contestants.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, one in contestants.items():
            seconds[name].append(_turn(one, runs[name]))
    base = seconds[baseline]
    return {
        name: Figure(
            ratios=tuple(mine / theirs for mine, theirs in zip(taken, base, strict=True)),
            seconds=statistics.median(taken),
        )
        for name, taken in seconds.items()
    }


def table(lines: Sequence[Line]) -> str:
    """Return the lines as a table of plain text."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
