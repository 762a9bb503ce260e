"""Reads evidence and target as a person or another system writes them (domain/CASES.md, Format).

An item that cannot be read becomes an item that is refused; the others go on (R1). It judges nothing else:
what an item is worth is for the rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeGuard

from passport.stacking.facts import UNLIMITED, DuplicateId, EvidenceInvalid, Facts, Item, Period, Recognition
from passport.stacking.reasons import Code

VAKKEN = ("nederlands", "rekenen", "engels")
NODES = ("bpv", "loopbaan_burgerschap")
OORDELEN = ("onvoldoende", "niet voldaan", "voldoende", "voldaan", "goed", "deelgenomen")
STATUSES = ("valid", "suspended", "revoked", "unknown")
LOWEST_MARK, HIGHEST_MARK = 1, 10
MOST_HOURS = 100_000

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISSUER = re.compile(r"([^:\s]+):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the wire format asks of one type of evidence.

    issuer: the kind of organisation that may give it; None: anybody.
    needs: fields that must be there; one_of: of these at least one; may: optional fields.
    named: whether issuer and date are required.
    """

    issuer: str | None
    needs: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    named: bool = True


MARKED = ("cijfer", "oordeel")
FORMS: Mapping[str, Form] = {
    "diploma": Form(issuer="school", needs=("crebo",)),
    "mbo-certificaat": Form(issuer="school", needs=("code",), may=("units",)),
    "examenresultaat": Form(issuer="school", needs=("units",), one_of=MARKED),
    "generiek": Form(issuer="school", needs=("vak",), one_of=MARKED, may=("niveau",)),
    "bpv": Form(issuer="school", needs=("oordeel",)),
    "loopbaan_burgerschap": Form(issuer="school", needs=("oordeel",)),
    "beroepsvereiste": Form(issuer="school", needs=("naam", "oordeel")),
    "keuzedeel": Form(issuer="school", needs=("code",), one_of=MARKED, may=("sbu", "verplichting", "overlap")),
    "praktijkverklaring": Form(
        issuer="school",
        needs=("units",),
        may=(
            "cosigned",
            "period",
            "leerbedrijf_accredited_for",
            "leerbedrijf_accredited_from",
            "leerbedrijf_accredited_until",
        ),
    ),
    "ervaringscertificaat": Form(issuer="evc-aanbieder", needs=("standaard",), may=("units", "overeenkomst_datum")),
    "vrijstelling": Form(
        issuer="school",
        one_of=("units", "vak", "keuzedeel", "node"),
        may=("cijfer", "sbu", "overlap", "verplichting"),
    ),
    "branchecertificaat": Form(issuer="brancheorganisatie", named=False),
    "zelfverklaring": Form(issuer=None, named=False),
}
COMMON = (
    "status",
    "holder",
    "issuer_accredited",
    "issuer_accredited_from",
    "issuer_accredited_until",
    "issuer_accredited_for",
    "crebo",
)


class _Unreadable(Exception):
    """A field has the wrong type or value."""


def is_text(value: object) -> TypeGuard[str]:
    """Whether a value is a text that can be shown again: not empty, no half of a surrogate pair."""
    return isinstance(value, str) and bool(value.strip()) and not any("\ud800" <= sign <= "\udfff" for sign in value)


def _text(value: object) -> str:
    if not is_text(value):
        raise _Unreadable
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Unreadable
    return value


