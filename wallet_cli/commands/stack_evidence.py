"""What `stack` adds up: what is held, verified now, and what a file supposes. Nothing is judged here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from passport.errors import PassportError
from passport.jose.encoding import parse_json
from passport.network import now
from passport.stacking.catalogue import Catalogue
from passport.stacking.evidence import facts_from_credentials
from passport.stacking.facts import Facts
from passport.stacking.page import Source, sources_of
from passport.stacking.what_if import facts_from_what_if
from passport.terminal import ExitCode, WrongUse
from passport.trust.register import TrustRegister
from passport.verification import Report
from wallet_cli.checking import check_all
from wallet_cli.data import StoredCredential
from wallet_cli.session import Session, read_file
from wallet_cli.showing import claims_of, title_of

_MAX_FILE_BYTES = 16 * 1024 * 1024


class WhatIfUnreadable(WrongUse):
    """The file of `--what-if` is neither a list nor an object with `evidence`. Params: `file`."""

    code = "what_if_unreadable"


class NothingVerifiable(PassportError):
    """Without a trust register nothing that is held can be verified."""

    code = "stack_no_register"
    exit_code: ClassVar[int] = ExitCode.UNREACHABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is added up. reports: of what is held; undetermined: some of it could not be looked up.

    register: by which what is held was verified; None: nothing held was looked at.
    """

    facts: Facts = field(default_factory=Facts)
    sources: Mapping[str, Source] = field(default_factory=dict)
    held: tuple[StoredCredential, ...] = ()
    reports: tuple[Report, ...] = ()
    register: TrustRegister | None = None

    @property
    def undetermined(self) -> bool:
        return any(report.verdict == "undetermined" for report in self.reports)

    @property
    def titles(self) -> dict[str, str]:
        """The titles of what is held, by id."""
        return {held.id: self.sources[held.id].title for held in self.held}

    def plus(self, supposed: Evidence) -> Evidence:
        """Return this with what a file supposes."""
        facts = self.facts.plus(supposed.facts)
        return replace(self, facts=facts, sources={**supposed.sources, **self.sources})


def read_what_if(file: Path) -> tuple[list[Any], Mapping[str, Any]]:
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


def supposed_evidence(items: Sequence[Any], catalogue: Catalogue, lang: str, *, beside_wallet: bool) -> Evidence:
    """Return what a file supposes. beside_wallet: it is told apart from what is held."""
    facts = facts_from_what_if(items)
    return Evidence(facts=facts, sources=sources_of(facts, catalogue, lang, supposed=beside_wallet))


def held_evidence(session: Session) -> Evidence:
    """Verify everything that is held, now, and turn it into facts; what is refused stays visible as refused.

    All of it lies in one wallet, bound to keys that only this wallet has: one holder (CONTRACT section 5).
    """
    store = session.store()
    credentials = store.read().credentials
    with session.connect() as connection:
        register = session.trusted(connection, store)
        if register is None and credentials:
            raise NothingVerifiable
        reports = connection.run(check_all([held.raw for held in credentials], register, connection.fetcher, at=now()))
    return Evidence(
        facts=facts_from_credentials(reports, holder_binding="proven"),
        sources={held.id: _source(held, session.terminal.lang) for held in credentials},
        held=credentials,
        reports=tuple(reports),
        register=register,
    )


def _source(held: StoredCredential, lang: str) -> Source:
    claims = claims_of(held)
    awarded = claims.get("awarded_date")
    return Source(
        title=title_of(held, claims, lang),
        issuer=held.issuer_name or held.issuer,
        date=awarded if isinstance(awarded, str) else None,
    )
