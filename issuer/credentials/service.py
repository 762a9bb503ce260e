"""What happens to an award: offered, withdrawn, suspended, revoked, replaced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from issuer.audit import service as audit
from issuer.context import Context, epoch, instant
from issuer.credentials import checks, repository
from issuer.credentials.models import Credential
from issuer.credentials.requests import OfferRequest, ReplaceRequest, StatusRequest
from issuer.identifiers import new_id
from issuer.offers import service as offers
from issuer.organisations.models import Organisation
from issuer.problems import NotFound, NotIssued, NotOffered, ReplacementPending, RequestInvalid, RevocationFinal
from issuer.status import service as status_lists
from passport.jose.encoding import JsonObject, encode_json, parse_json_object


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """The award that a new offer is to replace, and why."""

    credential: Credential
    reason: str


def sealing_context(credential_id: str) -> str:
    """What binds sealed claims to their row."""
    return f"credentials/{credential_id}/claims"


def open_claims(context: Context, credential: Credential) -> JsonObject:
    """The claims of an award that is still offered."""
    assert credential.sealed_claims is not None
    return parse_json_object(context.vault.open(credential.sealed_claims, context=sealing_context(credential.id)))


def state_of(credential: Credential, at: datetime) -> str:
    """`offered`, `issued`, `expired` or `withdrawn`. The fifth wrong transaction code ends an offer on the spot."""
    expired = credential.state == "offered" and credential.offer_expires_at <= epoch(at)
    return "expired" if expired else credential.state


def to_json(credential: Credential, at: datetime) -> JsonObject:
    """What the API tells of an award: no claims."""
    return {
        "id": credential.id,
        "type": credential.type,
        "state": state_of(credential, at),
        "status": credential.status,
        "status_reason": credential.status_reason,
        "document_number": credential.document_number,
        "created_at": instant(credential.created_at),
        "offer_expires_at": instant(credential.offer_expires_at),
        "wrong_tx_codes": credential.wrong_tries,
        "issued_at": instant(credential.issued_at),
        "valid_until": instant(credential.valid_until),
        "copies": credential.copies,
        "notified": credential.notified,
        "replaces": credential.replaces,
    }


def _new_award(
    context: Context,
    organisation: Organisation,
    request: OfferRequest,
    claims: JsonObject,
    *,
    link: str,
    tx_code: str | None,
    replaced: Replaced | None,
    at: datetime,
) -> Credential:
    """The row of an offer. Its link ends with the credential's own validity at the latest."""
    lifetime = request.expires_in or context.settings.offer_lifetime
    if request.by_value:
        lifetime = min(lifetime, context.settings.code_lifetime)
    credential_id = new_id(at)
    number = claims["document_number"]
    ends = epoch(request.valid_until) if request.valid_until else None
    offer_ends = epoch(at + timedelta(seconds=lifetime))
    return Credential(
        id=credential_id,
        organisation_id=organisation.id,
        type=request.type,
        document_number=number,
        live=replaced is None or replaced.credential.document_number != number,
        state="offered",
        status="valid",
        sealed_claims=context.vault.seal(encode_json(claims), context=sealing_context(credential_id)),
        valid_until=ends,
        offer_hash=offers.link_hash(link),
        offer_expires_at=offer_ends if ends is None else min(offer_ends, ends),
        tx_code_hash=offers.tx_code_hash(context, credential_id, tx_code) if tx_code else None,
        replaces=replaced.credential.id if replaced else None,
        replace_reason=replaced.reason if replaced else None,
        created_at=epoch(at),
    )


async def offer(
    session: AsyncSession,
    context: Context,
    organisation: Organisation,
    request: OfferRequest,
    *,
    actor: str,
    replaced: Replaced | None = None,
) -> JsonObject:
    """Check, store and offer an award; returns the answer of `POST /credentials`, its transaction code included.

    Raises: CredentialTypeUnknown, FormatNotSupported, ClaimsInvalid, AwardedInFuture,
    AssessmentNotMatching, NotAccredited, IssuingStopped, DocumentNumberInUse, RequestInvalid.
    """
    at = context.clock()
    ctype = checks.require_type(request.type)
    checks.require_formats(request.formats)
    checks.require_future(request.valid_until, at)
    claims = checks.complete_claims(ctype, request.claims, organisation)
    checks.require_awarded(ctype, claims, at)
    await checks.require_allowed(session, organisation, ctype, claims)

    link, tx_code = offers.new_link(), offers.new_tx_code() if request.tx_code else None
    credential = _new_award(
        context, organisation, request, claims, link=link, tx_code=tx_code, replaced=replaced, at=at
    )
    await repository.add(session, credential, at=epoch(at))
    await audit.record(
        session, organisation.id, "credential.offered", actor=actor, subject=credential.id, at=at,
        detail={"type": ctype.name},
    )  # fmt: skip
    context.metrics.offered.labels(ctype.name).inc()
    uri = offers.reference_uri(organisation, link)
    if request.by_value:
        uri = await offers.value_uri(session, context, organisation, credential, at=at)
    return {
        "id": credential.id,
        "state": "offered",
        "offer": {
            "uri": uri,
            "tx_code": tx_code,
            "expires_at": instant(credential.offer_expires_at),
            "qr_url": offers.qr_url(organisation, link),
            "page_url": offers.page_url(organisation, link),
        },
    }


