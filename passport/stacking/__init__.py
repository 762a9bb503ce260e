"""What a person's credentials add up to, with the reason for every line (domain/CASES.md, R1 to R51).

`stack` is the one way in for services and command line. It takes no clock: the target holds the date.
Facts of verified credentials come from `passport.stacking.evidence`, apart: a what-if needs no cryptography.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from passport.stacking.answer import Answers, to_json
from passport.stacking.catalogue import Catalogue, check_catalogue, load_catalogue
from passport.stacking.evaluate import evaluate, evaluate_many
from passport.stacking.facts import Facts, WrongUse
from passport.stacking.target import Target, read_target
from passport.stacking.what_if import facts_from_what_if, refuse_duplicates

__all__ = [
    "Catalogue",
    "Facts",
    "WrongUse",
    "check_catalogue",
    "facts_from_what_if",
    "load_catalogue",
    "stack",
    "stack_many",
]


def stack(
    *,
    catalogue: Catalogue,
    target: Mapping[str, object],
    evidence: Sequence[object] | Facts,
    lang: str,
    what_if: bool,
    verbose: bool = False,
) -> dict[str, Any]:
    """Return the answer of contract section 5.

    target: `crebo`, `date`, and what domain/CASES.md names. evidence: what-if objects, or facts from credentials.
    Raises: WrongUse (two items with one id, no level, a target that cannot be read).
    """
    facts = evidence if isinstance(evidence, Facts) else facts_from_what_if(evidence)
    refuse_duplicates(facts.items)
    return to_json(evaluate(catalogue, facts, read_target(target)), lang, what_if=what_if, verbose=verbose)


def stack_many(
    *, catalogue: Catalogue, targets: Sequence[Target], facts: Facts, lang: str, what_if: bool, verbose: bool = False
) -> list[dict[str, Any]]:
    """Return the answers for many targets: each the same as `stack` gives, the evidence read once.

    The answers share parts of each other; they are for reading. Raises: as `stack`, for the first that is wrong.
    """
    refuse_duplicates(facts.items)
    answers = Answers(lang)
    return [
        answers.to_json(finding, what_if=what_if, verbose=verbose)
        for finding in evaluate_many(catalogue, facts, targets)
    ]
