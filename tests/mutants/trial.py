"""Puts one mutant in the place of the real thing, in a process of its own, and asks the tests about it."""

import ast
import contextlib
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from tests.mutants.mutate import Mutant

ROOT = Path(__file__).resolve().parents[2]
STACKING = ROOT / "passport" / "stacking"
UNIT = ROOT / "tests" / "unit" / "stacking"
DOMAIN = Path(os.environ.get("SKILLSPAS_DOMAIN", ROOT.parent / "shared" / "domain"))
RULE_TESTS = (
    *("test_used", "test_advise", "test_acceptance", "test_units", "test_parts", "test_keuzedelen", "test_whole"),
    *("test_judge", "test_edges", "test_what_if_fields", "test_policies", "test_many", "test_rank"),
)
EVIDENCE_TESTS = (
    "test_evidence_fields",
    "test_evidence_reports",
    "test_evidence",
    "test_reason_codes",
    "test_catalogue",
)
READ_WITH_THE_CATALOGUE = ("requirements.py", "policies.py")
SECONDS, MEMORY = 30, 3 << 30
SEEDS = 150
SURVIVED, KILLED = 0, 1


class _Loader(importlib.abc.Loader):
    def __init__(self, code: CodeType) -> None:
        self.code = code

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


class _Finder(importlib.abc.MetaPathFinder):
    """Gives the mutant where its module is imported, and nothing else."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self.name, self.path, self.code = name, path, code

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=_Loader(self.code))


class World:
    """Stacking, its tests and the catalogues, read once; the processes of the mutants start from here."""

    def __init__(self, imported: Path) -> None:
        self.imported = imported
        for name in ("passport.verification", "passport.credentials", "tests.ecosystem", "hypothesis"):
            importlib.import_module(name)
        importlib.import_module("passport.stacking.catalogue_import").import_catalogue(DOMAIN / "data", imported)
        self._read()
        gc.freeze()

    def _read(self) -> None:
        self.domain = importlib.import_module("tests.unit.stacking.test_cases")
        self.own = importlib.import_module("tests.unit.stacking.test_cases_own")
        self.oracle = importlib.import_module("tests.unit.stacking.test_oracle")
        self.stacking = importlib.import_module("passport.stacking")
        self.evidence = importlib.import_module("passport.stacking.evidence")
        self.catalogue = self.stacking.load_catalogue(self.imported)
        self.data = self.oracle.Data(DOMAIN / "data")
        self.own.shipped()

    def put(self, mutant: Mutant) -> None:
        """Put a mutant in place: the code of its function where that will do, else everything read anew."""
        path = STACKING / mutant.file
        code = compile(mutant.tree(), str(path), "exec")
        module = sys.modules.get(f"passport.stacking.{path.stem}")
        early = mutant.file in READ_WITH_THE_CATALOGUE or mutant.function.split(".")[0] in _called_on_import(mutant)
        if module is not None and not early and _swap(module, mutant.function, code):
            return
        for name in [name for name in sys.modules if name.startswith(("passport.stacking", "tests.unit.stacking"))]:
            del sys.modules[name]
        sys.meta_path.insert(0, _Finder(f"passport.stacking.{path.stem}", path, code))
        self._read()

    def cases_hold(self) -> None:
        """Raise where a worked case, or the second reading of the rules, comes out otherwise."""
        check, answer = self.domain.check, self.own.answer
        for case in [*self.own.CASES, *self.domain.CASES]:
            check(answer(case, self.catalogue), case["expected"])
        for seed in range(SEEDS):
            maker = self.oracle.Maker(seed, self.data)
            target = maker.target()
            evidence = maker.evidence(target)
            case = {"target": target, "evidence": evidence}
            self.oracle.compare(answer(case, self.catalogue), self.oracle.Oracle(self.data, target, evidence))
        for case in filter(self.own.ships, self.own.CASES):
            check(answer(case, self.own.shipped()), case["expected"])


def _called_on_import(mutant: Mutant) -> set[str]:
    """Return the functions that their own module calls while it is read: what they gave is there already."""
    plain = [one for one in mutant.module.body if not isinstance(one, ast.FunctionDef)]
    calls = [node.func for statement in plain for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return {func.id for func in calls if isinstance(func, ast.Name)}


def _codes(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _codes(inner)


def _function(found: Any) -> FunctionType | None:
    """Return the plain function below a property, a cache or a static method."""
    for name in ("fget", "func", "__func__", "__wrapped__"):
        if not isinstance(found, FunctionType):
            found = getattr(found, name, found)
    return found if isinstance(found, FunctionType) else None


def _swap(module: ModuleType, dotted: str, code: CodeType) -> bool:
    """Give the function that holds a mutant its new code; False where it stands outside any function."""
    found: Any = module
    names = []
    for name in dotted.split("."):
        names.append(name)
        found = vars(found).get(name)
        function = _function(found)
        if function is not None:
            new = next((one for one in _codes(code) if one.co_qualname == ".".join(names)), None)
            if new is None or new == function.__code__:  # a default value, for example
                return False
            function.__code__ = new
            _forget()
            return True
        if not isinstance(found, type):
            return False
    return False


def _forget() -> None:
    """Empty the caches of the rules."""
    for name, module in list(sys.modules.items()):
        if name.startswith("passport.stacking.") and not name.endswith(".catalogue"):
            for value in vars(module).values():
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()


def _tests_pass(names: Sequence[str]) -> bool:
    files = [str(path) for name in names if (path := UNIT / f"{name}.py").is_file()]
    return pytest.main(["-q", "-x", "-p", "no:cacheprovider", "--no-header", *files]) == 0


def _lives(world: World, mutant: Mutant | None, *, cases_only: bool) -> bool:
    of_evidence = mutant is not None and mutant.file == "evidence.py"
    try:
        if mutant is not None:
            world.put(mutant)
        if not of_evidence:
            world.cases_hold()
    except (Exception, SystemExit):
        if mutant is None:
            raise
        return False
    if cases_only:
        return True
    order = (*EVIDENCE_TESTS, *RULE_TESTS) if of_evidence else (*RULE_TESTS, *EVIDENCE_TESTS)
    return _tests_pass(order)


def start(world: World, mutant: Mutant | None, log: Path, *, cases_only: bool = False) -> int:
    """Start a process for a mutant (None: no change at all) and return its id. It ends with SURVIVED or KILLED.

    cases_only: leave out the unit tests, which take longest.
    """
    child = os.fork()
    if child:
        return child
    outcome = KILLED
    try:
        sink = os.open(log if mutant is None else os.devnull, os.O_WRONLY | os.O_CREAT)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        signal.alarm(SECONDS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        outcome = SURVIVED if _lives(world, mutant, cases_only=cases_only) else KILLED
    except BaseException as problem:  # the child ends here, whatever happens
        with contextlib.suppress(Exception):
            print(repr(problem), flush=True)
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        os._exit(outcome)
