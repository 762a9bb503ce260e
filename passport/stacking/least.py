"""The least that a holder must show for the same answer: fewest credentials, and of those fewest claims.

The same answer is the same `overall`, and the same status, strength and figures at every unit and node. A presentation
in a stack always shows the person and the document number; a praktijkverklaring shows its countersignature, without
which it does not count; keuzedelen are shown as a whole. Reasons and remarks are not part of it: evidence that changes
nothing is left out.

It looks for the least in two steps that meet: the marked things (generic parts, keuzedelen), where marks work on each
other, by trying sets of claims from small to large; and all that one piece of evidence settles alone, by covering it
with the fewest. Both are exact up to `MOST_MARKED` claims of one kind and `MOST_TRIED` choices; beyond that the answer
is one from which nothing can be left out, and `exact` is false. The result is always evaluated once more.

Like `evidence.py` it takes verified credentials; it verifies nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from typing import Any

from passport.credentials.credential_type import PERSON_CLAIMS, ConcretePath, places_at
from passport.stacking import stack
from passport.stacking.catalogue import Catalogue
from passport.stacking.compare import OVERALL, State, states
from passport.stacking.evidence import facts_from_credentials
from passport.verification.report import Report, VerifiedCredential

MOST_MARKED = 9
MOST_TRIED = 20_000

Atom = tuple[str, ConcretePath]
"""One claim that may be hidden: the credential's id and the place in its claims."""
Atoms = frozenset[Atom]
Stands = Mapping[str, State]
"""How an answer stands, by place."""

