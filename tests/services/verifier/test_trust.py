"""Where the register comes from, and the certificate that names who asks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from passport.errors import Malformed
from tests.ecosystem import Ecosystem
from verifier.certificates import load_or_create
from verifier.trust import TrustSource

LINK = "https://register.example/register.json"


def test_a_link_is_fetched_kept_and_fetched_anew_after_five_minutes(world: Ecosystem):
    async def scene():
        fetcher = world.fetcher()
        fetcher.more[LINK] = world.register_bytes()
        source = TrustSource(LINK, key_file=None, fetcher=fetcher)
        await source.start(world.at)
        for _ in range(3):
            assert (await source.current(world.at)).sequence == 1
        assert fetcher.asked == [LINK]
        world.sequence = 2
        fetcher.more[LINK] = world.register_bytes()
        assert (await source.current(world.at + timedelta(minutes=6))).sequence == 2
        del fetcher.more[LINK]  # unreachable: what was read stays in force
        assert (await source.current(world.at + timedelta(minutes=12))).sequence == 2

    asyncio.run(scene())


def test_a_link_that_cannot_be_reached_at_the_start_comes_later(world: Ecosystem):
    async def scene():
        fetcher = world.fetcher()
        source = TrustSource(LINK, key_file=None, fetcher=fetcher)
        await source.start(world.at)
        assert await source.current(world.at) is None
        fetcher.more[LINK] = world.register_bytes()
        assert await source.current(world.at + timedelta(seconds=31)) is not None

    asyncio.run(scene())


def test_an_older_edition_is_refused_also_after_a_restart(world: Ecosystem, tmp_path):
    file, memory = tmp_path / "register.json", tmp_path / "memory.json"

    def start():
        file.write_bytes(world.register_bytes())
        source = TrustSource(str(file), key_file=None, fetcher=world.fetcher(), memory=memory)
        asyncio.run(source.start(world.at))

    world.sequence = 5
    start()
    world.sequence = 4
    with pytest.raises(Malformed) as refused:
        start()
    assert refused.value.code == "register_rollback"
    world.sequence = 5
    start()


def test_a_signed_register_needs_its_key_and_an_unsigned_one_is_refused_with_a_key(world: Ecosystem, tmp_path):
    file, key = tmp_path / "register.jwt", tmp_path / "key.pem"
    key.write_text(world.operator_key.public_key.to_pem())

    def start(*, signed: bool, with_key: bool):
        file.write_bytes(world.register_bytes(sign=signed))
        source = TrustSource(str(file), key_file=key if with_key else None, fetcher=world.fetcher())
        asyncio.run(source.start(world.at))

    start(signed=True, with_key=True)
    start(signed=False, with_key=False)
    for signed, with_key in ((True, False), (False, True)):
        with pytest.raises(Malformed):
            start(signed=signed, with_key=with_key)


def test_the_certificate_stays_is_renewed_in_time_and_the_anchor_remains(world: Ecosystem, tmp_path):
    def load(at, base_url="https://v.example"):
        return load_or_create(tmp_path, name="Werkgever A", base_url=base_url, at=at)

    first = load(world.at)
    assert load(world.at + timedelta(days=300)).leaf == first.leaf
    later = load(world.at + timedelta(days=380))
    assert later.leaf != first.leaf
    assert later.anchor == first.anchor
    moved = load(world.at + timedelta(days=380), base_url="https://other.example")
    assert moved.leaf != later.leaf
    assert moved.anchor == first.anchor
    moved.leaf.verify_directly_issued_by(first.anchor)
