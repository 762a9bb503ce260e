"""P1: issuing, against one raw signature and against the peers; and how issuing grows."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.benchmarks import fixture, growth_issue, peers
from tests.benchmarks.figures import FLOOR, OURS, PEER, Row, Section, Table, bars, interleave, share, times
from tests.benchmarks.harness import Contestant
from tests.benchmarks.node_peer import JS, JS_DOC, NodePeer
from tests.benchmarks.sampling import profile
from tests.paths import ROOT

OURS_CORE, OURS_FORM, RAW = "skillspas", "skillspas, by the format, with decoys", "one raw signature"
MUST, GOAL = 0.40, 0.60


def section() -> Section:
    found_in_node = ["not run"]
    contestants = {
        RAW: fixture.SIGN,
        OURS_CORE: Contestant(run=fixture.issue_core),
        OURS_FORM: Contestant(run=fixture.issue),
        **peers.openvc_issue(),
        **peers.sd_jwt_issue(),
    }
    with NodePeer() as node:
        found_in_node = node.notes
        found = interleave(contestants, baseline=RAW, outside=node.turns("issue"))
    ours = found[OURS_CORE]
    rows = [
        Row(name="P1 issue, share of one raw signature", values=share(ours), must=MUST, goal=GOAL),
        Row(name="P1 issue x openvc-core", values=times(ours, found[peers.OPENVC]), must=2.5, goal=3.8),
        Row(name="P1 issue x sd-jwt", values=times(ours, found[peers.SD_JWT]), must=4.5, goal=6.5),
        Row(name="   by the credential format, with 8 decoys, share", values=share(found[OURS_FORM])),
    ]
    if JS in found:
        rows.append(Row(name="   x @sd-jwt/sd-jwt-vc, its fastest way", values=times(ours, found[JS])))
    names = (peers.OPENVC, peers.OPENVC_DOC, peers.SD_JWT, peers.SD_JWT_DOC, JS, JS_DOC)
    return Section(
        key="P1",
        title="Issuing an SD-JWT VC",
        method="`create_sd_jwt` with 15 Disclosures (ten nested), cnf, exp and a status index; one writer kept, as the "
        "services keep it. The floor is one ES256 signature over 2,000 bytes. Peers: fifteen Disclosures, no decoys.",
        rows=rows,
        bars=bars(found, [(RAW, FLOOR), (OURS_CORE, OURS), (OURS_FORM, OURS), *((name, PEER) for name in names)]),
        must=MUST,
        goal=GOAL,
        profile=profile(fixture.issue_core, lambda: None, runs=15_000),
        tables=[_growth()],
        notes=found_in_node,
    )


def _growth() -> Table:
    rows = []
    for number, processes in ((1_000, 1), (10_000, 1), (100_000, 1), (100_000, 2)):
        done = subprocess.run(
            [sys.executable, "-m", growth_issue.__name__, str(number), str(processes)],
            capture_output=True, text=True, check=True, timeout=120, cwd=ROOT,
        )  # fmt: skip
        one = json.loads(done.stdout)
        rows.append(
            (f"{number:,}", str(processes), f"{one['cpu']:.2f}", f"{one['wall']:.2f}", f"{one['megabytes']:.0f} MB")
        )
    return Table(
        title="Growth: credentials by the format, with decoys, not kept; in units of their pure signatures",
        head=("credentials", "processes", "CPU x signatures", "wall x signatures on one core", "largest process"),
        rows=tuple(rows),
    )
