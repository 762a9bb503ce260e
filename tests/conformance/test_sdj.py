"""SD-JWT, RFC 9901: what the matrix names and no other test shows."""

from __future__ import annotations

import hashlib

import pytest

from passport.credentials.formats import FORMATS
from passport.jose.encoding import decode_base64url, encode_base64url, parse_json, parse_json_object
from passport.jose.jws import parse_jws
from passport.jose.keys import PrivateKey
from passport.jose.sd_jwt import create_key_binding, parse_sd_jwt
from tests.conformance.signing import changed, problem, signed
from tests.ecosystem import Ecosystem

FORM = FORMATS["dc+sd-jwt"]


def test_sdj_02_what_stands_behind_the_last_tilde_is_nothing_or_a_key_binding(world: Ecosystem, judge) -> None:
    issued = world.school.issue(holder=world.holder())
    assert issued.text.endswith("~")
    assert judge(issued.text).verdict == "accepted"
    for tail in ("x", "a.b", "a.b.c.d", " "):
        assert problem(judge(issued.text + tail)) == ("structure", "malformed"), tail
    # three parts are a key binding, and one that does not hold: nobody asked, so it decides nothing, and proves nothing
    assert judge(issued.text + "e30.e30.c2ln", nonce="nonce").holder_binding == "failed"


def test_sdj_03_a_credential_without_signature_is_never_taken(world: Ecosystem, judge) -> None:
    jwt, tail = world.school.issue().text.split("~", 1)
    payload = jwt.split(".")[1]
    for alg in ("none", "None", "NONE", "HS256"):
        header = encode_base64url(f'{{"alg":"{alg}","typ":"dc+sd-jwt"}}'.encode())
        for signature in ("", "c2ln"):
            report = judge(f"{header}.{payload}.{signature}~{tail}")
            assert report.verdict == "rejected"
            assert problem(report)[0] in ("structure", "algorithm")


def test_sdj_04_names_of_the_mechanism_stand_nowhere_but_for_digests(world: Ecosystem) -> None:
    jws = parse_sd_jwt(world.school.issue("mbo-verklaring").text)

    def walk(value, *, top=False):
        if isinstance(value, dict):
            assert top or "_sd_alg" not in value
            if "..." in value:
                assert set(value) == {"..."}
                assert len(decode_base64url(value["..."])) == 32
            for name, inner in value.items():
                if name == "_sd":
                    assert inner == sorted(inner)
                    assert all(len(decode_base64url(one)) == 32 for one in inner)
                else:
                    walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(jws.payload, top=True)
    assert jws.payload["_sd_alg"] == "sha-256"


def test_sdj_05_no_digest_occurs_twice_in_what_is_issued(world: Ecosystem) -> None:
    sd = parse_sd_jwt(world.school.issue("mbo-verklaring").text)
    found: list[str] = []

    def walk(value):
        if isinstance(value, dict):
            found.extend(value.get("_sd", []))
            if "..." in value:
                found.append(value["..."])
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(sd.payload)
    walk([parse_json(decode_base64url(one)) for one in sd.disclosures])
    assert len(found) == len(set(found)) > len(sd.disclosures)


def test_sdj_09_each_copy_has_salts_and_digests_of_its_own(world: Ecosystem) -> None:
    claims = None
    salts: set[str] = set()
    for _ in range(3):
        issued = world.school.issue("mbo-certificaat", claims)
        claims = issued.claims
        fresh = {parse_json(decode_base64url(one))[0] for one in parse_sd_jwt(issued.text).disclosures}
        assert not fresh & salts
        assert all(len(decode_base64url(salt)) >= 16 for salt in fresh)
        salts |= fresh


def test_sdj_10_a_digest_is_over_the_text_of_the_disclosure(world: Ecosystem) -> None:
    sd = parse_sd_jwt(world.school.issue().text)
    names = {
        parse_json(decode_base64url(one))[1]: one
        for one in sd.disclosures
        if len(parse_json(decode_base64url(one))) == 3
    }
    expected = encode_base64url(hashlib.sha256(names["given_name"].encode("ascii")).digest())
    assert expected in sd.payload["_sd"]


