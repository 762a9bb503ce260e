"""`decide`: the examencommissie decides on a signed stack; the report is shown, the decision recorded, offers made."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import Context, system_clock
from issuer.decisions.problems import DecisionInvalid, NoRegister
from issuer.decisions.service import DEFAULT_ROLE, Kind, Wish, decide, require_signer, target_of
from issuer.organisations.service import require
from issuer.problems import BodyTooLarge
from issuer.settings import MAX_BODY_BYTES
from passport.jose.encoding import JsonObject, parse_json
from passport.jose.keys import load_public_key
from passport.network import Fetcher, NetworkSettings, parse_dev_hosts
from passport.stacking.replay import Package, parse_package
from passport.terminal import ExitCode
from passport.trust.register import MAX_REGISTER_BYTES, TrustRegister, parse_register
from passport.verification.report import instant

if TYPE_CHECKING:
    from issuer.commands.session import Session

MAX_STATEMENT_FILE_BYTES = 134_217_728


def decide_on(
    given: Session,
    organisation_id: str,
    *,
    statement: Path,
    grant: Path | None,
    award: Path | None,
    by: str | None,
    trust: str | None,
    trust_key: Path | None,
    holder_known: bool,
) -> int:
    """Decide, and print what the holder needs to fetch what was granted or awarded."""
    if (grant is None) == (award is None):
        raise DecisionInvalid(errors=[{"pointer": "--grant, --award", "code": "exactly_one"}])
    kind: Kind = "award" if grant is None else "grant"
    package = parse_package(_read(statement, MAX_STATEMENT_FILE_BYTES))
    claims = parse_json(_read(award or grant or statement, MAX_BODY_BYTES))
    wish = Wish(
        kind=kind,
        claims=claims if isinstance(claims, list) else [claims],
        by=by or DEFAULT_ROLE,
        person_salt=package.person_salt,
        accept_unproven_holder=holder_known,
    )
    register = load_register(given, trust, trust_key)
    require_signer(package.statement, register, at=system_clock())
    _show_report(given, package)

    async def run(session: AsyncSession, context: Context) -> JsonObject:
        organisation = await require(session, organisation_id)
        return await decide(session, context, organisation, package.statement, wish, register=register, actor="cli")

    return _show_decision(given, given.work(run))


def _read(file: Path, limit: int) -> bytes:
    if str(file) == "-":
        content = sys.stdin.buffer.read(limit + 1)
    else:
        with file.open("rb") as opened:
            content = opened.read(limit + 1)
    if len(content) > limit:
        raise BodyTooLarge(limit=limit)
    return content


def load_register(given: Session, trust: str | None, trust_key: Path | None) -> TrustRegister:
    """Return the register that says which verifiers may be believed. Raises: NoRegister, Malformed, Unreachable."""
    environ = given.terminal.environ
    place = trust or environ.get("SKILLSPAS_TRUST")
    key_file = trust_key or (Path(environ["SKILLSPAS_TRUST_KEY"]) if environ.get("SKILLSPAS_TRUST_KEY") else None)
    if place is None:
        raise NoRegister
    key = None if key_file is None else load_public_key(key_file.read_bytes())
    return parse_register(_fetch(given, place) if "://" in place else Path(place).read_bytes(), trust_key=key)


def _fetch(given: Session, link: str) -> bytes:
    import asyncio

    allowed = given.allow_loopback_http
    hosts = given.terminal.environ.get("SKILLSPAS_DEV_HOSTS", "") if allowed else ""
    settings = NetworkSettings(allow_loopback_http=allowed, dev_hosts=parse_dev_hosts(hosts) if hosts else {})

    async def run() -> bytes:
        async with Fetcher(settings) as fetcher:
            return (await fetcher.get(link, max_bytes=MAX_REGISTER_BYTES)).body

    return asyncio.run(run())


def _show_report(given: Session, package: Package) -> None:
    """Put the report before who decides: what it is about, what came out, and every reason in words."""
    statement, terminal = package.statement, given.terminal
    answer: dict[str, Any] = statement.answer
    target = target_of(statement)
    terminal.say(
        "decisions.report.about", crebo=target.get("crebo"), cohort=target.get("cohort"), at=instant(statement.at),
        iss=statement.iss,
    )  # fmt: skip
    terminal.say("decisions.report.overall", overall=answer.get("overall"))
    reasons = answer.get("reasons")
    for reason in reasons if isinstance(reasons, list) else ():
        if isinstance(reason, dict):
            terminal.say("decisions.report.reason", at=reason.get("at"), text=reason.get("text"))
    if package.person_salt is None:
        terminal.say("decisions.report.person_unchecked")


def _show_decision(given: Session, decided: JsonObject) -> int:
    terminal = given.terminal
    if terminal.json:
        terminal.data(decided)
        return ExitCode.DONE
    for offer in decided["offers"]:
        terminal.show(offer["offer"]["uri"])
        terminal.show(offer["offer"]["tx_code"])
    terminal.say(f"decisions.done.{decided['kind']}", by=decided["by"], id=decided["id"])
    terminal.say("issuer.says.tx_code_apart")
    return ExitCode.DONE
