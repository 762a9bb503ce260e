"""From really verified credentials to facts: CONTRACT section 5."""

from datetime import date

import pytest

from passport.stacking import load_catalogue, stack
from passport.stacking.evidence import facts_from_credentials
from passport.verification import Expected, parse_presented, policy_for, verify
from tests.ecosystem import INVALID, SUSPENDED, Ecosystem, sample_claims

TARGET = {"crebo": "25960", "cohort": "2025-2026", "date": "2026-06-15"}
PERSON = [("given_name",), ("family_name",), ("birthdate",), ("document_number",)]
ANOTHER = {"given_name": "Toets", "family_name": "Houdster"}


class Setting:
    """A world with one holder, and the answer to what that holder has."""

    def __init__(self):
        self.world = Ecosystem()
        self.holder = self.world.holder()

    def issue(self, type, *, by=None, **changes):
        return (by or self.world.school).issue(type, holder=self.holder, **changes)

    def report(self, issued, *, disclose=None, at=None, register=...):
        text = issued if isinstance(issued, str) else self.holder.present(issued, disclose=disclose)
        return verify(
            text,
            self.world.materials(),
            self.world.register() if register is ... else register,
            policy_for(require_holder_binding=False),
            expected=Expected(nonce="nonce", audience="verifier"),
            at=at or self.world.at,
        )

    def facts(self, *issued, **options):
        return facts_from_credentials([self.report(one) for one in issued], **options)

    def ask(self, *reports, binding="proven", **target):
        reports = [self.report(one) if not hasattr(one, "verdict") else one for one in reports]
        facts = facts_from_credentials(reports, holder_binding=binding)
        target = TARGET | {"school": self.world.school.id} | target
        return stack(catalogue=load_catalogue(), target=target, evidence=facts, lang="nl", what_if=False)


@pytest.fixture
def at():
    return Setting()


def places(answer, code):
    return {one["at"]: one["evidence"] for one in answer["reasons"] if one["code"] == code}


def key(issued):
    return parse_presented(issued.text).id


def test_a_certificate_of_the_awarding_school_makes_its_units_met(at):
    one = at.issue("mbo-certificaat")
    answer = at.ask(one)
    assert answer["evidence"] == {key(one): {"type": "mbo-certificaat", "accepted": True, "weight": "result"}}
    met = {code for code, unit in answer["units"].items() if unit["status"] == "met"}
    assert met == {"P2-K1-W1", "P2-K1-W2"}
    assert answer["what_if"] is False
    assert answer["holder_binding"] == "proven"
    assert places(answer, "HOLDER_NOT_PROVEN") == {}


def test_hidden_units_of_a_certificate_are_no_difference(at):
    one = at.issue("mbo-certificaat")
    answer = at.ask(at.report(one, disclose=[*PERSON, ("units", 0)]))
    assert places(answer, "CERTIFICATE_CONTENTS_DIFFER") == {}
    assert answer["units"]["P2-K1-W2"]["status"] == "met"


def test_other_units_than_the_catalogue_are_a_difference(at):
    units = [{"unit": "25960:B1-K1-W1", "naam": "x"}]
    answer = at.ask(at.issue("mbo-certificaat", units=units))
    assert list(places(answer, "CERTIFICATE_CONTENTS_DIFFER"))
    assert answer["units"]["B1-K1-W1"]["status"] == "open"


def test_a_certificate_of_a_keuzedeel_is_a_keuzedeel(at):
    keuzedeel = {"code": "K0125", "naam": "Voorbereiding HBO", "sbu": 240}
    one = at.issue("mbo-certificaat", units=None, keuzedeel=keuzedeel, cijfer=7)
    answer = at.ask(one)
    assert answer["nodes"]["keuzedelen"]["sbu"] == 240
    hidden = at.ask(at.report(one, disclose=PERSON))
    assert places(hidden, "RESULT_INSUFFICIENT") == {f"evidence:{key(one)}": [key(one)]}


