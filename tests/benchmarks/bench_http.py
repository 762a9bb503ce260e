"""P7 and P8: the services over HTTP on loopback: what their processes cost, and how long callers wait."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from passport.jose.keys import PrivateKey
from tests.benchmarks import fixture, no_database
from tests.benchmarks.figures import OURS, PEER, Bar, Row, Section, Table, interleave
from tests.benchmarks.load import load, memory_megabytes, quantile, server_cpu
from tests.benchmarks.profiled import Looking
from tests.benchmarks.services import Services, Wallets, credential_request, pid_of, services, verification_requests
from tests.live import clean_environment, free_port
from tests.paths import ROOT

ROUNDS = 9
CONNECTIONS = {1: 160, 16: 480, 64: 480}  # and how many requests a round
HELD = 12  # credentials that presentations are made of
ISSUED = 24  # credential requests a round: long enough for the 10 ms in which the kernel counts
WITHOUT = 400  # and of the endpoint without a database
RAW_TWO, RAW = "two raw verifications", "one raw signature"


def sections() -> list[Section]:
    with tempfile.TemporaryDirectory() as folder, services(Path(folder)) as running:
        wallets = Wallets(running.school)
        try:
            return [_verify(running, wallets), _issue(running, wallets)]
        finally:
            wallets.close()


# P7


def _held(running: Services, wallets: Wallets, key: PrivateKey) -> list[str]:
    port = running.issuer.port
    requests = [wallets.request(key, port=port) for _ in range(HELD)]
    return [json.loads(answer)["credentials"][0]["credential"] for answer in load(port, requests, connections=1)[1]]


def _verify(running: Services, wallets: Wallets) -> Section:
    key, port, pid = PrivateKey.generate(), running.verifier.port, pid_of(running.verifier)
    texts = _held(running, wallets, key)
    waits: dict[int, list[tuple[float, float]]] = {number: [] for number in CONNECTIONS}
    memory: dict[int, float] = {}

    def turn(connections: int) -> Callable[[], float]:
        def take() -> float:
            requests = verification_requests(texts, key, CONNECTIONS[connections], port=port)
            begin = server_cpu(pid)
            taken, answers = load(port, requests, connections=connections)
            cost = (server_cpu(pid) - begin) / len(requests)
            if not all(b'"verdict":"accepted"' in answer for answer in answers):
                raise AssertionError(answers[0][:2000])
            waits[connections].append((quantile(taken, 0.5), quantile(taken, 0.99)))
            memory[connections] = memory_megabytes(pid)
            return cost

        return take

    turn(16)()  # register, chain and status list are there, the code is warm
    waits[16].clear()
    turns = {str(number): turn(number) for number in CONNECTIONS}
    found = interleave({RAW_TWO: fixture.VERIFY_TWO}, baseline=RAW_TWO, outside=turns, rounds=ROUNDS)
    tails = {number: tuple(last / half for half, last in taken) for number, taken in waits.items()}
    with Looking(running.verifier, pid) as looking:
        for _ in range(4):
            turn(16)()
    unit = found[RAW_TWO].seconds
    rows = []
    for number in CONNECTIONS:
        half, last = (statistics.median(one[at] for one in waits[number]) for at in (0, 1))
        cost = statistics.median(found[str(number)].ratios)
        rows.append(
            (
                str(number),
                f"{cost:.2f}",
                f"{half / unit:.1f}",
                f"{last / unit:.1f}",
                f"{statistics.median(tails[number]):.2f}",
                f"{memory[number]:.0f} MB",
            )
        )
    return Section(
        key="P7",
        title="HTTP verify",
        method="`POST /api/v1/verifications` of new presentations with nonce and audience, on connections that stay "
        "open, each asking again at once; one worker. CPU of the server's process as the kernel counts it. Client and "
        "server share the two cores.",
        rows=[
            Row(
                name="P7 server CPU x two raw verifications, 16 connections",
                values=found["16"].ratios,
                must=4,
                goal=2.5,
                at_most=True,
                scale="{:.2f}",
            ),
            Row(name="P7 p99 / p50 at 16 connections", values=tails[16], must=4, goal=3, at_most=True, scale="{:.2f}"),
        ],
        bars=[
            Bar(
                label=f"server CPU, {number} connections", value=statistics.median(found[str(number)].ratios), kind=OURS
            )
            for number in CONNECTIONS
        ],
        unit="x two raw verifications (shorter is better)",
        must=4,
        goal=2.5,
        profile=looking.parts,
        tables=[
            Table(
                title="Growth, in units of two raw verifications",
                head=("connections", "server CPU", "p50", "p99", "p99 / p50", "server"),
                rows=tuple(rows),
            )
        ],
    )


# P8


@contextmanager
def _without_database() -> Iterator[tuple[int, int]]:
    """Port and pid of the credential endpoint without a database."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", no_database.__name__, str(port)], env=clean_environment(), cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                httpx.post(f"http://127.0.0.1:{port}/prepare", trust_env=False).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def _issue(running: Services, wallets: Wallets) -> Section:
    key, port, pid = PrivateKey.generate(), running.issuer.port, pid_of(running.issuer)

    def send(to: int, of: int, requests: list[bytes], connections: int) -> float:
        begin = server_cpu(of)
        load(to, requests, connections=connections)
        return (server_cpu(of) - begin) / len(requests)

    def ours(connections: int) -> Callable[[], float]:
        return lambda: send(port, pid, [wallets.request(key, port=port) for _ in range(ISSUED)], connections)

    with _without_database() as (bare_port, bare_pid), httpx.Client(trust_env=False) as client:
        base = f"http://127.0.0.1:{bare_port}"

        def bare() -> float:
            requests = []
            for _ in range(WITHOUT):
                told = client.post(f"{base}/prepare").json()
                issuer = f"{base}/o/school-a"
                requests.append(credential_request(key, issuer, told["token"], told["nonce"], port=bare_port))
            return send(bare_port, bare_pid, requests, 1)

        ours(1)(), bare()
        turns = {"ours": ours(1), "ours at 8": ours(8), "bare": bare}
        found = interleave({RAW: fixture.SIGN}, baseline=RAW, outside=turns, rounds=ROUNDS)
    requests = [wallets.request(key, port=port) for _ in range(ISSUED * 12)]
    with Looking(running.issuer, pid) as looking:
        load(port, requests, connections=4)
    ratio = tuple(mine / theirs for mine, theirs in zip(found["ours"].ratios, found["bare"].ratios, strict=True))
    at_eight = tuple(
        mine / theirs for mine, theirs in zip(found["ours at 8"].ratios, found["bare"].ratios, strict=True)
    )
    return Section(
        key="P8",
        title="HTTP issue",
        method="Server CPU of `POST …/credential` (access token, nonce and key proof; award, status index, audit; one "
        "commit, SQLite with synchronous=FULL) against `no_database.py`: the same request, key proof, credential and "
        "answer by the same functions behind FastAPI, with token and nonce in a dict.",
        rows=[
            Row(
                name="P8 credential endpoint x the same without a database",
                values=ratio,
                must=1.8,
                goal=1.4,
                at_most=True,
                scale="{:.2f}",
            ),
            Row(name="   the same at 8 connections", values=at_eight, at_most=True, scale="{:.2f}"),
            Row(
                name="   credential endpoint, in raw signatures",
                values=found["ours"].ratios,
                at_most=True,
                scale="{:.0f}",
            ),
            Row(
                name="   without a database, in raw signatures",
                values=found["bare"].ratios,
                at_most=True,
                scale="{:.0f}",
            ),
        ],
        bars=[
            Bar(label="credential endpoint, durable", value=statistics.median(ratio), kind=OURS),
            Bar(label="the same, 8 connections", value=statistics.median(at_eight), kind=OURS),
            Bar(label="without a database", value=1.0, kind=PEER),
        ],
        unit="x the same request without a database (shorter is better)",
        must=1.8,
        goal=1.4,
        profile=looking.parts,
        notes=[f"Largest memory of the issuer's process: {memory_megabytes(pid):.0f} MB."],
    )
