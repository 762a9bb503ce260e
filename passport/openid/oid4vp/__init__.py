"""OpenID for Verifiable Presentations 1.0: request and response between a verifier and a wallet, both sides."""

from __future__ import annotations

from passport.openid.oid4vp.encryption import EncryptionKey, JweMalformed, Recipient, create_encryption_key
from passport.openid.oid4vp.refusals import (
    ClientIdRefused,
    RequestExpired,
    RequestRefused,
    RequestSignatureRefused,
    ResponseUriRefused,
    TransactionDataRefused,
)
from passport.openid.oid4vp.request import (
    DIRECT_POST,
    DIRECT_POST_JWT,
    REQUEST_OBJECT_MEDIA_TYPE,
    REQUEST_OBJECT_TYPE,
    SELF_ISSUED,
    authorization_request_uri,
    create_request_object,
    parse_wallet_nonce,
)
from passport.openid.oid4vp.response import (
    AuthorizationResponse,
    create_error_response,
    create_response,
    create_response_answer,
    parse_response,
    parse_response_answer,
    response_kid,
)
from passport.openid.oid4vp.verification import (
    AuthorizationRequest,
    RequestReference,
    parse_authorization_request,
    verify_request_object,
)

__all__ = [
    "DIRECT_POST",
    "DIRECT_POST_JWT",
    "REQUEST_OBJECT_MEDIA_TYPE",
    "REQUEST_OBJECT_TYPE",
    "SELF_ISSUED",
    "AuthorizationRequest",
    "AuthorizationResponse",
    "ClientIdRefused",
    "EncryptionKey",
    "JweMalformed",
    "Recipient",
    "RequestExpired",
    "RequestReference",
    "RequestRefused",
    "RequestSignatureRefused",
    "ResponseUriRefused",
    "TransactionDataRefused",
    "authorization_request_uri",
    "create_encryption_key",
    "create_error_response",
    "create_request_object",
    "create_response",
    "create_response_answer",
    "parse_authorization_request",
    "parse_response",
    "parse_response_answer",
    "parse_wallet_nonce",
    "response_kid",
    "verify_request_object",
]
