"""Units and kerntaken: R9, R10, R12 to R21, R50."""

import pytest

from tests.unit.stacking.small import COMPLETE, ask, codes, exam, item, node, reason, unit

# R9, R12


@pytest.mark.parametrize(
    ("mark", "status"),
    [
        ({"cijfer": 5.5}, "met"),
        ({"cijfer": 5.49}, "open"),
        ({"cijfer": 5}, "open"),
        ({"cijfer": 10}, "met"),
        ({"cijfer": 1}, "open"),
        ({"oordeel": "voldoende"}, "met"),
        ({"oordeel": "voldaan"}, "met"),
        ({"oordeel": "goed"}, "met"),
        ({"oordeel": "onvoldoende"}, "open"),
        ({"oordeel": "niet voldaan"}, "open"),
        ({"oordeel": "deelgenomen"}, "open"),
        ({"cijfer": 5, "oordeel": "voldoende"}, "open"),
    ],
    ids=str,
)
def test_a_result_is_sufficient_from_a_rounded_six(mark, status):
    answer = ask(item("examenresultaat", units=["10001:B1-K1-W1"], **mark))
    assert unit(answer, "B1-K1-W1") == status
    assert ("RESULT_INSUFFICIENT" in codes(answer, "evidence:e1")) is (status == "open")


def test_an_insufficient_result_does_not_undo_an_earlier_pass():
    answer = ask(exam("B1-K1-W1"), exam("B1-K1-W1", cijfer=4, date="2026-03-01"))
    assert unit(answer, "B1-K1-W1") == "met"
    assert "DUPLICATE_EVIDENCE" not in codes(answer)
    assert answer["evidence"]["e2"] == {"type": "examenresultaat", "accepted": True, "weight": "informational"}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (item("diploma", crebo="10001"), "met"),
        (item("mbo-certificaat", code="C1001"), "met"),
        (exam("B1-K1-W1"), "met"),
        (item("vrijstelling", units=["10001:B1-K1-W1"]), "exempt"),
        (item("ervaringscertificaat", standaard="crebo:10001", units=["10001:B1-K1-W1"]), "claim medium"),
        (item("praktijkverklaring", units=["10001:B1-K1-W1"], cosigned="leerbedrijf:L"), "claim weak"),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else value,
)
def test_what_the_awarding_school_decided_counts_and_the_rest_is_a_claim(entry, expected):
    answer = ask(entry)
    assert unit(answer, "B1-K1-W1") == expected
    assert (reason(answer, "EXEMPTION_REQUIRED", "B1-K1-W1") is not None) is expected.startswith("claim")
    assert (reason(answer, "EXEMPTION_GRANTED", "B1-K1-W1") is not None) is (expected == "exempt")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (item("diploma", crebo="10001"), "claim strong"),
        (item("mbo-certificaat", code="C1001"), "claim strong"),
        (exam("B1-K1-W1"), "claim strong"),
        (item("vrijstelling", units=["10001:B1-K1-W1"]), "claim medium"),
        (item("praktijkverklaring", units=["10001:B1-K1-W1"], cosigned="leerbedrijf:L"), "claim weak"),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else value,
)
def test_what_another_school_decided_is_a_claim(entry, expected):
    answer = ask(entry | {"issuer": "school:B"})
    assert unit(answer, "B1-K1-W1") == expected
    assert reason(answer, "EXEMPTION_REQUIRED", "B1-K1-W1") == ["e1"]
    assert ("EXEMPTION_OTHER_SCHOOL" in codes(answer, "evidence:e1")) is (entry["type"] == "vrijstelling")
    assert "EXEMPTION_GRANTED" not in codes(answer)


# R10


def test_the_catalogue_decides_what_a_certificate_contains():
    answer = ask(item("mbo-certificaat", code="c1001 ", units=["10001:P1-K1-W1"]))
    assert (unit(answer, "B1-K1-W1"), unit(answer, "B1-K1-W2"), unit(answer, "P1-K1-W1")) == ("met", "met", "open")
    assert reason(answer, "CERTIFICATE_CONTENTS_DIFFER", "evidence:e1") == ["e1"]


