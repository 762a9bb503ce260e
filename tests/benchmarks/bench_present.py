"""P2: presenting with key binding, against one raw signature and against the peers."""

from __future__ import annotations

from typing import Any

from passport.jose.sd_jwt import create_key_binding
from tests.benchmarks import fixture, peers
from tests.benchmarks.figures import FLOOR, OURS, PEER, Row, Section, bars, interleave, share, times
from tests.benchmarks.harness import Contestant
from tests.benchmarks.node_peer import JS, JS_DOC, NodePeer
from tests.benchmarks.sampling import profile

RAW = "one raw signature"
BIND, SELECT = "skillspas, bind all", "skillspas, select 15 and bind"
MUST, GOAL = 0.75, 0.90


def bind(text: str) -> str:
    """Bind all that the holder has to this transaction: what openvc-core does."""
    return create_key_binding(
        text,
        signer=fixture.holder(),
        nonce=fixture.NONCE,
        audience=fixture.AUDIENCE,
        at=fixture.world().at,
    )


def contestants() -> dict[str, Contestant]:
    made: dict[str, Contestant] = {
        RAW: fixture.SIGN_SHORT,
        BIND: Contestant(run=bind, prepare=fixture.issue_core),
        SELECT: Contestant(run=fixture.present, prepare=fixture.issue_core),
    }
    return made


def section() -> Section:
    with NodePeer() as node:
        notes = node.notes
        all_of_them = {**contestants(), **peers.openvc_present(), **peers.sd_jwt_present()}
        found = interleave(all_of_them, baseline=RAW, outside=node.turns("present"))
    rows: list[Any] = [
        Row(
            name="P2 present with key binding, share of a raw signature",
            values=share(found[BIND]),
            must=MUST,
            goal=GOAL,
        ),
        Row(name="   x openvc-core, which binds all too", values=times(found[BIND], found[peers.OPENVC])),
        Row(name="   selecting by paths first, share", values=share(found[SELECT])),
        Row(name="   selecting x sd-jwt, which selects too", values=times(found[SELECT], found[peers.SD_JWT])),
    ]
    if JS in found:
        rows.append(Row(name="   selecting x @sd-jwt/sd-jwt-vc", values=times(found[SELECT], found[JS])))
    names = (peers.OPENVC, peers.SD_JWT, JS, JS_DOC)
    return Section(
        key="P2",
        title="Presenting with key binding",
        method="`create_key_binding` over an SD-JWT with 15 Disclosures. Selecting (`present` of the credential format) "
        "reads and checks the whole credential first; openvc-core cannot select. The floor is one ES256 signature.",
        rows=rows,
        bars=bars(found, [(RAW, FLOOR), (BIND, OURS), (SELECT, OURS), *((name, PEER) for name in names)]),
        must=MUST,
        goal=GOAL,
        profile=profile(bind, fixture.issue_core, runs=10_000),
        notes=notes,
    )
