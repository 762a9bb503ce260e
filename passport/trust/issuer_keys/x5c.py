"""Keys by certificate chain: the leaf in the header's `x5c`, validated to an anchor that the register holds.

The chain is validated at the signed thing's `iat`. The leaf names the issuer: a URI SAN equal to `iss`, or a DNS SAN
where `iss` has no path. Source: SD-JWT VC §2.5; RFC 5280; CONTRACT section 4.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from passport.errors import Malformed
from passport.jose.encoding import encode_base64url
from passport.jose.keys import PublicKey, public_key_from
from passport.trust.issuer_keys.base import Documents, IssuerKeys, KeyAnswer, KeyMaterialMalformed, KeyRequest

MAX_CHAIN: Final = 6
UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What `cryptography` raises for a certificate that it cannot read; several are no ValueError."""
_CACHE_SIZE: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidChain:
    """A chain that was validated once: the answer (its leaf key), and between which instants all its certificates are
    valid."""

    answer: KeyAnswer
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnchoredKeys:
    """`"mechanism": "x5c"`. compromised: SHA-256 thumbprints of certificates that verify nothing any more."""

    mechanism: str
    algorithms: frozenset[str]
    issuer: str
    anchors: tuple[x509.Certificate, ...]
    compromised: frozenset[str]
    store: Store
    valid_chains: _ChainCache

    @staticmethod
    def read(value: dict[str, Any], *, issuer: str, algorithms: frozenset[str]) -> IssuerKeys:
        """Read `anchors: [PEM…]` and `compromised: [{"x5t#S256", "compromised_at"}]`. Raises: KeyMaterialMalformed."""
        listed = value.get("anchors")
        if not isinstance(listed, list) or not listed or not all(isinstance(pem, str) for pem in listed):
            raise KeyMaterialMalformed("anchors is a list of PEM certificates")
        try:
            anchors = tuple(x509.load_pem_x509_certificate(pem.encode()) for pem in listed)
        except UNREADABLE as error:
            raise KeyMaterialMalformed("an anchor is not a PEM certificate") from error
        bad = value.get("compromised") or []
        if not isinstance(bad, list) or not all(isinstance(item, dict) for item in bad):
            raise KeyMaterialMalformed("compromised is a list of objects")
        return AnchoredKeys(
            mechanism="x5c",
            algorithms=algorithms,
            issuer=issuer,
            anchors=anchors,
            compromised=frozenset(str(item.get("x5t#S256")) for item in bad),
            store=Store(list(anchors)),
            valid_chains=_ChainCache(),
        )

    def answer(self, request: KeyRequest, documents: Documents) -> KeyAnswer:  # noqa: ARG002
        """The leaf's key, if chain, name and time hold."""
        listed = request.header.get("x5c")
        texts = tuple(listed) if isinstance(listed, list) and all(isinstance(text, str) for text in listed) else ()
        known = self.valid_chains.get(texts)
        if known is None or not known.not_before <= request.issued_at <= known.not_after:
            try:
                ders = decode_x5c(listed)
            except Malformed:
                return KeyAnswer(problem="x5c_malformed")
            problem, known = self._validate(ders, request.issued_at)
            if known is None:
                return KeyAnswer(problem=problem)
            self.valid_chains.put(texts, known)
        return known.answer

    def _validate(self, ders: tuple[bytes, ...], at: datetime) -> tuple[str | None, ValidChain | None]:
        try:
            chain = [x509.load_der_x509_certificate(der) for der in ders]
            if self.compromised and any(thumbprint(der) in self.compromised for der in ders):
                return "key_compromised", None
            verified = _verify_chain(chain, self.store, at)
            if self.compromised & {thumbprint(cert.public_bytes(serialization.Encoding.DER)) for cert in verified}:
                return "key_compromised", None
            if not _names(chain[0], self.issuer):
                return "x5c_other_issuer", None
            key = public_key_from(chain[0].public_key())
        except (VerificationError, x509.ExtensionNotFound):
            return "x5c_not_trusted", None
        except (*UNREADABLE, Malformed):
            return "x5c_malformed", None
        return None, ValidChain(
            answer=KeyAnswer(keys=(key,)),
            not_before=max(cert.not_valid_before_utc for cert in verified),
            not_after=min(cert.not_valid_after_utc for cert in verified),
        )

    def anchors_chain(self, ders: Sequence[bytes], at: datetime) -> bool:
        """Whether a chain (DER, leaf first) leads to one of these anchors at that time, whatever name it carries."""
        try:
            chain = [x509.load_der_x509_certificate(der) for der in ders]
            if any(thumbprint(der) in self.compromised for der in ders):
                return False
            _verify_chain(chain, self.store, at)
        except (*UNREADABLE, VerificationError):
            return False
        return True


