"""The credential endpoint: key proofs become credentials. OpenID4VCI 1.0 §8, F.1.

What is signed stands in the database, with its status index, in the same transaction; nothing leaves before the
commit. All proofs of a request or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from issuer.audit import service as audit
from issuer.context import Context, epoch
from issuer.credentials import checks
from issuer.credentials import repository as credentials
from issuer.credentials import service as awards
from issuer.credentials.models import Credential
from issuer.keys import service as keys
from issuer.keys.models import SigningKey
from issuer.offers import service as offers
from issuer.oid4vci import repository
from issuer.oid4vci.models import AccessToken
from issuer.oid4vci.token import new_nonce
from issuer.organisations.models import Organisation
from issuer.problems import Refused
from issuer.status import service as status_lists
from issuer.vault import new_secret, secret_hash
from passport.credentials.formats import FORMATS
from passport.credentials.status_list import StatusReference
from passport.credentials.types import TYPES
from passport.errors import ProtocolError
from passport.jose.encoding import JsonObject
from passport.jose.keys import PublicKey
from passport.openid.oid4vci import (
    CredentialRequest,
    Notification,
    Proof,
    check_proof,
    create_credential_response,
)

BACKDATE: Final = timedelta(seconds=5)
"""Some wallets have no clock tolerance at all (interop.md)."""
PROOF_ALGORITHMS: Final = ("ES256",)
_FORMAT: Final = "dc+sd-jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenRequest:
    """A credential request whose proofs hold; their nonces are still to be used up."""

    configuration_id: str | None
    identifier: str | None
    keys: tuple[PublicKey, ...]
    nonces: frozenset[str]


def check_proofs(context: Context, organisation: Organisation, request: CredentialRequest) -> ProvenRequest:
    """Check every key proof, without the database. Raises: ProtocolError."""
    at = context.clock()
    proofs: list[Proof] = [
        check_proof(jwt, expected_audience=organisation.issuer, at=at, algorithms=PROOF_ALGORITHMS)
        for jwt in request.proofs
    ]
    if len({proof.key.thumbprint for proof in proofs}) != len(proofs):
        raise ProtocolError("invalid_proof", "two proofs are of one key")
    return ProvenRequest(
        configuration_id=request.credential_configuration_id,
        identifier=request.credential_identifier,
        keys=tuple(proof.key for proof in proofs),
        nonces=frozenset(secret_hash(proof.nonce or "") for proof in proofs),
    )


async def issue(
    session: AsyncSession, context: Context, organisation: Organisation, token: AccessToken, request: ProvenRequest
) -> JsonObject:
    """Return the credential response. Raises: ProtocolError; then nothing has happened."""
    now = context.clock()
    at = epoch(now)
    # (1) the award that the token is for, and the configuration that was offered
    award = await credentials.find(session, organisation.id, token.credential_id)
    if award is None or award.state != "offered" or award.sealed_claims is None:
        raise ProtocolError("credential_request_denied", "the offer was withdrawn or taken")
    offered = offers.configuration_id(award.type, _FORMAT)
    if request.identifier is not None and request.identifier != offered:
        raise ProtocolError("unknown_credential_identifier", "this identifier was not given out")
    if request.identifier is None and request.configuration_id != offered:
        raise ProtocolError("unknown_credential_configuration", "this configuration was not offered")
    # (2) §8.2: fresh nonces, used up in one statement
    if not await repository.consume_nonces(session, organisation.id, request.nonces, at=at):
        raise ProtocolError("invalid_nonce", "the nonce is not ours, was used, or has ended")
    # (3) one credential request a token, one issuance an award
    if not await repository.use_token(session, token.hash, at=at):
        raise ProtocolError("invalid_token", "the access token was used or has ended", status=401)
    claims = awards.open_claims(context, award)
    ctype = TYPES[award.type]
    try:
        await checks.require_allowed(session, organisation, ctype, claims)
    except Refused as error:
        raise ProtocolError("credential_request_denied", "the organisation may not issue this now") from error
    notification_id = new_secret()
    taken = await credentials.change(
        session, organisation.id, award.id, col(Credential.state) == "offered",
        state="issued", issued_at=at, copies=len(request.keys), sealed_claims=None,
        notification_hash=secret_hash(notification_id),
    )  # fmt: skip
    if not taken:
        raise ProtocolError("credential_request_denied", "the offer was withdrawn or taken")
    # (4) an index for each copy, then the signatures
    key = await keys.require_current(session, organisation.id, at=now)
    places = await status_lists.reserve(
        session, context, organisation, credential_id=award.id, key_id=key.id, copies=len(request.keys), at=now
    )
    signed = _sign(context, organisation, award, claims, key=key, holders=request.keys, places=places, at=now)
    if award.replaces is not None:
        await _complete_replacement(session, context, organisation, award)
    await audit.record(
        session, organisation.id, "credential.issued", actor="wallet", subject=award.id, at=now,
        detail={"type": award.type, "copies": len(signed), "kid": key.kid},
    )  # fmt: skip
    context.metrics.issued.labels(award.type).inc(len(signed))
    c_nonce = await new_nonce(session, context, organisation)
    return create_credential_response(signed, notification_id=notification_id, c_nonce=c_nonce)


def _sign(
    context: Context,
    organisation: Organisation,
    award: Credential,
    claims: JsonObject,
    *,
    key: SigningKey,
    holders: Sequence[PublicKey],
    places: Sequence[StatusReference],
    at: datetime,
) -> list[str]:
    form, ctype = FORMATS[_FORMAT], TYPES[award.type]
    writer = context.keyring.writer(key, context.vault, typ=form.typ)
    ends = datetime.fromtimestamp(award.valid_until, UTC) if award.valid_until else None
    issued_at = _rounded(at, key)
    return [
        form.issue(
            ctype,
            claims,
            iss=organisation.issuer,
            writer=writer,
            holder=holder,
            status=place,
            issued_at=issued_at,
            expires_at=ends,
        )
        for holder, place in zip(holders, places, strict=True)
    ]


async def _complete_replacement(
    session: AsyncSession, context: Context, organisation: Organisation, award: Credential
) -> None:
    try:
        await awards.complete_replacement(session, context, organisation.id, award)
    except Refused as error:
        raise ProtocolError("credential_request_denied", "the award has changed since the offer") from error


def _rounded(at: datetime, key: SigningKey) -> datetime:
    """The beginning of the UTC day, or of the key's use where that is later.

    The same second in several copies would tell two verifiers that these are of one person. RFC 9901 §10.1.
    """
    day = (at - BACKDATE).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(day, datetime.fromtimestamp(key.current_from or 0, UTC))


async def note(
    session: AsyncSession, organisation: Organisation, token: AccessToken, notification: Notification
) -> None:
    """Keep what the wallet tells (§11). Raises: ProtocolError invalid_notification_id."""
    known = await credentials.change(
        session,
        organisation.id,
        token.credential_id,
        col(Credential.notification_hash) == secret_hash(notification.notification_id),
        notified=notification.event,
    )
    if not known:
        raise ProtocolError("invalid_notification_id", "not the notification_id of this token's credential")
