"""A real issuer in process: its own folder, database and keys; a clock that tests move; a wallet that speaks OpenID4VCI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from issuer.app import create_app
from issuer.context import Context
from issuer.migrations import ensure_schema
from issuer.organisations import service as organisations
from issuer.settings import RateLimits, Settings
from passport.credentials.examples import example_claims
from passport.jose.keys import PrivateKey
from passport.openid.oid4vci import create_credential_request, create_proof, create_token_request, parse_offer

BASE_URL = "https://issuer.example"
NO_LIMITS = RateLimits(token="1000000/minute", public="1000000/minute", api="1000000/minute")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class MovableClock:
    """Now, and later when a test says so."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def forward(self, **amount: float) -> None:
        self.offset += timedelta(**amount)


def claims_of(type_name: str = "mbo-certificaat", **changes: Any) -> dict[str, Any]:
    """The example's claims as an organisation sends them, with a document number of their own."""
    claims = example_claims(type_name) | {"document_number": f"TEST-{uuid4()}"}
    claims.pop("awarding_body")
    return claims | changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation of the issuer and its key."""

    id: str
    issuer: str
    api_key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


@dataclass(slots=True, kw_only=True)
class Issuer:
    """The application under test."""

    client: httpx.AsyncClient
    context: Context
    clock: MovableClock
    school: Organisation
    other: Organisation
    company: Organisation
    keys: list[PrivateKey] = field(default_factory=list)

    async def add(self, identifier: str, kind: str, **more: Any) -> Organisation:
        async with self.context.database.writing() as session:
            added = await organisations.add(session, self.context, identifier, kind=kind, name_nl=identifier, **more)
        return Organisation(id=identifier, issuer=added.organisation.issuer, api_key=added.api_key)

    async def post(self, path: str, body: Any, *, by: Organisation | None = None, **headers: str) -> httpx.Response:
        by = by or self.school
        return await self.client.post(f"/api/v1{path}", json=body, headers={**by.headers, **headers})

    async def get(self, path: str, *, by: Organisation | None = None, **params: Any) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", params=params, headers=(by or self.school).headers)

    async def offer(self, type_name: str = "mbo-certificaat", *, by: Organisation | None = None, **more: Any) -> Any:
        body = {"type": type_name, "claims": claims_of(type_name), **more}
        answer = await self.post("/credentials", body, by=by)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def open_offer(self, uri: str) -> Any:
        """What a wallet does with a link: the offer object, parsed."""
        reference = parse_offer(uri)
        answer = await self.client.get(reference.uri)  # type: ignore[union-attr]
        assert answer.status_code == 200, answer.text
        return parse_offer_object(answer)

    async def redeem(self, offer: Any, tx_code: str | None) -> httpx.Response:
        form = create_token_request(pre_authorized_code=offer.pre_authorized_code, tx_code=tx_code)
        return await self.client.post(f"{offer.credential_issuer}/token", data=form)

    async def token(self, answer: Any) -> str:
        """From the API's answer to an access token."""
        opened = await self.open_offer(answer["offer"]["uri"])
        redeemed = await self.redeem(opened, answer["offer"]["tx_code"])
        assert redeemed.status_code == 200, redeemed.text
        return str(redeemed.json()["access_token"])

    async def nonce(self, by: Organisation | None = None) -> str:
        return str((await self.client.post(f"{(by or self.school).issuer}/nonce")).json()["c_nonce"])

    def proof(self, nonce: str | None, *, key: PrivateKey | None = None, by: Organisation | None = None) -> str:
        return create_proof(
            key or PrivateKey.generate(), audience=(by or self.school).issuer, nonce=nonce, at=self.clock()
        )

    async def request(
        self, token: str, *proofs: str, by: Organisation | None = None, configuration: str = "mbo-certificaat_dc+sd-jwt"
    ) -> httpx.Response:
        return await self.client.post(
            f"{(by or self.school).issuer}/credential",
            json=create_credential_request(credential_configuration_id=configuration, proofs=proofs),
            headers={"Authorization": f"Bearer {token}"},
        )

    async def take(self, answer: Any, *, by: Organisation | None = None, type_name: str = "mbo-certificaat") -> Any:
        """The whole way from the API's answer to the credential response."""
        token = await self.token(answer)
        proof = self.proof(await self.nonce(by), by=by)
        got = await self.request(token, proof, by=by, configuration=f"{type_name}_dc+sd-jwt")
        assert got.status_code == 200, got.text
        return got.json()


def parse_offer_object(answer: httpx.Response) -> Any:
    from passport.openid.oid4vci import parse_offer_object as parse

    assert answer.headers["content-type"] == "application/json"
    return parse(answer.content)


@pytest.fixture
async def make_issuer(tmp_path: Path) -> AsyncIterator[Any]:
    """A function that makes an issuer with other settings."""
    made: list[Issuer] = []

    async def make(**more: Any) -> Issuer:
        clock = MovableClock()
        chosen: dict[str, Any] = {"data": tmp_path / "data", "base_url": BASE_URL, "rate_limits": NO_LIMITS, **more}
        app = create_app(Settings(**chosen), clock=clock)
        context: Context = app.state.context
        await ensure_schema(context.database)
        transport = httpx.ASGITransport(app=app)
        client = httpx.AsyncClient(transport=transport, base_url=chosen["base_url"], timeout=60)
        issuer = Issuer(
            client=client,
            context=context,
            clock=clock,
            school=None,
            other=None,
            company=None,  # type: ignore[arg-type]
        )
        issuer.school = await issuer.add("school-a", "school", identifiers={"brin": "00AA"})
        issuer.other = await issuer.add("school-b", "school")
        issuer.company = await issuer.add("bakkerij", "leerbedrijf")
        made.append(issuer)
        return issuer

    yield make
    for issuer in made:
        await issuer.client.aclose()
        await issuer.context.database.close()


@pytest.fixture
async def issuer(make_issuer: Any) -> Issuer:
    made: Issuer = await make_issuer()
    return made


async def at_once(*calls: Any) -> list[httpx.Response]:
    """All of them in parallel."""
    return list(await asyncio.gather(*calls))
