"""Queries on keys."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from issuer.keys.models import Authority, SigningKey

EMBEDDED = "embedded"


async def authority(session: AsyncSession) -> Authority | None:
    """The embedded certificate authority, if it was made."""
    return await session.get(Authority, EMBEDDED)


async def all_keys(session: AsyncSession, organisation_id: str) -> Sequence[SigningKey]:
    """Every key of the organisation, oldest first."""
    statement = (
        select(SigningKey).where(col(SigningKey.organisation_id) == organisation_id).order_by(col(SigningKey.id))
    )
    return (await session.execute(statement)).scalars().all()


async def current(session: AsyncSession, organisation_id: str) -> SigningKey | None:
    """The key that signs now."""
    statement = select(SigningKey).where(
        col(SigningKey.organisation_id) == organisation_id, col(SigningKey.state) == "current"
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def by_id(session: AsyncSession, organisation_id: str, key_id: str) -> SigningKey | None:
    """One key of the organisation."""
    statement = select(SigningKey).where(
        col(SigningKey.organisation_id) == organisation_id, col(SigningKey.id) == key_id
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def requested(session: AsyncSession, organisation_id: str, kid: str) -> SigningKey | None:
    """The key for which a certificate was asked, by its thumbprint."""
    statement = select(SigningKey).where(
        col(SigningKey.organisation_id) == organisation_id,
        col(SigningKey.kid) == kid,
        col(SigningKey.state) == "requested",
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def retire_current(
    session: AsyncSession, organisation_id: str, *, at: int, compromised_at: int | None = None
) -> str | None:
    """Retire the current key; returns its id."""
    statement = (
        update(SigningKey)
        .where(col(SigningKey.organisation_id) == organisation_id, col(SigningKey.state) == "current")
        .values(state="retired", retired_at=at, compromised_at=compromised_at)
        .returning(col(SigningKey.id))
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(statement)).scalar_one_or_none()
