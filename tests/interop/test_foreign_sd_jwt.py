"""@sd-jwt/sd-jwt-vc reads what we make, and we read what it makes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from passport.credentials.formats import FORMATS
from passport.credentials.status_list import INVALID, SUSPENDED
from passport.credentials.types import TYPES
from passport.jose.encoding import parse_json_object
from passport.jose.keys import PrivateKey
from passport.openid.haip import encode_x5c
from tests.certificates import der, make_anchor, make_leaf, pem
from tests.interop.bench import EXPECTED, SCHOOL, School, failed, foreign_claims, private_key
from tests.interop.foreign import ForeignRefusal, sd_jwt

pytestmark = pytest.mark.node

FRAME: dict[str, Any] = {
    "_sd": ["given_name", "family_name", "birthdate", "document_number", "cijfer"],
    "_sd_decoy": 3,
    "kwalificatie": {"_sd": ["niveau"]},
    "units": {"_sd": [0, 1], "_sd_decoy": 6},
}


@pytest.fixture
def school() -> School:
    return School()


@pytest.fixture
def holder() -> PrivateKey:
    return PrivateKey.generate()


def _theirs(school: School, holder: PrivateKey | None = None, **changes: Any) -> str:
    """A credential that @sd-jwt signed with the school's key."""
    claims = foreign_claims(jwk=holder.public_key.to_jwk() if holder else None) | changes
    answer = sd_jwt("issue", claims=claims, frame=FRAME, key=dict(school.key.to_private_jwk()), header={"kid": "k1"})
    return str(answer["credential"])


def test_sd_jwt_js_accepts_our_credential_and_reads_the_same_claims(school: School, holder: PrivateKey) -> None:
    ours = school.issue(holder.public_key)
    answer = sd_jwt("verify", credential=ours, jwk=school.jwk, status_list=school.status_list())
    report = school.judge(ours)
    assert report.credential is not None
    assert report.credential.claims.items() <= answer["claims"].items()
    assert answer["header"]["typ"] == "dc+sd-jwt"


@pytest.mark.parametrize("status", [INVALID, SUSPENDED])
def test_sd_jwt_js_refuses_our_credential_once_its_status_is_not_valid(school: School, status: int) -> None:
    ours = school.issue(None)
    school.bits.set(412, status)
    with pytest.raises(ForeignRefusal, match="Status is not valid"):
        sd_jwt("verify", credential=ours, jwk=school.jwk, status_list=school.status_list())


def test_sd_jwt_js_accepts_our_presentation_and_sees_only_what_was_disclosed(
    school: School, holder: PrivateKey
) -> None:
    presentation = FORMATS["dc+sd-jwt"].present(
        school.issue(holder.public_key),
        disclose=[("family_name",), ("units", 0)],
        signer=holder,
        nonce=EXPECTED.nonce,
        audience=EXPECTED.audience,
        at=datetime.now(UTC),
    )
    answer = sd_jwt(
        "verify",
        credential=presentation,
        jwk=school.jwk,
        status_list=school.status_list(),
        nonce=EXPECTED.nonce,
    )
    assert answer["key_binding"]["aud"] == EXPECTED.audience
    assert answer["claims"]["family_name"] == "Houder"
    assert [unit["unit"] for unit in answer["claims"]["units"]] == ["25960:P2-K1-W1"]
    assert not {"given_name", "birthdate", "document_number", "cijfer"} & answer["claims"].keys()


def test_we_accept_the_credential_and_presentation_of_sd_jwt_js(school: School, holder: PrivateKey) -> None:
    theirs = _theirs(school, holder)
    whole = school.judge(theirs)
    assert whole.verdict == "accepted", failed(whole)
    assert whole.credential is not None
    assert len(whole.credential.claims["units"]) == 2

    answer = sd_jwt(
        "present",
        credential=theirs,
        paths=[["given_name"], ["units", None]],
        holder=dict(holder.to_private_jwk()),
        nonce=EXPECTED.nonce,
        audience=EXPECTED.audience,
    )
    report = school.judge(answer["presentation"], expected=EXPECTED)
    assert report.verdict == "accepted", failed(report)
    assert report.holder_binding == "proven"
    assert report.credential is not None
    assert "family_name" not in report.credential.claims
    assert len(report.credential.claims["units"]) == 2


def test_a_holder_with_sd_jwt_js_presents_our_credential_with_its_decoys(school: School, holder: PrivateKey) -> None:
    answer = sd_jwt(
        "present",
        credential=school.issue(holder.public_key),
        paths=[["given_name"], ["kwalificatie", "niveau"], ["units", None]],
        holder=dict(holder.to_private_jwk()),
        nonce=EXPECTED.nonce,
        audience=EXPECTED.audience,
    )
    report = school.judge(answer["presentation"], expected=EXPECTED)
    assert report.verdict == "accepted", failed(report)
    assert report.credential is not None
    assert report.credential.claims["kwalificatie"]["niveau"] == 2
    assert len(report.credential.claims["units"]) == 2
    assert "birthdate" not in report.credential.claims


