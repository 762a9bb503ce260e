"""Take a credential by OpenID4VCI 1.0, pre-authorized code flow: from offer to the issuer's answer.

Every answer is somebody else's word and strictly read. Nothing here asks the person, stores or judges a credential.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from passport.credentials.formats import FORMATS
from passport.errors import PassportError, ProtocolError
from passport.jose.keys import ES256, PrivateKey
from passport.network import Fetched, Fetcher, HttpStatus, now
from passport.openid.oauth import parse_error, well_known_url
from passport.openid.oid4vci.credential import (
    CredentialResponse,
    DeferredResponse,
    Event,
    create_credential_request,
    create_notification,
    parse_credential_response,
)
from passport.openid.oid4vci.metadata import (
    AUTHORIZATION_SERVER,
    CREDENTIAL_ISSUER,
    AuthorizationServerMetadata,
    CredentialConfiguration,
    IssuerMetadata,
    choose_authorization_server,
    choose_configurations,
    parse_authorization_server_metadata,
    parse_issuer_metadata,
)
from passport.openid.oid4vci.offer import Offer, OfferReference, parse_offer, parse_offer_object
from passport.openid.oid4vci.proof import create_proof
from passport.openid.oid4vci.token import (
    TokenResponse,
    create_token_request,
    parse_nonce_response,
    parse_token_response,
)
from passport.terminal import ExitCode


class OfferGone(PassportError):
    """The offer's link leads nowhere (any more)."""

    code = "offer_gone"
    exit_code: ClassVar[int] = ExitCode.NO


class OfferUnsupported(PassportError):
    """The offer asks for something that this wallet cannot do. Params: `what`."""

    code = "offer_unsupported"
    exit_code: ClassVar[int] = ExitCode.NO


class CodeRefused(ProtocolError):
    """The issuer does not take the code: wrong transaction code, or the offer is used or expired."""

    code = "offer_code_refused"


class NotReadyYet(PassportError):
    """The issuer will give the credential later; this wallet cannot wait for it."""

    code = "credential_deferred"
    exit_code: ClassVar[int] = ExitCode.UNREACHABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuance:
    """An offer with what the issuer says of itself."""

    offer: Offer
    metadata: IssuerMetadata
    configurations: tuple[CredentialConfiguration, ...]
    server: AuthorizationServerMetadata


async def load_offer(link: str, fetcher: Fetcher) -> Offer:
    """Return the offer that a link carries or points to. Raises: OfferGone, Malformed, Unreachable."""
    loopback = fetcher.settings.allow_loopback_http
    found = parse_offer(link, allow_loopback_http=loopback)
    if isinstance(found, OfferReference):
        try:
            answer = await fetcher.get(found.uri, accept="application/json")
        except HttpStatus as error:
            raise (OfferGone() if error.status in (404, 410) else error) from error
        found = parse_offer_object(answer.body, allow_loopback_http=loopback)
    if found.pre_authorized_code is None:
        raise OfferUnsupported("no pre-authorized code", what="authorization_code")
    return found


async def read_issuer(offer: Offer, fetcher: Fetcher) -> Issuance:
    """Fetch and check the metadata of the issuer and its authorization server; refuse what we cannot do, in time."""
    loopback = fetcher.settings.allow_loopback_http
    body = (
        await fetcher.get(well_known_url(offer.credential_issuer, CREDENTIAL_ISSUER), accept="application/json")
    ).body
    metadata = parse_issuer_metadata(body, expected_issuer=offer.credential_issuer, allow_loopback_http=loopback)
    configurations = choose_configurations(offer, metadata)
    for configuration in configurations:
        if configuration.format not in FORMATS:
            raise OfferUnsupported("format", what=configuration.format)
        if ES256 not in (configuration.proof_algorithms or ()):
            raise OfferUnsupported("proof type", what="proof_types_supported")
    if metadata.encryption_required:
        raise OfferUnsupported("encryption", what="encryption")
    issuer = choose_authorization_server(offer, metadata)
    body = (await fetcher.get(well_known_url(issuer, AUTHORIZATION_SERVER), accept="application/json")).body
    server = parse_authorization_server_metadata(body, expected_issuer=issuer, allow_loopback_http=loopback)
    return Issuance(offer=offer, metadata=metadata, configurations=configurations, server=server)


async def fetch_token(issuance: Issuance, fetcher: Fetcher, *, tx_code: str | None) -> TokenResponse:
    """Exchange the offer's code for a token. Raises: CodeRefused, ProtocolError, Unreachable."""
    form = create_token_request(pre_authorized_code=issuance.offer.pre_authorized_code or "", tx_code=tx_code)
    try:
        answer = _accepted(await fetcher.post_form(issuance.server.token_endpoint, form))
    except ProtocolError as error:
        if error.error == "invalid_grant":
            raise CodeRefused(error.error, error.description, status=error.status) from error
        raise
    token = parse_token_response(answer.body)
    if token.token_type != "Bearer":  # noqa: S105 (a token's kind, not a token)
        raise OfferUnsupported("token type", what=token.token_type)
    return token


async def fetch_credential(
    issuance: Issuance,
    configuration: CredentialConfiguration,
    fetcher: Fetcher,
    *,
    token: TokenResponse,
    key: PrivateKey,
) -> CredentialResponse:
    """Ask for one credential bound to `key`. A refused nonce is tried once more with a fresh one."""
    try:
        return await _ask(issuance, configuration, fetcher, token=token, key=key)
    except ProtocolError as error:
        if error.error != "invalid_nonce":
            raise
        return await _ask(issuance, configuration, fetcher, token=token, key=key)


async def _ask(
    issuance: Issuance,
    configuration: CredentialConfiguration,
    fetcher: Fetcher,
    *,
    token: TokenResponse,
    key: PrivateKey,
) -> CredentialResponse:
    nonce = token.c_nonce
    if issuance.metadata.nonce_endpoint is not None:
        nonce = parse_nonce_response(_accepted(await fetcher.post_form(issuance.metadata.nonce_endpoint, {})).body)
    proof = create_proof(key, audience=issuance.metadata.credential_issuer, nonce=nonce, at=now())
    identifiers = token.credential_identifiers.get(configuration.id, ())
    request = create_credential_request(
        credential_configuration_id=None if identifiers else configuration.id,
        credential_identifier=identifiers[0] if identifiers else None,
        proofs=[proof],
    )
    headers = {"authorization": f"Bearer {token.access_token}"}
    answer = _accepted(await fetcher.post_json(issuance.metadata.credential_endpoint, request, headers=headers))
    response = parse_credential_response(answer.body)
    if isinstance(response, DeferredResponse):
        raise NotReadyYet
    return response


async def notify(
    issuance: Issuance, response: CredentialResponse, fetcher: Fetcher, *, token: TokenResponse, event: Event
) -> None:
    """Tell the issuer how it went, where it wants to know. Its answer changes nothing for us."""
    import contextlib

    if issuance.metadata.notification_endpoint is None or response.notification_id is None:
        return
    with contextlib.suppress(PassportError):
        await fetcher.post_json(
            issuance.metadata.notification_endpoint,
            create_notification(notification_id=response.notification_id, event=event),
            headers={"authorization": f"Bearer {token.access_token}"},
        )


def _accepted(answer: Fetched) -> Fetched:
    if answer.status >= 400:
        raise parse_error(answer.body, status=answer.status)
    return answer
