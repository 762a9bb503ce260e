"""Which items count: R1 to R11."""

import pytest

from passport.errors import PassportError
from passport.stacking import WrongUse, stack
from passport.stacking.facts import DuplicateId, EvidenceInvalid, LevelUnknown, TargetInvalid
from tests.unit.stacking.small import COMPLETE, TARGET, ask, catalogue, codes, exam, item, node, reason, unit


def accepted(answer, id="e1"):
    return answer["evidence"][id]["accepted"]


# R1


def test_an_unknown_qualification_blocks_and_shows_no_units():
    answer = ask(item("bpv", oordeel="voldoende"), exam("B1-K1", crebo="19999"), crebo="19999")
    assert (answer["overall"], answer["units"]) == ("blocked", {})
    assert reason(answer, "UNKNOWN_QUALIFICATION", "overall") == []
    assert reason(answer, "UNKNOWN_QUALIFICATION", "evidence:e2") == ["e2"]
    assert set(answer["nodes"]) == {
        "nederlands",
        "rekenen",
        "generiek",
        "loopbaan_burgerschap",
        "bpv",
        "keuzedelen",
        "beroepsvereisten",
    }
    assert node(answer, "bpv") == "met"


def test_an_unknown_qualification_with_a_level_shows_what_the_items_give():
    answer = ask(*COMPLETE[1:], crebo="19999", niveau=2)
    assert answer["overall"] == "blocked"
    assert node(answer, "generiek") == node(answer, "keuzedelen") == "met"


def test_a_known_qualification_is_not_reported_as_unknown():
    assert "UNKNOWN_QUALIFICATION" not in codes(ask(*COMPLETE))


def test_the_level_is_the_catalogues_then_the_targets_and_without_both_the_call_is_wrong():
    assert ask(niveau=4)["target"]["niveau"] == 2
    assert ask(crebo="10006", niveau=4)["target"]["niveau"] == 4
    assert "engels" in ask(crebo="10006", niveau=4)["nodes"]
    with pytest.raises(LevelUnknown):
        ask(crebo="10006")


def test_two_items_with_one_id_make_the_call_wrong():
    with pytest.raises(DuplicateId):
        ask(item("bpv", "x", oordeel="voldoende"), item("bpv", "x", oordeel="goed"))
    with pytest.raises(DuplicateId):
        ask(item("bpv", oordeel="voldoende"), item("bpv", "e1", oordeel="goed"))


def test_items_without_an_id_are_numbered_in_the_order_given():
    answer = ask(item("bpv", "x", oordeel="voldoende"), item("bpv", oordeel="goed"), item("bpv", oordeel="goed"))
    assert set(answer["evidence"]) == {"x", "e1", "e2"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"crebo": "absent"},
        {"date": "absent"},
        {"date": "2026-02-30"},
        {"date": "20260201"},
        {"cohort": "next year"},
        {"school": 7},
        {"niveau": 5},
        {"niveau": "2"},
        {"beroepsvereisten": 1},
        {"dossier_valid_until": "soon"},
        {"duration_years": "two"},
        {"mappings": "none"},
        {"mappings": [{"from": "x", "to": "10001:B1-K1-W1", "basis": "name"}]},
        {"mappings": [{"from": "10000:B1-K1-W1", "to": "10001:B1-K1-W1", "basis": "a guess"}]},
    ],
)
def test_a_target_that_cannot_be_read_is_wrong_use(wrong):
    with pytest.raises(TargetInvalid) as caught:
        ask(**wrong)
    assert isinstance(caught.value, WrongUse | PassportError)


@pytest.mark.parametrize("evidence", ["text", b"bytes", {"a": 1}, 7, None])
def test_evidence_that_is_no_list_is_wrong_use(evidence):
    with pytest.raises(EvidenceInvalid):
        stack(catalogue=catalogue(), target=TARGET, evidence=evidence, lang="nl", what_if=True)


