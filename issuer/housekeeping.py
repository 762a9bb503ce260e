"""What has ended is removed: codes, tokens, nonces, kept answers, and the claims of offers that nobody took."""

from __future__ import annotations

import asyncio

from sqlalchemy import delete, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from issuer.context import Context, epoch
from issuer.credentials.models import Credential, IdempotentAnswer
from issuer.logs import frames, get_logger
from issuer.oid4vci.models import AccessToken, Nonce, PreAuthorizedCode

EVERY_SECONDS = 600
ANSWERS_KEPT_SECONDS = 86_400


async def sweep(session: AsyncSession, *, at: int) -> None:
    """Remove what has ended before `at` (epoch seconds)."""
    await session.execute(delete(PreAuthorizedCode).where(col(PreAuthorizedCode.expires_at) <= at))
    await session.execute(delete(AccessToken).where(col(AccessToken.expires_at) <= at))
    await session.execute(delete(Nonce).where(col(Nonce.expires_at) <= at))
    kept_since = at - ANSWERS_KEPT_SECONDS
    await session.execute(delete(IdempotentAnswer).where(col(IdempotentAnswer.created_at) <= kept_since))
    await session.execute(
        update(Credential)
        .where(
            col(Credential.state) == "offered",
            col(Credential.offer_expires_at) <= at,
            col(Credential.sealed_claims).is_not(None),
        )
        .values(sealed_claims=None, live=False)
        .execution_options(synchronize_session=False)
    )


async def keep_house(context: Context) -> None:
    """Sweep now and then, for as long as the service runs."""
    while True:
        try:
            async with context.database.writing() as session:
                await sweep(session, at=epoch(context.clock()))
        except SQLAlchemyError as error:
            get_logger().warning("sweep_failed", error=type(error).__name__, frames=frames(error))
        await asyncio.sleep(EVERY_SECONDS)
