"""The verifier's own small certificate authority: it names who asks, in signed request objects.

The wallet trusts the anchor through the trust register (`trust-entry`), so the anchor never travels in `x5c` and
the leaf is never self-signed (HAIP 5). Private keys are files that only the owner can read.
Not here: certificates of issuers.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from passport.jose.keys import PrivateKey
from verifier.settings import BadSetting

ANCHOR_DAYS = 3650
LEAF_DAYS = 397
RENEW_DAYS = 30
BACKDATE = timedelta(minutes=5)


class CertificateDamaged(BadSetting):
    """A key or certificate in the data folder cannot be read."""

    code = "verifier_certificate"
    exit_code: ClassVar[int] = 4  # the data is damaged


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCertificate:
    """The key that signs request objects, its certificate, and the anchor a register names."""

    signer: PrivateKey = field(repr=False)
    leaf: x509.Certificate
    anchor: x509.Certificate

    @property
    def leaf_der(self) -> bytes:
        return self.leaf.public_bytes(serialization.Encoding.DER)

    @property
    def anchor_pem(self) -> str:
        return self.anchor.public_bytes(serialization.Encoding.PEM).decode()


def load_or_create(folder: Path, *, name: str, base_url: str, at: datetime) -> RequestCertificate:
    """Return the request certificate of the data folder, made at the first start and renewed before it ends.

    Raises: CertificateDamaged.
    """
    keys = folder / "keys"
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        anchor_key, anchor = _load_anchor(keys, name=name, at=at)
        leaf_key, leaf = _load_leaf(keys, anchor_key, anchor, name=name, base_url=base_url, at=at)
    except (ValueError, TypeError, OSError) as error:
        raise CertificateDamaged(type(error).__name__, setting="--data") from None
    return RequestCertificate(signer=PrivateKey.from_pem(leaf_key), leaf=leaf, anchor=anchor)


def _load_anchor(keys: Path, *, name: str, at: datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    both = keys / "anchor.pem"
    if not both.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _subject(f"{name} - anchor")
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - BACKDATE)
            .not_valid_after(at + timedelta(days=ANCHOR_DAYS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(is_anchor=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        _write_once(both, _pem(key) + certificate.public_bytes(serialization.Encoding.PEM))
    return _read(both)


def _load_leaf(
    keys: Path,
    anchor_key: ec.EllipticCurvePrivateKey,
    anchor: x509.Certificate,
    *,
    name: str,
    base_url: str,
    at: datetime,
) -> tuple[bytes, x509.Certificate]:
    both = keys / "request.pem"
    if both.exists():
        key, leaf = _read(both)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        is_ours = base_url in names.get_values_for_type(x509.UniformResourceIdentifier)
        if is_ours and leaf.not_valid_after_utc > at + timedelta(days=RENEW_DAYS):
            return _pem(key), leaf
        both.unlink(missing_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = (
        x509.CertificateBuilder()
        .subject_name(_subject(name))
        .issuer_name(anchor.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - BACKDATE)
        .not_valid_after(min(at + timedelta(days=LEAF_DAYS), anchor.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(is_anchor=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(_alternative_names(base_url), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(anchor_key.public_key()), critical=False)
        .sign(anchor_key, hashes.SHA256())
    )
    _write_once(both, _pem(key) + leaf.public_bytes(serialization.Encoding.PEM))
    key, leaf = _read(both)
    return _pem(key), leaf


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _alternative_names(base_url: str) -> x509.SubjectAlternativeName:
    host = urlsplit(base_url).hostname or ""
    return x509.SubjectAlternativeName([x509.UniformResourceIdentifier(base_url), _host_name(host)])


def _host_name(host: str) -> x509.GeneralName:
    import ipaddress

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host.encode("idna").decode())


def _key_usage(*, is_anchor: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_anchor,
        key_cert_sign=is_anchor,
        crl_sign=is_anchor,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read(both: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    data = both.read_bytes()
    key = serialization.load_pem_private_key(data, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("not an EC key")
    return key, x509.load_pem_x509_certificate(data[data.index(b"-----BEGIN CERTIFICATE") :])


def _write_once(path: Path, data: bytes) -> None:
    """Write whole or not at all, 0600; when two processes start at once the first one's file stays."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink(missing_ok=True)
