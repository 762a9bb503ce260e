"""The answer of the stack for a person: a wall of bricks in marks and words, no colour. It judges nothing itself.

Source of its shape: CONTRACT section 5. The names of the tasks come from the catalogue.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from passport.messages import has
from passport.stacking.compare import Change, State
from passport.terminal import Terminal, visible

MARKS = {"met": "[x]", "exempt": "[v]", "claim": "[~]", "partial": "[/]", "open": "[ ]", "not_applicable": "[-]"}
_UNKNOWN = "[?]"
_KERNTAAK = "kerntaak:"
_BEROEPSVEREISTEN = "beroepsvereisten"
_NARROWEST, _USUAL, _WIDEST = 40, 80, 120
_BAR = 24


def width_of(terminal: Terminal) -> int | None:
    """Return how many characters a line may have, by the environment or the terminal; None: it goes to no terminal."""
    named = terminal.environ.get("COLUMNS", "")
    if named.isdecimal():
        columns = int(named)
    else:
        try:
            columns = os.get_terminal_size(terminal.out.fileno()).columns
        except (OSError, ValueError, AttributeError):
            columns = 0
    return min(max(columns, _NARROWEST), _WIDEST) if columns else None


def wrapped(line: str, width: int | None) -> Iterator[str]:
    """Yield a line in pieces that fit, each next one set in below the text of the first."""
    if width is None or len(line) <= width:
        yield line
        return
    margin = len(line) - len(line.lstrip())
    hang = " " * (margin + (4 if line.lstrip().startswith(("[", "- ")) else 2))
    kept = line.replace("[ ]", "[\u00a0]")  # a mark is never torn apart
    for piece in textwrap.wrap(kept, width, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False):
        yield piece.replace("[\u00a0]", "[ ]")


def lines(
    answer: Mapping[str, Any], names: Mapping[str, str], titles: Mapping[str, str], terminal: Terminal, *, verbose: bool
) -> Iterator[str]:
    """Yield the chart line by line.

    names: of kerntaken and werkprocessen, by code. titles: of the evidence, by id.
    """
    width = width_of(terminal)
    parts = (
        _heading(answer, terminal),
        _kerntaken(answer, names, titles if verbose else {}, terminal, width or _USUAL),
        _others(answer, titles if verbose else {}, terminal),
        _remarks(answer, titles, terminal, verbose=verbose),
        _steps(answer, terminal),
        ("", terminal.words("wallet.stack.legend") + _unknown_mark(answer, terminal)),
    )
    for part in parts:
        for line in part:
            yield from wrapped(line, width)


def _unknown_mark(answer: Mapping[str, Any], terminal: Terminal) -> str:
    """The legend's last entry, where that mark stands in the chart."""
    return f"  {_UNKNOWN} {terminal.words('wallet.stack.status.unknown')}" if _requirement_unknown(answer) else ""


def change_lines(changes: Sequence[Change], names: Mapping[str, str], terminal: Terminal) -> Iterator[str]:
    """Yield what changes between two answers, in words."""
    width = width_of(terminal)
    yield ""
    yield terminal.words("wallet.stack.changes" if changes else "wallet.stack.no_changes")
    for change in changes:
        place = change.at.removeprefix(_KERNTAAK)
        name = f"{place} {names[place]}" if place in names else _node_name(place, terminal)
        before, after = _state(change.before, terminal), _state(change.after, terminal)
        yield from wrapped(f"  - {visible(name)}: {before} -> {after}", width)


def _state(state: State, terminal: Terminal) -> str:
    if state.status in MARKS:
        said = f"{MARKS[state.status]} {_status({'status': state.status, 'strength': state.strength}, terminal)}"
    else:
        said = terminal.words(f"wallet.stack.overall_short.{state.status}")
    if state.sbu_required:
        said += ", " + terminal.words("wallet.stack.hours", sbu=state.sbu, required=state.sbu_required)
    return said