MALFORMED = [
    "text",
    7,
    None,
    [],
    {},
    item("unheard of"),
    item("bpv"),
    item("bpv", oordeel="prima"),
    item("bpv", oordeel=7),
    item("bpv", oordeel="voldoende", date="2026-13-01"),
    item("bpv", oordeel="voldoende", date=None),
    item("bpv", oordeel="voldoende", issuer=None),
    item("bpv", oordeel="voldoende", issuer="School A"),
    item("bpv", oordeel="voldoende", status="expired"),
    item("bpv", oordeel="voldoende", issuer_accredited="yes"),
    item("bpv", oordeel="voldoende", issuer_accredited_for="10001"),
    item("bpv", oordeel="voldoende", crebo=10001),
    item("bpv", oordeel="voldoende", id=7),
    item("diploma"),
    item("mbo-certificaat"),
    item("mbo-certificaat", code="C1001", units="10001:B1-K1-W1"),
    item("examenresultaat", units=["10001:B1-K1-W1"]),
    item("examenresultaat", cijfer=7),
    exam("B1-K1-W1", cijfer=0.9),
    exam("B1-K1-W1", cijfer=10.1),
    exam("B1-K1-W1", cijfer="7"),
    exam("B1-K1-W1", cijfer=True),
    exam("B1-K1-W1", cijfer=float("nan")),
    item("generiek", cijfer=7),
    item("generiek", vak="duits", cijfer=7),
    item("generiek", vak="nederlands"),
    item("beroepsvereiste", oordeel="voldaan"),
    item("keuzedeel", cijfer=7),
    item("keuzedeel", code="K0001"),
    item("keuzedeel", code="K0001", cijfer=7, sbu=-1),
    item("keuzedeel", code="K0001", cijfer=7, verplichting="no"),
    item("keuzedeel", code="K0001", cijfer=7, overlap="10001"),
    item("praktijkverklaring", cosigned="leerbedrijf:L"),
    item("praktijkverklaring", units=["10001:B1-K1"], cosigned="leerbedrijf:L", period={"from": "2026-01-01"}),
    item("ervaringscertificaat", units=["10001:B1-K1"]),
    item("ervaringscertificaat", standaard="crebo:10001"),
    item("vrijstelling"),
    item("vrijstelling", node="diploma"),
    {"type": "branchecertificaat", "date": "never"},
]


@pytest.mark.parametrize("entry", MALFORMED, ids=str)
def test_an_item_that_cannot_be_read_is_refused_and_the_others_go_on(entry):
    answer = ask(entry, exam("B1-K1-W1", id="good"))
    assert "MALFORMED_EVIDENCE" in codes(answer, "evidence:e1")
    assert answer["evidence"]["e1"]["accepted"] is False
    assert answer["evidence"]["e1"]["weight"] == "informational"
    assert unit(answer, "B1-K1-W1") == "met"
    assert "MALFORMED_EVIDENCE" not in codes(answer, "evidence:good")


def test_an_absent_optional_field_may_be_null():
    answer = ask(item("keuzedeel", code="KX1", cijfer=7, sbu=None, status=None, holder=None, overlap=None))
    assert accepted(answer)


def test_without_school_no_school_is_the_awarding_school():
    answer = ask(exam("B1-K1-W1"), item("vrijstelling", node="bpv"), school="absent")
    assert (unit(answer, "B1-K1-W1"), node(answer, "bpv")) == ("claim strong", "claim medium")
    assert reason(answer, "EXEMPTION_OTHER_SCHOOL", "evidence:e2") == ["e2"]
    assert answer["target"]["school"] is None


# R2, R3


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (exam("B1-K1"), "leerbedrijf"),
        (item("ervaringscertificaat", standaard="crebo:10001", units=[]), "school"),
        (item("branchecertificaat"), "school"),
        (item("vrijstelling", node="bpv"), "evc-aanbieder"),
    ],
    ids=["result", "evc", "branche", "exemption"],
)
def test_an_issuer_of_another_kind_is_not_authorised(entry, kind):
    assert "ISSUER_NOT_AUTHORISED" not in codes(ask(entry))
    answer = ask(entry | {"issuer": f"{kind}:Z"})
    assert "ISSUER_NOT_AUTHORISED" in codes(answer, "evidence:e1")
    assert not accepted(answer)


