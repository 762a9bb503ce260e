"""Our wallet's own fetching, sent to a service in this process instead of over the network. `sent` holds all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from passport.network import Fetched, Fetcher, HttpStatus


@dataclass(slots=True, kw_only=True)
class Sent:
    """One request. answer: as it came back."""

    method: str
    url: str
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: httpx.Response


class InProcess(Fetcher):
    """A `Fetcher` for one httpx client. answers: instead of the service's own, by the end of the path."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__()
        self.client = client
        self.sent: list[Sent] = []
        self.answers: dict[str, tuple[int, Any]] = {}

    def to(self, ending: str) -> list[Sent]:
        return [one for one in self.sent if one.url.endswith(ending)]

    async def _go(self, method: str, url: str, body: Any, headers: Mapping[str, str], **how: Any) -> Fetched:
        wanted = next((answer for ending, answer in self.answers.items() if url.endswith(ending)), None)
        if wanted is not None:
            answer = httpx.Response(wanted[0], json=wanted[1])
        else:
            answer = await self.client.request(method, url, headers=dict(headers), **how)
        self.sent.append(Sent(method=method, url=url, body=body, headers=headers, answer=answer))
        return Fetched(
            url=url, status=answer.status_code, headers=dict(answer.headers), body=answer.content,
            fetched_at=datetime.now(UTC),
        )  # fmt: skip

    async def get(
        self, url: str, *, accept: str = "*/*", max_bytes: int | None = None, max_redirects: int = 3
    ) -> Fetched:
        answer = await self._go("GET", url, None, {"accept": accept})
        if not 200 <= answer.status < 300:
            raise HttpStatus("not 2xx", status=answer.status, host="memory")
        return answer

    async def post_form(
        self, url: str, form: Mapping[str, str], *, accept: str = "application/json",
        headers: Mapping[str, str] | None = None, max_bytes: int | None = None,
    ) -> Fetched:  # fmt: skip
        return await self._go("POST", url, dict(form), {"accept": accept, **(headers or {})}, data=dict(form))

    async def post_json(
        self, url: str, value: object, *, accept: str = "application/json",
        headers: Mapping[str, str] | None = None, max_bytes: int | None = None,
    ) -> Fetched:  # fmt: skip
        return await self._go("POST", url, value, {"accept": accept, **(headers or {})}, json=value)
