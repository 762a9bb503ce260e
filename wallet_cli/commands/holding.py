"""`init`, `list`, `show`, `remove`, `history`: what lies in the wallet, without any network."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from passport.messages import has
from passport.network import now
from passport.terminal import Declined, ExitCode, visible
from wallet_cli.data import Event, StoredCredential, stamp
from wallet_cli.session import Session
from wallet_cli.showing import claims_of, label_of, lines_of, moment_words, title_in, title_of, type_of
from wallet_cli.store import WalletExists, WalletStore


def init(session: Session) -> int:
    """Make an empty wallet."""
    folder = session.folder
    if (folder / "wallet.skillspas").exists():
        raise WalletExists(folder=folder)
    WalletStore.create(folder, session.new_passphrase())
    if session.terminal.json:
        session.terminal.data({"wallet": str(folder)})
    else:
        session.terminal.say("wallet.init.done", folder=folder)
    return ExitCode.DONE


def summary(held: StoredCredential, lang: str) -> dict[str, Any]:
    """Return what `list` tells of one credential."""
    claims = claims_of(held)
    return {
        "id": held.id,
        "type": held.type,
        "title": title_of(held, claims, lang),
        "format": held.format,
        "issuer": {"id": held.issuer, "name": held.issuer_name or None},
        "issuer_known": held.issuer_known,
        "awarded_date": claims.get("awarded_date"),
        "received_at": held.received_at,
    }


def list_credentials(session: Session) -> int:
    """Show one line, and one below it, for each credential."""
    terminal = session.terminal
    data = session.store().read()
    found = [summary(one, terminal.lang) for one in data.credentials]
    waiting = sum(pending.raw is not None for pending in data.pending)
    if terminal.json:
        terminal.data({"credentials": found, "pending": waiting})
        return ExitCode.DONE
    if waiting:
        terminal.say("wallet.list.pending", count=waiting)
    elif not found:
        terminal.say("wallet.list.empty")
    for one in found:
        terminal.show(f"{visible(one['id'])}  {one['title']}")
        key = "wallet.list.line" if one["issuer_known"] else "wallet.list.line_unknown_issuer"
        issuer = one["issuer"]["name"] or one["issuer"]["id"]
        terminal.show(
            terminal.words(key, issuer=issuer, date=one["awarded_date"] or "?", received=one["received_at"][:10])
        )
    return ExitCode.DONE


def show(session: Session, identifier: str) -> int:
    """Show all of one credential."""
    terminal, lang = session.terminal, session.terminal.lang
    held = session.store().read().find(identifier)
    claims = claims_of(held)
    if terminal.json:
        known = type_of(held)
        hidden = [] if known is None else [list(path) for path in known.disclosable]
        terminal.data({**summary(held, lang), "claims": claims, "disclosable": hidden, "credential": held.raw})
        return ExitCode.DONE
    terminal.show(title_of(held, claims, lang))
    rows = [
        (terminal.words("wallet.show.id"), visible(held.id)),
        (terminal.words("wallet.show.issuer"), visible(f"{held.issuer_name or '?'} ({held.issuer})")),
        (terminal.words("wallet.show.received"), moment_words(held.received_at, lang)),
        *lines_of(claims, lang, known=type_of(held)),
    ]
    width = min(32, max(len(label) for label, _ in rows))
    for label, value in rows:
        terminal.show(f"  {label:<{width}}  {value}")
    return ExitCode.DONE


def remove(session: Session, identifier: str, *, yes: bool) -> int:
    """Remove one credential after asking: it may be the only copy."""
    terminal = session.terminal
    store = session.store()
    held = store.read().find(identifier)
    title = title_of(held, claims_of(held), terminal.lang)
    if not yes and not terminal.confirm("wallet.remove.ask", flag="--yes", title=title):
        raise Declined
    event = Event(
        kind="removed",
        at=stamp(now()),
        who=held.issuer,
        who_name=held.issuer_name or None,
        items=({"id": held.id, "type": held.type},),
    )
    store.change(lambda data: data.without_credential(data.find(held.id).id, event))
    if terminal.json:
        terminal.data({"removed": held.id})
    else:
        terminal.say("wallet.remove.done", title=title)
    return ExitCode.DONE


def history(session: Session) -> int:
    """Show what happened, newest last."""
    terminal, lang = session.terminal, session.terminal.lang
    events = session.store().read().history
    if terminal.json:
        terminal.data({"history": [asdict(event) for event in events]})
        return ExitCode.DONE
    if not events:
        terminal.say("wallet.history.empty")
    for event in events:
        key = f"wallet.history.{event.kind}"
        who = f"{event.who_name} ({event.who})" if event.who_name else event.who
        told = terminal.words(key, who=who) if has(key, lang) else visible(event.kind)
        terminal.show(f"{moment_words(event.at, lang)}  {told}")
        if event.purpose:
            terminal.show("  " + terminal.words("wallet.history.purpose", purpose=event.purpose))
        for item in event.items:
            labels = ", ".join(dict.fromkeys(label_of(path, lang) for path in item.get("claims", ())))
            title = title_in(str(item.get("title") or ""), str(item.get("type")), lang)
            terminal.show(f"  {title}" + (f": {labels}" if labels else ""))
    return ExitCode.DONE
