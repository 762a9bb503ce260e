"""P3 and P4: verifying a presentation, the cryptography and rules alone, and in full with register, status and schema."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from passport.credentials.formats.dc_sd_jwt import NEVER_DISCLOSABLE
from passport.jose.jws import check_signature
from passport.jose.keys import parse_jwk
from passport.jose.sd_jwt import check_key_binding, parse_sd_jwt
from passport.trust.register import TrustRegister
from passport.verification.materials import Materials
from passport.verification.policy import policy_for
from passport.verification.report import Report
from passport.verification.verify import Expected, verify
from tests.benchmarks import fixture, peers
from tests.benchmarks.figures import FLOOR, OURS, PEER, Row, Section, bars, interleave, share, times
from tests.benchmarks.harness import Contestant
from tests.benchmarks.node_peer import JS, JS_DOC, NodePeer
from tests.benchmarks.sampling import profile

RAW, OURS_CORE, OURS_FULL = "two raw verifications", "skillspas", "skillspas, in full"
MUST, GOAL = 0.55, 0.72
FULL_MUST, FULL_GOAL = 0.48, 0.65
EXPECTED = Expected(nonce=fixture.NONCE, audience=fixture.AUDIENCE)
POLICY = policy_for(require_holder_binding=True)


def verify_core(text: str) -> dict[str, Any]:
    """What the peers check: structure, issuer, Disclosures, times, key binding; duplicate members besides."""
    sd = parse_sd_jwt(text)
    if not check_signature(sd.jws, fixture.world().school.key.public_key):
        raise AssertionError("signature")
    claims = sd.process(never=NEVER_DISCLOSABLE).claims
    at: datetime = fixture.world().at
    if not claims["iat"] <= at.timestamp() < claims["exp"] or claims["vct"] != fixture.TYPE.vct:
        raise AssertionError("times or type")
    key = parse_jwk(claims["cnf"]["jwk"])
    problem = check_key_binding(sd, key=key, expected_nonce=fixture.NONCE, expected_audience=fixture.AUDIENCE, at=at)
    if problem is not None:
        raise AssertionError(problem)
    return claims


@cache
def _judges() -> tuple[Materials, TrustRegister]:
    return fixture.world().materials(), fixture.world().register()


def verify_full(text: str) -> Report:
    """The one verification: twelve checks, with a register by certificates and a status list that is there."""
    materials, register = _judges()
    return verify(text, materials, register, POLICY, expected=EXPECTED, at=fixture.world().at)


def full_presentation() -> str:
    """As the services issue it, with decoys and type integrity."""
    return fixture.present(fixture.issue())


def contestants() -> dict[str, Contestant]:
    assert verify_full(full_presentation()).verdict == "accepted"
    return {
        RAW: fixture.VERIFY_TWO,
        OURS_CORE: Contestant(run=verify_core, prepare=fixture.presentation),
        OURS_FULL: Contestant(run=verify_full, prepare=full_presentation),
    }


def section() -> Section:
    make = fixture.presentation
    with NodePeer() as node:
        notes = node.notes
        all_of_them = {**contestants(), **peers.openvc_verify(make), **peers.sd_jwt_verify(make)}
        del all_of_them[OURS_FULL]
        found = interleave(all_of_them, baseline=RAW, outside=node.turns("verify"))
    ours = found[OURS_CORE]
    rows = [
        Row(name="P3 verify, share of two raw verifications", values=share(ours), must=MUST, goal=GOAL),
        Row(name="P3 verify x openvc-core", values=times(ours, found[peers.OPENVC]), must=1.7, goal=2.3),
        Row(name="   verify x sd-jwt (no expiry check)", values=times(ours, found[peers.SD_JWT])),
    ]
    if JS in found:
        rows.append(Row(name="P3 verify x @sd-jwt/sd-jwt-vc", values=times(ours, found[JS]), must=3.0, goal=4.5))
    names = (peers.OPENVC, peers.OPENVC_DOC, peers.SD_JWT, peers.SD_JWT_DOC, JS, JS_DOC)
    return Section(
        key="P3",
        title="Verifying a presentation",
        method="`parse_sd_jwt`, `check_signature`, `process`, times and type, `parse_jwk` of cnf, `check_key_binding`, "
        "on a presentation of 15 Disclosures that is new in each run. The floor is two ES256 verifications.",
        rows=rows,
        bars=bars(found, [(RAW, FLOOR), (OURS_CORE, OURS), *((name, PEER) for name in names)]),
        must=MUST,
        goal=GOAL,
        profile=profile(verify_core, make, runs=4_000),
        notes=notes,
    )


def section_full() -> Section:
    found = interleave(contestants(), baseline=RAW)
    return Section(
        key="P4",
        title="Verifying in full",
        method="`verify`: the twelve checks on a new presentation with decoys; the issuer by x5c through the register "
        "(chain and anchors seen before), accreditation, a status list in memory, JSON Schema, type integrity.",
        rows=[
            Row(
                name="P4 full verification, share of two raw verifications",
                values=share(found[OURS_FULL]),
                must=FULL_MUST,
                goal=FULL_GOAL,
            ),
            Row(name="   x the time of P3 alone", values=times(found[OURS_CORE], found[OURS_FULL]), at_most=True),
        ],
        bars=bars(found, [(RAW, FLOOR), (OURS_FULL, OURS), (OURS_CORE, OURS)]),
        must=FULL_MUST,
        goal=FULL_GOAL,
        profile=profile(verify_full, full_presentation, runs=4_000),
    )
