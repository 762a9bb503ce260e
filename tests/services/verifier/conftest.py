"""A verifier in this process, in the world of `tests.ecosystem`, and a wallet that answers it."""

# ruff: noqa: ASYNC240

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from passport.openid.dcql import Candidate, match
from passport.openid.oid4vp import AuthorizationRequest, create_response, verify_request_object
from tests.ecosystem import Ecosystem, Holder, Issued
from verifier.app import create_app
from verifier.settings import Settings

BASE = "https://verifier.example"


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def forward(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)


class Verifier:
    """A running verifier: `http` asks it, `wallet` answers it."""

    def __init__(
        self, http: httpx.AsyncClient, world: Ecosystem, clock: Clock, app: Any, fetcher: Any, *, base: str = BASE
    ) -> None:
        self.http, self.world, self.clock, self.app, self.fetcher, self.base = http, world, clock, app, fetcher, base

    async def verify(self, credential: str, **more: Any) -> dict[str, Any]:
        answer = await self.http.post("/api/v1/verifications", json={"credential": credential, **more})
        assert answer.status_code == 200, answer.text
        report: dict[str, Any] = answer.json()
        return report

    async def ask(self, template: str = "mbo-certificaat", **more: Any) -> dict[str, Any]:
        body = {"template": template, **more} if "dcql_query" not in more else more
        answer = await self.http.post("/api/v1/requests", json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def state(self, made: Mapping[str, Any], **query: str) -> dict[str, Any]:
        answer = await self.http.get(f"/api/v1/requests/{made['id']}", params=query)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()
        return state

    async def read(self, made: Mapping[str, Any]) -> AuthorizationRequest:
        """As a wallet: fetch the request object and check it."""
        link = parse_qs(urlsplit(made["authorization_request"]).query)
        assert link["request_uri"] == [made["request_uri"]]
        fetched = await self.http.get(made["request_uri"])
        assert fetched.status_code == 200, fetched.text
        assert fetched.headers["content-type"] == "application/oauth-authz-req+jwt"
        return verify_request_object(
            fetched.text, client_id=link["client_id"][0], at=self.clock(), allow_loopback_http=self.base != BASE
        )

    def present(
        self,
        request: AuthorizationRequest,
        held: Issued,
        *,
        extra: Iterable[tuple[str | int, ...]] = (),
        nonce: str | None = None,
        audience: str | None = None,
        holder: Holder | None = None,
    ) -> dict[str, list[str]]:
        """A vp_token that answers the request with one credential; the named arguments misbehave."""
        from passport.credentials.formats import FORMATS

        form = FORMATS["dc+sd-jwt"]
        parsed = form.parse(held.text)
        candidate = Candidate(
            id="1",
            format="dc+sd-jwt",
            vct=parsed.vct,
            claims=form.disclosed_claims(parsed),
            disclosable=form.disclosed_places(parsed),
        )
        [(name, [choice])] = [(n, c[:1]) for n, c in match(request.query, [candidate]).by_query.items() if c]
        who = holder or held.holder
        assert who is not None
        text = who.present(
            held,
            nonce=request.nonce if nonce is None else nonce,
            audience=request.client_id if audience is None else audience,
            disclose=[*choice.disclose, *extra],
            at=self.clock(),
        )
        return {name: [text]}

    async def post(self, request: AuthorizationRequest, vp_token: Mapping[str, Any], **changes: str) -> httpx.Response:
        """As a wallet: post the answer."""
        if changes:
            request = replace(request, **changes)
        form = create_response(request, vp_token)
        return await self.http.post(
            request.response_uri,
            content=urlencode(form),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )

    async def answer(self, made: Mapping[str, Any], held: Issued, **cheat: Any) -> httpx.Response:
        """As a wallet: read the request and answer it with one credential."""
        request = await self.read(made)
        return await self.post(request, self.present(request, held, **cheat))


def path_of(url: str) -> str:
    assert url.startswith(BASE)
    return url[len(BASE) :]


@asynccontextmanager
async def running(world: Ecosystem, folder: Path, **settings: Any) -> AsyncIterator[Verifier]:
    """A verifier with the world's register, its lifespan running."""
    folder.mkdir(parents=True, exist_ok=True)
    register = folder / "register.json"
    register.write_bytes(world.register_bytes())
    settings = {"trust": str(register), "rate_limit": None, "base_url": BASE, **settings}
    clock, fetcher = Clock(world.at), world.fetcher()
    app = create_app(Settings(data=folder / "data", **settings), clock=clock, fetcher=fetcher)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
            yield Verifier(http, world, clock, app, fetcher)


@pytest.fixture
def world() -> Ecosystem:
    return Ecosystem()


@pytest.fixture
def play(world: Ecosystem, tmp_path: Path) -> Callable[..., Any]:
    """Run one scene with a fresh verifier: `play(scene)` or `play(scene, api_key=…)`."""

    def start(scene: Callable[[Verifier], Any], **settings: Any) -> Any:
        async def whole() -> Any:
            async with running(world, tmp_path / "verifier", **settings) as verifier:
                return await scene(verifier)

        return asyncio.run(whole())

    return start
