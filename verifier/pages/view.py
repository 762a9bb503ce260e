"""Turns a stored report into what a person sees. Pure; every value is text that the page escapes and isolates.

A report may be of a refused credential: its claims can have any shape, so nothing here trusts a type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from passport import messages
from passport.credentials.types import TYPES

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MAX_TEXT = 300
MAX_ITEMS = 60
MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of what is proven (or not)."""

    label: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """One of the twelve checks, in words."""

    name: str
    outcome: str
    outcome_text: str
    text: str
    code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputView:
    """A document that was fetched for the check, and when."""

    name: str
    fetched_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """One credential on the result page. reason: the sentence of the first check that did not pass."""

    verdict: str
    title: str
    person: str | None
    reason: str | None
    facts: tuple[Fact, ...]
    checks: tuple[CheckView, ...]
    inputs: tuple[InputView, ...] = field(default=())


def words(key: str, lang: str, **params: object) -> str:
    """Return one text of the verifier's pages."""
    return messages.text(f"verifier.{key}", lang, **params)


def view_report(report: Mapping[str, Any], lang: str) -> ReportView:
    """Return the view of one report in the contract's form (section 6)."""
    credential = report.get("credential")
    verdict = str(report["verdict"])
    checks = tuple(_check(check, lang) for check in report["checks"])
    reason = next((check.text for check in checks if check.outcome == "failed"), None) or next(
        (check.text for check in checks if check.outcome == "undetermined"), None
    )
    inputs = tuple(
        InputView(name=_input_name(entry, lang), fetched_at=clock_time(entry.get("fetched_at"), lang))
        for entry in report.get("inputs") or ()
        if isinstance(entry, Mapping) and entry.get("fetched_at")
    )
    if not isinstance(credential, Mapping):
        title = words("error.title", lang) if verdict == "accepted" else words("result.not_proven", lang)
        return ReportView(
            verdict=verdict, title=title, person=None, reason=reason, facts=(), checks=checks, inputs=inputs
        )
    claims = credential["claims"] if isinstance(credential.get("claims"), Mapping) else {}
    return ReportView(
        verdict=verdict,
        title=type_label(credential.get("type"), lang),
        person=_person(claims),
        reason=None if verdict == "accepted" else reason,
        facts=tuple(_facts(credential, claims, report, lang)),
        checks=checks,
        inputs=inputs,
    )


def type_label(name: object, lang: str) -> str:
    """Return the name of a credential type, or a general word for one that we do not know."""
    if isinstance(name, str) and name in TYPES:
        return TYPES[name].label(lang)
    return words("result.kind", lang)


def overall_verdict(verdicts: Sequence[str]) -> str:
    """Return the worst: one `rejected` makes all of it that; accepted only if all are."""
    for one in ("rejected", "undetermined"):
        if one in verdicts:
            return one
    return "accepted" if verdicts else "none"


def long_date(value: object, lang: str) -> str:
    """Return `2026-06-01` as `1 juni 2026`; anything else as it is, cut short."""
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return text_of(value)
    return f"{day.day} {MONTHS[lang].split()[day.month - 1]} {day.year}"


def clock_time(value: object, lang: str, *, with_date: bool = True) -> str:
    """Return an instant (ISO text or seconds) as date and time in the Netherlands."""
    try:
        moment = (
            datetime.fromtimestamp(value, AMSTERDAM)
            if isinstance(value, int)
            else datetime.fromisoformat(str(value)).astimezone(AMSTERDAM)
        )
    except (ValueError, OverflowError):
        return text_of(value)
    time = f"{moment:%H:%M}"
    return f"{long_date(moment.date().isoformat(), lang)}, {time}" if with_date else time


def text_of(value: object) -> str:
    """Return a claim as one short text; objects and lists say nothing here."""
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        return ""
    text = " ".join(str(value).split())
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"


def _person(claims: Mapping[str, Any]) -> str | None:
    parts = [text_of(claims.get(name)) for name in ("given_name", "family_name")]
    return " ".join(part for part in parts if part) or None


def _named(value: object, *, code: str) -> str:
    """`{"naam": "Koken", "crebo": "25180"}` as `Koken (25180)`."""
    if not isinstance(value, Mapping):
        return text_of(value)
    name, number = text_of(value.get("naam")), text_of(value.get(code))
    return f"{name} ({number})" if name and number else name or number


def _facts(
    credential: Mapping[str, Any], claims: Mapping[str, Any], report: Mapping[str, Any], lang: str
) -> list[Fact]:
    found: list[Fact] = []

    def add(label: str, *items: str) -> None:
        kept = tuple(item for item in items[:MAX_ITEMS] if item)
        if kept:
            found.append(Fact(label=label, items=kept))

    add(words("claims.kwalificatie", lang), _named(claims.get("kwalificatie"), code="crebo"))
    add(words("claims.certificaat", lang), _named(claims.get("certificaat"), code="code"))
    add(words("claims.keuzedeel", lang), _named(claims.get("keuzedeel"), code="code"))
    add(words("claims.standaard", lang), _named(claims.get("standaard"), code="code"))
    units = claims.get("units")
    if isinstance(units, list):
        add(words("claims.units", lang), *[_unit(unit, lang) for unit in units])
    for plain in ("cohort", "leerweg"):
        add(words(f"claims.{plain}", lang), text_of(claims.get(plain)))
    add(words("claims.birthdate", lang), long_date(claims["birthdate"], lang) if "birthdate" in claims else "")
    issuer = credential.get("issuer")
    name = text_of(issuer.get("name")) if isinstance(issuer, Mapping) else ""
    add(words("result.issuer", lang), name or words("result.issuer_unknown", lang))
    add(words("claims.awarded_date", lang), long_date(claims["awarded_date"], lang) if "awarded_date" in claims else "")
    status = str(credential.get("status"))
    known = status if messages.has(f"verifier.result.status.{status}", lang) else "unknown"
    add(words("result.status_label", lang), words(f"result.status.{known}", lang))
    holder = str(report.get("holder_binding"))
    if messages.has(f"verifier.result.holder.{holder}", lang):
        add(words("result.holder_label", lang), words(f"result.holder.{holder}", lang))
    return found


def _unit(unit: object, lang: str) -> str:
    if not isinstance(unit, Mapping):
        return text_of(unit)
    code = text_of(unit.get("unit")).rpartition(":")[2]
    text = _named({"naam": unit.get("naam"), "code": code}, code="code")
    judged = unit.get("oordeel")
    if isinstance(judged, str) and messages.has(f"verifier.units.{judged}", lang):
        return f"{text}: {words(f'units.{judged}', lang)}"
    return text


def _check(check: Mapping[str, Any], lang: str) -> CheckView:
    return CheckView(
        name=words(f"result.check_names.{check['id']}", lang),
        outcome=str(check["outcome"]),
        outcome_text=words(f"result.outcome.{check['outcome']}", lang),
        text=text_of(check.get("text")),
        code=text_of(check.get("code")) or None,
    )


def _input_name(entry: Mapping[str, Any], lang: str) -> str:
    kind = str(entry.get("kind"))
    if messages.has(f"verifier.result.input.{kind}", lang):
        return words(f"result.input.{kind}", lang)
    return kind
