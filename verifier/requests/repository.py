"""Every query on presentation requests. Single use is one statement: `answer` succeeds for one caller only."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from passport.jose.encoding import encode_json
from verifier.requests.models import PRESENTATION_REQUEST as TABLE
from verifier.requests.models import Answer, RequestRow

_COLUMNS = [TABLE.c[field.name] for field in fields(RequestRow)]


class RequestRepository:
    """Queries within one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, row: RequestRow) -> None:
        """Store a new request."""
        await self._connection.execute(sa.insert(TABLE).values(**asdict(row)))

    async def by_id(self, id_digest: str, *, at: int) -> RequestRow | None:
        """Return the request whose result id has this digest, unless its time is over."""
        return await self._one(TABLE.c.id_digest == id_digest, at)

    async def by_handle(self, handle: str, *, at: int) -> RequestRow | None:
        """Return the request of a `request_uri` or `response_uri`."""
        return await self._one(TABLE.c.handle == handle, at)

    async def by_code(self, short_code: str, *, at: int) -> RequestRow | None:
        """Return the request of a short code that a person typed."""
        return await self._one(TABLE.c.short_code == short_code, at)

    async def _one(self, where: Any, at: int) -> RequestRow | None:
        found = await self._connection.execute(sa.select(*_COLUMNS).where(where, TABLE.c.delete_at > at))
        row = found.mappings().first()
        return RequestRow(**row) if row else None

    async def answer(
        self, handle: str, answer: Answer, *, at: int, keep_seconds: int, response_code_digest: str | None
    ) -> bool:
        """Consume the request and store what came of it, in one statement. False: someone was first, or too late."""
        done = await self._connection.execute(
            sa.update(TABLE)
            .where(TABLE.c.handle == handle, TABLE.c.state == "waiting", TABLE.c.expires_at >= at)
            .values(
                state=answer.state,
                refusal=answer.refusal,
                reports=encode_json(answer.reports).decode(),
                stacking=None if answer.stacking is None else encode_json(answer.stacking).decode(),
                response_code_digest=response_code_digest,
                encryption_jwk=None,
                answered_at=at,
                delete_at=at + keep_seconds,
            )
        )
        return bool(done.rowcount == 1)

    async def delete_old(self, *, at: int) -> int:
        """Delete what is kept long enough; returns how many."""
        done = await self._connection.execute(sa.delete(TABLE).where(TABLE.c.delete_at <= at))
        return int(done.rowcount)
