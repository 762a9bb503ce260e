"""Indexes given out and statuses flipped, in the caller's transaction."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import Context
from issuer.identifiers import new_id
from issuer.organisations.models import Organisation
from issuer.status import repository
from issuer.status.models import StatusList
from passport.credentials.status_list import INVALID, SUSPENDED, VALID, StatusReference

VALUES: Final = {"valid": VALID, "revoked": INVALID, "suspended": SUSPENDED}
FILL: Final = 0.75
"""A list is full enough at three quarters: a random pick then still hits a free index within a few tries."""


def list_uri(organisation: Organisation, number: int) -> str:
    """Where a list stands."""
    return f"{organisation.issuer}/status/{number}"


async def _list_with_room(
    session: AsyncSession, context: Context, organisation: Organisation, *, key_id: str, wanted: int, at: datetime
) -> StatusList:
    size = context.settings.status_list_size
    while True:
        found = await repository.open_list(session, organisation.id, key_id=key_id, wanted=wanted, fill=FILL)
        if found is not None:
            return found
        values: dict[str, str | int] = {"id": new_id(at), "organisation_id": organisation.id, "key_id": key_id}
        await repository.add_list(session, {**values, "size": size, "allocated": 0, "version": 0})


async def reserve(
    session: AsyncSession,
    context: Context,
    organisation: Organisation,
    *,
    credential_id: str,
    key_id: str,
    copies: int,
    at: datetime,
) -> list[StatusReference]:
    """Give an award as many random, never used indexes as it has copies. To be committed with what is signed.

    Source: Token Status List §13.2, §13.3.
    """
    chosen = await _list_with_room(session, context, organisation, key_id=key_id, wanted=copies, at=at)
    indexes: list[int] = []
    while (missing := copies - len(indexes)) > 0:
        picks = {secrets.randbelow(chosen.size) for _ in range(missing)}
        indexes += await repository.take_indexes(session, chosen.id, credential_id=credential_id, indexes=picks)
    await repository.count_allocated(session, chosen.id, more=copies)
    uri = list_uri(organisation, chosen.number)
    return [StatusReference(uri=uri, index=index) for index in indexes]


async def put(session: AsyncSession, organisation_id: str, credential_id: str, *, status: str) -> int:
    """Put `valid`, `suspended` or `revoked` on every copy of an award."""
    return await repository.flip(session, organisation_id, credential_id, value=VALUES[status])