def test_all_reasons_to_refuse_are_given():
    entry = item(
        "praktijkverklaring",
        units=["10001:B1-K1"],
        issuer="leerbedrijf:L",
        status="revoked",
        date="2027-01-01",
        issuer_accredited=False,
    )
    wanted = {"ISSUER_NOT_AUTHORISED", "MISSING_COSIGNATURE", "REVOKED", "DATED_AFTER_TARGET"}
    assert codes(ask(entry), "evidence:e1") == wanted


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, True),
        ({"issuer_accredited": False}, False),
        ({"issuer_accredited_from": "2026-02-01"}, True),
        ({"issuer_accredited_from": "2026-02-02"}, False),
        ({"issuer_accredited_until": "2026-02-01"}, True),
        ({"issuer_accredited_until": "2026-01-31"}, False),
        ({"issuer_accredited_for": ["10001"]}, True),
        ({"issuer_accredited_for": ["10002"]}, False),
        ({"issuer_accredited_for": []}, False),
        ({"issuer_accredited_for": "*"}, True),
    ],
)
def test_accreditation_counts_at_the_date_and_for_the_crebo(fields, counts):
    answer = ask(exam("B1-K1-W1", **fields))
    assert accepted(answer) is counts
    assert ("ISSUER_NOT_AUTHORISED" in codes(answer)) is not counts


@pytest.mark.parametrize(
    ("entry", "counts"),
    [
        (item("diploma", crebo="10001"), False),
        (item("mbo-certificaat", code="C1001"), False),
        (item("mbo-certificaat", code="C9999"), True),
        (item("mbo-certificaat", code="C9999", units=["10001:B1-K1-W1"]), False),
        (item("examenresultaat", cijfer=7, units=["nonsense", "10002:B1-K1-W1"]), True),
        (item("examenresultaat", cijfer=7, units=["10001:B1-K1-W1", "10002:B1-K1-W1"]), False),
        (item("bpv", oordeel="voldoende", crebo="10001"), True),
        (item("ervaringscertificaat", standaard="branche:1", units=["10001:B1-K1"]), True),
    ],
    ids=["diploma", "certificate", "unknown certificate", "its units", "other crebo", "one of two", "bpv", "branche"],
)
def test_the_crebos_that_an_item_names_must_be_accredited(entry, counts):
    assert accepted(ask(entry | {"issuer_accredited_for": ["10002"]})) is counts


# R4, R22


def evc(**fields):
    return item("ervaringscertificaat", **({"standaard": "crebo:10001", "units": ["10001:B1-K1-W1"]} | fields))


def test_the_accreditation_of_an_evc_provider_counts_at_the_agreement():
    late = {"issuer_accredited_until": "2025-12-31"}
    assert "ISSUER_NOT_AUTHORISED" in codes(ask(evc(**late)))
    answer = ask(evc(**late, overeenkomst_datum="2025-12-31"))
    assert accepted(answer)
    assert reason(answer, "AUTHORISED_AT_START", "evidence:e1") == ["e1"]
    assert "ISSUER_NOT_AUTHORISED" in codes(ask(evc(**late, overeenkomst_datum="2026-01-01")))


def test_an_agreement_before_the_accreditation_is_not_enough():
    fields = {"issuer_accredited_from": "2026-01-01", "overeenkomst_datum": "2025-12-31"}
    assert "ISSUER_NOT_AUTHORISED" in codes(ask(evc(**fields)))


def test_no_remark_where_the_accreditation_still_held():
    answer = ask(evc(issuer_accredited_until="2026-02-01", overeenkomst_datum="2025-12-31"))
    assert "AUTHORISED_AT_START" not in codes(answer)