@pytest.mark.parametrize("_", range(4))
def test_a_place_in_a_list_does_not_count_our_decoys(school: School, holder: PrivateKey, _: int) -> None:
    ours = school.issue(holder.public_key)
    answer = sd_jwt("present", credential=ours, paths=[["units", 1]])
    report = school.judge(answer["presentation"])
    assert report.credential is not None
    assert [unit["unit"] for unit in report.credential.claims["units"]] == ["25960:P2-K1-W2"]


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"vct": "urn:skillspas:another:1"}, "type"),
        ({"vct#integrity": "sha256-AAAA"}, "type"),
        ({"awarded_date": "yesterday"}, "schema"),
        ({"exp": 1_700_000_000}, "validity"),
        ({"nbf": 4_000_000_000}, "validity"),
        ({"status": {"status_list": {"idx": 412}}}, "status"),
        ({"kwalificatie": {"crebo": "25656", "naam": "Verzorgende-IG", "niveau": 3}}, "accreditation"),
        ({"iss": "https://issuer.example/o/another"}, "issuer_key"),
    ],
)
def test_we_refuse_what_sd_jwt_js_signed_without_knowing_better(
    school: School, changes: dict[str, Any], check: str
) -> None:
    report = school.judge(_theirs(school, None, **changes))
    assert report.verdict == "rejected"
    assert check in failed(report)


def test_we_refuse_a_credential_of_sd_jwt_js_by_another_key(school: School) -> None:
    report = school.judge(_theirs(School()))
    assert report.verdict == "rejected"
    assert failed(report) == {"signature": "signature_invalid"}


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ({"uri": SCHOOL}, None),
        ({"uri": "https://issuer.example/o/school-b"}, "x5c_other_issuer"),
        ({"dns": "issuer.example"}, "x5c_other_issuer"),
    ],
)
def test_we_follow_the_certificate_chain_of_sd_jwt_js_only_to_the_named_issuer(
    names: dict[str, str], code: str | None
) -> None:
    anchor_key, anchor = make_anchor()
    leaf_key, leaf = make_leaf(anchor_key, anchor, **names)
    school = School(key=private_key(leaf_key), anchor=pem(anchor))
    header = {"x5c": encode_x5c([der(leaf)])}
    claims = foreign_claims()
    answer = sd_jwt("issue", claims=claims, frame=FRAME, key=dict(school.key.to_private_jwk()), header=header)
    report = school.judge(answer["credential"], status_list=school.status_list(header=header))
    assert report.verdict == ("accepted" if code is None else "rejected"), failed(report)
    assert failed(report) == ({} if code is None else {"issuer_key": code})


def _flip(text: str, place: int) -> str:
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def test_we_refuse_a_changed_credential_of_sd_jwt_js(school: School) -> None:
    theirs = _theirs(school)
    jwt, *disclosures = theirs.rstrip("~").split("~")
    changed = {
        "payload": "~".join([_flip(jwt, jwt.index(".") + 20), *disclosures, ""]),
        "signature": "~".join([_flip(jwt, len(jwt) - 20), *disclosures, ""]),
        "disclosure": "~".join([jwt, _flip(disclosures[0], 30), *disclosures[1:], ""]),
        "twice": "~".join([jwt, *disclosures, disclosures[0], ""]),
        "no last tilde": "~".join([jwt, *disclosures]),
    }
    verdicts = {name: school.judge(text).verdict for name, text in changed.items()}
    assert verdicts == dict.fromkeys(changed, "rejected")


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"},
        {"audience": "x509_hash:another"},
        {"issued_at": 1_700_000_000},
        {"holder": None},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_we_refuse_a_key_binding_of_sd_jwt_js_that_is_not_for_us(
    school: School, holder: PrivateKey, wrong: dict[str, Any]
) -> None:
    given = {
        "holder": dict(holder.to_private_jwk()),
        "nonce": EXPECTED.nonce,
        "audience": EXPECTED.audience,
    } | wrong
    if given["holder"] is None:
        given["holder"] = dict(PrivateKey.generate().to_private_jwk())
    answer = sd_jwt("present", credential=_theirs(school, holder), **given)
    report = school.judge(answer["presentation"], expected=EXPECTED)
    assert report.verdict == "rejected"
    assert report.holder_binding == "failed"
    assert list(failed(report)) == ["holder_binding"]


def test_sd_jwt_js_reads_our_type_metadata() -> None:
    for ctype in TYPES.values():
        document = parse_json_object(ctype.metadata_bytes)
        parsed = sd_jwt("type_metadata", document=document)["parsed"]
        assert parsed["vct"] == ctype.vct
        assert len(parsed["claims"]) == len(document["claims"])
