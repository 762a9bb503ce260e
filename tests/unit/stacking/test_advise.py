"""The smallest sets of certificates (R50): exact, all of them, at most twenty."""

import random
from itertools import combinations

import pytest

from passport.stacking.advise import minimum_covers, smallest_sets
from passport.stacking.catalogue import build_catalogue
from tests.unit.stacking.small import ask, certificate, documents, exam, item


def by_trying_all(wanted, masks):
    reachable = 0
    for mask in masks:
        reachable |= mask & wanted
    for size in range(1, len(masks) + 1):
        found = []
        for chosen in combinations(range(len(masks)), size):
            covered = 0
            for index in chosen:
                covered |= masks[index]
            if reachable and covered & reachable == reachable:
                found.append(chosen)
        if found:
            return found
    return []


@pytest.mark.parametrize("seed", range(20))
def test_the_covers_are_those_that_trying_all_finds(seed):
    chance = random.Random(seed)
    for _ in range(40):
        bits = chance.randint(1, 9)
        masks = [chance.getrandbits(bits) & chance.getrandbits(bits) for _ in range(chance.randint(0, 8))]
        wanted = chance.getrandbits(bits)
        assert minimum_covers(wanted, masks) == by_trying_all(wanted, masks), (wanted, masks)


@pytest.mark.parametrize("each", [4, 5])
def test_there_are_at_most_twenty_sets(each):
    units = ("B1-K1-W1", "P1-K1-W2")
    many = [certificate(f"C9{at}0{number}", "10007", unit) for at, unit in enumerate(units) for number in range(each)]
    catalogue = build_catalogue(documents() | {f"certificates/{row['code']}.json": row for row in many})
    found = smallest_sets(catalogue, "10007", units)
    assert len(found) == min(each * each, 20)
    assert found[0] == ("C9000", "C9100")
    assert list(found) == sorted(found)


def test_an_unknown_qualification_gets_no_advice():
    assert smallest_sets(build_catalogue(documents()), "99999", ()) == ()


def steps(*evidence, lang="nl"):
    return [step["text"] for step in ask(*evidence, lang=lang)["advice"]["next_steps"]]


def test_what_could_not_be_looked_up_is_looked_up_again_first():
    nothing = steps()
    unknown = item("mbo-certificaat", code="C1001", status="unknown")
    assert "C1001" in " ".join(nothing)
    first, *others = steps(unknown)
    assert first.startswith("Probeer het opnieuw: van één bewijs")
    assert "C1001" not in " ".join(others)
    assert "C1003" in " ".join(others)
    assert others[1:] == nothing[1:]
    assert steps(unknown, lang="en")[0].startswith("Try again: of one credential")


def test_before_a_result_is_looked_up_nothing_is_advised_that_it_may_hold():
    assert steps(exam("P1-K1-W1", status="unknown")) == [
        "Probeer het opnieuw: van één bewijs konden wij niet nagaan of het nog geldig is. "
        "Wat je daarmee al hebt, hoef je niet nog eens te halen.",
        "Pas daarna is te zeggen wat je nog nodig hebt.",
    ]


@pytest.mark.parametrize("status", ["revoked", "suspended"])
def test_what_is_known_not_to_count_need_not_be_looked_up_again(status):
    assert steps(item("mbo-certificaat", code="C1001", status=status)) == steps()


def test_what_counts_for_nothing_need_not_be_looked_up_again():
    assert steps(item("branchecertificaat", status="unknown")) == steps()
