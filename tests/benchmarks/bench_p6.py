"""P6: the section of stacking: what `bench_stacking` measures, a profile, and how it grows."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

from tests.benchmarks import bench_stacking, growth_stack
from tests.benchmarks.figures import OURS, Bar, Row, Section, Table
from tests.benchmarks.sampling import profile
from tests.benchmarks.stacking_fixture import fresh_facts
from tests.paths import ROOT

_HAS_GOAL = "P6"


def section() -> Section:
    lines = bench_stacking.run()
    rows = [
        Row(
            name=line.name if line.name.startswith((_HAS_GOAL, " ")) else f"   {line.name}",
            values=line.figure.ratios,
            must=line.must if line.name.startswith(_HAS_GOAL) else None,
            goal=line.goal if line.name.startswith(_HAS_GOAL) else None,
            at_most=line.at_most,
            scale=line.scale,
        )
        for line in lines
    ]
    return Section(
        key="P6",
        title="Stacking",
        method="200 credentials of one person against 500 qualifications, from facts that are new in each run: the "
        "ranking, and the whole answers of the nearest 20. Unit: the 200 raw verifications of the credentials.",
        rows=rows,
        bars=[Bar(label=row.name.strip(), value=statistics.median(row.values), kind=OURS) for row in rows[:2]],
        unit="of 200 raw verifications (shorter is better)",
        must=rows[0].must,
        goal=rows[0].goal,
        profile=profile(bench_stacking.answers, fresh_facts, runs=120),
        tables=[_growth()],
    )


def _growth() -> Table:
    rows = []
    for qualifications in growth_stack.QUALIFICATIONS:
        done = subprocess.run(
            [sys.executable, "-m", growth_stack.__name__, str(qualifications)],
            capture_output=True, text=True, check=True, timeout=120, cwd=ROOT,
        )  # fmt: skip
        for one in json.loads(done.stdout):
            rows.append(
                (
                    str(one["credentials"]),
                    str(qualifications),
                    f"{one['rank']:.2f}",
                    f"{one['answers']:.2f}",
                    f"{one['megabytes']:.0f} MB",
                )
            )
    return Table(
        title="Growth, in raw verifications of one signature",
        head=("credentials", "qualifications", "ranking", "and answers of the nearest 20", "process"),
        rows=tuple(rows),
    )