@pytest.mark.parametrize(("day", "stale"), [("2024-06-01", False), ("2024-05-31", True)])
def test_an_evc_older_than_two_years_gets_a_remark_and_counts(day, stale):
    answer = ask(evc(date=day))
    assert ("STALE_EVIDENCE" in codes(answer, "evidence:e1")) is stale
    assert unit(answer, "B1-K1-W1") == "claim medium"


def test_the_two_years_after_29_february_end_on_the_28th():
    assert "STALE_EVIDENCE" not in codes(ask(evc(date="2024-02-29"), date="2026-02-28"))
    assert "STALE_EVIDENCE" in codes(ask(evc(date="2024-02-29"), date="2026-03-01"))


def test_an_evc_on_another_standard_is_informational_and_its_units_are_not_read():
    answer = ask(evc(standaard="branche:B1", units=["nonsense", "10001:B1-K1-W1"]))
    assert codes(answer, "evidence:e1") == {"STANDARD_NOT_CREBO"}
    assert (accepted(answer), answer["evidence"]["e1"]["weight"]) == (True, "informational")
    assert unit(answer, "B1-K1-W1") == "open"
    assert "STANDARD_NOT_CREBO" not in codes(ask(evc()))


# R5, R23


def practice(**fields):
    return item("praktijkverklaring", **({"units": ["10001:P1-K1-W1"], "cosigned": "leerbedrijf:L"} | fields))


@pytest.mark.parametrize("cosigned", [None, "school:B"])
def test_a_praktijkverklaring_needs_the_signature_of_a_leerbedrijf(cosigned):
    answer = ask(practice(cosigned=cosigned))
    assert codes(answer, "evidence:e1") == {"MISSING_COSIGNATURE"}
    assert unit(answer, "P1-K1-W1") == "open"


def test_a_countersigned_praktijkverklaring_is_a_weak_claim_and_no_bpv():
    answer = ask(practice())
    assert codes(answer, "evidence:e1") == {"NO_EXAM"}
    assert (unit(answer, "P1-K1-W1"), node(answer, "bpv")) == ("claim weak", "open")
    assert "NO_EXAM" not in codes(ask(exam("P1-K1-W1")))


@pytest.mark.parametrize(
    ("fields", "recognised"),
    [
        ({"leerbedrijf_accredited_for": ["10001"]}, True),
        ({"leerbedrijf_accredited_for": ["10002"]}, False),
        ({"leerbedrijf_accredited_from": "2026-02-01"}, True),
        ({"leerbedrijf_accredited_from": "2026-02-02"}, False),
        ({"leerbedrijf_accredited_until": "2026-01-31"}, False),
        ({"period": {"from": "2025-09-01", "until": "2026-01-31"}, "leerbedrijf_accredited_from": "2025-09-01"}, True),
        ({"period": {"from": "2025-09-01", "until": "2026-01-31"}, "leerbedrijf_accredited_from": "2025-09-02"}, False),
        ({"period": {"from": "2025-09-01", "until": "2026-01-31"}, "leerbedrijf_accredited_until": "2026-01-31"}, True),
        (
            {"period": {"from": "2025-09-01", "until": "2026-01-31"}, "leerbedrijf_accredited_until": "2026-01-30"},
            False,
        ),
        ({"units": ["10001:P1-K1-W1", "10002:P1-K1-W1"], "leerbedrijf_accredited_for": ["10001"]}, False),
    ],
)
def test_the_leerbedrijf_is_recognised_for_every_crebo_in_the_whole_period(fields, recognised):
    answer = ask(practice(**fields))
    assert accepted(answer) is recognised
    assert ("LEERBEDRIJF_NOT_RECOGNISED_FOR_CREBO" in codes(answer, "evidence:e1")) is not recognised


# R6, R7


@pytest.mark.parametrize(
    ("status", "code"), [("revoked", "REVOKED"), ("suspended", "SUSPENDED"), ("unknown", "STATUS_UNKNOWN")]
)
def test_only_a_valid_status_counts(status, code):
    answer = ask(exam("B1-K1-W1", status=status), exam("P1-K1-W1"))
    assert codes(answer, "evidence:e1") == {code}
    assert (unit(answer, "B1-K1-W1"), unit(answer, "P1-K1-W1")) == ("open", "met")
    assert code not in codes(ask(exam("B1-K1-W1", status="valid")))


