"""A verifier on a port of this machine, a wallet that answers it, and a real Chromium."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ecosystem import Ecosystem, Issued
from tests.services.verifier.conftest import Clock, Verifier
from verifier.app import create_app
from verifier.settings import Settings


def chromium() -> str | None:
    """Where Chromium is: `SKILLSPAS_CHROMIUM`, else the PATH."""
    named = os.environ.get("SKILLSPAS_CHROMIUM")
    return named or next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


class Site:
    """A verifier that a browser can reach, in the world of `tests.ecosystem`."""

    def __init__(self, world: Ecosystem, folder: Path, **settings: Any) -> None:
        import socket

        self.world = world
        self.clock = Clock(world.at)
        self.fetcher = world.fetcher()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        folder.mkdir(parents=True, exist_ok=True)
        register = folder / "register.json"
        register.write_bytes(world.register_bytes())
        settings = {"trust": str(register), "name": "Werkgever A", "rate_limit": None, **settings}
        self.settings = Settings(data=folder / "data", base_url=self.base, **settings)

    def __enter__(self) -> Site:
        import uvicorn

        app = create_app(self.settings, clock=self.clock, fetcher=self.fetcher)
        config = uvicorn.Config(app, log_level="error", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the verifier did not start"
            threading.Event().wait(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def answer(self, authorization_request: str, held: Issued, **cheat: Any) -> httpx.Response:
        """As a wallet: read the request behind a link and answer it with one credential."""

        async def whole() -> httpx.Response:
            from urllib.parse import parse_qs, urlsplit

            async with httpx.AsyncClient(base_url=self.base, trust_env=False) as http:
                wallet = Verifier(http, self.world, self.clock, None, self.fetcher, base=self.base)
                [uri] = parse_qs(urlsplit(authorization_request).query)["request_uri"]
                made: Mapping[str, Any] = {"authorization_request": authorization_request, "request_uri": uri}
                return await wallet.answer(made, held, **cheat)

        with ThreadPoolExecutor(1) as pool:  # Playwright has an event loop of its own in this thread
            return pool.submit(asyncio.run, whole()).result()


@pytest.fixture
def world() -> Ecosystem:
    return Ecosystem()


@pytest.fixture
def site(world: Ecosystem, tmp_path: Path) -> Iterator[Site]:
    with Site(world, tmp_path / "verifier") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium; it may reach this machine only."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium(), args=[*flags, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        )
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Any, site: Site) -> Iterator[Callable[..., Any]]:
    """Open a path of the site: `open_page("/", width=320)`. An error in the page's console fails the test."""
    contexts: list[Any] = []
    errors: list[str] = []

    def start(path: str = "/", *, width: int = 1100, height: int = 900, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="nl-NL", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(site.base + path)
        return page

    yield start
    for context in contexts:
        context.close()
    expected = ("404", "net::ERR_FAILED")  # a page that is not there; a connection that a test cut
    assert [error for error in errors if not any(one in error for one in expected)] == []
