"""Reading an authorization request in a wallet: who asks, what, and where the answer goes. OpenID4VP 1.0 §5.

Taken are signed requests by certificate (`x509_hash`, `x509_san_dns`), and unsigned ones in the link itself
(`redirect_uri`), which say nothing of who asks. Whether the certificates lead to a known verifier is the register's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from passport.errors import Malformed
from passport.jose.encoding import JsonObject, parse_json_object
from passport.jose.jws import check_signature, parse_jws
from passport.jose.keys import public_key_from
from passport.openid.dcql import Query, parse_query
from passport.openid.haip import X509_HASH, X509_SAN_DNS, dns_names, is_in_period, parse_x5c, x509_hash_client_id
from passport.openid.oauth import UrlRefused, check_https
from passport.openid.oid4vp.encryption import Recipient, choose_recipient
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
    MAX_PURPOSE_CHARACTERS,
    REQUEST_OBJECT_TYPE,
    SELF_ISSUED,
)

REDIRECT_URI = "redirect_uri"
SCHEMES = ("openid4vp", "haip-vp", "eudi-openid4vp")
MAX_REQUEST_CHARACTERS = 262_144
_NONCE = re.compile(r"[\x21-\x7e]{1,512}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReference:
    """A link to a signed request: either where it lies (`request_uri`), or the request object itself (`request`).

    request_uri_method: `post` when a form with `wallet_nonce` may be posted, else `get`. No redirects are followed.
    """

    client_id: str
    request_uri: str | None
    request_uri_method: str
    request: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A request that holds together. Every text in it is the verifier's own: shown escaped, never believed.

    client_id_prefix: how far the asker is known: by certificate, or (`redirect_uri`) by nothing but the address.
    chain: the certificates (DER, leaf first) of a signed request; () of an unsigned one.
    recipient: to whom the answer is encrypted; None for a plain `direct_post`.
    credential_algorithms, key_binding_algorithms: what the asker takes for dc+sd-jwt; None when it does not say.
    """

    client_id: str
    client_id_prefix: str
    response_mode: str
    response_uri: str
    nonce: str = field(repr=False)
    state: str | None = field(repr=False)
    query: Query
    chain: tuple[bytes, ...] = field(repr=False)
    recipient: Recipient | None
    credential_algorithms: tuple[str, ...] | None
    key_binding_algorithms: tuple[str, ...] | None
    client_name: str | None
    purpose: str | None

    @property
    def response_host(self) -> str:
        """The host that the answer goes to, to be shown to the holder."""
        return urlsplit(self.response_uri).hostname or ""


def parse_authorization_request(
    text: str, *, allow_loopback_http: bool = False
) -> RequestReference | AuthorizationRequest:
    """Read the link of a request: `openid4vp://?…`, or an https link with the same parameters.

    Raises: RequestRefused and its kinds; UrlRefused.
    Source: OpenID4VP §5.7, §5.10.
    """
    parameters = _parameters(text.strip())
    client_id = parameters.get("client_id")
    if not client_id:
        raise RequestRefused("client_id is missing")
    if "request_uri" in parameters and "request" in parameters:
        raise RequestRefused("request and request_uri together")
    if "request_uri" in parameters or "request" in parameters:
        method = parameters.get("request_uri_method", "get").lower()
        if method not in ("get", "post"):
            raise RequestRefused("request_uri_method is neither get nor post", error="invalid_request_uri_method")
        _signed_prefix(client_id)
        uri = parameters.get("request_uri")
        return RequestReference(
            client_id=client_id,
            request_uri=None
            if uri is None
            else check_https(uri, allow_loopback_http=allow_loopback_http, what="request_uri"),
            request_uri_method=method,
            request=parameters.get("request"),
        )
    if not client_id.startswith(f"{REDIRECT_URI}:"):
        raise ClientIdRefused("an unsigned request can only be of the prefix redirect_uri")
    if parameters.get("response_uri") != client_id.partition(":")[2]:
        raise ClientIdRefused("response_uri is another than the client_id says")
    claims: JsonObject = dict(parameters)
    for name in ("dcql_query", "client_metadata"):
        if name in parameters:
            claims[name] = _json(parameters[name])
    return _read(claims, prefix=REDIRECT_URI, chain=(), allow_loopback_http=allow_loopback_http)


