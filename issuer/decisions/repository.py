"""Queries on decisions, always of one organisation. They are added and read; nothing changes them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from issuer.decisions.models import Decision


async def add(session: AsyncSession, decision: Decision) -> None:
    """Store a decision."""
    await session.execute(insert(Decision).values(**decision.model_dump()))


async def find(session: AsyncSession, organisation_id: str, decision_id: str) -> Decision | None:
    """One decision of the organisation."""
    statement = select(Decision).where(
        col(Decision.organisation_id) == organisation_id, col(Decision.id) == decision_id
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def page(session: AsyncSession, organisation_id: str, *, before: str | None, limit: int) -> Sequence[Decision]:
    """Decisions of the organisation, newest first."""
    statement = select(Decision).where(col(Decision.organisation_id) == organisation_id)
    if before is not None:
        statement = statement.where(col(Decision.id) < before)
    return (await session.execute(statement.order_by(col(Decision.id).desc()).limit(limit))).scalars().all()
