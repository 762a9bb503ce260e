"""The examples in `schemas/examples/` are what the code makes, and their facts are those of the catalogue."""

from __future__ import annotations

import json
import os
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from passport.credentials.examples import example_claims, make_example, make_examples
from passport.credentials.types import TYPES

DOMAIN = Path(os.environ.get("SKILLSPAS_DOMAIN", Path(__file__).parents[5] / "shared/domain"))


def test_files_are_what_the_code_makes() -> None:
    """If this fails: `python -m passport.credentials.examples schemas/examples`."""
    folder = resources.files("schemas") / "examples"
    made = make_examples()
    assert {entry.name for entry in folder.iterdir() if entry.name.endswith(".json")} == set(made)
    for name, content in made.items():
        assert (folder / name).read_text(encoding="utf-8") == content


@pytest.mark.parametrize("name", sorted(TYPES))
def test_example_shows_each_claim_once_as_shown_or_disclosable(name: str) -> None:
    example = make_example(TYPES[name])
    rebuilt: Any = json.loads(json.dumps(example["always_shown"]))
    for disclosable in example["disclosable"]:
        *parents, last = disclosable["path"]
        node = rebuilt
        for step in parents:
            node = node[step]
        if isinstance(node, list):
            node.insert(last, disclosable["value"])
        else:
            node[last] = disclosable["value"]
    assert rebuilt == example["claims"]


def test_facts_of_the_examples_are_those_of_the_catalogue() -> None:
    if not DOMAIN.exists():
        pytest.skip("the domain data are not here (SKILLSPAS_DOMAIN)")
    names: dict[str, str] = {}
    for kwalificatie in json.loads((DOMAIN / "data/kwalificaties.json").read_text()):
        names[kwalificatie["crebo"]] = kwalificatie["naam"]
        for kerntaak in kwalificatie["kerntaken"]:
            for part in (kerntaak, *kerntaak["werkprocessen"]):
                names[f"{kwalificatie['crebo']}:{part['code']}"] = part["naam"]
    for file in ("keuzedelen", "mbo_certificaten"):
        names |= {entry["code"]: entry["naam"] for entry in json.loads((DOMAIN / f"data/{file}.json").read_text())}
    seen = 0

    def walk(node: Any) -> None:
        nonlocal seen
        if isinstance(node, list):
            for inner in node:
                walk(inner)
        elif isinstance(node, dict):
            code = node.get("crebo") or node.get("unit") or node.get("code")
            if code is not None and node.get("soort") != "branche":
                seen += 1
                assert code in names, code
                assert node.get("naam", names[code]) == names[code]
            for inner in node.values():
                walk(inner)

    for name in TYPES:
        walk(example_claims(name))
    assert seen > 15
