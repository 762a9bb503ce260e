"""`authorization_details` in a token request: what a wallet may ask, and the credential identifiers it gets for it.

An award has one dataset, so its identifier is its configuration's id. OpenID4VCI 1.0 §5.1.1, §6.2; RFC 9396.
"""

from __future__ import annotations

from typing import Final

from passport.errors import Malformed, ProtocolError
from passport.jose.encoding import JsonObject, parse_json
from passport.openid.oauth import parse_form

TYPE: Final = "openid_credential"
MAX_DETAILS: Final = 16


def requested_configurations(body: bytes) -> tuple[str, ...] | None:
    """Return the configuration ids that a token request asks, or None when it has no `authorization_details`.

    Raises: ProtocolError invalid_authorization_details.
    """
    text = parse_form(body).get("authorization_details")
    if text is None:
        return None
    try:
        details = parse_json(text)
    except Malformed as error:
        raise _refused("no JSON") from error
    if not isinstance(details, list) or not 1 <= len(details) <= MAX_DETAILS:
        raise _refused("no list")
    found = []
    for detail in details:
        if not isinstance(detail, dict) or detail.get("type") != TYPE:
            raise _refused("a type that is not openid_credential")
        name = detail.get("credential_configuration_id")
        if not isinstance(name, str):
            raise _refused("credential_configuration_id is missing")
        found.append(name)
    return tuple(found)


def granted(requested: tuple[str, ...], *, offered: str) -> list[JsonObject]:
    """Return the `authorization_details` of the token response. Raises: ProtocolError for what was not offered."""
    if set(requested) != {offered}:
        raise _refused("this configuration was not offered")
    return [{"type": TYPE, "credential_configuration_id": offered, "credential_identifiers": [offered]}]


def _refused(why: str) -> ProtocolError:
    return ProtocolError("invalid_authorization_details", f"authorization_details: {why}")
