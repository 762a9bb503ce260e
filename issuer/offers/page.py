"""The picture and the page of an offer. The page has no script, and shows the subject by initials only."""

from __future__ import annotations

import io
from functools import cache

from jinja2 import Environment
from jinja2 import Template as JinjaTemplate

from passport.jose.encoding import JsonObject
from passport.messages import text

_PAGE = """<!doctype html>
<html lang="{{ lang }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{ label }} – {{ organisation }}</title>
</head>
<body>
<main>
<h1>{{ label }}</h1>
<p>{{ words.from_whom }} <bdi><strong>{{ organisation }}</strong></bdi></p>
<p>{{ words.for_whom }} <bdi><strong>{{ initials }}</strong></bdi></p>
<p>{{ words.scan }}</p>
<p><img src="{{ qr }}" width="300" height="300" alt="{{ words.qr_alt }}"></p>
<p><a href="{{ uri }}">{{ words.open_here }}</a></p>
{% if needs_tx_code %}<p>{{ words.tx_code }}</p>{% endif %}
</main>
</body>
</html>
"""
_GONE = """<!doctype html>
<html lang="{{ lang }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{ title }}</title>
</head>
<body>
<main>
<h1>{{ title }}</h1>
<p>{{ words }}</p>
</main>
</body>
</html>
"""
_WORDS = ("from_whom", "for_whom", "scan", "qr_alt", "open_here", "tx_code")


@cache
def _template(page: str) -> JinjaTemplate:
    return Environment(autoescape=True).from_string(page)


def qr_png(content: str) -> bytes:
    """A QR as PNG."""
    import qrcode

    picture = qrcode.make(content, error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=8, border=4)
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def qr_svg(content: str) -> bytes:
    """A QR as SVG."""
    import qrcode
    import qrcode.image.svg

    picture = qrcode.make(
        content,
        error_correction=qrcode.constants.ERROR_CORRECT_M,
        border=4,
        image_factory=qrcode.image.svg.SvgPathFillImage,
    )
    return bytes(picture.to_string())


def initials(claims: JsonObject) -> str:
    """For whom an offer is, so that the holder can see it is not another's."""
    names = f"{claims.get('given_name', '')} {claims.get('family_name', '')}".split()
    return " ".join(f"{name[0].upper()}." for name in names[:8])


def render(*, organisation: str, label: str, initials: str, uri: str, qr: str, needs_tx_code: bool, lang: str) -> str:
    """The page as HTML; every value escaped."""
    words = {name: text(f"issuer.offer_page.{name}", lang) for name in _WORDS}
    return _template(_PAGE).render(
        organisation=organisation, label=label, initials=initials, uri=uri, qr=qr,
        needs_tx_code=needs_tx_code, lang=lang, words=words,
    )  # fmt: skip


def render_gone(lang: str) -> str:
    """The page of a link that no longer works, or never did."""
    title, words = (text(f"issuer.offer_page.{name}", lang) for name in ("gone_title", "gone_text"))
    return _template(_GONE).render(lang=lang, title=title, words=words)
