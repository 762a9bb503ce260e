"""JWTs of the OAuth side (request objects, proofs, client assertions), by PyJWT behind our strict reading.

Time comes as `at`; PyJWT's own time checks are off. Credentials do not pass here, they have `jws` and `sd_jwt`.
Source: RFC 7519 §7.2; RFC 8725.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast

import jwt as pyjwt
from jwt.algorithms import Algorithm

from passport.errors import PassportError
from passport.jose.encoding import JsonObject, encode_json, is_numeric_date, numeric_date, parse_json_object
from passport.jose.jws import parse_jws
from passport.jose.keys import ALGORITHMS, ES256, PublicKey, Signer


class TokenRefused(PassportError):
    """A JWT that parses, and is not what was expected."""

    code = "jwt_refused"
    section = "RFC 7519 §7.2"


class JwtType(TokenRefused):
    """`typ` is another kind of token."""

    code = "jwt_typ"
    section = "RFC 8725 §3.11"


class JwtAlgorithm(TokenRefused):
    """`alg` is not allowed, or not the key's."""

    code = "jwt_alg"
    section = "RFC 8725 §3.1"


class JwtSignature(TokenRefused):
    """The signature is not of this key."""

    code = "jwt_signature"


class JwtAudience(TokenRefused):
    """Meant for another audience."""

    code = "jwt_audience"
    section = "RFC 7519 §4.1.3"


class JwtIssuer(TokenRefused):
    """From another issuer."""

    code = "jwt_issuer"
    section = "RFC 7519 §4.1.1"


class JwtExpired(TokenRefused):
    """`exp` has passed."""

    code = "jwt_expired"
    section = "RFC 7519 §4.1.4"


class JwtNotYetValid(TokenRefused):
    """`nbf` or `iat` lies in the future."""

    code = "jwt_not_yet_valid"
    section = "RFC 7519 §4.1.5"


class JwtClaimMissing(TokenRefused):
    """A claim that is needed is not there."""

    code = "jwt_claim_missing"


class JwtClaimMalformed(TokenRefused):
    """A registered claim has the wrong type."""

    code = "jwt_claim_malformed"


class _SignerAlgorithm(Algorithm):
    """Lets PyJWT sign through our `Signer`, so that a key may live outside this process."""

    def prepare_key(self, key: Any) -> Any:
        return key

    def sign(self, msg: bytes, key: Any) -> bytes:
        return cast(Signer, key).sign(msg)

    def verify(self, msg: bytes, key: Any, sig: bytes) -> bool:
        return cast(PublicKey, key).verify(sig, msg)

    @staticmethod
    def to_jwk(key_obj: Any, as_dict: bool = False) -> Any:
        raise NotImplementedError

    @staticmethod
    def from_jwk(jwk: Any) -> Any:
        raise NotImplementedError


def _make_writer() -> pyjwt.PyJWS:
    writer = pyjwt.PyJWS(algorithms=[])
    for alg in ALGORITHMS:
        writer.register_algorithm(alg, _SignerAlgorithm())
    return writer


_WRITER = _make_writer()
_READER = pyjwt.PyJWS(algorithms=sorted(ALGORITHMS))


def create_jwt(claims: Mapping[str, Any], *, signer: Signer, typ: str, header: Mapping[str, Any] | None = None) -> str:
    """Return a signed JWT of type `typ`. header: further members (`kid`, `x5c`, `jwk`)."""
    extra = dict(header or {})
    if not {"alg", "typ", "crit", "b64", "zip"}.isdisjoint(extra):
        raise TypeError("alg, typ, crit, b64 and zip are not for the caller")
    return _WRITER.encode(
        encode_json(dict(claims)),
        signer,  # type: ignore[arg-type]
        algorithm=signer.alg,
        headers={"typ": typ, **extra},
        sort_headers=False,
    )


def verify_jwt(
    token: str,
    *,
    key: PublicKey,
    typ: str,
    at: datetime,
    expected_audience: str | None,
    expected_issuer: str | None = None,
    algorithms: Collection[str] = (ES256,),
    require: Collection[str] = (),
    leeway: int = 60,
) -> JsonObject:
    """Return the claims of a JWT that `key` signed for us.

    expected_audience: must be `aud` or among it; None: the kind of token has no audience, and `aud` is not looked at.
    require: further claims that must be there. leeway: seconds, for `exp`, `nbf` and `iat`.
    Raises: Malformed where it does not parse, TokenRefused or a subclass where it is not acceptable.
    Source: RFC 7519 §7.2.
    """
    # (1) structure, before any cryptography
    jws = parse_jws(token)
    claims = parse_json_object(jws.payload)
    # (2) kind and algorithm, by our expectation
    if jws.header.get("typ") != typ:
        raise JwtType(f"typ is not {typ}")
    if isinstance(algorithms, str):
        raise TypeError("algorithms is a collection of names")
    if jws.header["alg"] not in algorithms or jws.header["alg"] != key.alg:
        raise JwtAlgorithm("alg is not allowed for this key")
    # (3) signature
    try:
        _READER.decode_complete(token, key.handle, algorithms=[key.alg])
    except pyjwt.InvalidSignatureError as error:
        raise JwtSignature("the signature does not verify") from error
    except (pyjwt.InvalidTokenError, pyjwt.InvalidKeyError) as error:
        raise TokenRefused("refused by the second reading") from error
    # (4) claims
    missing = [name for name in require if name not in claims]
    if missing:
        raise JwtClaimMissing(f"missing: {', '.join(missing)}", claim=missing[0])
    if expected_issuer is not None and claims.get("iss") != expected_issuer:
        raise JwtIssuer("iss is another")
    if expected_audience is not None:
        _require_audience(claims, expected_audience)
    _require_time(claims, at=at, leeway=leeway)
    return claims


def _require_audience(claims: JsonObject, expected: str) -> None:
    audience = claims.get("aud")
    match audience:
        case str():
            good = audience == expected
        case list() if all(isinstance(one, str) for one in audience):
            good = expected in audience
        case _:
            good = False
    if not good:
        raise JwtAudience("aud is another")


def _require_time(claims: JsonObject, *, at: datetime, leeway: int) -> None:
    now = numeric_date(at)
    for name in ("exp", "nbf", "iat"):
        if not is_numeric_date(claims.get(name, 0)):
            raise JwtClaimMalformed(f"{name} is not a number", claim=name)
    if "exp" in claims and claims["exp"] + leeway <= now:
        raise JwtExpired("exp has passed")
    if claims.get("nbf", 0) > now + leeway or claims.get("iat", 0) > now + leeway:
        raise JwtNotYetValid("nbf or iat lies in the future")