def verify_request_object(
    jwt: str,
    *,
    client_id: str,
    at: datetime,
    expected_wallet_nonce: str | None = None,
    algorithms: Collection[str] = ("ES256",),
    leeway: int = 60,
    allow_loopback_http: bool = False,
) -> AuthorizationRequest:
    """Check a signed request object and return what it asks.

    client_id: as it stood in the link. expected_wallet_nonce: what was posted to `request_uri`, if anything.
    Raises: RequestRefused and its kinds. Nothing is proven about who asks until `chain` leads to a known anchor.
    Source: OpenID4VP §5.8–§5.10, §14.
    """
    try:
        jws = parse_jws(jwt)
        claims = parse_json_object(jws.payload)
        # (1) §5: typed as a request object.
        if jws.header.get("typ") != REQUEST_OBJECT_TYPE:
            raise RequestRefused("typ is not oauth-authz-req+jwt")
        # (2) §5.10.1: the same client identifier, prefix included; only what is inside counts from here.
        if claims.get("client_id") != client_id:
            raise ClientIdRefused("client_id in the link and in the request differ")
        prefix = _signed_prefix(client_id)
        # (3) §5.9.3: the certificate is the one that the identifier names.
        chain = parse_x5c(jws.header.get("x5c"))
        _check_certificate(client_id, chain[0], at=at)
        # (4) §5.8: signed with the certificate's key, by an algorithm that we take.
        key = public_key_from(x509.load_der_x509_certificate(chain[0]).public_key())
    except Malformed as error:
        raise RequestSignatureRefused(f"the request object does not parse ({error.code})") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise RequestSignatureRefused("the certificate's key is of a kind that we do not take") from error
    if not check_signature(jws, key, algorithms=algorithms):
        raise RequestSignatureRefused("the signature is not right, or of another algorithm")
    # (5) its own times and audience.
    _check_times(claims, at=at, leeway=leeway)
    audience = claims.get("aud", SELF_ISSUED)
    if audience != SELF_ISSUED and not (isinstance(audience, list) and SELF_ISSUED in audience):
        raise RequestRefused("aud is another wallet")
    # (6) §5.10: our wallet_nonce came back.
    if expected_wallet_nonce is not None and claims.get("wallet_nonce", "") != expected_wallet_nonce:
        raise RequestRefused("wallet_nonce did not come back")
    # (7) what is asked, and where the answer goes.
    request = _read(claims, prefix=prefix, chain=chain, allow_loopback_http=allow_loopback_http)
    # (8) §5.9.3: the answer goes to the host of the identifier.
    if prefix == X509_SAN_DNS and request.response_host != client_id.partition(":")[2].lower():
        raise ResponseUriRefused("response_uri is on another host than the client_id")
    return request


def _signed_prefix(client_id: str) -> str:
    prefix, colon, value = client_id.partition(":")
    if not (colon and value) or prefix not in (X509_HASH, X509_SAN_DNS):
        raise ClientIdRefused("a signed request can only be of the prefixes x509_hash and x509_san_dns")
    return prefix


def _check_certificate(client_id: str, leaf: bytes, *, at: datetime) -> None:
    prefix, _, value = client_id.partition(":")
    if prefix == X509_HASH and x509_hash_client_id(leaf) != client_id:
        raise ClientIdRefused("the certificate is not the one of the client_id")
    if prefix == X509_SAN_DNS and value.lower() not in dns_names(leaf):
        raise ClientIdRefused("the certificate does not name the host of the client_id")
    if not is_in_period(leaf, at=at):
        raise RequestSignatureRefused("the certificate's period has passed or has not come")


def _check_times(claims: JsonObject, *, at: datetime, leeway: int) -> None:
    now = at.timestamp()
    for name in ("iat", "nbf", "exp"):
        value = claims.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RequestRefused(f"{name} is no number")
        if (value + leeway <= now) if name == "exp" else (value - leeway > now):
            raise RequestExpired(f"{name} says that this is not the time")


