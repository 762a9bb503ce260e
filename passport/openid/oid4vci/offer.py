"""The credential offer: what an issuer puts in a link or QR. OpenID4VCI 1.0 §4.

An offer is untrusted input: it names an issuer and a code, and proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from passport.errors import Malformed
from passport.jose.encoding import JsonObject, encode_json, parse_json_object
from passport.openid.oauth import check_https, check_identifier

PRE_AUTHORIZED_CODE = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
AUTHORIZATION_CODE = "authorization_code"
SCHEMES = ("openid-credential-offer", "haip-vci")
MAX_OFFER_CHARACTERS = 65_536
MAX_DESCRIPTION = 300


class OfferMalformed(Malformed):
    """The text is no credential offer."""

    code = "offer_malformed"
    section = "OpenID4VCI §4.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class TxCode:
    """How the transaction code looks that the holder gets by another way. An empty one still means: ask for it."""

    input_mode: str = "numeric"
    length: int | None = None
    description: str | None = None

    def to_json(self) -> JsonObject:
        """Return the `tx_code` object of the offer."""
        value: JsonObject = {"input_mode": self.input_mode}
        if self.length is not None:
            value["length"] = self.length
        if self.description is not None:
            value["description"] = self.description[:MAX_DESCRIPTION]
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An offer as read: nothing of it has been checked with the issuer.

    pre_authorized_code: None when the offer has no such grant. tx_code: present when a transaction code is needed.
    has_authorization_code: whether that grant is offered; issuer_state then goes back with the request.
    authorization_server: only usable when the issuer's metadata lists it.
    """

    credential_issuer: str
    credential_configuration_ids: tuple[str, ...]
    pre_authorized_code: str | None = None
    tx_code: TxCode | None = None
    has_authorization_code: bool = False
    issuer_state: str | None = None
    authorization_server: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferReference:
    """Where the offer lies: to be fetched with GET once the holder agreed, and read by `parse_offer_object`."""

    uri: str


def parse_offer(text: str, *, allow_loopback_http: bool = False) -> Offer | OfferReference:
    """Read the link of an offer: `openid-credential-offer://?…`, or an https link.

    An https link with `credential_offer` or `credential_offer_uri` is an offer to a wallet with that address;
    without them it is itself the place where the offer lies.
    Raises: OfferMalformed, UrlRefused, Malformed (JSON).
    """
    text = text.strip()
    if not text or len(text) > MAX_OFFER_CHARACTERS:
        raise OfferMalformed("empty or too long")
    try:
        parts = urlsplit(text)
        pairs = parse_qsl(parts.query, keep_blank_values=True, errors="strict", max_num_fields=16)
    except ValueError as error:
        raise OfferMalformed("no URL") from error
    named = [(name, value) for name, value in pairs if name in ("credential_offer", "credential_offer_uri")]
    if parts.scheme in ("https", "http"):
        if not named:
            return OfferReference(uri=check_https(text, allow_loopback_http=allow_loopback_http, what="offer"))
    elif parts.scheme not in SCHEMES:
        raise OfferMalformed("not the link of an offer")
    if len(named) != 1:
        raise OfferMalformed("exactly one of credential_offer and credential_offer_uri must be there")
    name, value = named[0]
    if name == "credential_offer_uri":
        return OfferReference(
            uri=check_https(value, allow_loopback_http=allow_loopback_http, what="credential_offer_uri")
        )
    return parse_offer_object(value, allow_loopback_http=allow_loopback_http)


def parse_offer_object(body: bytes | str, *, allow_loopback_http: bool = False) -> Offer:
    """Read the offer itself. Unknown members and grants are ignored.

    Raises: OfferMalformed, UrlRefused (the issuer's identifier), Malformed (JSON).
    Source: OpenID4VCI §4.1.1.
    """
    value = parse_json_object(body)
    issuer = check_identifier(
        value.get("credential_issuer"), allow_loopback_http=allow_loopback_http, what="credential_issuer"
    )
    ids = value.get("credential_configuration_ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(one, str) and one for one in ids):
        raise OfferMalformed("credential_configuration_ids is no list of names")
    if len(set(ids)) != len(ids):
        raise OfferMalformed("credential_configuration_ids names one twice")
    grants = _object(value, "grants")
    pre_authorized = _object(grants, PRE_AUTHORIZED_CODE)
    authorization = _object(grants, AUTHORIZATION_CODE)
    code = _text(pre_authorized, "pre-authorized_code")
    if PRE_AUTHORIZED_CODE in grants and code is None:
        raise OfferMalformed("pre-authorized_code is missing")
    servers = {_text(grant, "authorization_server") for grant in (pre_authorized, authorization)} - {None}
    if len(servers) > 1:
        raise OfferMalformed("two authorization servers")
    return Offer(
        credential_issuer=issuer,
        credential_configuration_ids=tuple(ids),
        pre_authorized_code=code,
        tx_code=_tx_code(pre_authorized),
        has_authorization_code=AUTHORIZATION_CODE in grants,
        issuer_state=_text(authorization, "issuer_state"),
        authorization_server=next(iter(servers), None),
    )


def create_offer(
    *,
    credential_issuer: str,
    credential_configuration_ids: Sequence[str],
    pre_authorized_code: str | None = None,
    tx_code: TxCode | None = None,
    issuer_state: str | None = None,
) -> JsonObject:
    """Build the offer object: with a pre-authorized code, or else for the authorization code flow."""
    if not credential_configuration_ids:
        raise TypeError("an offer names at least one credential configuration")
    grants: JsonObject = {}
    if pre_authorized_code is not None:
        grants[PRE_AUTHORIZED_CODE] = {"pre-authorized_code": pre_authorized_code}
        if tx_code is not None:
            grants[PRE_AUTHORIZED_CODE]["tx_code"] = tx_code.to_json()
    else:
        grants[AUTHORIZATION_CODE] = {} if issuer_state is None else {"issuer_state": issuer_state}
    return {
        "credential_issuer": credential_issuer,
        "credential_configuration_ids": list(credential_configuration_ids),
        "grants": grants,
    }


def offer_uri(offer: JsonObject) -> str:
    """Return the link that carries the offer itself."""
    return f"{SCHEMES[0]}://?" + urlencode({"credential_offer": encode_json(offer).decode()}, quote_via=quote)


def offer_reference_uri(uri: str) -> str:
    """Return the link that says where the offer lies; short enough for a QR that scans well."""
    return f"{SCHEMES[0]}://?" + urlencode({"credential_offer_uri": uri}, quote_via=quote)


def _tx_code(grant: JsonObject) -> TxCode | None:
    if "tx_code" not in grant:
        return None
    value = _object(grant, "tx_code")
    mode, length, description = value.get("input_mode", "numeric"), value.get("length"), value.get("description")
    if mode not in ("numeric", "text"):
        raise OfferMalformed("tx_code.input_mode is neither numeric nor text")
    if length is not None and (not isinstance(length, int) or isinstance(length, bool) or length < 1):
        raise OfferMalformed("tx_code.length is no positive number")
    if description is not None and (not isinstance(description, str) or len(description) > MAX_DESCRIPTION):
        raise OfferMalformed("tx_code.description is too long or no text")
    return TxCode(input_mode=mode, length=length, description=description)


def _object(value: JsonObject, name: str) -> JsonObject:
    found: Any = value.get(name, {})
    if not isinstance(found, dict):
        raise OfferMalformed(f"{name} is no object")
    return found


def _text(value: JsonObject, name: str) -> str | None:
    found = value.get(name)
    if found is not None and (not isinstance(found, str) or not found):
        raise OfferMalformed(f"{name} is no text")
    return found
