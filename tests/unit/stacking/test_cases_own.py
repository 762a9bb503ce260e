"""Our own worked cases, rule by rule: on the catalogue imported from the domain's data and on the one that ships.

The format is that of the domain's cases. Every expectation follows from the rules, not from what the engine says.
"""

import json
from functools import cache
from pathlib import Path

import pytest

from passport.stacking import stack
from passport.stacking.catalogue import load_catalogue
from passport.stacking.catalogue_import import import_catalogue
from tests.unit.stacking.test_cases import DOMAIN, check

CASES = json.loads(Path(__file__).with_name("cases_own.json").read_text(encoding="utf-8"))


@cache
def shipped():
    return load_catalogue(None)


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    if not (DOMAIN / "data").is_dir():
        pytest.skip("the domain data are not there: set SKILLSPAS_DOMAIN")
    out = tmp_path_factory.mktemp("catalogue")
    import_catalogue(DOMAIN / "data", out)
    return load_catalogue(out)


def named(case):
    return f"{case['id']} {case['title']}"


def ships(case):
    return case["target"]["crebo"] in shipped().qualifications


def answer(case, catalogue):
    return stack(catalogue=catalogue, target=case["target"], evidence=case["evidence"], lang="nl", what_if=True)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_our_case_comes_out_on_the_imported_catalogue(case, imported):
    check(answer(case, imported), case["expected"])


@pytest.mark.parametrize("case", [case for case in CASES if ships(case)], ids=named)
def test_our_case_comes_out_on_the_catalogue_that_ships(case):
    check(answer(case, shipped()), case["expected"])
