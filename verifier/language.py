"""Which language a reader gets: `?lang=`, else `Accept-Language`, else Dutch."""

from __future__ import annotations

from fastapi import Request

from passport.messages import DEFAULT_LANGUAGE, LANGUAGES


def choose_language(asked: str | None, accept: str | None) -> str:
    """Return `nl` or `en`.

    asked: an explicit wish (`?lang=`). accept: the `Accept-Language` header (RFC 9110 §12.5.4), weights honoured.
    """
    if asked in LANGUAGES:
        return asked or DEFAULT_LANGUAGE
    best, best_weight = DEFAULT_LANGUAGE, 0.0
    for part in (accept or "").split(",")[:20]:
        tag, _, rest = part.strip().partition(";")
        weight = 1.0
        if rest.strip().startswith("q="):
            try:
                weight = float(rest.strip()[2:])
            except ValueError:
                weight = 0.0
        primary = tag.strip().lower().partition("-")[0]
        if primary in LANGUAGES and weight > best_weight:
            best, best_weight = primary, weight
    return best


def language_of(request: Request) -> str:
    """Return the language for one request."""
    return choose_language(request.query_params.get("lang"), request.headers.get("accept-language"))
