"""@sd-jwt/sd-jwt-vc in Node.js: one process that takes its turns when asked, and tells the CPU time of each."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks import fixture
from tests.benchmarks.fixture import AUDIENCE, NONCE
from tests.benchmarks.peers import HIDDEN
from tests.paths import ROOT

JS, JS_DOC = "@sd-jwt/sd-jwt-vc, synchronous node:crypto", "@sd-jwt/sd-jwt-vc, as documented"
_SCRIPT = Path(__file__).with_name("node_peer.mjs")
_MODULES = ROOT / "tests" / "interop" / "node_modules" / "@sd-jwt" / "sd-jwt-vc"
_WAYS = {JS: "fast", JS_DOC: "documented"}


class NodePeer:
    """While its block lasts. Where Node.js or its packages are absent it has no turns, and `notes` says so."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self.notes: list[str] = []

    def __enter__(self) -> NodePeer:
        if shutil.which("node") is None or not _MODULES.exists():
            self.notes.append("@sd-jwt/sd-jwt-vc was not measured: Node.js or tests/interop/node_modules is absent.")
            return self
        self.notes.append(
            "@sd-jwt/sd-jwt-vc is compared by CPU time of its own process, in the same rounds; its credential has no "
            "status claim, since it would fetch and verify the list."
        )
        self._process = subprocess.Popen(["node", _SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        envelope = {name: value for name, value in fixture.envelope().items() if name != "status"}
        self._ask(
            claims={**envelope, **fixture.claims()},
            frame={"_sd": list(HIDDEN), "kwalificatie": {"_sd": ["niveau"]}, "units": {"_sd": list(range(9))}},
            show=dict.fromkeys(HIDDEN, True)
            | {"kwalificatie": {"niveau": True}, "units": {str(at): True for at in range(9)}},
            issuer=dict(fixture.world().school.key.to_private_jwk()),
            holder=dict(fixture.holder().to_private_jwk()),
            nonce=NONCE,
            audience=AUDIENCE,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(timeout=20)

    def _ask(self, **asked: Any) -> dict[str, Any]:
        assert self._process is not None and self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def turns(self, what: str) -> dict[str, Callable[[], float]]:
        """The turns of `issue`, `present` or `verify`, for `interleave`."""
        if self._process is None:
            return {}
        return {name: self._turn(what, way) for name, way in _WAYS.items()}

    def _turn(self, what: str, way: str) -> Callable[[], float]:
        return lambda: float(self._ask(what=what, way=way)["seconds"])
