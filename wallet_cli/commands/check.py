"""`check`: a plain verdict on what is held, or on a credential in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from passport.credentials.types import TYPES
from passport.network import now
from passport.terminal import FileUnreadable, Reason, Terminal, visible
from passport.verification import Report
from passport.verification.report import check_text
from wallet_cli.checking import check_all, exit_code_of
from wallet_cli.commands.holding import summary
from wallet_cli.session import Session, at_home, read_file
from wallet_cli.settling import settle_earlier
from wallet_cli.showing import claims_of, title_of

_MAX_FILE_BYTES = 512 * 1024


def check(session: Session, what: str | None, *, verbose: bool) -> int:
    """Verify one credential, a file, or all that is held."""
    terminal = session.terminal
    in_file = what is not None and _is_file(what)
    if what is not None and not in_file and any(char in what for char in "/\\.~"):
        raise FileUnreadable(file=what, reason=Reason("EISDIR" if at_home(what).is_dir() else "ENOENT"))
    store = None if in_file else session.store()
    with session.connect() as connection:
        register = session.trusted(connection, store)
        if in_file:
            content = read_file(Path(str(what)), max_bytes=_MAX_FILE_BYTES)
            texts, names = [content.decode("utf-8", "replace").strip()], [Path(str(what)).name]
        else:
            assert store is not None
            for late in settle_earlier(register, connection, store, lang=terminal.lang):
                terminal.say("wallet.receive.stored", title=summary(late, terminal.lang)["title"], id=late.id)
            data = store.read()
            chosen = data.credentials if what is None else (data.find(what),)
            texts = [held.raw for held in chosen]
            names = [title_of(held, claims_of(held), terminal.lang) for held in chosen]
        reports = connection.run(check_all(texts, register, connection.fetcher, at=now()))
    if terminal.json:
        answers = [as_json(report, terminal.lang) for report in reports]
        terminal.data(answers[0] if what is not None else {"reports": answers})
        return exit_code_of(reports)
    if not reports:
        terminal.say("wallet.list.empty")
    for report, name in zip(reports, names, strict=True):
        show_report(terminal, report, name=name, verbose=verbose)
    if register is None and reports:
        terminal.say("wallet.check.no_register")
    return exit_code_of(reports)


def _is_file(what: str) -> bool:
    try:
        return Path(what).is_file()
    except (OSError, ValueError):
        return False


def as_json(report: Report, lang: str) -> dict[str, Any]:
    """Return the contract's report, with the credential's id beside it."""
    return {"id": report.credential_id, **report.to_json(lang)}


def show_report(terminal: Terminal, report: Report, *, name: str, verbose: bool) -> None:
    """Print one verdict in words: what it is, from whom, and why not.

    name: of the file, or the title by which it is held: for what is not proven to say what it is.
    """
    lang, shown = terminal.lang, report.credential
    known = None if shown is None or shown.type is None else TYPES.get(shown.type)
    title = known.title(shown.claims, lang) if shown is not None and known is not None else name
    issuer = shown.issuer.display_name(lang) if shown is not None and shown.issuer is not None else "?"
    number = f"{visible(report.credential_id)}  " if report.credential_id else ""
    terminal.show(number + visible(title, limit=160))
    terminal.show("  " + terminal.words(f"wallet.check.{report.verdict}", issuer=issuer))
    problem = report.first_problem()
    if problem is not None and not verbose and report.verdict != "accepted":
        terminal.show("  " + visible(check_text(problem, lang)))
    labels = {one.id: terminal.words(f"checks.{one.id}.label") for one in report.checks}
    width = max(map(len, labels.values()))
    for check_ in report.checks if verbose else ():
        mark = terminal.words(f"wallet.check.marks.{check_.outcome.value}")
        terminal.show(f"  {mark}  {labels[check_.id]:<{width}}  {visible(check_text(check_, lang))}")
