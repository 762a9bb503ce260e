"""Issues many credentials in one process or several, and says what it cost: `growth_issue NUMBER PROCESSES`.

Units: CPU and wall time of the raw signatures alone, measured in the same process before and after.
"""

from __future__ import annotations

import json
import sys
import time
from multiprocessing import get_context

from tests.benchmarks import fixture
from tests.benchmarks.figures import peak_megabytes

_CHUNK = 1_000


def _chunk(number: int) -> tuple[float, float]:
    """Issue so many; returns the CPU seconds and the largest memory of this process."""
    begin = time.process_time()
    for _ in range(number):
        fixture.issue()
    return time.process_time() - begin, peak_megabytes()


def _raw(number: int = 3_000) -> float:
    begin = time.process_time()
    for _ in range(number):
        fixture.raw_sign()
    return (time.process_time() - begin) / number


def main(number: int, processes: int) -> None:
    fixture.issue(), fixture.raw_sign()
    before = _raw()
    if processes == 1:
        begin = time.perf_counter()
        cpu, megabytes = _chunk(number)
        wall = time.perf_counter() - begin
    else:
        with get_context("spawn").Pool(processes) as pool:
            pool.map(_chunk, [1] * processes * 4)  # they start, and import
            begin = time.perf_counter()
            done = pool.map(_chunk, [_CHUNK] * (number // _CHUNK), chunksize=1)
            wall = time.perf_counter() - begin
        cpu, megabytes = sum(one for one, _ in done), max(size for _, size in done)
    pure = number * (before + _raw()) / 2
    print(json.dumps({"cpu": cpu / pure, "wall": wall / pure, "megabytes": megabytes}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
