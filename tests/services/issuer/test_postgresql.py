"""The same on PostgreSQL, where writers run side by side: everything that must happen once, happens once."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from issuer.audit.service import first_break
from issuer.migrations import DatabaseNotMigrated, ensure_schema, upgrade
from tests.conftest import require_tool
from tests.services.issuer import test_edges as edges
from tests.services.issuer import test_oid4vci as oid4vci
from tests.services.issuer import test_story as story
from tests.services.issuer.conftest import Issuer, at_once, claims_of
from tests.services.issuer.test_database import differences

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]


def _program(name: str) -> str:
    found = shutil.which(name)
    return found or str(max(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")))


def _as_user() -> list[str]:
    """PostgreSQL does not run as root: use another user of this machine then."""
    if os.geteuid() != 0:
        return []
    names = {entry.pw_name for entry in pwd.getpwall()}
    return ["runuser", "-u", "postgres" if "postgres" in names else "nobody", "--"]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL of our own: a socket in a temporary folder, no port."""
    require_tool("postgres")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o777)
    data, user = folder / "data", _as_user()
    quiet: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*user, _program("initdb"), "-D", data, "-U", "issuer", "-A", "trust", "-N"], check=True, **quiet)
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c max_connections=60 -c fsync=off"
    log = ["-l", str(folder / "log"), "-w", "-o", options]
    subprocess.run([*user, _program("pg_ctl"), "-D", data, *log, "start"], check=True, **quiet)
    yield f"postgresql+psycopg://issuer@/postgres?host={folder}"
    subprocess.run([*user, _program("pg_ctl"), "-D", data, "-m", "immediate", "stop"], check=True, **quiet)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def issuer(server: str, make_issuer: Any, monkeypatch: pytest.MonkeyPatch) -> Issuer:
    """An issuer on a fresh database of that server."""
    name = f"db_{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    url = server.replace("/postgres?", f"/{name}?")

    async def migrate(database: Any) -> None:
        with pytest.raises(DatabaseNotMigrated):
            await ensure_schema(database)
        await upgrade(database)
        await upgrade(database)

    monkeypatch.setattr("tests.services.issuer.conftest.ensure_schema", migrate)
    made: Issuer = await make_issuer(database=url)
    return made


async def test_migrations_make_exactly_the_tables(issuer: Issuer) -> None:
    async with issuer.context.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


@pytest.mark.parametrize(
    "check",
    [
        edges.no_input_gives_a_5xx,
        story.test_a_credential_goes_from_the_school_to_a_wallet_and_is_accepted,
        story.test_revoking_shows_at_the_next_reading_of_the_list_and_is_final,
        story.test_a_replacement_revokes_the_old_one_when_it_is_taken_and_not_before,
        oid4vci.test_twenty_redemptions_at_once_give_one_token,
        oid4vci.test_two_hundred_guesses_at_once_count_to_five_and_kill_the_offer,
        oid4vci.test_a_nonce_is_used_once_also_under_parallel_requests,
        oid4vci.test_each_opening_of_the_link_makes_another_code_and_one_of_them_is_enough,
    ],
)
async def test_what_holds_on_sqlite_holds_here(issuer: Issuer, check: Any) -> None:
    await check(issuer)


async def test_equal_calls_at_once_make_one_award_and_with_a_key_give_one_answer(issuer: Issuer) -> None:
    body = {"type": "mbo-certificaat", "claims": claims_of()}
    answers = await at_once(*(issuer.post("/credentials", body) for _ in range(20)))
    assert sorted(one.status_code for one in answers) == [201, *[409] * 19]
    body = {"type": "mbo-certificaat", "claims": claims_of()}
    answers = await at_once(*(issuer.post("/credentials", body, **{"Idempotency-Key": "k"}) for _ in range(20)))
    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1


async def test_many_offers_at_once_do_not_lock_each_other_out(issuer: Issuer) -> None:
    made = await at_once(*(issuer.offer() for _ in range(30)))
    assert len(made) == 30
    async with issuer.context.database.reading() as session:
        assert await first_break(session, "school-a") is None


async def test_of_many_replacements_at_once_one_is_made(issuer: Issuer) -> None:
    first = await issuer.offer()
    await issuer.take(first)
    answers = await at_once(
        *(
            issuer.post(f"/credentials/{first['id']}/replace", {"claims": claims_of(), "reason": "vervangen"})
            for _ in range(8)
        )
    )
    assert sorted(one.status_code for one in answers) == [201, *[409] * 7]


async def test_many_wallets_at_once_get_indexes_of_their_own_and_the_log_stays_whole(issuer: Issuer) -> None:
    offers = [await issuer.offer() for _ in range(12)]
    taken = await at_once(*(issuer.take(offer) for offer in offers))
    assert len(taken) == 12
    async with issuer.context.database.reading() as session:
        rows = (await session.execute(text("SELECT count(*), count(DISTINCT index) FROM status_entries"))).one()
        assert tuple(rows) == (12, 12)
        lists = (await session.execute(text("SELECT count(*), sum(allocated) FROM status_lists"))).one()
        assert lists[1] == 12
        assert await first_break(session, "school-a") is None
    for statement in ("UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"):
        with pytest.raises(DatabaseError, match="append-only"):
            async with issuer.context.database.writing() as session:
                await session.execute(text(statement))
