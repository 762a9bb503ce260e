"""What the result page shows for one request. Pure."""

from __future__ import annotations

from typing import Any

from passport import messages
from verifier.pages.view import clock_time, overall_verdict, view_report, words
from verifier.requests.service import RequestView


def values(view: RequestView, lang: str) -> dict[str, Any]:
    """Return the values of `result.html`. A response that was refused as a whole never shows as accepted."""
    reports = view.reports(lang)
    views = [view_report(report, lang) for report in reports]
    kind = _headline(view, [one.verdict for one in views])
    reasons = []
    if view.refusal and messages.has(f"verifier.result.refusal.{view.refusal}", lang):
        reasons = [words(f"result.refusal.{view.refusal}", lang)]
    if view.refusal == "not_accepted" and len(views) == 1:
        reasons = []  # the one card says it already
    text = words(f"result.{kind}.text", lang)
    if len(views) == 1 and views[0].verdict == kind and views[0].reason:
        text = f"{views[0].reason} {text}"
    return {
        "state": view.state,
        "short_code": view.short_code,
        "headline": {
            "kind": kind,
            "title": words(f"result.{kind}.title", lang),
            "text": text,
        },
        "reasons": reasons,
        "views": views,
        "checked_at": clock_time(view.answered_at, lang) if view.answered_at is not None else None,
        "kept_until": clock_time(view.delete_at, lang, with_date=False) if view.answered_at is not None else None,
    }


def _headline(view: RequestView, verdicts: list[str]) -> str:
    if view.state == "waiting":
        return "return" if view.response_code_required else "waiting"
    if view.state == "expired":
        return "expired"
    overall = overall_verdict(verdicts)
    if view.state == "answered":
        return overall if overall == "accepted" else "rejected"
    if view.refusal in {"access_denied", "wallet_error"}:
        return "none"
    return overall if overall in {"rejected", "undetermined"} else "rejected"
