"""Which items count (R2 to R8): every reason to refuse an item, and the remarks on those that are accepted.

It does not say what an accepted item is worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from passport.stacking.catalogue import Catalogue, Certificate
from passport.stacking.facts import UNLIMITED, Item
from passport.stacking.reasons import Code
from passport.stacking.target import Target, split_unit
from passport.stacking.what_if import FORMS

OVERALL = "overall"
BY_STATUS = {"revoked": Code.REVOKED, "suspended": Code.SUSPENDED, "unknown": Code.STATUS_UNKNOWN}
_ISSUER_KINDS: Mapping[str, object] = {kind: form.issuer for kind, form in FORMS.items() if form.issuer is not None}
_NONE: frozenset[Code] = frozenset()
_LATER = frozenset({Code.DATED_AFTER_TARGET})
_INFORMATIONAL = frozenset({Code.INFORMATIONAL_ONLY})
_NO_EXAM = frozenset({Code.NO_EXAM})


class Reasons:
    """Collects reasons: one per code and place, with the ids concerned."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Code], tuple[str, ...]] = {}

    def add(self, code: Code, at: str, *ids: str) -> None:
        key = (at, code)
        self._found[key] = self._found[key] + ids if key in self._found else ids

    def all(self) -> dict[tuple[str, Code], tuple[str, ...]]:
        return {key: tuple(sorted(set(ids))) if len(ids) > 1 else ids for key, ids in self._found.items()}


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


def tied_certificate(item: Item, catalogue: Catalogue) -> Certificate | None:
    """Return the certificate of the catalogue that an item is, whenever it was awarded."""
    if item.type != "mbo-certificaat":
        return None
    known = catalogue.certificates
    return known.get(item.code or "") or known.get(certificate_code(item))


def certificate_of(item: Item, catalogue: Catalogue) -> Certificate | None:
    """Return the certificate that an item is, if the catalogue knows its contents on the day of award (R10)."""
    found = tied_certificate(item, catalogue)
    return found if found is not None and found.period.holds(item.date) else None


def crebos_named(item: Item, catalogue: Catalogue) -> set[str]:
    """Return the qualifications that an item names (R3)."""
    named = {split[0] for unit in item.units or () if (split := split_unit(unit))}
    if item.type == "diploma" and item.crebo:
        named.add(item.crebo)
    if (certificate := tied_certificate(item, catalogue)) is not None:
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
    if _is_ordinary(item):
        return _LATER if item.date is not None and item.date > target.date else _NONE
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


def _is_ordinary(item: Item) -> bool:
    """Whether only the date can be against an item: nearly always. It spares the rest, which gives the same."""
    return (
        item.recognition is UNLIMITED
        and item.status == "valid"
        and not item.refused
        and item.issuer_kind == _ISSUER_KINDS.get(item.type or "", item)
        and item.type != "praktijkverklaring"
    )


def remarks(item: Item, target: Target, catalogue: Catalogue) -> frozenset[Code]:
    """Return what is to be said of an accepted item, whatever it is worth."""
    if item.type in ("branchecertificaat", "zelfverklaring"):
        return _INFORMATIONAL
    if item.type == "praktijkverklaring":
        return _NO_EXAM
    if item.type != "ervaringscertificaat" or item.date is None:
        return _NONE
    end = item.recognition.period.end
    found = {Code.AUTHORISED_AT_START} if end is not None and item.date > end else set()
    if add_years(item.date, catalogue.requirements.evc_years) < target.date:
        found.add(Code.STALE_EVIDENCE)
    return frozenset(found)