def _read(
    claims: JsonObject, *, prefix: str, chain: tuple[bytes, ...], allow_loopback_http: bool
) -> AuthorizationRequest:
    # §5.1: unknown parameters are ignored, but for transaction_data.
    if claims.get("transaction_data") is not None:
        raise TransactionDataRefused
    if claims.get("response_type") != "vp_token":
        raise RequestRefused("response_type is not vp_token", error="unsupported_response_type")
    mode = claims.get("response_mode")
    if mode not in (DIRECT_POST, DIRECT_POST_JWT):
        raise RequestRefused("response_mode is neither direct_post nor direct_post.jwt")
    # §8.2: with direct_post there is a response_uri and no redirect_uri.
    if claims.get("redirect_uri") is not None:
        raise RequestRefused("redirect_uri with direct_post")
    try:
        response_uri = check_https(
            claims.get("response_uri"), allow_loopback_http=allow_loopback_http, what="response_uri"
        )
    except UrlRefused as error:
        raise ResponseUriRefused("response_uri is no https URL") from error
    nonce, state = claims.get("nonce"), claims.get("state")
    if not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
        raise RequestRefused("nonce is missing, or holds other characters than ASCII")
    if state is not None and (not isinstance(state, str) or len(state) > 2048):
        raise RequestRefused("state is no text, or too long")
    metadata = claims.get("client_metadata", {})
    if not isinstance(metadata, dict):
        raise RequestRefused("client_metadata is no object")
    recipient = choose_recipient(metadata) if mode == DIRECT_POST_JWT else None
    if mode == DIRECT_POST_JWT and recipient is None:
        raise RequestRefused("no usable key to encrypt the answer to")
    return AuthorizationRequest(
        client_id=claims["client_id"],
        client_id_prefix=prefix,
        response_mode=mode,
        response_uri=response_uri,
        nonce=nonce,
        state=state,
        query=_query(claims),
        chain=chain,
        recipient=recipient,
        credential_algorithms=_algorithms(metadata, "sd-jwt_alg_values"),
        key_binding_algorithms=_algorithms(metadata, "kb-jwt_alg_values"),
        client_name=_text(metadata.get("client_name")),
        purpose=_text(claims.get("purpose")),
    )


def _query(claims: JsonObject) -> Query:
    if claims.get("dcql_query") is None or claims.get("scope") is not None:
        raise RequestRefused("dcql_query is missing, or a scope stands beside it")
    try:
        return parse_query(claims["dcql_query"])
    except Malformed as error:
        raise RequestRefused(f"dcql_query: {error.detail}") from error


def _algorithms(metadata: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    formats = metadata.get("vp_formats_supported")
    ours = formats.get("dc+sd-jwt") if isinstance(formats, dict) else None
    values = ours.get(name) if isinstance(ours, dict) else None
    return tuple(alg for alg in values if isinstance(alg, str)) if isinstance(values, list) else None


def _parameters(text: str) -> dict[str, str]:
    if len(text) > MAX_REQUEST_CHARACTERS:
        raise RequestRefused("the link is too long")
    try:
        parts = urlsplit(text)
        pairs = parse_qsl(parts.query, keep_blank_values=True, errors="strict", max_num_fields=32)
    except ValueError:
        _no_request()
    if parts.scheme not in (*SCHEMES, "https", "http") or not pairs:
        _no_request()
    if len(dict(pairs)) != len(pairs):
        raise RequestRefused("a parameter stands twice")
    return dict(pairs)


def _no_request() -> NoReturn:
    raise RequestRefused("not the link of a request")


def _json(text: str) -> JsonObject:
    try:
        return parse_json_object(text)
    except Malformed as error:
        raise RequestRefused(f"a parameter is no JSON object ({error.code})") from error


def _text(value: object) -> str | None:
    return value[:MAX_PURPOSE_CHARACTERS] if isinstance(value, str) and value else None