def test_sdj_16_20_21_22_types_and_members_of_both_tokens(world: Ecosystem) -> None:
    holder = world.holder()
    issued = world.school.issue(holder=holder)
    shown = holder.present(issued, nonce="n-1", audience="x509_hash:abc", disclose=[("given_name",)])
    sd_part, binding = shown.rsplit("~", 1)
    header, claims = parse_jws(binding).header, parse_json_object(parse_jws(binding).payload)
    assert parse_sd_jwt(shown).jws.header["typ"] == "dc+sd-jwt"
    assert header == {"alg": "ES256", "typ": "kb+jwt"}
    assert set(claims) == {"iat", "aud", "nonce", "sd_hash"}
    assert (claims["iat"], claims["aud"], claims["nonce"]) == (int(world.at.timestamp()), "x509_hash:abc", "n-1")
    assert claims["sd_hash"] == encode_base64url(hashlib.sha256(f"{sd_part}~".encode()).digest())


def test_sdj_15_a_presentation_holds_only_disclosures_of_the_credential_each_once(world: Ecosystem) -> None:
    holder = world.holder()
    issued = world.school.issue("mbo-verklaring", holder=holder)
    had = parse_sd_jwt(issued.text).disclosures
    for disclose in ([], [("given_name",)], [("resultaten", None)], [("given_name",), ("given_name",)], None):
        sent = parse_sd_jwt(holder.present(issued, disclose=disclose)).disclosures
        assert set(sent) <= set(had)
        assert len(set(sent)) == len(sent)
    assert parse_sd_jwt(holder.present(issued, disclose=[])).disclosures == ()


def test_sdj_23_the_key_of_cnf_binds_and_no_other(world: Ecosystem, judge) -> None:
    holder, thief = world.holder(), world.holder()
    issued = world.school.issue(holder=holder)
    assert judge(holder.present(issued), nonce="nonce").holder_binding == "proven"
    assert problem(judge(thief.present(issued), nonce="nonce")) == ("holder_binding", "kb_signature")
    # a key in the header of the key binding is nobody's proof
    part = issued.text
    bound = create_key_binding(part, signer=thief.key, nonce="nonce", audience="verifier", at=world.at)
    assert judge(bound, nonce="nonce").verdict == "rejected"


def test_sdj_24_25_the_call_decides_about_key_binding_and_not_what_came_along(world: Ecosystem, judge) -> None:
    holder = world.holder()
    issued = world.school.issue(holder=holder)
    assert judge(issued.text).verdict == "accepted"
    assert judge(issued.text).holder_binding == "not_requested"
    assert judge(holder.present(issued)).holder_binding == "not_requested"
    report = judge(issued.text, nonce="nonce")
    assert (problem(report), report.holder_binding) == (("holder_binding", "kb_missing"), "missing")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": "2030-01-01"}, "validity_malformed"),
        ({"exp": None, "nbf": True}, "validity_malformed"),
        ({"exp": 1}, "expired"),
        ({"nbf": 4_000_000_000}, "not_yet_valid"),
    ],
)
def test_sdj_35_a_validity_claim_that_is_wrong_rejects(world: Ecosystem, judge, changes, code) -> None:
    assert problem(judge(changed(world, **changes))) == ("validity", code)


def test_sdj_30_36_one_failing_step_makes_the_whole_invalid(world: Ecosystem, judge) -> None:
    issued = world.school.issue()
    stranger = PrivateKey.generate()
    payload = parse_json_object(parse_jws(issued.text.split("~")[0]).payload)
    report = judge(signed(world.school, payload, issued.text.split("~")[1:-1], signer=stranger))
    assert problem(report) == ("signature", "signature_invalid")
    assert report.credential is None
    foreign = world.school.issue().text.split("~")[1]
    report = judge(issued.text + foreign + "~")
    assert problem(report) == ("disclosures", "disclosures_invalid")
    assert not report.credential.claims
