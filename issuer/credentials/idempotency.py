"""`Idempotency-Key`: the same call again gets the same answer, another call with the same key is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import Context, epoch
from issuer.credentials import repository
from issuer.problems import IdempotencyKeyReused, RequestInvalid
from passport.jose.encoding import JsonObject, encode_json, parse_json_object

MAX_KEY_CHARACTERS: Final = 255
HEADER: Final = "idempotency-key"


def _context(organisation_id: str, key_hash: str) -> str:
    return f"idempotent_answers/{organisation_id}/{key_hash}"


async def once(
    session: AsyncSession,
    context: Context,
    organisation_id: str,
    request: Request,
    make: Callable[[], Awaitable[JsonObject]],
) -> JsonObject:
    """Return the answer of an earlier equal call with the same key, else make one and keep it for a day.

    Equal means: method, address and body, octet for octet. Raises: IdempotencyKeyReused, RequestInvalid.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return await make()
    if not 1 <= len(key) <= MAX_KEY_CHARACTERS:
        raise RequestInvalid(errors=[{"pointer": "Idempotency-Key", "code": "length"}])
    vault = context.vault
    key_hash = vault.keyed_hash(key, purpose=f"idempotency key {organisation_id}")
    called = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    body_hash = vault.keyed_hash(called, purpose="idempotency body")
    at = epoch(context.clock())
    earlier = await repository.claim_idempotency_key(session, organisation_id, key_hash, body_hash=body_hash, at=at)
    if earlier is None:
        answer = await make()
        sealed = vault.seal(encode_json(answer), context=_context(organisation_id, key_hash))
        await repository.keep_answer(session, organisation_id, key_hash, sealed=sealed)
        return answer
    if earlier.body_hash != body_hash or earlier.sealed_answer is None:
        raise IdempotencyKeyReused
    return parse_json_object(vault.open(earlier.sealed_answer, context=_context(organisation_id, key_hash)))
