"""The worked cases of the domain, on the catalogue imported from its data."""

import json
import os
from pathlib import Path

import pytest

from passport.stacking import stack
from passport.stacking.catalogue import load_catalogue
from passport.stacking.catalogue_import import import_catalogue

ROOT = Path(__file__).resolve().parents[3]
DOMAIN = Path(os.environ.get("SKILLSPAS_DOMAIN", ROOT.parent / "shared" / "domain"))
CASES = json.loads((DOMAIN / "cases.json").read_text(encoding="utf-8")) if (DOMAIN / "cases.json").is_file() else []
pytestmark = pytest.mark.skipif(not CASES, reason="the domain cases are not there: set SKILLSPAS_DOMAIN")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    out = tmp_path_factory.mktemp("catalogue")
    import_catalogue(DOMAIN / "data", out)
    return load_catalogue(out)


def subset(expected, found):
    for key, value in expected.items():
        assert key in found, key
        for field, wanted in value.items():
            got = found[key][field]
            assert (set(got), field) == (set(wanted), field) if isinstance(wanted, list) else got == wanted, (
                key,
                field,
                got,
            )


def has_reason(answer, wanted):
    wanted = {"code": wanted} if isinstance(wanted, str) else wanted
    return any(
        reason["code"] == wanted["code"]
        and reason["at"] == wanted.get("at", reason["at"])
        and set(wanted.get("evidence", ())) <= set(reason["evidence"])
        for reason in answer["reasons"]
    )


def check(answer, expected):
    if "overall" in expected:
        assert answer["overall"] == expected["overall"]
    if "overall_not" in expected:
        assert answer["overall"] != expected["overall_not"]
    for part in ("units", "nodes", "evidence"):
        subset(expected.get(part, {}), answer[part])
    for field, value in expected.get("target", {}).items():
        assert answer["target"][field] == value
    units = answer["units"]
    if "units_open" in expected:
        assert {code for code, unit in units.items() if unit["status"] == "open"} == set(expected["units_open"])
    if "coverage" in expected:
        done = sum(unit["status"] in ("met", "exempt") for unit in units.values())
        assert f"{done}/{len(units)}" == expected["coverage"]
    for node in expected.get("nodes_absent", ()):
        assert node not in answer["nodes"]
    for reason in expected.get("reasons_include", ()):
        assert has_reason(answer, reason), reason
    for reason in expected.get("reasons_exclude", ()):
        assert not has_reason(answer, reason), reason
    sets = answer["advice"]["smallest_sets"]
    for wanted in expected.get("advice", {}).get("smallest_sets", ()):
        assert wanted in sets
    if "smallest_sets_exact" in expected.get("advice", {}):
        assert sets == expected["advice"]["smallest_sets_exact"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_worked_case_comes_out_as_expected(case, lang, catalogue):
    answer = stack(catalogue=catalogue, target=case["target"], evidence=case["evidence"], lang=lang, what_if=True)
    check(answer, case["expected"])
    json.dumps(answer)
