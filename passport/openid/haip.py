"""What HAIP 1.0 fixes for client identifiers and certificates: `x509_hash`, `x509_san_dns`, authority key identifiers.

It reads certificates and judges no chain: whether a chain leads to a known organisation is the trust register's.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from passport.errors import Malformed
from passport.jose.encoding import encode_base64url, sha256_base64url

MAX_CHAIN = 8
MAX_CERTIFICATE_BYTES = 16_384
X509_HASH = "x509_hash"
X509_SAN_DNS = "x509_san_dns"
_E = TypeVar("_E", bound=x509.ExtensionType)


class CertificateChainMalformed(Malformed):
    """The header's `x5c` is no list of certificates."""

    code = "certificate_chain_malformed"
    section = "RFC 7515 §4.1.6"


def x509_hash_client_id(leaf: bytes) -> str:
    """Return the client identifier of a verifier by its leaf certificate (DER). Source: OpenID4VP §5.9.3."""
    return f"{X509_HASH}:{sha256_base64url(leaf)}"


def x509_san_dns_client_id(host: str) -> str:
    """Return the client identifier of a verifier by a DNS name of its leaf certificate. Source: OpenID4VP §5.9.3."""
    return f"{X509_SAN_DNS}:{host}"


def encode_x5c(chain: Sequence[bytes]) -> list[str]:
    """Return a chain of DER certificates, leaf first, as the header's `x5c`. The anchor is left out by the caller."""
    return [base64.b64encode(certificate).decode() for certificate in chain]


def parse_x5c(value: object) -> tuple[bytes, ...]:
    """Return the DER certificates of an `x5c` header, leaf first; each parses. Raises: CertificateChainMalformed."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_CHAIN:
        raise CertificateChainMalformed("x5c is no list of certificates")
    chain = []
    for entry in value:
        if not isinstance(entry, str) or len(entry) > MAX_CERTIFICATE_BYTES:
            raise CertificateChainMalformed("a certificate is no text, or too long")
        try:
            certificate = base64.b64decode(entry, validate=True)
            x509.load_der_x509_certificate(certificate)
        except (binascii.Error, ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
            raise CertificateChainMalformed("a certificate does not parse") from error
        chain.append(certificate)
    return tuple(chain)


def dns_names(leaf: bytes) -> frozenset[str]:
    """Return the DNS names of a certificate's subject alternative name, in lower case."""
    names = _extension(leaf, x509.SubjectAlternativeName)
    return frozenset(name.lower() for name in names.get_values_for_type(x509.DNSName)) if names else frozenset()


def is_in_period(certificate: bytes, *, at: datetime) -> bool:
    """Whether a certificate's own period holds at a moment."""
    read = x509.load_der_x509_certificate(certificate)
    return read.not_valid_before_utc <= at <= read.not_valid_after_utc


def authority_key_identifiers(chain: Sequence[bytes]) -> frozenset[str]:
    """Return the authority key identifiers of a chain, base64url, for `trusted_authorities` of type `aki`.

    Source: OpenID4VP §6.1.1.1: the identifier of any certificate in the chain may match.
    """
    extensions = (_extension(certificate, x509.AuthorityKeyIdentifier) for certificate in chain)
    return frozenset(
        encode_base64url(one.key_identifier) for one in extensions if one is not None and one.key_identifier is not None
    )


def authorities_of(header: Mapping[str, object]) -> frozenset[str]:
    """Return the authority key identifiers of a header's `x5c`; none where it has no chain that reads."""
    try:
        return authority_key_identifiers(parse_x5c(header["x5c"])) if "x5c" in header else frozenset()
    except CertificateChainMalformed:
        return frozenset()


def _extension(certificate: bytes, kind: type[_E]) -> _E | None:
    """Return a certificate's extension; None when it is absent, or stands there in a form that cannot be read."""
    try:
        return x509.load_der_x509_certificate(certificate).extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return None