@pytest.mark.parametrize("units", [None, ["10001:B1-K1-W2", "10001:B1-K1-W1"], ["10001:B1-K1"]], ids=str)
def test_the_same_contents_are_no_difference(units):
    answer = ask(item("mbo-certificaat", code="C1001", units=units))
    assert "CERTIFICATE_CONTENTS_DIFFER" not in codes(answer)


def test_the_units_of_an_unknown_certificate_count_as_stated():
    answer = ask(item("mbo-certificaat", code="C9999", units=["10001:B1-K1-W1"]))
    assert unit(answer, "B1-K1-W1") == "met"
    assert codes(answer, "evidence:e1") == set()


def test_an_unknown_certificate_without_units_is_informational():
    answer = ask(item("mbo-certificaat", code="C9999"))
    assert codes(answer, "evidence:e1") == {"CERTIFICATE_CONTENTS_UNKNOWN"}
    assert answer["evidence"]["e1"] == {"type": "mbo-certificaat", "accepted": True, "weight": "informational"}


def test_local_codes_are_never_matched():
    answer = ask(item("mbo-certificaat", code="C9999", units=["10001:C1-K1-W1"]))
    assert codes(answer, "evidence:e1") == {"UNKNOWN_UNIT"}


# R13


def test_an_older_version_counts_only_through_rows_and_at_most_medium():
    answer = ask(exam("B1-K1-W1", "B1-K1-W2", crebo="10000"))
    assert [unit(answer, code) for code in ("B1-K1-W1", "B1-K1-W2")] == ["open", "claim medium"]
    assert codes(answer, "evidence:e1") == {"VERSION_MISMATCH"}


def test_an_older_version_without_a_row_gives_nothing_but_the_remark():
    answer = ask(exam("P1-K1", crebo="10000"))
    assert codes(answer, "evidence:e1") == {"VERSION_MISMATCH"}
    assert answer["evidence"]["e1"]["weight"] == "informational"


@pytest.mark.parametrize(("basis", "strength"), [("official", "claim strong"), ("name", "claim medium")])
def test_a_mapping_of_the_target_makes_a_crebo_older(basis, strength):
    mappings = [{"from": "10003:P1-K1-W1", "to": "10001:P1-K1-W2", "basis": basis}]
    answer = ask(exam("P1-K1-W1", "B1-K1-W1", crebo="10003"), mappings=mappings)
    assert [unit(answer, code) for code in ("P1-K1-W2", "P1-K1-W1", "B1-K1-W1")] == [strength, "open", "open"]
    assert codes(answer, "evidence:e1") == {"VERSION_MISMATCH"}


def test_an_official_mapping_adds_to_the_derived_rows_and_the_stronger_link_counts():
    mappings = [
        {"from": "10000:B1-K1-W1", "to": "10001:B1-K1-W2", "basis": "official"},
        {"from": "10000:B1-K1-W1", "to": "10001:P1-K1-W1", "basis": "name"},
    ]
    answer = ask(exam("B1-K1-W1", crebo="10000"), mappings=mappings)
    assert [unit(answer, code) for code in ("B1-K1-W2", "P1-K1-W1")] == ["claim strong", "claim medium"]


def test_the_link_lowers_the_strength_but_never_raises_it():
    mappings = [{"from": "10000:B1-K1-W1", "to": "10001:B1-K1-W1", "basis": "official"}]
    practice = item("praktijkverklaring", units=["10000:B1-K1-W1"], cosigned="leerbedrijf:L")
    assert unit(ask(practice, mappings=mappings), "B1-K1-W1") == "claim weak"
    exemption = item("vrijstelling", units=["10000:B1-K1-W1"])
    assert unit(ask(exemption, mappings=mappings), "B1-K1-W1") == "claim medium"


def test_a_mapping_takes_precedence_over_the_same_dossier():
    """10002 shares the dossier of 10001; made older by a row it counts only through rows."""
    mappings = [{"from": "10002:P1-K1-W1", "to": "10001:P1-K1-W1", "basis": "official"}]
    assert unit(ask(exam("B1-K1-W1", crebo="10002")), "B1-K1-W1") == "claim strong"
    assert unit(ask(exam("B1-K1-W1", crebo="10002"), mappings=mappings), "B1-K1-W1") == "open"


