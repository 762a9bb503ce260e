"""The schema that the migrations make is the one that the tables say; SQLite runs as the design asks."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Integer, event, text
from sqlalchemy.engine import Connection

from issuer.database import Database
from issuer.migrations import HEAD, alembic_config, ensure_schema, upgrade
from issuer.tables import METADATA
from tests.services.issuer.conftest import Issuer, at_once, claims_of
from tests.services.issuer.test_story import report_of

pytestmark = pytest.mark.anyio


def differences(connection: Connection) -> list[Any]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA))


async def test_migrations_make_exactly_the_tables_and_may_run_again_and_at_once(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'x.db'}"
    databases = [Database(url) for _ in range(3)]
    await asyncio.gather(*(upgrade(database) for database in databases))
    await ensure_schema(databases[0])
    async with databases[0].engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    for database in databases:
        await database.close()


def test_the_head_that_the_code_expects_is_the_last_migration() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [HEAD]


def test_counters_and_epochs_are_64_bits_everywhere() -> None:
    narrow = [
        f"{table.name}.{column.name}"
        for table in METADATA.sorted_tables
        for column in table.columns
        if isinstance(column.type, Integer) and not isinstance(column.type, BigInteger)
    ]
    assert narrow == ["accreditations.id"]


async def test_sqlite_is_durable_and_keeps_its_references(issuer: Issuer) -> None:
    async with issuer.context.database.reading() as session:
        found = {
            name: (await session.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15000}
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError):
        async with issuer.context.database.writing() as session:
            await session.execute(text("INSERT INTO api_keys VALUES ('x', 'nobody', 'h', 1, NULL)"))


async def test_two_processes_worth_of_connections_write_without_losing_anything(issuer: Issuer) -> None:
    second = Database(issuer.context.settings.database_url)

    async def count(database: Database) -> None:
        async with database.writing() as session:
            now = (await session.execute(text("SELECT stopped_at FROM organisations WHERE id='school-b'"))).scalar_one()
            await asyncio.sleep(0)
            await session.execute(text(f"UPDATE organisations SET stopped_at={(now or 0) + 1} WHERE id='school-b'"))

    await asyncio.gather(*(count(database) for database in (issuer.context.database, second) for _ in range(25)))
    async with second.reading() as session:
        value = await session.execute(text("SELECT stopped_at FROM organisations WHERE id='school-b'"))
        assert value.scalar_one() == 50
    await second.close()


async def test_a_full_disk_is_a_503_without_half_a_credential_and_work_goes_on_when_there_is_room(
    issuer: Issuer,
) -> None:
    """The limit is SQLite's own: no page more than there are."""
    engine = issuer.context.database.engine
    full = True

    @event.listens_for(engine.sync_engine, "begin")
    def _limit(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one() if full else 1_000_000
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    body = {"type": "mbo-certificaat", "claims": claims_of(family_name="X" * 90)}
    answers = []
    for number in range(400):
        body["claims"]["document_number"] = f"N-{number}"  # type: ignore[index]
        answers.append(await issuer.post("/credentials", body))
        if answers[-1].status_code == 503:
            break
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (503, "temporarily_unavailable")
    full = False
    made = (await issuer.get("/credentials", limit=200)).json()["items"]
    assert len(made) == min(200, len(answers) - 1)
    assert (await issuer.post("/credentials", body)).status_code == 201
    assert (await issuer.take(await issuer.offer()))["credentials"]


async def test_keys_are_rotated_while_wallets_collect_and_no_request_fails(issuer: Issuer) -> None:
    from issuer.keys import service as keys
    from issuer.organisations import service as organisations

    async def rotate() -> None:
        async with issuer.context.database.writing() as session:
            organisation = await organisations.require(session, "school-a")
            await keys.create_current(session, issuer.context, organisation, at=issuer.clock())

    async def collect() -> str:
        return str((await issuer.take(await issuer.offer()))["credentials"][0]["credential"])

    taken = await at_once(*(work() for _ in range(4) for work in (collect, collect, rotate)))
    credentials = [one for one in taken if one is not None]
    assert len(credentials) == 8
    for credential in credentials:
        assert (await report_of(issuer, str(credential))).verdict == "accepted"