_ALWAYS = frozenset({*PERSON_CLAIMS, "document_number"})
_COUNTERSIGNATURE = frozenset({"leerbedrijf", "periode", "praktijkbeoordeling", "praktijkbeoordeling_salt"})
_GENERIC, _ELECTIVE, _ALONE = "generic", "elective", "alone"
_PLACES = {_GENERIC: frozenset({"nederlands", "rekenen", "engels", "generiek"}), _ELECTIVE: frozenset({"keuzedelen"})}
_FOLLOWS = "kerntaak:"  # a kerntaak stands as its units do
_EMPTY = ("open", "not_applicable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of one credential must be shown. hideable: all that could be hidden of it, `paths` among them."""

    id: str
    paths: tuple[ConcretePath, ...]
    hideable: tuple[ConcretePath, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Smallest:
    """The least. exact: nothing smaller exists; else nothing can be left out of it, but another way may be smaller."""

    shown: tuple[Shown, ...]
    exact: bool

    @property
    def claims(self) -> int:
        return sum(len(one.paths) for one in self.shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Card:
    """A credential that counts. always: what it shows in any case; kinds: what else may matter, and how."""

    verified: VerifiedCredential
    hideable: tuple[ConcretePath, ...]
    always: frozenset[ConcretePath]
    kinds: Mapping[ConcretePath, str]


def smallest_disclosure(catalogue: Catalogue, reports: Sequence[Report], target: Mapping[str, Any]) -> Smallest | None:
    """Return the least to show for what all the credentials together give; None where the answer is `blocked`.

    reports: of all that is held, with all its claims disclosed; what was not accepted is never shown.
    The paths have the form that a presentation takes: the place of each claim among all claims of the credential.
    Raises: what `stack` raises.
    """
    facts = facts_from_credentials(reports, holder_binding="proven")
    whole = states(stack(catalogue=catalogue, target=target, evidence=facts, lang="nl", what_if=False))
    if whole[OVERALL].status == "blocked":
        return None
    counting = {item.id.partition("#")[0] for item in facts.items if not item.refused}
    verified = [report.require() for report in reports if report.verdict == "accepted"]
    cards = {one.id: _card(one) for one in sorted(verified, key=_least_shown_first) if one.id in counting}
    return _Search(catalogue=catalogue, target=target, cards=dict(sorted(cards.items())), whole=whole).run()


def _least_shown_first(one: VerifiedCredential) -> int:
    """Of two copies of one credential the one that shows most comes last, and stays."""
    return sum(1 for path in one.type.disclosable for _ in places_at(one.claims, path))


def _card(verified: VerifiedCredential) -> _Card:
    places = {place: value for path in verified.type.disclosable for place, value in places_at(verified.claims, path)}
    fixed = _ALWAYS | _COUNTERSIGNATURE if verified.type.name == "praktijkverklaring" else _ALWAYS
    kinds = {place: _kind(verified, place, value) for place, value in places.items() if place[0] not in fixed}
    return _Card(
        verified=verified,
        hideable=tuple(places),
        always=frozenset(place for place in places if place[0] in fixed),
        kinds={place: kind for place, kind in kinds.items() if kind is not None},
    )


def _kind(verified: VerifiedCredential, place: ConcretePath, value: Any) -> str | None:
    """Return which part of the answer a claim may matter to; None: to none. CONTRACT section 5."""
    name = verified.type.name
    match place[0]:
        case "units":
            return _ALONE
        case "resultaten" if name == "mbo-verklaring":
            return _GENERIC if value.get("onderdeel") == "generiek" else _ALONE
        case "onderdelen":
            return _kind_of_exemption(value)
        case "keuzedelen":
            return _ELECTIVE
        case "cijfer" | "oordeel" if name == "mbo-certificaat":
            return _ELECTIVE if "keuzedeel" in verified.claims else None
        case "cijfer" if name == "vrijstelling":
            found = {_kind_of_exemption(element) for element in verified.claims.get("onderdelen", ())} - {_ALONE}
            return min(found, default=None)
        case _:
            return None


def _kind_of_exemption(element: Mapping[str, Any]) -> str:
    if "vak" in element:
        return _GENERIC
    return _ELECTIVE if "keuzedeel" in element else _ALONE


def _reduced(verified: VerifiedCredential, hideable: Iterable[ConcretePath], shown: Iterable[ConcretePath]) -> Report:
    """Return the report as if only `shown` was disclosed. Verification accepts less wherever it accepts more."""
    hidden = set(hideable).difference(shown)

    def keep(value: Any, place: ConcretePath) -> Any:
        if isinstance(value, Mapping):
            return {key: keep(one, (*place, key)) for key, one in value.items() if (*place, key) not in hidden}
        if isinstance(value, list):
            return [keep(one, (*place, at)) for at, one in enumerate(value) if (*place, at) not in hidden]
        return value

    claims = keep(verified.claims, ())
    signed = claims.keys() >= _COUNTERSIGNATURE
    return Report(
        verdict="accepted",
        checks=(),
        credential=None,
        credential_id=verified.id,
        holder_binding="proven",
        checked_at=verified.issued_at,
        inputs=(),
        verified=replace(verified, claims=claims, leerbedrijf=verified.leerbedrijf if signed else None),
    )


@dataclass(slots=True, kw_only=True)
class _Search:
    """One search. places: of the answer that one piece of evidence settles alone, each a bit in the masks."""

    catalogue: Catalogue
    target: Mapping[str, Any]
    cards: Mapping[str, _Card]
    whole: Stands
    exact: bool = True
    tried: int = 0
    places: list[str] = field(default_factory=list)
    gives: dict[str, dict[ConcretePath | None, int]] = field(default_factory=dict)

    def run(self) -> Smallest:
        self._find_places()
        marked = [self._marked_sets(kind) for kind in (_GENERIC, _ELECTIVE)]
        best: tuple[tuple[int, int], Atoms, frozenset[str]] | None = None
        for chosen in product(*marked):
            atoms = frozenset[Atom]().union(*chosen)
            best = self._cover(atoms, best)
        everything = frozenset((name, place) for name, card in self.cards.items() for place in card.kinds)
        touched, atoms = (best[2], best[1]) if best is not None else (frozenset(self.cards), everything)
        if self._answer(touched, atoms) != self.whole:
            self.exact, touched, atoms = False, frozenset(self.cards), everything
        return Smallest(shown=tuple(self._shown(name, atoms) for name in sorted(touched)), exact=self.exact)

    def _shown(self, name: str, atoms: Atoms) -> Shown:
        card = self.cards[name]
        paths = tuple(place for place in card.hideable if place in card.always or (name, place) in atoms)
        return Shown(id=name, paths=paths, hideable=card.hideable)

    # Asking

    def _answer(self, names: Iterable[str], atoms: Atoms) -> Stands:
        reports = []
        for name in names:
            card = self.cards[name]
            shown = card.always | {place for place in card.kinds if (name, place) in atoms}
            reports.append(_reduced(card.verified, card.hideable, shown))
        facts = facts_from_credentials(reports, holder_binding="proven")
        return states(stack(catalogue=self.catalogue, target=self.target, evidence=facts, lang="nl", what_if=False))

    # What one piece of evidence settles alone

    def _find_places(self) -> None:
        """Note for each credential, and for each claim of it, which places it brings to where they stand."""
        marked = frozenset[str]().union(*_PLACES.values()) | {OVERALL}
        self.places = [
            at
            for at, state in self.whole.items()
            if at not in marked and not at.startswith(_FOLLOWS) and state.status not in _EMPTY
        ]
        for name, card in self.cards.items():
            alone = [place for place, kind in card.kinds.items() if kind == _ALONE]
            found: dict[ConcretePath | None, int] = {None: self._mask(self._answer([name], frozenset()))}
            for place in alone:
                mask = self._mask(self._answer([name], frozenset({(name, place)}))) & ~found[None]
                if mask:
                    found[place] = mask
            self.gives[name] = found

    def _mask(self, found: Stands) -> int:
        return sum(1 << bit for bit, at in enumerate(self.places) if found[at] == self.whole[at])

    # What works on each other: marks

    def _marked_sets(self, kind: str) -> list[Atoms]:
        """Return the sets of claims of one kind that give what all give, from which nothing can be left out."""
        wanted = {at: state for at, state in self.whole.items() if at in _PLACES[kind]}
        atoms = [(name, place) for name, card in self.cards.items() for place, one in card.kinds.items() if one == kind]

        def same(chosen: Atoms) -> bool:
            found = self._answer(sorted({name for name, _ in chosen}), chosen)
            return all(found[at] == state for at, state in wanted.items())

        if len(atoms) > MOST_MARKED:
            self.exact = False
            return [_thinned(atoms, same)]
        return _smallest_sets(atoms, same)

    # Both together

    def _cover(
        self, atoms: Atoms, best: tuple[tuple[int, int], Atoms, frozenset[str]] | None
    ) -> tuple[tuple[int, int], Atoms, frozenset[str]] | None:
        """Add to the chosen marks what covers all places with the least; return it where it is less than `best`."""
        goal = (1 << len(self.places)) - 1
        seen: dict[tuple[frozenset[str], int], tuple[int, int]] = {}

        def search(touched: frozenset[str], chosen: Atoms, covered: int, shown: int) -> None:
            nonlocal best
            cost = (len(touched), shown)
            known = seen.get((touched, covered))
            if (best is not None and cost >= best[0]) or (known is not None and known <= cost):
                return
            self.tried += 1
            if self.tried > MOST_TRIED and best is not None:
                self.exact = False
                return
            seen[touched, covered] = cost
            if covered == goal:
                best = (cost, chosen, touched)
                return
            for name, place, mask in self._ways(goal & ~covered, touched):
                new = name not in touched
                more = mask | (self.gives[name][None] if new else 0)
                search(
                    touched | {name},
                    chosen if place is None else chosen | {(name, place)},
                    covered | more,
                    shown + (len(self.cards[name].always) if new else 0) + (place is not None),
                )

        start = frozenset(name for name, _ in atoms)
        covered = 0
        for name in start:
            covered |= self.gives[name][None]
        search(start, atoms, covered, len(atoms) + sum(len(self.cards[name].always) for name in start))
        return best

    def _ways(self, lacking: int, touched: frozenset[str]) -> list[tuple[str, ConcretePath | None, int]]:
        """Return the ways to settle the place that has the fewest, those that settle most first."""
        every = [
            (name, place, mask)
            for name, found in self.gives.items()
            for place, mask in found.items()
            if mask & lacking and not (place is None and name in touched)
        ]
        by_bit = ([way for way in every if way[2] >> bit & 1] for bit in range(len(self.places)) if lacking >> bit & 1)
        fewest = min(by_bit, key=len)
        return sorted(fewest, key=lambda way: (way[0] not in touched, -(way[2] & lacking).bit_count(), way[0]))


def _smallest_sets(atoms: Sequence[Atom], same: Callable[[Atoms], bool]) -> list[Atoms]:
    """Return every set that is the same and has no smaller one inside, small ones first."""
    found: list[Atoms] = []
    for size in range(len(atoms) + 1):
        for some in combinations(atoms, size):
            chosen = frozenset(some)
            if not any(one <= chosen for one in found) and same(chosen):
                found.append(chosen)
    return found or [frozenset(atoms)]


def _thinned(atoms: Sequence[Atom], same: Callable[[Atoms], bool]) -> Atoms:
    """Return a set that is the same and from which no single claim can be left out."""
    chosen = frozenset(atoms)
    for one in reversed(atoms):
        if same(chosen - {one}):
            chosen -= {one}
    return chosen
