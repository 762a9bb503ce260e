"""The errors that the core raises. It lies under everything and imports nothing.

A bad credential is a result (a report), not an error; a bad call is a `TypeError`.
Each class has one stable `code`; edges translate it, once, to HTTP or to a sentence of `schemas/messages`.
"""

from __future__ import annotations

from typing import ClassVar


class PassportError(Exception):
    """Root of all errors that a caller may meet.

    detail: English, for developers and logs; never holds claims, keys, codes or tokens.
    params: values for the placeholders of the message `errors.<code>`; likewise without secrets.
    """

    code: ClassVar[str] = "passport_error"
    section: ClassVar[str | None] = None

    def __init__(self, detail: str = "", **params: object) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.params: dict[str, object] = params


class Malformed(PassportError):
    """Input does not parse."""

    code = "malformed"


class NotAccepted(PassportError):
    """A report was required to be accepted and is not. `report` says why."""

    code = "not_accepted"

    def __init__(self, detail: str = "", *, report: object = None, **params: object) -> None:
        super().__init__(detail, **params)
        self.report = report


class Unreachable(PassportError):
    """Something on the network could not be fetched, or may not be."""

    code = "unreachable"


class ProtocolError(PassportError):
    """An OAuth-style refusal: `error` is the protocol's own code, `status` the HTTP status."""

    code = "protocol_error"

    def __init__(self, error: str, description: str = "", *, status: int = 400, **params: object) -> None:
        super().__init__(description or error, error=error, **params)
        self.error = error
        self.description = description
        self.status = status


class Misconfigured(PassportError):
    """Our own settings, data or rules are wrong."""

    code = "misconfigured"
