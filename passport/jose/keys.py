"""Keys: one key has one algorithm, stated by us and never by a token.

A public key comes in as a JWK or PEM and is checked completely (members, sizes, point on the curve); signatures
are the fixed-length R||S of JOSE. How keys are trusted is not decided here.
Source: RFC 7517, RFC 7518 §3.4 and §6.2, RFC 8037, RFC 7638, RFC 8725 §3.1, §3.4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256, sha384
from types import MappingProxyType
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from passport.errors import Malformed
from passport.jose.encoding import (
    JsonObject,
    decode_base64url,
    encode_base64url,
    encode_json,
    parse_json_object,
    sha256_base64url,
)

ES256 = "ES256"
ES384 = "ES384"
EDDSA = "EdDSA"
ALGORITHMS = frozenset({ES256, ES384, EDDSA})

PublicHandle = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
PrivateHandle = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class KeyMalformed(Malformed):
    """Not a key that we can use."""

    code = "key_malformed"
    section = "RFC 7517 §4"


class KeyNotPublic(KeyMalformed):
    """A key that holds secret members where a public one belongs."""

    code = "key_not_public"


class KeyUnsupported(KeyMalformed):
    """A key type or curve that we do not take (RSA, symmetric, P-521, …)."""

    code = "key_unsupported"


class KeyInvalidPoint(KeyMalformed):
    """The coordinates have the wrong size or are no point of the curve."""

    code = "key_invalid_point"
    section = "RFC 8725 §3.4"


class KeyWrongUse(KeyMalformed):
    """The key itself says that it is for something else (`alg`, `use`, `key_ops`)."""

    code = "key_wrong_use"


class KeyPassword(KeyMalformed):
    """The password of an encrypted key is wrong or missing."""

    code = "key_password"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ec:
    crv: str
    curve: ec.EllipticCurve
    size: int
    digest: Callable[[bytes], Any]  # hashlib's is a little faster than the one inside ECDSA
    ecdsa: ec.ECDSA


_EC = {
    ES256: _Ec(crv="P-256", curve=ec.SECP256R1(), size=32, digest=sha256, ecdsa=ec.ECDSA(Prehashed(hashes.SHA256()))),
    ES384: _Ec(crv="P-384", curve=ec.SECP384R1(), size=48, digest=sha384, ecdsa=ec.ECDSA(Prehashed(hashes.SHA384()))),
}
_ALG_OF_CRV = {parameters.crv: alg for alg, parameters in _EC.items()}
_ALG_OF_CURVE = {parameters.curve.name: alg for alg, parameters in _EC.items()}
_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})


class Signer(Protocol):
    """What signs: a file, PKCS#11 or a key service. `sign` returns the raw JOSE signature."""

    @property
    def alg(self) -> str: ...
    @property
    def public_key(self) -> PublicKey: ...
    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A checked public key. Equal when algorithm and thumbprint are."""

    alg: str
    thumbprint: str
    jwk: Mapping[str, str] = field(compare=False)
    handle: PublicHandle = field(compare=False, repr=False)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` (raw JOSE form) is of this key over `message`."""
        try:
            if isinstance(self.handle, ed25519.Ed25519PublicKey):
                self.handle.verify(signature, message)
                return True
            parameters = _EC[self.alg]
            size = parameters.size
            if len(signature) != 2 * size:  # RFC 7518 §3.4: fixed length, never DER
                return False
            self.handle.verify(_to_der(signature, size), parameters.digest(message).digest(), parameters.ecdsa)
        except InvalidSignature:
            return False
        return True

    def to_jwk(self, *, kid: str | None = None) -> JsonObject:
        """Return the public JWK, with `kid` when given."""
        jwk: JsonObject = dict(self.jwk)
        if kid is not None:
            jwk["kid"] = kid
        return jwk

    def to_pem(self) -> str:
        """Return PEM SubjectPublicKeyInfo."""
        return self.handle.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode("ascii")


def _to_der(signature: bytes, size: int) -> bytes:
    """Return the DER form of R||S; for both curves the whole is shorter than 128 bytes."""
    r = signature[:size].lstrip(b"\0") or b"\0"
    s = signature[size:].lstrip(b"\0") or b"\0"
    if r[0] & 0x80:
        r = b"\0" + r
    if s[0] & 0x80:
        s = b"\0" + s
    return bytes((0x30, len(r) + len(s) + 4, 2, len(r))) + r + bytes((2, len(s))) + s


def _from_der(signature: bytes, size: int) -> bytes:
    """Return R||S of a DER signature that our own signer just made."""
    split = 4 + signature[3]
    r = signature[4:split].lstrip(b"\0")
    s = signature[split + 2 :].lstrip(b"\0")
    return r.rjust(size, b"\0") + s.rjust(size, b"\0")


