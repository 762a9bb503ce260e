"""Queries on organisations, API keys and accreditations."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from issuer.organisations.models import Accreditation, ApiKey, Organisation


async def find(session: AsyncSession, organisation_id: str) -> Organisation | None:
    """The organisation with this id."""
    return await session.get(Organisation, organisation_id)


async def all_organisations(session: AsyncSession) -> Sequence[Organisation]:
    """Every organisation, by id."""
    return (await session.execute(select(Organisation).order_by(col(Organisation.id)))).scalars().all()


async def by_key_hash(session: AsyncSession, key_hash: str) -> tuple[Organisation, str] | None:
    """The organisation that a live API key belongs to, and the id of the key."""
    statement = (
        select(Organisation, col(ApiKey.id))
        .join(ApiKey, col(ApiKey.organisation_id) == col(Organisation.id))
        .where(col(ApiKey.key_hash) == key_hash, col(ApiKey.revoked_at).is_(None))
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def revoke_keys(session: AsyncSession, organisation_id: str, *, at: int) -> int:
    """End every live API key of the organisation; returns how many."""
    statement = (
        update(ApiKey)
        .where(col(ApiKey.organisation_id) == organisation_id, col(ApiKey.revoked_at).is_(None))
        .values(revoked_at=at)
        .returning(col(ApiKey.id))
        .execution_options(synchronize_session=False)
    )
    return len((await session.execute(statement)).all())


async def accreditations(session: AsyncSession, organisation_id: str) -> Sequence[Accreditation]:
    """What the organisation may issue."""
    statement = (
        select(Accreditation)
        .where(col(Accreditation.organisation_id) == organisation_id)
        .order_by(col(Accreditation.id))
    )
    return (await session.execute(statement)).scalars().all()


async def set_stopped(session: AsyncSession, organisation_id: str, *, at: int | None) -> None:
    """Turn the "stop issuing" switch on (a time) or off (None)."""
    await session.execute(
        update(Organisation)
        .where(col(Organisation.id) == organisation_id)
        .values(stopped_at=at)
        .execution_options(synchronize_session=False)
    )
