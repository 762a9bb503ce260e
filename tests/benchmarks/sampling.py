"""Where the time goes: looks at the running frame again and again, and counts by part.

Time in compiled code (a signature, JSON) counts for the function of ours that called it.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.paths import ROOT

INTERVAL = 0.001
_OURS = ("passport", "issuer", "verifier", "wallet_cli")
_PACKAGES = "site-packages/"


def by_function(frame: FrameType) -> str:
    """The nearest function of ours, such as `passport.jose.keys: sign`."""
    at: FrameType | None = frame
    while at is not None:
        found = _ours(at)
        if found is not None and at.f_code.co_name not in {"<lambda>"}:
            return f"{found}: {_name(at)}"
        at = at.f_back
    return "the benchmark itself"


def _name(frame: FrameType) -> str:
    """Python 3.11 and later know the class too; a comprehension counts for its function."""
    return frame.f_code.co_qualname.partition(".<locals>")[0]


def by_package(frame: FrameType) -> str:
    """The package of the running frame: a room of ours, or the library's name."""
    at: FrameType | None = frame
    while at is not None:
        ours = _ours(at)
        if ours is not None:
            return ".".join(ours.split(".")[:2])
        _, found, rest = at.f_code.co_filename.partition(_PACKAGES)
        if found:
            return rest.split("/")[0].removesuffix(".py")
        at = at.f_back
    return "Python itself"


def _ours(frame: FrameType) -> str | None:
    name = frame.f_code.co_filename
    if not name.startswith(str(ROOT)) or _PACKAGES in name:
        return None
    path = Path(name).relative_to(ROOT)
    return ".".join(path.with_suffix("").parts) if path.parts[0] in _OURS else None


class Sampler:
    """Counts while its block lasts. Only in the main thread of a process.

    wall: by wall time, in finer steps than the kernel counts CPU; for work that never waits.
    """

    def __init__(self, part: Callable[[FrameType], str] = by_function, *, wall: bool = True) -> None:
        self.counts: Counter[str] = Counter()
        self._part = part
        self._signal = signal.SIGALRM if wall else signal.SIGPROF
        self._timer = signal.ITIMER_REAL if wall else signal.ITIMER_PROF

    def _look(self, _signal: int, frame: Any) -> None:
        if frame is not None:
            self.counts[self._part(frame)] += 1

    def start(self) -> None:
        signal.signal(self._signal, self._look)
        signal.setitimer(self._timer, INTERVAL, INTERVAL)

    def stop(self) -> None:
        signal.setitimer(self._timer, 0)
        signal.signal(self._signal, signal.SIG_IGN)

    def __enter__(self) -> Sampler:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def parts(self, most: int = 14) -> list[tuple[str, float]]:
        """The largest parts as shares, and the rest."""
        total = sum(self.counts.values()) or 1
        found = [(name, count / total) for name, count in self.counts.most_common(most)]
        rest = 1 - sum(part for _, part in found)
        return [*found, ("the rest", rest)] if rest > 0.005 else found


def profile(run: Callable[[Any], object], prepare: Callable[[], Any], *, runs: int) -> list[tuple[str, float]]:
    """Run so often on fresh input, and return the parts; what makes the input is not looked at."""
    inputs = [prepare() for _ in range(runs)]
    with Sampler() as sampler:
        for one in inputs:
            run(one)
    return sampler.parts()
