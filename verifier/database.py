"""The database: SQLite by default, PostgreSQL by another URL. What is done in one transaction, holds whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from passport.errors import Unreachable
from verifier.settings import BadSetting

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class DatabaseUnavailable(Unreachable):
    """The database does not answer or refuses to write; nothing was changed."""

    code = "database_unavailable"


def parse_url(text: str, *, is_async: bool) -> URL:
    """Return the SQLAlchemy URL with our driver for its backend. Raises: BadSetting."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise BadSetting("database URL does not parse", setting="--database") from None
    backend = url.drivername.partition("+")[0]
    if backend not in DRIVERS:
        raise BadSetting("only sqlite and postgresql", setting="--database")
    driver = DRIVERS[backend]
    return url.set(drivername=driver if is_async or backend != "sqlite" else "sqlite")


class Database:
    """The engine of one process."""

    def __init__(self, url: str) -> None:
        self.url = parse_url(url, is_async=True)
        is_sqlite = self.url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {} if is_sqlite else {"pool_size": 10, "max_overflow": 10, "pool_pre_ping": True}
        self.engine: AsyncEngine = create_async_engine(self.url, **options)
        if is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _set_pragmas)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end, rolled back on an error. Raises: DatabaseUnavailable."""
        try:
            async with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise DatabaseUnavailable(type(error).__name__) from None

    async def close(self) -> None:
        await self.engine.dispose()


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def migrate(url: str) -> None:
    """Bring the database to the newest form (Alembic). Safe to run at each start. Raises: DatabaseUnavailable."""
    from alembic import command
    from alembic.config import Config

    parsed = parse_url(url, is_async=False)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = parsed
    try:
        command.upgrade(config, "head")
    except SQLAlchemyError as error:
        raise DatabaseUnavailable(type(error).__name__) from None