def test_a_mapping_may_lead_from_a_crebo_that_the_catalogue_lacks():
    mappings = [{"from": "17777:P1-K1-W1", "to": "10001:P1-K1-W1", "basis": "official"}]
    answer = ask(exam("P1-K1", crebo="17777"), item("diploma", crebo="17777"), mappings=mappings)
    assert unit(answer, "P1-K1-W1") == "claim strong"
    assert answer["units"]["P1-K1-W1"]["used"] == ["e2"]
    assert codes(answer, "evidence:e1") == codes(answer, "evidence:e2") == {"VERSION_MISMATCH"}
    assert codes(ask(exam("P1-K1", crebo="17777")), "evidence:e1") == {"UNKNOWN_QUALIFICATION"}


def test_a_kerntaak_in_a_mapping_stands_for_its_werkprocessen():
    mappings = [{"from": "17777:P1-K1", "to": "10001:P1-K1", "basis": "official"}]
    answer = ask(exam("P1-K1-W1", crebo="17777"), mappings=mappings)
    assert node(answer, "kerntaak:P1-K1") == "claim strong"
    mappings = [{"from": "10003:P1-K1", "to": "10001:B1-K1-W1", "basis": "official"}]
    assert unit(ask(exam("P1-K1-W2", crebo="10003"), mappings=mappings), "B1-K1-W1") == "claim strong"


def test_a_row_toward_another_qualification_makes_nothing_older():
    mappings = [{"from": "10003:P1-K1-W1", "to": "10002:P1-K1-W1", "basis": "official"}]
    assert codes(ask(exam("P1-K1-W1", crebo="10003"), mappings=mappings), "evidence:e1") == {"NOT_IN_QUALIFICATION"}


def test_a_mapping_of_the_own_crebo_changes_nothing():
    mappings = [{"from": "10001:B1-K1-W1", "to": "10001:B1-K1-W2", "basis": "official"}]
    answer = ask(exam("B1-K1-W1"), mappings=mappings)
    assert [unit(answer, code) for code in ("B1-K1-W1", "B1-K1-W2")] == ["met", "open"]
    assert "VERSION_MISMATCH" not in codes(answer)


def test_a_table_tells_the_units_of_an_older_crebo_that_the_catalogue_lacks():
    answer = ask(exam("B1-K1-W1", crebo="18888"), exam("P9-K9-W9", crebo="18888"))
    assert unit(answer, "B1-K1-W2") == "claim medium"
    assert codes(answer, "evidence:e2") == {"VERSION_MISMATCH", "UNKNOWN_UNIT"}


def test_a_diploma_of_an_older_version_is_a_claim_by_its_rows():
    answer = ask(item("diploma", crebo="10000"))
    assert [unit(answer, code) for code in ("B1-K1-W1", "B1-K1-W2")] == ["open", "claim medium"]
    assert codes(answer, "evidence:e1") == {"VERSION_MISMATCH"}


# R14


def test_the_basisdeel_of_the_same_dossier_is_a_strong_claim():
    answer = ask(exam("B1-K1", crebo="10002"))
    assert [unit(answer, code) for code in ("B1-K1-W1", "B1-K1-W2")] == ["claim strong", "open"]
    assert codes(answer, "evidence:e1") == {"NOT_IN_QUALIFICATION"}  # B1-K1-W2 has another name
    assert codes(ask(exam("B1-K1-W1", crebo="10002")), "evidence:e1") == set()


def test_the_profile_of_the_same_dossier_does_not_transfer():
    answer = ask(exam("B1-K1-W1", "P1-K1-W1", crebo="10002"))
    assert [unit(answer, code) for code in ("B1-K1-W1", "P1-K1-W1")] == ["claim strong", "open"]
    assert codes(answer, "evidence:e1") == {"NOT_IN_QUALIFICATION"}


def test_no_dossier_equals_nothing():
    assert codes(ask(exam("B1-K1-W1", crebo="10004"), crebo="10003"), "evidence:e1") == {"NOT_IN_QUALIFICATION"}


