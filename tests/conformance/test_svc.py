"""SD-JWT VC: what the matrix names and no other test shows."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from passport.credentials.formats import FORMATS
from passport.credentials.types import TYPES
from passport.jose.encoding import encode_json
from passport.jose.keys import PrivateKey
from passport.jose.sd_jwt import parse_sd_jwt
from passport.trust.issuer_keys import KeyRequest, parse_issuer_keys
from passport.trust.issuer_keys.metadata import KIND, metadata_url
from passport.trust.register import parse_register
from passport.verification import Material, Materials, needs, parse_presented, policy_for, verify
from tests.conformance.signing import TYPE, changed, moved, problem, signed
from tests.ecosystem import Ecosystem

FORM = FORMATS["dc+sd-jwt"]


@pytest.mark.parametrize("typ", ["vc+sd-jwt", "DC+SD-JWT", "application/dc+sd-jwt", "JWT", "vc+jwt", "kb+jwt"])
def test_svc_01_another_typ_is_refused(world: Ecosystem, judge, typ: str) -> None:
    payload = {"iss": world.school.id, "vct": TYPE.vct, "iat": int(world.at.timestamp())}
    assert problem(judge(signed(world.school, payload, typ=typ))) == ("structure", "malformed")
    assert parse_sd_jwt(world.school.issue().text).jws.header["typ"] == "dc+sd-jwt"


@pytest.mark.parametrize(
    "vct", ["urn:skillspas:MBO-certificaat:1", "urn:skillspas:mbo-certificaat:1 ", "mbo-certificaat"]
)
def test_svc_03_a_type_has_one_spelling(world: Ecosystem, judge, vct: str) -> None:
    assert problem(judge(changed(world, vct=vct))) == ("type", "type_unknown")


@pytest.mark.parametrize("vct", [None, 5, "", ["urn:skillspas:mbo-certificaat:1"]])
def test_svc_03_a_credential_without_type_is_none(world: Ecosystem, judge, vct: object) -> None:
    assert problem(judge(changed(world, vct=vct))) == ("structure", "malformed")


def test_svc_04_another_name_for_a_type_gives_no_authority(world: Ecosystem, judge) -> None:
    assert problem(judge(changed(world, vct="urn:other:1", aka_vcts=[TYPE.vct]))) == ("type", "type_unknown")
    evc = "urn:skillspas:ervaringscertificaat:1"
    assert problem(judge(changed(world, vct=evc, aka_vcts=[TYPE.vct]))) is not None
    assert judge(changed(world, aka_vcts=["urn:other:1"])).verdict == "accepted"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exp", 4_000_000_000),
        ("nbf", 1),
        ("cnf", {"jwk": dict(PrivateKey.generate().public_key.jwk)}),
        ("status", {"status_list": {"idx": 0, "uri": "https://issuer.example/o/school-a/status/1"}}),
        ("vct#integrity", TYPE.integrity),
        ("aka_vcts", ["urn:other:1"]),
    ],
)
def test_svc_05_what_must_stand_in_the_clear_never_comes_from_a_disclosure(world, judge, name, value) -> None:
    assert problem(judge(moved(world, name, value))) == ("disclosures", "disclosures_invalid")


@pytest.mark.parametrize("name", ["iss", "vct", "iat"])
def test_svc_05_what_names_issuer_type_and_time_stands_in_the_clear(world: Ecosystem, judge, name: str) -> None:
    value = {"iss": world.school.id, "vct": TYPE.vct, "iat": int(world.at.timestamp())}[name]
    assert problem(judge(moved(world, name, value))) == ("structure", "malformed")


def test_svc_05_no_type_of_ours_makes_such_a_claim_disclosable() -> None:
    for ctype in TYPES.values():
        tops = {path[0] for path in ctype.disclosable}
        assert not tops & {"iss", "nbf", "exp", "iat", "cnf", "vct", "vct#integrity", "aka_vcts", "status"}


def test_svc_06_sub_may_be_disclosed_and_needs_no_link_with_the_key(world: Ecosystem, judge) -> None:
    assert judge(moved(world, "sub", "urn:example:somebody")).verdict == "accepted"
    assert judge(changed(world, sub="urn:example:somebody")).verdict == "accepted"


def test_svc_07_the_holders_key_stands_in_cnf_jwk(world: Ecosystem) -> None:
    holder = world.holder()
    payload = parse_sd_jwt(world.school.issue(holder=holder).text).payload
    assert payload["cnf"] == {"jwk": dict(holder.key.public_key.jwk)}
    assert "cnf" not in parse_sd_jwt(world.school.issue().text).payload


def test_svc_09_a_credential_with_nothing_to_hide_has_no_digests(world: Ecosystem, judge) -> None:
    """Our types always hide something; others' need not, and are read."""
    text = signed(
        world.school, {"iss": world.school.id, "vct": "urn:other:1", "iat": int(world.at.timestamp()), "a": 1}
    )
    assert "_sd" not in parse_sd_jwt(text).payload
    report = judge(text)
    assert problem(report) == ("type", "type_unknown")
    assert report.credential.claims["a"] == 1


