"""Errors of this service's edge, and the one place where any error becomes an answer (RFC 9457 problem details).

Not here: refused credentials. Those are answers (reports), not errors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from passport import messages
from passport.errors import Malformed, Misconfigured, NotAccepted, PassportError, ProtocolError, Unreachable
from passport.stacking.facts import WrongUse as StackWrongUse
from verifier.language import language_of
from verifier.logs import frames

PROBLEM_JSON = "application/problem+json"
log = structlog.get_logger("verifier")


class WrongCall(PassportError):
    """The call itself is wrong; says nothing about a credential."""

    code = "wrong_call"
    status: ClassVar[int] = 400


class BodyNotJson(WrongCall):
    """The body is not the JSON object that this call takes."""

    code = "body_not_json"


class BodyInvalid(WrongCall):
    """The body is JSON, but not of the form that this call takes. `params["at"]` names the member."""

    code = "body_invalid"
    status = 422


class BodyTooLarge(WrongCall):
    """The body is larger than this call takes."""

    code = "body_too_large"
    status = 413


class BodyTooSlow(WrongCall):
    """The body did not arrive in time."""

    code = "body_too_slow"
    status = 408


class MediaTypeUnsupported(WrongCall):
    """The body has another media type than this call takes."""

    code = "media_type_unsupported"
    status = 415


class ApiKeyRequired(WrongCall):
    """This verifier asks an API key and the call has none, or another."""

    code = "api_key_required"
    status = 401


class TooManyCalls(WrongCall):
    """More calls from one source than the rate limit allows."""

    code = "too_many_calls"
    status = 429


class OtherOrigin(WrongCall):
    """A form came from a page of another site."""

    code = "other_origin"
    status = 403


class NotFound(WrongCall):
    """Nothing stands here, or it is no longer kept. Absent and not yours look the same."""

    code = "not_found"
    status = 404


class MethodNotAllowed(WrongCall):
    """The path exists, the method does not."""

    code = "method_not_allowed"
    status = 405


class InternalError(PassportError):
    """A defect of ours. The log has the details."""

    code = "internal_error"


def status_of(error: PassportError) -> int:
    """Return the HTTP status for one error."""
    match error:
        case WrongCall() | ProtocolError():
            return error.status
        case StackWrongUse():
            return 422
        case Malformed() | NotAccepted():
            return 400
        case Unreachable():
            return 503
        case Misconfigured():
            return 503
        case _:
            return 500


def words_of(error: PassportError, lang: str) -> tuple[str, str]:
    """Return what happened and what to do next, in the reader's language.

    The words are those of the error's own code, else of the nearest family that has words (Malformed, …).
    """
    families = (getattr(family, "code", "") for family in type(error).__mro__)
    code = next((one for one in families if one and messages.has(f"errors.{one}.text", lang)), "wrong_call")
    safe = _Lenient({name: str(value)[:200] for name, value in error.params.items()})
    what, next_step = messages.text(f"errors.{code}.text", lang), messages.text(f"errors.{code}.next", lang)
    return what.format_map(safe), next_step.format_map(safe)


class _Lenient(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def problem_response(request: Request, error: PassportError) -> Response:
    """Return the problem details of one error, in the language of the request."""
    lang = language_of(request)
    title, detail = words_of(error, lang)
    status = status_of(error)
    body: dict[str, object] = {
        "type": f"urn:skillspas:problem:{error.code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": error.code,
    }
    if "at" in error.params:
        body["at"] = str(error.params["at"])
    headers = {"Content-Language": lang, "Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 429:
        headers["Retry-After"] = str(error.params.get("seconds", 60))
    return Response(orjson.dumps(body), status_code=status, media_type=PROBLEM_JSON, headers=headers)


def _http_error(exc: HTTPException) -> PassportError:
    return {404: NotFound, 405: MethodNotAllowed}.get(exc.status_code, WrongCall)()


def install(app: FastAPI, *, error_page: Callable[[Request, PassportError], Response]) -> None:
    """Make every error of `app` an answer in one form. error_page: what a person's browser gets instead."""

    def answer(request: Request, error: PassportError) -> Response:
        return error_page(request, error) if wants_page(request) else problem_response(request, error)

    async def on_passport(request: Request, exc: Exception) -> Response:
        assert isinstance(exc, PassportError)
        if status_of(exc) >= 500:
            log.error("refused", code=exc.code, detail=exc.detail)
        return answer(request, exc)

    async def on_http(request: Request, exc: Exception) -> Response:
        assert isinstance(exc, HTTPException)
        return answer(request, _http_error(exc))

    async def on_validation(request: Request, exc: Exception) -> Response:
        assert isinstance(exc, RequestValidationError)
        first = exc.errors()[0] if exc.errors() else {"loc": ()}
        return answer(request, BodyInvalid(at=".".join(str(part) for part in first["loc"])))

    async def on_defect(request: Request, exc: Exception) -> Response:
        log.error("defect", error=type(exc).__name__, frames=frames(exc))
        try:
            return answer(request, InternalError())
        except Exception:  # even our words may be what is broken
            return Response("500", status_code=500, media_type="text/plain")

    app.add_exception_handler(PassportError, on_passport)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(Exception, on_defect)


def wants_page(request: Request) -> bool:
    """Whether a person's browser asked this, so that an error should be a page."""
    path = request.url.path
    is_page = path == "/" or path.split("/", 2)[1] in {"scan", "result", "code", "return"}
    return is_page and "text/html" in request.headers.get("accept", "")
