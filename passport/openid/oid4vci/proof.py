"""The key proof `jwt`: the wallet holds the key that the credential is to be bound to. OpenID4VCI 1.0 F.1, F.4.

That a nonce was ours and is used once is the issuer's to answer, in its database.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from passport.errors import Malformed, ProtocolError
from passport.jose.encoding import JsonObject, decode_base64url, parse_json_object
from passport.jose.jws import check_signature, parse_jws
from passport.jose.jwt import create_jwt
from passport.jose.keys import PublicKey, Signer, parse_jwk

PROOF_TYPE = "openid4vci-proof+jwt"
MAX_PROOF_BYTES = 16_384
_DID_JWK = "did:jwk:"


class Proof(NamedTuple):
    """A key proof that holds: the wallet's key, and the nonce it carries (None only where none was asked)."""

    key: PublicKey
    nonce: str | None


def create_proof(
    signer: Signer, *, audience: str, nonce: str | None, at: datetime, client_id: str | None = None
) -> str:
    """Build a key proof.

    audience: the credential issuer's identifier. nonce: the c_nonce; None only when there is no nonce endpoint.
    client_id: left out in the anonymous pre-authorized flow.
    """
    claims: JsonObject = {"aud": audience, "iat": int(at.timestamp())}
    if client_id is not None:
        claims = {"iss": client_id, **claims}
    if nonce is not None:
        claims["nonce"] = nonce
    return create_jwt(claims, signer=signer, typ=PROOF_TYPE, header={"jwk": signer.public_key.to_jwk()})


def check_proof(
    jwt: str,
    *,
    expected_audience: str,
    at: datetime,
    algorithms: Collection[str] = ("ES256",),
    nonce_required: bool = True,
    max_age: int = 300,
    leeway: int = 60,
    allow_did_jwk: bool = False,
) -> Proof:
    """Check one key proof and return its key and nonce. `iss` is not judged, an unknown header is ignored.

    algorithms: those of `proof_signing_alg_values_supported`. max_age, leeway: seconds, for `iat`.
    allow_did_jwk: also take a `kid` that is a did:jwk, for a configuration that lists it.
    Raises: ProtocolError invalid_proof.
    Source: OpenID4VCI F.1 and F.4.
    """
    try:
        jws = parse_jws(jwt, max_bytes=MAX_PROOF_BYTES)
        # (1) F.4: explicitly typed.
        if jws.header.get("typ") != PROOF_TYPE:
            raise ProtocolError("invalid_proof", "typ is not openid4vci-proof+jwt")
        # (2) F.4: a registered asymmetric algorithm that we listed.
        if jws.header.get("alg") not in algorithms:
            raise ProtocolError("invalid_proof", "this alg is not supported")
        # (3) F.1: exactly one of kid, jwk, x5c; no private key material (parse_jwk refuses it).
        key = _key_of(jws.header, allow_did_jwk=allow_did_jwk)
        # (4) F.4: the signature verifies with that key.
        if not check_signature(jws, key, algorithms=algorithms):
            raise ProtocolError("invalid_proof", "the signature is not right")
        claims = parse_json_object(jws.payload)
    except Malformed as error:
        raise ProtocolError("invalid_proof", f"the proof does not parse ({error.code})") from error
    # (5) F.1: the audience is this issuer, as one string.
    if claims.get("aud") != expected_audience:
        raise ProtocolError("invalid_proof", "aud is not this credential issuer")
    # (6) F.4: made just now.
    issued, now = claims.get("iat"), at.timestamp()
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        raise ProtocolError("invalid_proof", "iat is missing")
    if not now - max_age - leeway <= issued <= now + leeway:
        raise ProtocolError("invalid_proof", "iat is too old or in the future")
    expires = claims.get("exp")
    if expires is not None and not (isinstance(expires, int | float) and expires + leeway > now):
        raise ProtocolError("invalid_proof", "the proof has expired")
    # (7) F.1: the nonce; the caller consumes it.
    nonce = claims.get("nonce")
    if nonce is not None and (not isinstance(nonce, str) or not nonce):
        raise ProtocolError("invalid_proof", "nonce is no text")
    if nonce is None and nonce_required:
        raise ProtocolError("invalid_proof", "nonce is missing")
    return Proof(key, nonce)


def _key_of(header: JsonObject, *, allow_did_jwk: bool) -> PublicKey:
    named = [name for name in ("kid", "jwk", "x5c") if name in header]
    if len(named) != 1:
        raise ProtocolError("invalid_proof", "exactly one of kid, jwk and x5c must be in the header")
    kid = header.get("kid")
    if "jwk" in header:
        return parse_jwk(header["jwk"])
    if allow_did_jwk and isinstance(kid, str) and kid.startswith(_DID_JWK):
        return parse_jwk(parse_json_object(decode_base64url(kid.removeprefix(_DID_JWK).removesuffix("#0"))))
    raise ProtocolError("invalid_proof", "the key must be in the header as jwk")