def test_svc_11_the_register_pins_the_mechanism_and_a_header_does_not_choose(world: Ecosystem, judge) -> None:
    """An x5c issuer's credential is not believed by another mechanism, nor the reverse."""
    thief = PrivateKey.generate()
    payload = parse_sd_jwt(world.school.issue().text).payload
    jwk = dict(thief.public_key.jwk)
    for header in (
        {"jwk": jwk, "kid": None, "x5c": None},
        {"jwk": jwk},
        {"kid": f"did:jwk:{_b64(encode_json(jwk))}#0", "x5c": None},
        {"kid": thief.public_key.thumbprint, "x5c": None, "jku": "https://thief.example/jwks"},
    ):
        report = judge(signed(world.school, payload, header=header, signer=thief))
        assert report.verdict == "rejected"
        assert problem(report)[0] in ("issuer_key", "signature")
    other = Ecosystem(mechanism="jwks")
    text = signed(other.school, {"iss": other.school.id, "vct": TYPE.vct, "iat": int(other.at.timestamp())},
                  header={"x5c": other.school.x5c(other.school.make_leaf(thief))}, signer=thief)  # fmt: skip
    report = verify(text, other.materials(), other.register(), policy_for(require_holder_binding=False), at=other.at)
    assert problem(report) == ("signature", "signature_invalid")


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("iss", "url"),
    [
        ("https://school.example", "https://school.example/.well-known/jwt-vc-issuer"),
        ("https://school.example/", "https://school.example/.well-known/jwt-vc-issuer"),
        ("https://school.example/o/a", "https://school.example/.well-known/jwt-vc-issuer/o/a"),
        ("https://school.example:8443/o/a/", "https://school.example:8443/.well-known/jwt-vc-issuer/o/a"),
    ],
)
def test_svc_20_the_metadata_stands_between_host_and_path(iss: str, url: str) -> None:
    assert metadata_url(iss) == url


@pytest.mark.parametrize("iss", ["https://a.example/x?y=1", "https://a.example/x#y", "urn:a", "did:web:a.example"])
def test_svc_21_an_issuer_with_metadata_is_a_url_without_query_or_fragment(iss: str) -> None:
    from passport.errors import Malformed

    with pytest.raises(Malformed):
        parse_issuer_keys({"mechanism": "jwt-vc-issuer"}, issuer=iss)


def test_svc_22_23_the_metadata_names_its_issuer_and_kid_chooses_the_key(world: Ecosystem) -> None:
    keys = parse_issuer_keys({"mechanism": "jwt-vc-issuer"}, issuer=world.school.id)
    mine, other = PrivateKey.generate().public_key, PrivateKey.generate().public_key
    jwks = {"keys": [mine.to_jwk(kid="a"), other.to_jwk(kid="b")]}
    place = (KIND, metadata_url(world.school.id))

    def ask(document: dict, kid: str | None = "a"):
        header = {"alg": "ES256"} if kid is None else {"alg": "ES256", "kid": kid}
        return keys.answer(KeyRequest(header=header, issued_at=world.at), {place: encode_json(document)})

    good = {"issuer": world.school.id, "jwks": jwks}
    assert ask(good).keys == (mine,)
    assert ask(good, "b").keys == (other,)
    assert set(ask(good, None).keys) == {mine, other}
    assert ask(good, "c").problem == "key_unknown"
    for wrong in (
        good | {"issuer": world.school.id + "/"},
        good | {"issuer": "https://issuer.example"},
        {"issuer": world.school.id},
        good | {"jwks_uri": "https://issuer.example/jwks"},
        {"issuer": world.school.id, "jwks_uri": "https://issuer.example/jwks"},
        {"jwks": jwks},
        {"issuer": world.school.id, "jwks": {"keys": []}},
        {"issuer": world.school.id, "jwks": {"keys": [mine.to_jwk() | {"d": "x"}]}},
    ):
        assert not ask(wrong).keys, wrong


