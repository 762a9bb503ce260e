"""Fetches what a verification asks for, until it asks for nothing more. See DESIGN, "A credential's way".

The pure core says which documents it lacks (`needs`); this loop brings them. What cannot be fetched becomes a
`Material` with an error, so that the report can say "could not be looked up". Nothing here judges a document.
"""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from passport.errors import Malformed, Unreachable
from passport.network.fetcher import Fetcher, now

if TYPE_CHECKING:
    import asyncio

    from passport.trust.register import TrustRegister
    from passport.verification.materials import Material, Materials, Need
    from passport.verification.presented import Presented

MAX_ROUNDS = 4
MAX_AT_ONCE = 8
MAX_DOCUMENTS = 64
_ACCEPT = {"status_list": "application/statuslist+jwt", "did_document": "application/did+json, application/json"}
_MAX_BYTES = {"status_list": 4_194_304}
_DEFAULT_LIFE = timedelta(minutes=5)
_LONGEST_LIFE = timedelta(hours=12)


class MaterialCache:
    """Keeps fetched documents for a while, at most `size` of them and `max_bytes` together; oldest use goes first.

    A status list lives for its `ttl` and never past its `exp` (Token Status List §8.2, §11.5: both kept within
    bounds); other documents for five minutes. Failures are not kept.
    """

    def __init__(self, *, size: int = 512, max_bytes: int = 67_108_864) -> None:
        self._size = size
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, str], tuple[datetime, Material]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, need: Need, *, at: datetime) -> Material | None:
        """Return the kept document, unless its time has passed."""
        key = (need.kind, need.url)
        if (found := self._kept.get(key)) is None:
            return None
        if at >= found[0]:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return found[1]

    def put(self, material: Material, *, at: datetime) -> None:
        """Keep a fetched document as long as it says itself, within bounds."""
        until = at + life_of(material.kind, material.body, at=at)
        if material.body is None or until <= at or len(material.body) > self._max_bytes:
            return
        key = (material.kind, material.url)
        self._drop(key)
        self._kept[key] = (until, material)
        self._bytes += len(material.body)
        while len(self._kept) > self._size or self._bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: tuple[str, str]) -> None:
        if (gone := self._kept.pop(key, None)) is not None:
            self._bytes -= len(gone[1].body or b"")


def life_of(kind: str, body: bytes | None, *, at: datetime) -> timedelta:
    """Return how long a document may be reused; zero for one that is expired or unreadable."""
    from passport.jose.encoding import parse_json_object

    if kind != "status_list":
        return _DEFAULT_LIFE
    try:
        segment = (body or b"").strip().split(b".")[1]
        claims = parse_json_object(base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4)))
    except (IndexError, ValueError, Malformed):
        return timedelta(0)
    ttl, exp = claims.get("ttl"), claims.get("exp")
    life = _DEFAULT_LIFE
    if isinstance(ttl, int | float) and not isinstance(ttl, bool):
        life = timedelta(seconds=min(max(float(ttl), 0.0), _LONGEST_LIFE.total_seconds()))
    if isinstance(exp, int | float) and not isinstance(exp, bool):
        left = min(exp - at.timestamp(), _LONGEST_LIFE.total_seconds())
        life = min(life, timedelta(seconds=max(left, 0)))
    return life


async def gather(
    presented: Sequence[Presented],
    register: TrustRegister | None,
    fetcher: Fetcher,
    *,
    at: datetime,
    cache: MaterialCache | None = None,
) -> Materials:
    """Return every document that verifying `presented` asks for, in few rounds.

    Never raises for what could not be fetched: that document is there with `error`, its stable code.
    """
    import asyncio

    from passport.verification.materials import Materials
    from passport.verification.verify import needs

    materials = Materials()
    asked: set[tuple[str, str]] = set()
    for _ in range(MAX_ROUNDS):
        lacking = dict.fromkeys(need for one in presented for need in needs(one, materials, register, at=at))
        missing = [need for need in lacking if (need.kind, need.url) not in asked][: MAX_DOCUMENTS - len(asked)]
        if not missing:
            break
        asked.update((need.kind, need.url) for need in missing)
        limit = asyncio.Semaphore(MAX_AT_ONCE)
        found = await asyncio.gather(*(_bring(need, fetcher, limit=limit, at=at, cache=cache) for need in missing))
        materials = materials.plus(found)
    return materials


async def _bring(
    need: Need, fetcher: Fetcher, *, limit: asyncio.Semaphore, at: datetime, cache: MaterialCache | None
) -> Material:
    from passport.verification.materials import Material

    if cache is not None and (kept := cache.get(need, at=at)) is not None:
        return kept
    try:
        async with limit:
            answer = await fetcher.get(
                need.url, accept=_ACCEPT.get(need.kind, "application/json"), max_bytes=_MAX_BYTES.get(need.kind)
            )
    except Unreachable as error:
        return Material(kind=need.kind, url=need.url, body=None, fetched_at=now(), error=error.code)
    material = Material(kind=need.kind, url=need.url, body=answer.body, fetched_at=answer.fetched_at, error=None)
    if cache is not None:
        cache.put(material, at=at)
    return material
