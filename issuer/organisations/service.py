"""Organisations: adding one, its API keys, what it is accredited for, its entry for a trust register."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.audit import service as audit
from issuer.context import Context, epoch
from issuer.identifiers import new_id
from issuer.keys import service as keys
from issuer.organisations import repository
from issuer.organisations.models import Accreditation, ApiKey, Organisation
from issuer.problems import NotAccredited, Refused, RequestInvalid
from issuer.vault import secret_hash
from passport.credentials.claim_schema import ClaimSchema
from passport.credentials.types import TYPES
from passport.jose.encoding import JsonObject
from passport.trust.accreditation import PRAKTIJKBEGELEIDING, may_award
from passport.trust.accreditation import Accreditation as RegisterAccreditation

KINDS: Final = ("school", "leerbedrijf", "evc-aanbieder", "brancheorganisatie")
_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_CREBO: Final = re.compile(r"[0-9]{5}")


class OrganisationExists(Refused):
    """An organisation with this id is there already."""

    code = "organisation_exists"
    status = 409


class OrganisationUnknown(Refused):
    """No organisation with this id."""

    code = "organisation_unknown"
    status = 404
    exit_code = 2


class OrganisationInvalid(Refused):
    """An id, kind, type, crebo or date that cannot be."""

    code = "organisation_invalid"
    status = 422
    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A new organisation, and its API key: shown once, kept only as a hash."""

    organisation: Organisation
    api_key: str


def types_of_kind(kind: str) -> tuple[str, ...]:
    """The accreditation types that an organisation of this kind can have."""
    if kind == "leerbedrijf":
        return (PRAKTIJKBEGELEIDING,)
    return tuple(name for name, ctype in TYPES.items() if ctype.issuer_kind == kind)


async def require(session: AsyncSession, organisation_id: str) -> Organisation:
    """Raises: OrganisationUnknown."""
    found = await repository.find(session, organisation_id)
    if found is None:
        raise OrganisationUnknown(organisation=organisation_id)
    return found


def _require_plausible(organisation_id: str, *, kind: str, name: str, identifiers: Mapping[str, str]) -> None:
    """Refuse what would make every later credential fail. Raises: OrganisationInvalid, naming what is wrong."""
    if not _ID.fullmatch(organisation_id):
        raise OrganisationInvalid("id is a-z, 0-9 and -", what=f"ID {organisation_id}")
    if kind not in KINDS:
        raise OrganisationInvalid("kind is one of four", what=f"--kind {kind}")
    body = {"naam": name.strip()} | {key: value for key, value in identifiers.items() if key == "brin"}
    wrong = {problem.partition(":")[0] for problem in _awarding_body().problems({"awarding_body": body})}
    if not 1 <= len(name.strip()) <= 200 or "/awarding_body/naam" in wrong:
        raise OrganisationInvalid("a name of 1 to 200 visible characters is needed", what=f"--name {name}")
    if "/awarding_body/brin" in wrong:
        raise OrganisationInvalid("brin does not fit the claims", what=f"--brin {identifiers['brin']}")


@cache
def _awarding_body() -> ClaimSchema:
    """The check of the claim `awarding_body`, which is the same in every type."""
    schema = TYPES["diploma"].schema
    kept = {"properties": {"awarding_body": schema["properties"]["awarding_body"]}, "$defs": schema["$defs"]}
    return ClaimSchema({"type": "object", **kept})


async def add(
    session: AsyncSession,
    context: Context,
    organisation_id: str,
    *,
    kind: str,
    name_nl: str,
    name_en: str | None = None,
    identifiers: dict[str, str] | None = None,
    accredited: bool = True,
) -> Added:
    """Add an organisation with a signing key, a certificate, an API key and (unless told) every type of its kind.

    Raises: OrganisationInvalid, OrganisationExists.
    """
    _require_plausible(organisation_id, kind=kind, name=name_nl, identifiers=identifiers or {})
    if await repository.find(session, organisation_id) is not None:
        raise OrganisationExists(organisation=organisation_id)
    at = context.clock()
    organisation = Organisation(
        id=organisation_id,
        issuer=context.settings.issuer_of(organisation_id),
        kind=kind,
        name_nl=name_nl.strip(),
        name_en=(name_en or name_nl).strip(),
        identifiers=identifiers or {},
        created_at=epoch(at),
    )
    session.add(organisation)
    await session.flush()
    if accredited:
        for type_name in types_of_kind(kind):
            await add_accreditation(session, organisation, type_name, crebo="*", at=at)
    await keys.create_current(session, context, organisation, at=at)
    await audit.record(session, organisation_id, "organisation.added", actor="cli", subject=organisation_id, at=at)
    return Added(organisation=organisation, api_key=await new_api_key(session, organisation, at=at))


