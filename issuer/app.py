"""The issuer as an ASGI application: `create_app(settings)`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, SQLAlchemyError
from starlette.exceptions import HTTPException

from issuer.answers import oauth_refusal
from issuer.assessments.endpoints import router as assessments
from issuer.audit.endpoints import router as audit
from issuer.context import Clock, Context, system_clock
from issuer.credentials.endpoints import router as credentials
from issuer.database import Database
from issuer.decisions.endpoints import router as decisions
from issuer.dependencies import language
from issuer.health.endpoints import router as health
from issuer.housekeeping import keep_house
from issuer.keys.service import check_authority
from issuer.logs import frames, get_logger, quiet_others
from issuer.metadata.endpoints import types, well_known
from issuer.middleware import BodyLimit, Envelope
from issuer.migrations import ensure_schema
from issuer.offers.endpoints import router as offers
from issuer.oid4vci.endpoints import router as oid4vci
from issuer.problems import (
    MEDIA_TYPE,
    MethodNotAllowed,
    NotFound,
    Refused,
    RequestInvalid,
    TemporarilyUnavailable,
    problem_bytes,
)
from issuer.rate_limits import Limiter, limited
from issuer.settings import MAX_BODY_BYTES, Settings
from issuer.status.endpoints import router as status
from issuer.vault import load_vault
from passport.errors import Malformed, PassportError, ProtocolError

VERSION = "0.1.0"


def open_context(settings: Settings, *, clock: Clock = system_clock) -> Context:
    """Open the master key and the database's engine; the data folder is made if it is not there.

    A master key is made only where there is no database yet: a new one beside old data would open nothing.
    Raises: MasterKeyUnusable.
    """
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    is_new = settings.master_key_file is None and not (settings.database is None and settings.sqlite_file.exists())
    vault = load_vault(settings.master_key, create=is_new)
    if settings.database is None:  # for this user alone; SQLite gives its other files the same mode
        os.close(os.open(settings.sqlite_file, os.O_RDWR | os.O_CREAT, 0o600))
    return Context(settings=settings, database=Database(settings.database_url), vault=vault, clock=clock)


async def make_ready(context: Context) -> None:
    """The schema is right and the master key belongs to this database.

    Raises: DatabaseNotMigrated, SealBroken.
    """
    await ensure_schema(context.database)
    async with context.database.reading() as session:
        await check_authority(session, context)


def create_app(settings: Settings, *, clock: Clock = system_clock) -> FastAPI:
    """Return the issuer. On SQLite its database is migrated at start; elsewhere `migrate` must have run."""
    context = open_context(settings, clock=clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        quiet_others()
        if settings.allow_loopback_http:
            get_logger().warning("DEVELOPMENT_SWITCH_ON_loopback_http_is_allowed", base_url=settings.base_url)
        try:
            await make_ready(context)
            housekeeper = asyncio.create_task(keep_house(context))
            yield
            housekeeper.cancel()
            with suppress(asyncio.CancelledError):
                await housekeeper
        finally:
            await context.database.close()

    app = FastAPI(
        title="skillspas issuer",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{settings.path}/openapi.json",
        redirect_slashes=False,
        # FastAPI's own traces and logs would hold addresses and messages, also those of offers.
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.state.context = context
    app.state.limiter = Limiter(settings.rate_limits)
    _add_routes(app, settings)
    _add_handlers(app)
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES)
    app.add_middleware(Envelope, context=context)
    return app


def _add_routes(app: FastAPI, settings: Settings) -> None:
    api = APIRouter(dependencies=[Depends(limited("api"))])
    for router in (credentials, assessments, decisions, audit):
        api.include_router(router)
    public = APIRouter(dependencies=[Depends(limited("public"))])
    for router in (offers, oid4vci, status, types):
        public.include_router(router)
    app.include_router(api, prefix=settings.path)
    app.include_router(public, prefix=settings.path)
    app.include_router(well_known(settings.path), dependencies=[Depends(limited("public"))])
    app.include_router(health)


def _problem(request: Request, error: PassportError, status: int) -> Response:
    lang = language(request)
    headers = {"Content-Language": lang, "Cache-Control": "no-store", **getattr(error, "headers", {})}
    return Response(
        problem_bytes(error, status=status, lang=lang), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def _add_handlers(app: FastAPI) -> None:
    """One translation of every error, to the protocol's own form."""

    @app.exception_handler(PassportError)
    async def _ours(request: Request, error: PassportError) -> Response:
        match error:
            case ProtocolError():
                return oauth_refusal(error)
            case Refused():
                return _problem(request, error, error.status)
            case Malformed():
                return _problem(request, error, 400)
        get_logger().error("misconfigured", code=error.code, frames=frames(error))
        return _problem(request, error, 503)

    @app.exception_handler(RequestValidationError)
    async def _parameters(request: Request, error: RequestValidationError) -> Response:
        errors = [{"pointer": "/".join(map(str, p["loc"])), "code": str(p["type"])} for p in error.errors()]
        return _problem(request, RequestInvalid(errors=errors), RequestInvalid.status)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        problem = MethodNotAllowed() if error.status_code == 405 else NotFound()
        answer = _problem(request, problem, problem.status)
        for name, value in (error.headers or {}).items():
            answer.headers[name] = value
        return answer

    @app.exception_handler(SQLAlchemyError)
    async def _database(request: Request, error: SQLAlchemyError) -> Response:
        if isinstance(error, DataError):  # such as U+0000, which PostgreSQL has no place for
            return _problem(request, RequestInvalid(), RequestInvalid.status)
        get_logger().error("database", error=type(error).__name__, frames=frames(error))
        return _problem(request, TemporarilyUnavailable(), TemporarilyUnavailable.status)
