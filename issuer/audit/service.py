"""Who did what when. Each entry holds the hash of the one before it; no entry holds personal data."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.audit import repository
from issuer.audit.models import AuditEntry
from passport.jose.encoding import canonical_json

START: Final = "0" * 64
_PAGE: Final = 1000


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 over the RFC 8785 form of all that the entry says, the previous hash included."""
    return hashlib.sha256(canonical_json(entry.model_dump(exclude={"hash"}))).hexdigest()


async def record(
    session: AsyncSession,
    organisation_id: str,
    action: str,
    *,
    actor: str,
    subject: str,
    at: datetime,
    detail: dict[str, str | int] | None = None,
) -> None:
    """Append one entry, in the caller's transaction: what is done and its entry stand or fall together.

    actor: `api-key:ID`, `cli` or `wallet`. subject: the id of a row. detail: codes and counts, never claims.
    """
    sequence, head = await repository.lock_head(session, organisation_id)
    entry = AuditEntry(
        organisation_id=organisation_id,
        sequence=sequence + 1,
        at=int(at.timestamp()),
        actor=actor,
        action=action,
        subject=subject,
        detail=detail or {},
        previous=head or START,
    )
    entry.hash = entry_hash(entry)
    await repository.append(session, entry)


async def first_break(session: AsyncSession, organisation_id: str) -> int | None:
    """Return the sequence number at which the chain does not hold, or None when it holds to its head."""
    expected, number = START, 0
    while entries := await repository.page(session, organisation_id, after=number, limit=_PAGE):
        for entry in entries:
            if entry.sequence != number + 1 or entry.previous != expected or entry.hash != entry_hash(entry):
                return number + 1
            expected, number = entry.hash, entry.sequence
    sequence, head = await repository.lock_head(session, organisation_id)
    return None if (sequence, head or START) == (number, expected) else number + 1
