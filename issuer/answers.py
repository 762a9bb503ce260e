"""Ready answers: JSON as bytes, with the headers of its kind."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Response

from passport.errors import ProtocolError
from passport.jose.encoding import encode_json
from passport.openid.oauth import error_body

PUBLIC = {"Access-Control-Allow-Origin": "*"}
"""For documents that any web page may read: metadata, status lists, type metadata."""


def json_answer(
    value: object, *, status: int = 200, secret: bool = False, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer. secret: it holds a code or token, so nobody keeps it."""
    more = {"Cache-Control": "no-store", **(headers or {})} if secret else dict(headers or {})
    return Response(encode_json(value), status_code=status, media_type="application/json", headers=more)


def public_json(value: object, *, max_age: int = 300) -> Response:
    """A public document."""
    return json_answer(value, headers={**PUBLIC, "Cache-Control": f"public, max-age={max_age}"})


def oauth_refusal(error: ProtocolError) -> Response:
    """A refusal in OAuth's form (RFC 6749 §5.2, RFC 6750 §3)."""
    headers = {"WWW-Authenticate": f'Bearer error="{error.error}"'} if error.status == 401 else {}
    return json_answer(error_body(error), status=error.status, secret=True, headers=headers)
