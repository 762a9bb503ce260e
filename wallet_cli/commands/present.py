"""`present`: who asks for what, exactly what would be shown, the person's yes, and only then the answer."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from passport.credentials.types import by_vct
from passport.errors import PassportError, ProtocolError
from passport.network import now
from passport.openid.dcql import Choice, ConcretePath, Matches, NothingMatches, Query, match
from passport.openid.oid4vp import AuthorizationRequest, create_error_response
from passport.openid.oid4vp.verification import SCHEMES
from passport.stacking import Catalogue
from passport.stacking.least import smallest_disclosure
from passport.stacking.target import check_cohort
from passport.terminal import Declined, ExitCode, Terminal, visible
from passport.trust.register import Organisation, TrustRegister
from wallet_cli.checking import check_all
from wallet_cli.commands.stack import catalogue_of, say_assumed, today
from wallet_cli.data import Event, StoredCredential, WalletData, stamp
from wallet_cli.least import NotAStackRequest, is_stack_request, least_choices
from wallet_cli.links import read_link
from wallet_cli.presenting import Answer, candidates, load_request, post, send
from wallet_cli.session import Connection, Session
from wallet_cli.showing import always_shown, claims_of, label_of, title_of, type_of, value_at, value_of

_MAX_ASKED = 5
_ASSESSMENT = ("praktijkbeoordeling", "praktijkbeoordeling_salt")


class NothingToShow(NothingMatches):
    """Nothing that is held answers what is asked. Params: `what`."""

    code = "nothing_to_show"
    exit_code = ExitCode.NO

    def __init__(self, *, unmet: tuple[str, ...], what: str) -> None:
        super().__init__(unmet=unmet)
        self.params = {**self.params, "what": what}


@dataclass(frozen=True, slots=True, kw_only=True)
class StackTarget:
    """For which qualification a stack is asked, as the person states it."""

    crebo: str
    cohort: str | None
    school: str | None

    def to_json(self) -> dict[str, str]:
        """Return the target, of today."""
        stated = {"crebo": self.crebo, "cohort": self.cohort, "school": self.school, "date": today(now())}
        return {name: value for name, value in stated.items() if value is not None}

    def catalogue(self, session: Session) -> Catalogue:
        """Return the catalogue to judge by."""
        return catalogue_of(session, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, as far as it is known. organisation: by the register; else nothing but the address is sure."""

    organisation: Organisation | None
    host: str
    claimed: str | None

    def to_json(self, lang: str) -> dict[str, Any]:
        """Return what `--json` tells of the asker."""
        known = self.organisation
        return {
            "known": known is not None,
            "id": None if known is None else known.id,
            "name": None if known is None else known.display_name(lang),
            "claimed_name": self.claimed,
            "host": self.host,
        }


def present(session: Session, argument: str, *, yes: bool, stacked: StackTarget | None = None) -> int:
    """Answer one request. stacked: what a stack is asked for, to show no more than that takes."""
    terminal = session.terminal
    if stacked is not None:
        check_cohort(stacked.to_json())
    link = read_link(argument, schemes=(*SCHEMES, "https", "http"))
    store = session.store()
    with session.connect() as connection:
        register = session.trusted(connection, store)
        # (1) who asks, and for what
        request = connection.run(load_request(link, connection.fetcher))
        asker = _asker(request, register)
        _introduce(terminal, asker, request)
        # (2) what answers it
        data = store.read()
        newest_first = tuple(reversed(data.credentials))
        matches = match(request.query, candidates(newest_first, algorithms=request.credential_algorithms))
        good = _good(newest_first, matches, register, connection)
        answers = _least(session, stacked, matches, data, register=register, connection=connection, yes=yes)
        if answers is None:
            answers = _choose(terminal, matches, data, good, yes=yes)
        # (3) exactly what would be shown, and the person's yes
        _show_answers(terminal, answers)
        if yes and asker.organisation is None:  # the last word before it leaves
            terminal.say("wallet.present.unasked_unknown", host=asker.host)
        question = "wallet.present.ask" if asker.organisation is not None else "wallet.present.ask_unknown"
        if not yes and not terminal.confirm(question, flag="--yes", host=asker.host):
            with contextlib.suppress(PassportError):
                refusal = create_error_response(request, ProtocolError("access_denied"))
                connection.run(post(request, refusal, connection.fetcher))
            raise Declined
        # (4) written down before it leaves
        event = _event("shared", asker, request, answers, terminal.lang)
        store.change(lambda data: data.with_event(event))
        try:
            redirect = connection.run(send(request, answers, connection.fetcher))
        except PassportError:
            failed = _event("share_failed", asker, request, {}, terminal.lang)
            store.change(lambda data: data.with_event(failed))
            raise
    _tell(terminal, asker, request, event, redirect)
    return ExitCode.DONE


