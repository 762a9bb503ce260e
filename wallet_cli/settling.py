"""From an issuer's answer to a credential in the wallet: judged first, then stored, or not.

An answer lies in the wallet as pending until it is judged, so that a crash or an unreachable status list loses nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from passport.credentials.types import by_vct
from passport.errors import Malformed, NotAccepted, PassportError
from passport.jose.keys import PrivateKey, parse_jwk
from passport.network import now
from passport.terminal import ExitCode
from passport.trust.register import TrustRegister
from passport.verification import Presented, Report, parse_presented
from passport.verification.report import check_text
from wallet_cli.checking import check_all
from wallet_cli.data import Event, Pending, StoredCredential, stamp
from wallet_cli.session import Connection
from wallet_cli.showing import claims_of, title_of
from wallet_cli.store import WalletStore

_UNDER_WAY = timedelta(minutes=2)
_FORGOTTEN = timedelta(days=1)


class CredentialRefused(NotAccepted):
    """What the issuer sent is not accepted, and not stored. Params: `why`."""

    code = "credential_refused"


class CredentialMismatch(PassportError):
    """What the issuer sent is not what was asked: another issuer, key or type. Params: `what`."""

    code = "credential_mismatch"
    exit_code: ClassVar[int] = ExitCode.NO


class CredentialUnchecked(PassportError):
    """Something could not be looked up. The credential is kept apart and judged later. Params: `why`."""

    code = "credential_unchecked"
    exit_code: ClassVar[int] = ExitCode.UNREACHABLE


def settle(
    pending: Pending,
    register: TrustRegister | None,
    connection: Connection,
    store: WalletStore,
    *,
    lang: str,
    accept_unknown_issuer: bool = False,
) -> StoredCredential:
    """Judge an issuer's answer and store it, or drop it.

    Raises: CredentialMismatch, CredentialRefused (dropped); CredentialUnchecked (kept as pending).
    """
    presented = _matching(pending, store)
    report = connection.run(check_all([pending.raw or ""], register, connection.fetcher, at=now()))[0]
    unknown = register is None or register.find(pending.issuer) is None
    if not (unknown and accept_unknown_issuer):
        _require(report, pending, store, lang=lang)
    issuer = None if register is None else register.find(pending.issuer)
    held = StoredCredential(
        id=presented.id,
        format=presented.credential.format,
        type=_type_name(presented),
        raw=pending.raw or "",
        key=pending.key,
        issuer=pending.issuer,
        issuer_name="" if issuer is None else issuer.display_name(lang),
        issuer_known=not unknown,
        received_at=stamp(now()),
    )
    event = _event("received", pending, held=held, lang=lang)
    store.change(lambda data: data.with_credential(held, event).without_pending(pending.id))
    return held


def settle_earlier(
    register: TrustRegister | None, connection: Connection, store: WalletStore, *, lang: str
) -> list[StoredCredential]:
    """Judge what earlier commands left behind, not what others are busy with; return what could be stored."""
    stored: list[StoredCredential] = []
    for pending in store.read().pending:
        age = now() - datetime.strptime(pending.started_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if pending.raw is None and age > _FORGOTTEN:
            store.change(lambda data, gone=pending.id: data.without_pending(gone))  # type: ignore[misc]
        elif pending.raw is not None and age > _UNDER_WAY and register is not None:
            try:
                stored.append(settle(pending, register, connection, store, lang=lang))
            except PassportError:
                continue
    return stored


def _matching(pending: Pending, store: WalletStore) -> Presented:
    """Return it parsed if it is what was asked for: of that issuer and type, bound to our key, never presented."""
    try:
        presented = parse_presented(pending.raw or "")
        payload = presented.credential.payload
        ours = PrivateKey.from_jwk(dict(pending.key)).public_key.thumbprint
        bound_to = parse_jwk(payload["cnf"]["jwk"]).thumbprint
    except Malformed as error:
        _drop(pending, store)
        raise CredentialMismatch(error.code, what="structure") from error
    except (KeyError, TypeError) as error:
        _drop(pending, store)
        raise CredentialMismatch("cnf", what="cnf") from error
    wrong = {
        "iss": presented.credential.iss != pending.issuer,
        "vct": presented.credential.vct != pending.vct,
        "cnf": bound_to != ours,
        "kb-jwt": presented.form.has_holder_binding(presented.credential),
    }
    for what, differs in wrong.items():
        if differs:
            _drop(pending, store)
            raise CredentialMismatch(what, what=what)
    return presented


def _require(report: Report, pending: Pending, store: WalletStore, *, lang: str) -> None:
    try:
        report.require()
    except NotAccepted as error:
        problem = report.first_problem()
        why = check_text(problem, lang) if problem is not None else ""
        if report.verdict == "undetermined":
            raise CredentialUnchecked(why=why) from error
        _drop(pending, store)
        raise CredentialRefused(report=report, why=why) from error


def _type_name(presented: Presented) -> str:
    known = by_vct(presented.credential.vct)
    return known.name if known is not None else presented.credential.vct


def _drop(pending: Pending, store: WalletStore) -> None:
    event = _event("refused", pending, held=None, lang="nl")
    store.change(lambda data: data.without_pending(pending.id).with_event(event))


def _event(kind: str, pending: Pending, *, held: StoredCredential | None, lang: str) -> Event:
    item = {"type": pending.vct}
    if held is not None:
        item = {"id": held.id, "type": held.type, "title": title_of(held, claims_of(held), lang)}
    name = held.issuer_name or None if held is not None else None
    return Event(kind=kind, at=stamp(now()), who=pending.issuer, who_name=name, items=(item,))


def with_answer(pending: Pending, raw: str, store: WalletStore) -> Pending:
    """Keep the issuer's answer before anything else is done with it."""
    answered = replace(pending, raw=raw)
    store.change(lambda data: data.with_pending(answered))
    return answered