def _heading(answer: Mapping[str, Any], terminal: Terminal) -> Iterator[str]:
    target = answer["target"]
    if target["naam"] is None:
        yield terminal.words("wallet.stack.heading_unknown", crebo=target["crebo"])
    else:
        yield terminal.words(
            "wallet.stack.heading",
            naam=target["naam"],
            crebo=target["crebo"],
            niveau=target["niveau"] or "?",
            cohort=target["cohort"],
            date=target["date"],
        )
    if answer["what_if"]:
        yield terminal.words("wallet.stack.what_if")
    yield terminal.words(f"wallet.stack.overall.{answer['overall']}")


def _kerntaken(
    answer: Mapping[str, Any], names: Mapping[str, str], titles: Mapping[str, str], terminal: Terminal, width: int
) -> Iterator[str]:
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
        yield f"  {_status(node, terminal)}, {count}"
        yield from _bricks(code, own, width)
        for unit, found in own.items():
            if unit != code:
                name = f"{visible(unit):<9} {visible(names.get(unit, ''))}"
                yield f"  {MARKS[found['status']]} {name}: {_status(found, terminal)}"
                yield from _fillings(found, titles)


def _bricks(code: str, units: Mapping[str, Any], width: int) -> Iterator[str]:
    """Draw the units as bricks, as many beside each other as fit; every second row is shifted, as masons do."""
    cells = [f" {MARKS[found['status']]} {visible(unit.removeprefix(f'{code}-'))} " for unit, found in units.items()]
    if not cells:
        return
    size = max(len(cell) for cell in cells)
    cells = [cell.ljust(size) for cell in cells]
    a_row = max(1, (width - 8) // (size + 1))
    for start in range(0, len(cells), a_row):
        row = cells[start : start + a_row]
        margin = "  " if start // a_row % 2 == 0 else "    "
        edge = f"{margin}+" + "+".join("-" * size for _ in row) + "+"
        yield from (edge, f"{margin}|" + "|".join(row) + "|")
    yield edge


def _fillings(node: Mapping[str, Any], titles: Mapping[str, str]) -> Iterator[str]:
    """What fills a brick, each credential once."""
    for title in dict.fromkeys(titles[key] for one in node.get("used", ()) if (key := _known(one, titles))):
        yield f"      = {visible(title, limit=160)}"


def _known(key: str, titles: Mapping[str, str]) -> str | None:
    """The id under which a piece of evidence has a title: its own, or its credential's."""
    return next((one for one in (key, key.partition("#")[0]) if one in titles), None)


def _status(node: Mapping[str, Any], terminal: Terminal) -> str:
    key = f"wallet.stack.status.{node['status']}"
    strength = node.get("strength")
    if node["status"] == "claim" and strength:
        key = f"wallet.stack.status.claim_{strength}"
    return terminal.words(key)


def _node_name(path: str, terminal: Terminal) -> str:
    key = f"wallet.stack.nodes.{path}"
    return terminal.words(key) if has(key, terminal.lang) else visible(path)


def _requirement_unknown(answer: Mapping[str, Any]) -> bool:
    """Whether it is not known what the law asks: then the status "not applicable" is no answer for a person."""
    return any(reason["code"] == "BEROEPSVEREISTE_UNKNOWN" for reason in answer["reasons"])


def _others(answer: Mapping[str, Any], titles: Mapping[str, str], terminal: Terminal) -> Iterator[str]:
    nodes = {path: node for path, node in answer["nodes"].items() if not path.startswith(_KERNTAAK)}
    if nodes:
        yield ""
    for path, node in nodes.items():
        name = _node_name(path, terminal)
        hours = ""
        if node.get("sbu_required"):
            hours = ", " + terminal.words("wallet.stack.hours", sbu=node["sbu"], required=node["sbu_required"])
        if path == _BEROEPSVEREISTEN and _requirement_unknown(answer):
            yield f"{_UNKNOWN} {name}: {terminal.words('wallet.stack.status.unknown')}"
            continue
        yield f"{MARKS[node['status']]} {name}: {_status(node, terminal)}{hours}"
        if node.get("sbu_required"):
            filled = min(_BAR, int(_BAR * node["sbu"] / node["sbu_required"]))
            yield f"    |{'#' * filled}{'.' * (_BAR - filled)}|"
        yield from _fillings(node, titles)


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
        known = _known(place, titles)
        title = visible(titles[known], limit=160) if known else _node_name(place, terminal)
        where = "" if place == "overall" else f"{title}: "
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
