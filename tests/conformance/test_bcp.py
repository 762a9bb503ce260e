"""JOSE hygiene (RFC 8725 and what stands under it): what the matrix names and no other test shows."""

from __future__ import annotations

import json

import pytest

from passport.credentials.praktijkbeoordeling import parse_assessment
from passport.credentials.status_list import create_status_list_token
from passport.errors import PassportError
from passport.jose.encoding import encode_base64url, encode_json, parse_json_object
from passport.jose.jws import JwsWriter, parse_jws
from passport.jose.jwt import create_jwt
from passport.jose.keys import PrivateKey
from passport.jose.sd_jwt import parse_sd_jwt
from passport.openid.haip import x509_hash_client_id
from passport.openid.oid4vci import check_proof, create_proof
from passport.openid.oid4vp import create_request_object, verify_request_object
from passport.trust.register import parse_register
from tests.conformance.signing import TYPE, changed, problem, signed
from tests.ecosystem import Ecosystem

KINDS = (
    "dc+sd-jwt", "kb+jwt", "statuslist+jwt", "openid4vci-proof+jwt", "oauth-authz-req+jwt", "trust-register+jwt",
    "praktijkbeoordeling+jwt", "vc+jwt", "vp+jwt", "dpop+jwt", "JWT",
)  # fmt: skip


class Readers:
    """Every place that reads a signed token, given one that is perfect but for its `typ`."""

    def __init__(self, world: Ecosystem, judge) -> None:
        self.world, self.judge, self.school = world, judge, world.school

    def credential(self, typ: str) -> bool:
        jwt, *rest, _ = self.school.issue().text.split("~")
        payload = parse_json_object(parse_jws(jwt).payload)
        return self.judge(signed(self.school, payload, rest, typ=typ)).verdict == "accepted"

    def key_binding(self, typ: str) -> bool:
        holder = self.world.holder()
        part, good = holder.present(self.school.issue(holder=holder)).rsplit("~", 1)
        made = JwsWriter(holder.key, {"typ": typ}).sign(parse_jws(good).payload)
        return self.judge(f"{part}~{made}", nonce="nonce").holder_binding == "proven"

    def status_list(self, typ: str) -> bool:
        issued, school = self.school.issue(), self.school
        at = self.world.at
        school.status_token = create_status_list_token(
            school.statuses, uri=school.status_uri, writer=school.writer(typ), issued_at=at, expires_at=at.replace(day=28), ttl=1
        ).encode()  # fmt: skip
        return self.judge(issued.text).verdict == "accepted"

    def proof(self, typ: str) -> bool:
        key, claims = (
            PrivateKey.generate(),
            {"aud": "https://i.example", "iat": self.world.at.timestamp(), "nonce": "n"},
        )
        made = create_jwt(claims, signer=key, typ=typ, header={"jwk": key.public_key.to_jwk()})
        return _works(lambda: check_proof(made, expected_audience="https://i.example", at=self.world.at))

    def request(self, typ: str) -> bool:
        org, at = self.world.add("verifier", "W", "https://w.example"), self.world.at
        from cryptography.hazmat.primitives.serialization import Encoding

        leaf = org.leaf.public_bytes(Encoding.DER)
        query = {"credentials": [{"id": "q", "format": "dc+sd-jwt", "meta": {"vct_values": [TYPE.vct]}}]}
        name = x509_hash_client_id(leaf)
        good = create_request_object(
            signer=org.key, chain=[leaf], client_id=name, response_uri="https://w.example/r", nonce="n" * 22, state="s",
            dcql_query=query, at=at, expires_at=at.replace(day=28),
        )  # fmt: skip
        made = create_jwt(
            parse_json_object(parse_jws(good).payload), signer=org.key, typ=typ, header={"x5c": org.x5c()}
        )
        return _works(lambda: verify_request_object(made, client_id=name, at=at))

    def register(self, typ: str) -> bool:
        key = self.world.operator_key
        made = create_jwt(self.world.register_document(), signer=key, typ=typ).encode()
        return _works(lambda: parse_register(made, trust_key=key.public_key))

    def assessment(self, typ: str) -> bool:
        company = self.world.leerbedrijf
        good = self.school.issue("praktijkverklaring").claims["praktijkbeoordeling"]
        made = company.writer(typ).sign(parse_jws(good).payload)
        return _works(lambda: parse_assessment(made))


def _works(call) -> bool:
    try:
        call()
    except PassportError:
        return False
    return True


@pytest.mark.parametrize(
    ("reader", "own"),
    [
        ("credential", "dc+sd-jwt"),
        ("key_binding", "kb+jwt"),
        ("status_list", "statuslist+jwt"),
        ("proof", "openid4vci-proof+jwt"),
        ("request", "oauth-authz-req+jwt"),
        ("register", "trust-register+jwt"),
        ("assessment", "praktijkbeoordeling+jwt"),
    ],
)
def test_bcp_05_each_reader_takes_its_own_kind_of_token_and_no_other(world: Ecosystem, judge, reader, own) -> None:
    read = getattr(Readers(world, judge), reader)
    assert [typ for typ in KINDS if read(typ)] == [own]


