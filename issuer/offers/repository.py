"""Queries on offers and their codes."""

from __future__ import annotations

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from issuer.credentials.models import Credential
from issuer.oid4vci.models import PreAuthorizedCode


async def by_link(session: AsyncSession, organisation_id: str, offer_hash: str) -> Credential | None:
    """The award of an offer's link."""
    statement = select(Credential).where(
        col(Credential.organisation_id) == organisation_id, col(Credential.offer_hash) == offer_hash
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def live_codes(session: AsyncSession, credential_id: str, *, at: int) -> int:
    """How many codes of the award can still be redeemed."""
    statement = select(func.count()).where(
        col(PreAuthorizedCode.credential_id) == credential_id,
        col(PreAuthorizedCode.expires_at) > at,
        col(PreAuthorizedCode.consumed_at).is_(None),
    )
    return int((await session.execute(statement)).scalar_one())


async def add_code(session: AsyncSession, credential_id: str, *, code_hash: str, expires_at: int) -> None:
    """Store a code's hash."""
    values = {"hash": code_hash, "credential_id": credential_id, "expires_at": expires_at}
    await session.execute(insert(PreAuthorizedCode).values(**values))