def test_an_mbo_verklaring_is_written_as_its_results(at):
    one = at.issue("mbo-verklaring")
    answer = at.ask(one)
    claims = sample_claims("mbo-verklaring")
    total = len(claims["resultaten"]) + len(claims["keuzedelen"])
    assert set(answer["evidence"]) == {f"{key(one)}#{place}" for place in range(total)}
    assert answer["evidence"][f"{key(one)}#0"]["type"] == "examenresultaat"
    assert answer["evidence"][f"{key(one)}#{total - 1}"]["type"] == "keuzedeel"


def test_the_date_of_a_result_is_its_own(at):
    results = [{"onderdeel": "bpv", "oordeel": "voldoende", "datum": "2026-06-20"}]
    answer = at.ask(at.issue("mbo-verklaring", resultaten=results, keuzedelen=[]))
    assert list(places(answer, "DATED_AFTER_TARGET"))


def test_a_result_without_a_visible_mark_is_insufficient_not_malformed(at):
    results = [
        {"onderdeel": "werkproces", "unit": "25960:B1-K1-W1", "datum": "2026-05-01"},
        {"onderdeel": "generiek", "vak": "nederlands", "niveau": "2F", "datum": "2026-05-01"},
        {"onderdeel": "bpv", "datum": "2026-05-01"},
        {"onderdeel": "beroepsvereisten", "naam": "VWS", "datum": "2026-05-01"},
    ]
    answer = at.ask(at.issue("mbo-verklaring", resultaten=results, keuzedelen=[]), beroepsvereisten="VWS")
    assert len(places(answer, "RESULT_INSUFFICIENT")) == 4
    assert places(answer, "MALFORMED_EVIDENCE") == {}


def test_a_praktijkverklaring_counts_with_the_leerbedrijf_disclosed_and_not_without(at):
    one = at.issue("praktijkverklaring")
    answer = at.ask(one)
    assert answer["evidence"][key(one)]["weight"] == "claim"
    assert list(places(answer, "NO_EXAM"))
    hidden = at.ask(at.report(one, disclose=[*PERSON, ("units", None)]))
    assert list(places(hidden, "MISSING_COSIGNATURE")) == [f"evidence:{key(one)}"]
    assert hidden["evidence"][key(one)]["accepted"] is False


def test_a_leerbedrijf_without_recognition_is_named(at):
    one = at.issue("praktijkverklaring")
    at.world.leerbedrijf.accreditations[0]["valid_from"] = "2026-01-01"
    answer = at.ask(one)
    assert list(places(answer, "LEERBEDRIJF_NOT_RECOGNISED_FOR_CREBO"))
    assert places(answer, "MISSING_COSIGNATURE") == {}


def test_only_what_was_shown_in_full_counts_of_an_ervaringscertificaat(at):
    units = [
        {"unit": f"25960:B1-K1-W{number}", "naam": "x", "oordeel": oordeel}
        for number, oordeel in enumerate(("aangetoond", "deels", "niet"), 1)
    ]
    standard = {"soort": "crebo", "code": "25960", "naam": "x"}
    answer = at.ask(at.issue("ervaringscertificaat", by=at.world.evc, units=units, standaard=standard))
    statuses = [answer["units"][f"B1-K1-W{number}"]["status"] for number in (1, 2, 3)]
    assert statuses == ["claim", "open", "open"]


def test_an_evc_provider_that_lost_its_recognition_gets_the_remark(at):
    agreed = {"overeenkomst_datum": "2025-03-01", "awarded_date": "2026-01-01"}
    at.world.evc.accreditations[0]["valid_until"] = "2025-06-30"
    one = at.issue("ervaringscertificaat", by=at.world.evc, **agreed)
    assert list(places(at.ask(one), "AUTHORISED_AT_START"))
    late = at.issue("ervaringscertificaat", by=at.world.evc, **agreed | {"overeenkomst_datum": "2025-07-01"})
    answer = at.ask(late)
    assert list(places(answer, "ISSUER_NOT_AUTHORISED"))
    at.world.evc.accreditations.append(at.world.evc.accreditations[0] | {"valid_until": None})
    assert places(at.ask(one), "AUTHORISED_AT_START") == {}


