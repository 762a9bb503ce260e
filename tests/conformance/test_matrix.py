"""The matrix itself: its tests exist, its ids are those of the checklist, and the README tells the same."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.conformance.matrix import STATUSES, read, table
from tests.paths import ROOT, SHARED

CHECKLIST = SHARED / "standards" / "CHECKLIST.md"
SECTIONS = ("1", "2", "3", "4", "5", "6", "7", "13")
LINES = read()


@cache
def functions(path: Path) -> frozenset[str]:
    """The test functions of a file."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, kinds))


def test_every_id_stands_once() -> None:
    ids = [one.id for one in LINES]
    assert sorted(ids) == sorted(set(ids))


def test_every_line_has_a_level_a_role_a_status_and_words() -> None:
    for one in LINES:
        assert one.status in STATUSES, one.id
        assert one.level in {"M", "S", "O"}, one.id
        assert one.role, one.id
        assert len(one.requirement) > 10, one.id


def test_what_is_held_names_its_tests_and_the_rest_says_why() -> None:
    for one in LINES:
        assert one.tests if one.status == "held" else one.note, one.id


def test_every_test_that_is_named_exists() -> None:
    missing = []
    for one in LINES:
        for node in one.tests:
            path, _, name = node.partition("::")
            if not re.fullmatch(r"test_\w+", name) or not (ROOT / path).is_file() or name not in functions(ROOT / path):
                missing.append((one.id, node))
    assert missing == []


def test_every_requirement_of_the_checklist_is_here() -> None:
    if not CHECKLIST.exists():
        pytest.skip("the checklist of standards is not beside this checkout")
    found: list[str] = []
    section = ""
    for line in CHECKLIST.read_text("utf-8").splitlines():
        if heading := re.match(r"## (\d+)\.", line):
            section = heading.group(1)
        elif section in SECTIONS and (entry := re.match(r"- ([A-Z]+-\d+) ", line)):
            found.append(entry.group(1))
    assert len(found) > 150
    here = {one.base for one in LINES}
    assert sorted(set(found) - here) == []
    assert sorted(here - set(found)) == []


def test_the_readme_has_the_counts_of_this_matrix() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    if "<!-- conformance -->" not in text:
        pytest.skip("the README has no table of standards")
    shown = text.partition("<!-- conformance -->")[2].strip().splitlines()
    assert shown[: len(table())] == table(), "run `python -m tests.conformance.matrix` and put its lines there"