@pytest.mark.parametrize(("day", "counts"), [("2026-06-01", True), ("2026-06-02", False)])
def test_what_is_later_than_the_target_date_does_not_count(day, counts):
    answer = ask(exam("B1-K1-W1", date=day))
    assert accepted(answer) is counts
    assert ("DATED_AFTER_TARGET" in codes(answer, "evidence:e1")) is not counts


def test_a_dated_item_without_an_issuer_may_be_too_late_too():
    assert "DATED_AFTER_TARGET" in codes(ask({"type": "zelfverklaring", "date": "2027-01-01"}))


# R8


def test_two_holders_block_and_nothing_is_accepted():
    answer = ask(exam("B1-K1-W1", holder="a"), exam("P1-K1-W1", holder="b", status="revoked"), exam("P1-K1-W2"))
    assert answer["overall"] == "blocked"
    assert reason(answer, "HOLDER_MISMATCH", "overall") == ["e1", "e2", "e3"]
    assert not any(one["accepted"] for one in answer["evidence"].values())
    assert {one["status"] for one in answer["units"].values()} == {"open"}
    assert "REVOKED" in codes(answer, "evidence:e2")


def test_an_unreadable_item_still_names_its_holder():
    answer = ask(exam("B1-K1-W1", holder="a"), {"type": "unheard of", "holder": "b"})
    assert "HOLDER_MISMATCH" in codes(answer)
    assert "HOLDER_MISMATCH" in codes(ask(exam("B1-K1-W1", holder="a"), item("bpv", oordeel="x", holder="b")))


def test_items_without_a_holder_go_with_the_one_named():
    answer = ask(exam("B1-K1-W1", holder="a"), exam("P1-K1-W1"))
    assert "HOLDER_MISMATCH" not in codes(answer)
    assert answer["overall"] == "incomplete"


# R11


def test_branche_and_own_statements_are_accepted_and_count_for_nothing():
    answer = ask(
        {"type": "branchecertificaat"}, {"type": "zelfverklaring"}, {"type": "zelfverklaring", "issuer": "me:1"}
    )
    for key in ("e1", "e2", "e3"):
        assert answer["evidence"][key]["accepted"] is True
        assert answer["evidence"][key]["weight"] == "informational"
        assert codes(answer, f"evidence:{key}") == {"INFORMATIONAL_ONLY"}
    assert "INFORMATIONAL_ONLY" not in codes(ask(*COMPLETE))


def test_the_weight_is_the_highest_that_an_item_gives_anywhere():
    mixed = item("vrijstelling", "mixed", units=["10001:B1-K1-W1"], node="bpv", crebo="10002")
    answer = ask(mixed, exam("B1-K1-W1", id="result"), exam("P1-K1-W1", id="low", cijfer=5))
    weights = {key: one["weight"] for key, one in answer["evidence"].items()}
    assert weights == {"mixed": "exemption", "result": "result", "low": "informational"}
    assert answer["units"]["B1-K1-W1"]["also"] == ["mixed"]


# Extremes


def test_extreme_dates_hours_and_texts_do_no_harm():
    late = evc(date="9999-12-31", overeenkomst_datum="0001-01-01")
    answer = ask(late, date="9999-12-31", dossier_valid_until="9999-12-31", duration_years=20)
    assert answer["overall"] == "incomplete"
    assert ask(date="0001-01-01", cohort="absent")["target"]["cohort"] == "0-1"
    assert "MALFORMED_EVIDENCE" in codes(ask(item("keuzedeel", code="KX1", cijfer=6, sbu=1e300)))
    half = ask(item("\ud800"), item("bpv", "\ud800", oordeel="voldoende"))
    assert set(half["evidence"]) == {"e1", "e2"}
    assert not any(one["accepted"] for one in half["evidence"].values())
    with pytest.raises(TargetInvalid):
        ask(school="\ud800")
