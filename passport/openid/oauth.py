"""What both protocols borrow from OAuth: forms, identifiers, well-known URLs, bearer tokens, refusals."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from passport.errors import Malformed, ProtocolError
from passport.jose.encoding import JsonObject, parse_json_object

MAX_FORM_BYTES = 1_048_576
MAX_FIELDS = 32
_NOT_IN_DESCRIPTION = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9\-._~+/]{1,4096}=*) *")
_URL_CHARACTERS = re.compile(r"[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]{1,4096}")


class UrlRefused(Malformed):
    """A URL in a protocol message that may not be used: no https, user information, a fragment, bad form."""

    code = "url_refused"


class AnswerMalformed(Malformed):
    """What the other side answered is not what the protocol says."""

    code = "answer_malformed"


def parse_form(body: bytes | str) -> dict[str, str]:
    """Return a form's fields. Raises: ProtocolError invalid_request when malformed or a field stands twice.

    Source: RFC 6749 §3.1, §3.2 (no parameter more than once; one without a value counts as omitted).
    """
    if len(body) > MAX_FORM_BYTES:
        raise ProtocolError("invalid_request", "the request is too large", status=413)
    try:
        text = body if isinstance(body, str) else body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS)
    except (UnicodeError, ValueError) as error:
        raise ProtocolError("invalid_request", "the body is not a form") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ProtocolError("invalid_request", "a parameter stands twice")
    return {name: value for name, value in fields.items() if value}


def bearer_token(authorization: str | None) -> str:
    """Return the token of an `Authorization: Bearer` header. Raises: ProtocolError invalid_token, status 401."""
    if authorization is None or not (match := _BEARER.fullmatch(authorization)):
        raise ProtocolError("invalid_token", "a bearer token in the Authorization header is needed", status=401)
    return match.group(1)


def error_body(error: ProtocolError) -> JsonObject:
    """Return the JSON of a refusal: `error`, and `error_description` in the characters RFC 6749 §5.2 allows."""
    body: JsonObject = {"error": error.error}
    if error.description:
        body["error_description"] = _NOT_IN_DESCRIPTION.sub("?", error.description)[:300]
    return body


def parse_error(body: bytes, *, status: int) -> ProtocolError:
    """Return (not raise) the refusal that the other side answered; `server_error` when it names none."""
    try:
        value = parse_json_object(body)
    except Malformed:
        value = {}
    error, description = value.get("error"), value.get("error_description")
    return ProtocolError(
        error[:100] if isinstance(error, str) and error else "server_error",
        description[:300] if isinstance(description, str) else "",
        status=status,
    )


def parse_answer(body: bytes | str | Mapping[str, Any]) -> JsonObject:
    """Return the other side's JSON object, strictly read; an object that was read already passes."""
    return parse_json_object(body) if isinstance(body, bytes | str) else dict(body)


def check_https(url: object, *, allow_loopback_http: bool = False, what: str = "url") -> str:
    """Return `url` when it is an absolute https URL without user information or fragment. Raises: UrlRefused.

    allow_loopback_http: the development switch; then also http to 127.0.0.0/8, ::1 and localhost.
    """
    if not isinstance(url, str) or not _URL_CHARACTERS.fullmatch(url):
        raise UrlRefused(f"{what} is no URL", what=what)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UrlRefused(f"{what} is no URL", what=what) from error
    secure = parts.scheme == "https" or (parts.scheme == "http" and allow_loopback_http and _is_loopback(host or ""))
    if not (secure and host) or parts.username is not None or parts.password is not None or "#" in url:
        raise UrlRefused(f"{what} is not an https URL without user information and fragment", what=what)
    return url


def check_identifier(value: object, *, allow_loopback_http: bool = False, what: str = "issuer") -> str:
    """Return an issuer identifier: an https URL with host, maybe port and path, no query, no fragment.

    Source: OpenID4VCI §12.2.1; RFC 8414 §2. Raises: UrlRefused.
    """
    url = check_https(value, allow_loopback_http=allow_loopback_http, what=what)
    if "?" in url:
        raise UrlRefused(f"{what} holds a query", what=what)
    return url


def well_known_url(identifier: str, name: str) -> str:
    """Return the URL of a well-known document: `/.well-known/{name}` inserted between host and path.

    Source: OpenID4VCI §12.2.2; RFC 8414 §3.1; SD-JWT VC §4 (a trailing slash of the path is left out).
    """
    parts = urlsplit(identifier)
    return f"{parts.scheme}://{parts.netloc}/.well-known/{name}{parts.path.rstrip('/')}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
