"""Show a school no more of a stack than gives the same answer: what the least is in a wallet, and in a request.

The least itself is worked out in `passport.stacking.least`; here it meets what a request asks. Nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from passport.credentials.credential_type import PERSON_CLAIMS
from passport.openid.dcql import Candidate, Choice, ClaimQuery, ConcretePath, Matches, Query
from passport.openid.dcql.matching import selected_places
from passport.openid.dcql.paths import to_disclose
from passport.stacking.least import Shown, Smallest
from passport.terminal import WrongUse
from wallet_cli.showing import label_of

_PERSON = (*PERSON_CLAIMS, "document_number")


class NotAStackRequest(WrongUse):
    """`--target` was given, and the request does not ask for a stack."""

    code = "not_a_stack_request"


def is_stack_request(query: Query) -> bool:
    """Whether a request asks for a stack: of every kind as many as there are, each with the person and its number."""
    return all(
        one.multiple
        and any({claim.path for claim in option} >= {(name,) for name in _PERSON} for option in one.options())
        for one in query.credentials
    )


def least_choices(
    matches: Matches, candidates: Iterable[Candidate], smallest: Smallest
) -> dict[str, tuple[Choice, ...]]:
    """Return what to answer to each part of a stack request: the least, as far as it is asked.

    A part that must be answered and of which the least holds nothing is answered as it was asked, once.
    """
    held = {one.id: one for one in candidates}
    least = {one.id: one for one in smallest.shown}
    chosen: dict[str, tuple[Choice, ...]] = {}
    for query in matches.query.credentials:
        found = tuple(
            _trimmed(choice, query.options(), held[choice.candidate_id], least[choice.candidate_id])
            for choice in matches.by_query[query.id]
            if choice.candidate_id in least
        )
        if found:
            chosen[query.id] = found
    for one in matches.sets:
        if one.required and one.options and not any(chosen.keys() >= set(option) for option in one.options):
            for name in one.options[0]:
                chosen.setdefault(name, matches.by_query[name][:1])
    return chosen


def _trimmed(choice: Choice, options: Sequence[tuple[ClaimQuery, ...]], candidate: Candidate, least: Shown) -> Choice:
    """Return a choice that shows the least, and of each asked claim of which that shows nothing one place more."""
    ways = []
    for option in options:
        asked = [selected_places(claim, candidate.claims) for claim in option]
        if not all(asked):
            continue
        within = frozenset(to_disclose((place for places in asked for place in places), candidate.disclosable))
        shown = within & frozenset(least.paths)
        more: set[ConcretePath] = set()
        for places in asked:
            hidden = [to_disclose([place], candidate.disclosable) for place in places]
            if not any(shown >= set(one) for one in hidden):
                more.update(hidden[0])
        places_asked = tuple(dict.fromkeys(place for found in asked for place in found))
        ways.append((len(shown) < len(least.paths), len(more), tuple(sorted(shown | more, key=str)), places_asked))
    if not ways:
        return choice
    _, _, disclose, asked_places = min(ways, key=lambda way: way[:2])
    return Choice(
        query_id=choice.query_id,
        candidate_id=choice.candidate_id,
        disclose=disclose,
        asked=asked_places,
        holder_binding=choice.holder_binding,
    )


def labels_of(paths: Iterable[ConcretePath], among: Sequence[ConcretePath], lang: str) -> str:
    """Return the words for what is shown; of a list also how many: "Taak uit je beroep (1/4)"."""
    counted: dict[str, list[ConcretePath]] = {}
    for path in paths:
        counted.setdefault(label_of(path, lang), []).append(path)
    return ", ".join(
        f"{label} ({len(found)}/{sum(place[:-1] == found[0][:-1] for place in among)})"
        if isinstance(found[0][-1], int)
        else label
        for label, found in counted.items()
    )
