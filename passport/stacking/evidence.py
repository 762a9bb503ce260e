"""From verified credentials to facts. The only module of stacking that looks up to verification.

A fact comes out of `report.require()`; a refused credential becomes an item that counts for nothing and says why.
Accreditation and status were judged by the verification; nothing here judges them again.
Source: CONTRACT section 5, "From credentials to facts" and "Holder".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

from passport.stacking.facts import UNLIMITED, Facts, Item, Period, Recognition
from passport.stacking.reasons import Code
from passport.stacking.what_if import facts_from_what_if
from passport.verification.report import Check, Outcome, Report, VerifiedCredential

__all__ = ["facts_from_credentials", "facts_from_what_if", "person_of"]

NOT_REQUESTED = "not_requested"
PERSON = ("given_name", "family_name", "birthdate")
_ONDERDELEN = {
    "kerntaak": "examenresultaat",
    "werkproces": "examenresultaat",
    "generiek": "generiek",
    "bpv": "bpv",
    "loopbaan_burgerschap": "loopbaan_burgerschap",
    "beroepsvereisten": "beroepsvereiste",
}
Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Credential:
    """One credential of a stack: its items, who it names and which award it is."""

    id: str
    items: tuple[Item, ...]
    person: Mapping[str, str]
    award: tuple[str, str, str] | None
    disclosed: int


def _day(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None


def _marked(claims: Claims) -> dict[str, Any]:
    mark = claims.get("cijfer")
    return {"cijfer": None if mark is None else Decimal(str(mark)), "oordeel": claims.get("oordeel")}


def _unit_codes(elements: Sequence[Claims]) -> tuple[str, ...]:
    return tuple(element["unit"] for element in elements if "unit" in element)


def _certificate(base: Item, claims: Claims) -> tuple[Item, ...]:
    keuzedeel = claims.get("keuzedeel")
    if keuzedeel is not None:
        return (_keuzedeel(base, keuzedeel | {key: claims[key] for key in ("cijfer", "oordeel") if key in claims}),)
    units = _unit_codes(claims.get("units", ()))
    return (replace(base, code=claims["certificaat"]["code"], units=units, units_partial=True),)


def _keuzedeel(base: Item, element: Claims) -> Item:
    hours = element.get("sbu")
    return replace(
        base,
        type="keuzedeel",
        code=element["code"],
        sbu=None if hours is None else Decimal(hours),
        verplichting=element.get("verplichting", True),
        **_marked(element),
    )


def _statement(base: Item, claims: Claims) -> tuple[Item, ...]:
    """An mbo-verklaring: each element is an item, numbered through both lists."""
    items: list[Item] = []
    for element in claims.get("resultaten", ()):
        unit = element.get("unit")
        items.append(
            replace(
                base,
                id=f"{base.id}#{len(items)}",
                type=_ONDERDELEN[element["onderdeel"]],
                date=_day(element["datum"]),
                units=None if unit is None else (unit,),
                vak=element.get("vak"),
                niveau=element.get("niveau"),
                naam=element.get("naam"),
                **_marked(element),
            )
        )
    for element in claims.get("keuzedelen", ()):
        numbered = replace(base, id=f"{base.id}#{len(items)}", date=_day(element["datum"]))
        items.append(_keuzedeel(numbered, element))
    return tuple(items)


def _exemption(base: Item, claims: Claims) -> tuple[Item, ...]:
    """A vrijstelling: all unit elements make one item, each other element one."""
    elements = claims.get("onderdelen", ())
    base = replace(base, **_marked({"cijfer": claims.get("cijfer")}))
    units = _unit_codes(elements)
    items = [replace(base, units=units)] if units else []
    for place, element in enumerate(elements):
        numbered = replace(base, id=f"{base.id}#{place}")
        if "vak" in element:
            items.append(replace(numbered, vak=element["vak"], niveau=element.get("niveau")))
        elif "keuzedeel" in element:
            hours = element["keuzedeel"].get("sbu")
            sbu = None if hours is None else Decimal(hours)
            items.append(replace(numbered, keuzedeel=element["keuzedeel"]["code"], sbu=sbu))
        elif "onderdeel" in element:
            items.append(replace(numbered, node=element["onderdeel"]))
    return tuple(items) or (base,)


def _experience(base: Item, claims: Claims) -> tuple[Item, ...]:
    """An ervaringscertificaat: only what was shown in full becomes a unit."""
    shown = [element for element in claims.get("units", ()) if element.get("oordeel") == "aangetoond"]
    standard = claims["standaard"]
    return (
        replace(
            base,
            standaard=f"{standard['soort']}:{standard['code']}",
            units=_unit_codes(shown),
            overeenkomst_datum=_day(claims["overeenkomst_datum"]),
        ),
    )


def _practice(base: Item, claims: Claims) -> tuple[Item, ...]:
    return (replace(base, units=_unit_codes(claims.get("units", ()))),)


def _as_it_is(base: Item, _: Claims) -> tuple[Item, ...]:
    return (base,)


READERS: Mapping[str, Callable[[Item, Claims], tuple[Item, ...]]] = {
    "diploma": _as_it_is,
    "mbo-certificaat": _certificate,
    "mbo-verklaring": _statement,
    "praktijkverklaring": _practice,
    "ervaringscertificaat": _experience,
    "vrijstelling": _exemption,
    "branchecertificaat": _as_it_is,
}


def _recognition(credential: VerifiedCredential) -> Recognition:
    """The period in which the issuer might do this, as the register has it, for the remark of R4."""
    ctype, claims = credential.type, credential.claims
    crebos, day = ctype.crebos(claims), ctype.decisive_date(claims)
    held = [
        entry
        for entry in credential.issuer.accreditations
        if entry.type == ctype.name and entry.covers_day(day) and all(entry.covers_crebo(crebo) for crebo in crebos)
    ]
    if not held or any(entry.valid_until is None for entry in held):
        return UNLIMITED
    return Recognition(period=Period(end=max(entry.valid_until for entry in held if entry.valid_until is not None)))


def person_of(claims: Claims) -> dict[str, str]:
    """Who is named, in the form in which persons are compared: NFC, case folded, trimmed."""
    return {
        name: unicodedata.normalize("NFC", unicodedata.normalize("NFC", claims[name]).casefold()).strip()
        for name in PERSON
        if isinstance(claims.get(name), str)
    }


def _accepted(credential: VerifiedCredential) -> _Credential:
    claims = credential.claims
    name = credential.type.name
    evc = name == "ervaringscertificaat"
    base = Item(
        id=credential.id,
        type=name,
        issuer_kind=credential.issuer.kind,
        issuer=credential.issuer.id,
        date=_day(claims["awarded_date"]),
        crebo=(claims.get("kwalificatie") or {}).get("crebo"),
        recognition=_recognition(credential) if evc else UNLIMITED,
        cosigned=f"leerbedrijf:{credential.leerbedrijf.id}" if credential.leerbedrijf is not None else None,
    )
    person = person_of(claims)
    items = READERS[name](base, claims)
    if len(person) < len(PERSON):
        items = tuple(replace(item, refused=frozenset({Code.PERSON_NOT_DISCLOSED})) for item in items or (base,))
    number = claims.get("document_number")
    return _Credential(
        id=credential.id,
        items=items,
        person=person,
        award=(credential.issuer.id, name, number) if isinstance(number, str) else None,
        disclosed=_size(claims),
    )


def _size(value: object) -> int:
    """How much a credential shows, to choose between copies."""
    if isinstance(value, Mapping):
        return sum(1 + _size(entry) for entry in value.values())
    return sum(1 + _size(entry) for entry in value) if isinstance(value, list) else 0


def _why_refused(check: Check) -> Code | None:
    if check.outcome not in (Outcome.FAILED, Outcome.UNDETERMINED):
        return None
    match (check.id, check.code):
        case "status", "revoked":
            return Code.REVOKED
        case "status", "suspended":
            return Code.SUSPENDED
        case "status", _:
            return Code.STATUS_UNKNOWN
        case "accreditation", _ if check.outcome is Outcome.FAILED:
            return Code.ISSUER_NOT_AUTHORISED
        case "countersignature", "leerbedrijf_not_recognised":
            return Code.LEERBEDRIJF_NOT_RECOGNISED_FOR_CREBO
        case "countersignature", _ if check.outcome is Outcome.FAILED:
            return Code.MISSING_COSIGNATURE
        case _:
            return Code.NOT_VERIFIED


def _refused(report: Report, name: str) -> _Credential:
    """A credential that was not accepted. What it shows is used to say who it names, never to let it count."""
    reasons = {code for check in report.checks if (code := _why_refused(check)) is not None}
    shown = report.credential
    claims: Claims = shown.claims if shown is not None else {}
    company = report.check("countersignature")
    hidden = company.outcome is Outcome.SKIPPED and company.code == "not_disclosed"
    person = person_of(claims)
    if claims and len(person) < len(PERSON):
        reasons.add(Code.PERSON_NOT_DISCLOSED)
    try:
        day = _day(claims.get("awarded_date"))
    except ValueError:
        day = None
    item = Item(
        id=name,
        type=shown.type if shown is not None else None,
        code=_code_shown(claims),
        refused=frozenset(reasons or {Code.NOT_VERIFIED}),
        issuer=shown.issuer_id if shown is not None else None,
        date=day,
        cosigned=None if hidden else "leerbedrijf:",
    )
    return _Credential(id=name, items=(item,), person=person, award=None, disclosed=_size(claims))


def _code_shown(claims: Claims) -> str | None:
    """Which certificate of units it says to be: so that nobody is advised to get what only could not be looked up."""
    certificate = claims.get("certificaat")
    code = certificate.get("code") if isinstance(certificate, Mapping) and "keuzedeel" not in claims else None
    return code if isinstance(code, str) else None


def _each_award_once(credentials: Sequence[_Credential]) -> list[_Credential]:
    """Keep one of equal credentials, and one that counts of the copies of one award: the one that shows most."""
    best = sorted(credentials, key=lambda one: (-one.disclosed, one.id))
    by_id: dict[str, _Credential] = {}
    for credential in best:
        by_id.setdefault(credential.id, credential)
    kept: list[_Credential] = []
    awards: set[tuple[str, str, str]] = set()
    for credential in by_id.values():
        refused = any(item.refused for item in credential.items)
        if credential.award is not None and not refused:
            if credential.award in awards:
                copy = Item(id=credential.id, type=credential.award[1], refused=frozenset({Code.DUPLICATE_EVIDENCE}))
                kept.append(replace(credential, items=(copy,)))
                continue
            awards.add(credential.award)
        kept.append(credential)
    return sorted(kept, key=lambda one: one.id)


def _compare_persons(credentials: Sequence[_Credential]) -> tuple[bool, list[tuple[Code, str, tuple[str, ...]]]]:
    """Over all pairs: another birth date, or both names different, is another person; one name is a remark."""
    differ, renamed = False, set()
    for one, other in combinations(credentials, 2):
        unequal = {
            name
            for name in PERSON
            if name in one.person and name in other.person and one.person[name] != other.person[name]
        }
        names = unequal - {"birthdate"}
        if "birthdate" in unequal or len(names) == 2:
            differ = True
        elif names:
            renamed |= {one.id, other.id}
    return differ, [(Code.NAME_DIFFERS, "overall", tuple(sorted(renamed)))] if renamed else []


def facts_from_credentials(reports: Sequence[Report], *, holder_binding: str = NOT_REQUESTED) -> Facts:
    """Return the facts of credentials that were verified, each with its report.

    reports: accepted or not; the order does not matter, but for those that do not even parse (`unreadable-1`, …).
    holder_binding: `proven` where every key was proven in this transaction or lies in one wallet; `not_requested`
        (a remark) where the call did not ask.
    """
    credentials: list[_Credential] = []
    unreadable = 0
    for report in reports:
        if report.verdict == "accepted":
            credentials.append(_accepted(report.require()))
            continue
        name = report.credential_id
        if name is None:
            unreadable += 1
            name = f"unreadable-{unreadable}"
        credentials.append(_refused(report, name))
    kept = _each_award_once(credentials)
    differ, remarks = _compare_persons(kept)
    if holder_binding == NOT_REQUESTED:
        remarks.append((Code.HOLDER_NOT_PROVEN, "overall", tuple(one.id for one in kept)))
    items = tuple(item for credential in kept for item in credential.items)
    return Facts(items=items, persons_differ=differ, remarks=tuple(remarks), holder_binding=holder_binding)
