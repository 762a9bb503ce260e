"""The answer of the stack for a person: blocks, marks and words, never colour alone. It judges nothing itself.

Source of its shape: CONTRACT section 5. The names of the tasks come from the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from passport.messages import has
from passport.terminal import Terminal, visible

MARKS = {"met": "[x]", "exempt": "[v]", "claim": "[~]", "partial": "[/]", "open": "[ ]", "not_applicable": "[-]"}
_KERNTAAK = "kerntaak:"


def lines(
    answer: Mapping[str, Any], names: Mapping[str, str], titles: Mapping[str, str], terminal: Terminal, *, verbose: bool
) -> Iterator[str]:
    """Yield the chart line by line.

    names: of kerntaken and werkprocessen, by code. titles: of the evidence, by id.
    """
    yield from _heading(answer, terminal)
    yield from _kerntaken(answer, names, terminal)
    yield from _others(answer, terminal)
    yield from _remarks(answer, titles, terminal, verbose=verbose)
    yield from _steps(answer, terminal)
    yield ""
    yield terminal.words("wallet.stack.legend")


def _heading(answer: Mapping[str, Any], terminal: Terminal) -> Iterator[str]:
    target = answer["target"]
    yield terminal.words(
        "wallet.stack.heading",
        naam=target["naam"] or "?",
        crebo=target["crebo"],
        niveau=target["niveau"] or "?",
        cohort=target["cohort"],
        date=target["date"],
    )
    if answer["what_if"]:
        yield terminal.words("wallet.stack.what_if")
    yield terminal.words(f"wallet.stack.overall.{answer['overall']}")


def _kerntaken(answer: Mapping[str, Any], names: Mapping[str, str], terminal: Terminal) -> Iterator[str]:
    units: Mapping[str, Any] = answer["units"]
    for path, node in answer["nodes"].items():
        if not path.startswith(_KERNTAAK):
            continue
        code = path.removeprefix(_KERNTAAK)
        own = {unit: found for unit, found in units.items() if unit == code or unit.startswith(f"{code}-")}
        done = sum(found["status"] not in ("open", "partial") for found in own.values())
        count = terminal.words("wallet.stack.count", done=done, total=len(own))
        yield ""
        yield f"{visible(code)}  {visible(names.get(code, ''))}"
        yield f"  {''.join(MARKS[found['status']] for found in own.values())}  {_status(node, terminal)}, {count}"
        for unit, found in own.items():
            if unit != code:
                name = f"{visible(unit):<9} {visible(names.get(unit, ''))}"
                yield f"  {MARKS[found['status']]} {name}: {_status(found, terminal)}"


def _status(node: Mapping[str, Any], terminal: Terminal) -> str:
    key = f"wallet.stack.status.{node['status']}"
    strength = node.get("strength")
    if node["status"] == "claim" and strength:
        key = f"wallet.stack.status.claim_{strength}"
    return terminal.words(key)


def _node_name(path: str, terminal: Terminal) -> str:
    key = f"wallet.stack.nodes.{path}"
    return terminal.words(key) if has(key, terminal.lang) else visible(path)


def _others(answer: Mapping[str, Any], terminal: Terminal) -> Iterator[str]:
    nodes = {path: node for path, node in answer["nodes"].items() if not path.startswith(_KERNTAAK)}
    if nodes:
        yield ""
    for path, node in nodes.items():
        name = _node_name(path, terminal)
        hours = ""
        if node.get("sbu_required"):
            hours = ", " + terminal.words("wallet.stack.hours", sbu=node["sbu"], required=node["sbu_required"])
        yield f"{MARKS[node['status']]} {name}: {_status(node, terminal)}{hours}"


def _remarks(
    answer: Mapping[str, Any], titles: Mapping[str, str], terminal: Terminal, *, verbose: bool
) -> Iterator[str]:
    """What is to be said of the whole and of single pieces of evidence; verbose: every reason with what it rests on."""
    always = ("overall", "evidence:", "beroepsvereisten")  # the last: "not needed" may also be "we do not know"
    told = [reason for reason in answer["reasons"] if verbose or reason["at"].startswith(always)]
    if told:
        yield ""
        yield terminal.words("wallet.stack.remarks")
    for reason in told:
        place = reason["at"].removeprefix("evidence:")
        where = "" if place == "overall" else f"{titles.get(place.partition('#')[0]) or _node_name(place, terminal)}: "
        yield f"  - {where}{visible(reason['text'])}"
        if verbose:
            yield f"      {visible(reason['code'])} ({visible(reason['basis'])})"


def _steps(answer: Mapping[str, Any], terminal: Terminal) -> Iterator[str]:
    steps = answer["advice"]["next_steps"]
    if steps:
        yield ""
        yield terminal.words("wallet.stack.next")
    for number, step in enumerate(steps, start=1):
        yield f"  {number}. {visible(step['text'], limit=500)}"
