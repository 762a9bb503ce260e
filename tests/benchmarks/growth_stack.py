"""Ranks 1, 20 and 200 credentials against so many qualifications, and says what it cost: `growth_stack NUMBER`."""

from __future__ import annotations

import json
import random
import statistics
import sys
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from passport.stacking import stack_many
from passport.stacking.catalogue import Catalogue, build_catalogue
from passport.stacking.facts import Facts
from passport.stacking.rank import rank
from passport.stacking.target import read_target
from passport.stacking.what_if import facts_from_what_if
from tests.benchmarks import fixture, stacking_fixture
from tests.benchmarks.figures import interleave, peak_megabytes
from tests.benchmarks.harness import Contestant
from tests.benchmarks.stacking_fixture import COHORT, DAY, LEVEL, SCHOOL

QUALIFICATIONS = (5, 121, 500)
CREDENTIALS = (1, 20, 200)
NEAREST = 20
ROUNDS = 9


def catalogue(number: int) -> Catalogue:
    """The first so many qualifications, and the certificates that stand under these."""
    if number == stacking_fixture.QUALIFICATIONS:
        return stacking_fixture.catalogue()
    documents = stacking_fixture.real_documents()
    real = sorted(name for name in documents if name.startswith("qualifications/"))
    kept = {documents[name]["crebo"] for name in real[:number]}
    return build_catalogue(
        {
            name: row
            for name, row in documents.items()
            if not name.startswith(("qualifications/", "certificates/")) or row["crebo"] in kept
        }
    )


def facts(number: int) -> Facts:
    return facts_from_what_if(random.Random(7).sample(list(stacking_fixture.evidence()), number))


def answer(known: Catalogue, found: Facts) -> Any:
    nearest = rank(known, found, school=SCHOOL, at=date.fromisoformat(DAY)).near[:NEAREST]
    targets = [
        read_target(
            {"crebo": one.crebo, "cohort": COHORT, "school": SCHOOL, "date": DAY} | ({} if one.niveau else {"niveau": LEVEL})
        )
        for one in nearest
    ]  # fmt: skip
    return stack_many(catalogue=known, targets=targets, facts=found, lang="nl", what_if=False) if targets else []


def main(qualifications: int) -> None:
    known = catalogue(qualifications)
    assert len(known.qualifications) == qualifications
    told = []
    for credentials in CREDENTIALS:
        make = partial(replace, facts(credentials))
        found = interleave(
            {
                "verify": fixture.VERIFY,
                "rank": Contestant(
                    run=lambda one: rank(known, one, school=SCHOOL, at=date.fromisoformat(DAY)), prepare=make
                ),
                "answers": Contestant(run=lambda one: answer(known, one), prepare=make),
            },
            baseline="verify",
            rounds=ROUNDS,
        )
        told.append(
            {"credentials": credentials, "megabytes": peak_megabytes()}
            | {name: statistics.median(found[name].ratios) for name in ("rank", "answers")}
        )
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]))
