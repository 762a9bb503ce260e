"""`serve` and `migrate`."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING, Any

from issuer.rate_limits import Limiter
from issuer.settings import RateLimits, Settings
from passport.terminal import ExitCode, Terminal, WrongUse

if TYPE_CHECKING:
    from fastapi import FastAPI

    from issuer.commands.session import Session

_STATUS_TTL = "SKILLSPAS_ISSUER_STATUS_TTL"


class PortInUse(WrongUse):
    """Something else listens there already. Params: `host`, `port`."""

    code = "port_in_use"


class SettingInvalid(WrongUse):
    """A setting of the environment that cannot be. Params: `setting`."""

    code = "setting_invalid"


def _more(given: Session, status_ttl: int | None) -> dict[str, Any]:
    """The settings of a running service: `SKILLSPAS_ISSUER_STATUS_TTL` and `…_RATE_TOKEN`, `_PUBLIC`, `_API`."""
    named = given.setting("STATUS_TTL") or "300"
    if not named.isdigit() or not 1 <= int(named) <= 86_400:
        raise SettingInvalid(setting=_STATUS_TTL)
    rates = {kind: given.setting(f"RATE_{kind.upper()}") for kind in ("token", "public", "api")}
    chosen = RateLimits(**{kind: rate for kind, rate in rates.items() if rate})
    try:
        Limiter(chosen)
    except ValueError as error:
        raise SettingInvalid(setting="SKILLSPAS_ISSUER_RATE_…") from error
    return {"status_ttl": status_ttl or int(named), "rate_limits": chosen}


def _require_free(host: str, port: int) -> None:
    """Say plainly when the port is taken, before anything starts. Raises: PortInUse."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortInUse(host=host, port=port) from error


def serve(given: Session, *, host: str, port: int, workers: int, status_ttl: int | None) -> int:
    """Run the service until it is stopped. The schema is brought up to date first, once, whatever the workers."""
    import uvicorn

    shown_host = f"[{host}]" if ":" in host else host
    settings = given.settings(needs_base_url=True, local_url=f"http://{shown_host}:{port}", **_more(given, status_ttl))
    _require_free(host, port)
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
        _STATUS_TTL: str(settings.status_ttl),
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
    from issuer.app import make_ready, open_context
    from issuer.migrations import upgrade

    async def run() -> None:
        context = open_context(settings)
        try:
            if upgrade_always:
                await upgrade(context.database)
            await make_ready(context)
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
