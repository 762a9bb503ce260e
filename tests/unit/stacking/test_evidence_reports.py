"""From reports of credentials to facts: which were refused and why, which copy is kept, and whose they are."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from passport.credentials.types import TYPES
from passport.stacking.evidence import facts_from_credentials
from passport.stacking.reasons import Code
from passport.trust.register import Organisation
from passport.verification.report import CHECK_IDS, Check, Outcome, Report, ShownCredential, VerifiedCredential

AT = datetime(2026, 1, 1, tzinfo=UTC)
PERSON = {"given_name": "Test", "family_name": "Houder", "birthdate": "2000-01-01"}
CLAIMS = PERSON | {"awarded_date": "2026-01-01", "certificaat": {"code": "C0164"}}
SCHOOL = Organisation(id="school", kind="school", name={"nl": "x"}, identifiers={}, keys=None, accreditations=())


def refused(id="c", claims=CLAIMS, type="mbo-certificaat", **checks):
    """A report that refuses: checks by id, each (outcome, code)."""
    found = tuple(
        Check(id=name, outcome=checks.get(name, ("passed", None))[0], section="s", code=checks.get(name, ("", None))[1])
        for name in CHECK_IDS
    )
    shown = ShownCredential(
        type=type, format="dc+sd-jwt", issuer_id="school", issuer=SCHOOL, claims=dict(claims or {}), status="valid"
    )
    return report("rejected", id, checks=found, credential=None if claims is None else shown)


def accepted(id="c", number="1", type="mbo-certificaat", **claims):
    verified = VerifiedCredential(
        id=id,
        type=TYPES[type],
        format="dc+sd-jwt",
        issuer=SCHOOL,
        claims=CLAIMS | {"document_number": number} | claims,
        issued_at=AT,
        holder_key=None,
        holder_proven=True,
        countersigned=False,
        leerbedrijf=None,
    )
    return report("accepted", id, verified=verified)


def report(verdict, id, *, checks=(), credential=None, verified=None):
    return Report(
        verdict=verdict,
        checks=checks,
        credential=credential,
        credential_id=id,
        holder_binding="proven",
        checked_at=AT,
        inputs=(),
        verified=verified,
    )


def facts(*reports, binding="proven"):
    return facts_from_credentials(reports, holder_binding=binding)


def only(*reports):
    (item,) = facts(*reports).items
    return item


FAILED, UNKNOWN, SKIPPED = Outcome.FAILED, Outcome.UNDETERMINED, Outcome.SKIPPED


@pytest.mark.parametrize(
    ("check", "outcome", "code", "reason"),
    [
        ("status", FAILED, "revoked", Code.REVOKED),
        ("status", FAILED, "suspended", Code.SUSPENDED),
        ("status", FAILED, "something", Code.STATUS_UNKNOWN),
        ("status", UNKNOWN, "unreachable", Code.STATUS_UNKNOWN),
        ("accreditation", FAILED, "not_accredited", Code.ISSUER_NOT_AUTHORISED),
        ("accreditation", UNKNOWN, "no_register", Code.NOT_VERIFIED),
        ("countersignature", FAILED, "leerbedrijf_not_recognised", Code.LEERBEDRIJF_NOT_RECOGNISED_FOR_CREBO),
        ("countersignature", FAILED, "signature", Code.MISSING_COSIGNATURE),
        ("countersignature", UNKNOWN, "unreachable", Code.NOT_VERIFIED),
        ("signature", FAILED, "signature", Code.NOT_VERIFIED),
        ("signature", UNKNOWN, "revoked", Code.NOT_VERIFIED),
        ("validity", FAILED, "expired", Code.NOT_VERIFIED),
        ("status", SKIPPED, "revoked", Code.NOT_VERIFIED),
        ("accreditation", SKIPPED, "x", Code.NOT_VERIFIED),
    ],
)
def test_each_check_that_did_not_hold_has_its_reason(check, outcome, code, reason):
    assert only(refused(**{check: (outcome, code)})).refused == {reason}


def test_all_reasons_of_a_refused_credential_are_kept():
    item = only(refused(status=(FAILED, "revoked"), accreditation=(FAILED, "x"), holder_binding=(FAILED, "x")))
    assert item.refused == {Code.REVOKED, Code.ISSUER_NOT_AUTHORISED, Code.NOT_VERIFIED}


def test_a_refused_credential_keeps_what_it_shows_and_counts_for_nothing():
    item = only(refused(status=(FAILED, "revoked")))
    assert (item.id, item.type, item.issuer, item.date) == ("c", "mbo-certificaat", "school", date(2026, 1, 1))
    assert (item.code, item.units, item.cosigned) == ("C0164", None, "leerbedrijf:")
    assert only(refused(claims=CLAIMS | {"awarded_date": "soon"}, status=(FAILED, "revoked"))).date is None
    assert only(refused(claims=CLAIMS | {"awarded_date": 7}, status=(FAILED, "revoked"))).date is None
    for certificate in ({}, {"code": 7}, "C0164", None):
        shown = CLAIMS | {"certificaat": certificate}
        assert only(refused(claims=shown, status=(FAILED, "revoked"))).code is None
    assert only(refused(claims=CLAIMS | {"keuzedeel": {"code": "K1"}}, status=(FAILED, "revoked"))).code is None


@pytest.mark.parametrize(
    ("outcome", "code", "cosigned"),
    [(SKIPPED, "not_disclosed", None), (SKIPPED, "other", "leerbedrijf:"), (FAILED, "not_disclosed", "leerbedrijf:")],
)
def test_a_refused_praktijkverklaring_misses_the_cosignature_only_if_it_hides_it(outcome, code, cosigned):
    item = only(refused(type="praktijkverklaring", countersignature=(outcome, code), status=(FAILED, "revoked")))
    assert item.cosigned == cosigned


def test_a_refused_credential_that_hides_the_person_says_so_too():
    for name in PERSON:
        shown = {key: value for key, value in CLAIMS.items() if key != name}
        assert only(refused(claims=shown, status=(FAILED, "revoked"))).refused == {
            Code.REVOKED,
            Code.PERSON_NOT_DISCLOSED,
        }
    assert only(refused(claims=None, signature=(FAILED, "x"))).refused == {Code.NOT_VERIFIED}
    assert only(refused(claims={}, signature=(FAILED, "x"))).refused == {Code.NOT_VERIFIED}
    assert only(refused(claims=None, signature=(FAILED, "x"))).type is None


def test_what_cannot_be_read_is_numbered():
    unreadable = [refused(id=None, claims=None, structure=(FAILED, "x")) for _ in range(3)]
    assert [item.id for item in facts(*unreadable).items] == ["unreadable-1", "unreadable-2", "unreadable-3"]


def test_an_accepted_credential_that_hides_the_person_counts_for_nothing_in_all_its_items():
    results = [{"onderdeel": "bpv", "oordeel": "goed", "datum": "2026-01-01"}] * 2
    items = facts(accepted(type="mbo-verklaring", resultaten=results, given_name=None)).items
    assert [item.refused for item in items] == [{Code.PERSON_NOT_DISCLOSED}] * 2
    item = only(accepted(type="mbo-verklaring", birthdate=None))
    assert (item.id, item.type, item.refused) == ("c", "mbo-verklaring", {Code.PERSON_NOT_DISCLOSED})


def kept(*reports):
    """By id: whether it is refused as a copy."""
    return {item.id: item.refused == {Code.DUPLICATE_EVIDENCE} for item in facts(*reports).items}


def test_of_copies_of_one_award_the_one_that_shows_most_counts_then_the_smaller_id():
    wide = accepted("b", units=[{"unit": "25960:P2-K1-W1"}, {"unit": "25960:P2-K1-W2"}])
    deep = accepted("c", units=[{"unit": "25960:P2-K1-W1", "naam": "x", "more": {"a": 1, "b": 2}}])
    bare = accepted("a")
    for reports in ((wide, bare), (bare, wide)):
        assert kept(*reports) == {"a": True, "b": False}
    for reports in ((wide, deep), (deep, wide)):
        assert kept(*reports) == {"b": True, "c": False}
    assert kept(accepted("d"), bare) == {"a": False, "d": True}


def test_what_is_another_award_or_has_no_number_is_no_copy():
    assert kept(accepted("a"), accepted("b", number="2")) == {"a": False, "b": False}
    assert kept(accepted("a", number=None), accepted("b", number=None)) == {"a": False, "b": False}
    assert kept(accepted("a"), accepted("b", type="branchecertificaat")) == {"a": False, "b": False}


def test_a_copy_that_hides_the_person_does_not_hide_the_award():
    hidden = accepted("a", given_name=None, more=list("many more things"))
    items = {item.id: item.refused for item in facts(hidden, accepted("b")).items}
    assert items == {"a": {Code.PERSON_NOT_DISCLOSED}, "b": frozenset()}


def test_one_credential_twice_is_the_presentation_that_shows_most():
    units = [{"unit": "25960:P2-K1-W1"}]
    for reports in ((accepted(), accepted(units=units)), (accepted(units=units), accepted())):
        assert only(*reports).units == ("25960:P2-K1-W1",)


@pytest.mark.parametrize(
    ("others", "differ", "renamed"),
    [
        ([{}], False, None),
        ([{"given_name": "tEST "}], False, None),
        ([{"given_name": "Toets"}], False, ("a", "b")),
        ([{"family_name": "Toets"}], False, ("a", "b")),
        ([{"birthdate": "2000-01-02"}], True, None),
        ([{"given_name": "Toets", "family_name": "Toets"}], True, None),
        ([{"given_name": "Toets", "birthdate": None}], False, ("a", "b")),
        ([{"given_name": None, "family_name": "Toets"}], False, ("a", "b")),
        ([{"given_name": None, "family_name": None, "birthdate": None}], False, None),
        ([{}, {"given_name": "Toets"}], False, ("a", "b", "c")),
        ([{"given_name": "Toets"}, {"family_name": "Toets"}], True, ("a", "b", "c")),
    ],
)
def test_persons_are_compared_by_what_both_show(others, differ, renamed):
    reports = [accepted("a"), *(accepted(name, number=name, **one) for name, one in zip("bc", others, strict=False))]
    found = facts(*reports)
    assert found.persons_differ is differ
    remarks = {code: (at, ids) for code, at, ids in found.remarks}
    assert remarks == ({Code.NAME_DIFFERS: ("overall", renamed)} if renamed else {})


def test_a_refused_credential_counts_for_whose_they_are():
    other = refused("b", claims=CLAIMS | {"birthdate": "1990-01-01"}, status=(FAILED, "revoked"))
    assert facts(accepted("a"), other).persons_differ
    assert not facts(accepted("a"), refused("b", status=(FAILED, "revoked"))).persons_differ


def test_a_binding_that_was_not_asked_for_is_said_with_all_ids():
    found = facts(accepted("b"), accepted("a", number="2"), binding="not_requested")
    assert found.remarks == ((Code.HOLDER_NOT_PROVEN, "overall", ("a", "b")),)
    assert (found.holder_binding, facts(accepted()).remarks) == ("not_requested", ())


def test_the_claims_of_an_accepted_credential_become_its_item():
    item = only(accepted(kwalificatie={"crebo": "25960"}))
    assert (item.issuer_kind, item.issuer, item.date, item.crebo) == ("school", "school", date(2026, 1, 1), "25960")
    assert (item.cosigned, item.refused, item.status) == (None, frozenset(), "valid")
    assert only(accepted()).crebo is None
    company = replace(SCHOOL, id="L", kind="leerbedrijf")
    signed = accepted(type="praktijkverklaring")
    verified = replace(signed.require(), leerbedrijf=company)
    assert only(report("accepted", "c", verified=verified)).cosigned == "leerbedrijf:L"
