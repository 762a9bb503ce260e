"""did:key for P-256, P-384 and Ed25519. Source: did:key specification §3.1 (DIDK-01)."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from passport.jose.keys import PublicKey, public_key_from
from passport.trust.issuer_keys.base import KeyMaterialMalformed

PREFIX: Final = "did:key:"
_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)}
_MAX_LENGTH: Final = 128
_ED25519: Final = (b"\xed\x01", 32)
_CURVES: Final = ((b"\x80\x24", 33, ec.SECP256R1()), (b"\x81\x24", 49, ec.SECP384R1()))


def resolve(did: str) -> tuple[str, PublicKey]:
    """Return (id of the verification method, its key). Raises: KeyMaterialMalformed for another kind or length."""
    identifier = did.removeprefix(PREFIX)
    if identifier == did or not identifier.startswith("z") or len(identifier) > _MAX_LENGTH:
        raise KeyMaterialMalformed("not a did:key in base58btc")
    raw = _decode_base58(identifier[1:])
    method = f"{did}#{identifier}"
    try:
        if raw.startswith(_ED25519[0]) and len(raw) == 2 + _ED25519[1]:
            return method, public_key_from(ed25519.Ed25519PublicKey.from_public_bytes(raw[2:]))
        for prefix, length, curve in _CURVES:
            if raw.startswith(prefix) and len(raw) == 2 + length:
                return method, public_key_from(ec.EllipticCurvePublicKey.from_encoded_point(curve, raw[2:]))
    except ValueError as error:
        raise KeyMaterialMalformed("the key is not a valid point") from error
    raise KeyMaterialMalformed("unknown kind of key or wrong length")


def _decode_base58(text: str) -> bytes:
    number = 0
    for character in text:
        value = _VALUES.get(character)
        if value is None:
            raise KeyMaterialMalformed("not base58")
        number = number * 58 + value
    zeros = len(text) - len(text.lstrip("1"))
    return b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
