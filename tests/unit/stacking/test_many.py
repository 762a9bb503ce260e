"""Many targets at once give what each gives alone: what is read or judged once for all of them changes nothing."""

import pytest

from passport.stacking.answer import to_json
from passport.stacking.evaluate import evaluate, evaluate_many
from passport.stacking.target import read_target
from passport.stacking.what_if import facts_from_what_if
from tests.unit.stacking.test_oracle import OFTEN, Maker, pytestmark, read  # noqa: F401


def targets(maker):
    """Targets of one school on one day, some of them with what a target may state of its own."""
    first = maker.target()
    for crebo in [first["crebo"], *sorted(set(OFTEN)), "99999", first["crebo"]]:
        more = maker.target()
        yield (
            first
            | {key: value for key, value in more.items() if key not in ("crebo", "date", "school", "mappings")}
            | {"crebo": crebo, "niveau": maker.one(1, 2, 3, 4)}
        )
    yield first | {"niveau": 2}


@pytest.mark.parametrize("seed", range(12))
def test_many_targets_at_once_are_as_each_alone(seed, read):  # noqa: F811
    data, catalogue = read
    maker = Maker(seed, data)
    asked = [read_target(target) for target in targets(maker)]
    facts = facts_from_what_if(maker.evidence({"crebo": asked[0].crebo}))
    together = [to_json(finding, "nl", verbose=True) for finding in evaluate_many(catalogue, facts, asked)]
    assert together == [to_json(evaluate(catalogue, facts, target), "nl", verbose=True) for target in asked]
