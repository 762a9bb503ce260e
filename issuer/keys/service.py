"""Signing keys of an organisation: made, certified, rotated, and told to the register."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.audit import service as audit
from issuer.context import Context, epoch
from issuer.database import insert_if_absent, table_of
from issuer.identifiers import new_id
from issuer.keys import certificates, repository
from issuer.keys.keyring import sealing_context
from issuer.keys.models import Authority, SigningKey
from issuer.organisations.models import Organisation
from passport.errors import Misconfigured
from passport.jose.encoding import JsonObject, encode_base64url
from passport.jose.jws import JwsWriter
from passport.jose.keys import PrivateKey


class NoCurrentKey(Misconfigured):
    """The organisation has no key to sign with."""

    code = "no_current_key"


async def require_current(session: AsyncSession, organisation_id: str, *, at: datetime) -> SigningKey:
    """The key that signs at this moment. Raises: NoCurrentKey, also when its certificate has ended."""
    key = await repository.current(session, organisation_id)
    if key is None or (key.not_after or 0) <= epoch(at):
        raise NoCurrentKey(organisation=organisation_id)
    return key


async def current_writer(
    session: AsyncSession, context: Context, organisation_id: str, *, typ: str, at: datetime
) -> JwsWriter:
    """A writer for the key that signs now."""
    key = await require_current(session, organisation_id, at=at)
    return context.keyring.writer(key, context.vault, typ=typ)


async def check_authority(session: AsyncSession, context: Context) -> None:
    """Whether the master key belongs to this database. Raises: SealBroken."""
    if (found := await repository.authority(session)) is not None:
        context.vault.open(found.sealed_key, context="authorities/embedded")


async def _authority(session: AsyncSession, context: Context, at: datetime) -> Authority:
    if (found := await repository.authority(session)) is None:
        key, certificate = certificates.create_authority(at=at)
        row = {
            "id": repository.EMBEDDED,
            "certificate": certificate,
            "sealed_key": context.vault.seal(key, context="authorities/embedded"),
            "created_at": epoch(at),
        }
        await session.execute(insert_if_absent(session, table_of(Authority), row))
        found = await repository.authority(session)
    assert found is not None
    return found


def _new_key(
    context: Context, organisation: Organisation, *, state: str, at: datetime
) -> tuple[SigningKey, PrivateKey]:
    private = PrivateKey.generate()
    key_id = new_id(at)
    row = SigningKey(
        id=key_id,
        organisation_id=organisation.id,
        kid=private.public_key.thumbprint,
        sealed_key=context.vault.seal(private.to_pem(), context=sealing_context(key_id)),
        public_jwk=dict(private.public_key.jwk),
        chain=[],
        state=state,
        created_at=epoch(at),
    )
    return row, private


async def create_current(
    session: AsyncSession,
    context: Context,
    organisation: Organisation,
    *,
    at: datetime,
    compromised: bool = False,
) -> SigningKey:
    """Make a key with a certificate of the embedded authority and sign with it from now on; retire the one before.

    compromised: the one before is not retired in peace: the register must say that it verifies nothing any more.
    """
    parent = await _authority(session, context, at)
    row, private = _new_key(context, organisation, state="current", at=at)
    leaf = certificates.create_leaf(
        context.vault.open(parent.sealed_key, context="authorities/embedded"),
        parent.certificate,
        key=private.public_key,
        issuer=organisation.issuer,
        organisation_id=organisation.id,
        name=organisation.name_nl,
        at=at,
    )
    row.chain, row.anchor = [certificates.der_base64(leaf)], parent.certificate
    row.not_after = epoch(leaf.not_valid_after_utc)
    await _make_current(session, organisation, row, at=at, compromised=compromised)
    return row


async def _make_current(
    session: AsyncSession, organisation: Organisation, row: SigningKey, *, at: datetime, compromised: bool = False
) -> None:
    retired = await repository.retire_current(
        session, organisation.id, at=epoch(at), compromised_at=epoch(at) if compromised else None
    )
    row.state, row.current_from = "current", epoch(at)
    session.add(row)
    await session.flush()
    detail: dict[str, str | int] = {"kid": row.kid, "retired": retired or "-", "compromised": int(compromised)}
    await audit.record(session, organisation.id, "key.current", actor="cli", subject=row.id, at=at, detail=detail)


async def request_certificate(
    session: AsyncSession, context: Context, organisation: Organisation, *, at: datetime
) -> tuple[SigningKey, str]:
    """Make a key that does not sign yet, and the certificate request for a real authority."""
    row, private = _new_key(context, organisation, state="requested", at=at)
    session.add(row)
    await session.flush()
    await audit.record(session, organisation.id, "key.requested", actor="cli", subject=row.id, at=at)
    request = certificates.create_request(
        private.to_pem(), issuer=organisation.issuer, organisation_id=organisation.id, name=organisation.name_nl
    )
    return row, request


async def install_certificate(
    session: AsyncSession,
    organisation: Organisation,
    *,
    chain: bytes,
    anchor: bytes | None,
    at: datetime,
) -> SigningKey:
    """Take a real authority's chain for a requested key and sign with it from now on. Raises: CertificateRefused."""
    certs, root = certificates.read_chain(chain, anchor)
    public = certificates.check_leaf(certs, anchor=root, issuer=organisation.issuer, at=at)
    row = await repository.requested(session, organisation.id, public.thumbprint)
    if row is None:
        raise certificates.CertificateRefused("no request is open for this key", reason="key")
    row.chain = [certificates.der_base64(certificate) for certificate in certs]
    row.anchor = certificates.pem(root)
    row.not_after = epoch(certs[0].not_valid_after_utc)
    await _make_current(session, organisation, row, at=at)
    return row


def _day(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()


async def register_keys(session: AsyncSession, organisation_id: str) -> JsonObject:
    """The `keys` of a register entry: the anchors of all keys ever used, and the compromised leaves."""
    rows = [row for row in await repository.all_keys(session, organisation_id) if row.chain]
    entry: JsonObject = {"mechanism": "x5c", "anchors": list(dict.fromkeys(row.anchor for row in rows))}
    compromised = [
        {"x5t#S256": _thumbprint(row.chain[0]), "compromised_at": _day(row.compromised_at)}
        for row in rows
        if row.compromised_at is not None
    ]
    return {**entry, "compromised": compromised} if compromised else entry


def _thumbprint(der_base64: str) -> str:
    return encode_base64url(hashlib.sha256(base64.b64decode(der_base64)).digest())


async def published_jwks(session: AsyncSession, organisation_id: str) -> JsonObject:
    """The keys of `/.well-known/jwt-vc-issuer`, retired ones with their period, without compromised ones."""
    keys = []
    for row in await repository.all_keys(session, organisation_id):
        if row.state == "requested" or row.compromised_at is not None:
            continue
        period = {"valid_from": _day(row.current_from), "valid_until": _day(row.retired_at)}
        keys.append({**row.public_jwk, "kid": row.kid, "alg": "ES256", "use": "sig", **period})
    return {"keys": keys}
