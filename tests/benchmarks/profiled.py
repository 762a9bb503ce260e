"""A command of ours that can look at itself: SIGUSR1 begins, SIGUSR2 ends and writes the parts as JSON to a file.

Until it is asked it costs nothing, so the same process is measured first and looked at afterwards.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.sampling import Sampler, by_package
from tests.live import Service
from tests.paths import ROOT

_SCRIPT = """#!{python}
import sys
sys.path.insert(0, {root!r})
from tests.benchmarks.profiled import main
main({module!r}, {out!r})
"""


def main(module: str, out: str) -> None:
    """Run the command of a module, such as `verifier.cli`."""
    sampler = Sampler(by_package, wall=False)

    def begin(*_: Any) -> None:
        sampler.counts.clear()
        sampler.start()

    def end(*_: Any) -> None:
        sampler.stop()
        Path(out).write_text(json.dumps(sampler.parts()))

    signal.signal(signal.SIGUSR1, begin)
    signal.signal(signal.SIGUSR2, end)
    sys.exit(importlib.import_module(module).main())


def script(service: Service, module: str) -> str:
    """Write the command for one service; returns its path."""
    path = service.folder / f"{module}.run"
    text = _SCRIPT.format(python=sys.executable, root=str(ROOT), module=module, out=str(parts_file(service)))
    path.write_text(text)
    path.chmod(0o700)
    return str(path)


def parts_file(service: Service) -> Path:
    return service.folder / "parts.json"


class Looking:
    """The service of this pid looks at itself while the block lasts; then `parts` holds what it saw."""

    def __init__(self, service: Service, pid: int) -> None:
        self._file, self._pid = parts_file(service), pid
        self.parts: list[tuple[str, float]] = []

    def __enter__(self) -> Looking:
        os.kill(self._pid, signal.SIGUSR1)
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self._pid, signal.SIGUSR2)
        until = time.monotonic() + 10
        while not self._file.exists() and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.1)
        self.parts = [(name, share) for name, share in json.loads(self._file.read_text())]
