"""What an item states, whatever the target is: its units (R10, R12, R15, R22), and the hours of a keuzedeel (R31)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from passport.stacking.acceptance import certificate_of
from passport.stacking.catalogue import Catalogue
from passport.stacking.facts import Item
from passport.stacking.reasons import Code
from passport.stacking.target import split_unit

NOTHING: frozenset[Code] = frozenset()
_PRINTED_CREBO = re.compile(r"[0-9]{5}(?=K)")


class Stated(NamedTuple):
    """units: well-formed, `crebo:code`; crebos: the qualifications they are of.

    follows: they follow from a diploma or a certificate rather than stand in the item.
    contents_of: a qualification whose contents only an equivalence may know (a diploma of an older one).
    counts: False where the item gives nothing for them (an insufficient result).
    known: whether the catalogue knows them all.
    """

    units: tuple[str, ...] = ()
    crebos: tuple[str, ...] = ()
    follows: bool = False
    contents_of: str | None = None
    codes: frozenset[Code] = NOTHING
    counts: bool = True
    known: bool = True


def _crebos(units: Iterable[str]) -> tuple[str, ...]:
    return tuple({unit[:5]: None for unit in units})  # a crebo has five digits, or it would not be well-formed


def _written(item: Item, catalogue: Catalogue) -> Stated:
    """The units as they stand in the item."""
    units = item.units or ()
    codes, known = NOTHING, catalogue.known.issuperset(units)
    if not known:
        well_formed = tuple(unit for unit in units if split_unit(unit))
        if len(well_formed) < len(units):
            codes = frozenset({Code.MALFORMED_UNIT})
        units = well_formed
    counts = True
    if item.type == "examenresultaat" and not catalogue.requirements.is_sufficient(item):
        codes, counts = codes | {Code.RESULT_INSUFFICIENT}, False
    return Stated(units, _crebos(units), codes=codes, counts=counts, known=known)


def _certificate(item: Item, catalogue: Catalogue) -> Stated:
    certificate = certificate_of(item, catalogue)
    if certificate is None:
        written = _written(item, catalogue)
        return written if item.units else written._replace(codes=frozenset({Code.CERTIFICATE_CONTENTS_UNKNOWN}))
    differs = bool(item.units) and _differs(item, certificate.units, catalogue)
    codes = frozenset({Code.CERTIFICATE_CONTENTS_DIFFER}) if differs else NOTHING
    known = catalogue.known.issuperset(certificate.units)
    return Stated(certificate.units, _crebos(certificate.units), follows=True, codes=codes, known=known)


def _differs(item: Item, contents: Iterable[str], catalogue: Catalogue) -> bool:
    """Whether a certificate states other units than the catalogue (R10). A kerntaak stands for its werkprocessen."""

    def spread(units: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for unit in units:
            crebo, code = split_unit(unit) or ("", unit)
            qualification = catalogue.qualifications.get(crebo)
            codes = qualification.expand(code) if qualification else ()
            found.update(f"{crebo}:{one}" for one in codes or (code,))
        return found

    stated, known = spread(item.units or ()), spread(contents)
    return not stated <= known if item.units_partial else stated != known


def read_units(item: Item, catalogue: Catalogue) -> Stated:
    """Return what an item states of units."""
    if item.type == "diploma":
        crebo = item.crebo or ""
        known = catalogue.contents.get(crebo)
        if known is None:
            return Stated(crebos=(crebo,), follows=True, contents_of=crebo, known=False)
        return Stated(known, (crebo,), follows=True)
    if item.type == "mbo-certificaat":
        return _certificate(item, catalogue)
    if item.type == "ervaringscertificaat" and not (item.standaard or "").startswith("crebo:"):
        return Stated(codes=frozenset({Code.STANDARD_NOT_CREBO}))
    return _written(item, catalogue)


def keuzedeel_code(code: str) -> str:
    """Return a code in capitals without a crebo printed before it (R31): `25604K0059` is `K0059`."""
    return _PRINTED_CREBO.sub("", code.strip().upper(), count=1) if code else code


def stated_keuzedeel(item: Item) -> str | None:
    """Return the keuzedeel that an item is about, as written."""
    return (item.code or "") if item.type == "keuzedeel" else item.keuzedeel


def read_hours(item: Item, catalogue: Catalogue) -> Decimal | None:
    """Return the hours of a keuzedeel: the catalogue's, else the item's; None where neither knows (R31)."""
    known = catalogue.keuzedelen.get(keuzedeel_code(stated_keuzedeel(item) or ""))
    if known is not None and known.sbu is not None and known.period.holds(item.date):
        return Decimal(known.sbu)
    return item.sbu
