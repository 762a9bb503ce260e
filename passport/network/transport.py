"""The httpx transport that connects only to addresses that were checked.

The name is resolved here, each address is judged, and the connection goes to a judged address; so a name that
resolves differently a moment later gains nothing. TLS still names and checks the host of the URL.
Imported only when something is fetched: httpx costs start-up time.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpcore
import httpx

from passport.network.addresses import NetworkSettings, is_loopback_host, is_public
from passport.network.errors import AddressRefused, ConnectionFailed, NameNotFound

MAX_ADDRESSES_TRIED = 4
SECONDS_PER_ADDRESS = 3.0


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a name, in the system's order. Raises: NameNotFound."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NameNotFound("does not resolve", host=host) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections to public addresses; to loopback only for a loopback host with the switch on."""

    def __init__(self, settings: NetworkSettings) -> None:
        self._settings = settings
        self._backend = httpcore.AnyIOBackend()

    def _allowed(self, host: str, address: str) -> bool:
        if self._settings.allow_loopback_http and is_loopback_host(host):
            return is_loopback_host(address)
        return is_public(address)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the signature is httpcore's)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, judge, connect to a judged address. Raises: AddressRefused, NameNotFound, httpcore errors."""
        allowed = [address for address in await resolve(host, port) if self._allowed(host, address)]
        if not allowed:
            raise AddressRefused("leads to a special-purpose address only", host=host)
        if len(allowed) > 1 and timeout is not None:
            timeout = min(timeout, SECONDS_PER_ADDRESS)
        last: Exception = ConnectionFailed("no address", host=host)
        for address in allowed[:MAX_ADDRESSES_TRIED]:
            try:
                return await self._backend.connect_tcp(
                    address, port, timeout=timeout, local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 (the signature is httpcore's)
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Never: no socket file is part of the outside."""
        raise AddressRefused("a socket file", host=path)

    async def sleep(self, seconds: float) -> None:
        """Wait, for httpcore's retries (which are off)."""
        await self._backend.sleep(seconds)


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class GuardedTransport(httpx.AsyncBaseTransport):
    """Carries httpx requests over `GuardedBackend`; sends development hosts to their loopback port, Host kept."""

    def __init__(self, settings: NetworkSettings, *, tls: ssl.SSLContext) -> None:
        self._settings = settings
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=32,
            max_keepalive_connections=8,
            keepalive_expiry=15.0,
            network_backend=GuardedBackend(settings),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises: AddressRefused, NameNotFound, httpcore errors (`Fetcher` names them)."""
        url = request.url
        if (target := self._settings.dev_target(str(url))) is not None:
            url = url.copy_with(scheme="http", host=httpx.URL(target).host, port=httpx.URL(target).port)
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()
