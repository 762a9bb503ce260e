"""`/api/v1/credentials`: contract §3."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from issuer.answers import json_answer
from issuer.context import epoch
from issuer.credentials import repository, service
from issuer.credentials.idempotency import once
from issuer.credentials.requests import OfferRequest, ReplaceRequest, StatusRequest
from issuer.dependencies import CallerDep, ContextDep, ReadSession, WriteSession, body_of, documented_body
from passport.jose.encoding import JsonObject

router = APIRouter(prefix="/api/v1/credentials", tags=["credentials"])

CredentialId = Annotated[str, Path(max_length=64)]


@router.post("", status_code=201, openapi_extra=documented_body(OfferRequest))
async def offer_credential(
    request: Request,
    context: ContextDep,
    caller: CallerDep,
    body: Annotated[OfferRequest, Depends(body_of(OfferRequest))],
    session: WriteSession,
) -> Response:
    """Offer one credential. `Idempotency-Key` is honoured."""

    async def make() -> JsonObject:
        return await service.offer(session, context, caller.organisation, body, actor=caller.actor)

    answer = await once(session, context, caller.organisation.id, request, make)
    return json_answer(answer, status=201, secret=True)


@router.get("")
async def list_credentials(
    *,
    context: ContextDep,
    caller: CallerDep,
    session: ReadSession,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(max_length=64)] = None,
    state: Literal["offered", "issued", "expired", "withdrawn"] | None = None,
    type: Annotated[str | None, Query(max_length=64)] = None,
    document_number: Annotated[str | None, Query(max_length=255)] = None,
) -> Response:
    """Awards of the caller, newest first, a page at a time."""
    at = context.clock()
    rows = await repository.page(
        session,
        caller.organisation.id,
        before=before,
        limit=limit + 1,
        state=state,
        type_name=type,
        document_number=document_number,
        at=epoch(at),
    )
    following = None
    if len(rows) > limit:
        filters = {"state": state, "type": type, "document_number": document_number}
        query = {"limit": limit, "before": rows[limit - 1].id, **{k: v for k, v in filters.items() if v is not None}}
        following = f"{context.settings.base_url}/api/v1/credentials?{urlencode(query)}"
    return json_answer({"items": [service.to_json(row, at) for row in rows[:limit]], "next": following})


@router.get("/{credential_id}")
async def show_credential(
    context: ContextDep, caller: CallerDep, session: ReadSession, credential_id: CredentialId
) -> Response:
    """One award: its state and status, no claims."""
    found = await service.require(session, caller.organisation.id, credential_id)
    return json_answer(service.to_json(found, context.clock()))


@router.post("/{credential_id}/status", openapi_extra=documented_body(StatusRequest))
async def change_status(
    context: ContextDep,
    caller: CallerDep,
    credential_id: CredentialId,
    body: Annotated[StatusRequest, Depends(body_of(StatusRequest))],
    session: WriteSession,
) -> Response:
    """Suspend, revoke or make valid again. A revocation is final."""
    found = await service.set_status(session, context, caller.organisation.id, credential_id, body, actor=caller.actor)
    return json_answer(service.to_json(found, context.clock()))


@router.post("/{credential_id}/withdraw")
async def withdraw_credential(
    context: ContextDep, caller: CallerDep, credential_id: CredentialId, session: WriteSession
) -> Response:
    """End an offer that was not taken."""
    found = await service.withdraw(session, context, caller.organisation.id, credential_id, actor=caller.actor)
    return json_answer(service.to_json(found, context.clock()))


@router.post("/{credential_id}/replace", status_code=201, openapi_extra=documented_body(ReplaceRequest))
async def replace_credential(
    *,
    request: Request,
    context: ContextDep,
    caller: CallerDep,
    credential_id: CredentialId,
    body: Annotated[ReplaceRequest, Depends(body_of(ReplaceRequest))],
    session: WriteSession,
) -> Response:
    """Offer the award anew; the old one is revoked when the new one is taken. `Idempotency-Key` is honoured."""

    async def make() -> JsonObject:
        return await service.replace(session, context, caller.organisation, credential_id, body, actor=caller.actor)

    answer = await once(session, context, caller.organisation.id, request, make)
    return json_answer(answer, status=201, secret=True)