def test_bcp_01_one_key_has_one_algorithm(world: Ecosystem, judge) -> None:
    """The header names another algorithm than the key's, both of them allowed for the issuer."""
    other = Ecosystem(mechanism="jwks")
    document = other.register_document()
    document["organisations"][0]["keys"]["algorithms"] = ["ES256", "ES384", "EdDSA"]
    register = parse_register(json.dumps(document).encode())
    jwt, *rest = other.school.issue().text.split("~")
    header, payload, signature = jwt.split(".")
    for alg in ("ES384", "EdDSA"):
        lying = parse_jws(jwt).header | {"alg": alg}
        report = judge(
            "~".join([f"{encode_base64url(encode_json(lying))}.{payload}.{signature}", *rest]), register=register
        )
        assert report.verdict == "rejected"
    assert problem(judge("~".join([f"{header}.{payload}.{signature}", *rest]), register=register)) != (
        "algorithm",
        None,
    )


@pytest.mark.parametrize("name", ["jku", "x5u"])
@pytest.mark.anyio
async def test_bcp_04_no_address_in_a_header_is_fetched(world: Ecosystem, name: str) -> None:
    from passport.network import gather
    from passport.verification import parse_presented

    payload = parse_sd_jwt(world.school.issue().text).payload
    for value in ("https://thief.example/keys", "http://127.0.0.1/keys", "file:///etc/passwd", 5):
        text = signed(world.school, payload, header={name: value})
        async with world.fetcher() as fetcher:
            await gather([parse_presented(text)], world.register(), fetcher, at=world.at)
            assert fetcher.asked == [world.school.status_uri]


@pytest.mark.parametrize("kid", ["../../etc/passwd", "' OR 1=1 --", "x" * 10_000, "", 5, ["a"], {"a": 1}, None])
def test_bcp_04_a_kid_only_chooses_among_keys_that_are_known(judge, kid: object) -> None:
    other = Ecosystem(mechanism="jwks")
    payload = parse_sd_jwt(other.school.issue().text).payload
    thief = PrivateKey.generate()
    report = judge(signed(other.school, payload, header={"kid": kid}, signer=thief), register=other.register())
    assert report.verdict == "rejected"
    assert problem(report)[0] in ("issuer_key", "signature")


@pytest.mark.parametrize("extra", ["jku", "jwe"])
def test_cnf_01_a_confirmation_names_one_key(world: Ecosystem, judge, extra: str) -> None:
    holder = world.holder()
    cnf = {"jwk": dict(holder.key.public_key.jwk)}
    for more, verdict in (({}, "accepted"), ({"kid": "1"}, "accepted"), ({extra: "x"}, "rejected")):
        text = holder.present(changed(world, cnf={**cnf, **more}))
        assert judge(text, nonce="nonce").verdict == verdict


@pytest.mark.parametrize("cnf", [{"kid": "1"}, {"jkt": "x"}, {}, [], "x", {"jwk": {"kty": "oct", "k": "AA"}}])
def test_cnf_01_a_key_that_cannot_be_found_proves_nothing(world: Ecosystem, judge, cnf: object) -> None:
    report = judge(world.holder().present(changed(world, cnf=cnf)), nonce="nonce")
    assert problem(report) == ("holder_binding", "cnf_missing")


def test_cnf_01_a_private_key_in_cnf_is_no_key(world: Ecosystem, judge) -> None:
    holder = world.holder()
    report = judge(holder.present(changed(world, cnf={"jwk": holder.key.to_private_jwk()})), nonce="nonce")
    assert problem(report) == ("holder_binding", "cnf_missing")


def test_bcp_06_padding_and_other_alphabets_are_refused_everywhere(world: Ecosystem, judge) -> None:
    jwt, *rest = world.school.issue().text.split("~")
    header, payload, signature = jwt.split(".")
    for changed_parts in ([header + "=", payload, signature], [header, payload + "==", signature],
                          [header, payload, signature + "="], [header, payload, signature[:-2] + "+/"],
                          [header, payload + "\n", signature], [header, payload, " " + signature]):  # fmt: skip
        assert problem(judge("~".join([".".join(changed_parts), *rest]))) == ("structure", "malformed")
    assert problem(judge("~".join([jwt, rest[0] + "=", *rest[1:]])))[0] == "structure"


def test_bcp_03_an_audience_that_is_not_us_is_refused(world: Ecosystem) -> None:
    key = PrivateKey.generate()
    made = create_proof(key, audience="https://other.example", nonce="n", at=world.at)
    assert not _works(lambda: check_proof(made, expected_audience="https://i.example", at=world.at))
    both = create_jwt(
        {"aud": ["https://i.example", "https://other.example"], "iat": world.at.timestamp(), "nonce": "n"},
        signer=key, typ="openid4vci-proof+jwt", header={"jwk": key.public_key.to_jwk()},
    )  # fmt: skip
    assert not _works(lambda: check_proof(both, expected_audience="https://i.example", at=world.at))
