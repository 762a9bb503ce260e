"""Drive the node scripts of this folder: a command as JSON in, an answer as JSON out. Nothing here is ours but the pipe."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import httpx

_HERE = Path(__file__).parent
_TIMEOUT = 90


class ForeignRefusal(Exception):
    """The foreign library refused; `error` is what it said (name, message, and the HTTP answer where there was one)."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(json.dumps(error))
        self.error = error


def call(script: str, command: str, **given: Any) -> dict[str, Any]:
    """Run one command of `wallet` or `sd_jwt` and return its answer. Raises: ForeignRefusal."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        ["node", f"{script}.mjs"],
        input=json.dumps({"command": command, **given}),
        capture_output=True,
        text=True,
        cwd=_HERE,
        env=environment,
        timeout=_TIMEOUT,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"node {script}.mjs ended with {done.returncode}: {done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout)
    if not answer.pop("ok"):
        raise ForeignRefusal(answer["error"])
    return answer


def wallet(command: str, **given: Any) -> dict[str, Any]:
    """The wallet of @openid4vc: receive, resolve, answer, decline."""
    return call("wallet", command, **given)


def sd_jwt(command: str, **given: Any) -> dict[str, Any]:
    """SD-JWT VC of @sd-jwt: issue, verify, present, type_metadata, new_key."""
    return call("sd_jwt", command, **given)


class Desk:
    """A counter that is not ours (`desk.mjs`): issuer and verifier of @openid4vc, while the block lasts."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None
        self.base = self.issuer = self.offer = self.request = ""

    def __enter__(self) -> Desk:
        self._process = subprocess.Popen(
            ["node", "desk.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_HERE, bufsize=1
        )
        self.tell(**self._settings)
        assert self._process.stdout is not None
        told = json.loads(self._process.stdout.readline())
        self.base, self.issuer, self.offer = told["base"], told["issuer"], told["offer"]
        self.request = told.get("request") or ""
        return self

    def tell(self, **more: Any) -> None:
        """Change settings, such as the status list once the port is known."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(more) + "\n")
        self._process.stdin.flush()

    def seen(self) -> dict[str, Any]:
        """What it got: `events` (notifications), `presented` (claims by query id), `problem` (its last refusal)."""
        answer: dict[str, Any] = httpx.get(f"{self.base}/seen", timeout=10, trust_env=False).json()
        return answer

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