def test_of_an_exemption_the_units_make_one_item_and_each_other_element_one(at):
    parts = [
        {"vak": "nederlands", "niveau": "2F"},
        {"unit": "25960:B1-K1-W1"},
        {"unit": "25960:B1-K1-W2"},
        {"keuzedeel": {"code": "K0125", "sbu": 240}},
        {"onderdeel": "bpv"},
    ]
    kwalificatie = {"crebo": "25960", "naam": "Helpende Zorg en Welzijn", "niveau": 2}
    one = at.issue("vrijstelling", onderdelen=parts, kwalificatie=kwalificatie)
    answer = at.ask(one)
    assert set(answer["evidence"]) == {key(one), *(f"{key(one)}#{place}" for place in (0, 3, 4))}
    assert answer["units"]["B1-K1-W2"]["used"] == [key(one)]
    assert answer["nodes"]["bpv"]["status"] == answer["nodes"]["nederlands"]["status"] == "exempt"
    assert answer["nodes"]["keuzedelen"]["sbu"] == 240


def test_other_types_become_one_item(at):
    diploma = at.issue("diploma")
    answer = at.ask(diploma)
    assert answer["evidence"][key(diploma)]["type"] == "diploma"
    assert list(places(answer, "DIPLOMA_ALREADY_AWARDED"))
    branche = at.world.add("brancheorganisatie", "Branche X", "https://issuer.example/o/branche-x")
    one = at.issue("branchecertificaat", by=branche)
    assert list(places(at.ask(one), "INFORMATIONAL_ONLY"))


@pytest.mark.parametrize(("status", "code"), [(INVALID, "REVOKED"), (SUSPENDED, "SUSPENDED")])
def test_a_refused_credential_says_why_and_counts_for_nothing(at, status, code):
    one, two = at.issue("mbo-certificaat"), at.issue("mbo-verklaring", document_number="2")
    at.world.school.set_status(one, status)
    answer = at.ask(one, two)
    assert places(answer, code) == {f"evidence:{key(one)}": [key(one)]}
    assert answer["evidence"][key(one)] == {"type": "mbo-certificaat", "accepted": False, "weight": "informational"}


def test_what_could_not_be_looked_up_is_unknown(at):
    one = at.issue("mbo-certificaat")
    at.world.down.add(at.world.school.status_uri)
    assert list(places(at.ask(one), "STATUS_UNKNOWN"))


def test_an_issuer_without_accreditation_is_told_from_one_that_nobody_knows(at):
    one = at.issue("mbo-certificaat")
    at.world.school.accreditations[1]["crebo"] = ["25656"]
    assert list(places(at.ask(one), "ISSUER_NOT_AUTHORISED"))
    at.world.unlisted.add(at.world.school.id)
    answer = at.ask(one)
    assert list(places(answer, "NOT_VERIFIED"))
    assert not places(answer, "ISSUER_NOT_AUTHORISED")


def test_what_is_not_genuine_is_not_verified(at):
    from passport.jose.keys import PrivateKey

    forged = at.issue("mbo-certificaat", signer=PrivateKey.generate())
    answer = at.ask(forged, "nonsense", "more nonsense")
    assert len(places(answer, "NOT_VERIFIED")) == 3
    assert not any(one["accepted"] for one in answer["evidence"].values())
    no_register = at.ask(at.report(at.issue("mbo-certificaat"), register=None))
    assert list(places(no_register, "NOT_VERIFIED"))


@pytest.mark.parametrize("hidden", ["given_name", "family_name", "birthdate"])
def test_a_presentation_that_hides_the_person_does_not_count(at, hidden):
    one = at.issue("mbo-certificaat")
    shown = [path for path in PERSON if path != (hidden,)]
    answer = at.ask(at.report(one, disclose=[*shown, ("units", None)]))
    assert places(answer, "PERSON_NOT_DISCLOSED") == {f"evidence:{key(one)}": [key(one)]}
    assert answer["evidence"][key(one)]["accepted"] is False


