"""`GET /api/v1/decisions`: what was decided on which report. Deciding itself is for people, on the command line."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Response

from issuer.answers import json_answer
from issuer.decisions import repository, service
from issuer.dependencies import CallerDep, ContextDep, ReadSession

router = APIRouter(prefix="/api/v1/decisions", tags=["decisions"])


@router.get("")
async def list_decisions(
    *,
    context: ContextDep,
    caller: CallerDep,
    session: ReadSession,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Decisions of the caller, newest first, a page at a time."""
    rows = await repository.page(session, caller.organisation.id, before=before, limit=limit + 1)
    following = None
    if len(rows) > limit:
        query = urlencode({"limit": limit, "before": rows[limit - 1].id})
        following = f"{context.settings.base_url}/api/v1/decisions?{query}"
    return json_answer({"items": [service.to_json(row) for row in rows[:limit]], "next": following})


@router.get("/{decision_id}")
async def show_decision(
    context: ContextDep,
    caller: CallerDep,
    session: ReadSession,
    decision_id: Annotated[str, Path(max_length=64)],
) -> Response:
    """One decision, with the signed statement that lay before it."""
    found = await service.require(session, caller.organisation.id, decision_id)
    answer = service.to_json(found)
    answer["statement"]["jwt"] = service.open_statement(context, found)
    return json_answer(answer, secret=True)
