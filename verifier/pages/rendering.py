"""Jinja2 with autoescape everywhere, and what every page gets: its language, its links, its assets."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from passport.messages import LANGUAGES
from verifier.language import language_of
from verifier.pages.view import words
from verifier.settings import Settings

ASSETS = {"verifier.css": "text/css", "live.js": "text/javascript", "icon.svg": "image/svg+xml"}


@cache
def environment() -> Environment:
    """The templates of the package; an unknown variable is a defect, not an empty place."""
    return Environment(
        loader=PackageLoader("verifier.pages", "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def asset_bytes(name: str) -> bytes:
    """Return one of our own static files."""
    return (resources.files("verifier.pages") / "static" / name).read_bytes()


@cache
def asset_version(name: str) -> str:
    """A short fingerprint, so that a browser may keep a file for good."""
    return hashlib.sha256(asset_bytes(name)).hexdigest()[:12]


def page_url(request: Request, path: str, lang: str, **query: str) -> str:
    """Return the path of one of our own pages, always without a host; the language stays as the reader chose it."""
    settings: Settings = request.app.state.settings
    if "lang" in request.query_params:
        query["lang"] = lang
    return f"{settings.root}{path}" + (f"?{urlencode(query)}" if query else "")


def render(request: Request, name: str, *, status: int = 200, lang: str | None = None, **values: Any) -> HTMLResponse:
    """Return one page. Every value is escaped by the template."""
    lang = lang or language_of(request)
    settings: Settings = request.app.state.settings
    [other] = [one for one in LANGUAGES if one != lang]
    kept = {key: value for key, value in request.query_params.items() if key in {"id", "template", "response_code"}}
    html = (
        environment()
        .get_template(name)
        .render(
            lang=lang,
            other_lang=other,
            other_language_url="?" + urlencode({**kept, "lang": other}),
            settings=settings,
            has_register=settings.trust is not None,
            t=lambda key, **params: words(key, lang, **params),
            link=lambda path, **query: page_url(request, path, lang, **query),
            asset=lambda file: f"{settings.root}/static/{file}?v={asset_version(file)}",
            **values,
        )
    )
    headers = {"Cache-Control": "no-store", "Content-Language": lang, "Vary": "Accept-Language"}
    return HTMLResponse(html, status_code=status, headers=headers)
