"""Makes the verifier's web application. Everything that it needs enters here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from fastapi import FastAPI

from passport.network import Fetcher, NetworkSettings, now
from passport.stacking.catalogue import load_catalogue
from verifier import problems
from verifier.certificates import load_or_create
from verifier.database import Database, migrate
from verifier.health.endpoints import router as health
from verifier.logs import AccessLog
from verifier.metrics import Metrics
from verifier.pages.endpoints import error_page
from verifier.pages.endpoints import router as pages
from verifier.requests.endpoints import api as requests_api
from verifier.requests.endpoints import protocol as requests_protocol
from verifier.requests.service import RequestService
from verifier.security import RateLimit, SecurityHeaders
from verifier.services import Services
from verifier.settings import Settings
from verifier.stackings.endpoints import router as stackings
from verifier.stackings.service import StackingService
from verifier.trust import MEMORY_FILE, TrustSource
from verifier.verifications.endpoints import router as verifications
from verifier.verifications.service import VerificationService

SWEEP_SECONDS = 30
log = structlog.get_logger("verifier")


def create_app(settings: Settings, *, clock: Callable[[], datetime] = now, fetcher: Fetcher | None = None) -> FastAPI:
    """Return the application.

    clock: the time; fetcher: the way to the outside. Both are for tests; a service uses the real ones.
    The start (lifespan) migrates the database, loads the register and makes the request certificate.
    Raises: at start Misconfigured or Malformed, for a register, key or database that cannot be used.
    """
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        network = NetworkSettings(allow_loopback_http=settings.allow_loopback_http, dev_hosts=settings.dev_hosts)
        outside = fetcher or Fetcher(network)
        services = await _start(settings, clock, outside, metrics)
        app.state.services = services
        sweeper = asyncio.create_task(_sweep(services))
        try:
            yield
        finally:
            sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sweeper
            await services.database.close()
            if fetcher is None:
                await outside.aclose()

    app = FastAPI(
        title="skillspas verifier",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        # FastAPI's own traces and logs would hold addresses and messages, also those of results.
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.state.settings = settings
    app.state.rate_limit = RateLimit(settings.rate_limit)
    for router in (health, verifications, requests_api, requests_protocol, stackings, pages):
        app.include_router(router)
    problems.install(app, error_page=error_page)
    app.add_middleware(SecurityHeaders, https=settings.base_url.startswith("https://"))
    app.add_middleware(AccessLog, metrics=metrics)
    if settings.allow_loopback_http:
        log.warning("allow_loopback_http is on: for development only, never for real decisions")
    return app


async def _start(settings: Settings, clock: Callable[[], datetime], fetcher: Fetcher, metrics: Metrics) -> Services:
    await asyncio.to_thread(migrate, settings.database_url)
    certificate = await asyncio.to_thread(
        load_or_create, settings.data, name=settings.name, base_url=settings.base_url, at=clock()
    )
    trust = TrustSource(
        settings.trust,
        key_file=settings.trust_key,
        fetcher=fetcher,
        memory=settings.data / MEMORY_FILE,
    )
    await trust.start(clock())
    catalogue = await asyncio.to_thread(load_catalogue, settings.catalogue)
    database = Database(settings.database_url)
    verifications = VerificationService(trust=trust, fetcher=fetcher, clock=clock)
    stackings = StackingService(
        catalogue=catalogue,
        verifications=verifications,
        clock=clock,
        certificate=certificate,
        iss=settings.base_url,
    )
    return Services(
        settings=settings,
        clock=clock,
        database=database,
        trust=trust,
        certificate=certificate,
        verifications=verifications,
        requests=RequestService(
            settings=settings,
            database=database,
            certificate=certificate,
            verifications=verifications,
            stackings=stackings,
            clock=clock,
            metrics=metrics,
        ),
        stackings=stackings,
        metrics=metrics,
    )


async def _sweep(services: Services) -> None:
    """Delete results whose time is over, also when nobody asks for them."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            await services.requests.delete_old()
        except Exception as error:  # a full disk must not end the sweeping
            log.error("sweep_failed", error=type(error).__name__)
