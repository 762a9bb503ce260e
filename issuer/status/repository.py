"""Queries on status lists."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from issuer.database import insert_if_absent, table_of
from issuer.status.models import StatusEntry, StatusList


async def open_list(
    session: AsyncSession, organisation_id: str, *, key_id: str, wanted: int, fill: float
) -> StatusList | None:
    """A list of this key with room for `wanted` more before it is `fill` full."""
    statement = (
        select(StatusList)
        .where(
            col(StatusList.organisation_id) == organisation_id,
            col(StatusList.key_id) == key_id,
            col(StatusList.allocated) + wanted <= col(StatusList.size) * fill,
        )
        .order_by(col(StatusList.number))
        .limit(1)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def add_list(session: AsyncSession, values: dict[str, str | int]) -> None:
    """Add the organisation's next list, unless another worker was first."""
    last = select(func.coalesce(func.max(col(StatusList.number)), 0)).where(
        col(StatusList.organisation_id) == values["organisation_id"]
    )
    number = int((await session.execute(last)).scalar_one()) + 1
    await session.execute(insert_if_absent(session, table_of(StatusList), {**values, "number": number}))


async def take_indexes(
    session: AsyncSession, list_id: str, *, credential_id: str, indexes: Collection[int]
) -> list[int]:
    """Give the free ones among `indexes` to an award, in one statement; returns those that were free."""
    table = table_of(StatusEntry)
    rows = [{"list_id": list_id, "index": i, "credential_id": credential_id, "value": 0} for i in indexes]
    taken = await session.execute(insert_if_absent(session, table, rows).returning(table.c.index))
    return [row[0] for row in taken]


async def count_allocated(session: AsyncSession, list_id: str, *, more: int) -> None:
    """Note how many indexes are in use."""
    await session.execute(
        update(StatusList)
        .where(col(StatusList.id) == list_id)
        .values(allocated=col(StatusList.allocated) + more)
        .execution_options(synchronize_session=False)
    )


async def flip(session: AsyncSession, organisation_id: str, credential_id: str, *, value: int) -> int:
    """Put the status of every copy of an award, and mark its lists as changed; returns the number of copies."""
    lists = select(col(StatusList.id)).where(col(StatusList.organisation_id) == organisation_id)
    changed = await session.execute(
        update(StatusEntry)
        .where(col(StatusEntry.credential_id) == credential_id, col(StatusEntry.list_id).in_(lists))
        .values(value=value)
        .returning(col(StatusEntry.list_id))
        .execution_options(synchronize_session=False)
    )
    list_ids = [row[0] for row in changed]
    await session.execute(
        update(StatusList)
        .where(col(StatusList.id).in_(set(list_ids)))
        .values(version=col(StatusList.version) + 1)
        .execution_options(synchronize_session=False)
    )
    return len(list_ids)


async def by_number(session: AsyncSession, organisation_id: str, number: int) -> StatusList | None:
    """The list that stands at `/status/{number}`."""
    statement = select(StatusList).where(
        col(StatusList.organisation_id) == organisation_id, col(StatusList.number) == number
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def not_valid(session: AsyncSession, list_id: str) -> Sequence[tuple[int, int]]:
    """(index, value) of every entry that is not valid."""
    statement = select(col(StatusEntry.index), col(StatusEntry.value)).where(
        col(StatusEntry.list_id) == list_id, col(StatusEntry.value) != 0
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]
