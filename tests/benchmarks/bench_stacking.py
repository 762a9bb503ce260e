"""P6 of shared/performance.md: stacking against the verification of the signatures of the same credentials.

What is measured begins where the facts are there (verification made them) and ends with the ranking of all
qualifications, or with the whole contract answers (units, nodes, reasons with text and basis, evidence, advice) for
the nearest 20 as well. Every run has facts of its own, so nothing that was worked out about them is there yet; what is
compiled once a catalogue is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from passport.stacking import stack_many
from passport.stacking.advise import smallest_sets
from passport.stacking.evaluate import evaluate_many
from passport.stacking.facts import Facts
from passport.stacking.rank import Ranking, rank
from passport.stacking.target import Target, read_target
from tests.benchmarks.harness import Contestant, Line, measure
from tests.benchmarks.stacking_fixture import (
    CREDENTIALS,
    CROWDED,
    DAY,
    LEVEL,
    SCHOOL,
    catalogue,
    certificate_qualification,
    fresh_facts,
    target,
)

NEAREST = 20
FOR_ADVICE = 750
_SIGNED = b"x" * 2_000  # about the size of what the issuer of a credential signs
_ALGORITHM = ec.ECDSA(hashes.SHA256())


@cache
def _signed() -> tuple[ec.EllipticCurvePublicKey, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.public_key(), key.sign(_SIGNED, _ALGORITHM)


def verify_all(_: Any) -> None:
    """The baseline: the raw signatures of 200 credentials."""
    key, signature = _signed()
    for _ in range(CREDENTIALS):
        key.verify(signature, _SIGNED, _ALGORITHM)


def ranking(facts: Facts) -> Ranking:
    return rank(catalogue(), facts, school=SCHOOL, at=date.fromisoformat(DAY))


def _targets(found: Ranking) -> Sequence[Target]:
    """Where the catalogue has no level, the call states one, as R1 asks."""
    asked = read_target(target(found.near[0].crebo))
    return [replace(asked, crebo=one.crebo, niveau=None if one.niveau else LEVEL) for one in found.near[:NEAREST]]


def answers(facts: Facts) -> list[dict[str, Any]]:
    """The ranking, and all that is to be said of the nearest."""
    return stack_many(catalogue=catalogue(), targets=_targets(ranking(facts)), facts=facts, lang="nl", what_if=False)


def findings(facts: Facts) -> list[Any]:
    """The ranking, and the same of the nearest before it is put into words."""
    return list(evaluate_many(catalogue(), facts, _targets(ranking(facts))))


def _advice(crebo: str, of: Any) -> Contestant:
    known = of()
    units = tuple(known.qualifications[crebo].units)
    return Contestant(run=lambda _: smallest_sets(known, crebo, units))


def run() -> list[Line]:
    """Measure, side by side."""
    found = measure(
        {
            "verify": Contestant(run=verify_all),
            "rank": Contestant(run=ranking, prepare=fresh_facts),
            "findings": Contestant(run=findings, prepare=fresh_facts),
            "answers": Contestant(run=answers, prepare=fresh_facts),
            "advice": _advice("25656", catalogue),
            "crowded": _advice(CROWDED, certificate_qualification),
        },
        baseline="verify",
    )
    bound = FOR_ADVICE / CREDENTIALS
    return [
        Line(name="P6 200 credentials x 500 qualifications", figure=found["rank"], must=0.05, goal=0.01),
        Line(name="P6 and whole answers for the nearest 20", figure=found["answers"], must=0.10, goal=0.03),
        Line(name="   (of which not yet in words: no must)", figure=found["findings"], must=1.0),
        Line(name="Exact advice, the certificates of 25656", figure=found["advice"], must=bound),
        Line(name="Exact advice, 40 certificates, 24 units", figure=found["crowded"], must=bound),
    ]
