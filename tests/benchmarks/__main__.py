"""Runs all benchmarks and prints what must hold, what we want and what was measured: `python -m tests.benchmarks`.

Exit code 0 if every must holds, 1 if not, 2 if what is needed is absent.
"""

from __future__ import annotations

import sys

import pytest

from tests.benchmarks import bench_stacking
from tests.benchmarks.harness import table

BENCHMARKS = (bench_stacking.run,)


def main() -> int:
    try:
        lines = [line for run in BENCHMARKS for line in run()]
    except pytest.skip.Exception as absent:  # the domain data is not there
        print(absent, file=sys.stderr)
        return 2
    print("CPU time against the raw ES256 verification of 200 credentials, in one run; median of the rounds.\n")
    print(table(lines))
    return 0 if all(line.holds for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