class _ChainCache:
    """Bounded, newest kept. Key: the exact texts of the certificates; the anchors are its owner's, so they need not
    stand in it."""

    __slots__ = ("_entries", "_lock")

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[str, ...], ValidChain] = OrderedDict()
        self._lock = Lock()

    def get(self, texts: tuple[str, ...]) -> ValidChain | None:
        return self._entries.get(texts)

    def put(self, texts: tuple[str, ...], chain: ValidChain) -> None:
        with self._lock:
            self._entries[texts] = chain
            while len(self._entries) > _CACHE_SIZE:
                self._entries.popitem(last=False)


def decode_x5c(value: object) -> tuple[bytes, ...]:
    """The DER certificates of a header's `x5c` (standard base64, leaf first). Raises: KeyMaterialMalformed."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_CHAIN:
        raise KeyMaterialMalformed("x5c is a list of certificates")
    try:
        return tuple(base64.b64decode(text.encode("ascii"), validate=True) for text in value)
    except (AttributeError, UnicodeEncodeError, binascii.Error) as error:
        raise KeyMaterialMalformed("x5c holds no base64") from error


def leaf_key(value: object) -> PublicKey:
    """The key of a header's first certificate; nothing says yet whose that is. Raises: Malformed."""
    try:
        return public_key_from(x509.load_der_x509_certificate(decode_x5c(value)[0]).public_key())
    except UNREADABLE as error:
        raise KeyMaterialMalformed("x5c holds no certificate") from error


def encode_x5c(chain: Sequence[x509.Certificate]) -> list[str]:
    """The header's `x5c` for a chain, leaf first, the anchor left out."""
    return [base64.b64encode(cert.public_bytes(serialization.Encoding.DER)).decode() for cert in chain]


def thumbprint(der: bytes) -> str:
    """`x5t#S256` of a certificate (RFC 7515 §4.1.8)."""
    return encode_base64url(hashlib.sha256(der).digest())


_CA_POLICY = ExtensionPolicy.webpki_defaults_ca()
_LEAF_POLICY = ExtensionPolicy.permit_all().require_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)


def _verify_chain(chain: Sequence[x509.Certificate], store: Store, at: datetime) -> list[x509.Certificate]:
    """Validate to an anchor at a moment; returns the path with the anchor. Raises: VerificationError."""
    leaf = chain[0]
    if leaf.issuer == leaf.subject:
        raise VerificationError("the leaf is self-signed")
    if not _may_sign(leaf):
        raise VerificationError("the leaf is an authority, or its key usage is not to sign")
    verifier = (
        PolicyBuilder()
        .store(store)
        .time(at.astimezone(UTC).replace(tzinfo=None))
        .max_chain_depth(MAX_CHAIN)
        .extension_policies(ca_policy=_CA_POLICY, ee_policy=_LEAF_POLICY)
        .build_client_verifier()
    )
    return list(verifier.verify(leaf, list(chain[1:])).chain)


def _may_sign(leaf: x509.Certificate) -> bool:
    """Whether the leaf is for signing: no authority, whose key signs certificates, and no key for something else.

    Source: RFC 5280 §4.2.1.3, §4.2.1.9; a leaf without these extensions is not limited.
    """
    for extension in leaf.extensions:
        match extension.value:
            case x509.BasicConstraints(ca=True):
                return False
            case x509.KeyUsage(digital_signature=False):
                return False
    return True


def _names(leaf: x509.Certificate, issuer: str) -> bool:
    """Whether the leaf names the issuer. Raises: x509.ExtensionNotFound without a SAN."""
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if issuer in names.get_values_for_type(x509.UniformResourceIdentifier):
        return True
    parts = urlsplit(issuer)
    has_path = bool(parts.path.strip("/") or parts.query or parts.fragment)
    return not has_path and parts.hostname in names.get_values_for_type(x509.DNSName)
