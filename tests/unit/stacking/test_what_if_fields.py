"""How each field of the written evidence is read: what is good, what is not, and what a null means."""

from datetime import date
from decimal import Decimal

import pytest

from passport.stacking.facts import UNLIMITED, DuplicateId, EvidenceInvalid, Period
from passport.stacking.reasons import Code
from passport.stacking.what_if import FORMS, facts_from_what_if

GOOD = {
    "diploma": {"crebo": "25960"},
    "mbo-certificaat": {"code": "C0164"},
    "examenresultaat": {"units": ["25960:P2-K1-W1"], "cijfer": 7},
    "generiek": {"vak": "nederlands", "cijfer": 7},
    "bpv": {"oordeel": "goed"},
    "loopbaan_burgerschap": {"oordeel": "voldaan"},
    "beroepsvereiste": {"naam": "VWS", "oordeel": "voldaan"},
    "keuzedeel": {"code": "K0125", "cijfer": 7},
    "praktijkverklaring": {"units": ["25960:P2-K1-W1"]},
    "ervaringscertificaat": {"standaard": "crebo:25960", "units": ["25960:P2-K1-W1"]},
    "vrijstelling": {"node": "bpv"},
    "branchecertificaat": {},
    "zelfverklaring": {},
}
NAMED = {"issuer": "school:A", "date": "2026-02-01"}


def one(kind, **fields):
    (item,) = facts_from_what_if([{"type": kind} | NAMED | GOOD[kind] | fields]).items
    return item


def readable(kind, **fields):
    return Code.MALFORMED_EVIDENCE not in one(kind, **fields).refused


def test_every_type_has_its_form():
    assert set(GOOD) == set(FORMS)


@pytest.mark.parametrize("kind", GOOD)
def test_what_is_required_is_required_and_null_is_not_there(kind):
    assert readable(kind)
    named = kind not in ("branchecertificaat", "zelfverklaring")
    for name in [*GOOD[kind], *NAMED]:
        assert readable(kind, **{name: None}) is (name in NAMED and not named), name


FIELDS = {
    "issuer": (["a:b", "school:https://x.example", "a:b\nc"], ["a", ":b", "a:", "a b:c", " ", 7]),
    "date": (["2026-02-28", "2024-02-29"], ["2026-02-29", "2026-2-1", "20260201", "2026-02-01T00:00", 7, ""]),
    "status": (["valid", "suspended", "revoked", "unknown"], ["VALID", "", 7, [], True]),
    "holder": (["k"], ["", " ", 7, "\ud800", "a\udfff"]),
    "issuer_accredited": ([True, False], ["true", 0, 1]),
    "issuer_accredited_from": (["2026-01-01"], ["2026", 7]),
    "issuer_accredited_until": (["2026-01-01"], ["2026", 7]),
    "issuer_accredited_for": (["*", [], ["25960"], ["*"]], ["25960", [7], {}, [""]]),
    "crebo": (["25960"], [25960, ""]),
}
OWN = {
    "mbo-certificaat": {"code": (["x"], [7, "", " "]), "units": ([[], ["x"], [7]], ["x", {}, 7])},
    "examenresultaat": {
        "cijfer": ([1, 10, 5.5, 9.99], [0, 0.99, 10.01, -7, "7", True, float("nan"), float("inf"), [7]]),
        "oordeel": (["goed", "niet voldaan", "deelgenomen"], ["Goed", "", 7, []]),
    },
    "generiek": {"vak": (["rekenen", "engels"], ["Engels", "frans", 7]), "niveau": (["x"], [2, ""])},
    "beroepsvereiste": {"naam": (["x"], [7, " "])},
    "keuzedeel": {
        "sbu": ([0, 0.5, 240, 100_000], [-1, -0.5, 100_001, 100_000.5, "240", True, float("inf")]),
        "verplichting": ([True, False], ["ja", 0, 1]),
        "overlap": ([[], ["25960"]], ["25960", [7], {}]),
    },
    "praktijkverklaring": {
        "cosigned": (["leerbedrijf:L", "x"], [7, ""]),
        "period": (
            [{"from": "2025-01-01", "until": "2025-01-01"}, {"from": "2025-01-01", "until": "2025-01-02"}],
            [{"from": "2025-01-02", "until": "2025-01-01"}, {"from": "2025-01-01"}, {"until": "2025-01-01"}, [], "x"],
        ),
        "leerbedrijf_accredited_for": (["*", ["25960"]], ["25960", 7]),
        "leerbedrijf_accredited_from": (["2025-01-01"], ["x", 7]),
        "leerbedrijf_accredited_until": (["2025-01-01"], ["x", 7]),
    },
    "ervaringscertificaat": {"standaard": (["x"], [7, ""]), "overeenkomst_datum": (["2025-01-01"], ["x", 7])},
    "vrijstelling": {
        "keuzedeel": (["K1"], [7, ""]),
        "node": (["loopbaan_burgerschap"], ["keuzedelen", 7]),
        "vak": (["engels"], ["frans"]),
        "units": ([["x"]], ["x"]),
        "cijfer": ([1], [0]),
        "sbu": ([1], [-1]),
        "overlap": ([[]], ["x"]),
        "verplichting": ([False], [0]),
    },
}
CHECKS = [
    (kind, name, value, good)
    for kind in GOOD
    for name, (goods, bads) in (FIELDS | OWN.get(kind, {})).items()
    for good, values in ((True, goods), (False, bads))
    for value in values
]


