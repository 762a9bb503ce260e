"""What stands around every call: security headers, the API key, the rate limit, and where a form may come from."""

from __future__ import annotations

import hmac
import time
from typing import Any

from fastapi import Request
from limits import parse as parse_limit
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from verifier.problems import ApiKeyRequired, OtherOrigin, TooManyCalls
from verifier.settings import BadSetting, Settings

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"x-robots-tag", b"noindex"),
)


class SecurityHeaders:
    """ASGI middleware: the same headers on every answer, also on errors."""

    def __init__(self, app: Any, *, https: bool) -> None:
        self.app = app
        hsts = ((b"strict-transport-security", b"max-age=31536000"),) if https else ()
        self.headers = [*HEADERS, *hsts]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *self.headers]}
            await send(message)

        await self.app(scope, receive, send_with_headers)


class RateLimit:
    """Counts calls per source address in this process; one dependency for all calls."""

    def __init__(self, limit: str | None) -> None:
        """limit: as `600/minute`. Raises: BadSetting."""
        try:
            self._limit = parse_limit(limit) if limit else None
        except ValueError:
            raise BadSetting("rate limit does not parse", setting="--rate-limit") from None
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def check(self, request: Request) -> None:
        """Raises: TooManyCalls."""
        if self._limit is None:
            return
        source = request.client.host if request.client else "unknown"
        if not await self._limiter.hit(self._limit, source):
            window = await self._limiter.get_window_stats(self._limit, source)
            raise TooManyCalls(seconds=max(1, int(window.reset_time - time.time()) + 1))


async def rate_limited(request: Request) -> None:
    """FastAPI dependency. Raises: TooManyCalls."""
    limiter: RateLimit = request.app.state.rate_limit
    await limiter.check(request)


async def api_key_checked(request: Request) -> None:
    """FastAPI dependency: the API key, where one is set. Raises: ApiKeyRequired."""
    settings: Settings = request.app.state.settings
    if settings.api_key is None:
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode(), settings.api_key.encode())
    if scheme.lower() != "bearer" or not same:
        raise ApiKeyRequired


def check_same_origin(request: Request) -> None:
    """A form that changes something comes from our own page. Raises: OtherOrigin.

    `Sec-Fetch-Site` decides where the browser sends it (`Origin` is then `null`, by our own Referrer-Policy); else
    `Origin` must be ours. Programs send neither, and have no cookies.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise OtherOrigin
        return
    origin = request.headers.get("origin")
    settings: Settings = request.app.state.settings
    if origin is not None and origin not in {settings.origin, f"{request.url.scheme}://{request.headers.get('host')}"}:
        raise OtherOrigin
