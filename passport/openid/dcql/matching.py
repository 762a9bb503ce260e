"""The wallet's side of DCQL: which credentials answer a query, and exactly what of them must be shown.

It chooses nothing for the holder: `Matches.choose` is what asks the least, to be shown and agreed to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from passport.errors import ProtocolError
from passport.jose.encoding import JsonObject
from passport.openid.dcql.paths import ConcretePath, equals, select, to_disclose
from passport.openid.dcql.query import ClaimQuery, CredentialQuery, Query


class NothingMatches(ProtocolError):
    """No credential that is held answers a required part of the query."""

    code = "no_matching_credential"
    section = "OpenID4VP §6.4.2"

    def __init__(self, *, unmet: tuple[str, ...]) -> None:
        super().__init__("access_denied", "no credential answers the query")
        self.unmet = unmet


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A credential that is held. claims: all of them, processed; disclosable: the places that have a Disclosure.

    holder_bound: whether it can be presented with a key binding. authority_key_ids: of its issuer's certificates.
    """

    id: str
    format: str
    vct: str
    claims: JsonObject
    disclosable: frozenset[ConcretePath]
    holder_bound: bool = True
    authority_key_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One credential that answers one credential query.

    disclose: the Disclosures to send, by place, parents included: these and no others.
    asked: the places that the query selects, whether they are disclosable or always visible.
    """

    query_id: str
    candidate_id: str
    disclose: tuple[ConcretePath, ...]
    asked: tuple[ConcretePath, ...]
    holder_binding: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedSet:
    """A credential set, with only those options that can be answered, in the verifier's preference."""

    required: bool
    options: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """What can be answered. by_query: all choices for each credential query, in the order of the candidates."""

    query: Query
    by_query: Mapping[str, tuple[Choice, ...]]
    sets: tuple[MatchedSet, ...]

    @property
    def satisfied(self) -> bool:
        """Whether every required set has an option that can be answered."""
        return all(one.options for one in self.sets if one.required)

    @property
    def unmet(self) -> tuple[str, ...]:
        """The credential queries that no held credential answers."""
        return tuple(name for name, choices in self.by_query.items() if not choices)

    def choose(self, *, with_optional: bool = False) -> dict[str, tuple[Choice, ...]]:
        """Return the first choice for each credential query that must be answered.

        with_optional: also the first option of sets that may be skipped. Raises: NothingMatches.
        """
        if not self.satisfied:
            raise NothingMatches(unmet=self.unmet)
        names = (
            name for one in self.sets if one.options and (one.required or with_optional) for name in one.options[0]
        )
        return {name: self.by_query[name][:1] for name in dict.fromkeys(names)}


def match(query: Query, candidates: Iterable[Candidate]) -> Matches:
    """Return which candidates answer which part of the query.

    Source: OpenID4VP §6.4: the first claim set that can be answered; a required set without answer leaves nothing.
    """
    held = tuple(candidates)
    by_query = {
        one.id: tuple(choice for candidate in held if (choice := answer(one, candidate)) is not None)
        for one in query.credentials
    }
    sets = tuple(
        MatchedSet(
            required=one.required,
            options=tuple(option for option in one.options if all(by_query[name] for name in option)),
        )
        for one in query.sets()
    )
    return Matches(query=query, by_query=by_query, sets=sets)


def answer(query: CredentialQuery, candidate: Candidate) -> Choice | None:
    """Return how one credential answers one credential query, or None when it does not."""
    if candidate.format != query.format or candidate.vct not in query.vct_values:
        return None
    if query.require_cryptographic_holder_binding and not candidate.holder_bound:
        return None
    if not recognises(query, candidate.authority_key_ids):
        return None
    known: dict[int, list[ConcretePath]] = {}  # by claims query: a hostile query names each in many claim sets
    for option in query.options():
        for claim in option:
            if id(claim) not in known:
                known[id(claim)] = selected_places(claim, candidate.claims)
        asked = [known[id(claim)] for claim in option]
        if all(asked):
            places = tuple(dict.fromkeys(place for found in asked for place in found))
            return Choice(
                query_id=query.id,
                candidate_id=candidate.id,
                disclose=to_disclose(places, candidate.disclosable),
                asked=places,
                holder_binding=query.require_cryptographic_holder_binding,
            )
    return None


def selected_places(claim: ClaimQuery, claims: JsonObject, *, any_index: bool = False) -> list[ConcretePath]:
    """Return the places that a claims query selects; with `values`, a value that is none of them is as if absent."""
    return [
        place
        for place, value in select(claim.path, claims, any_index=any_index)
        if not claim.values or any(equals(value, expected) for expected in claim.values)
    ]


def recognises(query: CredentialQuery, authority_key_ids: frozenset[str]) -> bool:
    """Whether a credential comes from one of the query's `trusted_authorities`, where it names some (§6.1.1).

    Lists of ETSI and federations are not followed here; a credential cannot be shown to come from them.
    """
    named = query.trusted_authorities
    return not named or any(one.type == "aki" and bool(one.values & authority_key_ids) for one in named)
