"""What may be wrong with a catalogue folder: its form (JSON Schema, unknown keys) and its own contradictions.

A reference to something outside the catalogue (a certificate of a qualification that is not in it) is no problem:
the rules have a reason for that.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import combinations
from typing import Any

import jsonschema_rs

from passport.stacking.reasons import Code
from passport.stacking.what_if import FORMS, OORDELEN, VAKKEN

SINGLE = {
    "catalogue.json": "catalogue",
    "keuzedelen.json": "keuzedelen",
    "equivalences.json": "equivalences",
    "requirements.json": "requirements",
}
FOLDERS = {"qualifications": "qualification", "certificates": "certificate", "policies": "policy"}
FIRST_YEAR, LAST_YEAR = 0, 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """file: relative to the folder; path: JSON pointer in it; text: English, for whoever keeps the data."""

    file: str
    path: str
    text: str


@cache
def _validator(kind: str) -> Any:
    schema = json.loads((resources.files("schemas") / "catalogue.schema.json").read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(schema | {"$ref": f"#/$defs/{kind}"})


def _kind(name: str) -> str | None:
    folder, _, file = name.rpartition("/")
    return FOLDERS.get(folder) if file.endswith(".json") and folder else SINGLE.get(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a member stands twice")
    return dict(pairs)


def read_documents(folder: Traversable) -> tuple[dict[str, Any], list[Problem]]:
    """Return the documents of a folder by file name, and what could not be read."""
    documents: dict[str, Any] = {}
    problems: list[Problem] = []

    def read(file: Traversable, name: str) -> None:
        try:
            documents[name] = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_once)
        except (OSError, ValueError, RecursionError) as error:
            problems.append(Problem(file=name, path="", text=f"cannot be read: {error}"))

    if not folder.is_dir():
        return documents, [Problem(file="", path="", text="is not a folder")]
    for entry in sorted(folder.iterdir(), key=lambda found: found.name):
        if entry.is_dir() and entry.name in FOLDERS:
            for file in sorted(entry.iterdir(), key=lambda found: found.name):
                read(file, f"{entry.name}/{file.name}")
        elif entry.name in SINGLE:
            read(entry, entry.name)
        elif not entry.name.startswith((".", "__")):
            problems.append(Problem(file=entry.name, path="", text="is no part of a catalogue"))
    return documents, problems


def _form(documents: Mapping[str, Any]) -> Iterator[Problem]:
    for name in SINGLE:
        if name not in documents:
            yield Problem(file=name, path="", text="is missing")
    for name, document in documents.items():
        kind = _kind(name)
        if kind is None:
            yield Problem(file=name, path="", text="is no part of a catalogue")
            continue
        for error in _validator(kind).iter_errors(document):
            path = "".join(f"/{step}" for step in error.instance_path)
            yield Problem(file=name, path=path, text=str(error.message)[:300])


def _dates(name: str, node: Any, path: str = "") -> Iterator[Problem]:
    """Every date exists and no period ends before it begins."""
    if isinstance(node, list):
        for index, entry in enumerate(node):
            yield from _dates(name, entry, f"{path}/{index}")
    elif isinstance(node, dict):
        days = {}
        for key in ("valid_from", "valid_until", "dossier_valid_until"):
            if isinstance(node.get(key), str):
                try:
                    days[key] = date.fromisoformat(node[key])
                except ValueError:
                    yield Problem(file=name, path=f"{path}/{key}", text="is no date")
        if "valid_from" in days and "valid_until" in days and days["valid_from"] > days["valid_until"]:
            yield Problem(file=name, path=path, text="ends before it begins")
        for key, entry in node.items():
            yield from _dates(name, entry, f"{path}/{key}")


def _twice(name: str, path: str, codes: list[str]) -> Iterator[Problem]:
    for code, count in Counter(codes).items():
        if count > 1:
            yield Problem(file=name, path=path, text=f"{code} stands {count} times")


def _structure(documents: Mapping[str, Any]) -> tuple[dict[str, set[str]], list[Problem]]:
    """Return the codes by crebo, and what is wrong inside and between the qualifications."""
    codes: dict[str, set[str]] = {}
    problems: list[Problem] = []
    for name, row in documents.items():
        if not name.startswith("qualifications/"):
            continue
        if name != f"qualifications/{row['crebo']}.json":
            problems.append(Problem(file=name, path="/crebo", text="differs from the name of the file"))
        found: list[str] = []
        for at, kerntaak in enumerate(row["kerntaken"]):
            found.append(kerntaak["code"])
            for index, werkproces in enumerate(kerntaak["werkprocessen"]):
                found.append(werkproces["code"])
                if not werkproces["code"].startswith(kerntaak["code"] + "-"):
                    path = f"/kerntaken/{at}/werkprocessen/{index}/code"
                    problems.append(Problem(file=name, path=path, text="does not belong to this kerntaak"))
        problems.extend(_twice(name, "/kerntaken", found))
        codes[row["crebo"]] = set(found)
    return codes, problems


def _references(documents: Mapping[str, Any], codes: Mapping[str, set[str]]) -> Iterator[Problem]:
    for name, row in documents.items():
        if name.startswith("certificates/"):
            if name != f"certificates/{row['code']}.json":
                yield Problem(file=name, path="/code", text="differs from the name of the file")
            for index, unit in enumerate(row["units"]):
                crebo, _, code = unit["unit"].partition(":")
                path = f"/units/{index}/unit"
                if crebo != row["crebo"]:
                    yield Problem(file=name, path=path, text=f"is not of {row['crebo']}")
                if crebo in codes and code not in codes[crebo]:
                    yield Problem(file=name, path=path, text=f"{code} is not in {crebo}")
            yield from _twice(name, "/units", [unit["code"] for unit in row["units"]])
    yield from _twice(
        "keuzedelen.json", "/keuzedelen", [row["code"] for row in documents["keuzedelen.json"]["keuzedelen"]]
    )
    for at, table in enumerate(documents["equivalences.json"]["tables"]):
        if table["from"] == table["to"]:
            yield Problem(file="equivalences.json", path=f"/tables/{at}", text="leads to itself")
        for index, row in enumerate(table["rows"]):
            for key in ("from", "to"):
                crebo, code = table[key], row[key]
                if code is not None and crebo in codes and code not in codes[crebo]:
                    path = f"/tables/{at}/rows/{index}/{key}"
                    yield Problem(file="equivalences.json", path=path, text=f"{code} is not in {crebo}")


def _spans(rows: list[dict[str, Any]], path: str) -> Iterator[Problem]:
    """Each level and each cohort has exactly one row. Between the years that rows name nothing changes."""
    years = {FIRST_YEAR, LAST_YEAR} | {row["cohort_from"] for row in rows if row.get("cohort_from")}
    years |= {row["cohort_until"] + 1 for row in rows if row.get("cohort_until")}
    for level in (1, 2, 3, 4):
        counts = {
            cohort: sum(
                level in row.get("levels", (1, 2, 3, 4))
                and (row.get("cohort_from") or FIRST_YEAR) <= cohort <= (row.get("cohort_until") or LAST_YEAR)
                for row in rows
            )
            for cohort in sorted(years)
        }
        for wrong, text in ((0, "no rule"), (2, "more than one rule")):
            cohorts = [cohort for cohort, count in counts.items() if min(count, 2) == wrong]
            if cohorts:
                where = f"cohort {cohorts[0]} to {cohorts[-1]}"
                yield Problem(file="requirements.json", path=path, text=f"level {level}, {where}: {text}")


def _generic_rows(
    file: str, rows: Sequence[Mapping[str, Any]], scales: Mapping[str, Sequence[str]]
) -> Iterator[Problem]:
    """What the generic parts ask: known parts, levels that are on their scale, remarks that exist."""
    for at, row in enumerate(rows):
        yield from _twice(file, f"/generic/{at}/parts", [part["path"] for part in row["parts"]])
        remarks = [(f"/generic/{at}/remark", row["remark"])]
        for index, part in enumerate(row["parts"]):
            path = f"/generic/{at}/parts/{index}"
            remarks.append((f"{path}/remark", part["remark"]))
            if part["path"] not in VAKKEN:
                yield Problem(file=file, path=path + "/path", text="must be one of: " + ", ".join(VAKKEN))
            if part["level"] is not None and part["level"] not in scales.get(part["path"], ()):
                yield Problem(file=file, path=path + "/level", text="is not on the scale")
            if part["decides"] and part["minimum"] is None:
                yield Problem(file=file, path=path + "/minimum", text="a part that decides needs a lowest mark")
        for path, code in remarks:
            if code is not None and code not in set(Code):
                yield Problem(file=file, path=path, text=f"{code} is no reason code")


def _policies(documents: Mapping[str, Any]) -> Iterator[Problem]:
    """A school may ask more where the law leaves room, never less; one policy at a time."""
    requirements = documents["requirements.json"]
    rows = [(name, row) for name, row in documents.items() if name.startswith("policies/")]
    for name, row in rows:
        if name != f"policies/{row['name']}.json":
            yield Problem(file=name, path="/name", text="differs from the name of the file")
        yield from _generic_rows(name, row["generic"], requirements["scales"])
        for at, generic in enumerate(row["generic"]):
            if generic["levels"] != [1]:
                yield Problem(file=name, path=f"/generic/{at}/levels", text="a school may ask more at level 1 only")
            if {part["path"] for part in generic["parts"]} != {"nederlands", "rekenen"}:
                yield Problem(file=name, path=f"/generic/{at}/parts", text="must hold nederlands and rekenen")
        for at, hours in enumerate(row["hours"]):
            asked = [
                one["hours"] for one in requirements["keuzedelen"]["hours"] if set(one["levels"]) & set(hours["levels"])
            ]
            if hours["hours"] < max(asked, default=0):
                yield Problem(file=name, path=f"/hours/{at}/hours", text=f"is less than is asked: {max(asked)}")
    for (one, first), (other, second) in combinations(rows, 2):
        if first["school"] == second["school"] and _overlap(first, second):
            yield Problem(file=other, path="/school", text=f"holds at the same time as {one}")


def _overlap(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether two policies hold for one cohort on one day. Dates are compared as they are written: YYYY-MM-DD."""
    return all(
        (one[begin] is None or other[end] is None or one[begin] <= other[end])
        for begin, end in (("cohort_from", "cohort_until"), ("valid_from", "valid_until"))
        for one, other in ((first, second), (second, first))
    )


