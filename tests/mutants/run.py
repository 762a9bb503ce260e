"""Mutation tests of the decision rules of stacking: does some test notice every small wrong change?

`python -m tests.mutants.run [FILE ...] [--jobs N] [--report FILE]`. Each mutant runs in a process of its own, with a
time limit: first the worked cases and the second reading of the rules, then the unit tests, until one fails. Exit 0
where every mutant is killed or explained in `explained.toml`; 1 otherwise; 2 where it cannot run.

Our own mutator rather than mutmut 3: mutmut leaves decorated functions and classes alone, which here are all
dataclasses and properties, and it runs a whole pytest for each mutant.
"""

import argparse
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from tests.mutants.mutate import Mutant, mutants

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STACKING = ROOT / "passport" / "stacking"
UNIT = ROOT / "tests" / "unit" / "stacking"
DOMAIN = Path(os.environ.get("SKILLSPAS_DOMAIN", ROOT.parent / "shared" / "domain"))
FILES = (
    *("acceptance", "advise", "evaluate", "evidence", "judge_hours", "judge_marks", "parts", "plan"),
    *("requirements", "supports", "target", "units", "what_if"),
)
WHAT_IF_TESTS = (
    "test_used",
    "test_advise",
    "test_acceptance",
    "test_units",
    "test_parts",
    "test_keuzedelen",
    "test_whole",
    "test_target",
)
EVIDENCE_TESTS = ("test_evidence", "test_reason_codes", "test_catalogue")
SECONDS, MEMORY = 30, 3 << 30
SEEDS = 150
SURVIVED, KILLED = 0, 1
# What the tests need beside stacking is read once, before the first fork.
BEFOREHAND = ("passport.verification", "passport.credentials", "tests.ecosystem", "hypothesis")


class _MutantLoader(importlib.abc.Loader):
    def __init__(self, code: CodeType) -> None:
        self.code = code

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


