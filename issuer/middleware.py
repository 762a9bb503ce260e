"""Around every request: the body limit, security headers, one log line, figures. Plain ASGI."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from issuer.context import Context
from issuer.logs import frames, get_logger
from issuer.problems import MEDIA_TYPE, BodyTooLarge, BodyTooSlow, InternalProblem, Refused, problem_bytes
from passport.messages import DEFAULT_LANGUAGE

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (
        b"content-security-policy",
        b"default-src 'none'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
_HSTS = (b"strict-transport-security", b"max-age=31536000")


BODY_SECONDS = 20.0


class BodyLimit:
    """Reads a body whole before the application starts, up to a limit and in a limited time: nobody holds a
    transaction, or a connection for good, with a slow body.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, seconds: float = BODY_SECONDS) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self.seconds):
                body = await self._read(scope, receive)
        except TimeoutError:
            await _refuse(send, BodyTooSlow())
            return
        if body is None:
            await _refuse(send, BodyTooLarge(limit=self.max_bytes))
            return
        sent = False

        async def replay() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, replay, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        stated = dict(scope["headers"]).get(b"content-length", b"0")
        if not stated.isdigit() or int(stated[:20]) > self.max_bytes:
            return None
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return b"".join(chunks)
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > self.max_bytes:
                return None
            if not message.get("more_body"):
                return b"".join(chunks)


async def _refuse(send: Send, error: Refused) -> None:
    body = problem_bytes(error, status=error.status, lang=DEFAULT_LANGUAGE)
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Envelope:
    """Security headers, the log line and the figures of each answer."""

    def __init__(self, app: ASGIApp, *, context: Context) -> None:
        self.app = app
        self.context = context
        self.headers = (*_HEADERS, _HSTS) if context.settings.base_url.startswith("https:") else _HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status, begun = time.perf_counter(), 500, False

        async def enveloped(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                there = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in self.headers if pair[0] not in there)]
            await send(message)

        try:
            await self.app(scope, receive, enveloped)
        except Exception as error:
            # Not handed on: the server would log the message, and a message may quote what came in.
            get_logger().error("defect", error=type(error).__name__, frames=frames(error))
            if not begun:
                await _refuse(enveloped, InternalProblem())
        finally:
            self._note(scope, status=status, seconds=time.perf_counter() - started)

    def _note(self, scope: Scope, *, status: int, seconds: float) -> None:
        route: Any = getattr(scope.get("route"), "path", "-")
        metrics = self.context.metrics
        metrics.requests.labels(scope["method"], route, status).inc()
        metrics.seconds.labels(route).observe(seconds)
        get_logger().info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))