def test_svc_22_a_credential_by_metadata_of_another_issuer_is_not_accepted() -> None:
    world = Ecosystem(mechanism="jwks")
    document = world.register_document()
    document["organisations"][0]["keys"] = {"mechanism": "jwt-vc-issuer"}
    register = parse_register(json.dumps(document).encode())
    issued = world.school.issue()
    [need] = needs(parse_presented(issued.text), Materials(), register, at=world.at)
    assert (need.kind, need.url) == (KIND, "https://issuer.example/.well-known/jwt-vc-issuer/o/school-a")
    jwks = {"keys": [world.school.key.public_key.to_jwk(kid=world.school.key.public_key.thumbprint)]}
    verdicts = {}
    for issuer in (world.school.id, "https://issuer.example/o/another"):
        body = encode_json({"issuer": issuer, "jwks": jwks})
        materials = world.materials().plus([Material(kind=KIND, url=need.url, body=body, fetched_at=world.at)])
        report = verify(issued.text, materials, register, policy_for(require_holder_binding=False), at=world.at)
        verdicts[issuer] = report.verdict
    assert verdicts == {world.school.id: "accepted", "https://issuer.example/o/another": "undetermined"}


@pytest.mark.anyio
async def test_svc_22_32_our_own_documents_have_the_form_and_the_headers(issuer) -> None:
    answer = await issuer.client.get("/.well-known/jwt-vc-issuer/o/school-a")
    document = answer.json()
    assert document["issuer"] == issuer.school.issuer
    assert "jwks_uri" not in document
    assert all({"kid", "kty"} <= set(jwk) for jwk in document["jwks"]["keys"])
    for path in ("/.well-known/jwt-vc-issuer/o/school-a", "/vct/diploma"):
        headers = (await issuer.client.get(path)).headers
        assert headers["content-type"] == "application/json"
        assert "max-age" in headers["cache-control"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("name", ["sha512", "sha384", "sha256"])
def test_svc_41_integrity_is_over_the_octets_and_the_strongest_hash_counts(world, judge, name: str) -> None:
    def entry(algorithm: str, data: bytes) -> str:
        return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"

    good, bad = entry(name, TYPE.metadata_bytes), entry(name, b"something else")
    assert judge(changed(world, **{"vct#integrity": good})).verdict == "accepted"
    assert judge(changed(world, **{"vct#integrity": f"md5-abc {good}"})).verdict == "accepted"
    assert problem(judge(changed(world, **{"vct#integrity": bad}))) == ("type", "type_metadata_differs")
    weaker = entry("sha256", TYPE.metadata_bytes)
    if name != "sha256":
        assert problem(judge(changed(world, **{"vct#integrity": f"{weaker} {bad}"}))) == (
            "type",
            "type_metadata_differs",
        )
    for nothing in ("md5-abc", "", 5, "sha256"):
        assert problem(judge(changed(world, **{"vct#integrity": nothing}))) == ("type", "type_metadata_differs")


def test_svc_42_45_our_types_extend_nothing() -> None:
    for ctype in TYPES.values():
        document = json.loads(ctype.metadata_bytes)
        assert not {"extends", "extends#integrity"} & set(document)
        assert document["vct"] == ctype.vct


def test_svc_40_46_every_claim_path_is_a_path_and_each_claim_is_described_once() -> None:
    for ctype in TYPES.values():
        paths = [tuple(claim["path"]) for claim in json.loads(ctype.metadata_bytes)["claims"]]
        assert all(paths)
        assert all(step is None or isinstance(step, str) for path in paths for step in path)
        assert len(set(paths)) == len(paths)


def test_svc_47_no_type_of_ours_is_drawn_by_a_template_of_somebody() -> None:
    for ctype in TYPES.values():
        assert b"svg_templates" not in ctype.metadata_bytes
        assert b"http:" not in ctype.metadata_bytes


def test_svc_49_a_type_gives_no_authority_to_who_issues_it(world: Ecosystem, judge) -> None:
    company = world.leerbedrijf.issue("mbo-certificaat", holder=world.holder())
    assert problem(judge(company.text)) == ("accreditation", "wrong_kind")
    world.school.accreditations = []
    assert problem(judge(world.school.issue().text))[0] == "accreditation"
