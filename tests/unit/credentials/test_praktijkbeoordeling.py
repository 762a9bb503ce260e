"""The assessment that a leerbedrijf signs, and its agreement with a praktijkverklaring."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from passport.credentials.examples import LEERBEDRIJF, example_claims
from passport.credentials.praktijkbeoordeling import (
    COUNTERSIGNATURE_CLAIMS,
    MISMATCHES,
    TYP,
    AssessmentMalformed,
    UnverifiedAssessment,
    assessment_mismatches,
    assessment_problems,
    countersignature_disclosed,
    create_assessment,
    new_salt,
    parse_assessment,
    person_digest,
    same_person,
)
from passport.errors import Malformed
from passport.jose.encoding import decode_base64url, encode_base64url, encode_json, parse_json_object
from passport.jose.jws import JwsWriter, check_signature
from passport.jose.keys import PrivateKey

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
KEY = PrivateKey.generate()
WRITER = JwsWriter(KEY, {"typ": TYP, "kid": "k1"})
IN_CALL = ("kwalificatie", "units", "periode", "given_name", "family_name", "birthdate")


def call() -> dict[str, Any]:
    claims = example_claims("praktijkverklaring")
    return {name: claims[name] for name in IN_CALL}


def countersigned() -> tuple[UnverifiedAssessment, dict[str, Any]]:
    jws, salt = create_assessment(call(), writer=WRITER, iss=LEERBEDRIJF["id"], at=AT)
    claims = example_claims("praktijkverklaring")
    return parse_assessment(jws), claims | {"praktijkbeoordeling": jws, "praktijkbeoordeling_salt": salt}


def test_payload_is_the_contract_s_and_names_nobody() -> None:
    assessment, claims = countersigned()
    payload = parse_json_object(assessment.jws.payload)
    assert set(payload) == {"iss", "iat", "kwalificatie", "units", "periode", "person"}
    assert payload["iss"] == assessment.iss == LEERBEDRIJF["id"]
    assert payload["iat"] == assessment.issued_at == int(AT.timestamp())
    assert payload["units"] == assessment.units == claims["units"]
    assert payload["periode"] == assessment.periode == claims["periode"]
    assert assessment.crebos == {"25960"}
    assert assessment.jws.header["typ"] == "praktijkbeoordeling+jwt"
    for name in ("Test", "Houder", "1990-02-28"):
        assert name.encode() not in assessment.jws.payload
    assert check_signature(assessment.jws, KEY.public_key)


def test_person_is_the_sha_256_of_salt_and_canonical_json() -> None:
    text = 'c2FsdA.{"birthdate":"1990-02-28","family_name":"Ünal \\"x\\"","given_name":"Test"}'
    expected = urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    assert person_digest("c2FsdA", given_name="Test", family_name='Ünal "x"', birthdate="1990-02-28") == expected


def test_salt_is_new_each_time_and_has_128_bits() -> None:
    salts = {new_salt() for _ in range(50)}
    assert len(salts) == 50
    assert all(len(decode_base64url(salt)) >= 16 for salt in salts)


def test_assessment_agrees_with_the_praktijkverklaring_made_from_it() -> None:
    assessment, claims = countersigned()
    assert same_person(assessment, claims)
    assert assessment_mismatches(assessment, claims) == ()


def test_fewer_units_agree_and_other_units_do_not() -> None:
    assessment, claims = countersigned()
    assert assessment_mismatches(assessment, {**claims, "units": claims["units"][:1]}) == ()
    assert assessment_mismatches(assessment, {**claims, "units": []}) == ()
    other = [*claims["units"], {"unit": "25960:B1-K1-W1", "naam": "x"}]
    assert assessment_mismatches(assessment, {**claims, "units": other}) == ("assessment_units",)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("given_name", "Tess", "assessment_person"),
        ("family_name", "houder", "assessment_person"),
        ("birthdate", "1990-03-01", "assessment_person"),
        ("praktijkbeoordeling_salt", "AAAAAAAAAAAAAAAAAAAAAA", "assessment_person"),
        ("praktijkbeoordeling_salt", "é", "assessment_person"),
        ("periode", {"van": "2025-09-01", "tot": "2026-02-01"}, "assessment_periode"),
        ("periode", {"van": "2025-08-01", "tot": "2026-01-31"}, "assessment_periode"),
        ("kwalificatie", {"crebo": "25656", "naam": "x"}, "assessment_kwalificatie"),
        ("leerbedrijf", {"naam": "Leerbedrijf A", "id": "https://other.example"}, "assessment_leerbedrijf"),
    ],
)
def test_difference_is_named(name: str, value: object, code: str) -> None:
    assessment, claims = countersigned()
    assert code in MISMATCHES
    assert assessment_mismatches(assessment, {**claims, name: value}) == (code,)


@pytest.mark.parametrize("name", [name for name in COUNTERSIGNATURE_CLAIMS if name != "praktijkbeoordeling"])
def test_what_is_not_disclosed_does_not_agree(name: str) -> None:
    assessment, claims = countersigned()
    assert countersignature_disclosed(claims)
    del claims[name]
    assert not countersignature_disclosed(claims)
    assert assessment_mismatches(assessment, claims)


@pytest.mark.parametrize("name", IN_CALL)
def test_call_without_one_of_its_claims_is_refused(name: str) -> None:
    claims = call()
    del claims[name]
    assert assessment_problems(claims)
    with pytest.raises(AssessmentMalformed):
        create_assessment(claims, writer=WRITER, iss=LEERBEDRIJF["id"], at=AT)


def test_call_with_wrong_or_other_claims_is_refused() -> None:
    assert assessment_problems(call()) == []
    assert assessment_problems({**call(), "kwalificatie": {"crebo": "25960"}}) == []
    for wrong in ({"bsn": "1"}, {"birthdate": "28-02-1990"}, {"units": []}, {"units": [{"unit": "P2-K1-W1"}]}):
        assert assessment_problems(call() | wrong)
    assert assessment_problems({**call(), "periode": {"van": "2026-02-01", "tot": "2026-01-31"}})


def test_assessment_is_not_made_under_another_type_of_jwt_or_a_wrong_iss() -> None:
    for writer, iss in ((JwsWriter(KEY, {"typ": "dc+sd-jwt"}), LEERBEDRIJF["id"]), (WRITER, "leerbedrijf a")):
        with pytest.raises(AssessmentMalformed):
            create_assessment(call(), writer=writer, iss=iss, at=AT)


@pytest.mark.parametrize(
    "change", [{"person": "x"}, {"iat": "now"}, {"iat": True}, {"iss": 5}, {"units": "all"}, {"extra": 1}]
)
def test_payload_with_another_shape_is_malformed(change: dict[str, Any]) -> None:
    assessment, _ = countersigned()
    with pytest.raises(AssessmentMalformed):
        parse_assessment(WRITER.sign(encode_json({**assessment.payload, **change})))


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "x" * 40_000])
def test_text_that_is_no_assessment_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        parse_assessment(text)


def test_assessment_without_its_own_typ_is_malformed() -> None:
    assessment, _ = countersigned()
    header = encode_base64url(encode_json({"alg": "ES256"}))
    with pytest.raises(AssessmentMalformed):
        parse_assessment(".".join([header, *assessment.jws.compact.split(".")[1:]]))


def test_assessment_larger_than_the_bound_is_malformed() -> None:
    with pytest.raises(Malformed):
        parse_assessment("a" * 20_000 + "." + "a" * 20_000 + ".a")
