"""Every reason code has a test that makes it appear, and one where it must not.

What a what-if can give is checked in the cases (the domain's and our own). What only a credential that was presented
can give has its pair here.
"""

import re

import pytest

from passport.stacking.reasons import BASIS, Code
from tests.unit.stacking.test_cases import CASES as DOMAIN_CASES
from tests.unit.stacking.test_cases import DOMAIN
from tests.unit.stacking.test_cases_own import CASES as OWN_CASES
from tests.unit.stacking.test_evidence import ANOTHER, PERSON, Setting, places

OF_CREDENTIALS = {"HOLDER_NOT_PROVEN", "NAME_DIFFERS", "PERSON_NOT_DISCLOSED", "NOT_VERIFIED"}


def codes_of(field):
    """All codes that stand in a field of the expectations: alone, or at a place."""
    found = set()
    for case in [*DOMAIN_CASES, *OWN_CASES]:
        for reason in case["expected"].get(field, ()):
            found.add(reason if isinstance(reason, str) else reason["code"])
    return found


@pytest.mark.parametrize("code", sorted(set(Code) - OF_CREDENTIALS))
def test_a_reason_appears_in_one_case_and_must_not_in_another(code):
    assert code in codes_of("reasons_include")
    assert code in codes_of("reasons_exclude")


def test_our_own_cases_alone_name_every_reason():
    wanted = {str(code) for code in set(Code) - OF_CREDENTIALS}
    for field in ("reasons_include", "reasons_exclude"):
        found = {
            reason if isinstance(reason, str) else reason["code"]
            for case in OWN_CASES
            for reason in case["expected"].get(field, ())
        }
        assert wanted <= found, (field, wanted - found)


def test_the_reasons_are_those_of_the_domain_and_one_of_our_own():
    if not (DOMAIN / "CASES.md").is_file():
        pytest.skip("the domain is not there: set SKILLSPAS_DOMAIN")
    text = (DOMAIN / "CASES.md").read_text(encoding="utf-8").partition("## Reason codes")[2]
    assert set(re.findall(r"^\| ([A-Z0-9_]+) \|", text, re.MULTILINE)) | {"NOT_VERIFIED"} == set(Code)
    assert set(BASIS) == set(Code)


def test_every_rule_has_a_case():
    named = {rule for case in OWN_CASES for rule in case["rules"]}
    assert named == {f"R{number}" for number in (*range(1, 37), *range(40, 45), 50, 51)}


def bare(at):
    return at.ask(at.issue("mbo-certificaat"), at.issue("mbo-certificaat", document_number="2"))


def without_expected(at):
    return at.ask(at.issue("mbo-certificaat"), binding="not_requested")


def another_family_name(at):
    return at.ask(
        at.issue("mbo-certificaat"),
        at.issue("mbo-certificaat", document_number="2", family_name=ANOTHER["family_name"]),
    )


def hidden_birthdate(at):
    return at.ask(at.report(at.issue("mbo-certificaat"), disclose=[PERSON[0], PERSON[1], PERSON[3]]))


def broken_signature(at):
    text = at.holder.present(at.issue("mbo-certificaat"), disclose=None)
    head, _, rest = text.partition("~")
    broken = head[:-4] + ("AAAA" if head[-4:] != "AAAA" else "BBBB")
    return at.ask(at.report(f"{broken}~{rest}"))


@pytest.mark.parametrize(
    ("code", "appears"),
    [
        ("HOLDER_NOT_PROVEN", without_expected),
        ("NAME_DIFFERS", another_family_name),
        ("PERSON_NOT_DISCLOSED", hidden_birthdate),
        ("NOT_VERIFIED", broken_signature),
    ],
)
def test_a_reason_of_presented_credentials_appears_and_must_not_elsewhere(code, appears):
    assert places(appears(Setting()), code)
    assert not places(bare(Setting()), code)
