"""Drive the node scripts of this folder: a command as JSON in, an answer as JSON out. Nothing here is ours but the pipe."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

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