def read_date(value: object) -> date:
    """Return a date written YYYY-MM-DD. Raises: ValueError."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("not a date")
    return date.fromisoformat(value)


def _date(value: object) -> date:
    try:
        return read_date(value)
    except ValueError:
        raise _Unreadable from None


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Unreadable
    number = Decimal(str(value))
    if not number.is_finite():
        raise _Unreadable
    return number


def _mark(value: object) -> Decimal:
    number = _number(value)
    if not LOWEST_MARK <= number <= HIGHEST_MARK:
        raise _Unreadable
    return number


def _hours(value: object) -> Decimal:
    number = _number(value)
    if not 0 <= number <= MOST_HOURS:
        raise _Unreadable
    return number


def _one_of(*allowed: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise _Unreadable
        return value

    return read


def _texts(value: object) -> frozenset[str]:
    if not isinstance(value, list):
        raise _Unreadable
    return frozenset(_text(entry) for entry in value)


def _crebos(value: object) -> frozenset[str] | None:
    if value == "*":
        return None
    crebos = _texts(value)
    return None if "*" in crebos else crebos


def _units(value: object) -> tuple[str, ...]:
    """A list of units. An element that is no text is kept as a text that is no unit, so that the rules name it."""
    if not isinstance(value, list):
        raise _Unreadable
    return tuple(entry if isinstance(entry, str) else "" for entry in value)


def _issuer(value: object) -> tuple[str, str]:
    found = _ISSUER.fullmatch(_text(value))
    if not found:
        raise _Unreadable
    return found.group(1), found.group(0)


def _period(value: object) -> Period:
    if not isinstance(value, Mapping):
        raise _Unreadable
    period = Period(begin=_date(value.get("from")), end=_date(value.get("until")))
    if period.begin and period.end and period.begin > period.end:
        raise _Unreadable
    return period


READERS: Mapping[str, Callable[[object], Any]] = {
    "issuer": _issuer,
    "date": _date,
    "status": _one_of(*STATUSES),
    "holder": _text,
    "issuer_accredited": _flag,
    "issuer_accredited_from": _date,
    "issuer_accredited_until": _date,
    "issuer_accredited_for": _crebos,
    "crebo": _text,
    "code": _text,
    "units": _units,
    "cijfer": _mark,
    "oordeel": _one_of(*OORDELEN),
    "vak": _one_of(*VAKKEN),
    "niveau": _text,
    "naam": _text,
    "sbu": _hours,
    "verplichting": _flag,
    "overlap": _texts,
    "cosigned": _text,
    "period": _period,
    "leerbedrijf_accredited_for": _crebos,
    "leerbedrijf_accredited_from": _date,
    "leerbedrijf_accredited_until": _date,
    "standaard": _text,
    "overeenkomst_datum": _date,
    "keuzedeel": _text,
    "node": _one_of(*NODES),
}


def _fields(form: Form, entry: Mapping[str, object]) -> tuple[dict[str, Any], bool]:
    """Return the fields that can be read, and whether the item as a whole can. A null is an absent field."""
    given = {name: value for name, value in entry.items() if value is not None}
    names = ("issuer", "date", *COMMON, *form.needs, *form.one_of, *form.may)
    if form is FORMS["ervaringscertificaat"] and not str(given.get("standaard", "")).startswith("crebo:"):
        names = tuple(name for name in names if name != "units")  # R22: its units are not read
    readable = True
    fields: dict[str, Any] = {}
    for name in names:
        if name in given:
            try:
                fields[name] = READERS[name](given[name])
            except _Unreadable:
                readable = False
    required = (*form.needs, *(("issuer", "date") if form.named else ()))
    if form is FORMS["ervaringscertificaat"] and str(given.get("standaard", "")).startswith("crebo:"):
        required = (*required, "units")
    readable = readable and all(name in fields for name in required)
    return fields, readable and (not form.one_of or any(name in fields for name in form.one_of))


def _recognition(fields: Mapping[str, Any], whose: str) -> Recognition:
    if not any(f"{whose}_accredited{ending}" in fields for ending in ("", "_from", "_until", "_for")):
        return UNLIMITED
    return Recognition(
        accredited=fields.get(f"{whose}_accredited", True),
        period=Period(begin=fields.get(f"{whose}_accredited_from"), end=fields.get(f"{whose}_accredited_until")),
        crebos=fields.get(f"{whose}_accredited_for"),
    )


def _item(key: str, entry: object, *, key_readable: bool) -> Item:
    unreadable = frozenset({Code.MALFORMED_EVIDENCE})
    if not isinstance(entry, Mapping):
        return Item(id=key, type=None, refused=unreadable)
    kind = entry.get("type")
    form = FORMS.get(kind) if isinstance(kind, str) else None
    if form is None:
        holder = entry.get("holder")
        named = holder if is_text(holder) else None
        return Item(id=key, type=kind if is_text(kind) else None, refused=unreadable, holder=named)
    fields, readable = _fields(form, entry)
    issuer_kind, issuer = fields.get("issuer", (None, None))
    plain = (
        "date crebo code units cijfer oordeel vak niveau naam sbu cosigned standaard overeenkomst_datum keuzedeel node"
    )
    values: dict[str, Any] = {name: fields.get(name) for name in plain.split()}
    return Item(
        id=key,
        type=kind if isinstance(kind, str) else None,
        refused=frozenset() if readable and key_readable else unreadable,
        issuer_kind=issuer_kind,
        issuer=issuer,
        status=fields.get("status", "valid"),
        holder=fields.get("holder"),
        recognition=_recognition(fields, "issuer"),
        verplichting=fields.get("verplichting", True),
        overlap=fields.get("overlap", frozenset()),
        guidance=fields.get("period"),
        leerbedrijf=_recognition(fields, "leerbedrijf"),
        **values,
    )


def facts_from_what_if(evidence: Sequence[object]) -> Facts:
    """Return the facts that a list of evidence states.

    An item without `id` becomes `e1`, `e2`, … in the order given; an unreadable `id` makes the item unreadable.
    Raises: EvidenceInvalid if it is no list; DuplicateId if two items have one id.
    """
    if isinstance(evidence, str | bytes) or not isinstance(evidence, Sequence):
        raise EvidenceInvalid("evidence is not a list")
    items: list[Item] = []
    unnamed = 0
    for entry in evidence:
        given = entry.get("id") if isinstance(entry, Mapping) else None
        if is_text(given):
            key = given
        else:
            unnamed += 1
            key = f"e{unnamed}"
        items.append(_item(key, entry, key_readable=given is None or key == given))
    refuse_duplicates(items)
    return Facts(items=tuple(items))


def refuse_duplicates(items: Sequence[Item]) -> None:
    """Raises: DuplicateId if two items have one id (R1)."""
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise DuplicateId("two items have one id", id=item.id)
        seen.add(item.id)
