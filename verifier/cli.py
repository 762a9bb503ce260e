"""`skillspas-verifier`: run the service, verify a file, look at and make trust registers.

Only small things are imported here; each command imports what it needs, so that `--help` is fast.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passport.terminal import ExitCode, Terminal, WrongUse, run
from verifier import trust_commands
from verifier.environment import environment_settings

if TYPE_CHECKING:
    from verifier.settings import Settings

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(trust_commands.app, name="trust")

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR")]
BaseUrl = Annotated[str | None, typer.Option("--base-url", metavar="URL")]
Name = Annotated[str | None, typer.Option("--name", metavar="NAME")]
TrustPlace = Annotated[str | None, typer.Option("--trust", metavar="FILE_OR_URL")]
TrustKey = Annotated[Path | None, typer.Option("--trust-key", metavar="FILE")]
Loopback = Annotated[bool, typer.Option("--allow-loopback-http")]


class PortUnavailable(WrongUse):
    """The address or port to listen on cannot be had."""

    code = "verifier_port"


@app.command()
def serve(
    ctx: typer.Context,
    *,
    host: Annotated[str, typer.Option("--host", metavar="HOST")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535)] = 8002,
    base_url: BaseUrl = None,
    data: Data = None,
    database: Annotated[str | None, typer.Option("--database", metavar="URL")] = None,
    trust: TrustPlace = None,
    trust_key: TrustKey = None,
    catalogue: Annotated[Path | None, typer.Option("--catalogue", metavar="DIR")] = None,
    name: Name = None,
    purpose: Annotated[str | None, typer.Option("--purpose", metavar="TEXT")] = None,
    api_key: Annotated[str | None, typer.Option("--api-key", metavar="KEY")] = None,
    rate_limit: Annotated[str | None, typer.Option("--rate-limit", metavar="N/minute")] = None,
    allow_loopback_http: Loopback = False,
) -> int:
    import socket

    import uvicorn

    from verifier import logs
    from verifier.app import create_app

    terminal: Terminal = ctx.obj
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise PortUnavailable(str(error), host=host, port=port, reason=error) from None
    bound = listener.getsockname()[1]
    shown_host = f"[{host}]" if ":" in host else host
    settings = environment_settings(
        terminal,
        base_url=base_url,
        data=data,
        database=database,
        trust=trust,
        trust_key=trust_key,
        catalogue=catalogue,
        name=name,
        purpose=purpose,
        api_key=api_key,
        rate_limit=rate_limit,
        allow_loopback_http=allow_loopback_http,
    )
    if base_url is None and not terminal.environ.get("SKILLSPAS_VERIFIER_BASE_URL"):
        settings = _with_base_url(settings, f"http://{shown_host}:{bound}")
    logs.configure(as_json=not sys.stderr.isatty())
    _check_start(settings)
    terminal.say("verifier.cli.serving", url=settings.base_url)
    if settings.trust is None:
        terminal.say("verifier.cli.no_trust")
    if settings.allow_loopback_http:
        terminal.say("verifier.cli.development")
    elif settings.base_url.startswith("http://"):
        terminal.say("verifier.cli.plain_http")
    config = uvicorn.Config(
        create_app(settings),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    return ExitCode.DONE if server.started else ExitCode.WRONG_USE


def _with_base_url(settings: Settings, base_url: str) -> Settings:
    from dataclasses import replace

    return replace(settings, base_url=base_url)


def _check_start(settings: Settings) -> None:
    """Find what is wrong before the server starts, so that it is told in words. Raises: Misconfigured, Malformed."""
    import asyncio

    from passport.network import Fetcher, now
    from passport.stacking.catalogue import load_catalogue
    from verifier.certificates import load_or_create
    from verifier.database import migrate
    from verifier.security import RateLimit
    from verifier.trust import MEMORY_FILE, TrustSource

    RateLimit(settings.rate_limit)
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    load_or_create(settings.data, name=settings.name, base_url=settings.base_url, at=now())
    load_catalogue(settings.catalogue)
    memory = settings.data / MEMORY_FILE
    trust = TrustSource(settings.trust, key_file=settings.trust_key, fetcher=Fetcher(), memory=memory)
    if settings.trust is None or "://" not in settings.trust:
        asyncio.run(trust.start(now()))
    migrate(settings.database_url)


@app.command()
def verify(
    ctx: typer.Context,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    trust: TrustPlace = None,
    trust_key: TrustKey = None,
    nonce: Annotated[str | None, typer.Option("--nonce", metavar="TEXT")] = None,
    audience: Annotated[str | None, typer.Option("--audience", metavar="CLIENT_ID")] = None,
    allow_loopback_http: Loopback = False,
) -> int:
    import asyncio

    from verifier.verify_command import read_credential, show_report, verify_text

    terminal: Terminal = ctx.obj
    if (nonce is None) != (audience is None):
        raise WrongUse(reason=terminal.words("verifier.cli.both"), help="skillspas-verifier verify --help")
    text = read_credential(file)
    settings = environment_settings(terminal, trust=trust, trust_key=trust_key, allow_loopback_http=allow_loopback_http)
    report = asyncio.run(verify_text(settings, text, nonce=nonce, audience=audience))
    return show_report(terminal, report)


@app.command()
def replay(
    ctx: typer.Context,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    presentations: Annotated[Path | None, typer.Option("--presentations", metavar="FILE")] = None,
    today: Annotated[bool, typer.Option("--today")] = False,
    catalogue: Annotated[Path | None, typer.Option("--catalogue", metavar="DIR")] = None,
    trust: TrustPlace = None,
    trust_key: TrustKey = None,
    allow_loopback_http: Loopback = False,
) -> int:
    import asyncio

    from verifier.replay_command import read_package, repeat, show_replay

    terminal: Terminal = ctx.obj
    package = read_package(file, presentations)
    settings = environment_settings(
        terminal, trust=trust, trust_key=trust_key, catalogue=catalogue, allow_loopback_http=allow_loopback_http
    )
    return show_replay(terminal, asyncio.run(repeat(settings, package, today=today)))


@app.command("trust-entry")
def trust_entry(ctx: typer.Context, data: Data = None, base_url: BaseUrl = None, name: Name = None) -> int:
    from passport.network import now
    from verifier.certificates import load_or_create

    terminal: Terminal = ctx.obj
    settings = environment_settings(terminal, data=data, base_url=base_url, name=name)
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    certificate = load_or_create(settings.data, name=settings.name, base_url=settings.base_url, at=now())
    if name is None:
        named = "name_of_setting" if terminal.environ.get("SKILLSPAS_VERIFIER_NAME") else "name_missing"
        terminal.say(f"verifier.cli.{named}", name=settings.name)
    terminal.data(
        {
            "id": settings.base_url,
            "kind": "verifier",
            "name": {"nl": settings.name, "en": settings.name},
            "identifiers": {},
            "keys": {"mechanism": "x5c", "anchors": [certificate.anchor_pem]},
            "accreditations": [],
        }
    )
    return ExitCode.DONE


def main() -> None:
    """The command's entry point."""
    sys.exit(run(app, area="verifier.cli", prog="skillspas-verifier", argv=sys.argv[1:], environ=os.environ))


if __name__ == "__main__":
    main()
