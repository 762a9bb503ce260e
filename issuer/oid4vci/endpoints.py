"""`{issuer}/token`, `/nonce`, `/credential` and `/notification`. Refusals are in OAuth's form."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from issuer.answers import json_answer, oauth_refusal
from issuer.context import epoch
from issuer.dependencies import ContextDep, IssuerDep, WriteSession
from issuer.oid4vci import issuance, repository
from issuer.oid4vci.authorization_details import requested_configurations
from issuer.oid4vci.models import AccessToken
from issuer.oid4vci.token import new_nonce, redeem
from issuer.rate_limits import limited
from issuer.vault import secret_hash
from passport.errors import ProtocolError
from passport.openid.oauth import bearer_token
from passport.openid.oid4vci import (
    Notification,
    TokenRequest,
    create_nonce_response,
    parse_credential_request,
    parse_notification,
    parse_token_request,
)

router = APIRouter(prefix="/o/{organisation_id}", tags=["oid4vci"])


async def _token_request(request: Request) -> tuple[TokenRequest, tuple[str, ...] | None]:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise ProtocolError("invalid_request", "the body is application/x-www-form-urlencoded")
    body = await request.body()
    return parse_token_request(body), requested_configurations(body)


async def _access_token(request: Request, context: ContextDep, organisation: IssuerDep) -> AccessToken:
    presented = secret_hash(bearer_token(request.headers.get("authorization")))
    at = epoch(context.clock())
    async with context.database.reading() as session:
        found = await repository.token(session, organisation.id, presented, at=at)
    if found is None:
        raise ProtocolError("invalid_token", "the access token is not known or has ended", status=401)
    return found


AccessTokenDep = Annotated[AccessToken, Depends(_access_token)]


async def _proven_request(
    request: Request, context: ContextDep, organisation: IssuerDep, token: AccessTokenDep
) -> issuance.ProvenRequest:
    if token.used_at is not None:
        raise ProtocolError("invalid_token", "the access token was used", status=401)
    parsed = parse_credential_request(await request.body(), max_proofs=context.settings.batch_size)
    return issuance.check_proofs(context, organisation, parsed)


async def _notification(request: Request, _token: AccessTokenDep) -> Notification:
    return parse_notification(await request.body())


@router.post("/token", dependencies=[Depends(limited("token"))])
async def token_endpoint(
    context: ContextDep,
    organisation: IssuerDep,
    body: Annotated[tuple[TokenRequest, tuple[str, ...] | None], Depends(_token_request)],
    session: WriteSession,
) -> Response:
    """A pre-authorized code, with its transaction code, for an access token."""
    asked, configurations = body
    answer = await redeem(session, context, organisation, asked, configurations=configurations)
    if isinstance(answer, ProtocolError):
        return oauth_refusal(answer)
    return json_answer(answer, secret=True)


@router.post("/nonce")
async def nonce_endpoint(context: ContextDep, organisation: IssuerDep, session: WriteSession) -> Response:
    """A fresh `c_nonce`."""
    return json_answer(create_nonce_response(await new_nonce(session, context, organisation)), secret=True)


@router.post("/credential")
async def credential_endpoint(
    context: ContextDep,
    organisation: IssuerDep,
    token: AccessTokenDep,
    body: Annotated[issuance.ProvenRequest, Depends(_proven_request)],
    session: WriteSession,
) -> Response:
    """Key proofs for credentials: one credential for each key."""
    return json_answer(await issuance.issue(session, context, organisation, token, body), secret=True)


@router.post("/notification", status_code=204)
async def notification_endpoint(
    organisation: IssuerDep,
    token: AccessTokenDep,
    body: Annotated[Notification, Depends(_notification)],
    session: WriteSession,
) -> Response:
    """What became of the credential in the wallet."""
    await issuance.note(session, organisation, token, body)
    return Response(status_code=204)
