"""The calls about presentation requests: `api` for whoever asks, `protocol` for the wallet (OpenID4VP 1.0)."""

from __future__ import annotations

import structlog
from fastapi import APIRouter, Depends, Request, Response

from passport.jose.encoding import encode_json
from passport.openid.oid4vp import REQUEST_OBJECT_MEDIA_TYPE, parse_wallet_nonce
from verifier.bodies import read_body, read_json
from verifier.language import language_of
from verifier.problems import NotFound
from verifier.requests.bodies import RequestBody
from verifier.requests.qr import qr_png, qr_svg
from verifier.requests.service import ResponseRefused
from verifier.security import api_key_checked, rate_limited
from verifier.services import services_of

api = APIRouter(prefix="/api/v1", dependencies=[Depends(rate_limited), Depends(api_key_checked)])
protocol = APIRouter(prefix="/r", dependencies=[Depends(rate_limited)], include_in_schema=False)
RESPONSE_LIMIT = 1_048_576
REFUSAL = encode_json({"error": "invalid_request", "error_description": "the response was not accepted"})
NO_STORE = {"Cache-Control": "no-store"}
_BODY = {"requestBody": {"content": {"application/json": {"schema": RequestBody.model_json_schema()}}}}
log = structlog.get_logger("verifier.requests")


def _json(body: object, status: int = 200) -> Response:
    return Response(encode_json(body), status_code=status, media_type="application/json", headers=NO_STORE)


@api.post("/requests", status_code=201, openapi_extra=_BODY, summary="Ask for a presentation")
async def create_request(request: Request) -> Response:
    """Make a request; `id` is for the caller alone, all else may be shown."""
    body = await read_json(request, RequestBody)
    made = await services_of(request).requests.create(body, lang=language_of(request))
    return _json(made.to_json(), 201)


@api.get("/requests/{id}", summary="What came of a request")
async def read_request(request: Request, id: str, response_code: str | None = None) -> Response:
    """Return the state and, once there is an answer, the reports. Same-device requests ask `response_code`."""
    view = await services_of(request).requests.view(id, response_code=response_code)
    if view is None:
        raise NotFound
    return _json(view.to_json(language_of(request)))


@protocol.get("/{handle}")
async def get_request_object(request: Request, handle: str) -> Response:
    """The signed request object; may be fetched more than once."""
    return await _request_object(request, handle, wallet_nonce=None)


@protocol.post("/{handle}")
async def post_request_object(request: Request, handle: str) -> Response:
    """The same by POST (`request_uri_method=post`); a `wallet_nonce` comes back in it (OpenID4VP §5.10)."""
    nonce = parse_wallet_nonce(await read_body(request, limit=65_536))
    return await _request_object(request, handle, wallet_nonce=nonce)


async def _request_object(request: Request, handle: str, *, wallet_nonce: str | None) -> Response:
    token = await services_of(request).requests.request_object(handle, wallet_nonce=wallet_nonce)
    if token is None:
        raise NotFound
    return Response(token, media_type=REQUEST_OBJECT_MEDIA_TYPE, headers=NO_STORE)


@protocol.post("/{handle}/response")
async def post_response(request: Request, handle: str) -> Response:
    """Take a wallet's answer once. Whatever is wrong with it, the wallet gets one and the same refusal."""
    body = await read_body(request, limit=RESPONSE_LIMIT)
    try:
        answer = await services_of(request).requests.accept(handle, body)
    except ResponseRefused as refusal:
        log.info("response_refused", reason=refusal.reason)
        return Response(REFUSAL, status_code=400, media_type="application/json", headers=NO_STORE)
    return _json(answer)


@protocol.get("/{handle}/qr.png")
async def get_qr_png(request: Request, handle: str) -> Response:
    """The QR as a PNG."""
    link = await services_of(request).requests.link(handle)
    if link is None:
        raise NotFound
    return Response(qr_png(link), media_type="image/png", headers=NO_STORE)


@protocol.get("/{handle}/qr.svg")
async def get_qr_svg(request: Request, handle: str) -> Response:
    """The QR as an SVG."""
    link = await services_of(request).requests.link(handle)
    if link is None:
        raise NotFound
    return Response(qr_svg(link), media_type="image/svg+xml", headers=NO_STORE)
