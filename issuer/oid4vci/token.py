"""The token endpoint: a pre-authorized code becomes an access token. OpenID4VCI 1.0 §6, §13.6.3."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import Context, epoch
from issuer.credentials import repository as credentials
from issuer.credentials.models import Credential
from issuer.offers import service as offers
from issuer.oid4vci import repository
from issuer.oid4vci.authorization_details import granted
from issuer.organisations.models import Organisation
from issuer.vault import new_secret, secret_hash
from passport.errors import ProtocolError
from passport.jose.encoding import JsonObject
from passport.openid.oid4vci import TokenRequest, check_tx_code_presence, create_token_response

_DEAD: Final = "the code is not known, was used, or has ended"
_WRONG: Final = "the transaction code is not right"


async def redeem(
    session: AsyncSession,
    context: Context,
    organisation: Organisation,
    request: TokenRequest,
    *,
    configurations: tuple[str, ...] | None = None,
) -> JsonObject | ProtocolError:
    """Return the token response, or a refusal that must be committed: a wrong try stays counted.

    configurations: what the request's `authorization_details` ask, if it has them.
    Raises: ProtocolError invalid_grant, invalid_request, invalid_authorization_details, which leave nothing behind.
    """
    at = epoch(now := context.clock())
    code_hash = secret_hash(request.pre_authorized_code)
    # (1) a code that we made, alive and unused, of an award that is still open
    award = await repository.award_of_code(session, organisation.id, code_hash, at=at)
    if award is None:
        raise ProtocolError("invalid_grant", _DEAD)
    # (2) §6.1: a transaction code exactly when the offer asks one
    check_tx_code_presence(request, expected=award.tx_code_hash is not None)
    details = None if configurations is None else granted(configurations, offered=offers.configuration_id(award.type))
    # (3) §13.6.3: the try is counted before the code is looked at
    if request.tx_code is not None and not await _try(session, context, award, request.tx_code, at=now):
        return ProtocolError("invalid_grant", _WRONG)
    # (4) redeemed, in one statement, after all checks
    if not await repository.consume_code(session, code_hash, at=at):
        raise ProtocolError("invalid_grant", _DEAD)
    token = new_secret()
    life = context.settings.token_lifetime
    await repository.add_token(session, organisation.id, award.id, token_hash=secret_hash(token), expires_at=at + life)
    answer = create_token_response(access_token=token, expires_in=life)
    return answer if details is None else {**answer, "authorization_details": details}


async def _try(session: AsyncSession, context: Context, award: Credential, tx_code: str, *, at: datetime) -> bool:
    tries = await repository.begin_try(session, award.id, limit=offers.MAX_WRONG_TRIES)
    if tries is None:
        return False
    if offers.tx_code_matches(context, award, tx_code):
        await repository.forgive_try(session, award.id)
        return True
    context.metrics.wrong_tx_codes.inc()
    if tries >= offers.MAX_WRONG_TRIES:
        # The offer is dead, not only this code: opening the link again would otherwise give five more guesses.
        await credentials.change(
            session, award.organisation_id, award.id, offer_expires_at=epoch(at), sealed_claims=None, live=False
        )
    return False


async def new_nonce(session: AsyncSession, context: Context, organisation: Organisation) -> str:
    """A fresh `c_nonce` (§7.2)."""
    nonce = new_secret()
    ends = epoch(context.clock()) + context.settings.nonce_lifetime
    await repository.add_nonce(session, organisation.id, nonce_hash=secret_hash(nonce), expires_at=ends)
    return nonce
