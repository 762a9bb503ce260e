"""What each claim of a credential becomes, field by field. The way there, through verification, is in test_evidence."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from passport.credentials.types import TYPES
from passport.stacking.evidence import READERS, _recognition
from passport.stacking.facts import UNLIMITED, Item
from passport.trust.accreditation import Accreditation
from passport.trust.register import Organisation
from passport.verification.report import VerifiedCredential

BASE = Item(id="c", type="x", issuer_kind="school", issuer="school:A", date=date(2026, 2, 1), crebo="25960")


def read(kind, **claims):
    return READERS[kind](replace(BASE, type=kind), claims)


def test_every_part_of_an_mbo_verklaring_is_the_item_of_its_kind():
    day = {"datum": "2026-01-05"}
    items = read(
        "mbo-verklaring",
        resultaten=[
            {"onderdeel": "kerntaak", "unit": "25960:B1-K1", "cijfer": 7.5, **day},
            {"onderdeel": "werkproces", "unit": "25960:P2-K1-W1", "oordeel": "goed", **day},
            {"onderdeel": "generiek", "vak": "nederlands", "niveau": "2F", "cijfer": 6, **day},
            {"onderdeel": "bpv", "oordeel": "voldoende", **day},
            {"onderdeel": "loopbaan_burgerschap", "oordeel": "voldaan", **day},
            {"onderdeel": "beroepsvereisten", "naam": "VWS", "oordeel": "voldaan", **day},
        ],
        keuzedelen=[
            {"code": "K0125", "sbu": 240, "cijfer": 8, **day},
            {"code": "K0126", "verplichting": False, "oordeel": "voldoende", **day},
        ],
    )
    dated = replace(BASE, date=date(2026, 1, 5))
    unit = "examenresultaat"
    assert items == (
        replace(dated, id="c#0", type=unit, units=("25960:B1-K1",), cijfer=Decimal("7.5")),
        replace(dated, id="c#1", type=unit, units=("25960:P2-K1-W1",), oordeel="goed"),
        replace(dated, id="c#2", type="generiek", vak="nederlands", niveau="2F", cijfer=Decimal(6)),
        replace(dated, id="c#3", type="bpv", oordeel="voldoende"),
        replace(dated, id="c#4", type="loopbaan_burgerschap", oordeel="voldaan"),
        replace(dated, id="c#5", type="beroepsvereiste", naam="VWS", oordeel="voldaan"),
        replace(dated, id="c#6", type="keuzedeel", code="K0125", sbu=Decimal(240), cijfer=Decimal(8)),
        replace(dated, id="c#7", type="keuzedeel", code="K0126", verplichting=False, oordeel="voldoende"),
    )


def test_nothing_disclosed_of_an_mbo_verklaring_is_nothing():
    assert read("mbo-verklaring") == ()


def test_a_certificate_is_its_code_with_the_units_that_are_shown_or_a_keuzedeel():
    base = replace(BASE, type="mbo-certificaat")
    code = {"certificaat": {"code": "C0164"}}
    units = [{"unit": "25960:P2-K1-W1", "naam": "x"}, {"naam": "hidden"}]
    shown = read("mbo-certificaat", **code, units=units)
    assert shown == (replace(base, code="C0164", units=("25960:P2-K1-W1",), units_partial=True),)
    assert read("mbo-certificaat", **code) == (replace(base, code="C0164", units=(), units_partial=True),)
    part = read("mbo-certificaat", keuzedeel={"code": "K0125", "sbu": 240}, oordeel="goed", units=units)
    assert part == (replace(BASE, type="keuzedeel", code="K0125", sbu=Decimal(240), oordeel="goed"),)
    marked = read("mbo-certificaat", keuzedeel={"code": "K0125"}, cijfer=6.5)
    assert marked == (replace(BASE, type="keuzedeel", code="K0125", cijfer=Decimal("6.5")),)


def test_an_exemption_has_one_mark_for_all_that_it_names():
    base = replace(BASE, type="vrijstelling", cijfer=Decimal(7))
    items = read(
        "vrijstelling",
        cijfer=7,
        onderdelen=[
            {"unit": "25960:B1-K1-W1"},
            {"vak": "rekenen", "niveau": "mbo-2"},
            {"keuzedeel": {"code": "K0125", "sbu": 240}},
            {"keuzedeel": {"code": "K0126"}},
            {"onderdeel": "loopbaan_burgerschap"},
            {},
            {"unit": "25960:B1-K1-W2"},
        ],
    )
    assert items == (
        replace(base, units=("25960:B1-K1-W1", "25960:B1-K1-W2")),
        replace(base, id="c#1", vak="rekenen", niveau="mbo-2"),
        replace(base, id="c#2", keuzedeel="K0125", sbu=Decimal(240)),
        replace(base, id="c#3", keuzedeel="K0126"),
        replace(base, id="c#4", node="loopbaan_burgerschap"),
    )


def test_an_exemption_of_which_nothing_is_shown_stays_one_item():
    assert read("vrijstelling") == (replace(BASE, type="vrijstelling"),)


def test_an_ervaringscertificaat_names_its_standard_its_agreement_and_what_was_shown():
    claims = {"standaard": {"soort": "crebo", "code": "25960"}, "overeenkomst_datum": "2025-03-01"}
    units = [{"unit": "25960:P2-K1-W1", "oordeel": "aangetoond"}, {"unit": "25960:P2-K1-W2", "oordeel": "deels"}]
    base = replace(BASE, type="ervaringscertificaat", standaard="crebo:25960", overeenkomst_datum=date(2025, 3, 1))
    assert read("ervaringscertificaat", **claims, units=units) == (replace(base, units=("25960:P2-K1-W1",)),)
    assert read("ervaringscertificaat", **claims) == (replace(base, units=()),)


def test_a_praktijkverklaring_names_its_units_and_others_are_as_they_are():
    units = [{"unit": "25960:P2-K1-W1"}]
    base = replace(BASE, type="praktijkverklaring")
    assert read("praktijkverklaring", units=units) == (replace(base, units=("25960:P2-K1-W1",)),)
    assert read("praktijkverklaring") == (replace(base, units=()),)
    for kind in ("diploma", "branchecertificaat"):
        assert read(kind) == (replace(BASE, type=kind),)


def held(*, type="ervaringscertificaat", crebos=None, begin=None, until=None):
    return Accreditation(type=type, crebos=crebos, valid_from=begin, valid_until=until, granted_by=None, basis=None)


def recognition(*accreditations):
    claims = {
        "standaard": {"soort": "crebo", "code": "25960"},
        "kwalificatie": {"crebo": "25960"},
        "units": [{"unit": "25960:P2-K1-W1"}, {"unit": "25180:B1-K1-W1"}],
        "overeenkomst_datum": "2025-03-01",
        "awarded_date": "2026-01-01",
    }
    issuer = Organisation(
        id="evc",
        kind="evc-aanbieder",
        name={"nl": "x"},
        identifiers={},
        keys=None,  # the signature was checked long before
        accreditations=accreditations,
    )
    return _recognition(
        VerifiedCredential(
            id="c",
            type=TYPES["ervaringscertificaat"],
            format="dc+sd-jwt",
            issuer=issuer,
            claims=claims,
            issued_at=datetime(2026, 1, 1, tzinfo=UTC),
            holder_key=None,
            holder_proven=False,
            countersigned=False,
            leerbedrijf=None,
        )
    )


def test_the_recognition_of_an_evc_provider_is_the_longest_that_covers_the_agreement():
    early, late = date(2025, 6, 30), date(2025, 12, 31)
    covers = held(until=early)
    assert recognition(covers).period.end == early
    assert recognition(covers, held(until=late)).period.end == late
    assert recognition(held(until=late), covers).period.end == late
    assert recognition(covers, held()) is UNLIMITED
    assert recognition() is UNLIMITED


def test_a_recognition_for_something_else_says_nothing_of_its_end():
    early = date(2025, 6, 30)
    covers = held(until=early)
    for other in (
        held(type="branchecertificaat"),
        held(begin=date(2025, 3, 2)),
        held(crebos=frozenset({"25960"})),
        held(crebos=frozenset({"99999"})),
    ):
        assert recognition(covers, other).period.end == early
    assert recognition(covers, held(crebos=frozenset({"25960", "25180"}))) is UNLIMITED
