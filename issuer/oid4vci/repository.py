"""Queries on single-use values. Each is consumed by one conditional statement, so that two cannot both have it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from issuer.credentials.models import Credential
from issuer.oid4vci.models import AccessToken, Nonce, PreAuthorizedCode


async def award_of_code(session: AsyncSession, organisation_id: str, code_hash: str, *, at: int) -> Credential | None:
    """The open award of a code that is alive and unused."""
    statement = (
        select(Credential)
        .join(PreAuthorizedCode, col(PreAuthorizedCode.credential_id) == col(Credential.id))
        .where(
            col(PreAuthorizedCode.hash) == code_hash,
            col(PreAuthorizedCode.expires_at) > at,
            col(PreAuthorizedCode.consumed_at).is_(None),
            col(Credential.organisation_id) == organisation_id,
            col(Credential.state) == "offered",
            col(Credential.offer_expires_at) > at,
        )
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def begin_try(session: AsyncSession, credential_id: str, *, limit: int) -> int | None:
    """Count a try of the transaction code before it is looked at; None when there are no more.

    One statement: parallel guesses cannot all be looked at before one is counted.
    """
    statement = (
        update(Credential)
        .where(col(Credential.id) == credential_id, col(Credential.wrong_tries) < limit)
        .values(wrong_tries=col(Credential.wrong_tries) + 1)
        .returning(col(Credential.wrong_tries))
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def forgive_try(session: AsyncSession, credential_id: str) -> None:
    """The try was right: it does not count."""
    await session.execute(
        update(Credential)
        .where(col(Credential.id) == credential_id)
        .values(wrong_tries=col(Credential.wrong_tries) - 1)
        .execution_options(synchronize_session=False)
    )


async def consume_code(session: AsyncSession, code_hash: str, *, at: int) -> bool:
    """Redeem a code; False when it was redeemed before or has ended."""
    statement = (
        update(PreAuthorizedCode)
        .where(
            col(PreAuthorizedCode.hash) == code_hash,
            col(PreAuthorizedCode.consumed_at).is_(None),
            col(PreAuthorizedCode.expires_at) > at,
        )
        .values(consumed_at=at)
        .returning(col(PreAuthorizedCode.hash))
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(statement)).scalar_one_or_none() is not None


async def add_token(
    session: AsyncSession, organisation_id: str, credential_id: str, *, token_hash: str, expires_at: int
) -> None:
    """Store an access token's hash."""
    await session.execute(
        insert(AccessToken).values(
            hash=token_hash, credential_id=credential_id, organisation_id=organisation_id, expires_at=expires_at
        )
    )


async def token(session: AsyncSession, organisation_id: str, token_hash: str, *, at: int) -> AccessToken | None:
    """A live access token of this organisation, used or not."""
    statement = select(AccessToken).where(
        col(AccessToken.hash) == token_hash,
        col(AccessToken.organisation_id) == organisation_id,
        col(AccessToken.expires_at) > at,
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def use_token(session: AsyncSession, token_hash: str, *, at: int) -> bool:
    """Spend an access token on its one credential request; False when it was spent before or has ended."""
    statement = (
        update(AccessToken)
        .where(
            col(AccessToken.hash) == token_hash, col(AccessToken.used_at).is_(None), col(AccessToken.expires_at) > at
        )
        .values(used_at=at)
        .returning(col(AccessToken.hash))
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(statement)).scalar_one_or_none() is not None


async def add_nonce(session: AsyncSession, organisation_id: str, *, nonce_hash: str, expires_at: int) -> None:
    """Store a nonce's hash."""
    await session.execute(insert(Nonce).values(hash=nonce_hash, organisation_id=organisation_id, expires_at=expires_at))


async def consume_nonces(
    session: AsyncSession, organisation_id: str, nonce_hashes: Collection[str], *, at: int
) -> bool:
    """Use up nonces, all or nothing (the caller rolls back on False)."""
    statement = (
        delete(Nonce)
        .where(
            col(Nonce.hash).in_(set(nonce_hashes)),
            col(Nonce.organisation_id) == organisation_id,
            col(Nonce.expires_at) > at,
        )
        .returning(col(Nonce.hash))
        .execution_options(synchronize_session=False)
    )
    return len((await session.execute(statement)).all()) == len(set(nonce_hashes))
