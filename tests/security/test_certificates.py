"""Certificate chains in `x5c`: whatever stands there, the answer is a report or a refusal, and no key signs too much."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from passport.errors import Malformed
from passport.jose.jwt import create_jwt
from passport.openid.haip import authorities_of, parse_x5c, x509_hash_client_id
from passport.openid.oid4vp import RequestRefused, verify_request_object
from passport.trust.issuer_keys.x5c import leaf_key
from passport.trust.register import RegisterMalformed, parse_register
from tests.ecosystem import Ecosystem, Holder, Organisation
from tests.security.judging import judge, problem, with_header

VERSION_3 = b"\xa0\x03\x02\x01\x02"
EC_PUBLIC_KEY = bytes.fromhex("06072a8648ce3d0201")
P256 = bytes.fromhex("06082a8648ce3d030107")
ECDSA_SHA256 = bytes.fromhex("06082a8648ce3d040302")
DAMAGED = {
    "version 2": (VERSION_3, b"\xa0\x03\x02\x01\x01"),
    "version 4": (VERSION_3, b"\xa0\x03\x02\x01\x03"),
    "unknown kind of key": (EC_PUBLIC_KEY, bytes.fromhex("06072a8648ce3d0209")),
    "unknown curve": (P256, bytes.fromhex("06082a8648ce3d030109")),
    "unknown signature": (ECDSA_SHA256, bytes.fromhex("06082a8648ce3d040309")),
}


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def x5c(*ders: bytes) -> list[str]:
    return [base64.b64encode(der).decode() for der in ders]


def leaf(
    school: Organisation,
    *,
    ca: bool = False,
    sign: bool = True,
    names: Sequence[x509.GeneralName] = (),
    signer: ec.EllipticCurvePrivateKey | None = None,
    issuer: x509.Name | None = None,
    extra: x509.ExtensionType | None = None,
    key: Any = None,
) -> x509.Certificate:
    """A certificate for the school's own key, by its own authority unless another signs."""
    by = signer or school._anchor_key
    public: Any = key or serialization.load_pem_public_key(school.key.public_key.to_pem().encode())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "inner" if ca else "leaf")]))
        .issuer_name(issuer or school.anchor.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(school.world.at - timedelta(days=30))
        .not_valid_after(school.world.at + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(x509.KeyUsage(sign, False, False, False, not sign, ca, ca, False, False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        .add_extension(
            x509.SubjectAlternativeName(names or [x509.UniformResourceIdentifier(school.id)]), critical=False
        )
    )
    if extra is not None:
        builder = builder.add_extension(extra, critical=True)
    return builder.sign(by, hashes.SHA256())


@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize("place", ["leaf", "extra"])
def test_a_certificate_that_cannot_be_read_is_refused(
    world: Ecosystem, holder: Holder, damage: str, place: str
) -> None:
    good = der_of(world.school.leaf)
    bad = good.replace(*DAMAGED[damage])
    assert bad != good
    chain = x5c(bad) if place == "leaf" else x5c(good, bad)
    text = with_header(world.school.issue(holder=holder).text, x5c=chain)
    assert judge(world, text).verdict == "rejected"
    assert authorities_of({"x5c": chain}) is not None
    for read in (lambda: parse_x5c(chain), lambda: leaf_key(chain)):
        try:
            read()
        except Malformed:
            continue


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_wallet_refuses_a_request_with_such_a_certificate(world: Ecosystem, damage: str) -> None:
    bad = der_of(world.school.leaf).replace(*DAMAGED[damage])
    name = x509_hash_client_id(bad)
    request = create_jwt(
        {"client_id": name}, signer=world.school.key, typ="oauth-authz-req+jwt", header={"x5c": x5c(bad)}
    )
    with pytest.raises(RequestRefused):
        verify_request_object(request, client_id=name, at=world.at)


def test_a_register_with_such_an_anchor_is_refused(world: Ecosystem) -> None:
    import json

    bad = der_of(world.school.anchor).replace(*DAMAGED["version 4"])
    pem = f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(bad).decode()}-----END CERTIFICATE-----\n"
    document = world.register_document()
    document["organisations"][0]["keys"]["anchors"] = [pem]
    with pytest.raises(RegisterMalformed):
        parse_register(json.dumps(document).encode())


@pytest.mark.parametrize(("ca", "sign"), [(True, True), (True, False), (False, False)])
def test_the_key_of_an_authority_or_for_something_else_signs_no_credential(
    world: Ecosystem, holder: Holder, ca: bool, sign: bool
) -> None:
    held = world.school.issue(holder=holder, leaf=leaf(world.school, ca=ca, sign=sign))
    assert problem(judge(world, held.text)) == ("rejected", "x5c_not_trusted")


@pytest.mark.parametrize(
    "names",
    [
        [x509.UniformResourceIdentifier("https://issuer.example/o/*")],
        [x509.UniformResourceIdentifier("https://issuer.example/o/school-a/")],
        [x509.UniformResourceIdentifier("https://ISSUER.example/o/school-a")],
        [x509.UniformResourceIdentifier("https://issuer.example/o/school-b")],
        [x509.DNSName("issuer.example"), x509.DNSName("*.example")],
    ],
)
def test_a_leaf_names_its_issuer_exactly(world: Ecosystem, holder: Holder, names: Sequence[x509.GeneralName]) -> None:
    held = world.school.issue(holder=holder, leaf=leaf(world.school, names=names))
    assert problem(judge(world, held.text)) == ("rejected", "x5c_other_issuer")


def test_the_chain_of_another_organisation_beside_ones_own_leaf_gains_nothing(world: Ecosystem, holder: Holder) -> None:
    other = world.add("school", "School B", "https://issuer.example/o/school-b")
    forged = leaf(other, names=[x509.UniformResourceIdentifier(world.school.id)])
    world.school.x5c = lambda leaf=None: x5c(der_of(forged), der_of(world.school.leaf), der_of(world.school.anchor))  # type: ignore[method-assign]
    held = world.school.issue(holder=holder, signer=other.key)
    assert judge(world, held.text).verdict == "rejected"


@pytest.mark.parametrize(
    "constraints",
    [
        x509.NameConstraints([x509.UniformResourceIdentifier("other.example")], None),
        x509.NameConstraints(None, [x509.UniformResourceIdentifier("issuer.example")]),
    ],
)
def test_name_constraints_of_an_authority_hold(
    world: Ecosystem, holder: Holder, constraints: x509.NameConstraints
) -> None:
    school, key = world.school, ec.generate_private_key(ec.SECP256R1())
    root = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    top = leaf(school, ca=True, sign=False, signer=root, issuer=name, key=root.public_key())
    inner = leaf(school, ca=True, sign=False, signer=root, issuer=name, key=key.public_key(), extra=constraints)
    last = leaf(school, signer=key, issuer=inner.subject)
    school.anchor = top
    school.x5c = lambda leaf=None: x5c(der_of(last), der_of(inner))  # type: ignore[method-assign]
    assert judge(world, school.issue(holder=holder).text).verdict == "rejected"
