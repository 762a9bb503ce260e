"""The token endpoint's messages for the pre-authorized code flow, and the nonce endpoint's. OpenID4VCI 1.0 §6, §7.

Whether a code is known, alive and unused is the issuer's to answer, in its database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from passport.errors import ProtocolError
from passport.jose.encoding import JsonObject
from passport.openid.oauth import AnswerMalformed, parse_answer, parse_form
from passport.openid.oid4vci.offer import PRE_AUTHORIZED_CODE

MAX_CODE_CHARACTERS = 512
MAX_TX_CODE_CHARACTERS = 64
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A token request as read. Its code and transaction code are secrets: never logged."""

    pre_authorized_code: str = field(repr=False)
    tx_code: str | None = field(default=None, repr=False)
    client_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenResponse:
    """A token response as read. credential_identifiers: by configuration id; empty when the server named none.

    c_nonce: what issuers of older drafts put here; only for use when there is no nonce endpoint.
    """

    access_token: str = field(repr=False)
    token_type: str
    expires_in: int | None = None
    credential_identifiers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    c_nonce: str | None = None


def create_token_request(
    *, pre_authorized_code: str, tx_code: str | None = None, client_id: str | None = None
) -> dict[str, str]:
    """Build the form of a token request. tx_code: whenever the offer has a `tx_code` object, even an empty one."""
    form = {"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": pre_authorized_code}
    if tx_code is not None:
        form["tx_code"] = tx_code
    if client_id is not None:
        form["client_id"] = client_id
    return form


def parse_token_request(body: bytes | str) -> TokenRequest:
    """Read the form of a token request; `resource`, `user_pin` and other unknown parameters are ignored.

    Raises: ProtocolError unsupported_grant_type, invalid_request.
    """
    form = parse_form(body)
    match form.get("grant_type"):
        case None:
            raise ProtocolError("invalid_request", "grant_type is missing")
        case grant if grant != PRE_AUTHORIZED_CODE:
            raise ProtocolError("unsupported_grant_type", "only the pre-authorized code is taken here")
    code, tx_code = form.get("pre-authorized_code"), form.get("tx_code")
    if code is None:
        raise ProtocolError("invalid_request", "pre-authorized_code is missing")
    if len(code) > MAX_CODE_CHARACTERS:
        raise ProtocolError("invalid_grant", "the code is not known")
    if tx_code is not None and len(tx_code) > MAX_TX_CODE_CHARACTERS:
        raise ProtocolError("invalid_grant", "the transaction code is not right")
    return TokenRequest(pre_authorized_code=code, tx_code=tx_code, client_id=form.get("client_id"))


def check_tx_code_presence(request: TokenRequest, *, expected: bool) -> None:
    """Refuse a transaction code that is missing or was not asked for. Raises: ProtocolError invalid_request (§6.3)."""
    if expected and request.tx_code is None:
        raise ProtocolError("invalid_request", "tx_code is missing")
    if not expected and request.tx_code is not None:
        raise ProtocolError("invalid_request", "no tx_code was asked for")


def create_token_response(*, access_token: str, expires_in: int) -> JsonObject:
    """Build a token response for a bearer token. expires_in: seconds. To be answered with `Cache-Control: no-store`."""
    return {"access_token": access_token, "token_type": "Bearer", "expires_in": expires_in}


def parse_token_response(body: bytes | str | Mapping[str, Any]) -> TokenResponse:
    """Read a token response. Raises: AnswerMalformed, Malformed (JSON)."""
    value = parse_answer(body)
    token, kind, life = value.get("access_token"), value.get("token_type"), value.get("expires_in")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise AnswerMalformed("access_token is missing")
    if not isinstance(kind, str) or kind.lower() not in ("bearer", "dpop"):
        raise AnswerMalformed("token_type is missing or unknown")
    identifiers: dict[str, tuple[str, ...]] = {}
    details = value.get("authorization_details", [])
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict) and detail.get("type") == "openid_credential":
            name, found = detail.get("credential_configuration_id"), detail.get("credential_identifiers")
            if isinstance(name, str) and isinstance(found, list) and found and all(isinstance(i, str) for i in found):
                identifiers[name] = tuple(found)
    nonce = value.get("c_nonce")
    return TokenResponse(
        access_token=token,
        token_type="DPoP" if kind.lower() == "dpop" else "Bearer",
        expires_in=life if isinstance(life, int) and not isinstance(life, bool) else None,
        credential_identifiers=identifiers,
        c_nonce=nonce if isinstance(nonce, str) and nonce else None,
    )


def create_nonce_response(c_nonce: str) -> JsonObject:
    """Build a nonce response. To be answered with `Cache-Control: no-store` (§7.2)."""
    return {"c_nonce": c_nonce}


def parse_nonce_response(body: bytes | str | Mapping[str, Any]) -> str:
    """Return the c_nonce of a nonce response. Raises: AnswerMalformed, Malformed (JSON)."""
    nonce = parse_answer(body).get("c_nonce")
    if not isinstance(nonce, str) or not nonce:
        raise AnswerMalformed("c_nonce is missing")
    return nonce
