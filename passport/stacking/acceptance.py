"""Which items count (R2 to R8): every reason to refuse an item, and the remarks on those that are accepted.

It does not say what an accepted item is worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from passport.stacking.catalogue import Catalogue
from passport.stacking.facts import UNLIMITED, Facts, Item
from passport.stacking.reasons import Code
from passport.stacking.target import Target, split_unit
from passport.stacking.what_if import FORMS

OVERALL = "overall"
BY_STATUS = {"revoked": Code.REVOKED, "suspended": Code.SUSPENDED, "unknown": Code.STATUS_UNKNOWN}


class Reasons:
    """Collects reasons: one per code and place, with the ids concerned."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Code], set[str]] = {}

    def add(self, code: Code, at: str, *ids: str) -> None:
        self._found.setdefault((at, code), set()).update(ids)

    def at_item(self, code: Code, item: Item, *ids: str) -> None:
        self.add(code, f"evidence:{item.id}", item.id, *ids)

    def all(self) -> dict[tuple[str, Code], tuple[str, ...]]:
        return {key: tuple(sorted(ids)) for key, ids in self._found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """items: those that count, by id; mismatch: whether they belong to more than one person."""

    items: tuple[Item, ...]
    mismatch: bool


def add_years(day: date, years: int) -> date:
    """Return the same day some years later, at most the last day there is; 29 February becomes the 28th if need be."""
    if day.year + years > date.max.year:
        return date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def certificate_code(item: Item) -> str:
    return (item.code or "").strip().upper()


def crebos_named(item: Item, catalogue: Catalogue) -> set[str]:
    """Return the qualifications that an item names (R3)."""
    named = {split[0] for unit in item.units or () if (split := split_unit(unit))}
    if item.type == "diploma" and item.crebo:
        named.add(item.crebo)
    if item.type == "mbo-certificaat" and (certificate := catalogue.certificates.get(certificate_code(item))):
        named.add(certificate.crebo)
    return named


def _issuer_may(item: Item, catalogue: Catalogue) -> bool:
    """R2 (kind), R3 (accreditation), R4 (the day of the agreement counts)."""
    form = FORMS.get(item.type or "")
    asked = form.issuer if form else None
    if asked is not None and item.issuer_kind is not None and item.issuer_kind != asked:
        return False
    decisive = item.overeenkomst_datum or item.date
    recognition = item.recognition
    if recognition is UNLIMITED:
        return True
    if not recognition.accredited or (decisive is not None and not recognition.period.holds(decisive)):
        return False
    return recognition.covers(crebos_named(item, catalogue))


def _guidance_reasons(item: Item) -> set[Code]:
    """R5: a praktijkverklaring is signed by a leerbedrijf that was recognised for all of it, all the time."""
    found = set()
    if item.cosigned is None or not item.cosigned.startswith("leerbedrijf:"):
        found.add(Code.MISSING_COSIGNATURE)
    crebos = {split[0] for unit in item.units or () if (split := split_unit(unit))}
    days = (item.guidance.begin, item.guidance.end) if item.guidance is not None else (item.date,)
    period = item.leerbedrijf.period
    if not item.leerbedrijf.covers(crebos) or not all(period.holds(day) for day in days if day is not None):
        found.add(Code.LEERBEDRIJF_NOT_RECOGNISED_FOR_CREBO)
    return found


def refusals(item: Item, target: Target, catalogue: Catalogue) -> frozenset[Code]:
    """Return all reasons to refuse an item; none: it is accepted (R2)."""
    found = set(item.refused)
    if not _issuer_may(item, catalogue):
        found.add(Code.ISSUER_NOT_AUTHORISED)
    if item.type == "praktijkverklaring":
        found |= _guidance_reasons(item)
    if item.status in BY_STATUS:
        found.add(BY_STATUS[item.status])
    if item.date is not None and item.date > target.date:
        found.add(Code.DATED_AFTER_TARGET)
    return frozenset(found)


def _remarks(item: Item, target: Target, catalogue: Catalogue, reasons: Reasons) -> None:
    if item.type in ("branchecertificaat", "zelfverklaring"):
        reasons.at_item(Code.INFORMATIONAL_ONLY, item)
    elif item.type == "praktijkverklaring":
        reasons.at_item(Code.NO_EXAM, item)
    elif item.type == "ervaringscertificaat" and item.date is not None:
        end = item.recognition.period.end
        if end is not None and item.date > end:
            reasons.at_item(Code.AUTHORISED_AT_START, item)
        if add_years(item.date, catalogue.requirements.evc_years) < target.date:
            reasons.at_item(Code.STALE_EVIDENCE, item)


def accept(facts: Facts, target: Target, catalogue: Catalogue, reasons: Reasons) -> Accepted:
    """Return the items that count, and note why others do not."""
    holders = {item.holder for item in facts.items if item.holder is not None}
    mismatch = facts.persons_differ or len(holders) > 1
    if mismatch:
        reasons.add(Code.HOLDER_MISMATCH, OVERALL, *(item.id for item in facts.items))
    accepted = []
    for item in facts.items:
        refused = refusals(item, target, catalogue)
        for code in refused:
            reasons.at_item(code, item)
        if not refused and not mismatch:
            accepted.append(item)
            _remarks(item, target, catalogue, reasons)
    return Accepted(items=tuple(sorted(accepted, key=lambda item: item.id)), mismatch=mismatch)
