"""Stacks to draw: one with every status, one that is complete."""

from passport.stacking import facts_from_what_if, load_catalogue, stack
from passport.stacking.page import sources_of, stack_page

SCHOOL = "school:ROC Midden"
GOAL = {"crebo": "25960", "date": "2026-06-01", "school": SCHOOL}


def _by(kind, at, *, issuer=SCHOOL, date="2025-05-05", **fields):
    return {"id": at, "type": kind, "issuer": issuer, "date": date, **fields}


MIXED = [
    _by("mbo-certificaat", "a", date="2025-01-12", code="C0164"),
    _by("vrijstelling", "b", units=["25960:P2-K1-W3"]),
    _by("praktijkverklaring", "c", issuer="school:Regio", units=["25960:B1-K1-W1"], cosigned="leerbedrijf:L"),
    _by(
        "ervaringscertificaat",
        "d",
        issuer="evc-aanbieder:EVC Centrum",
        date="2023-03-02",
        standaard="crebo:25960",
        units=["25960:B1-K1-W2", "25960:B1-K1-W1"],
    ),
    _by("generiek", "e", vak="nederlands", niveau="2F", cijfer=7),
    _by("generiek", "f", vak="rekenen", niveau="mbo-1", cijfer=7),
    _by("keuzedeel", "g", code="K0125", cijfer=7.5, sbu=240),
    _by("bpv", "h", oordeel="voldaan"),
    {"id": "i", "type": "branchecertificaat"},
    _by("mbo-certificaat", "j", code="C0166", status="revoked"),
    {"id": "k", "type": "nonsense"},
]
READY = [
    _by("diploma", "a", crebo="25960"),
    _by("generiek", "b", vak="nederlands", niveau="2F", cijfer=7),
    _by("generiek", "c", vak="rekenen", niveau="mbo-2", cijfer=7),
    _by("bpv", "d", oordeel="voldaan"),
    _by("loopbaan_burgerschap", "e", oordeel="voldaan"),
    _by("keuzedeel", "f", code="KX1", cijfer=7, sbu=240),
    _by("keuzedeel", "g", code="KX2", cijfer=7, sbu=240),
]


def page_of(*items, lang="nl", what_if=False, **target):
    """The page of a stack of what-if items."""
    facts = facts_from_what_if(list(items))
    catalogue = load_catalogue()
    answer = stack(catalogue=catalogue, target=GOAL | target, evidence=facts, lang=lang, what_if=what_if)
    return stack_page(answer, catalogue, sources_of(facts, catalogue, lang, supposed=what_if), lang=lang)
