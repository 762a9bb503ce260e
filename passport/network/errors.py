"""Why something was not fetched. Each class has its own stable code; `host` is named, never the whole URL."""

from __future__ import annotations

from passport.errors import Unreachable


class InvalidUrl(Unreachable):
    """The address is no usable URL, or carries a user name or password."""

    code = "invalid_url"


class NotHttps(Unreachable):
    """The address is not https (nor, with the development switch, http on loopback)."""

    code = "not_https"
    section = "SD-JWT VC §7.1"


class AddressRefused(Unreachable):
    """The name leads to a special-purpose address: loopback, private, link-local and the like."""

    code = "address_refused"
    section = "SD-JWT VC §7.2"


class NameNotFound(Unreachable):
    """The name does not resolve."""

    code = "name_not_found"


class ConnectionFailed(Unreachable):
    """No connection, no TLS, or it broke off."""

    code = "connection_failed"


class TimedOut(Unreachable):
    """The whole of it took too long."""

    code = "timeout"


class TooLarge(Unreachable):
    """The answer is larger than may be read."""

    code = "too_large"


class RedirectRefused(Unreachable):
    """A redirect where none may be followed, too many of them, or one to http."""

    code = "redirect_refused"


class HttpStatus(Unreachable):
    """The answer's status is not 2xx. Content of such an answer is never used."""

    code = "http_status"
    section = "SD-JWT VC §7.1"

    def __init__(self, detail: str = "", *, status: int, **params: object) -> None:
        super().__init__(detail, status=status, **params)
        self.status = status
