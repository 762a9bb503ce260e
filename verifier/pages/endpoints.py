"""`/`, `/scan`, `/result/{id}`, `/code`: what an employer sees, and where a holder types a short code.

Only `POST /scan` changes something (it makes a request); it comes from our own page. No page redirects to another host.
"""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from passport.errors import PassportError
from verifier.bodies import read_form
from verifier.language import language_of
from verifier.pages import result as result_page
from verifier.pages.rendering import ASSETS, asset_bytes, page_url, render
from verifier.pages.view import clock_time, type_label, words
from verifier.problems import NotFound, status_of, words_of
from verifier.question_templates import asked_claims, page_templates, require_template
from verifier.requests.bodies import Flow, RequestBody
from verifier.requests.service import RequestView
from verifier.security import check_same_origin, rate_limited
from verifier.services import services_of
from verifier.settings import Settings

router = APIRouter(dependencies=[Depends(rate_limited)], include_in_schema=False)
COOKIE = "skillspas_request"
FORM_BYTES = 4096


@router.get("/")
async def home(request: Request) -> HTMLResponse:
    """What this is, and the questions to choose from."""
    return render(request, "home.html", templates=list(page_templates().values()))


@router.post("/scan")
async def make_request(request: Request) -> Response:
    """Make a request and go to its page (303)."""
    check_same_origin(request)
    form = await read_form(request, limit=FORM_BYTES)
    flow: Flow = "same_device" if form.get("flow") == "same_device" else "cross_device"
    template = require_template(form.get("template", ""))
    body = RequestBody(template=template.name, flow=flow)
    made = await services_of(request).requests.create(body, lang=language_of(request))
    place = page_url(request, "/scan", language_of(request), id=made.id)
    response = RedirectResponse(place, status_code=303, headers={"Cache-Control": "no-store"})
    if flow == "same_device":
        remember(request, response, made.id)
    return response


@router.get("/scan")
async def scan(request: Request, id: str | None = None, template: str | None = None) -> HTMLResponse:
    """The code to scan and, beside it, what is asked. Without `id`: the questions to choose from."""
    if id is None:
        templates = page_templates()
        return render(request, "choose.html", chosen=templates.get(template or ""), templates=list(templates.values()))
    view = await services_of(request).requests.view(id, response_code=None)
    if view is None:
        return gone(request)
    lang = language_of(request)
    settings: Settings = request.app.state.settings
    return render(
        request,
        "scan.html",
        state=view.state,
        template=view.template or next(iter(page_templates())),
        what=what_is_asked(view, lang),
        asked=claim_words(view, lang),
        purpose=view.purpose,
        qr_url=f"{settings.root}/r/{view.handle}/qr.svg",
        short_code=view.short_code,
        code_address=f"{settings.base_url}/code",
        authorization_request=view.authorization_request,
        expires_at=clock_time(view.expires_at, lang, with_date=False),
        state_url=page_url(request, "/scan/state", lang, id=id),
        result_url=page_url(request, f"/result/{id}", lang),
        here_url=page_url(request, "/scan", lang, id=id),
    )


@router.get("/scan/state")
async def scan_state(request: Request, id: str) -> Response:
    """What the page's script asks: the state and its words; nothing about a person."""
    view = await services_of(request).requests.view(id, response_code=None)
    state = "expired" if view is None else view.state
    body = {"state": state, "text": words(f"scan.status.{state}", language_of(request))}
    return Response(orjson.dumps(body), media_type="application/json", headers={"Cache-Control": "no-store"})


@router.get("/result/{id}")
async def result(request: Request, id: str, response_code: str | None = None) -> HTMLResponse:
    """The answer in plain words."""
    view = await services_of(request).requests.view(id, response_code=response_code)
    if view is None:
        return gone(request)
    lang = language_of(request)
    page = render(
        request,
        "result.html",
        state_url=page_url(request, "/scan/state", lang, id=id),
        here_url=page_url(request, f"/result/{id}", lang),
        **result_page.values(view, lang),
    )
    if view.state == "waiting" and view.flow == "same_device":
        remember(request, page, id)
    return page


@router.get("/return")
async def come_back(request: Request, response_code: str = "") -> Response:
    """Where a wallet on the same device sends the browser; only the one that began gets to the result (HAIP 5.1)."""
    id = request.cookies.get(COOKIE, "")
    view = await services_of(request).requests.view(id, response_code=response_code) if id else None
    if view is None or view.state == "waiting":
        lang = language_of(request)
        return render(
            request,
            "message.html",
            status=403,
            code=None,
            title=words("result.return.title", lang),
            text=words("result.return.text", lang),
        )
    place = page_url(request, f"/result/{id}", language_of(request), response_code=response_code)
    return RedirectResponse(place, status_code=303, headers={"Cache-Control": "no-store"})


@router.get("/code")
async def short_code(request: Request, code: str | None = None) -> HTMLResponse:
    """For a holder who cannot scan: type the short code, then open the request in the wallet."""
    if code is None:
        return render(request, "code.html", found=False, unknown=False)
    view = await services_of(request).requests.by_code(code)
    if view is None:
        return render(request, "code.html", found=False, unknown=True, typed=code[:20], status=404)
    lang = language_of(request)
    return render(
        request,
        "code.html",
        found=True,
        authorization_request=view.authorization_request,
        what=what_is_asked(view, lang),
    )


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """Our own style sheet, script and icon; named by their fingerprint, so a browser may keep them."""
    if name not in ASSETS:
        raise NotFound
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(asset_bytes(name), media_type=ASSETS[name], headers=headers)


@router.get("/robots.txt")
async def robots() -> Response:
    """Nothing here is for search engines."""
    return Response("User-agent: *\nDisallow: /\n", media_type="text/plain")


def remember(request: Request, response: Response, id: str) -> None:
    """Let the browser that began prove it when the wallet sends it back. Session only, for `/return` only."""
    settings: Settings = request.app.state.settings
    response.set_cookie(
        COOKIE,
        id,
        httponly=True,
        secure=settings.base_url.startswith("https://"),
        samesite="lax",
        max_age=settings.request_seconds + settings.result_seconds,
        path=f"{settings.root}/return",
    )


def what_is_asked(view: RequestView, lang: str) -> str:
    """The question in a few words: the template's title, else the credential types of the query."""
    if view.template:
        return words(f"templates.{view.template}.title", lang)
    from passport.credentials.types import by_vct

    names: dict[str, None] = {}
    for credential in view.dcql_query.get("credentials", []):
        for vct in credential.get("meta", {}).get("vct_values", []):
            found = by_vct(vct)
            names[type_label(found.name if found else None, lang)] = None
    return ", ".join(names)


def claim_words(view: RequestView, lang: str) -> list[str]:
    """The claims that are asked, in words, each once."""
    from passport import messages

    found: dict[str, None] = {}
    for name in asked_claims(view.dcql_query):
        known = name if messages.has(f"verifier.claims.{name}", lang) else "other"
        found[words(f"claims.{known}", lang)] = None
    return list(found)


def gone(request: Request) -> HTMLResponse:
    """A result that is not kept any more, or never was."""
    lang = language_of(request)
    title, text = words("result.gone.title", lang), words("result.gone.text", lang)
    return render(request, "message.html", status=404, title=title, text=text, code=None)


def error_page(request: Request, error: PassportError) -> HTMLResponse:
    """An error as a page, for a person's browser."""
    lang = language_of(request)
    what, next_step = words_of(error, lang)
    return render(
        request,
        "message.html",
        status=status_of(error),
        title=words("error.title", lang),
        text=f"{what} {next_step}",
        code=error.code,
    )
