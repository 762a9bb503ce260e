"""`key list`, `rotate`, `request` and `install`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import Context, instant
from issuer.keys import repository, service
from issuer.organisations.service import require
from passport.terminal import ExitCode

if TYPE_CHECKING:
    from issuer.commands.session import Session


def list_all(given: Session, organisation_id: str) -> int:
    """Show the keys; never a private one."""

    async def run(session: AsyncSession, _context: Context) -> list[dict[str, Any]]:
        await require(session, organisation_id)
        return [
            {
                "id": row.id,
                "kid": row.kid,
                "state": row.state,
                "certificate_until": instant(row.not_after),
                "current_from": instant(row.current_from),
                "retired_at": instant(row.retired_at),
                "compromised_at": instant(row.compromised_at),
            }
            for row in await repository.all_keys(session, organisation_id)
        ]

    rows = given.work(run)
    if given.terminal.json:
        given.terminal.data(rows)
    else:
        for row in rows:
            state = given.terminal.words(f"issuer.key_states.{row['state']}")
            given.terminal.show(f"{row['kid']}  {state}  {row['certificate_until'] or '-'}")
    return ExitCode.DONE


def rotate(given: Session, organisation_id: str, *, compromised: bool) -> int:
    """Sign with a new key from now on; a running service takes it up with its next signature."""

    async def run(session: AsyncSession, context: Context) -> tuple[str, bool]:
        organisation = await require(session, organisation_id)
        at, before = context.clock(), await service.register_keys(session, organisation_id)
        row = await service.create_current(session, context, organisation, at=at, compromised=compromised)
        return row.kid, before == await service.register_keys(session, organisation_id)

    kid, same_entry = given.work(run)
    told = "issuer.says.rotated_same_entry" if same_entry else "issuer.says.rotated"
    given.terminal.say(told, kid=kid, organisation=organisation_id)
    if given.terminal.json:
        given.terminal.data({"id": organisation_id, "kid": kid})
    else:
        given.terminal.show(kid)
    return ExitCode.DONE


def request(given: Session, organisation_id: str) -> int:
    """Make a key and print its certificate request."""

    async def run(session: AsyncSession, context: Context) -> tuple[str, str]:
        organisation = await require(session, organisation_id)
        row, csr = await service.request_certificate(session, context, organisation, at=context.clock())
        return row.kid, csr

    kid, csr = given.work(run)
    if given.terminal.json:
        given.terminal.data({"id": organisation_id, "kid": kid, "csr": csr})
    else:
        given.terminal.show(csr.rstrip())
    return ExitCode.DONE


def install(given: Session, organisation_id: str, *, chain: Path, anchor: Path | None) -> int:
    """Take the certificate of a real authority into use."""
    chain_pem, anchor_pem = chain.read_bytes(), anchor.read_bytes() if anchor else None

    async def run(session: AsyncSession, context: Context) -> str:
        organisation = await require(session, organisation_id)
        row = await service.install_certificate(
            session, organisation, chain=chain_pem, anchor=anchor_pem, at=context.clock()
        )
        return row.kid

    kid = given.work(run)
    given.terminal.say("issuer.says.installed", organisation=organisation_id)
    if given.terminal.json:
        given.terminal.data({"id": organisation_id, "kid": kid})
    return ExitCode.DONE
