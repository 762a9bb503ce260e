"""Structured logs on stderr. They never hold claims, tokens, codes or the ids of results."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from typing import Any

import structlog


class _CurrentStderr:
    """The stderr of the moment. One kept from the start may have been closed or replaced since, and then every log
    line would end a request with a 500."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure(*, as_json: bool) -> None:
    """Set up logging for the process: one line an event, JSON for machines or plain for a terminal."""
    logging.getLogger("uvicorn.error").addFilter(_without_traceback)
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(_CurrentStderr()),  # type: ignore[arg-type]  # only write and flush are used,
    )


def frames(error: BaseException) -> list[str]:
    """Where an error came from: files, lines and functions. Its message is left out: it may quote what came in."""
    found = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in found]


def _without_traceback(record: logging.LogRecord) -> bool:
    """The server prints the whole traceback of a defect, message included; `on_defect` says where it was."""
    record.exc_info = record.exc_text = None
    return True


class AccessLog:
    """ASGI middleware: one line a call, with the route (`/result/{id}`) and never the path, which may hold an id."""

    def __init__(self, app: Any, *, metrics: Any) -> None:
        self.app = app
        self.metrics = metrics
        self.log = structlog.get_logger("verifier.access")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watch(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            seconds = time.perf_counter() - started
            self.metrics.observe(method=scope["method"], route=route, status=status, seconds=seconds)
            self.log.info("call", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))