def _requirements(data: Mapping[str, Any]) -> Iterator[Problem]:
    def wrong(path: str, text: str) -> Problem:
        return Problem(file="requirements.json", path=path, text=text)

    yield from _spans(data["generic"], "/generic")
    yield from _spans(data["keuzedelen"]["hours"], "/keuzedelen/hours")
    yield from _spans(data["keuzedelen"]["marks"], "/keuzedelen/marks")
    if set(data["marks"]["words"]) != set(OORDELEN):
        yield wrong("/marks/words", "must hold exactly: " + ", ".join(OORDELEN))
    if set(data["evidence"]) != set(FORMS):
        yield wrong("/evidence", "must hold exactly: " + ", ".join(FORMS))
    known = set(Code)
    yield from _generic_rows("requirements.json", data["generic"], data["scales"])
    reasons = [(f"/keuzedelen/marks/{at}/remark", row["remark"]) for at, row in enumerate(data["keuzedelen"]["marks"])]
    reasons += [(f"/separate/{at}/missing", row["missing"]) for at, row in enumerate(data["separate"])]
    for path, code in reasons:
        if code is not None and code not in known:
            yield wrong(path, f"{code} is no reason code")
    if [row["path"] for row in data["separate"]] != ["loopbaan_burgerschap", "bpv"]:
        yield wrong("/separate", "must hold loopbaan_burgerschap and bpv, in this order")


def check_documents(documents: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with documents by file name: first their form, then what they contradict."""
    problems = list(_form(documents))
    if problems:
        return problems
    codes, problems = _structure(documents)
    for name, document in documents.items():
        problems.extend(_dates(name, document))
    problems.extend(_references(documents, codes))
    problems.extend(_requirements(documents["requirements.json"]))
    problems.extend(_policies(documents))
    return problems
