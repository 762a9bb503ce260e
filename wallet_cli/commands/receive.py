"""`receive`: who offers what, the person's yes, then the exchange, the judgement and the storing."""

from __future__ import annotations

import secrets
from typing import ClassVar
from urllib.parse import urlsplit

from passport.credentials.types import by_vct
from passport.errors import PassportError
from passport.jose.keys import ES256, PrivateKey
from passport.network import now
from passport.openid.oid4vci.metadata import CredentialConfiguration
from passport.openid.oid4vci.offer import SCHEMES, Offer
from passport.openid.oid4vci.token import TokenResponse
from passport.terminal import Declined, ExitCode, QuestionUnanswered, Terminal, visible
from passport.trust.register import Organisation, TrustRegister
from wallet_cli.commands.holding import summary
from wallet_cli.data import Pending, StoredCredential, stamp
from wallet_cli.links import read_link
from wallet_cli.receiving import CodeRefused, Issuance, fetch_credential, fetch_token, load_offer, notify, read_issuer
from wallet_cli.session import Connection, NoRegister, Session
from wallet_cli.settling import CredentialUnchecked, settle, settle_earlier, with_answer
from wallet_cli.store import WalletStore

_TRIES = 3
_MAX_CODE_CHARACTERS = 64


class IssuerUnknown(PassportError):
    """The trust register does not know who offers this. Params: `issuer`."""

    code = "issuer_unknown"
    exit_code: ClassVar[int] = ExitCode.NO


class SeveralCredentials(PassportError):
    """The issuer answered one key proof with several credentials."""

    code = "credential_mismatch"
    exit_code: ClassVar[int] = ExitCode.NO


def receive(session: Session, argument: str, *, tx_code: str | None, yes: bool, accept_unknown_issuer: bool) -> int:
    """Receive what an offer holds."""
    terminal = session.terminal
    link = read_link(argument, schemes=(*SCHEMES, "https", "http"))
    store = session.store()
    with session.connect() as connection:
        register = session.trusted(connection, store)
        settle_earlier(register, connection, store, lang=terminal.lang)
        # (1) who offers it: the register's name, never the offer's
        offer = connection.run(load_offer(link, connection.fetcher))
        _introduce(terminal, offer, register, accept_unknown_issuer=accept_unknown_issuer)
        # (2) what is offered
        issuance = connection.run(read_issuer(offer, connection.fetcher))
        for configuration in issuance.configurations:
            terminal.say("wallet.receive.offered", what=_offered(configuration, terminal.lang))
        # (3) the person's yes, before any code is sent
        asks_code = offer.tx_code is not None and tx_code is None
        if asks_code and not terminal.interactive:
            raise QuestionUnanswered(flag="--tx-code")
        if not yes and not terminal.confirm("wallet.receive.ask", flag="--yes"):
            raise Declined
        token = _token(terminal, issuance, connection, tx_code=tx_code)
        # (4) one fresh key, one credential
        taken = [
            _take(
                terminal,
                issuance,
                configuration,
                connection,
                store=store,
                token=token,
                register=register,
                accept_unknown_issuer=accept_unknown_issuer,
            )
            for configuration in issuance.configurations
        ]
    if terminal.json:
        terminal.data({"credentials": [summary(held, terminal.lang) for held in taken]})
    else:
        for held in taken:
            unchecked = "stored_no_register" if register is None else "stored_unchecked"
            key = f"wallet.receive.{'stored' if held.issuer_known else unchecked}"
            terminal.say(key, title=summary(held, terminal.lang)["title"], id=held.id)
    return ExitCode.DONE


def _introduce(
    terminal: Terminal, offer: Offer, register: TrustRegister | None, *, accept_unknown_issuer: bool
) -> Organisation | None:
    """Say who offers it. Raises: NoRegister, IssuerUnknown, unless the person takes that on."""
    issuer = None if register is None else register.find(offer.credential_issuer)
    parts = urlsplit(offer.credential_issuer)
    origin = f"{parts.scheme}://{parts.netloc}"
    if issuer is not None:
        terminal.say("wallet.receive.issuer", name=issuer.display_name(terminal.lang), origin=origin)
        return issuer
    terminal.say("wallet.receive.issuer_unknown", issuer=offer.credential_issuer)
    if not accept_unknown_issuer:
        raise (NoRegister if register is None else IssuerUnknown)(issuer=offer.credential_issuer)
    return None


def _offered(configuration: CredentialConfiguration, lang: str) -> str:
    """Return our own name for the type; the issuer's words, marked as such, for a type that we do not know."""
    known = by_vct(configuration.vct)
    if known is not None:
        return known.label(lang)
    names = [str(entry.get("name")) for entry in configuration.display if entry.get("name")]
    return f"“{visible(names[0] if names else configuration.id, limit=80)}”"


def _token(terminal: Terminal, issuance: Issuance, connection: Connection, *, tx_code: str | None) -> TokenResponse:
    """Exchange the code; where somebody can be asked, a mistyped transaction code may be typed again."""
    wanted = issuance.offer.tx_code
    if wanted is None:
        return connection.run(fetch_token(issuance, connection.fetcher, tx_code=None))
    for left in reversed(range(_TRIES)):
        code = tx_code
        if code is None:
            if wanted.description:
                terminal.say("wallet.receive.code_description", text=wanted.description)
            code = terminal.ask("wallet.receive.ask_code", flag="--tx-code")
        try:
            sent = code.strip()[:_MAX_CODE_CHARACTERS]
            return connection.run(fetch_token(issuance, connection.fetcher, tx_code=sent))
        except CodeRefused:
            if tx_code is not None or not left:
                raise
            terminal.say("wallet.receive.code_wrong")
    raise TypeError("unreachable: the last try returns or raises")


def _take(
    terminal: Terminal,
    issuance: Issuance,
    configuration: CredentialConfiguration,
    connection: Connection,
    *,
    store: WalletStore,
    token: TokenResponse,
    register: TrustRegister | None,
    accept_unknown_issuer: bool,
) -> StoredCredential:
    """Fetch, judge and store one credential, and tell the issuer how it went."""
    key = PrivateKey.generate(ES256)
    pending = Pending(
        id=secrets.token_hex(8),
        issuer=issuance.offer.credential_issuer,
        key=key.to_private_jwk(),
        vct=configuration.vct or "",
        started_at=stamp(now()),
    )
    store.change(lambda data: data.with_pending(pending))
    try:
        response = connection.run(fetch_credential(issuance, configuration, connection.fetcher, token=token, key=key))
    except PassportError:
        store.change(lambda data: data.without_pending(pending.id))
        raise
    try:
        if len(response.credentials) != 1:
            raise SeveralCredentials(what="credentials")
        answered = with_answer(pending, response.credentials[0], store)
        held = settle(
            answered, register, connection, store, lang=terminal.lang, accept_unknown_issuer=accept_unknown_issuer
        )
    except CredentialUnchecked:
        raise
    except PassportError:
        connection.run(notify(issuance, response, connection.fetcher, token=token, event="credential_failure"))
        raise
    connection.run(notify(issuance, response, connection.fetcher, token=token, event="credential_accepted"))
    return held
