"""`/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from issuer.answers import json_answer
from issuer.dependencies import ContextDep

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> Response:
    """The process answers."""
    return json_answer({"status": "ok"})


@router.get("/readyz")
async def readyz(context: ContextDep) -> Response:
    """The database answers too."""
    try:
        async with context.database.reading() as session:
            await session.execute(text("SELECT 1 FROM organisations LIMIT 1"))
    except SQLAlchemyError:
        return json_answer({"status": "unavailable"}, status=503)
    return json_answer({"status": "ok"})


@router.get("/metrics")
async def metrics(context: ContextDep) -> Response:
    """Figures for Prometheus; no personal data."""
    return Response(generate_latest(context.metrics.registry), media_type=CONTENT_TYPE_LATEST)
