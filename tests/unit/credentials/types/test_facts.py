"""What follows from the claims of a type: crebos, the decisive date, titles, what an employer gets."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from passport.credentials.credential_type import claim_label, word
from passport.credentials.examples import example_claims, split_claims
from passport.credentials.types import TYPES

ALL = sorted(TYPES)
CONTRACT_DISCLOSABLE = {
    ("given_name",),
    ("family_name",),
    ("birthdate",),
    ("document_number",),
    ("kwalificatie", "niveau"),
    ("cijfer",),
    ("oordeel",),
    ("leerbedrijf",),
    ("periode",),
    ("praktijkbeoordeling",),
    ("praktijkbeoordeling_salt",),
    ("route",),
    ("grond",),
    ("evidence",),
    ("keuzedelen",),
    ("units", None),
    ("resultaten", None),
    ("onderdelen", None),
}


@pytest.mark.parametrize("name", ALL)
def test_disclosable_is_the_contract_s_list_as_far_as_the_type_has_the_claim(name: str) -> None:
    properties = TYPES[name].schema["properties"]
    assert set(TYPES[name].disclosable) == {path for path in CONTRACT_DISCLOSABLE if path[0] in properties}


@pytest.mark.parametrize(
    ("name", "crebos"),
    [
        ("diploma", {"25960"}),
        ("mbo-certificaat", {"25960"}),
        ("mbo-verklaring", {"25960"}),
        ("praktijkverklaring", {"25960"}),
        ("ervaringscertificaat", {"25656"}),
        ("vrijstelling", {"25656"}),
        ("branchecertificaat", set()),
    ],
)
def test_crebos_of_the_examples(name: str, crebos: set[str]) -> None:
    assert TYPES[name].crebos(example_claims(name)) == crebos


def test_crebos_hold_those_of_the_units_besides_the_kwalificatie() -> None:
    for name, claim in (
        ("mbo-certificaat", "units"),
        ("praktijkverklaring", "units"),
        ("vrijstelling", "onderdelen"),
        ("mbo-verklaring", "resultaten"),
        ("ervaringscertificaat", "units"),
    ):
        claims = example_claims(name)
        claims[claim][0]["unit"] = "25498:P2-K1-W2"
        assert "25498" in TYPES[name].crebos(claims)


def test_accreditation_counts_at_the_award_and_for_experience_at_the_agreement() -> None:
    for name in ALL:
        expected = date(2025, 11, 3) if name == "ervaringscertificaat" else date(2026, 6, 1)
        assert TYPES[name].decisive_date(example_claims(name)) == expected


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("diploma", "Mbo-diploma Helpende Zorg en Welzijn"),
        ("mbo-certificaat", "Mbo-certificaat C0164 Ondersteunen bij wonen en voeding"),
        ("mbo-verklaring", "Mbo-verklaring Helpende Zorg en Welzijn"),
        ("praktijkverklaring", "Praktijkverklaring Helpende Zorg en Welzijn"),
        ("ervaringscertificaat", "Ervaringscertificaat Verzorgende-IG"),
        ("vrijstelling", "Vrijstelling Verzorgende-IG"),
        ("branchecertificaat", "Branchecertificaat Veilig werken"),
    ],
)
def test_title_is_the_type_and_what_it_is_about_and_needs_no_hidden_claim(name: str, title: str) -> None:
    shown, _ = split_claims(TYPES[name], example_claims(name))
    assert TYPES[name].title(shown, "nl") == title
    assert TYPES[name].title(shown, "en").startswith(TYPES[name].label("en"))
    assert TYPES[name].title({}, "nl") == TYPES[name].label("nl")
    assert TYPES[name].title({"kwalificatie": 5, "standaard": None}, "nl") == TYPES[name].label("nl")


@pytest.mark.parametrize("name", ALL)
def test_employer_gets_no_person_mark_company_or_number_by_default(name: str) -> None:
    withheld = {
        "given_name",
        "family_name",
        "birthdate",
        "document_number",
        "cijfer",
        "oordeel",
        "leerbedrijf",
        "periode",
    }
    withheld |= {
        "praktijkbeoordeling",
        "praktijkbeoordeling_salt",
        "route",
        "grond",
        "evidence",
        "keuzedelen",
        "resultaten",
    }
    assert not withheld & {path[0] for path in TYPES[name].shown_by_default}
    assert ("kwalificatie", "niveau") not in TYPES[name].shown_by_default
    assert ("awarded_date",) in TYPES[name].shown_by_default


def test_employer_gets_the_units_by_default() -> None:
    assert TYPES["praktijkverklaring"].default_disclosure(example_claims("praktijkverklaring")) == (
        ("units", 0),
        ("units", 1),
        ("units", 2),
    )
    assert TYPES["mbo-verklaring"].default_disclosure(example_claims("mbo-verklaring")) == ()


def test_employer_gets_only_what_was_shown_to_be_mastered() -> None:
    claims = example_claims("ervaringscertificaat")
    assert [unit["oordeel"] for unit in claims["units"]] == ["aangetoond", "deels"]
    assert TYPES["ervaringscertificaat"].default_disclosure(claims) == (("units", 0),)


@pytest.mark.parametrize("name", ALL)
def test_credential_that_keeps_to_the_disclosable_claims_has_no_disclosure_problems(name: str) -> None:
    claims = example_claims(name)
    _, hidden = split_claims(TYPES[name], claims)
    assert TYPES[name].disclosure_problems(claims, hidden) == []


def test_claim_that_is_always_shown_may_not_come_from_a_disclosure() -> None:
    claims = example_claims("mbo-certificaat")
    ctype = TYPES["mbo-certificaat"]
    _, hidden = split_claims(ctype, claims)
    for place in (("awarding_body",), ("kwalificatie",), ("kwalificatie", "crebo"), ("units",), ("units", 0, "naam")):
        assert len(ctype.disclosure_problems(claims, {*hidden, place})) == 1
    assert ctype.disclosure_problems(claims, {*hidden, ("new_claim",)}) == []


def test_claim_that_can_be_hidden_may_not_stand_in_the_clear() -> None:
    claims = example_claims("mbo-certificaat")
    ctype = TYPES["mbo-certificaat"]
    _, hidden = split_claims(ctype, claims)
    for place in hidden:
        assert len(ctype.disclosure_problems(claims, set(hidden) - {place})) == 1


def test_words_for_claims_and_fixed_values() -> None:
    assert claim_label(("birthdate",), "nl") == "Geboortedatum"
    assert claim_label(("units", 3, "naam"), "en") == "Name of the task"
    assert claim_label(("kwalificatie", "crebo"), "en") == "Qualification number (crebo)"
    assert word("oordeel", "niet voldaan", "en") == "not met"
    assert word("kind", "evc-aanbieder", "nl") == "EVC-aanbieder"
    assert word("oordeel", "iets.anders", "nl") == "iets.anders"


def test_importing_the_types_loads_no_validator_and_no_cryptography() -> None:
    program = (
        "import sys, passport.credentials.types;"
        "print([m for m in ('jsonschema_rs', 'cryptography', 'pydantic', 'jwt') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
