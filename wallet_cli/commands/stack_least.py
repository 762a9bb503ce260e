"""`stack --least`: the least that must be shown for the same answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from passport.stacking import Catalogue
from passport.stacking import stack as add_up
from passport.stacking.least import Shown, Smallest, smallest_disclosure
from passport.terminal import ExitCode, Terminal
from wallet_cli.commands.stack_evidence import Evidence
from wallet_cli.least import labels_of

JsonObject = dict[str, Any]


def show_least(terminal: Terminal, catalogue: Catalogue, evidence: Evidence, target: Mapping[str, Any]) -> int:
    """Work it out and show it. A blocked answer has no least: exit code 1."""
    answer = add_up(
        catalogue=catalogue, target=target, evidence=evidence.facts, lang=terminal.lang, what_if=False, verbose=False
    )
    smallest = smallest_disclosure(catalogue, evidence.reports, target)
    if terminal.json:
        terminal.data(_to_json(answer, smallest, evidence))
    else:
        for line in _lines(answer, smallest, evidence, terminal):
            terminal.show(line)
    if smallest is None:
        return ExitCode.NO
    return ExitCode.UNREACHABLE if evidence.undetermined else ExitCode.DONE


def _to_json(answer: Mapping[str, Any], smallest: Smallest | None, evidence: Evidence) -> JsonObject:
    """Return the answer's outline with `least`; null where the answer is blocked."""
    types = {held.id: held.type for held in evidence.held}
    shown = [
        {
            "id": one.id,
            "type": types[one.id],
            "disclose": [list(path) for path in one.paths],
            "hide": [list(path) for path in one.hideable if path not in one.paths],
        }
        for one in (smallest.shown if smallest else ())
    ]
    outline = {name: answer[name] for name in ("overall", "what_if", "target", "catalogue")}
    return {**outline, "least": None if smallest is None else {"credentials": shown, "exact": smallest.exact}}


def _lines(
    answer: Mapping[str, Any], smallest: Smallest | None, evidence: Evidence, terminal: Terminal
) -> Iterator[str]:
    target, words = answer["target"], terminal.words
    if smallest is None:
        reasons = [one["text"] for one in answer["reasons"] if one["at"] == "overall"]
        yield words("wallet.least.blocked", reasons=" ".join(reasons))
        return
    if not smallest.shown:
        yield words("wallet.least.nothing")
        return
    yield words("wallet.least.heading", naam=target["naam"], crebo=target["crebo"])
    yield whole_words(smallest, evidence, terminal)
    for one in smallest.shown:
        yield ""
        yield words("wallet.least.credential", id=one.id, title=evidence.titles[one.id])
        yield from _credential(one, terminal)
    shown = {one.id for one in smallest.shown}
    left_out = [held for held in evidence.held if held.id not in shown]
    if left_out:
        yield ""
        yield words("wallet.least.left_out")
        for held in left_out:
            yield f"  - {evidence.titles[held.id]}"
    if not smallest.exact:
        yield ""
        yield words("wallet.least.not_exact")


def whole_words(smallest: Smallest, evidence: Evidence, terminal: Terminal) -> str:
    """Say how little it is."""
    return terminal.words(
        "wallet.least.whole",
        least=len(smallest.shown),
        all=len(evidence.held),
        shown=smallest.claims,
        total=sum(len(one.hideable) for one in smallest.shown),
    )


def _credential(one: Shown, terminal: Terminal) -> Iterator[str]:
    hidden = [path for path in one.hideable if path not in one.paths]
    for key, paths in (("shown", one.paths), ("hidden", hidden)):
        if paths:
            yield terminal.words(f"wallet.least.{key}", labels=labels_of(paths, one.hideable, terminal.lang))
