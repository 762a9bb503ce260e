"""Why a wallet refuses an authorization request. Each has its own code for people, and OAuth's for the verifier."""

from __future__ import annotations

from passport.errors import ProtocolError


class RequestRefused(ProtocolError):
    """The authorization request is not what the standard says."""

    code = "request_refused"
    section = "OpenID4VP §5"

    def __init__(self, description: str = "", *, error: str = "invalid_request") -> None:
        super().__init__(error, description)


class ClientIdRefused(RequestRefused):
    """The client identifier is of a kind we do not take, differs inside, or does not fit the certificate."""

    code = "client_id_refused"
    section = "OpenID4VP §5.9"


class RequestSignatureRefused(RequestRefused):
    """The request object is not signed by the certificate that it carries."""

    code = "request_signature_refused"
    section = "OpenID4VP §5.8"


class RequestExpired(RequestRefused):
    """The request object's time has passed, or has not come."""

    code = "request_expired"
    section = "RFC 7519 §4.1.4"


class ResponseUriRefused(RequestRefused):
    """The answer would go to a place that does not belong to the one who asks."""

    code = "response_uri_refused"
    section = "OpenID4VP §8.2"


class TransactionDataRefused(RequestRefused):
    """The request asks to approve a transaction; we do not do that, so the whole request is refused."""

    code = "transaction_data_refused"
    section = "OpenID4VP §8.4"

    def __init__(self, description: str = "transaction_data is not supported") -> None:
        super().__init__(description, error="invalid_transaction_data")
