"""A small closed-loop client for loopback, and the CPU that a server's process took.

Each connection asks again as soon as it has its answer. Numbers are bounded by the caller; only 127.0.0.1 is reached.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def server_cpu(pid: int) -> float:
    """CPU seconds of a process so far, in ticks of the kernel (10 ms); threads that have ended count too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory_megabytes(pid: int) -> float:
    """The largest resident memory of a process so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(("VmHWM:", "VmRSS:")):
            return int(line.split()[1]) / 1024
    return 0.0


def post(path: str, body: bytes, *, port: int, **headers: str) -> bytes:
    """A request on a connection that stays open."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise AssertionError(head[:300])
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return await reader.readexactly(int(length.partition(b":")[2]))


async def _loop(port: int, waiting: list[bytes], taken: list[float], answers: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while waiting:
            request = waiting.pop()
            begin = time.perf_counter()
            answer = await _ask(reader, writer, request)
            taken.append(time.perf_counter() - begin)
            answers.append(answer)
    finally:
        writer.close()


def load(port: int, requests: Sequence[bytes], *, connections: int) -> tuple[list[float], list[bytes]]:
    """Ask all, over so many connections; returns the wall seconds of each and the answers, in order of arrival."""
    waiting, taken, answers = list(reversed(requests)), [], []

    async def everyone() -> None:
        async with asyncio.timeout(120), asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(_loop(port, waiting, taken, answers))

    asyncio.run(everyone())
    return taken, answers


def quantile(taken: Sequence[float], share: float) -> float:
    ordered = sorted(taken)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
