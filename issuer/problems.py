"""What the issuer refuses, each with one stable code; turned once, here, into RFC 9457 problem details.

The words stand in `schemas/messages` under `errors.<code>`. Nothing here holds a claim, key, code or token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from passport.errors import PassportError
from passport.jose.encoding import JsonObject, encode_json
from passport.problem_words import told
from passport.terminal import error_parts

MEDIA_TYPE: Final = "application/problem+json"


class Refused(PassportError):
    """The answer is no. `errors`: what is wrong where, for the problem's `errors` member, without values."""

    status: ClassVar[int] = 400
    exit_code: ClassVar[int] = 1
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, detail: str = "", *, errors: Sequence[Mapping[str, str]] = (), **params: object) -> None:
        super().__init__(detail, **params)
        self.errors = tuple(errors)


class NotAuthenticated(Refused):
    """No API key, or not one that we know."""

    code = "not_authenticated"
    status = 401
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer realm="skillspas"'}


class NotFound(Refused):
    """Nothing here, or nothing that belongs to the caller."""

    code = "not_found"
    status = 404


class MethodNotAllowed(Refused):
    """The address exists, but not with this method."""

    code = "method_not_allowed"
    status = 405


class BodyTooLarge(Refused):
    """More than 1 MiB."""

    code = "body_too_large"
    status = 413


class BodyTooSlow(Refused):
    """The body did not arrive in time."""

    code = "body_too_slow"
    status = 408


class TooManyRequests(Refused):
    """Over the rate limit."""

    code = "too_many_requests"
    status = 429
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "60"}


class RequestInvalid(Refused):
    """The body or a parameter is not what the call asks. `errors` says where."""

    code = "request_invalid"
    status = 422
    exit_code = 2


class CredentialTypeUnknown(Refused):
    """No such credential type."""

    code = "credential_type_unknown"
    status = 422
    exit_code = 2


class FormatNotSupported(Refused):
    """A wire format that is not issued here."""

    code = "format_not_supported"
    status = 422
    exit_code = 2


class ClaimsInvalid(Refused):
    """The claims do not fit the type's schema. `errors` says where."""

    code = "claims_invalid"
    status = 422
    exit_code = 2


class AwardedInFuture(Refused):
    """The award is dated later than today, in Europe/Amsterdam. `errors` names the claim."""

    code = "awarded_in_future"
    status = 422
    exit_code = 2


class AssessmentNotMatching(Refused):
    """The leerbedrijf's assessment does not fit the claims. `errors` names what."""

    code = "assessment_not_matching"
    status = 422


class NotAccredited(Refused):
    """This organisation may not issue this type for this crebo on that day. Params: type, crebo."""

    code = "not_accredited"
    status = 403


class IssuingStopped(Refused):
    """The organisation's "stop issuing" switch is on."""

    code = "issuing_stopped"
    status = 409


class DocumentNumberInUse(Refused):
    """Another live award of this organisation has this document number."""

    code = "document_number_in_use"
    status = 409


class IdempotencyKeyReused(Refused):
    """The same Idempotency-Key came with another request."""

    code = "idempotency_key_reused"
    status = 422


class NotIssued(Refused):
    """The award was not taken (yet), so it has no status to change."""

    code = "not_issued"
    status = 409


class RevocationFinal(Refused):
    """A revoked credential stays revoked."""

    code = "revocation_final"
    status = 409


class NotOffered(Refused):
    """There is no open offer to withdraw."""

    code = "not_offered"
    status = 409


class ReplacementPending(Refused):
    """A replacement of this award is already offered."""

    code = "replacement_pending"
    status = 409


class OfferGone(Refused):
    """The offer was taken or withdrawn, has expired, or had too many wrong transaction codes."""

    code = "offer_gone"
    status = 410


class TemporarilyUnavailable(Refused):
    """The database is busy, full or away. Nothing was half done."""

    code = "temporarily_unavailable"
    status = 503
    exit_code = 3
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "5"}


class InternalProblem(Refused):
    """A defect of ours; the log knows more."""

    code = "internal_error"
    status = 500
    exit_code = 3


def problem_document(error: PassportError, *, status: int, lang: str) -> JsonObject:
    """Return the problem details object. Source: RFC 9457 §3."""
    parts = error_parts(error, lang)
    problem: dict[str, Any] = {
        "type": f"urn:skillspas:problem:{error.code}",
        "title": parts["text"],
        "status": status,
        "detail": parts["next"],
        "code": error.code,
    }
    if errors := getattr(error, "errors", ()):
        problem["errors"] = [told(entry, lang) for entry in errors]
    return problem


def problem_bytes(error: PassportError, *, status: int, lang: str) -> bytes:
    """The same, encoded."""
    return encode_json(problem_document(error, status=status, lang=lang))
