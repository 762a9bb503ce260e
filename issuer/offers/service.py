"""The credential offer: its link, its codes, its transaction code.

The link may live for days; each opening makes a fresh pre-authorized code of at most ten minutes.
Link, codes and transaction code are kept as hashes only.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import Context, epoch
from issuer.credentials.models import Credential
from issuer.offers import repository
from issuer.organisations.models import Organisation
from issuer.problems import OfferGone
from issuer.vault import new_secret, secret_hash
from passport.credentials.types import TYPES
from passport.jose.encoding import JsonObject
from passport.messages import DEFAULT_LANGUAGE, text
from passport.openid.oid4vci import TxCode, create_offer, offer_reference_uri, offer_uri

TX_CODE_DIGITS: Final = 6
MAX_WRONG_TRIES: Final = 5
MAX_LIVE_CODES: Final = 50
"""Openings of one offer whose codes still live; more are refused, so that a link cannot fill the database."""

new_link = new_secret
link_hash = secret_hash


def configuration_id(type_name: str, form: str = "dc+sd-jwt") -> str:
    """The credential configuration of a type in a format."""
    return f"{type_name}_{form}"


def new_tx_code() -> str:
    """Six digits."""
    return f"{secrets.randbelow(10**TX_CODE_DIGITS):0{TX_CODE_DIGITS}d}"


def tx_code_hash(context: Context, credential_id: str, tx_code: str) -> str:
    """Keyed, and different for each award."""
    return context.vault.keyed_hash(tx_code, purpose=f"tx_code {credential_id}")


def tx_code_matches(context: Context, credential: Credential, tx_code: str) -> bool:
    """Constant time."""
    given = tx_code_hash(context, credential.id, tx_code)
    return hmac.compare_digest(given, credential.tx_code_hash or "")


def link_url(organisation: Organisation, link: str) -> str:
    """Where the offer lies (`credential_offer_uri`)."""
    return f"{organisation.issuer}/offers/{link}"


def reference_uri(organisation: Organisation, link: str) -> str:
    """What the QR holds and the page links to."""
    return offer_reference_uri(link_url(organisation, link))


def qr_url(organisation: Organisation, link: str) -> str:
    """A picture of it."""
    return f"{link_url(organisation, link)}/qr.png"


def page_url(organisation: Organisation, link: str) -> str:
    """A page for the holder."""
    return f"{link_url(organisation, link)}/page"


async def _new_code(session: AsyncSession, context: Context, credential: Credential, *, at: datetime) -> str:
    if await repository.live_codes(session, credential.id, at=epoch(at)) >= MAX_LIVE_CODES:
        raise OfferGone("opened too often")
    code = new_secret()
    ends = min(epoch(at) + context.settings.code_lifetime, credential.offer_expires_at)
    await repository.add_code(session, credential.id, code_hash=secret_hash(code), expires_at=ends)
    return code


async def offer_object(
    session: AsyncSession,
    context: Context,
    organisation: Organisation,
    credential: Credential,
    *,
    at: datetime,
    lang: str = DEFAULT_LANGUAGE,
) -> JsonObject:
    """One opening: the offer with a fresh code. lang: of the words beside the transaction code. Raises: OfferGone."""
    code = await _new_code(session, context, credential, at=at)
    return create_offer(
        credential_issuer=organisation.issuer,
        credential_configuration_ids=[configuration_id(credential.type)],
        pre_authorized_code=code,
        tx_code=TxCode(
            input_mode="numeric", length=TX_CODE_DIGITS, description=_tx_code_description(organisation, lang)
        )
        if credential.tx_code_hash
        else None,
    )


def _tx_code_description(organisation: Organisation, lang: str) -> str:
    name = organisation.name_nl if lang == "nl" else organisation.name_en
    return text("issuer.offer_page.tx_code_description", lang, organisation=name)[:300]


async def value_uri(
    session: AsyncSession, context: Context, organisation: Organisation, credential: Credential, *, at: datetime
) -> str:
    """The offer in the link itself."""
    return offer_uri(await offer_object(session, context, organisation, credential, at=at))


async def require_open(session: AsyncSession, organisation: Organisation, link: str, *, at: datetime) -> Credential:
    """The award of a link that still works. Raises: OfferGone, also for a link that never was."""
    found = await repository.by_link(session, organisation.id, link_hash(link))
    if found is None or found.state != "offered" or found.offer_expires_at <= epoch(at):
        raise OfferGone
    return found


def type_label(credential: Credential, lang: str) -> str:
    """The name of the type, for the page."""
    return TYPES[credential.type].label(lang)
