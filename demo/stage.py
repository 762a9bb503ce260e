"""What the story needs to be told: commands run and printed as a person types them, services that start and stop.

It knows nothing of the story itself (`story.py`), and nothing of the code under test: it only runs commands, speaks
HTTP and looks at what comes back.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

BIN = Path(sys.executable).parent
WIDTH = 100


class DidNotHold(AssertionError):
    """A step of the story did not go as told."""


def expect(condition: object, what: str) -> None:
    """Stop the story if a step does not hold."""
    if not condition:
        raise DidNotHold(what)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Stage:
    """Where the story plays: its folder, the pictures' folder and what is running."""

    data: Path
    pictures: Path
    environment: dict[str, str] = field(default_factory=dict)
    services: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def title(self, text: str) -> None:
        """A heading between steps."""
        print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)

    def say(self, text: str) -> None:
        """One line between commands."""
        print(f"   {text}", flush=True)

    def run(self, *words: str, code: int = 0, quiet: bool = False, show: int = 14, **env: str) -> str:
        """Run a command of ours, print it and its answer, and return what it wrote to stdout."""
        print(f"$ {shlex.join(words)}", flush=True)
        done = subprocess.run(  # noqa: S603
            [str(BIN / words[0]), *words[1:]],
            env={**os.environ, **self.environment, **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if not quiet:
            self._show(done.stderr + done.stdout, show)
        if done.returncode != code:
            self._show(done.stdout + done.stderr, 60)
            raise DidNotHold(f"{shlex.join(words[:3])} ended with {done.returncode}, not {code}")
        return done.stdout

    def ask(self, *words: str, code: int = 0, **env: str) -> Any:
        """Run a command with --json, quietly, and return its answer."""
        return json.loads(self.run(*words, "--json", code=code, quiet=True, **env))

    def start(self, *words: str, health: str) -> None:
        """Start a service and wait until it is ready."""
        print(f"$ {shlex.join(words)} &", flush=True)
        log = (self.data / f"{words[0]}.log").open("wb")
        service = subprocess.Popen(  # noqa: S603
            [str(BIN / words[0]), *words[1:]], env={**os.environ, **self.environment}, stdout=log, stderr=log
        )
        self.services.append(service)
        for _ in range(200):
            if service.poll() is not None:
                break
            try:
                if httpx.get(health, timeout=1).status_code == 200:
                    self.say(f"ready at {health.removesuffix('/readyz')}")
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise DidNotHold(f"{words[0]} did not start; see {log.name}")

    def stop(self) -> None:
        """Stop what was started."""
        for service in self.services:
            service.terminate()
        for service in self.services:
            try:
                service.wait(timeout=10)
            except subprocess.TimeoutExpired:
                service.kill()

    def picture(self, url: str, name: str) -> Path:
        """Fetch a picture and keep it."""
        answer = httpx.get(url, timeout=10)
        expect(answer.status_code == 200, f"{url} gives {answer.status_code}")
        path = self.pictures / name
        path.write_bytes(answer.content)
        return path

    @staticmethod
    def _show(text: str, limit: int) -> None:
        lines = text.rstrip().splitlines()
        for line in lines[:limit]:
            print(f"  {line[:WIDTH]}")
        if len(lines) > limit:
            print(f"  ... ({len(lines) - limit} more lines)")
        sys.stdout.flush()
