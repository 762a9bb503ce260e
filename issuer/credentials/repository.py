"""Queries on awards, always of one organisation. Changes of state are one conditional statement each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from issuer.credentials.models import Credential, IdempotentAnswer
from issuer.database import insert_if_absent, table_of
from issuer.problems import DocumentNumberInUse


async def add(session: AsyncSession, credential: Credential, *, at: int) -> None:
    """Store a new award; an untaken, expired offer gives its document number up. Raises: DocumentNumberInUse."""
    if await _insert(session, credential):
        return
    number = credential.document_number
    await _release_expired(session, credential.organisation_id, document_number=number, at=at)
    if not await _insert(session, credential):
        raise DocumentNumberInUse


async def _insert(session: AsyncSession, credential: Credential) -> bool:
    table = table_of(Credential)
    statement = insert_if_absent(session, table, credential.model_dump()).returning(table.c.id)
    return (await session.execute(statement)).scalar_one_or_none() is not None


async def find(
    session: AsyncSession, organisation_id: str, credential_id: str, *, lock: bool = False
) -> Credential | None:
    """One award of the organisation."""
    statement = select(Credential).where(
        col(Credential.organisation_id) == organisation_id, col(Credential.id) == credential_id
    )
    if lock:
        statement = statement.with_for_update(key_share=True)
    return (await session.execute(statement.execution_options(populate_existing=True))).scalar_one_or_none()


def _state_is(state: str, at: int) -> ColumnElement[bool]:
    stored, ends = col(Credential.state), col(Credential.offer_expires_at)
    match state:
        case "expired":
            return and_(stored == "offered", ends <= at)
        case "offered":
            return and_(stored == "offered", ends > at)
    return stored == state


async def page(
    session: AsyncSession,
    organisation_id: str,
    *,
    before: str | None,
    limit: int,
    state: str | None,
    type_name: str | None,
    document_number: str | None,
    at: int,
) -> Sequence[Credential]:
    """Awards of the organisation, newest first."""
    statement = select(Credential).where(col(Credential.organisation_id) == organisation_id)
    if before is not None:
        statement = statement.where(col(Credential.id) < before)
    if state is not None:
        statement = statement.where(_state_is(state, at))
    if type_name is not None:
        statement = statement.where(col(Credential.type) == type_name)
    if document_number is not None:
        statement = statement.where(col(Credential.document_number) == document_number)
    statement = statement.order_by(col(Credential.id).desc()).limit(limit)
    return (await session.execute(statement)).scalars().all()


async def change(
    session: AsyncSession, organisation_id: str, credential_id: str, *conditions: ColumnElement[bool], **values: Any
) -> bool:
    """Change an award if the conditions hold, in one statement; returns whether it did."""
    statement = (
        update(Credential)
        .where(col(Credential.organisation_id) == organisation_id, col(Credential.id) == credential_id, *conditions)
        .values(**values)
        .returning(col(Credential.id))
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(statement)).scalar_one_or_none() is not None


async def make_live(session: AsyncSession, organisation_id: str, credential_id: str) -> None:
    """Let an award occupy its document number. Raises: DocumentNumberInUse."""
    try:
        async with session.begin_nested():
            await change(session, organisation_id, credential_id, live=True)
    except IntegrityError as error:
        raise DocumentNumberInUse from error


async def _release_expired(session: AsyncSession, organisation_id: str, *, document_number: str, at: int) -> None:
    await session.execute(
        update(Credential)
        .where(
            col(Credential.organisation_id) == organisation_id,
            col(Credential.document_number) == document_number,
            col(Credential.live).is_(True),
            _state_is("expired", at),
        )
        .values(live=False, sealed_claims=None)
        .execution_options(synchronize_session=False)
    )


async def pending_replacement(session: AsyncSession, organisation_id: str, credential_id: str, *, at: int) -> bool:
    """Whether an open offer is to replace this award."""
    statement = select(col(Credential.id)).where(
        col(Credential.organisation_id) == organisation_id,
        col(Credential.replaces) == credential_id,
        _state_is("offered", at),
    )
    return (await session.execute(statement.limit(1))).scalar_one_or_none() is not None


async def claim_idempotency_key(
    session: AsyncSession, organisation_id: str, key_hash: str, *, body_hash: str, at: int
) -> IdempotentAnswer | None:
    """Take the key for this call; returns None when it was free, else what an earlier call left."""
    table = table_of(IdempotentAnswer)
    row = {"organisation_id": organisation_id, "key_hash": key_hash, "body_hash": body_hash, "created_at": at}
    taken = await session.execute(insert_if_absent(session, table, row).returning(table.c.key_hash))
    if taken.scalar_one_or_none() is not None:
        return None
    return await session.get(IdempotentAnswer, (organisation_id, key_hash))


async def keep_answer(session: AsyncSession, organisation_id: str, key_hash: str, *, sealed: bytes) -> None:
    """Store the sealed answer of the call that took the key."""
    await session.execute(
        update(IdempotentAnswer)
        .where(col(IdempotentAnswer.organisation_id) == organisation_id, col(IdempotentAnswer.key_hash) == key_hash)
        .values(sealed_answer=sealed)
        .execution_options(synchronize_session=False)
    )
