"""Alembic migrations, shipped in the package. `upgrade` brings a database to HEAD; on SQLite it runs by itself."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from issuer.database import Database
from passport.errors import Misconfigured

HEAD: Final = "0002"


class DatabaseNotMigrated(Misconfigured):
    """The database's schema is not this version's."""

    code = "database_not_migrated"


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def alembic_config(connection: Connection | None = None) -> Any:
    """The configuration that an ini file would hold."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "issuer:migrations")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(alembic_config(connection), "head")


async def upgrade(database: Database) -> None:
    """Bring the schema to HEAD. Safe to call again, and from several processes at once."""
    async with database.engine.execution_options(skillspas_write=True).begin() as connection:
        await connection.run_sync(_upgrade)


async def ensure_schema(database: Database) -> None:
    """Migrate SQLite where needed; elsewhere insist on it. Raises: DatabaseNotMigrated."""
    async with database.engine.connect() as connection:
        revision = await connection.run_sync(_revision)
    if revision == HEAD:
        return
    if not database.is_sqlite:
        raise DatabaseNotMigrated("run `skillspas-issuer migrate`", found=revision or "-", needed=HEAD)
    await upgrade(database)
