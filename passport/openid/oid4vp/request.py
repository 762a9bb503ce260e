"""The authorization request: building one as a verifier. OpenID4VP 1.0 §5; HAIP 1.0 §5.

`verification.py` beside this file reads one as a wallet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from passport.errors import ProtocolError
from passport.jose.encoding import JsonObject
from passport.jose.jwt import create_jwt
from passport.jose.keys import Signer
from passport.openid.haip import encode_x5c
from passport.openid.oauth import parse_form
from passport.openid.oid4vp.encryption import ENC_VALUES, EncryptionKey

REQUEST_OBJECT_TYPE = "oauth-authz-req+jwt"
REQUEST_OBJECT_MEDIA_TYPE = "application/oauth-authz-req+jwt"
SELF_ISSUED = "https://self-issued.me/v2"
DIRECT_POST = "direct_post"
DIRECT_POST_JWT = "direct_post.jwt"
MAX_PURPOSE_CHARACTERS = 500
MAX_NONCE_CHARACTERS = 512


def create_request_object(
    *,
    signer: Signer,
    chain: Sequence[bytes],
    client_id: str,
    response_uri: str,
    nonce: str,
    state: str,
    dcql_query: JsonObject,
    at: datetime,
    expires_at: datetime,
    response_mode: str = DIRECT_POST,
    encryption_key: EncryptionKey | None = None,
    client_name: str | None = None,
    purpose: str | None = None,
    wallet_nonce: str | None = None,
    algorithms: Sequence[str] = ("ES256",),
) -> str:
    """Build the signed request object.

    chain: DER certificates, leaf first, without the anchor; the leaf's key is the signer's.
    client_id: with its prefix, see `haip`. nonce: fresh, at least 128 bits, URL-safe. response_uri: https.
    encryption_key: needed for, and only for, `direct_post.jwt`; fresh for this request.
    purpose: why this is asked, in the verifier's words; a member of our own, which other wallets ignore.
    wallet_nonce: as the wallet posted it. algorithms: of credentials and key bindings that will be accepted.
    """
    if response_mode not in (DIRECT_POST, DIRECT_POST_JWT) or (response_mode == DIRECT_POST_JWT) != bool(
        encryption_key
    ):
        raise TypeError("direct_post, or direct_post.jwt with an encryption key")
    if len(nonce) < 22:
        raise TypeError("a nonce has at least 128 bits")
    claims: JsonObject = {
        "client_id": client_id,
        "response_type": "vp_token",
        "response_mode": response_mode,
        "response_uri": response_uri,
        "nonce": nonce,
        "state": state,
        "aud": SELF_ISSUED,
        "iat": int(at.timestamp()),
        "exp": int(expires_at.timestamp()),
        "dcql_query": dcql_query,
        "client_metadata": _client_metadata(encryption_key, client_name=client_name, algorithms=algorithms),
    }
    if purpose is not None:
        claims["purpose"] = purpose[:MAX_PURPOSE_CHARACTERS]
    if wallet_nonce is not None:
        claims["wallet_nonce"] = wallet_nonce
    return create_jwt(claims, signer=signer, typ=REQUEST_OBJECT_TYPE, header={"x5c": encode_x5c(chain)})


def authorization_request_uri(
    *, client_id: str, request_uri: str, request_uri_method: str = "post", scheme: str = "openid4vp"
) -> str:
    """Return the link that starts a presentation: it says only who asks and where the request lies."""
    parameters = {"client_id": client_id, "request_uri": request_uri, "request_uri_method": request_uri_method}
    return f"{scheme}://?" + urlencode(parameters, quote_via=quote)


def parse_wallet_nonce(body: bytes | str) -> str | None:
    """Return the `wallet_nonce` that a wallet posted to `request_uri`, if any; `wallet_metadata` is not used.

    Raises: ProtocolError invalid_request. Source: OpenID4VP §5.10.
    """
    nonce = parse_form(body).get("wallet_nonce")
    if nonce is not None and len(nonce) > MAX_NONCE_CHARACTERS:
        raise ProtocolError("invalid_request", "wallet_nonce is too long")
    return nonce


def _client_metadata(
    encryption_key: EncryptionKey | None, *, client_name: str | None, algorithms: Sequence[str]
) -> JsonObject:
    formats = {"dc+sd-jwt": {"sd-jwt_alg_values": list(algorithms), "kb-jwt_alg_values": list(algorithms)}}
    metadata: dict[str, Any] = {"vp_formats_supported": formats}
    if client_name is not None:
        metadata["client_name"] = client_name
    if encryption_key is not None:
        metadata["jwks"] = {"keys": [encryption_key.to_jwk()]}
        metadata["encrypted_response_enc_values_supported"] = list(ENC_VALUES)
    return metadata