def _asker(request: AuthorizationRequest, register: TrustRegister | None) -> Asker:
    known = None
    if register is not None and request.chain:
        known = register.verifier_by_anchor(request.chain, now())
    return Asker(organisation=known, host=request.response_host, claimed=request.client_name)


def _introduce(terminal: Terminal, asker: Asker, request: AuthorizationRequest) -> None:
    if asker.organisation is not None:
        terminal.say("wallet.present.asker", name=asker.organisation.display_name(terminal.lang), host=asker.host)
    else:
        terminal.say("wallet.present.asker_unknown", host=asker.host)
        if asker.claimed:
            terminal.say("wallet.present.asker_claims", name=asker.claimed)
    terminal.say("wallet.present.purpose" if request.purpose else "wallet.present.no_purpose", purpose=request.purpose)


def _good(
    credentials: Sequence[StoredCredential], matches: Matches, register: TrustRegister | None, connection: Connection
) -> frozenset[str]:
    """Return the ids of the matching credentials that are accepted now; of all when there is no register to ask."""
    matching = {choice.candidate_id for choices in matches.by_query.values() for choice in choices}
    held = [one for one in credentials if one.id in matching]
    if register is None:
        return frozenset(matching)
    reports = connection.run(check_all([one.raw for one in held], register, connection.fetcher, at=now()))
    return frozenset(one.id for one, report in zip(held, reports, strict=True) if report.verdict == "accepted")


def _choose(
    terminal: Terminal, matches: Matches, data: WalletData, good: frozenset[str], *, yes: bool
) -> dict[str, list[Answer]]:
    """Return the answer to each part that must be answered: valid ones first, then the newest; the person picks."""
    lang = terminal.lang
    if not matches.satisfied:
        what = ", ".join(_asked_types(matches.query, name, lang) for name in matches.unmet)
        raise NothingToShow(unmet=matches.unmet, what=what)
    answers: dict[str, list[Answer]] = {}
    for name in matches.choose():
        ordered = sorted(matches.by_query[name], key=lambda choice: choice.candidate_id not in good)
        usable = [choice for choice in ordered if choice.candidate_id in good] or ordered[:1]
        if usable[0].candidate_id not in good:
            terminal.say("wallet.present.not_valid")
        if not matches.query.by_id()[name].multiple:
            usable = [_pick(terminal, usable, data) if len(usable) > 1 and not yes else usable[0]]
        answers[name] = [Answer(held=data.find(choice.candidate_id), choice=choice) for choice in usable]
    return answers


def _least(
    session: Session,
    stacked: StackTarget | None,
    matches: Matches,
    data: WalletData,
    *,
    register: TrustRegister | None,
    connection: Connection,
    yes: bool,
) -> dict[str, list[Answer]] | None:
    """Return the least of a stack that gives the same answer, when the person wants that; None: answer as asked."""
    terminal = session.terminal
    if not is_stack_request(matches.query):
        if stacked is not None:
            raise NotAStackRequest(reason="--target", help="skillspas present --help")
        return None
    if stacked is None:
        terminal.say("wallet.present.stack_hint")
        return None
    say_assumed(terminal, stacked.to_json(), register)
    if register is None or not matches.satisfied:
        return None
    reports = connection.run(check_all([one.raw for one in data.credentials], register, connection.fetcher, at=now()))
    smallest = smallest_disclosure(stacked.catalogue(session), reports, stacked.to_json())
    if smallest is None or not smallest.shown:
        terminal.say("wallet.present.no_least")
        return None
    chosen = least_choices(matches, candidates(data.credentials), smallest)
    shown = sum(len(choices) for choices in chosen.values())
    terminal.say("wallet.present.least", count=shown, all=len(data.credentials))
    if not yes and not terminal.confirm("wallet.present.least_ask", flag="--yes"):
        return None
    return {
        name: [Answer(held=data.find(choice.candidate_id), choice=choice) for choice in choices]
        for name, choices in chosen.items()
    }