def test_contents_of_a_diploma_or_certificate_are_named_only_if_none_has_a_place():
    answer = ask(
        item("mbo-certificaat", code="C1004"),
        item("mbo-certificaat", code="C1005"),
        item("diploma", crebo="10002"),
        item("diploma", crebo="10003"),
    )
    wanted = [set(), {"NOT_IN_QUALIFICATION"}, set(), {"NOT_IN_QUALIFICATION"}]
    assert [codes(answer, f"evidence:e{at}") for at in (1, 2, 3, 4)] == wanted
    assert unit(answer, "B1-K1-W1") == "claim strong"


# R15


def test_a_kerntaak_stands_for_all_its_werkprocessen():
    answer = ask(exam("P1-K1"))
    assert node(answer, "kerntaak:P1-K1") == "met"
    assert answer["units"]["P1-K1-W2"]["used"] == ["e1"]


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("B1-K1-W1", "MALFORMED_UNIT"),
        ("10001:", "MALFORMED_UNIT"),
        (":B1-K1-W1", "MALFORMED_UNIT"),
        ("10001-B1-K1-W1", "MALFORMED_UNIT"),
        (7, "MALFORMED_UNIT"),
        ("10001:B9-K9-W9", "UNKNOWN_UNIT"),
        ("10002:B9-K9", "UNKNOWN_UNIT"),
        ("19999:B1-K1-W1", "UNKNOWN_QUALIFICATION"),
    ],
)
def test_a_unit_that_is_wrong_is_named_and_the_others_count(stated, code):
    answer = ask(exam("P1-K1-W1", units=[stated, "10001:P1-K1-W1"]))
    assert codes(answer, "evidence:e1") == {code}
    assert answer["evidence"]["e1"] == {"type": "examenresultaat", "accepted": True, "weight": "result"}
    assert unit(answer, "P1-K1-W1") == "met"


def test_a_diploma_or_certificate_of_an_unknown_qualification_is_named():
    answer = ask(item("diploma", crebo="19999"), item("mbo-certificaat", code="C1099"))
    assert codes(answer, "evidence:e1") == codes(answer, "evidence:e2") == {"UNKNOWN_QUALIFICATION"}


# R17


def order(*evidence, code="B1-K1-W1", **target):
    found = ask(*evidence, **target)["units"][code]
    return [*found["used"], *found["also"]]


def test_met_goes_before_exempt_before_claim():
    claim = exam("B1-K1-W1", id="a", issuer="school:B", date="2026-05-01")
    exempt = item("vrijstelling", "b", units=["10001:B1-K1-W1"], date="2026-05-01")
    assert order(claim, exempt, exam("B1-K1-W1", id="c")) == ["c", "b", "a"]


def test_the_stronger_claim_goes_first():
    weak = item("praktijkverklaring", "a", units=["10001:B1-K1-W1"], cosigned="leerbedrijf:L", date="2026-05-01")
    medium = item("ervaringscertificaat", "b", standaard="crebo:10001", units=["10001:B1-K1-W1"], date="2026-04-01")
    assert order(weak, medium, exam("B1-K1-W1", id="c", issuer="school:B")) == ["c", "b", "a"]


def test_a_diploma_then_the_later_date_then_the_smaller_id():
    late = exam("B1-K1-W1", id="late", date="2026-05-01")
    diploma = item("diploma", "z", crebo="10001", date="2020-01-01")
    same = [exam("B1-K1-W1", id=name) for name in ("e10", "e2", "E1")]
    assert order(*same, late, diploma) == ["z", "late", "E1", "e10", "e2"]


def test_duplicates_are_named_with_all_ids_and_once_is_no_duplicate():
    answer = ask(exam("B1-K1-W1", id="b"), exam("B1-K1", id="a"))
    assert reason(answer, "DUPLICATE_EVIDENCE", "B1-K1-W1") == ["a", "b"]
    assert reason(answer, "DUPLICATE_EVIDENCE", "B1-K1-W2") is None
    twice = ask(exam("B1-K1", "B1-K1-W1", "B1-K1-W1"))
    assert "DUPLICATE_EVIDENCE" not in codes(twice)
    assert twice["units"]["B1-K1-W1"]["used"] == ["e1"]


