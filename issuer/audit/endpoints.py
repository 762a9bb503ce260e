"""`GET /api/v1/audit`: the caller's own log, oldest first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from issuer.answers import json_answer
from issuer.audit import repository
from issuer.context import instant
from issuer.dependencies import CallerDep, ContextDep, ReadSession

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])


@router.get("")
async def list_audit(
    context: ContextDep,
    caller: CallerDep,
    session: ReadSession,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Who did what when; each entry holds the hash of the one before."""
    entries = await repository.page(session, caller.organisation.id, after=after, limit=limit + 1)
    shown, following = entries[:limit], None
    if len(entries) > limit:
        following = f"{context.settings.base_url}/api/v1/audit?after={shown[-1].sequence}&limit={limit}"
    items = [{**entry.model_dump(exclude={"organisation_id"}), "at": instant(entry.at)} for entry in shown]
    return json_answer({"items": items, "next": following})