def parse_jwk(value: object) -> PublicKey:
    """Return the public key of a JWK (a parsed JSON object).

    Raises: KeyMalformed or a subclass for secret members, other key types, wrong sizes, points off the curve, and
    `alg`, `use` or `key_ops` that do not go with verifying signatures.
    """
    if not isinstance(value, Mapping):
        raise KeyMalformed("a JWK is an object")
    if not _SECRET_MEMBERS.isdisjoint(value):
        raise KeyNotPublic("secret members in a public key")
    kty, crv = value.get("kty"), value.get("crv")
    if kty == "EC" and isinstance(crv, str) and crv in _ALG_OF_CRV:
        key = _parse_ec(value, _ALG_OF_CRV[crv])
    elif kty == "OKP" and crv == "Ed25519":
        key = _parse_ed25519(value)
    else:
        raise KeyUnsupported("key type or curve not supported")
    _refuse_other_use(value, key.alg)
    return key


def _refuse_other_use(value: Mapping[str, Any], alg: str) -> None:
    if value.get("alg", alg) != alg or value.get("use", "sig") != "sig":
        raise KeyWrongUse("alg or use contradicts")
    operations = value.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise KeyWrongUse("key_ops without verify")
    if not isinstance(value.get("kid", ""), str):
        raise KeyMalformed("kid is not a string")


def _coordinate(text: object, name: str, size: int) -> tuple[str, bytes]:
    if not isinstance(text, str):
        raise KeyMalformed(f"{name} is not a string")
    raw = decode_base64url(text, section="RFC 7518 §6.2.1")
    if len(raw) != size:
        raise KeyInvalidPoint(f"{name} has {len(raw)} bytes, not {size}")
    return text, raw


def _parse_ec(value: Mapping[str, Any], alg: str) -> PublicKey:
    x, y = value.get("x"), value.get("y")
    if type(x) is str and type(y) is str and len(x) <= _LONGEST_COORDINATE and len(y) <= _LONGEST_COORDINATE:
        return _kept_ec_key(alg, x, y)
    return _read_ec_key(alg, x, y)


_LONGEST_COORDINATE = 64
_KEPT_KEYS = 1024


def _read_ec_key(alg: str, x: object, y: object) -> PublicKey:
    """Return the checked key. Nothing else in a JWK bears on it, so these three alone say which key is kept."""
    parameters = _EC[alg]
    x, x_raw = _coordinate(x, "x", parameters.size)
    y, y_raw = _coordinate(y, "y", parameters.size)
    try:
        handle = ec.EllipticCurvePublicKey.from_encoded_point(parameters.curve, b"\4" + x_raw + y_raw)
    except ValueError as error:
        raise KeyInvalidPoint("not a point of the curve") from error
    jwk = {"crv": parameters.crv, "kty": "EC", "x": x, "y": y}
    # As `encode_json(jwk)`: base64url needs no escapes.
    text = f'{{"crv":"{parameters.crv}","kty":"EC","x":"{x}","y":"{y}"}}'.encode("ascii")
    return PublicKey(alg=alg, thumbprint=sha256_base64url(text), jwk=MappingProxyType(jwk), handle=handle)


# Making a key and its first use cost a quarter of a signature check, and a holder shows many credentials by one key.
_kept_ec_key = lru_cache(maxsize=_KEPT_KEYS)(_read_ec_key)


def _parse_ed25519(value: Mapping[str, Any]) -> PublicKey:
    x, raw = _coordinate(value.get("x"), "x", 32)
    _refuse_bad_ed25519(raw)
    handle = ed25519.Ed25519PublicKey.from_public_bytes(raw)
    return _public_key(EDDSA, {"crv": "Ed25519", "kty": "OKP", "x": x}, handle)


_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P


