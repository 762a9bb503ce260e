"""Which qualification is near: how many units of every qualification a stack covers, without explanations.

Compiled once a catalogue into bit masks over all units of all qualifications, one or more 64-bit words each, so that a
stack is one pass over its items and one pass over the words. It gives the same counts as `evaluate`, which explains.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

from passport.stacking.acceptance import certificate_code, refusals
from passport.stacking.catalogue import Catalogue, Qualification
from passport.stacking.facts import UNLIMITED, Facts, Item
from passport.stacking.requirements import Grade
from passport.stacking.supports import is_awarding
from passport.stacking.target import Target
from passport.stacking.what_if import FORMS

WORD = 64


class Near(NamedTuple):
    """One qualification: units covered (met or exempt), units with only a claim, and all its units.

    A tuple, for speed: hundreds are made a call.
    """

    crebo: str
    naam: str
    niveau: int | None
    covered: int
    claims: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    """Masks by what an item may name: `crebo:code`, the code of a certificate, `diploma:crebo`.

    own: units of the qualification itself; linked: those and all that a claim may reach.
    """

    crebos: tuple[str, ...]
    words: int
    own: Mapping[str, int]
    linked: Mapping[str, int]


def _layout(catalogue: Catalogue) -> tuple[tuple[str, ...], int, dict[str, int]]:
    """Return the crebos in order, the words each takes, and the bit of every `crebo:code`."""
    crebos = tuple(sorted(catalogue.qualifications))
    most = max((len(one.units) for one in catalogue.qualifications.values()), default=1)
    words = -(-most // WORD)
    bits = {
        f"{crebo}:{code}": 1 << (at * words * WORD + index)
        for at, crebo in enumerate(crebos)
        for index, code in enumerate(catalogue.qualifications[crebo].units)
    }
    return crebos, words, bits


def _by_rows(catalogue: Catalogue, bits: Mapping[str, int], reached: dict[str, int]) -> None:
    """R13: the rows of equivalences."""
    for (old, new), tables in catalogue.equivalences.items():
        source, target = catalogue.qualifications.get(old), catalogue.qualifications.get(new)
        if target is None:
            continue
        for code, places in (row for table in tables for row in table.rows.items()):
            mask = _all(bits, (f"{new}:{unit}" for place in places for unit in target.expand(place)))
            for stated in (source.expand(code) if source else ()) or (code,):
                reached[f"{old}:{stated}"] |= mask


def _by_dossier(catalogue: Catalogue, bits: Mapping[str, int], reached: dict[str, int]) -> None:
    """R14: the same dossier, where no equivalence leads from one to the other."""
    dossiers: dict[str, list[Qualification]] = defaultdict(list)
    for qualification in catalogue.qualifications.values():
        if qualification.dossier_crebo is not None:
            dossiers[qualification.dossier_crebo].append(qualification)
    prefix = catalogue.requirements.transfer.shared_prefix
    for one, other in (pair for group in dossiers.values() for pair in permutations(group, 2)):
        if (one.crebo, other.crebo) not in catalogue.equivalences:
            for code, name in one.units.items():
                if code.startswith(prefix) and other.units.get(code) == name:
                    reached[f"{one.crebo}:{code}"] |= bits[f"{other.crebo}:{code}"]


@lru_cache(maxsize=4)
def _index(catalogue: Catalogue) -> _Index:
    crebos, words, bits = _layout(catalogue)
    own: dict[str, int] = dict(bits)
    linked: dict[str, int] = defaultdict(int)
    _by_rows(catalogue, bits, linked)
    _by_dossier(catalogue, bits, linked)
    for unit, bit in bits.items():
        linked[unit] = linked.get(unit, 0) | bit
    for unit, mask in list(linked.items()):  # a kerntaak stands for its werkprocessen, a diploma for all of them
        crebo, _, code = unit.partition(":")
        kerntaak = code.partition("-W")[0]
        for name in {f"{crebo}:{kerntaak}", f"diploma:{crebo}"} - {unit}:
            linked[name] = linked.get(name, 0) | mask
            own[name] = own.get(name, 0) | bits.get(unit, 0)
    for certificate in catalogue.certificates.values():
        linked[certificate.code] = _all(linked, certificate.units)
        own[certificate.code] = _all(own, certificate.units)
    return _Index(crebos=crebos, words=words, own=own, linked=linked)


def _all(masks: Mapping[str, int], names: Iterable[str]) -> int:
    total = 0
    for name in names:
        total |= masks.get(name, 0)
    return total


def _names(item: Item, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the names under which the index knows what an item contains."""
    if item.type == "mbo-certificaat" and (code := certificate_code(item)) in catalogue.certificates:
        return (code,)
    if item.type == "diploma":
        return (f"diploma:{item.crebo}",)
    if item.type == "ervaringscertificaat" and not (item.standaard or "").startswith("crebo:"):
        return ()
    return item.units or ()


def _counts(item: Item, target: Target, catalogue: Catalogue) -> bool:
    """Whether an item is accepted; the ordinary one is told apart cheaply."""
    if (
        not item.refused
        and item.status == "valid"
        and item.recognition is UNLIMITED
        and item.issuer_kind == FORMS[item.type or ""].issuer
        and item.type != "praktijkverklaring"
    ):
        if item.date is not None and item.date > target.date:
            return False
    elif refusals(item, target, catalogue):
        return False
    return item.type != "examenresultaat" or catalogue.requirements.is_sufficient(item)


def rank(catalogue: Catalogue, facts: Facts, *, school: str | None, at: date) -> tuple[Near, ...]:
    """Return the qualifications of which something is covered, the nearest first.

    school: whose examencommissie would award; None: everything is a claim. at: the target date.
    Order: the share of units covered, then the share with a claim, then the crebo. Two holders: nothing (R8).
    """
    if facts.persons_differ or len({item.holder for item in facts.items} - {None}) > 1:
        return ()
    index = _index(catalogue)
    target = Target(crebo="", cohort=at.year, cohort_label="", date=at, school=school)
    worth, own, linked = catalogue.requirements.worth, index.own, index.linked
    decided = claimed = 0
    for item in facts.items:
        names = _names(item, catalogue)
        if not names or not _counts(item, target, catalogue):
            continue
        value = worth[item.type or ""]
        if value.otherwise is None and value.outright is None:
            continue
        outright = value.outright in (Grade.MET, Grade.EXEMPT) and is_awarding(item, target)
        for name in names:
            claimed |= linked.get(name, 0)
            if outright:
                decided |= own.get(name, 0)
    return _ordered(catalogue, index, decided, claimed & ~decided)


def _ordered(catalogue: Catalogue, index: _Index, decided: int, claimed: int) -> tuple[Near, ...]:
    size = len(index.crebos) * index.words * WORD // 8
    covered, claims = array("Q"), array("Q")
    covered.frombytes(decided.to_bytes(size, "little"))
    claims.frombytes(claimed.to_bytes(size, "little"))
    found: dict[int, list[int]] = {}
    for place, (done, claim) in enumerate(zip(covered, claims, strict=True)):
        if done or claim:
            counts = found.setdefault(place // index.words, [0, 0])
            counts[0] += done.bit_count()
            counts[1] += claim.bit_count()
    near = []
    for place, (done, claim) in found.items():
        one = catalogue.qualifications[index.crebos[place]]
        units = len(one.units)
        near.append((-done / units, -claim / units, Near(one.crebo, one.naam, one.niveau, done, claim, units)))
    return tuple(entry[2] for entry in sorted(near))