class _MutantFinder(importlib.abc.MetaPathFinder):
    """Gives the mutant where its module is imported, and nothing else."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self.name, self.path, self.code = name, path, code

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=_MutantLoader(self.code))


def _cases_hold(imported: Path) -> None:
    """Raise where a worked case, or the second reading of the rules, comes out otherwise."""
    domain = importlib.import_module("tests.unit.stacking.test_cases")
    own = importlib.import_module("tests.unit.stacking.test_cases_own")
    oracle = importlib.import_module("tests.unit.stacking.test_oracle")
    stacking = importlib.import_module("passport.stacking")
    catalogue = stacking.load_catalogue(imported)
    for case in [*domain.CASES, *own.CASES]:
        domain.check(own.answer(case, catalogue), case["expected"])
    for case in own.CASES:
        if own.ships(case):
            domain.check(own.answer(case, own.shipped()), case["expected"])
    data = oracle.Data(DOMAIN / "data")
    for seed in range(SEEDS):
        maker = oracle.Maker(seed, data)
        target = maker.target()
        evidence = maker.evidence(target)
        answer = stacking.stack(catalogue=catalogue, target=target, evidence=evidence, lang="nl", what_if=True)
        oracle.compare(answer, oracle.Oracle(data, target, evidence))


def _tests_pass(names: Sequence[str]) -> bool:
    files = [str(path) for name in names if (path := UNIT / f"{name}.py").is_file()]
    return pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", "--no-header", *files]) == 0


def _live(mutant: Mutant | None, imported: Path, *, explained: bool) -> int:
    """Run in the child: return whether the mutant survives; one that is explained meets the worked cases only."""
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if mutant is not None:
        path = STACKING / mutant.file
        code = compile(mutant.tree(), str(path), "exec")
        sys.meta_path.insert(0, _MutantFinder(f"passport.stacking.{path.stem}", path, code))
    order = (*WHAT_IF_TESTS, *EVIDENCE_TESTS)
    try:
        if mutant is not None and mutant.file == "evidence.py":
            order = (*EVIDENCE_TESTS, *WHAT_IF_TESTS)
        else:
            _cases_hold(imported)
    except (Exception, SystemExit):
        return KILLED
    return SURVIVED if explained or _tests_pass(order) else KILLED


def _fork(mutant: Mutant | None, imported: Path, log: Path, *, explained: bool = False) -> int:
    child = os.fork()
    if child:
        return child
    outcome = KILLED
    try:
        sink = os.open(log if mutant is None else os.devnull, os.O_WRONLY | os.O_CREAT)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        outcome = _live(mutant, imported, explained=explained)
    except BaseException as problem:  # the child ends here, whatever happens
        with contextlib.suppress(Exception):
            print(repr(problem), flush=True)
    finally:
        os._exit(outcome)


def _import_catalogue(folder: Path) -> None:
    """Make the catalogue in a child, so that this process keeps stacking unread."""
    child = os.fork()
    if not child:
        try:
            catalogue_import = importlib.import_module("passport.stacking.catalogue_import")
            catalogue_import.import_catalogue(DOMAIN / "data", folder)
            os._exit(0)
        finally:
            os._exit(1)
    if os.waitpid(child, 0)[1]:
        raise SystemExit("the domain data cannot be imported")


def _survivors(found: Sequence[Mutant], jobs: int, imported: Path, log: Path) -> Iterator[Mutant]:
    waiting, running, done = list(reversed(found)), dict[int, Mutant](), 0
    reasons = _explained()
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            running[_fork(mutant, imported, log, explained=mutant.key in reasons)] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        done += 1
        if done % 100 == 0:
            print(f"{done}/{len(found)}", flush=True)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == SURVIVED:
            yield mutant


def _explained() -> dict[tuple[str, str, str], str]:
    rows = tomllib.loads((HERE / "explained.toml").read_text(encoding="utf-8")).get("explained", [])
    return {(row["file"], row["function"], row["change"]): row["reason"] for row in rows}


def _report(found: Sequence[Mutant], survivors: Sequence[Mutant], chosen: Sequence[str], seconds: float) -> list[str]:
    """Return the lines of the report; the last one is the count of what is not explained."""
    reasons = _explained()
    unexplained = [mutant for mutant in survivors if mutant.key not in reasons]
    lines = [f"{len(found)} mutants in {seconds:.0f} s", ""]
    for name in chosen:
        made = [mutant for mutant in found if mutant.file == f"{name}.py"]
        left = [mutant for mutant in survivors if mutant.file == f"{name}.py"]
        lines.append(f"{name}.py: {len(made)} mutants, {len(made) - len(left)} killed, {len(left)} survived")
    lines += ["", f"Survivors without an explanation: {len(unexplained)}"]
    lines += [f"  {mutant.name}" for mutant in unexplained]
    lines += ["", f"Explained survivors: {len(survivors) - len(unexplained)}"]
    lines += [f"  {one.name}\n    {reasons[one.key]}" for one in survivors if one.key in reasons]
    stale = set(reasons) - {mutant.key for mutant in survivors}
    stale = {key for key in stale if key[0].removesuffix(".py") in chosen}
    lines += ["", f"Explanations that explain nothing any more: {len(stale)}", *(f"  {key}" for key in sorted(stale))]
    return [*lines, f"{len(unexplained)} unexplained"]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests.mutants.run", description="Mutation tests of the decision rules.")
    parser.add_argument("files", nargs="*", choices=[[], *FILES], help="modules of passport/stacking; default: all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--report", type=Path, default=ROOT / ".mutants" / "report.txt")
    options = parser.parse_args(arguments)
    chosen = options.files or FILES
    if not (DOMAIN / "data").is_dir():
        print(f"The domain data are not in {DOMAIN}: set SKILLSPAS_DOMAIN.")
        return 2
    for name in BEFOREHAND:
        importlib.import_module(name)
    if any(name.startswith("passport.stacking") for name in sys.modules):
        print("passport.stacking was read before the first mutant: nothing could be told.")
        return 2
    began = time.monotonic()
    options.report.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="mutants-"))
    try:
        imported, log = folder / "catalogue", folder / "log.txt"
        imported.mkdir()
        _import_catalogue(imported)
        if os.waitpid(_fork(None, imported, log), 0)[1]:
            print("Without any mutant the tests fail already:", log.read_text(encoding="utf-8"), sep="\n")
            return 2
        found = [one for name in chosen for one in mutants(f"{name}.py", (STACKING / f"{name}.py").read_text("utf-8"))]
        survivors = sorted(_survivors(found, options.jobs, imported, log), key=lambda one: (one.file, one.line))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    lines = _report(found, survivors, chosen, time.monotonic() - began)
    options.report.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0 if lines[-1].startswith("0 ") else 1


if __name__ == "__main__":
    sys.exit(main())
