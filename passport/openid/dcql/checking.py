"""The verifier's side of DCQL: whether what was presented is what was asked, and nothing more.

It is asked after each presentation was verified, and trusts no wallet: every criterion of the query is looked at again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from passport.jose.encoding import JsonObject
from passport.openid.dcql.matching import recognises, selected_places
from passport.openid.dcql.paths import ConcretePath, to_disclose
from passport.openid.dcql.query import ClaimQuery, CredentialQuery, Query


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedClaims:
    """A verified presentation. claims: processed; disclosed: the places that came from Disclosures.

    authority_key_ids: of its issuer's certificates.
    """

    format: str
    vct: str
    claims: JsonObject
    disclosed: Collection[ConcretePath]
    holder_bound: bool = True
    authority_key_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that was asked and not given. index: which presentation under the query id, None for the whole.

    code: unknown_query, too_many, not_answered, wrong_format, wrong_type, wrong_authority, no_holder_binding,
    claims_missing, set_not_answered.
    """

    code: str
    query_id: str | None
    index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """A claim that was disclosed and not asked for. To be dropped, never kept."""

    query_id: str
    index: int
    path: ConcretePath


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseCheck:
    """The answer of `check_response`. answers: whether the query is answered; over-disclosure stands apart."""

    problems: tuple[Problem, ...]
    over_disclosed: tuple[Excess, ...]

    @property
    def answers(self) -> bool:
        """Whether everything required was given as asked."""
        return not self.problems


def check_response(query: Query, presented: Mapping[str, Sequence[PresentedClaims]]) -> ResponseCheck:
    """Compare verified presentations with the query.

    presented: by credential query id, as in the vp_token; only presentations that verified.
    Source: OpenID4VP §8.6 (criteria of the query, then the set as a whole), §6.4.1, §14.11.
    """
    asked, problems, excess = query.by_id(), list[Problem](), list[Excess]()
    answered: set[str] = set()
    for name, given in presented.items():
        if (one := asked.get(name)) is None:
            problems.append(Problem(code="unknown_query", query_id=name))
            continue
        if len(given) > 1 and not one.multiple:
            problems.append(Problem(code="too_many", query_id=name))
        found = [(_problem(one, claims), claims) for claims in given]
        for index, (code, claims) in enumerate(found):
            if code is not None:
                problems.append(Problem(code=code, query_id=name, index=index))
            excess += [Excess(query_id=name, index=index, path=path) for path in _excess(one, claims)]
        if any(code is None for code, _ in found):
            answered.add(name)
    for wanted in query.sets():
        if wanted.required and not any(answered.issuperset(option) for option in wanted.options):
            lacking = next((name for name in wanted.options[0] if name not in answered), None)
            code = "set_not_answered" if query.credential_sets else "not_answered"
            problems.append(Problem(code=code, query_id=lacking))
    return ResponseCheck(problems=tuple(problems), over_disclosed=tuple(excess))


def _problem(query: CredentialQuery, claims: PresentedClaims) -> str | None:
    if claims.format != query.format:
        return "wrong_format"
    if claims.vct not in query.vct_values:
        return "wrong_type"
    if not recognises(query, claims.authority_key_ids):
        return "wrong_authority"
    if query.require_cryptographic_holder_binding and not claims.holder_bound:
        return "no_holder_binding"
    return None if any(_covers(option, claims) is not None for option in query.options()) else "claims_missing"


def _covers(option: tuple[ClaimQuery, ...], claims: PresentedClaims) -> list[ConcretePath] | None:
    """Return the places that an option selects, or None when one of its claims is absent or of another value."""
    found = [selected_places(claim, claims.claims, any_index=True) for claim in option]
    return [place for places in found for place in places] if all(found) else None


def _excess(query: CredentialQuery, claims: PresentedClaims) -> tuple[ConcretePath, ...]:
    """Return what was disclosed beyond the option that fits best."""
    disclosed = frozenset(claims.disclosed)
    fitting = [places for option in query.options() if (places := _covers(option, claims)) is not None]
    beyond = [disclosed.difference(to_disclose(places, disclosed)) for places in fitting] or [disclosed]
    return to_disclose([()], min(beyond, key=len))