def _pick(terminal: Terminal, choices: Sequence[Choice], data: WalletData) -> Choice:
    """Let the person choose one of several; without anybody to ask, the first: the newest that is valid."""
    if not terminal.interactive:
        return choices[0]
    for number, choice in enumerate(choices, start=1):
        held = data.find(choice.candidate_id)
        terminal.say("wallet.present.option", number=number, title=title_of(held, claims_of(held), terminal.lang))
    for _ in range(_MAX_ASKED):
        answer = terminal.ask("wallet.present.pick", flag="--yes")
        if answer.isdecimal() and 1 <= int(answer) <= len(choices):
            return choices[int(answer) - 1]
    raise Declined


def _asked_types(query: Query, name: str, lang: str) -> str:
    found = (by_vct(vct) for vct in query.by_id()[name].vct_values)
    labels = [known.label(lang) for known in found if known is not None]
    return " / ".join(labels) or visible(name)


def _show_answers(terminal: Terminal, answers: Mapping[str, Sequence[Answer]]) -> None:
    """Say exactly what leaves: what was chosen to be shown, and what such a credential always shows."""
    lang = terminal.lang
    for answer in (one for given in answers.values() for one in given):
        claims = claims_of(answer.held)
        terminal.say("wallet.present.from", title=title_of(answer.held, claims, lang))
        for path in _in_order(answer):
            if path[0] not in _ASSESSMENT:
                value = value_of(value_at(claims, path), lang, name=str(path[-1]))
                terminal.say("wallet.present.claim", label=label_of(path, lang), value=value)
        if any(path[0] in _ASSESSMENT for path in answer.choice.disclose):
            terminal.say("wallet.present.assessment")
        disclosable = candidates([answer.held])[0].disclosable
        terminal.say("wallet.present.always", labels=", ".join(always_shown(claims, disclosable, lang)))
    terminal.say("wallet.present.no_more")


def _in_order(answer: Answer) -> list[ConcretePath]:
    """Return what is shown in the order in which the type names it: the person first."""
    known = type_of(answer.held)
    names = [path[0] for path in known.disclosable] if known is not None else []
    return sorted(answer.choice.disclose, key=lambda path: names.index(path[0]) if path[0] in names else len(names))


def _event(
    kind: str, asker: Asker, request: AuthorizationRequest, answers: Mapping[str, Sequence[Answer]], lang: str
) -> Event:
    known = asker.organisation
    return Event(
        kind=kind,
        at=stamp(now()),
        who=asker.host if known is None else known.id,
        who_name=None if known is None else known.display_name(lang),
        purpose=request.purpose,
        items=tuple(
            {
                "id": answer.held.id,
                "type": answer.held.type,
                "title": title_of(answer.held, claims_of(answer.held), lang),
                "claims": [list(path) for path in answer.choice.disclose],
            }
            for given in answers.values()
            for answer in given
        ),
    )


def _tell(terminal: Terminal, asker: Asker, request: AuthorizationRequest, event: Event, redirect: str | None) -> None:
    if terminal.json:
        asked = {"verifier": asker.to_json(terminal.lang), "purpose": request.purpose}
        terminal.data({**asked, "shared": list(event.items), "redirect_uri": redirect})
        return
    terminal.say("wallet.present.done")
    if redirect is not None:
        terminal.say("wallet.present.go_on")
        terminal.show(visible(redirect))