def _refuse_bad_ed25519(raw: bytes) -> None:
    """Refuse what is no point of edwards25519, or one of small order: with such a "key" anybody can sign anything.

    With x² = u / v, u = y² - 1, v = d·y² + 1 (RFC 8032 §5.1.3) the orders 1 and 2 have u = 0, order 4 has y = 0 and
    order 8 has y² = -x², which is d·y⁴ + 2·y² = 1.
    """
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    square = y * y % _P
    u, v = square - 1, _D * square + 1
    on_curve = y < _P and pow(u * v, (_P - 1) // 2, _P) in (0, 1)
    if not on_curve or square in (0, 1) or (_D * square * square + 2 * square - 1) % _P == 0:
        raise KeyInvalidPoint("not a point of the curve, or one of small order")


def _public_key(alg: str, jwk: dict[str, str], handle: PublicHandle) -> PublicKey:
    """`jwk` holds the required members in lexicographic order, as RFC 7638 §3 hashes them."""
    return PublicKey(alg=alg, thumbprint=sha256_base64url(encode_json(jwk)), jwk=MappingProxyType(jwk), handle=handle)


def public_key_from(handle: object) -> PublicKey:
    """Return our key of a `cryptography` public key. Raises: KeyUnsupported."""
    if isinstance(handle, ed25519.Ed25519PublicKey):
        return _parse_ed25519({"x": encode_base64url(handle.public_bytes_raw())})
    if isinstance(handle, ec.EllipticCurvePublicKey) and handle.curve.name in _ALG_OF_CURVE:
        alg = _ALG_OF_CURVE[handle.curve.name]
        size = _EC[alg].size
        numbers = handle.public_numbers()
        x, y = (encode_base64url(number.to_bytes(size, "big")) for number in (numbers.x, numbers.y))
        return _public_key(alg, {"crv": _EC[alg].crv, "kty": "EC", "x": x, "y": y}, handle)
    raise KeyUnsupported("key type or curve not supported")


def load_public_key(data: bytes) -> PublicKey:
    """Return the public key in a file: PEM SubjectPublicKeyInfo or a JWK. Raises: KeyMalformed, JsonMalformed."""
    if data.lstrip().startswith(b"{"):
        return parse_jwk(parse_json_object(data.strip()))
    if b"PRIVATE KEY" in data:
        raise KeyNotPublic("a private key where a public one belongs")
    try:
        return public_key_from(serialization.load_pem_public_key(data))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyMalformed("not PEM and not a JWK") from error


class PrivateKey:
    """A key held in memory; a `Signer`. Its secret appears only where `to_pem` or `to_private_jwk` is asked."""

    __slots__ = ("_alg", "_handle", "_public")

    def __init__(self, handle: PrivateHandle) -> None:
        self._public = public_key_from(handle.public_key())
        self._alg = self._public.alg
        self._handle = handle

    def __repr__(self) -> str:
        return f"PrivateKey(alg={self._alg!r}, thumbprint={self._public.thumbprint!r})"

    @property
    def alg(self) -> str:
        return self._alg

    @property
    def public_key(self) -> PublicKey:
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Return the raw JOSE signature over `message`."""
        handle = self._handle
        if isinstance(handle, ed25519.Ed25519PrivateKey):
            return handle.sign(message)
        parameters = _EC[self._alg]
        return _from_der(handle.sign(parameters.digest(message).digest(), parameters.ecdsa), parameters.size)

    @classmethod
    def generate(cls, alg: str = ES256) -> PrivateKey:
        """Return a fresh key. Raises: KeyUnsupported for another algorithm."""
        if alg == EDDSA:
            return cls(ed25519.Ed25519PrivateKey.generate())
        if alg not in _EC:
            raise KeyUnsupported(f"no algorithm {alg}")
        return cls(ec.generate_private_key(_EC[alg].curve))

    @classmethod
    def from_pem(cls, data: bytes, password: bytes | None = None) -> PrivateKey:
        """Return the key in a PEM file (PKCS#8 or SEC1). Raises: KeyMalformed, KeyPassword, KeyUnsupported."""
        try:
            handle = serialization.load_pem_private_key(data, password)
        except (TypeError, ValueError, UnsupportedAlgorithm) as error:
            if b"ENCRYPTED" in data:
                raise KeyPassword("wrong or missing password") from None
            raise KeyMalformed("not a private key in PEM") from error
        if not isinstance(handle, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
            raise KeyUnsupported("key type not supported")
        return cls(handle)

    def to_pem(self, password: bytes | None = None) -> bytes:
        """Return PKCS#8 PEM, encrypted when a password is given."""
        encryption: serialization.KeySerializationEncryption = (
            serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        )
        return self._handle.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)

    @classmethod
    def from_jwk(cls, value: object) -> PrivateKey:
        """Return the key of a private JWK; its public half must belong to it. Raises: KeyMalformed or a subclass."""
        if not isinstance(value, Mapping) or "d" not in value:
            raise KeyMalformed("not a private JWK")
        stated = parse_jwk({name: member for name, member in value.items() if name not in ("d", "key_ops")})
        size = 32 if stated.alg == EDDSA else _EC[stated.alg].size
        _, secret = _coordinate(value.get("d"), "d", size)
        handle: PrivateHandle
        try:
            if stated.alg == EDDSA:
                handle = ed25519.Ed25519PrivateKey.from_private_bytes(secret)
            else:
                handle = ec.derive_private_key(int.from_bytes(secret, "big"), _EC[stated.alg].curve)
        except ValueError:
            raise KeyMalformed("not a private JWK") from None
        key = cls(handle)
        if key.public_key != stated:
            raise KeyMalformed("the public half belongs to another key")
        return key

    def to_private_jwk(self) -> JsonObject:
        """Return the private JWK. Handle it as the secret that it is."""
        handle = self._handle
        if isinstance(handle, ed25519.Ed25519PrivateKey):
            secret = handle.private_bytes_raw()
        else:
            secret = handle.private_numbers().private_value.to_bytes(_EC[self._alg].size, "big")
        return {**self._public.jwk, "d": encode_base64url(secret)}