async def require(session: AsyncSession, organisation_id: str, credential_id: str, *, lock: bool = False) -> Credential:
    """lock: others that want to change it wait until we commit. Raises: NotFound, also for another organisation's."""
    found = await repository.find(session, organisation_id, credential_id, lock=lock)
    if found is None:
        raise NotFound("no such credential")
    return found


async def set_status(
    session: AsyncSession,
    context: Context,
    organisation_id: str,
    credential_id: str,
    request: StatusRequest,
    *,
    actor: str,
) -> Credential:
    """Suspend, revoke or make valid again, on every copy. A revocation is final.

    Raises: NotFound, NotIssued, RevocationFinal, RequestInvalid.
    """
    at = context.clock()
    if request.status == "revoked" and request.reason is None:
        raise RequestInvalid(errors=[{"pointer": "/reason", "code": "missing"}])
    found = await require(session, organisation_id, credential_id)
    if found.state != "issued":
        raise NotIssued
    values = {"status": request.status, "status_reason": request.reason, "live": request.status != "revoked"}
    if request.status == "revoked":
        changed = await repository.change(session, organisation_id, credential_id, **values)
    else:
        values.pop("live")
        changed = await repository.change(
            session, organisation_id, credential_id, col(Credential.status) != "revoked", **values
        )
    if not changed:
        raise RevocationFinal
    await status_lists.put(session, organisation_id, credential_id, status=request.status)
    detail: dict[str, str | int] = {"reason": request.reason or "-"}
    action = f"credential.{request.status}"
    await audit.record(session, organisation_id, action, actor=actor, subject=credential_id, at=at, detail=detail)
    context.metrics.status_changes.labels(request.status).inc()
    return await require(session, organisation_id, credential_id)


async def withdraw(
    session: AsyncSession, context: Context, organisation_id: str, credential_id: str, *, actor: str
) -> Credential:
    """End an offer that was not taken; its claims are gone. Raises: NotFound, NotOffered."""
    await require(session, organisation_id, credential_id)
    offered = col(Credential.state) == "offered"
    values = {"state": "withdrawn", "live": False, "sealed_claims": None}
    if not await repository.change(session, organisation_id, credential_id, offered, **values):
        raise NotOffered
    at = context.clock()
    await audit.record(session, organisation_id, "credential.withdrawn", actor=actor, subject=credential_id, at=at)
    return await require(session, organisation_id, credential_id)


async def replace(
    session: AsyncSession,
    context: Context,
    organisation: Organisation,
    credential_id: str,
    request: ReplaceRequest,
    *,
    actor: str,
) -> JsonObject:
    """Offer the award anew with other claims; the old one is revoked when the new one is taken.

    Raises: NotFound, NotIssued, RevocationFinal, ReplacementPending, and what `offer` raises.
    """
    old = await require(session, organisation.id, credential_id, lock=True)
    if old.state != "issued":
        raise NotIssued
    if old.status == "revoked":
        raise RevocationFinal
    at = epoch(context.clock())
    if await repository.pending_replacement(session, organisation.id, credential_id, at=at):
        raise ReplacementPending
    new = OfferRequest(
        type=old.type,
        claims=request.claims,
        tx_code=request.tx_code,
        valid_until=request.valid_until,
        expires_in=request.expires_in,
    )
    replaced = Replaced(credential=old, reason=request.reason)
    return await offer(session, context, organisation, new, actor=actor, replaced=replaced)


async def complete_replacement(
    session: AsyncSession, context: Context, organisation_id: str, taken: Credential
) -> None:
    """The new one was taken: revoke the old one, and give its document number over. Raises: DocumentNumberInUse."""
    assert taken.replaces is not None
    old = await require(session, organisation_id, taken.replaces)
    if old.status != "revoked":
        reason = StatusRequest.model_validate({"status": "revoked", "reason": taken.replace_reason or "vervangen"})
        await set_status(session, context, organisation_id, taken.replaces, reason, actor="wallet")
    await repository.make_live(session, organisation_id, taken.id)
