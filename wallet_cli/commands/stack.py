"""`stack`: how far the credentials go toward a diploma. Each is verified now; the school decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from passport.network import now
from passport.stacking import Catalogue, load_catalogue
from passport.stacking import stack as add_up
from passport.stacking.compare import Change, changes_between
from passport.stacking.page import stack_page
from passport.stacking.target import check_cohort, read_target
from passport.terminal import ExitCode, Terminal, WrongUse
from passport.trust.register import TrustRegister
from wallet_cli.chart import change_lines, lines
from wallet_cli.commands.stack_evidence import Evidence, held_evidence, read_what_if, supposed_evidence
from wallet_cli.session import Session

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_PAGE_BEGINS = b"<!doctype html>"
_HELP = "skillspas stack --help"


class NoTarget(WrongUse):
    """Neither `--target` nor the file says toward which qualification, and what is asked needs one."""

    code = "stack_no_target"


class PageTaken(WrongUse):
    """The file of `--html` exists and is no page. Params: `file`."""

    code = "page_file_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """The command's own options."""

    target: str | None
    cohort: str | None
    school: str | None
    date: str | None
    what_if: Path | None
    with_wallet: bool
    compare: bool
    least: bool
    html: Path | None
    catalogue: Path | None
    require_complete: bool
    verbose: bool

    @property
    def needs_target(self) -> bool:
        return self.compare or self.least or self.html is not None or self.require_complete


def stack(session: Session, options: StackOptions) -> int:
    """Answer the question, and say by the exit code how it stands."""
    _check(options)
    supposed, stated = read_what_if(options.what_if) if options.what_if is not None else ([], {})
    target = _target(options, stated)
    if "crebo" not in target and options.needs_target:
        raise NoTarget
    catalogue = catalogue_of(session, options.catalogue)
    held = Evidence() if options.what_if is not None and not options.with_wallet else held_evidence(session)
    lang = session.terminal.lang
    imagined = supposed_evidence(supposed, catalogue, lang, beside_wallet=options.with_wallet)
    evidence = held.plus(imagined) if options.what_if is not None else held
    say_assumed(session.terminal, target, evidence.register)
    if "crebo" not in target:
        from wallet_cli.commands.stack_ranking import show_ranking

        return show_ranking(session.terminal, catalogue, evidence, target, options)
    if options.least:
        from wallet_cli.commands.stack_least import show_least

        return show_least(session.terminal, catalogue, evidence, target)
    return _show(session.terminal, catalogue, held, evidence, target, options=options)


def _check(options: StackOptions) -> None:
    """Refuse what does not go together."""
    if options.what_if is None and (options.with_wallet or options.compare):
        raise WrongUse(reason="--with-wallet, --compare: --what-if", help=_HELP)
    if options.least and options.what_if is not None:
        raise WrongUse(reason="--least: --what-if", help=_HELP)
    if options.least and options.html is not None:
        raise WrongUse(reason="--least: --html", help=_HELP)


def catalogue_of(session: Session, folder: Path | None) -> Catalogue:
    """Return the catalogue that was named by flag or environment, else the one that ships."""
    named = session.setting("SKILLSPAS_CATALOGUE")
    return load_catalogue(folder or (Path(named) if named else None))


def _show(
    terminal: Terminal,
    catalogue: Catalogue,
    held: Evidence,
    evidence: Evidence,
    target: Mapping[str, Any],
    *,
    options: StackOptions,
) -> int:
    """Add up, with `--compare` also without what the file supposes, and show it."""

    def answered(what: Evidence, *, what_if: bool) -> dict[str, Any]:
        return add_up(
            catalogue=catalogue,
            target=target,
            evidence=what.facts,
            lang=terminal.lang,
            what_if=what_if,
            verbose=options.verbose,
        )

    answer = answered(evidence, what_if=options.what_if is not None)
    before = answered(held, what_if=not options.with_wallet) if options.compare else None
    changes = changes_between(before, answer) if before is not None else None
    if options.html is not None:
        write_page(options.html, stack_page(answer, catalogue, evidence.sources, lang=terminal.lang, changes=changes))
    if terminal.json:
        whole = [change.to_json() for change in changes or ()]
        terminal.data(answer if before is None else {"before": before, "after": answer, "changes": whole})
    else:
        _tell(terminal, catalogue, evidence, answer, changes, options=options)
    return _exit_code(answer["overall"], options, undetermined=evidence.undetermined)


def _tell(
    terminal: Terminal,
    catalogue: Catalogue,
    evidence: Evidence,
    answer: Mapping[str, Any],
    changes: tuple[Change, ...] | None,
    *,
    options: StackOptions,
) -> None:
    known = catalogue.qualifications.get(str(answer["target"]["crebo"]))
    names: Mapping[str, str] = known.names if known is not None else {}
    titles = {key: source.title for key, source in evidence.sources.items()}
    for line in lines(answer, names, titles, terminal, verbose=options.verbose):
        terminal.show(line)
    if changes is not None:
        for line in change_lines(changes, names, terminal):
            terminal.show(line)
    if options.html is not None:
        terminal.say("wallet.stack.page_written", file=options.html)


def write_page(file: Path, page: str) -> None:
    """Write a page for its owner's eyes only. Another file than a page is not replaced. Raises: PageTaken, OSError."""
    from wallet_cli.session import at_home
    from wallet_cli.store import write_durably

    file = at_home(file)
    if file.exists():
        if not file.is_file():
            raise PageTaken(file=file)
        with file.open("rb") as existing:
            beginning = existing.read(len(_PAGE_BEGINS))
        if beginning and beginning != _PAGE_BEGINS:
            raise PageTaken(file=file)
    write_durably(file.resolve(), page.encode(), temporary=".stack-")


def _exit_code(overall: str, options: StackOptions, *, undetermined: bool) -> int:
    if overall == "blocked" or (overall == "incomplete" and options.require_complete):
        return ExitCode.NO
    return ExitCode.UNREACHABLE if undetermined else ExitCode.DONE


def _target(options: StackOptions, stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the target: flags win over the file; the date is today in the Netherlands unless one is given.

    Without a qualification `crebo` is not in it. Raises: TargetInvalid for a cohort that is no study year.
    """
    flags = {"crebo": options.target, "cohort": options.cohort, "school": options.school, "date": options.date}
    given = {**stated, **{name: value for name, value in flags.items() if value is not None}}
    check_cohort(given)
    return {"date": today(now()), **{name: value for name, value in given.items() if name != "crebo" or value}}


def say_assumed(terminal: Terminal, target: Mapping[str, Any], register: TrustRegister | None) -> None:
    """Say what is assumed of a target, on stderr. register: to look the school up; None: that is not possible.

    Raises: TargetInvalid.
    """
    if target.get("cohort") is None and "crebo" in target:
        terminal.say("wallet.stack.cohort_assumed", cohort=read_target(target).cohort_label)
    school = target.get("school")
    if school is None:
        terminal.say("wallet.stack.school_missing")
    elif register is not None:
        known = register.find(str(school))
        if known is None or known.kind != "school":
            terminal.say("wallet.stack.school_unknown", school=school)


def today(moment: datetime) -> str:
    """Return the day in the Netherlands."""
    return moment.astimezone(_AMSTERDAM).date().isoformat()
