"""The same on PostgreSQL: one answer is accepted once, and old requests are deleted."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from tests.ecosystem import Ecosystem
from tests.services.issuer.test_postgresql import server  # noqa: F401  (the fixture that starts PostgreSQL)
from tests.services.verifier.conftest import Verifier

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(server: str) -> str:  # noqa: F811
    from sqlalchemy import create_engine, text

    name = f"v{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.replace("/postgres?", f"/{name}?")


def test_fifty_parallel_posts_of_one_response_give_one_acceptance(play, world: Ecosystem, database: str):
    async def scene(verifier: Verifier):
        held = world.school.issue("mbo-certificaat", holder=world.holder())
        made = await verifier.ask(response_mode="direct_post.jwt")
        request = await verifier.read(made)
        token = verifier.present(request, held)
        answers = await asyncio.gather(*(verifier.post(request, token) for _ in range(50)))
        assert sorted(answer.status_code for answer in answers) == [200] + [400] * 49
        assert (await verifier.state(made))["state"] == "answered"
        assert (await verifier.http.get("/r/%00")).status_code == 404
        assert (await verifier.http.get("/result/%00")).status_code == 404
        assert (await verifier.http.get("/code?code=%00")).status_code == 404
        verifier.clock.forward(3600)
        assert await verifier.app.state.services.requests.delete_old() == 1

    play(scene, database=database)
