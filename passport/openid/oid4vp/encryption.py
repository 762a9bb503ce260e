"""Encrypted responses: a JWE from the wallet to a key that the verifier made for this one request.

ECDH-ES on P-256 with A128GCM or A256GCM, and nothing else. Sources: OpenID4VP 1.0 §8.3; HAIP 1.0 §5; RFC 7516.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from passport.errors import Malformed
from passport.jose.encoding import JsonObject, decode_base64url, encode_base64url, parse_json_object
from passport.jose.keys import PrivateKey, parse_jwk

ECDH_ES = "ECDH-ES"
ENC_VALUES = ("A128GCM", "A256GCM")
MAX_JWE_BYTES = 1_048_576
MAX_KEYS = 16


class JweMalformed(Malformed):
    """The encrypted response is no JWE that we can read."""

    code = "jwe_malformed"
    section = "OpenID4VP §8.3"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionKey:
    """A verifier's key for one request. The private part stays with the transaction and dies with it."""

    kid: str
    private_jwk: JsonObject = field(repr=False)

    def to_jwk(self) -> JsonObject:
        """Return the public key as it stands in `client_metadata.jwks`."""
        public = {name: self.private_jwk[name] for name in ("kty", "crv", "x", "y")}
        return {**public, "use": "enc", "alg": ECDH_ES, "kid": self.kid}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """To whom a wallet encrypts: a usable key of the request, and a content encryption both know."""

    jwk: JsonObject
    kid: str | None
    enc: str


def create_encryption_key(kid: str) -> EncryptionKey:
    """Make a fresh key for one request. HAIP §5: never used for another."""
    return EncryptionKey(kid=kid, private_jwk=PrivateKey.generate("ES256").to_private_jwk())


def choose_recipient(client_metadata: JsonObject) -> Recipient | None:
    """Return the first key of a request that can be used, or None. Keys that cannot be used are skipped.

    Source: OpenID4VP §8.3: by the key's `alg`; `encrypted_response_enc_values_supported`, absent: A128GCM.
    """
    jwks = client_metadata.get("jwks")
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    named = client_metadata.get("encrypted_response_enc_values_supported", ["A128GCM"])
    offered = named if isinstance(named, list) else []
    enc = next((value for value in reversed(ENC_VALUES) if value in offered), None)
    for key in keys[:MAX_KEYS] if isinstance(keys, list) and enc is not None else ():
        if isinstance(key, dict) and key.get("alg") == ECDH_ES and key.get("use", "enc") == "enc":
            public = {name: key.get(name) for name in ("kty", "crv", "x", "y")}
            try:
                if parse_jwk(public).alg == "ES256":
                    kid = key.get("kid")
                    return Recipient(jwk=public, kid=kid if isinstance(kid, str) else None, enc=str(enc))
            except Malformed:
                continue
    return None


def encrypt(plaintext: bytes, recipient: Recipient, *, nonce: str) -> str:
    """Return a compact JWE. nonce: of the request; it becomes `apv`, which binds the key agreement to it."""
    from joserfc import jwe
    from joserfc.jwk import ECKey

    header: dict[str, Any] = {"alg": ECDH_ES, "enc": recipient.enc}
    if recipient.kid is not None:
        header["kid"] = recipient.kid
    header["apv"] = encode_base64url(nonce.encode())
    return jwe.encrypt_compact(header, plaintext, ECKey.import_key(recipient.jwk), algorithms=[ECDH_ES, recipient.enc])


def recipient_kid(token: str) -> str | None:
    """Return the `kid` of a JWE, so that the verifier finds the transaction. Raises: JweMalformed."""
    kid = _header(token).get("kid")
    return kid if isinstance(kid, str) else None


def decrypt(token: str, key: EncryptionKey, *, enc_values: Sequence[str] = ENC_VALUES) -> bytes:
    """Return what a JWE holds. Raises: JweMalformed for another algorithm, key or content, and for compression."""
    from joserfc import jwe
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey

    header = _header(token)
    if header.get("alg") != ECDH_ES or header.get("enc") not in enc_values:
        raise JweMalformed("another alg or enc than was asked")
    if header.get("kid", key.kid) != key.kid:
        raise JweMalformed("for another key")
    try:
        epk = header.get("epk")
        parse_jwk({name: epk.get(name) for name in ("kty", "crv", "x", "y")} if isinstance(epk, dict) else epk)
        private = ECKey.import_key(dict(key.private_jwk))
        return bytes(jwe.decrypt_compact(token, private, algorithms=[ECDH_ES, *enc_values]).plaintext or b"")
    except (JoseError, Malformed, ValueError, TypeError, KeyError) as error:
        raise JweMalformed("does not decrypt") from error


def _header(token: str) -> JsonObject:
    if len(token) > MAX_JWE_BYTES or token.count(".") != 4:
        raise JweMalformed("not five segments, or too long")
    header = parse_json_object(decode_base64url(token.partition(".")[0]))
    if not {"zip", "crit"}.isdisjoint(header):
        raise JweMalformed("zip or crit in the header")
    return header
