"""What every test may need: tools that a bare machine lacks, and a running issuer and verifier."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.live import World

_HERE = Path(__file__).parent
_POSTGRES = Path("/usr/lib/postgresql")


@cache
def _node() -> bool:
    if shutil.which("node") is None or not (_HERE / "interop" / "node_modules" / "@openid4vc").is_dir():
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    return int(version.strip().removeprefix("v").partition(".")[0] or 0) >= 20


def _chromium() -> bool:
    if named := os.environ.get("SKILLSPAS_CHROMIUM"):
        return shutil.which(named) is not None
    return any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))


def _postgres() -> bool:
    return shutil.which("initdb") is not None or any(_POSTGRES.glob("*/bin/initdb"))


_TOOLS: dict[str, tuple[Callable[[], bool], str]] = {
    "node": (_node, "install Node.js 20 or newer (Debian: nodejs npm), then `cd tests/interop && npm ci`"),
    "browser": (_chromium, "install Chromium (Debian: chromium)"),
    "postgres": (_postgres, "install PostgreSQL (Debian: postgresql)"),
}


def require_tool(name: str) -> None:
    """Skip the test where a tool is absent, saying what to install; fail instead where SKILLSPAS_NO_SKIPS is set.

    name: node, browser or postgres. A test with the marker of that name gets this check by itself.
    """
    present, advice = _TOOLS[name]
    if present():
        return
    message = f"{name} is absent: {advice}"
    if os.environ.get("SKILLSPAS_NO_SKIPS"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for name in _TOOLS:
        if item.get_closest_marker(name) is not None:
            require_tool(name)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A running issuer and verifier with a school, a leerbedrijf, an EVC-aanbieder and their register: `tests.live`.

    One for the whole session: a test leaves it usable, and looks only at what it made itself.
    """
    from tests.live import world as running

    with running(tmp_path_factory.mktemp("world")) as made:
        yield made
