"""Runs the benchmarks: `python -m tests.benchmarks [P1 P9 …] [--out FOLDER]`.

Each section runs in a process of its own. Writes report.md and report.svg, prints must, goal and figure of each line.
Exit code 0 if every must holds, 1 if not, 2 if what is needed is absent.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.figures import Section, peak_megabytes
from tests.benchmarks.report import HEAD, asked, cells, markdown, plain, svg
from tests.paths import ROOT

JOBS = {
    ("P1",): "bench_issue:section",
    ("P2",): "bench_present:section",
    ("P3",): "bench_verify:section",
    ("P4",): "bench_verify:section_full",
    ("P6",): "bench_p6:section",
    ("P7", "P8"): "bench_http:sections",
    ("P9",): "bench_status:section",
    ("P10",): "bench_schema:section",
    ("P11",): "bench_qr:section",
    ("P12",): "bench_start:section",
}
_LONGEST = 300  # seconds that one job may take
_SKIPPED = 3


def _job(name: str, out: Path) -> int:
    """Run one job here; its sections go to a file as JSON."""
    import pytest

    module, _, function = name.partition(":")
    begin = time.perf_counter()
    try:
        made = getattr(importlib.import_module(f"tests.benchmarks.{module}"), function)()
    except pytest.skip.Exception as absent:  # the domain data is not there
        print(absent, file=sys.stderr)
        return _SKIPPED
    sections: list[Section] = made if isinstance(made, list) else [made]
    for section in sections:
        section.seconds = (time.perf_counter() - begin) / len(sections)
        section.peak_megabytes = peak_megabytes()
    out.write_text(json.dumps([section.to_json() for section in sections]))
    return 0


def _run(name: str, folder: Path) -> list[Section] | None:
    """Run one job in a process of its own; None: what it needs is absent. Raises: CalledProcessError."""
    out = folder / "job.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--job", name, "--out", out], cwd=ROOT, timeout=_LONGEST, check=False
    )
    if done.returncode == _SKIPPED:
        return None
    done.check_returncode()
    return [Section.from_json(one) for one in json.loads(out.read_text())]


def _all(wanted: Sequence[str], out: Path) -> int:
    begin = time.perf_counter()
    sections: list[Section] = []
    is_whole = True
    with tempfile.TemporaryDirectory() as folder:
        for keys, name in JOBS.items():
            if wanted and not set(wanted) & set(keys):
                continue
            print(f"{' and '.join(keys)} ...", file=sys.stderr, flush=True)
            made = _run(name, Path(folder))
            is_whole = is_whole and made is not None
            sections += made or []
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.md").write_text(markdown(sections, seconds=time.perf_counter() - begin), encoding="utf-8")
    (out / "report.svg").write_text(svg(sections), encoding="utf-8")
    rows = asked(sections)
    print(plain(HEAD, [cells(row) for row in rows]))
    print(f"\n{out / 'report.md'} and report.svg hold all of it, in {time.perf_counter() - begin:.0f} s.")
    if not is_whole:
        return 2
    return 0 if all(row.reaches(row.must) for row in rows) else 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Figures against floor and peers.")
    parser.add_argument("keys", nargs="*", metavar="P1", help="only these lines (all)")
    parser.add_argument("--out", type=Path, default=Path("bench-out"), help="where the report goes (bench-out)")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    given = parser.parse_args()
    unknown = set(given.keys) - {key for keys in JOBS for key in keys}
    if unknown:
        parser.error(f"no such line: {', '.join(sorted(unknown))}")
    return _job(given.job, given.out) if given.job else _all(given.keys, given.out)


if __name__ == "__main__":
    sys.exit(main())