async def new_api_key(
    session: AsyncSession, organisation: Organisation, *, at: datetime, revoke_others: bool = False
) -> str:
    """Make an API key and return it, the only time. revoke_others: end the keys that there were."""
    if revoke_others:
        await repository.revoke_keys(session, organisation.id, at=epoch(at))
    key = f"skp_{secrets.token_urlsafe(32)}"
    key_id = new_id(at)
    session.add(ApiKey(id=key_id, organisation_id=organisation.id, key_hash=secret_hash(key), created_at=epoch(at)))
    await session.flush()
    await audit.record(session, organisation.id, "api_key.added", actor="cli", subject=key_id, at=at)
    return key


async def add_accreditation(
    session: AsyncSession,
    organisation: Organisation,
    type_name: str,
    *,
    crebo: Sequence[str] | str,
    at: datetime,
    valid_from: date | None = None,
    valid_until: date | None = None,
    granted_by: str = "",
    basis: str = "",
) -> None:
    """State that the organisation may issue a type. Raises: OrganisationInvalid."""
    if type_name not in types_of_kind(organisation.kind):
        raise OrganisationInvalid("this kind of organisation does not issue that type", what=f"--type {type_name}")
    if crebo != "*" and not all(_CREBO.fullmatch(code) for code in crebo):
        raise OrganisationInvalid('crebo is "*" or codes of five digits', what="--crebo")
    if valid_from and valid_until and valid_until < valid_from:
        raise OrganisationInvalid("the period ends before it begins", what="--until")
    session.add(
        Accreditation(
            organisation_id=organisation.id,
            type=type_name,
            crebo="*" if crebo == "*" else list(crebo),
            valid_from=valid_from.isoformat() if valid_from else None,
            valid_until=valid_until.isoformat() if valid_until else None,
            granted_by=granted_by,
            basis=basis,
        )
    )
    await session.flush()
    await audit.record(
        session, organisation.id, "accreditation.added", actor="cli", subject=type_name, at=at,
        detail={"crebo": crebo if isinstance(crebo, str) else ",".join(crebo)},
    )  # fmt: skip


async def require_accredited(
    session: AsyncSession,
    organisation_id: str,
    *,
    type_name: str,
    crebos: frozenset[str],
    since: date,
    until: date | None = None,
) -> None:
    """The same question that a verifier asks of the register. Raises: NotAccredited."""
    rows = await repository.accreditations(session, organisation_id)
    award = may_award([_as_register(row) for row in rows], type=type_name, crebos=crebos, since=since, until=until)
    if not award.allowed:
        reason = {"pointer": "", "code": award.code or ""}
        raise NotAccredited(f"{award.code}", errors=[reason], type=type_name, crebo=award.crebo or "-")


def _as_register(row: Accreditation) -> RegisterAccreditation:
    return RegisterAccreditation(
        type=row.type,
        crebos=None if row.crebo == "*" else frozenset(row.crebo),
        valid_from=date.fromisoformat(row.valid_from) if row.valid_from else None,
        valid_until=date.fromisoformat(row.valid_until) if row.valid_until else None,
        granted_by=row.granted_by or None,
        basis=row.basis or None,
    )


async def trust_entry(session: AsyncSession, organisation: Organisation) -> JsonObject:
    """This organisation's entry for a trust register (contract §4)."""
    rows = await repository.accreditations(session, organisation.id)
    return {
        "id": organisation.issuer,
        "kind": organisation.kind,
        "name": {"nl": organisation.name_nl, "en": organisation.name_en},
        "identifiers": organisation.identifiers,
        "keys": await keys.register_keys(session, organisation.id),
        "accreditations": [
            {
                "type": row.type,
                "crebo": row.crebo,
                "valid_from": row.valid_from,
                "valid_until": row.valid_until,
                "granted_by": row.granted_by or None,
                "basis": row.basis or None,
            }
            for row in rows
        ],
    }


def parse_day(text: str | None, what: str) -> date | None:
    """A date `YYYY-MM-DD` from the command line. Raises: RequestInvalid."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise RequestInvalid("not a date", errors=[{"pointer": what, "code": "date"}]) from error
