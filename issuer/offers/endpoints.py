"""`{issuer}/offers/{link}`: the offer for a wallet, its QR, and a page for the holder."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import HTMLResponse

from issuer.answers import json_answer
from issuer.credentials.service import open_claims
from issuer.dependencies import ContextDep, IssuerDep, Language, ReadSession, WriteSession
from issuer.offers import page, service
from issuer.problems import OfferGone

router = APIRouter(tags=["offers"])

Link = Annotated[str, Path(max_length=128)]
NO_STORE = {"Cache-Control": "no-store"}


@router.get("/o/{organisation_id}/offers/{link}")
async def open_offer(
    context: ContextDep, organisation: IssuerDep, link: Link, lang: Language, session: WriteSession
) -> Response:
    """The credential offer (OpenID4VCI §4.1.3), with a fresh pre-authorized code at each opening."""
    at = context.clock()
    credential = await service.require_open(session, organisation, link, at=at)
    offer = await service.offer_object(session, context, organisation, credential, at=at, lang=lang)
    return json_answer(offer, secret=True)


@router.get("/o/{organisation_id}/offers/{link}/qr.png")
async def offer_qr_png(context: ContextDep, organisation: IssuerDep, link: Link, session: ReadSession) -> Response:
    """The offer's link as a QR, PNG."""
    await service.require_open(session, organisation, link, at=context.clock())
    picture = page.qr_png(service.reference_uri(organisation, link))
    return Response(picture, media_type="image/png", headers=NO_STORE)


@router.get("/o/{organisation_id}/offers/{link}/qr.svg")
async def offer_qr_svg(context: ContextDep, organisation: IssuerDep, link: Link, session: ReadSession) -> Response:
    """The offer's link as a QR, SVG."""
    await service.require_open(session, organisation, link, at=context.clock())
    picture = page.qr_svg(service.reference_uri(organisation, link))
    return Response(picture, media_type="image/svg+xml", headers=NO_STORE)


@router.get("/o/{organisation_id}/offers/{link}/page")
async def offer_page(
    context: ContextDep, organisation: IssuerDep, link: Link, lang: Language, session: ReadSession
) -> Response:
    """A page with the QR, the link and for whom it is (initials). Opening it makes no code."""
    try:
        credential = await service.require_open(session, organisation, link, at=context.clock())
    except OfferGone as gone:
        return HTMLResponse(page.render_gone(lang), status_code=gone.status, headers=NO_STORE)
    html = page.render(
        organisation=organisation.name_nl if lang == "nl" else organisation.name_en,
        label=service.type_label(credential, lang),
        initials=page.initials(open_claims(context, credential)),
        uri=service.reference_uri(organisation, link),
        qr="qr.svg",
        needs_tx_code=credential.tx_code_hash is not None,
        lang=lang,
    )
    return Response(html, media_type="text/html; charset=utf-8", headers=NO_STORE)