@pytest.mark.parametrize("kind", GOOD)
def test_each_field_is_read_or_makes_the_item_malformed(kind):
    wrong = [
        (name, value) for of, name, value, good in CHECKS if of == kind and readable(kind, **{name: value}) != good
    ]
    assert wrong == []


def test_a_field_of_another_type_is_left_alone():
    assert readable("diploma", sbu="x", units="x", cijfer=0)
    assert one("bpv", cijfer=7).cijfer is None
    assert one("diploma", units=["25960:P2-K1-W1"]).units is None


def test_the_values_arrive_as_they_are_meant():
    item = one(
        "vrijstelling", cijfer=6.5, sbu=240, keuzedeel="K1", overlap=["1", "2"], verplichting=False, crebo="25960"
    )
    assert (item.cijfer, item.sbu, item.keuzedeel) == (Decimal("6.5"), Decimal(240), "K1")
    assert (item.overlap, item.verplichting, item.node, item.crebo) == ({"1", "2"}, False, "bpv", "25960")
    assert (item.issuer_kind, item.issuer, item.date, item.status) == ("school", "school:A", date(2026, 2, 1), "valid")
    period = {"from": "2025-01-01", "until": "2025-02-01"}
    item = one("praktijkverklaring", cosigned="leerbedrijf:L", period=period, units=["a", 7, "b"])
    assert item.guidance == Period(begin=date(2025, 1, 1), end=date(2025, 2, 1))
    assert (item.cosigned, item.units) == ("leerbedrijf:L", ("a", "", "b"))
    assert one("generiek", niveau="2F").niveau == "2F"
    assert one("keuzedeel").verplichting is True
    assert one("keuzedeel").overlap == frozenset()
    assert one("ervaringscertificaat", overeenkomst_datum="2025-01-01").overeenkomst_datum == date(2025, 1, 1)


def test_a_recognition_is_unlimited_only_if_nothing_is_said_of_it():
    assert one("diploma").recognition is UNLIMITED
    assert one("diploma", leerbedrijf_accredited_for=["1"]).leerbedrijf is UNLIMITED
    stated = one("diploma", issuer_accredited_from="2025-01-01").recognition
    assert (stated.accredited, stated.period, stated.crebos) == (True, Period(begin=date(2025, 1, 1)), None)
    stated = one("diploma", issuer_accredited_until="2025-01-01", issuer_accredited_for=["1"]).recognition
    assert (stated.period, stated.crebos) == (Period(end=date(2025, 1, 1)), {"1"})
    assert one("diploma", issuer_accredited=False).recognition.accredited is False
    assert one("diploma", issuer_accredited_for=["1", "*"]).recognition.crebos is None
    stated = one("praktijkverklaring", leerbedrijf_accredited_from="2025-01-01", leerbedrijf_accredited_for=["1"])
    assert (stated.leerbedrijf.period.begin, stated.leerbedrijf.crebos) == (date(2025, 1, 1), {"1"})
    assert stated.recognition is UNLIMITED
    stated = one("praktijkverklaring", leerbedrijf_accredited_until="2025-01-01").leerbedrijf
    assert stated.period == Period(end=date(2025, 1, 1))


def test_units_on_a_standard_that_is_no_crebo_are_not_read():
    assert one("ervaringscertificaat", standaard="x", units="nonsense").units is None
    assert readable("ervaringscertificaat", standaard="x", units="nonsense")
    assert not readable("ervaringscertificaat", units="nonsense")


@pytest.mark.parametrize("entry", [None, [], "x", 7, {}, {"type": None}, {"type": ["diploma"]}, {"type": "x"}], ids=str)
def test_what_is_no_item_is_malformed_and_keeps_its_place(entry):
    first, second = facts_from_what_if([entry, {"type": "zelfverklaring"}]).items
    assert (first.id, first.refused) == ("e1", {Code.MALFORMED_EVIDENCE})
    assert (second.id, second.refused) == ("e2", frozenset())


def test_a_malformed_item_keeps_its_type_and_holder_where_they_can_be_read():
    first, second, third = facts_from_what_if(
        [{"type": "x", "holder": "k"}, {"type": " ", "holder": " "}, {"type": "diploma", "holder": "k", "date": 7}]
    ).items
    assert (first.type, first.holder) == ("x", "k")
    assert (second.type, second.holder) == (None, None)
    assert (third.type, third.holder, third.refused) == ("diploma", "k", {Code.MALFORMED_EVIDENCE})


def test_ids_are_given_in_order_to_those_that_have_none():
    items = facts_from_what_if([{"type": "zelfverklaring", "id": key} for key in ("a", None, "b", " ", 7)]).items
    assert [item.id for item in items] == ["a", "e1", "b", "e2", "e3"]
    assert [bool(item.refused) for item in items] == [False, False, False, True, True]


@pytest.mark.parametrize("ids", [("a", "a"), ("e1", None)])
def test_two_items_with_one_id_are_wrong_use(ids):
    with pytest.raises(DuplicateId) as refused:
        facts_from_what_if([{"type": "zelfverklaring", "id": key} for key in ids])
    assert refused.value.params["id"] == ids[0]


@pytest.mark.parametrize("evidence", [None, "[]", b"[]", {}, 7])
def test_evidence_that_is_no_list_is_wrong_use(evidence):
    with pytest.raises(EvidenceInvalid):
        facts_from_what_if(evidence)


def test_no_evidence_is_good():
    assert facts_from_what_if([]).items == ()
