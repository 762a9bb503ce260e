"""Structured logs on stderr. What may stand in them is listed here: anything else is dropped.

No log line holds a claim, key, code, token, link or body: requests are named by their route, never by their address.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

ALLOWED: Final = frozenset(
    {
        "event", "level", "timestamp", "method", "route", "status", "ms", "code", "error", "frames", "host", "port",
        "organisations", "removed", "sent", "base_url", "workers",
    }
)  # fmt: skip


def _only_allowed(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: value for name, value in event.items() if name in ALLOWED}


def get_logger() -> Any:
    """A logger whose fields are limited to `ALLOWED`."""
    return structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def frames(error: BaseException) -> list[str]:
    """Where an error came from: files, lines and functions. Its message is left out: it may quote what came in."""
    found = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in found]


def quiet_others() -> None:
    """uvicorn's own lines hold addresses; keep its warnings only, and nothing of the access log."""
    logging.getLogger("uvicorn.access").handlers.clear()
    logging.getLogger("uvicorn.access").propagate = False
    logging.getLogger("sqlalchemy").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
