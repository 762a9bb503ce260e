"""`organisation`, `accreditation`, `trust-entry` and `audit`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.audit import service as audit
from issuer.context import Context, epoch, instant
from issuer.organisations import repository, service
from passport.terminal import ExitCode, visible

if TYPE_CHECKING:
    from issuer.commands.session import Session

DEFAULT_LOCAL_URL = "http://127.0.0.1:8001"


def add(
    given: Session,
    organisation_id: str,
    *,
    kind: str,
    name: str,
    name_en: str | None,
    identifiers: Sequence[str],
    accredited: bool,
) -> int:
    """Add an organisation and show its API key, once."""
    settings = given.settings(needs_base_url=True, local_url=DEFAULT_LOCAL_URL)
    pairs = [text.partition("=") for text in identifiers]
    if not all(key.strip() and value.strip() for key, _, value in pairs):
        raise service.OrganisationInvalid("an identifier is KIND=VALUE", what="--identifier")

    async def run(session: AsyncSession, context: Context) -> service.Added:
        return await service.add(
            session,
            context,
            organisation_id,
            kind=kind,
            name_nl=name,
            name_en=name_en,
            identifiers={key.strip(): value.strip() for key, _, value in pairs},
            accredited=accredited,
        )

    added = given.work(run, settings=settings)
    given.warn_of_loopback()
    issuer = added.organisation.issuer
    given.terminal.say("issuer.says.added", organisation=organisation_id, issuer=issuer)
    given.terminal.say("issuer.says.api_key_once")
    if given.terminal.json:
        given.terminal.data({"id": organisation_id, "issuer": issuer, "api_key": added.api_key})
    else:
        given.terminal.show(added.api_key)
    return ExitCode.DONE


def list_all(given: Session) -> int:
    """Show the organisations."""

    async def run(session: AsyncSession, _context: Context) -> list[dict[str, Any]]:
        return [
            {
                "id": row.id,
                "issuer": row.issuer,
                "kind": row.kind,
                "name": {"nl": row.name_nl, "en": row.name_en},
                "identifiers": row.identifiers,
                "stopped_at": instant(row.stopped_at),
            }
            for row in await repository.all_organisations(session)
        ]

    settings = given.settings()
    nothing_yet = settings.database is None and not settings.data.exists()  # looking makes no folder and no keys
    rows = [] if nothing_yet else given.work(run, settings=settings)
    if not rows:
        given.terminal.say("issuer.says.no_organisations")
    if given.terminal.json:
        given.terminal.data(rows)
    else:
        for row in rows:
            name = row["name"][given.terminal.lang]
            given.terminal.show(f"{row['id']}  {row['kind']}  {visible(name)}  {visible(row['issuer'])}")
    return ExitCode.DONE


def api_key(given: Session, organisation_id: str, *, revoke_old: bool) -> int:
    """Make an API key and show it, once."""

    async def run(session: AsyncSession, context: Context) -> str:
        organisation = await service.require(session, organisation_id)
        return await service.new_api_key(session, organisation, at=context.clock(), revoke_others=revoke_old)

    key = given.work(run)
    given.terminal.say("issuer.says.api_key_once")
    if given.terminal.json:
        given.terminal.data({"id": organisation_id, "api_key": key})
    else:
        given.terminal.show(key)
    return ExitCode.DONE


def switch(given: Session, organisation_id: str, *, stopped: bool) -> int:
    """Turn the "stop issuing" switch."""

    async def run(session: AsyncSession, context: Context) -> None:
        await service.require(session, organisation_id)
        at = context.clock()
        await repository.set_stopped(session, organisation_id, at=epoch(at) if stopped else None)
        action = "organisation.stopped" if stopped else "organisation.resumed"
        await audit.record(session, organisation_id, action, actor="cli", subject=organisation_id, at=at)

    given.work(run)
    given.terminal.say(f"issuer.says.{'stopped' if stopped else 'resumed'}", organisation=organisation_id)
    if given.terminal.json:
        given.terminal.data({"id": organisation_id, "stopped": stopped})
    return ExitCode.DONE


def add_accreditation(
    given: Session,
    organisation_id: str,
    *,
    type_name: str,
    crebo: str,
    since: str,
    until: str | None,
    granted_by: str,
    basis: str,
) -> int:
    """Add an accreditation."""
    valid_from, valid_until = service.parse_day(since, "--from"), service.parse_day(until, "--until")
    codes = "*" if crebo.strip() == "*" else [code.strip() for code in crebo.split(",")]

    async def run(session: AsyncSession, context: Context) -> None:
        organisation = await service.require(session, organisation_id)
        await service.add_accreditation(
            session, organisation, type_name, crebo=codes, at=context.clock(),
            valid_from=valid_from, valid_until=valid_until, granted_by=granted_by, basis=basis,
        )  # fmt: skip

    given.work(run)
    given.terminal.say("issuer.says.accredited", organisation=organisation_id)
    if given.terminal.json:
        given.terminal.data({"id": organisation_id, "type": type_name, "crebo": codes})
    return ExitCode.DONE


def trust_entry(given: Session, organisation_id: str) -> int:
    """Print the entry for a trust register: always JSON."""

    async def run(session: AsyncSession, _context: Context) -> dict[str, Any]:
        return await service.trust_entry(session, await service.require(session, organisation_id))

    given.terminal.data(given.work(run))
    return ExitCode.DONE


def verify_audit(given: Session, organisation_id: str) -> int:
    """Follow the hash chain of the log. Exit code 1 when it is broken."""

    async def run(session: AsyncSession, _context: Context) -> int | None:
        await service.require(session, organisation_id)
        return await audit.first_break(session, organisation_id)

    broken = given.work(run)
    if broken is None:
        given.terminal.say("issuer.says.audit_holds", organisation=organisation_id)
    else:
        given.terminal.say("issuer.says.audit_broken", organisation=organisation_id, sequence=broken)
    if given.terminal.json:
        given.terminal.data({"id": organisation_id, "intact": broken is None, "broken_at": broken})
    return ExitCode.DONE if broken is None else ExitCode.NO
