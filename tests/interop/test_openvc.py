"""openvc-core reads what we make, and we read what it makes: credential, status list, presentation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from openvc import P256SigningKey, VerificationPolicy, verify_credential
from openvc.errors import OpenvcError
from openvc.proof.sd_jwt import SdJwtVcProofSuite
from openvc.status.issue import build_status_list_token, verify_status_list_token
from openvc.status.status_list import CredentialRevoked, CredentialSuspended
from openvc.status.token_status_list import check_token_status, new_status_list, set_status

from passport.credentials.formats import FORMATS
from passport.credentials.status_list import INVALID, SUSPENDED
from passport.jose.keys import PrivateKey
from tests.interop.bench import EXPECTED, INDEX, LIST, SCHOOL, TYPE, School, failed, foreign_claims

DISCLOSABLE = ("given_name", "family_name", "birthdate", "document_number", "cijfer")


@pytest.fixture
def school() -> School:
    return School()


@pytest.fixture
def holder() -> PrivateKey:
    return PrivateKey.generate()


def _theirs(key: PrivateKey, kid: str = "k1") -> P256SigningKey:
    return P256SigningKey.from_jwk(dict(key.to_private_jwk()), kid)


def _resolve(school: School) -> Callable[[str], dict[str, Any]]:
    """openvc's way to a status list: ours, checked by openvc with the school's key."""

    def resolve(uri: str) -> dict[str, Any]:
        return verify_status_list_token(school.status_list(), public_key_jwk=school.jwk, expected_uri=uri)

    return resolve


def test_openvc_accepts_our_credential_and_reads_the_same_claims(school: School, holder: PrivateKey) -> None:
    ours = school.issue(holder.public_key)
    verified = SdJwtVcProofSuite().verify(ours, public_key_jwk=school.jwk, expected_vct=TYPE.vct)
    report = school.judge(ours)
    assert report.verdict == "accepted", failed(report)
    assert report.credential is not None
    for name, value in report.credential.claims.items():
        assert verified.claims[name] == value
    assert "_sd" not in verified.claims


def test_openvc_accepts_our_presentation_bound_to_nonce_and_audience(school: School, holder: PrivateKey) -> None:
    presentation = FORMATS["dc+sd-jwt"].present(
        school.issue(holder.public_key),
        disclose=[("given_name",), ("units", 1)],
        signer=holder,
        nonce=EXPECTED.nonce,
        audience=EXPECTED.audience,
        at=datetime.now(UTC),
    )
    verified = SdJwtVcProofSuite().verify(
        presentation,
        public_key_jwk=school.jwk,
        audience=EXPECTED.audience,
        nonce=EXPECTED.nonce,
        require_key_binding=True,
    )
    assert verified.key_bound
    assert verified.claims["given_name"] == "Test"
    assert [unit["unit"] for unit in verified.claims["units"]] == ["25960:P2-K1-W2"]
    assert "birthdate" not in verified.claims


@pytest.mark.parametrize("changed", ["nonce", "audience"])
def test_openvc_refuses_our_presentation_for_another_transaction(
    school: School, holder: PrivateKey, changed: str
) -> None:
    bound = {"nonce": EXPECTED.nonce, "audience": EXPECTED.audience} | {changed: "another"}
    presentation = FORMATS["dc+sd-jwt"].present(
        school.issue(holder.public_key), disclose=[], signer=holder, at=datetime.now(UTC), **bound
    )
    with pytest.raises(OpenvcError):
        SdJwtVcProofSuite().verify(
            presentation,
            public_key_jwk=school.jwk,
            audience=EXPECTED.audience,
            nonce=EXPECTED.nonce,
            require_key_binding=True,
        )


@pytest.mark.parametrize(("status", "refusal"), [(INVALID, CredentialRevoked), (SUSPENDED, CredentialSuspended)])
def test_openvc_follows_our_credential_to_our_status_list(
    school: School, status: int, refusal: type[Exception]
) -> None:
    ours = school.issue(None)
    asked = {
        "policy": VerificationPolicy(expected_vct=TYPE.vct),
        "resolve_status_list_token": _resolve(school),
        "jwt_vc_issuer_fetch": lambda url: {"issuer": SCHOOL, "jwks": {"keys": [school.jwk]}},
    }
    verify_credential(ours, **asked)
    school.bits.set(INDEX, status)
    with pytest.raises(refusal):
        verify_credential(ours, **asked)


def test_openvc_sees_only_the_bits_that_we_set(school: School) -> None:
    school.bits.set(INDEX + 1, INVALID)
    for index, revoked in ((INDEX, False), (INDEX + 1, True), (INDEX + 2, False)):
        reference = {"status": {"status_list": {"idx": index, "uri": LIST}}}
        result = check_token_status(reference, resolve_status_list_token=_resolve(school))
        assert result is not None
        assert result.revoked is revoked


def test_we_accept_a_credential_a_list_and_a_presentation_by_openvc(school: School, holder: PrivateKey) -> None:
    suite = SdJwtVcProofSuite()
    theirs = suite.issue(
        foreign_claims(),
        signing_key=_theirs(school.key),
        disclosable=DISCLOSABLE,
        holder_jwk=holder.public_key.to_jwk(),
        decoys=3,
    )
    bits = new_status_list(1024, bits=2)
    token = build_status_list_token(
        signing_key=_theirs(school.key), uri=LIST, status_list=bits, bits=2, ttl=300, issuer=SCHOOL
    )
    presentation = suite.create_presentation(
        theirs, holder_key=_theirs(holder), audience=EXPECTED.audience, nonce=EXPECTED.nonce
    )
    report = school.judge(presentation, status_list=token, expected=EXPECTED)
    assert report.verdict == "accepted", failed(report)
    assert report.holder_binding == "proven"


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_we_see_a_revocation_in_a_list_by_openvc(school: School, bits: int) -> None:
    theirs = SdJwtVcProofSuite().issue(foreign_claims(), signing_key=_theirs(school.key), disclosable=DISCLOSABLE)
    data = new_status_list(1024, bits=bits)
    set_status(data, INDEX, 1, bits=bits)
    token = build_status_list_token(signing_key=_theirs(school.key), uri=LIST, status_list=data, bits=bits)
    report = school.judge(theirs, status_list=token)
    assert report.verdict == "rejected"
    assert failed(report) == {"status": "revoked"}


def test_we_do_not_believe_a_list_by_openvc_that_another_key_signed(school: School) -> None:
    theirs = SdJwtVcProofSuite().issue(foreign_claims(), signing_key=_theirs(school.key))
    token = build_status_list_token(
        signing_key=P256SigningKey.generate("k1"), uri=LIST, status_list=new_status_list(1024, bits=2), bits=2
    )
    report = school.judge(theirs, status_list=token)
    assert report.verdict == "undetermined"
    assert failed(report) == {"status": "status_list_invalid"}


def test_we_refuse_an_openvc_presentation_that_another_key_bound(school: School, holder: PrivateKey) -> None:
    suite = SdJwtVcProofSuite()
    theirs = suite.issue(foreign_claims(), signing_key=_theirs(school.key), holder_jwk=holder.public_key.to_jwk())
    presentation = suite.create_presentation(
        theirs, holder_key=P256SigningKey.generate("x"), audience=EXPECTED.audience, nonce=EXPECTED.nonce
    )
    report = school.judge(presentation, expected=EXPECTED)
    assert report.verdict == "rejected"
    assert report.holder_binding == "failed"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_both_refuse_the_same_changed_bit(school: School, place: int) -> None:
    ours = school.issue(None)
    jwt, rest = ours.split("~", 1)
    parts = jwt.split(".")
    flipped = "B" if parts[place][10] != "B" else "C"
    parts[place] = parts[place][:10] + flipped + parts[place][11:]
    changed = ".".join(parts) + "~" + rest
    assert school.judge(changed).verdict == "rejected"
    with pytest.raises((OpenvcError, ValueError)):
        SdJwtVcProofSuite().verify(changed, public_key_jwk=school.jwk)
