"""Many targets at once give byte for byte what one at a time gives, for any evidence and every qualification."""

import json
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from passport.stacking import facts_from_what_if, stack, stack_many
from passport.stacking.rank import rank
from passport.stacking.target import read_target
from tests.property.test_stacking_properties import MAPPINGS, evidence
from tests.unit.stacking.small import TARGET, catalogue

FEW = settings(max_examples=60, deadline=None)
asked = st.fixed_dictionaries(
    {"niveau": st.just(2)},
    optional={
        "cohort": st.sampled_from(["2025-2026", "2021-2022", "2019-2020"]),
        "school": st.sampled_from(["school:A", "school:B"]),
        "mappings": st.just(MAPPINGS),
        "beroepsvereisten": st.sampled_from(["VWS", None]),
        "leeftijd": st.just(30),
    },
)
statuses = st.sampled_from(["valid", "valid", "valid", "valid", "revoked"])


@FEW
@given(st.data(), evidence, st.lists(asked, min_size=1, max_size=3), st.booleans())
def test_many_targets_at_once_give_what_each_gives_alone(data, items, asks, verbose):
    items = [item | {"status": data.draw(statuses)} for item in items]
    targets = [TARGET | {"crebo": crebo} | ask for ask in asks for crebo in [*catalogue().qualifications, "19999"]]
    together = stack_many(
        catalogue=catalogue(),
        targets=[read_target(target) for target in targets],
        facts=facts_from_what_if(items),
        lang="nl",
        what_if=True,
        verbose=verbose,
    )
    for target, answer in zip(targets, together, strict=True):
        alone = stack(catalogue=catalogue(), target=target, evidence=items, lang="nl", what_if=True, verbose=verbose)
        assert json.dumps(answer) == json.dumps(alone)


@FEW
@given(st.data(), evidence)
def test_the_ranking_holds_every_qualification_once_in_an_order_that_evidence_does_not_change(data, items):
    def ranked(given):
        return rank(catalogue(), facts_from_what_if(given), school="school:A", at=date(2026, 6, 1))

    found = ranked(items)
    assert sorted(one.crebo for one in found.everything) == sorted(catalogue().qualifications)
    assert found.to_json(what_if=True) == ranked(data.draw(st.permutations(items))).to_json(what_if=True)
    shares = [(one.covered / one.units, one.claims / one.units) for one in found.everything]
    assert shares == sorted(shares, reverse=True)
