"""`stack` without a target: which qualification is near, by the units that are covered already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from passport.stacking import Catalogue
from passport.stacking.facts import Facts
from passport.stacking.rank import Near, rank
from passport.stacking.target import read_target
from passport.stacking.what_if import refuse_duplicates
from passport.terminal import ExitCode, Terminal, visible
from wallet_cli.commands.stack_evidence import Evidence

_MOST = 10
_BAR = 20
_ANY_CREBO = "00000"


class _Options(Protocol):
    @property
    def verbose(self) -> bool: ...
    @property
    def what_if(self) -> object: ...


def ranked(catalogue: Catalogue, facts: Facts, target: Mapping[str, Any]) -> list[Near]:
    """Return every qualification of the catalogue, the nearest first, those with nothing covered last.

    target: `date`, and maybe `school`. Raises: WrongUse for one that cannot be read, or two items with one id.
    """
    refuse_duplicates(facts.items)
    read = read_target({**target, "crebo": _ANY_CREBO})
    near = list(rank(catalogue, facts, school=read.school, at=read.date))
    covered = {one.crebo for one in near}
    far = (one for crebo, one in sorted(catalogue.qualifications.items()) if crebo not in covered)
    return near + [Near(one.crebo, one.naam, one.niveau, 0, 0, len(one.units)) for one in far]


def show_ranking(
    terminal: Terminal, catalogue: Catalogue, evidence: Evidence, target: Mapping[str, Any], options: _Options
) -> int:
    """Show the ranking. Credentials of two persons are not ranked: exit code 1."""
    found = ranked(catalogue, evidence.facts, target)
    holders = {item.holder for item in evidence.facts.items} - {None}
    mismatch = evidence.facts.persons_differ or len(holders) > 1
    what_if = options.what_if is not None
    if terminal.json:
        terminal.data(_to_json(found, catalogue, what_if=what_if, mismatch=mismatch, lang=terminal.lang))
    else:
        for line in _lines(found, terminal, what_if=what_if, mismatch=mismatch, all_of_them=options.verbose):
            terminal.show(line)
    if mismatch:
        return ExitCode.NO
    return ExitCode.UNREACHABLE if evidence.undetermined else ExitCode.DONE


def _to_json(found: list[Near], catalogue: Catalogue, *, what_if: bool, mismatch: bool, lang: str) -> dict[str, Any]:
    from passport import messages

    code = "HOLDER_MISMATCH"
    reasons = [{"code": code, "at": "overall", "text": messages.text(f"stacking.reasons.{code}", lang)}]
    return {
        "ranking": [
            {
                "crebo": one.crebo,
                "naam": one.naam,
                "niveau": one.niveau,
                "units": {
                    "done": one.covered,
                    "claim": one.claims,
                    "open": one.units - one.covered - one.claims,
                    "total": one.units,
                },
            }
            for one in found
        ],
        "reasons": reasons if mismatch else [],
        "catalogue": {"version": catalogue.version, "digest": catalogue.digest},
        "what_if": what_if,
    }


def _lines(found: list[Near], terminal: Terminal, *, what_if: bool, mismatch: bool, all_of_them: bool) -> Iterator[str]:
    if what_if:
        yield terminal.words("wallet.stack.what_if")
    if mismatch:
        yield terminal.words("stacking.reasons.HOLDER_MISMATCH")
        return
    near = [one for one in found if one.covered or one.claims]
    shown = found if all_of_them else near[:_MOST]
    if not near:
        yield terminal.words("wallet.ranking.nothing")
    if shown:
        yield terminal.words("wallet.ranking.heading")
    for one in shown:
        yield ""
        niveau = terminal.words("wallet.ranking.no_level") if one.niveau is None else one.niveau
        yield terminal.words("wallet.ranking.name", naam=one.naam, crebo=one.crebo, niveau=niveau)
        count = terminal.words("wallet.ranking.count", done=one.covered, claim=one.claims, total=one.units)
        yield f"  [{_bar(one)}] {count}"
    if len(near) > len(shown):
        yield ""
        yield terminal.words("wallet.ranking.more", count=len(near) - len(shown))
    if shown:
        yield ""
        yield terminal.words("wallet.ranking.legend")
        yield terminal.words("wallet.ranking.next", crebo=visible(shown[0].crebo))


def _bar(one: Near) -> str:
    """Return covered, claimed and open units as `###~~~...`, never empty where there is something."""
    done = _share(one.covered, one.units)
    claims = min(_share(one.claims, one.units), _BAR - done)
    return "#" * done + "~" * claims + "." * (_BAR - done - claims)


def _share(count: int, total: int) -> int:
    return 0 if not count else max(1, count * _BAR // total)
