"""P10: the JSON Schema check of complete claims, against one raw signature and against jsonschema."""

from __future__ import annotations

import statistics
from typing import Any

import jsonschema
import orjson

from tests.benchmarks import fixture
from tests.benchmarks.figures import OURS, PEER, Bar, Row, Section, interleave, times
from tests.benchmarks.harness import Contestant
from tests.benchmarks.sampling import profile

RAW, ISSUED, SHOWN = "one raw signature", "skillspas, at issue", "skillspas, what a holder shows"
KEPT, CALL = "jsonschema, validator kept", "jsonschema.validate, as documented"
MUST, GOAL = 0.15, 0.08
_TEXT = orjson.dumps(fixture.claims())


def fresh() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(_TEXT)
    return found


def contestants() -> dict[str, Contestant]:
    return {
        RAW: fixture.SIGN,
        ISSUED: Contestant(run=fixture.TYPE.schema_problems, prepare=fresh),
        SHOWN: Contestant(run=fixture.TYPE.disclosed_problems, prepare=fresh),
    }


def section() -> Section:
    schema = fixture.TYPE.schema
    kept = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    found = interleave(
        {
            **contestants(),
            KEPT: Contestant(run=kept.validate, prepare=fresh),
            CALL: Contestant(run=lambda claims: jsonschema.validate(claims, schema), prepare=fresh),
        },
        baseline=RAW,
    )
    return Section(
        key="P10",
        title="JSON Schema",
        method="`schema_problems` and `disclosed_problems` of the claims, new objects in each run; compiled once.",
        rows=[
            Row(
                name="P10 check at issue, in raw signatures",
                values=found[ISSUED].ratios,
                must=MUST,
                goal=GOAL,
                at_most=True,
            ),
            Row(
                name="P10 check at verification, in raw signatures",
                values=found[SHOWN].ratios,
                must=MUST,
                goal=GOAL,
                at_most=True,
            ),
            Row(name="   x jsonschema, validator kept", values=times(found[ISSUED], found[KEPT]), scale="{:.0f}"),
            Row(name="   x jsonschema.validate", values=times(found[ISSUED], found[CALL]), scale="{:.0f}"),
        ],
        bars=[
            Bar(label=name, value=statistics.median(found[name].ratios), kind=OURS if name in (ISSUED, SHOWN) else PEER)
            for name in (ISSUED, SHOWN, KEPT, CALL)
        ],
        unit="raw signatures (shorter is better)",
        must=MUST,
        goal=GOAL,
        profile=profile(fixture.TYPE.schema_problems, fresh, runs=20_000),
    )
