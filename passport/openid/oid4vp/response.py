"""The authorization response: the wallet's form, and the verifier's reading of it. OpenID4VP 1.0 §8.

Reading proves nothing: each presentation then goes to the one `verify`, and all together to `dcql.check_response`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from passport.errors import Malformed, ProtocolError
from passport.jose.encoding import MAX_TOKEN_BYTES, JsonObject, encode_json, parse_json_object
from passport.openid.oauth import AnswerMalformed, check_https, error_body, parse_answer, parse_form
from passport.openid.oid4vp.encryption import EncryptionKey, decrypt, encrypt, recipient_kid
from passport.openid.oid4vp.verification import AuthorizationRequest

MAX_RESPONSE_BYTES = 1_048_576
MAX_PRESENTATIONS = 64
_ERRORS = frozenset(
    (
        "access_denied",
        "invalid_client",
        "invalid_request",
        "invalid_request_uri_method",
        "invalid_scope",
        "invalid_transaction_data",
        "server_error",
        "unsupported_response_type",
        "vp_formats_not_supported",
        "wallet_unavailable",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationResponse:
    """A response as read. vp_token: presentations by credential query id, unverified; empty with an `error`.

    state: as the wallet sent it; the caller compares it with the transaction's. encrypted: whether it came so.
    """

    vp_token: Mapping[str, tuple[str, ...]] = field(repr=False)
    state: str | None = field(repr=False)
    error: str | None = None
    encrypted: bool = False


def create_response(request: AuthorizationRequest, presentations: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Build the form that goes to `response_uri`, encrypted when the request asks it.

    presentations: by credential query id; a query that is not answered has no entry.
    """
    if not presentations or not all(presentations.values()):
        raise TypeError("every entry of a vp_token holds at least one presentation")
    vp_token = {name: list(given) for name, given in presentations.items()}
    return _form(request, {"vp_token": vp_token})


def create_error_response(request: AuthorizationRequest, error: ProtocolError) -> dict[str, str]:
    """Build the form that tells the verifier that there will be no presentation, and by which OAuth code."""
    return _form(request, error_body(error))


def response_kid(body: bytes) -> str | None:
    """Return the `kid` of an encrypted response, None of a plain one. Raises: ProtocolError invalid_request."""
    token = parse_form(body).get("response")
    try:
        return None if token is None else recipient_kid(token)
    except Malformed as error:
        raise ProtocolError("invalid_request", "the encrypted response does not parse") from error


def parse_response(body: bytes, *, encryption_key: EncryptionKey | None = None) -> AuthorizationResponse:
    """Read the form that a wallet posted.

    encryption_key: of the transaction, when it asked an encrypted response; a plain one is then refused (an error
    may always come plain).
    Raises: ProtocolError invalid_request.
    Source: OpenID4VP §8.1–§8.3, §8.5.
    """
    if len(body) > MAX_RESPONSE_BYTES:
        raise ProtocolError("invalid_request", "the response is too large", status=413)
    form = parse_form(body)
    encrypted = "response" in form
    if encrypted and encryption_key is None:
        raise ProtocolError("invalid_request", "no encrypted response was asked for")
    try:
        members: JsonObject = (
            parse_json_object(decrypt(form["response"], encryption_key)) if encrypted and encryption_key else dict(form)
        )
        if isinstance(members.get("vp_token"), str):
            members["vp_token"] = parse_json_object(members["vp_token"])
    except Malformed as error:
        raise ProtocolError("invalid_request", f"the response does not parse ({error.code})") from error
    state, problem = members.get("state"), members.get("error")
    if state is not None and not isinstance(state, str):
        raise ProtocolError("invalid_request", "state is no text")
    if problem is not None:
        known = problem if isinstance(problem, str) and problem in _ERRORS else "access_denied"
        return AuthorizationResponse(vp_token={}, state=state, error=known, encrypted=encrypted)
    if encryption_key is not None and not encrypted:
        raise ProtocolError("invalid_request", "the response must be encrypted")
    return AuthorizationResponse(vp_token=_vp_token(members.get("vp_token")), state=state, encrypted=encrypted)


def create_response_answer(*, redirect_uri: str | None = None) -> JsonObject:
    """Build the JSON that answers the wallet (status 200). redirect_uri: with a fresh `response_code`, same device."""
    return {} if redirect_uri is None else {"redirect_uri": redirect_uri}


def parse_response_answer(body: bytes | str, *, allow_loopback_http: bool = False) -> str | None:
    """Return where the wallet is to send the holder's browser, if anywhere. Raises: AnswerMalformed, UrlRefused."""
    if not body.strip():
        return None
    uri = parse_answer(body).get("redirect_uri")
    if uri is None:
        return None
    if not isinstance(uri, str):
        raise AnswerMalformed("redirect_uri is no text")
    check_https(uri.partition("#")[0], allow_loopback_http=allow_loopback_http, what="redirect_uri")
    return uri


def _form(request: AuthorizationRequest, members: JsonObject) -> dict[str, str]:
    if request.state is not None:
        members = {**members, "state": request.state}
    if request.recipient is not None:
        return {"response": encrypt(encode_json(members), request.recipient, nonce=request.nonce)}
    return {name: value if isinstance(value, str) else encode_json(value).decode() for name, value in members.items()}


def _vp_token(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict) or not value:
        raise ProtocolError("invalid_request", "vp_token is no object, or empty")
    token: dict[str, tuple[str, ...]] = {}
    for name, given in value.items():
        if not isinstance(given, list) or not given or not all(isinstance(one, str) and one for one in given):
            raise ProtocolError("invalid_request", "an entry of vp_token is no list of presentations")
        if len(set(given)) != len(given):
            raise ProtocolError("invalid_request", "a presentation stands twice under one query")
        token[name] = tuple(given)
    every = [one for given in token.values() for one in given]
    if len(every) > MAX_PRESENTATIONS or any(len(one) > MAX_TOKEN_BYTES for one in every):
        raise ProtocolError("invalid_request", "too many presentations, or one too large")
    return token
