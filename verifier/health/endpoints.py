"""`GET /healthz`, `/readyz`, `/metrics`. None of them needs a key; none tells anything about a person."""

from __future__ import annotations

import orjson
import sqlalchemy as sa
from fastapi import APIRouter, Request, Response

from verifier.database import DatabaseUnavailable
from verifier.services import services_of

router = APIRouter()


def _json(body: dict[str, object], status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(body), status_code=status, media_type="application/json", headers=headers)


@router.get("/healthz", summary="Is the process alive")
async def healthz() -> Response:
    """Always 200 while the process answers."""
    return _json({"status": "ok"})


@router.get("/readyz", summary="Can it do its work")
async def readyz(request: Request) -> Response:
    """200 when the database answers and a set trust register is in force and not stale; else 503."""
    services = services_of(request)
    at = services.clock()
    register = await services.trust.current(at)
    problems: list[str] = []
    if services.trust.is_set and register is None:
        problems.append("trust_register_missing")
    if register is not None and register.is_stale(at):
        problems.append("trust_register_stale")
    try:
        async with services.database.transaction() as connection:
            await connection.execute(sa.text("SELECT 1"))
    except DatabaseUnavailable:
        problems.append("database_unavailable")
    body: dict[str, object] = {"status": "ok" if not problems else "not_ready", "problems": problems}
    known = register and {"sequence": register.sequence, "operator": register.operator}
    body["trust_register"] = known
    if services.settings.allow_loopback_http:
        body["allow_loopback_http"] = True
    return _json(body, 200 if not problems else 503)


@router.get("/metrics", summary="Counters for Prometheus")
async def metrics(request: Request) -> Response:
    """Return the counters."""
    return Response(services_of(request).metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
