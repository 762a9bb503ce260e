"""The short form of the benchmarks: bounds wide enough for a busy machine (`make bench` measures in full).

What it guards is that nothing gets much slower than it is: the bounds stand below today's figures by a third or more.
They are not yet the column "gate" of the goals (in the comments): P1, P4 and P10 do not reach it on every run, and a
bound that fails now and then would teach people to look away. `docs/performance.md` says how near each one is.
A measurement that does not hold is made again, twice at most: a machine that was busy for a moment is no slow-down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.benchmarks import (
    bench_present,
    bench_qr,
    bench_schema,
    bench_start,
    bench_status,
    bench_verify,
    fixture,
    harness,
)
from tests.benchmarks.figures import Section, interleave, share, times
from tests.benchmarks.harness import Contestant, Figure, measure

P1 = {"share": 0.22, "openvc": 1.5, "sd_jwt": 2.4}  # gate: 0.34, 2.2, 3.8
P2 = 0.42  # gate: 0.65
P3 = {"share": 0.33, "openvc": 1.1}  # gate: 0.45, 1.4
P4 = 0.21  # gate: 0.40
P6 = 0.10  # gate
P9 = {"token": 900.0, "look_up": 0.01}  # gate
P10 = 0.60  # gate: 0.30
P12 = 12.0  # gate: 10
NO_WORSE = 0.80  # no requirement: before evidence was read once for all targets it was 5.6
TRIES, ROUNDS = 3, 3


@pytest.fixture(autouse=True)
def _short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness, "SLICE", 0.01)


def _within(measured: Callable[[], Mapping[str, tuple[float, float]]]) -> None:
    """measured: for each name the figure and its bound, so that lower is better. Tries again while one is above."""
    missed: dict[str, tuple[float, float]] = {}
    for _ in range(TRIES):
        found = measured()
        again = {name: pair for name, pair in found.items() if pair[0] > pair[1]}
        missed = again if not missed else {name: pair for name, pair in again.items() if name in missed}
        if not missed:
            return
    pytest.fail("; ".join(f"{name}: {figure:.4g}, at most {bound:.4g}" for name, (figure, bound) in missed.items()))


def _rounds(contestants: Mapping[str, Contestant], baseline: str) -> dict[str, Figure]:
    return interleave(contestants, baseline=baseline, rounds=ROUNDS)


def _at_least(found: tuple[float, ...], bound: float) -> tuple[float, float]:
    """The best round of a figure that should be high, turned round for `_within`."""
    return 1 / max(found), 1 / bound


def test_issuing_stays_near_one_signature_and_ahead_of_the_peers():
    peers = pytest.importorskip("tests.benchmarks.peers")
    contestants = {
        "raw": fixture.SIGN,
        "ours": Contestant(run=fixture.issue_core),
        "openvc": peers.openvc_issue()[peers.OPENVC],
        "sd_jwt": peers.sd_jwt_issue()[peers.SD_JWT],
    }

    def measured() -> dict[str, tuple[float, float]]:
        found = _rounds(contestants, "raw")
        return {
            "share of a signature": _at_least(share(found["ours"]), P1["share"]),
            "x openvc-core": _at_least(times(found["ours"], found["openvc"]), P1["openvc"]),
            "x sd-jwt": _at_least(times(found["ours"], found["sd_jwt"]), P1["sd_jwt"]),
        }

    _within(measured)


def test_presenting_stays_near_one_signature():
    contestants = bench_present.contestants()

    def measured() -> dict[str, tuple[float, float]]:
        found = _rounds(contestants, bench_present.RAW)
        return {"share of a signature": _at_least(share(found[bench_present.BIND]), P2)}

    _within(measured)


def test_verifying_stays_near_two_verifications_and_ahead_of_openvc():
    peers = pytest.importorskip("tests.benchmarks.peers")
    openvc = peers.openvc_verify(fixture.presentation)[peers.OPENVC]
    contestants = {**bench_verify.contestants(), "openvc": openvc}

    def measured() -> dict[str, tuple[float, float]]:
        found = _rounds(contestants, bench_verify.RAW)
        core = found[bench_verify.OURS_CORE]
        return {
            "share of two verifications": _at_least(share(core), P3["share"]),
            "x openvc-core": _at_least(times(core, found["openvc"]), P3["openvc"]),
            "in full, share of two verifications": _at_least(share(found[bench_verify.OURS_FULL]), P4),
        }

    _within(measured)


def test_ranking_500_qualifications_is_a_tenth_of_the_signatures_at_most():
    from tests.benchmarks.bench_stacking import answers, ranking, verify_all
    from tests.benchmarks.stacking_fixture import fresh_facts

    contestants = {
        "verify": Contestant(run=verify_all),
        "rank": Contestant(run=ranking, prepare=fresh_facts),
        "answers": Contestant(run=answers, prepare=fresh_facts),
    }

    def measured() -> dict[str, tuple[float, float]]:
        found = measure(contestants, baseline="verify", rounds=ROUNDS)
        return {
            "ranking": (min(found["rank"].ratios), P6),
            "whole answers": (min(found["answers"].ratios), NO_WORSE),
        }

    _within(measured)


def test_a_status_list_of_ten_million_is_made_and_read_soon_enough():
    making = {"raw": fixture.SIGN, "token": Contestant(run=lambda _: bench_status.token())}
    looking = bench_status.look_up_contestants()

    def measured() -> dict[str, tuple[float, float]]:
        token = _rounds(making, "raw")["token"]
        looked = _rounds(looking, bench_status.RAW_VERIFY)[bench_status.LOOK]
        return {
            "token, in signatures": (min(token.ratios), P9["token"]),
            "look-up, share of a verification": (min(looked.ratios) / bench_status.LOOKUPS, P9["look_up"]),
        }

    _within(measured)


def test_the_schema_check_is_a_part_of_a_signature():
    contestants = bench_schema.contestants()

    def measured() -> dict[str, tuple[float, float]]:
        found = _rounds(contestants, bench_schema.RAW)
        return {name: (min(found[name].ratios), P10) for name in (bench_schema.ISSUED, bench_schema.SHOWN)}

    _within(measured)


def test_a_command_starts_soon():
    def measured() -> dict[str, tuple[float, float]]:
        return {"skillspas --help": (min(bench_start.ratios(rounds=2)[bench_start.COMMAND]), P12)}

    _within(measured)


def test_bad_photographs_are_repeatable():
    """The simulation depends on its seed and on nothing else."""
    from io import BytesIO

    from PIL import Image

    code = Image.open(BytesIO(bench_qr.qr_png(bench_qr.REQUEST)))
    first, again, other = (bench_qr.photograph(code, seed).tobytes() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_section_survives_its_way_through_json(tmp_path: Path):
    """What a job hands over is what the report reads; an unmet must is told as such."""
    import json

    from tests.benchmarks.figures import Bar, Row, Table
    from tests.benchmarks.report import markdown, svg

    made = Section(
        key="P0",
        title="A < B",
        method="",
        rows=[Row(name="up", values=(1.0, 3.0, 2.0), must=2.5, goal=1.0), Row(name="told", values=(1.0,))],
        bars=[Bar(label="ours & theirs", value=2.0)],
        must=1.0,
        profile=[("part", 1.0)],
        tables=[Table(title="growth", head=("a",), rows=(("1",),))],
    )
    back = Section.from_json(json.loads(json.dumps(made.to_json())))
    assert back == made
    text = markdown([back], seconds=1)
    assert "| up | 2.500 | 1.000 | 2.000 | 1.000 to 3.000 | NO | yes |" in text
    assert "0 of 1 musts hold, 1 of 1 goals" in text
    picture = svg([back])
    assert "A &lt; B" in picture
    assert "ours &amp; theirs" in picture
