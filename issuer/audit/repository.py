"""Queries on the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from issuer.audit.models import AuditEntry
from issuer.organisations.models import Organisation


async def lock_head(session: AsyncSession, organisation_id: str) -> tuple[int, str]:
    """Return the last sequence number and hash; other writers of this organisation wait until we commit.

    FOR NO KEY UPDATE: the plain form would wait for every foreign key check on the organisation, and deadlock.
    """
    statement = (
        select(col(Organisation.audit_sequence), col(Organisation.audit_head))
        .where(col(Organisation.id) == organisation_id)
        .with_for_update(key_share=True)
    )
    row = (await session.execute(statement)).one()
    return row[0], row[1]


async def append(session: AsyncSession, entry: AuditEntry) -> None:
    """Store the entry and move the head to it."""
    await session.execute(insert(AuditEntry).values(**entry.model_dump()))
    await session.execute(
        update(Organisation)
        .where(col(Organisation.id) == entry.organisation_id)
        .values(audit_sequence=entry.sequence, audit_head=entry.hash)
        .execution_options(synchronize_session=False)
    )


async def page(session: AsyncSession, organisation_id: str, *, after: int, limit: int) -> Sequence[AuditEntry]:
    """Entries with a sequence number above `after`, in order."""
    statement = (
        select(AuditEntry)
        .where(col(AuditEntry.organisation_id) == organisation_id, col(AuditEntry.sequence) > after)
        .order_by(col(AuditEntry.sequence))
        .limit(limit)
    )
    return (await session.execute(statement)).scalars().all()
