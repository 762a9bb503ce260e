"""`stack`: how far the credentials go toward a diploma. Each is verified now; the school decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from passport.errors import PassportError
from passport.jose.encoding import parse_json
from passport.network import now
from passport.stacking import stack as add_up
from passport.stacking.catalogue import load_catalogue
from passport.stacking.evidence import facts_from_credentials
from passport.stacking.facts import Facts
from passport.stacking.what_if import facts_from_what_if
from passport.terminal import ExitCode, WrongUse
from wallet_cli.chart import lines
from wallet_cli.checking import check_all
from wallet_cli.session import Session, read_file
from wallet_cli.showing import claims_of, title_of

_MAX_FILE_BYTES = 16 * 1024 * 1024
_AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class NoTarget(WrongUse):
    """Neither `--target` nor the file says toward which qualification."""

    code = "stack_no_target"


class WhatIfUnreadable(WrongUse):
    """The file of `--what-if` is neither a list nor an object with `evidence`. Params: `file`."""

    code = "what_if_unreadable"


class NothingVerifiable(PassportError):
    """Without a trust register nothing that is held can be verified."""

    code = "stack_no_register"
    exit_code: ClassVar[int] = ExitCode.UNREACHABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """The command's own options."""

    target: str | None
    cohort: str | None
    school: str | None
    date: str | None
    what_if: Path | None
    with_wallet: bool
    catalogue: Path | None
    require_complete: bool
    verbose: bool


@dataclass(slots=True, kw_only=True)
class _Evidence:
    """What is added up. undetermined: something that is held could not be looked up."""

    facts: Facts
    titles: dict[str, str] = field(default_factory=dict)
    undetermined: bool = False


def stack(session: Session, options: StackOptions) -> int:
    """Answer the question, and say by the exit code how it stands."""
    terminal = session.terminal
    if options.with_wallet and options.what_if is None:
        raise WrongUse(reason="--with-wallet: --what-if", help="skillspas stack --help")
    supposed, stated = _what_if(options.what_if) if options.what_if is not None else ([], {})
    target = _target(options, stated)
    folder = options.catalogue or (Path(named) if (named := session.setting("SKILLSPAS_CATALOGUE")) else None)
    catalogue = load_catalogue(folder)
    evidence = _Evidence(facts=Facts())
    if options.what_if is None or options.with_wallet:
        evidence = _held(session)
    if options.what_if is not None:
        evidence.facts = replace(evidence.facts, items=evidence.facts.items + facts_from_what_if(supposed).items)
    answer = add_up(
        catalogue=catalogue,
        target=target,
        evidence=evidence.facts,
        lang=terminal.lang,
        what_if=options.what_if is not None,
        verbose=options.verbose,
    )
    if terminal.json:
        terminal.data(answer)
    else:
        known = catalogue.qualifications.get(str(target["crebo"]))
        names: Mapping[str, str] = known.names if known is not None else {}
        for line in lines(answer, names, evidence.titles, terminal, verbose=options.verbose):
            terminal.show(line)
    return _exit_code(answer["overall"], options, undetermined=evidence.undetermined)


def _exit_code(overall: str, options: StackOptions, *, undetermined: bool) -> int:
    if overall == "blocked" or (overall == "incomplete" and options.require_complete):
        return ExitCode.NO
    return ExitCode.UNREACHABLE if undetermined else ExitCode.DONE


def _what_if(file: Path) -> tuple[list[Any], Mapping[str, Any]]:
    """Return (evidence, target) of a what-if file: a list, or an object with `evidence` and maybe `target`."""
    content = read_file(file, max_bytes=_MAX_FILE_BYTES)
    try:
        value = parse_json(content)
    except PassportError as error:
        raise WhatIfUnreadable(error.code, file=file) from error
    target: Any = {}
    if isinstance(value, dict):
        target, value = value.get("target") or {}, value.get("evidence")
    if not isinstance(value, list) or not isinstance(target, dict):
        raise WhatIfUnreadable("shape", file=file)
    return value, target


def _target(options: StackOptions, stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the target: flags win over the file; the date is today in the Netherlands unless one is given."""
    flags = {"crebo": options.target, "cohort": options.cohort, "school": options.school, "date": options.date}
    today = {"date": _today(now()).isoformat()}
    target = {**today, **stated, **{name: value for name, value in flags.items() if value is not None}}
    if not target.get("crebo"):
        raise NoTarget
    return target


def _today(moment: datetime) -> Any:
    return moment.astimezone(_AMSTERDAM).date()


def _held(session: Session) -> _Evidence:
    """Verify everything that is held, now, and turn it into facts; what is refused stays visible as refused.

    All of it lies in one wallet, bound to keys that only this wallet has: one holder (CONTRACT section 5).
    """
    lang = session.terminal.lang
    store = session.store()
    credentials = store.read().credentials
    with session.connect() as connection:
        register = session.trusted(connection, store)
        if register is None and credentials:
            raise NothingVerifiable
        reports = connection.run(check_all([held.raw for held in credentials], register, connection.fetcher, at=now()))
    titles = {held.id: title_of(held, claims_of(held), lang) for held in credentials}
    return _Evidence(
        facts=facts_from_credentials(reports, holder_binding="proven"),
        titles=titles,
        undetermined=any(report.verdict == "undetermined" for report in reports),
    )
