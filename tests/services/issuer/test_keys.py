"""Certificates: of the embedded authority, and of a real one by request."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from issuer.keys import certificates, repository, service
from issuer.organisations import service as organisations
from passport.credentials.formats import parse_credential
from tests.services.issuer.conftest import Issuer
from tests.services.issuer.test_story import report_of

pytestmark = pytest.mark.anyio


class RealAuthority:
    """A certificate authority that is not ours, with an intermediate."""

    def __init__(self, issuer: Issuer) -> None:
        self.at = issuer.clock()
        self.root_key, self.key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.root = self._authority("Root", self.root_key, "Root", self.root_key, length=1)
        self.intermediate = self._authority("Intermediate", self.key, "Root", self.root_key, length=0)

    def _authority(
        self, name: str, key: ec.EllipticCurvePrivateKey, by: str, signer: ec.EllipticCurvePrivateKey, *, length: int
    ) -> x509.Certificate:
        usage = dict.fromkeys(
            (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        return (
            self._begin(name, by, key.public_key(), signer)
            .add_extension(x509.BasicConstraints(ca=True, path_length=length), critical=True)
            .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
            .sign(signer, hashes.SHA256())
        )

    def _begin(
        self, name: str, by: str, key: ec.EllipticCurvePublicKey, signer: ec.EllipticCurvePrivateKey
    ) -> x509.CertificateBuilder:
        def names(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        return (
            x509.CertificateBuilder().subject_name(names(name)).issuer_name(names(by)).public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.at - timedelta(days=1)).not_valid_after(self.at + timedelta(days=30))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )  # fmt: skip

    def certify(self, csr_pem: str, *, san: str | None = None) -> bytes:
        """The chain for a request, leaf first, without the root."""
        csr = x509.load_pem_x509_csr(csr_pem.encode())
        assert csr.is_signature_valid
        key = csr.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        asked = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uri = san or asked.get_values_for_type(x509.UniformResourceIdentifier)[0]
        leaf = (
            self._begin("leaf", "Intermediate", key, self.key)
            .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in (leaf, self.intermediate))

    @property
    def anchor(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.PEM)


async def request(issuer: Issuer) -> str:
    async with issuer.context.database.writing() as session:
        organisation = await organisations.require(session, "school-a")
        _, csr = await service.request_certificate(session, issuer.context, organisation, at=issuer.clock())
        return csr


async def install(issuer: Issuer, chain: bytes, anchor: bytes | None) -> None:
    async with issuer.context.database.writing() as session:
        organisation = await organisations.require(session, "school-a")
        await service.install_certificate(session, organisation, chain=chain, anchor=anchor, at=issuer.clock())


async def test_a_leaf_of_the_embedded_authority_names_its_issuer_and_is_no_authority(issuer: Issuer) -> None:
    async with issuer.context.database.reading() as session:
        key = await service.require_current(session, "school-a", at=issuer.clock())
    leaf = x509.load_der_x509_certificate(base64.b64decode(key.chain[0]))
    assert len(key.chain) == 1
    assert leaf.issuer != leaf.subject
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [issuer.school.issuer]
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert leaf.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    anchor = x509.load_pem_x509_certificate(key.anchor.encode())
    assert certificates.check_leaf([leaf], anchor=anchor, issuer=issuer.school.issuer, at=issuer.clock())
    with pytest.raises(certificates.CertificateRefused):
        certificates.check_leaf([leaf], anchor=anchor, issuer=issuer.other.issuer, at=issuer.clock())


async def test_a_real_authoritys_certificate_is_used_after_a_request(issuer: Issuer) -> None:
    before = (await issuer.take(await issuer.offer()))["credentials"][0]["credential"]
    authority = RealAuthority(issuer)
    chain = authority.certify(await request(issuer))
    await install(issuer, chain, authority.anchor)
    after = (await issuer.take(await issuer.offer()))["credentials"][0]["credential"]
    assert len(parse_credential(after).jws.header["x5c"]) == 2
    for credential in (before, after):
        report = await report_of(issuer, credential)
        assert report.verdict == "accepted", report.to_json("en")
    async with issuer.context.database.reading() as session:
        states = [key.state for key in await repository.all_keys(session, "school-a")]
        entry = await service.register_keys(session, "school-a")
    assert states == ["retired", "current"]
    assert len(entry["anchors"]) == 2


async def test_a_certificate_that_does_not_fit_is_refused_and_the_old_key_stays(issuer: Issuer) -> None:
    authority, stranger = RealAuthority(issuer), RealAuthority(issuer)
    csr = await request(issuer)
    good = authority.certify(csr)
    foreign_key = RealAuthority(issuer)
    for chain, anchor in [
        (b"", authority.anchor),
        (b"not pem", authority.anchor),
        (good, None),
        (good, b"x"),
        (good, stranger.anchor),
        (authority.certify(csr, san=issuer.other.issuer), authority.anchor),
        (authority.anchor, authority.anchor),
        (foreign_key.anchor + authority.anchor, None),
    ]:
        with pytest.raises(certificates.CertificateRefused):
            await install(issuer, chain, anchor)
    async with issuer.context.database.reading() as session:
        assert [key.state for key in await repository.all_keys(session, "school-a")] == ["current", "requested"]
    await install(issuer, good + authority.anchor, None)
    with pytest.raises(certificates.CertificateRefused):
        await install(issuer, good, authority.anchor)
