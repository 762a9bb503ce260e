"""Rate limits, in one dependency. A worker counts for itself; the limits are against floods, not for billing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from issuer.problems import TooManyRequests
from issuer.settings import RateLimits
from issuer.vault import secret_hash


class Limiter:
    """Counts by class of call and source."""

    def __init__(self, rates: RateLimits) -> None:
        self._strategy = FixedWindowRateLimiter(MemoryStorage())
        self._items: dict[str, RateLimitItem] = {
            "token": parse(rates.token),
            "public": parse(rates.public),
            "api": parse(rates.api),
        }

    async def hit(self, kind: str, source: str) -> bool:
        """Whether this one is still within the limit."""
        return await self._strategy.hit(self._items[kind], kind, source)


def limited(kind: str) -> Callable[[Request], Awaitable[None]]:
    """A dependency that refuses what is over the limit. `api` counts by key, all else by source address."""

    async def check(request: Request) -> None:
        source = request.client.host if request.client else "-"
        if kind == "api" and (key := request.headers.get("authorization")):
            source = secret_hash(key)
        limiter: Limiter = request.app.state.limiter
        if not await limiter.hit(kind, source):
            raise TooManyRequests

    return check
