"""The short form of the benchmarks: bounds wide enough for a busy machine (`make bench` measures in full)."""

from tests.benchmarks.bench_stacking import answers, ranking, verify_all
from tests.benchmarks.harness import Contestant, measure
from tests.benchmarks.stacking_fixture import fresh_facts

P6_GATE = 0.10
NO_WORSE = 0.80  # no requirement: before evidence was read once for all targets it was 5.6


def test_ranking_500_qualifications_is_a_tenth_of_the_signatures_at_most():
    contestants = {
        "verify": Contestant(run=verify_all),
        "rank": Contestant(run=ranking, prepare=fresh_facts),
        "answers": Contestant(run=answers, prepare=fresh_facts),
    }
    found = measure(contestants, baseline="verify", rounds=3)
    assert min(found["rank"].ratios) <= P6_GATE
    assert min(found["answers"].ratios) <= NO_WORSE