@pytest.mark.parametrize(
    ("changes", "mismatch", "remark"),
    [
        ({}, False, False),
        ({"family_name": " hOUDER "}, False, False),
        ({"given_name": ANOTHER["given_name"]}, False, True),
        ({"family_name": ANOTHER["family_name"]}, False, True),
        (ANOTHER, True, False),
        ({"birthdate": "1990-03-01"}, True, False),
    ],
)
def test_credentials_of_one_person_only(at, changes, mismatch, remark):
    one = at.issue("mbo-certificaat")
    two = at.issue("vrijstelling", document_number="2", **changes)
    answer = at.ask(one, two)
    assert bool(places(answer, "HOLDER_MISMATCH")) is mismatch
    assert (answer["overall"] == "blocked") is mismatch
    assert bool(places(answer, "NAME_DIFFERS")) is remark


def test_persons_are_compared_over_all_pairs(at):
    """Each differs from the next by one name only, but the first and the last by both."""
    names = [("Test", "Houder"), ("Toets", "Houder"), ("Toets", "Houdster")]
    issued = [
        at.issue("mbo-certificaat", document_number=str(number), given_name=given, family_name=family)
        for number, (given, family) in enumerate(names)
    ]
    assert places(at.ask(*issued[:2]), "HOLDER_MISMATCH") == {}
    assert "overall" in places(at.ask(*issued), "HOLDER_MISMATCH")


def test_accents_written_in_two_ways_are_one_name(at):
    one = at.issue("mbo-certificaat", family_name="H\u00f6uder")
    two = at.issue("vrijstelling", document_number="2", family_name="Ho\u0308uder")
    assert places(at.ask(one, two), "NAME_DIFFERS") == {}


def test_the_same_award_counts_once(at):
    one, two = at.issue("mbo-certificaat"), at.issue("mbo-certificaat")
    answer = at.ask(one, two)
    assert sorted(entry["accepted"] for entry in answer["evidence"].values()) == [False, True]
    assert len(answer["units"]["P2-K1-W1"]["used"] + answer["units"]["P2-K1-W1"]["also"]) == 1
    assert answer == at.ask(two, one)
    other = at.ask(one, at.issue("mbo-certificaat", document_number="another"))
    assert all(entry["accepted"] for entry in other["evidence"].values())


def test_a_copy_that_is_revoked_does_not_hide_the_one_that_is_valid(at):
    one, two = at.issue("mbo-certificaat"), at.issue("mbo-certificaat")
    at.world.school.set_status(one, INVALID)
    answer = at.ask(one, two)
    assert answer["evidence"][key(two)]["accepted"] is True
    assert answer["units"]["P2-K1-W1"]["status"] == "met"


def test_the_same_credential_twice_is_one(at):
    one = at.issue("mbo-certificaat")
    answer = at.ask(one, at.report(one, disclose=PERSON))
    assert list(answer["evidence"]) == [key(one)]


def test_without_expected_it_says_that_the_holder_is_not_proven(at):
    one = at.issue("mbo-certificaat")
    answer = at.ask(one, binding="not_requested")
    assert answer["holder_binding"] == "not_requested"
    assert places(answer, "HOLDER_NOT_PROVEN") == {"overall": [key(one)]}


def test_a_later_day_is_after_the_target(at):
    answer = at.ask(at.issue("mbo-certificaat", awarded_date="2026-06-10"), date=date(2026, 6, 9).isoformat())
    assert list(places(answer, "DATED_AFTER_TARGET"))


def test_facts_of_a_wallet_and_of_a_what_if_go_together(at):
    from passport.stacking import facts_from_what_if

    supposed = facts_from_what_if(
        [{"type": "bpv", "issuer": f"school:{at.world.school.id}", "date": "2026-06-01", "oordeel": "voldoende"}]
    )
    facts = at.facts(at.issue("mbo-certificaat"), holder_binding="proven").plus(supposed)
    target = TARGET | {"school": at.world.school.id}
    answer = stack(catalogue=load_catalogue(), target=target, evidence=facts, lang="en", what_if=True)
    assert answer["nodes"]["bpv"]["status"] == "met"
    assert answer["units"]["P2-K1-W1"]["status"] == "met"
