"""`GET {issuer}/status/{number}`: a Status List Token. Open to all, cacheable, one address for many holders."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from issuer.context import Context, epoch
from issuer.dependencies import ContextDep, IssuerDep, ReadSession
from issuer.keys import repository as keys
from issuer.keys.models import SigningKey
from issuer.organisations.models import Organisation
from issuer.problems import NotFound
from issuer.status import repository
from issuer.status.models import StatusList
from issuer.status.publisher import Published
from issuer.status.service import list_uri
from passport.credentials.status_list import MEDIA_TYPE, TYP

router = APIRouter(tags=["status"])


async def _signing_key(session: ReadSession, row: StatusList, at: int) -> SigningKey:
    """The key of the credentials in the list; the current one once that is compromised or its certificate ended."""
    key = await keys.by_id(session, row.organisation_id, row.key_id)
    if key is None or key.compromised_at is not None or (key.not_after or 0) <= at:
        key = await keys.current(session, row.organisation_id)
    if key is None:
        raise NotFound("no key to sign the list with")
    return key


async def _published(session: ReadSession, context: Context, organisation: Organisation, row: StatusList) -> Published:
    ttl = context.settings.status_ttl
    key = await _signing_key(session, row, epoch(context.clock()))
    async with context.publisher.lock(row.id):
        at = context.clock()
        ready = context.publisher.ready(row.id, version=row.version, signed_by=key.id, at=at, ttl=ttl)
        if ready is not None:
            return ready
        return context.publisher.publish(
            row.id,
            uri=list_uri(organisation, row.number),
            size=row.size,
            version=row.version,
            not_valid=await repository.not_valid(session, row.id),
            writer=context.keyring.writer(key, context.vault, typ=TYP),
            signed_by=key.id,
            at=at,
            settings=context.settings,
        )


@router.get("/o/{organisation_id}/status/{number}")
async def status_list(
    request: Request,
    context: ContextDep,
    organisation: IssuerDep,
    session: ReadSession,
    number: Annotated[int, Path(ge=1, le=2**31)],
) -> Response:
    """A Status List Token (application/statuslist+jwt). `?time=` is not supported."""
    if "time" in request.query_params:
        return Response(status_code=501)
    row = await repository.by_number(session, organisation.id, number)
    if row is None:
        raise NotFound("no such status list")
    published = await _published(session, context, organisation, row)
    age = int((context.clock() - published.built_at).total_seconds())
    headers = {
        "ETag": published.etag,
        "Cache-Control": f"public, max-age={max(0, context.settings.status_ttl - age)}",
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
    }
    if request.headers.get("if-none-match") == published.etag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(published.compressed, media_type=MEDIA_TYPE, headers=headers)
    return Response(published.token, media_type=MEDIA_TYPE, headers=headers)
