"""`POST /api/v1/stackings`: what credentials, or supposed facts, add up to. Never that someone has a diploma."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Depends, Request, Response

from verifier.bodies import read_json
from verifier.language import language_of
from verifier.security import api_key_checked, rate_limited
from verifier.services import services_of
from verifier.stackings.models import StackingBody

router = APIRouter(prefix="/api/v1", dependencies=[Depends(rate_limited), Depends(api_key_checked)])
BODY_LIMIT = 8_388_608
_BODY = {"requestBody": {"content": {"application/json": {"schema": StackingBody.model_json_schema()}}}}


@router.post("/stackings", openapi_extra=_BODY, summary="What credentials add up to")
async def create_stacking(request: Request) -> Response:
    """Return the answer of CONTRACT section 5; 4xx only for a call that is itself wrong."""
    body = await read_json(request, StackingBody, limit=BODY_LIMIT)
    lang = language_of(request)
    answer = await services_of(request).stackings.stack(body, lang)
    headers = {"Cache-Control": "no-store", "Content-Language": lang}
    return Response(orjson.dumps(answer), media_type="application/json", headers=headers)
