"""Gathering what a verification asks for, from a real server on this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from passport.jose.keys import PrivateKey
from passport.network import Fetcher, MaterialCache, NetworkSettings, gather
from passport.verification.policy import policy_for
from passport.verification.presented import parse_presented
from passport.verification.verify import verify
from tests.ecosystem import INVALID, Ecosystem

POLICY = policy_for(require_holder_binding=False)


class Hosted:
    """The world's documents, served under their own names by a loopback port."""

    def __init__(self, world: Ecosystem) -> None:
        self.world = world
        self.asked: list[str] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        host = next(line.partition(":")[2].strip() for line in head if line.lower().startswith("host:"))
        url = f"https://{host}{head[0].split()[1]}"
        self.asked.append(url)
        body = self.world.documents().get(url)
        status = "404 Not Found" if body is None else "200 OK"
        sent = body or b""
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(sent)}\r\nConnection: close\r\n\r\n".encode() + sent)
        await writer.drain()
        writer.close()

    @asynccontextmanager
    async def fetcher(self) -> AsyncIterator[Fetcher]:
        listener = await asyncio.start_server(self.answer, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        hosts = {"https://issuer.example": f"http://127.0.0.1:{port}"}
        async with Fetcher(NetworkSettings(allow_loopback_http=True, dev_hosts=hosts, timeout=5)) as fetcher:
            yield fetcher
        listener.close()


@pytest.fixture
def world() -> Ecosystem:
    return Ecosystem()


def outcome(world: Ecosystem, *texts: str, cache: MaterialCache | None = None) -> tuple[list[str], list[str]]:
    """The verdicts, and the URLs that were asked."""
    hosted = Hosted(world)

    async def scenario() -> list[str]:
        presented = [parse_presented(text) for text in texts]
        register = world.register()
        async with hosted.fetcher() as fetcher:
            materials = await gather(presented, register, fetcher, at=world.at, cache=cache)
        return [verify(one, materials, register, POLICY, at=world.at).verdict for one in presented]

    return asyncio.run(scenario()), hosted.asked


def test_a_status_list_is_fetched_once_for_many_credentials(world: Ecosystem) -> None:
    good, revoked = world.school.issue(holder=world.holder()), world.school.issue(holder=world.holder())
    world.school.set_status(revoked, INVALID)
    assert outcome(world, good.text, revoked.text, good.text) == (
        ["accepted", "rejected", "accepted"],
        [world.school.status_uri],
    )


def test_what_cannot_be_fetched_is_undetermined_and_no_exception(world: Ecosystem) -> None:
    issued = world.school.issue(holder=world.holder())
    world.down.add(world.school.status_uri)
    assert outcome(world, issued.text) == (["undetermined"], [world.school.status_uri])


def test_nothing_is_fetched_for_an_unknown_issuer_or_a_signature_that_does_not_hold(world: Ecosystem) -> None:
    forged = world.school.issue(holder=world.holder(), signer=PrivateKey.generate())
    world.unlisted.add(world.evc.id)
    unknown = world.evc.issue("ervaringscertificaat", holder=world.holder())
    assert outcome(world, forged.text, unknown.text) == (["rejected", "rejected"], [])


def test_a_kept_list_is_not_fetched_again_within_its_ttl(world: Ecosystem) -> None:
    issued, cache = world.school.issue(holder=world.holder()), MaterialCache()
    assert outcome(world, issued.text, cache=cache)[1] == [world.school.status_uri]
    assert outcome(world, issued.text, cache=cache) == (["accepted"], [])
    world.at += timedelta(seconds=2)
    assert outcome(world, issued.text, cache=cache)[1] == [world.school.status_uri]
