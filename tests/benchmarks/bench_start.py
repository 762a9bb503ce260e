"""P12: how long a command takes to start: `skillspas --help` against a bare interpreter."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Sequence

from tests.benchmarks.figures import OURS, Bar, Row, Section
from tests.benchmarks.harness import ROUNDS
from tests.live import COMMANDS, clean_environment

BARE = (sys.executable, "-c", "pass")
COMMAND = "skillspas"
TURNS = 2
MUST, GOAL = 8, 5
OTHERS = ("skillspas-issuer", "skillspas-verifier")


def cpu(arguments: Sequence[str]) -> float:
    """CPU seconds of one run of a command, its children included."""
    process = subprocess.Popen(arguments, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise AssertionError(f"{arguments} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def ratios(commands: Sequence[str] = (COMMAND,), *, rounds: int = ROUNDS) -> dict[str, tuple[float, ...]]:
    """CPU of `… --help` in bare interpreters, round by round."""
    asked = {"": BARE} | {name: (str(COMMANDS / name), "--help") for name in commands}
    for arguments in asked.values():  # bytecode and disk caches
        cpu(arguments)
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(rounds):
        for name, arguments in asked.items():
            taken[name].append(sum(cpu(arguments) for _ in range(TURNS)))
    return {name: tuple(mine / base for mine, base in zip(taken[name], taken[""], strict=True)) for name in commands}


def _imports() -> list[tuple[str, float]]:
    """Where the time goes: by package, what importing takes itself, as `-X importtime` tells."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", str(COMMANDS / COMMAND), "--help"],
        env=clean_environment(), capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    parts: dict[str, int] = {}
    for line in told.splitlines():
        own, _, name = line.removeprefix("import time:").split("|") if line.count("|") == 2 else ("", "", "")
        if own.strip().isdigit():
            package = name.strip().split(".")[0]
            parts[package] = parts.get(package, 0) + int(own)
    total = sum(parts.values())
    largest = sorted(parts.items(), key=lambda part: -part[1])[:9]
    rest = 1 - sum(own for _, own in largest) / total
    return [*((f"import {name}", own / total) for name, own in largest), ("other imports", rest)]


def section() -> Section:
    found = ratios((COMMAND, *OTHERS))
    rows = [Row(name=f"P12 {COMMAND} --help x a bare interpreter", values=found[COMMAND], must=MUST, goal=GOAL, at_most=True, scale="{:.2f}")]  # fmt: skip
    rows += [Row(name=f"   {name} --help", values=found[name], at_most=True, scale="{:.2f}") for name in OTHERS]
    return Section(
        key="P12",
        title="Start of a command",
        method="CPU of the whole process (`wait4`), two starts a turn, against `python -c pass` of the same venv.",
        rows=rows,
        bars=[Bar(label=name, value=statistics.median(found[name]), kind=OURS) for name in (COMMAND, *OTHERS)],
        unit="bare interpreters (shorter is better)",
        must=MUST,
        goal=GOAL,
        profile=_imports(),
    )
