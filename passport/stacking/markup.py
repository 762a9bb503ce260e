"""HTML from values, safely: everything is escaped but what this module made itself. No template language, no script.

A page stands on its own: its style is inside it, and its content security policy allows that style and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import html
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources

_VOID = frozenset({"meta", "br", "rect", "path", "circle"})
_LONGEST = 400

Child = "Html | str | None | Iterable[Html | str | None]"


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def plain(value: object) -> str:
    """Return text of others as it may be shown: one line, bounded, without control and direction characters."""
    written = unicodedata.normalize("NFC", str(value))[:_LONGEST]
    return "".join(" " if char.isspace() else "�" if unicodedata.category(char)[0] == "C" else char for char in written)


def join(children: Iterable[Html | str | None]) -> Html:
    """Return the children as one piece; a plain string is escaped, None is nothing."""
    return Html(
        "".join(one if isinstance(one, Html) else html.escape(plain(one)) for one in children if one is not None)
    )


def el(name: str, *children: Html | str | None, **attributes: str | None) -> Html:
    """Return one element. attributes: `_` in a name becomes `-`, a leading or trailing one falls away; None: absent."""
    written = "".join(
        f' {key.strip("_").replace("_", "-")}="{html.escape(plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


_ICONS = {
    "met": "M4 12.5l5.2 5.2L20 6.8",
    "exempt": "M5 5v14M5 6h12l-3 4 3 4H5",
    "claim": "M7 3h10M7 21h10M8 3v3.5L12 12 8 17.5V21M16 3v3.5L12 12l4 5.5V21",
    "partial": "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16",
    "open": "M12 5v14M5 12h14",
    "not_applicable": "M5 12h14",
    "ready_for_examencommissie": "M4 12.5l5.2 5.2L20 6.8",
    "incomplete": "M4 20V9h7v11zM4 9V4h7v5M13 20v-5h7v5z",
    "blocked": "M6 6l12 12M18 6L6 18",
}


def icon(name: str) -> Html:
    """Return a small drawing; the word always stands beside it."""
    drawing = f'<path d="{_ICONS[name]}"/>'
    return Html(f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{drawing}</svg>')


@cache
def style() -> str:
    """Return the one style sheet, `schemas/pages/stack.css`."""
    return (resources.files("schemas") / "pages" / "stack.css").read_text(encoding="utf-8")


@cache
def content_security_policy() -> str:
    """Return the policy of a page: its own style, and nothing from anywhere. A service may send it as a header too."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def document(*, lang: str, title: str, kind: str, body: Iterable[Html | None]) -> str:
    """Return a whole page."""
    policy = el("meta", http_equiv="Content-Security-Policy", content=content_security_policy())
    head = [
        Html('<meta charset="utf-8">'),
        policy,
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light">'),
        Html('<meta name="referrer" content="no-referrer">'),
        Html('<meta name="robots" content="noindex">'),
        el("title", title),
        Html(f"<style>{style()}</style>"),
    ]
    page = el("html", el("head", *head), el("body", *body, class_=kind), lang=lang)
    return f"<!doctype html>\n{page}\n"
