"""The database: engines, and one transaction a unit of work. Queries live in the repositories."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.sql.dml import Insert

_WRITE = "skillspas_write"


def _sqlite_engine(url: str) -> AsyncEngine:
    """SQLite as the design asks: WAL, synchronous=FULL, foreign keys, and a write lock taken at BEGIN.

    isolation_level None leaves BEGIN to us: a transaction that reads first and writes later would otherwise fail
    with "database is locked" instead of waiting.
    """
    engine = create_async_engine(url, hide_parameters=True, connect_args={"isolation_level": None, "timeout": 15})

    @event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=15000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_WRITE) else "BEGIN")

    return engine


class Database:
    """Sessions for reading and for writing; the writing one commits once, at its end."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self.engine = (
            _sqlite_engine(url)
            if self.is_sqlite
            else create_async_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=10)
        )
        self._readers = async_sessionmaker(self.engine, expire_on_commit=False)
        self._writers = async_sessionmaker(self.engine.execution_options(**{_WRITE: True}), expire_on_commit=False)
        # SQLite has one writer: waiting in line here is fairer and cheaper than polling for its lock.
        self._line: AbstractAsyncContextManager[Any] = asyncio.Lock() if self.is_sqlite else nullcontext()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that is rolled back at its end."""
        async with self._readers() as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends well, else rolls back."""
        async with self._line, self._writers.begin() as session:
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


def insert_if_absent(
    session: AsyncSession, table: Table, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> Insert:
    """Return an INSERT that skips rows whose unique value exists; add `.returning(...)` to see which went in."""
    dialect = session.get_bind().dialect.name
    insert: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement: Insert = insert(table).values(values).on_conflict_do_nothing()
    return statement


def table_of(model: Any) -> Table:
    """The table of a SQLModel class, typed."""
    table: Table = model.__table__
    return table
