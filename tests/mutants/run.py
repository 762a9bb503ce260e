"""Mutation tests of the decision rules of stacking: does some test notice every small wrong change?

`python -m tests.mutants.run [FILE ...] [--jobs N] [--report FILE] [--again]`. Each mutant runs in a process of its
own, with a time limit: first the worked cases and the second reading of the rules, then the unit tests, until one
fails. Exit 0 where every mutant is killed or explained in `explained.toml`; 1 otherwise; 2 where it cannot run.

Our own mutator rather than mutmut 3: mutmut leaves decorated functions and classes alone, which here are all
dataclasses, properties and what is cached, and it runs a whole pytest for each mutant.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.mutants.mutate import Mutant, mutants
from tests.mutants.trial import DOMAIN, ROOT, STACKING, SURVIVED, World, start

EXPLAINED = Path(__file__).with_name("explained.toml")
DECIDING = (
    *("acceptance", "advise", "evaluate", "evidence", "finding", "judge", "judge_hours", "judge_marks", "parts"),
    *("plan", "policies", "reading", "requirements", "stated", "supports", "target", "units", "what_if"),
)
FILES = tuple(name for name in DECIDING if (STACKING / f"{name}.py").is_file())
Reasons = Mapping[tuple[str, str, str], str]


def _explained() -> Reasons:
    rows = tomllib.loads(EXPLAINED.read_text(encoding="utf-8")).get("explained", [])
    return {(row["file"], row["function"], row["change"]): row["reason"] for row in rows}


def _survivors(world: World, found: Sequence[Mutant], reasons: Reasons, jobs: int, log: Path) -> Iterator[Mutant]:
    """Yield the mutants that live. Those that are explained meet the worked cases only: the rest takes longest."""
    waiting, running, done = list(reversed(found)), dict[int, Mutant](), 0
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            running[start(world, mutant, log, cases_only=mutant.key in reasons)] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        done += 1
        if done % 200 == 0:
            print(f"{done}/{len(found)}", flush=True)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == SURVIVED:
            if mutant.key not in reasons:
                print(mutant.name, flush=True)
            yield mutant


def _report(found: Sequence[Mutant], survivors: Sequence[Mutant], reasons: Reasons, seconds: float) -> tuple[str, int]:
    """Return the report, and how many survivors are not explained."""
    unexplained = [mutant for mutant in survivors if mutant.key not in reasons]
    lines = [f"{len(found)} mutants in {seconds:.0f} s", ""]
    for file in sorted({mutant.file for mutant in found}):
        made = sum(mutant.file == file for mutant in found)
        left = sum(mutant.file == file for mutant in survivors)
        lines.append(f"{file}: {made} mutants, {made - left} killed, {left} survived")
    lines += ["", f"Survivors without an explanation: {len(unexplained)}"]
    lines += [f"  {mutant.name}" for mutant in unexplained]
    lines += ["", f"Explained survivors: {len(survivors) - len(unexplained)}"]
    lines += [f"  {one.name}\n    {reasons[one.key]}" for one in survivors if one.key in reasons]
    live, files = {mutant.key for mutant in survivors}, {mutant.file for mutant in found}
    stale = sorted(key for key in reasons if key not in live and key[0] in files)
    lines += ["", f"Explanations that explain nothing any more: {len(stale)}"]
    lines += [f"  {file} {function}: {change}" for file, function, change in stale]
    return "\n".join([*lines, ""]), len(unexplained)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests.mutants.run", description="Mutation tests of the decision rules.")
    parser.add_argument("files", nargs="*", choices=[[], *FILES], help="modules of passport/stacking; default: all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--report", type=Path, default=ROOT / ".mutants" / "report.txt")
    parser.add_argument("--again", action="store_true", help="only what survived in the report that is there")
    options = parser.parse_args(arguments)
    if not (DOMAIN / "data").is_dir():
        print(f"The domain data are not in {DOMAIN}: set SKILLSPAS_DOMAIN.")
        return 2
    reasons, chosen = _explained(), options.files or FILES
    found = [one for name in chosen for one in mutants(f"{name}.py", (STACKING / f"{name}.py").read_text("utf-8"))]
    if options.again:
        named = options.report.read_text(encoding="utf-8")
        found = [one for one in found if f" {one.function}: {one.change}\n" in named]
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="mutants-"))
    try:
        imported, log = folder / "catalogue", folder / "log.txt"
        imported.mkdir()
        world = World(imported)
        if os.waitpid(start(world, None, log), 0)[1]:
            print("Without any mutant the tests fail already:", log.read_text(encoding="utf-8"), sep="\n")
            return 2
        lived = _survivors(world, found, reasons, options.jobs, log)
        survivors = sorted(lived, key=lambda one: (one.file, one.line))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    text, unexplained = _report(found, survivors, reasons, time.monotonic() - began)
    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(text, encoding="utf-8")
    print(text)
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
