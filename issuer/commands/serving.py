"""`serve` and `migrate`."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from issuer.settings import Settings
from passport.terminal import ExitCode, Terminal

if TYPE_CHECKING:
    from fastapi import FastAPI

    from issuer.commands.session import Session

_WORKER_SETTINGS = "SKILLSPAS_ISSUER_STATUS_TTL"


def _more(given: Session, status_ttl: int | None) -> dict[str, Any]:
    ttl = status_ttl or int(given.setting("STATUS_TTL") or 300)
    return {"status_ttl": ttl}


def serve(given: Session, *, host: str, port: int, workers: int, status_ttl: int | None) -> int:
    """Run the service until it is stopped. The schema is brought up to date first, once, whatever the workers."""
    import uvicorn

    shown_host = f"[{host}]" if ":" in host else host
    settings = given.settings(needs_base_url=True, local_url=f"http://{shown_host}:{port}", **_more(given, status_ttl))
    _prepare(settings)
    given.warn_of_loopback()
    given.terminal.say("issuer.says.serving", host=shown_host, port=port, base_url=settings.base_url)
    common: dict[str, Any] = {
        "host": host, "port": port, "access_log": False, "log_level": "warning", "server_header": False,
        "timeout_graceful_shutdown": 10,
    }  # fmt: skip
    if workers == 1:
        from issuer.app import create_app

        uvicorn.run(create_app(settings), **common)
        return ExitCode.DONE
    os.environ.update(_as_environment(settings))
    uvicorn.run("issuer.commands.serving:worker", factory=True, workers=workers, **common)
    return ExitCode.DONE


def _as_environment(settings: Settings) -> dict[str, str]:
    """The settings for worker processes, which are started afresh."""
    found = {
        "SKILLSPAS_ISSUER_DATA": str(settings.data),
        "SKILLSPAS_ISSUER_BASE_URL": settings.base_url,
        _WORKER_SETTINGS: str(settings.status_ttl),
        "SKILLSPAS_ALLOW_LOOPBACK_HTTP": "1" if settings.allow_loopback_http else "",
    }
    if settings.database:
        found["SKILLSPAS_ISSUER_DATABASE"] = settings.database
    if settings.master_key_file:
        found["SKILLSPAS_ISSUER_MASTER_KEY_FILE"] = str(settings.master_key_file)
    return found


def worker() -> FastAPI:
    """The application of one worker process: an entry point, so it reads the environment."""
    from issuer.app import create_app
    from issuer.commands.session import Session

    given = Session(Terminal(environ=os.environ))
    return create_app(given.settings(needs_base_url=True, **_more(given, None)))


def _prepare(settings: Settings, *, upgrade_always: bool = False) -> None:
    from issuer.app import open_context
    from issuer.migrations import ensure_schema, upgrade

    async def run() -> None:
        context = open_context(settings)
        try:
            await (upgrade if upgrade_always else ensure_schema)(context.database)
        finally:
            await context.database.close()

    asyncio.run(run())


def migrate(given: Session) -> int:
    """Bring the database to this version's schema."""
    _prepare(given.settings(), upgrade_always=True)
    given.terminal.say("issuer.says.migrated")
    if given.terminal.json:
        from issuer.migrations import HEAD

        given.terminal.data({"revision": HEAD})
    return ExitCode.DONE
