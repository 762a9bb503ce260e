"""One client for everything that is fetched or sent: bounded in size, time and redirects.

It keeps no cookies, uses no proxy from the environment and sends nothing that tells who asks. asyncio and httpx are
imported when something is fetched, so that a command that fetches nothing starts quickly.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode, urljoin, urlsplit

from passport.network.addresses import NetworkSettings, check_url
from passport.network.errors import ConnectionFailed, HttpStatus, InvalidUrl, RedirectRefused, TimedOut, TooLarge

if TYPE_CHECKING:
    import httpx

MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def now() -> datetime:
    """Return the time, aware, in UTC. The only clock of `passport`; everything pure takes it as `at`."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer as it came: nothing about it has been checked but its size.

    url: the URL that was asked in the end. status: of a `get` always 2xx. headers: names in lower case.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters; empty when not told."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Fetcher:
    """Fetches and posts, for one event loop. Use as `async with Fetcher(settings) as fetcher`.

    Every method raises subclasses of `Unreachable`, and nothing else, for what happens outside.
    """

    def __init__(self, settings: NetworkSettings | None = None) -> None:
        self.settings = settings or NetworkSettings()
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections; a later call opens them anew."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def get(
        self, url: str, *, accept: str = "*/*", max_bytes: int | None = None, max_redirects: int = MAX_REDIRECTS
    ) -> Fetched:
        """Return the answer of a GET, after at most `max_redirects` redirects, each judged like the first URL.

        Raises: Unreachable subclasses; HttpStatus for anything but 2xx.
        Source: SD-JWT VC §7.1, §7.2; OpenID4VP §14.8 (there: no redirects).
        """
        import asyncio

        try:
            async with asyncio.timeout(self.settings.timeout):
                return await self._get(url, accept=accept, max_bytes=max_bytes, max_redirects=max_redirects)
        except TimeoutError as error:
            raise TimedOut("took too long", host=_host(url)) from error

    async def post_form(
        self,
        url: str,
        form: Mapping[str, str],
        *,
        accept: str = "application/json",
        headers: Mapping[str, str] | None = None,
        max_bytes: int | None = None,
    ) -> Fetched:
        """POST a form and return the answer, whatever its status: OAuth refusals have a body. No redirects."""
        sent = {"content-type": "application/x-www-form-urlencoded", **(headers or {})}
        return await self._post(url, urlencode(form).encode(), sent, accept=accept, max_bytes=max_bytes)

    async def post_json(
        self,
        url: str,
        value: object,
        *,
        accept: str = "application/json",
        headers: Mapping[str, str] | None = None,
        max_bytes: int | None = None,
    ) -> Fetched:
        """POST a JSON body and return the answer, whatever its status. No redirects."""
        from passport.jose.encoding import encode_json

        sent = {"content-type": "application/json", **(headers or {})}
        return await self._post(url, encode_json(value), sent, accept=accept, max_bytes=max_bytes)

    async def _get(self, url: str, *, accept: str, max_bytes: int | None, max_redirects: int) -> Fetched:
        for hop in range(max_redirects + 1):
            answer = await self._send("GET", url, {"accept": accept}, None, max_bytes)
            if answer.status not in _REDIRECTS:
                break
            if hop == max_redirects or not (location := answer.headers.get("location")):
                raise RedirectRefused("too many redirects, or one to nowhere", host=_host(url))
            target = _join(url, location)
            if urlsplit(url).scheme.lower() == "https" and urlsplit(target).scheme.lower() != "https":
                raise RedirectRefused("from https to something else", host=_host(url))
            url = target
        if not 200 <= answer.status < 300:
            raise HttpStatus("not 2xx", status=answer.status, host=_host(url))
        return answer

    async def _post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, accept: str, max_bytes: int | None
    ) -> Fetched:
        import asyncio

        try:
            async with asyncio.timeout(self.settings.timeout):
                answer = await self._send("POST", url, {**headers, "accept": accept}, body, max_bytes)
        except TimeoutError as error:
            raise TimedOut("took too long", host=_host(url)) from error
        if 300 <= answer.status < 400:
            raise RedirectRefused("a POST is not sent on", host=_host(url))
        return answer

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, max_bytes: int | None
    ) -> Fetched:
        import httpcore
        import httpx

        check_url(url, self.settings)
        limit = self.settings.max_bytes if max_bytes is None else max_bytes
        try:
            async with self._open().stream(method, url, headers=dict(headers), content=body) as answer:
                received = {name.lower(): value for name, value in answer.headers.items()}
                content = b"" if answer.status_code in _REDIRECTS else await _read(answer, limit=limit, host=_host(url))
                return Fetched(url=url, status=answer.status_code, headers=received, body=content, fetched_at=now())
        except (httpx.InvalidURL, UnicodeError) as error:
            raise InvalidUrl("no URL", host=_host(url)) from error
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise TimedOut("took too long", host=_host(url)) from error
        except (
            httpx.HTTPError,
            httpx.StreamError,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            OSError,
        ) as error:
            raise ConnectionFailed(type(error).__name__, host=_host(url)) from error

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            from http.cookiejar import CookieJar, DefaultCookiePolicy

            import httpx

            from passport.network.transport import GuardedTransport

            self._client = httpx.AsyncClient(
                transport=GuardedTransport(self.settings, tls=httpx.create_ssl_context()),
                headers={"user-agent": self.settings.user_agent, "accept-encoding": "identity"},
                cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
                timeout=self.settings.timeout,
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


async def _read(answer: httpx.Response, *, limit: int, host: str) -> bytes:
    """Return the body, unpacked when it came as gzip; never more than `limit` bytes in memory. Raises: TooLarge."""
    packed = answer.headers.get("content-encoding", "identity").strip().lower()
    if packed not in ("identity", "gzip", ""):
        raise ConnectionFailed("an encoding that was not asked for", host=host)
    content = bytearray()
    async for part in answer.aiter_raw():
        content += part
        if len(content) > limit:
            raise TooLarge("more than may be read", host=host, limit=limit)
    if packed != "gzip":
        return bytes(content)
    try:
        unpacked = zlib.decompressobj(31).decompress(bytes(content), limit + 1)
    except zlib.error as error:
        raise ConnectionFailed("not gzip", host=host) from error
    if len(unpacked) > limit:
        raise TooLarge("more than may be read", host=host, limit=limit)
    return unpacked


def _join(url: str, location: str) -> str:
    try:
        return urljoin(url, location).partition("#")[0]
    except ValueError as error:
        raise InvalidUrl("a redirect to no URL", host=_host(url)) from error


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
