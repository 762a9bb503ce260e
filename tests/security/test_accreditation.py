"""Who may award what: no crebo gets in by the way in which it is written, or by what is hidden."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ecosystem import Ecosystem, Holder, Organisation, sample_claims
from tests.security.judging import judge, problem, signed_anew

BRANCHE = {"soort": "branche", "code": "BR-1", "naam": "Branche"}


def only(organisation: Organisation, *crebos: str) -> None:
    """Accredited for these crebos alone."""
    for entry in organisation.accreditations:
        entry["crebo"] = list(crebos)


def test_a_branch_standard_is_no_way_to_units_of_a_crebo(world: Ecosystem, holder: Holder) -> None:
    only(world.evc, "99999")
    held = world.evc.issue("ervaringscertificaat", holder=holder, standaard=BRANCHE)
    assert problem(judge(world, held.text)) == ("rejected", "not_accredited_crebo")


@pytest.mark.parametrize("code", ["BR-1:K1", "K1", "123456:B1-K1", "\u0661\u0662\u0663\u0664\u0665:B1-K1"])
def test_the_branchs_own_units_name_no_crebo(world: Ecosystem, holder: Holder, code: str) -> None:
    only(world.evc, "99999")
    units = [{"unit": code, "naam": "Koken", "oordeel": "aangetoond"}]
    held = world.evc.issue("ervaringscertificaat", holder=holder, standaard=BRANCHE, units=units)
    assert judge(world, held.text).verdict == "accepted"


@pytest.mark.parametrize("type", ["mbo-certificaat", "praktijkverklaring"])
def test_a_unit_of_another_crebo_counts_only_while_it_is_hidden(world: Ecosystem, holder: Holder, type: str) -> None:
    """The accreditation is asked for each crebo that is shown; a hidden unit proves nothing to anybody."""
    claims = sample_claims(type)
    crebo = claims["kwalificatie"]["crebo"]
    only(world.school, crebo)
    units = [claims["units"][0], {"unit": "25180:B1-K1-W1", "naam": "Iets anders"}]
    held = world.school.issue(type, holder=holder, units=units)
    assert problem(judge(world, held.text)) == ("rejected", "not_accredited_crebo")
    hidden = holder.present(held, disclose=[("units", 0)]).rpartition("~")[0] + "~"
    report = judge(world, hidden)
    assert report.verdict == "accepted"
    assert [unit["unit"] for unit in report.require().claims["units"]] == [units[0]["unit"]]


def test_a_qualification_without_accreditation_is_not_saved_by_its_units(world: Ecosystem, holder: Holder) -> None:
    claims = sample_claims("mbo-certificaat")
    only(world.school, claims["kwalificatie"]["crebo"])
    other = {**claims["kwalificatie"], "crebo": "25180"}
    held = world.school.issue("mbo-certificaat", holder=holder, kwalificatie=other)
    assert problem(judge(world, held.text)) == ("rejected", "not_accredited_crebo")


@pytest.mark.parametrize("kind", ["leerbedrijf", "evc"])
def test_another_kind_of_organisation_awards_no_diploma(world: Ecosystem, holder: Holder, kind: str) -> None:
    company: Organisation = getattr(world, kind)
    company.accreditations.append({"type": "diploma", "crebo": "*", "valid_from": None, "valid_until": None})
    held = company.issue("diploma", holder=holder)
    assert problem(judge(world, held.text)) == ("rejected", "wrong_kind")


def forged(world: Ecosystem, holder: Holder, **changes: Any) -> tuple[str, str | None]:
    """A praktijkverklaring whose school says something else than the leerbedrijf assessed."""
    claims = sample_claims("praktijkverklaring")
    assessed = world.leerbedrijf.assess(claims)
    held = world.school.issue("praktijkverklaring", {**claims, **assessed, **changes}, holder=holder)
    return problem(judge(world, held.text))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"given_name": "Iemand"}, "assessment_person"),
        ({"birthdate": "1999-01-01"}, "assessment_person"),
        ({"praktijkbeoordeling_salt": "AAAAAAAAAAAAAAAAAAAAAA"}, "assessment_person"),
        ({"periode": {"van": "2020-01-01", "tot": "2026-01-01"}}, "assessment_periode"),
        ({"leerbedrijf": {"naam": "Ander", "id": "https://issuer.example/o/ander"}}, "assessment_leerbedrijf"),
    ],
)
def test_a_countersignature_is_of_this_person_period_and_company(
    world: Ecosystem, holder: Holder, changes: dict[str, Any], code: str
) -> None:
    assert forged(world, holder, **changes) == ("rejected", code)


def test_more_units_than_were_assessed_are_refused(world: Ecosystem, holder: Holder) -> None:
    units = [*sample_claims("praktijkverklaring")["units"], {"unit": "25960:P2-K2-W9", "naam": "Meer"}]
    assert forged(world, holder, units=units) == ("rejected", "assessment_units")


def test_the_school_cannot_countersign_itself(world: Ecosystem, holder: Holder) -> None:
    claims = sample_claims("praktijkverklaring")
    assessed = world.school.assess(claims)
    held = world.school.issue("praktijkverklaring", {**claims, **assessed}, holder=holder)
    assert problem(judge(world, held.text)) == ("rejected", "leerbedrijf_wrong_kind")


def test_a_company_that_signs_with_the_holders_key_is_refused(world: Ecosystem, holder: Holder) -> None:
    claims = sample_claims("praktijkverklaring")
    assessed = world.leerbedrijf.assess(claims, signer=holder.key)
    held = world.school.issue("praktijkverklaring", {**claims, **assessed}, holder=holder)
    assert problem(judge(world, held.text)) == ("rejected", "assessment_signature")


def test_the_holders_key_is_no_issuers_key(world: Ecosystem, holder: Holder) -> None:
    held = world.school.issue(holder=holder, signer=holder.key)
    assert problem(judge(world, held.text)) == ("rejected", "signature_invalid")


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"exp": 1e308}, "rejected"),
        ({"exp": 10**39}, "rejected"),
        ({"exp": "1"}, "rejected"),
        ({"exp": None}, "rejected"),
        ({"nbf": -1e300}, "rejected"),
        ({"iat": 10**39}, "rejected"),
        ({"iat": -(10**39)}, "rejected"),
        ({"anything": 10**39}, "accepted"),
        ({"anything": -(2**63) - 1}, "accepted"),
        ({"anything": "\u001b[2J\u202e\u0000"}, "accepted"),
        ({"vct#integrity": ["x"]}, "rejected"),
        ({"status": []}, "rejected"),
    ],
    ids=str,
)
def test_extreme_values_give_a_report(world: Ecosystem, holder: Holder, changes: dict[str, Any], verdict: str) -> None:
    text = world.school.issue(holder=holder).text
    assert judge(world, signed_anew(world.school, text, **changes)).verdict == verdict
