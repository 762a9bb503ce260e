"""X.509: the embedded authority, leaf certificates, certificate requests, and reading a real authority's chain.

A leaf names the issuer in a URI SAN, is never self-signed and never in the anchor's place (HAIP §6.1.1).
"""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from issuer.problems import Refused
from passport.jose.keys import PublicKey, public_key_from

LEAF_LIFETIME: Final = timedelta(days=730)
AUTHORITY_LIFETIME: Final = timedelta(days=3650)
BACKDATE: Final = timedelta(hours=1)
"""Certificates begin before the first `iat` that they must cover."""


class CertificateRefused(Refused):
    """A certificate chain that does not fit the key, the issuer or its anchor."""

    code = "certificate_refused"
    status = 422


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def create_authority(*, at: datetime) -> tuple[bytes, str]:
    """Make an authority's key (PEM, to be sealed) and its certificate (PEM)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"skillspas issuer CA {secrets.token_hex(4)}")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - BACKDATE)
        .not_valid_after(at + AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem, certificate.public_bytes(serialization.Encoding.PEM).decode()


def _subject(organisation_id: str, name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, organisation_id),
        ]
    )


def create_leaf(
    authority_key: bytes,
    authority_certificate: str,
    *,
    key: PublicKey,
    issuer: str,
    organisation_id: str,
    name: str,
    at: datetime,
) -> x509.Certificate:
    """Sign a leaf for an organisation's key. issuer: its `iss`, the URI SAN."""
    signer = serialization.load_pem_private_key(authority_key, None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    parent = x509.load_pem_x509_certificate(authority_certificate.encode())
    parent_identifier = parent.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    public = serialization.load_pem_public_key(key.to_pem().encode())
    assert isinstance(public, ec.EllipticCurvePublicKey)
    return (
        x509.CertificateBuilder()
        .subject_name(_subject(organisation_id, name))
        .issuer_name(parent.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(max(at - BACKDATE, parent.not_valid_before_utc))
        .not_valid_after(min(at + LEAF_LIFETIME, parent.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(authority=False), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(issuer)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(parent_identifier), critical=False
        )
        .sign(signer, hashes.SHA256())
    )


def create_request(private_key: bytes, *, issuer: str, organisation_id: str, name: str) -> str:
    """Return a certificate request (PEM) for a real authority, asking for the issuer as URI SAN."""
    key = serialization.load_pem_private_key(private_key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(_subject(organisation_id, name))
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(issuer)]), critical=False)
        .add_extension(_key_usage(authority=False), critical=True)
        .sign(key, hashes.SHA256())
    )
    return request.public_bytes(serialization.Encoding.PEM).decode()


def der_base64(certificate: x509.Certificate) -> str:
    """One entry of `x5c` (RFC 7515 §4.1.6: standard base64 of DER)."""
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()


def pem(certificate: x509.Certificate) -> str:
    """PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def read_chain(data: bytes, anchor: bytes | None) -> tuple[list[x509.Certificate], x509.Certificate]:
    """Read what an authority sent: leaf first. The anchor is the self-signed one at its end, or given apart.

    Returns the chain without the anchor, and the anchor. Raises: CertificateRefused.
    """
    try:
        chain = x509.load_pem_x509_certificates(data)
        root = x509.load_pem_x509_certificate(anchor) if anchor else None
    except ValueError as error:
        raise CertificateRefused("not PEM certificates", reason="PEM") from error
    if len(chain) > 1 and chain[-1].issuer == chain[-1].subject:
        root = root or chain[-1]
        chain = chain[:-1]
    if root is None:
        raise CertificateRefused("the anchor is not in the file: give it with --anchor", reason="--anchor")
    if chain[0].issuer == chain[0].subject:
        raise CertificateRefused("the leaf is self-signed", reason="self-signed")
    return chain, root


def check_leaf(chain: list[x509.Certificate], *, anchor: x509.Certificate, issuer: str, at: datetime) -> PublicKey:
    """Return the leaf's key when a verifier would take the chain for this issuer. Raises: CertificateRefused."""
    from passport.trust.issuer_keys import KeyRequest, parse_issuer_keys

    keys = parse_issuer_keys({"mechanism": "x5c", "anchors": [pem(anchor)]}, issuer=issuer)
    header = {"x5c": [der_base64(certificate) for certificate in chain]}
    answer = keys.answer(KeyRequest(header=header, issued_at=at.astimezone(UTC)), {})
    if not answer.keys:
        raise CertificateRefused("the chain does not verify for this issuer", reason=answer.problem or "chain")
    return public_key_from(chain[0].public_key())