# R18


def test_a_kerntaak_is_open_partial_claim_exempt_or_met():
    partial = ask(exam("B1-K1-W1"))
    assert node(partial, "kerntaak:B1-K1") == "partial"
    assert reason(partial, "PARTIAL_KERNTAAK", "kerntaak:B1-K1") == []
    assert node(partial, "kerntaak:P1-K1") == "open"
    assert reason(partial, "PARTIAL_KERNTAAK", "kerntaak:P1-K1") is None
    exempt = item("vrijstelling", "x", units=["10001:B1-K1"])
    assert node(ask(exempt), "kerntaak:B1-K1") == "exempt"
    assert node(ask(item("vrijstelling", "x", units=["10001:B1-K1-W1"]), exam("B1-K1-W2")), "kerntaak:B1-K1") == "met"
    strong = exam("B1-K1-W1", issuer="school:B")
    weak = item("praktijkverklaring", units=["10001:B1-K1-W2"], cosigned="leerbedrijf:L")
    assert node(ask(strong, weak), "kerntaak:B1-K1") == "claim weak"
    assert node(ask(strong, exam("B1-K1-W2")), "kerntaak:B1-K1") == "claim strong"


# R19, R20


def test_a_diploma_counts_for_units_only_and_is_reported():
    answer = ask(item("diploma", crebo="10001"))
    assert reason(answer, "DIPLOMA_ALREADY_AWARDED", "overall") == ["e1"]
    assert {one["status"] for one in answer["units"].values()} == {"met"}
    assert answer["overall"] == "incomplete"
    others = {path: node(answer, path) for path in ("generiek", "bpv", "loopbaan_burgerschap", "keuzedelen")}
    assert set(others.values()) == {"open"}


def test_a_diploma_on_another_crebo_or_refused_is_not_already_awarded():
    assert "DIPLOMA_ALREADY_AWARDED" not in codes(ask(item("diploma", crebo="10002")))
    assert "DIPLOMA_ALREADY_AWARDED" not in codes(ask(item("diploma", crebo="10001", status="revoked")))
    assert "DIPLOMA_ALREADY_AWARDED" in codes(ask(item("diploma", crebo="10001", issuer="school:B")))


@pytest.mark.parametrize(
    ("day", "code", "late"),
    [("2026-02-02", "C1001", True), ("2026-02-01", "C1001", False), ("2026-02-02", "C1004", False)],
)
def test_a_certificate_after_the_diploma_that_contains_it_gets_a_remark(day, code, late):
    answer = ask(item("diploma", "d", crebo="10001"), item("mbo-certificaat", "c", code=code, date=day))
    assert ("CERTIFICATE_AFTER_DIPLOMA" in codes(answer, "evidence:c")) is late
    assert answer["evidence"]["c"]["accepted"] is True


def test_other_parts_never_fill_units():
    answer = ask(*COMPLETE[1:])
    assert {one["status"] for one in answer["units"].values()} == {"open"}


# R21


def test_an_exemption_on_another_crebo_is_a_claim_also_of_the_awarding_school():
    answer = ask(item("vrijstelling", units=["10002:B1-K1-W1"]))
    assert unit(answer, "B1-K1-W1") == "claim medium"
    assert "EXEMPTION_OTHER_SCHOOL" not in codes(answer)


# R50


def test_advice_is_every_smallest_set_for_what_certificates_can_cover():
    assert ask()["advice"]["smallest_sets"] == [["C1001", "C1003"]]
    assert ask(exam("P1-K1-W2"))["advice"]["smallest_sets"] == [["C1001", "C1002"], ["C1001", "C1003"]]
    assert ask(exam("B1-K1"))["advice"]["smallest_sets"] == [["C1003"]]
    assert ask(exam("B1-K1", "P1-K1"))["advice"]["smallest_sets"] == []
    assert ask(crebo="10003")["advice"]["smallest_sets"] == []


def test_a_unit_that_is_only_a_claim_is_not_open_for_the_advice():
    claims = exam("B1-K1", issuer="school:B")
    assert ask(claims)["advice"]["smallest_sets"] == [["C1003"]]
