"""The credential endpoint's messages, the deferred ones and the notification. OpenID4VCI 1.0 §8, §9, §11.

Encrypted requests and responses are not supported: a request that asks for one is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

from passport.errors import Malformed, ProtocolError
from passport.jose.encoding import JsonObject, parse_json_object
from passport.openid.oauth import AnswerMalformed, parse_answer

Event = Literal["credential_accepted", "credential_failure", "credential_deleted"]
MAX_REQUEST_BYTES = 1_048_576
MAX_NAME_CHARACTERS = 256
MAX_CREDENTIALS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRequest:
    """A credential request as read: exactly one of the two names is there. proofs: key proofs, unchecked."""

    credential_configuration_id: str | None
    credential_identifier: str | None
    proofs: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialResponse:
    """Credentials as received, unverified. c_nonce: of issuers of older drafts, for a next request."""

    credentials: tuple[str, ...] = field(repr=False)
    notification_id: str | None = None
    c_nonce: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferredResponse:
    """The credential is not ready: ask again with `transaction_id`, not before `interval` seconds."""

    transaction_id: str = field(repr=False)
    interval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What the wallet tells of a credential. description: the wallet's words, for developers; untrusted."""

    notification_id: str
    event: Event
    event_description: str | None = None


def create_credential_request(
    *,
    credential_configuration_id: str | None = None,
    credential_identifier: str | None = None,
    proofs: Sequence[str] = (),
) -> JsonObject:
    """Build a credential request. credential_identifier: when the token response named some, and only then."""
    match credential_configuration_id, credential_identifier:
        case str(), None:
            request: JsonObject = {"credential_configuration_id": credential_configuration_id}
        case None, str():
            request = {"credential_identifier": credential_identifier}
        case _:
            raise TypeError("exactly one of credential_configuration_id and credential_identifier")
    if proofs:
        request["proofs"] = {"jwt": list(proofs)}
    return request


def parse_credential_request(
    body: bytes | str,
    *,
    max_proofs: int = 1,
    proofs_required: bool = True,
    known_configurations: Collection[str] | None = None,
) -> CredentialRequest:
    """Read a credential request. Unknown members are ignored.

    known_configurations: when given, another `credential_configuration_id` is refused.
    Raises: ProtocolError invalid_credential_request, unknown_credential_configuration, invalid_proof,
    invalid_encryption_parameters.
    Source: OpenID4VCI §8.2, §8.3.1.2.
    """
    value = _request(body, error="invalid_credential_request")
    configuration, identifier = value.get("credential_configuration_id"), value.get("credential_identifier")
    if (configuration is None) == (identifier is None):
        raise ProtocolError(
            "invalid_credential_request", "exactly one of credential_configuration_id and credential_identifier"
        )
    for name in (configuration, identifier):
        if name is not None and not _is_name(name):
            raise ProtocolError("invalid_credential_request", "the name of the credential is no text")
    if configuration is not None and known_configurations is not None and configuration not in known_configurations:
        raise ProtocolError("unknown_credential_configuration", "this issuer does not know that configuration")
    if value.get("credential_response_encryption") is not None:
        raise ProtocolError("invalid_encryption_parameters", "encrypted responses are not supported")
    return CredentialRequest(
        credential_configuration_id=configuration,
        credential_identifier=identifier,
        proofs=_proofs(value, max_proofs=max_proofs, required=proofs_required),
    )


def create_credential_response(
    credentials: Sequence[str], *, notification_id: str | None = None, c_nonce: str | None = None
) -> JsonObject:
    """Build a response with credentials (status 200). c_nonce: an extra member that some wallets need."""
    response: JsonObject = {"credentials": [{"credential": credential} for credential in credentials]}
    if notification_id is not None:
        response["notification_id"] = notification_id
    if c_nonce is not None:
        response["c_nonce"] = c_nonce
    return response


def create_deferred_response(*, transaction_id: str, interval: int) -> JsonObject:
    """Build a response without credentials (status 202). interval: seconds, more than 0."""
    return {"transaction_id": transaction_id, "interval": interval}


def parse_credential_response(
    body: bytes | str | Mapping[str, Any], *, max_credentials: int = MAX_CREDENTIALS
) -> CredentialResponse | DeferredResponse:
    """Read a credential or deferred response. Unknown members are ignored.

    Raises: AnswerMalformed unless there are either credentials or a transaction; Malformed (JSON).
    Source: OpenID4VCI §8.3, §9.2.
    """
    value = parse_answer(body)
    entries, transaction = value.get("credentials"), value.get("transaction_id")
    if (entries is None) == (transaction is None):
        raise AnswerMalformed("exactly one of credentials and transaction_id")
    if entries is None:
        interval = value.get("interval")
        if not _is_name(transaction) or isinstance(interval, bool) or not isinstance(interval, int) or interval < 1:
            raise AnswerMalformed("transaction_id or interval is not right")
        return DeferredResponse(transaction_id=str(transaction), interval=interval)
    if not isinstance(entries, list) or not 1 <= len(entries) <= max_credentials:
        raise AnswerMalformed("credentials is no list, or too long")
    found = [entry.get("credential") if isinstance(entry, dict) else None for entry in entries]
    credentials = tuple(one for one in found if isinstance(one, str) and one)
    if len(credentials) != len(found):
        raise AnswerMalformed("a credential is not a text")
    notification_id, nonce = value.get("notification_id"), value.get("c_nonce")
    return CredentialResponse(
        credentials=credentials,
        notification_id=notification_id if isinstance(notification_id, str) else None,
        c_nonce=nonce if isinstance(nonce, str) else None,
    )


def parse_deferred_request(body: bytes | str) -> str:
    """Return the transaction_id of a deferred credential request. Raises: ProtocolError (§9.3)."""
    transaction = _request(body, error="invalid_credential_request").get("transaction_id")
    if not _is_name(transaction):
        raise ProtocolError("invalid_transaction_id", "transaction_id is missing")
    return str(transaction)


def create_notification(*, notification_id: str, event: Event) -> JsonObject:
    """Build a notification. A failure in a batch is a failure."""
    return {"notification_id": notification_id, "event": event}


def parse_notification(body: bytes | str) -> Notification:
    """Read a notification. Raises: ProtocolError invalid_notification_request, invalid_notification_id (§11.3)."""
    value = _request(body, error="invalid_notification_request")
    name, event, description = value.get("notification_id"), value.get("event"), value.get("event_description")
    if event not in get_args(Event):
        raise ProtocolError("invalid_notification_request", "event is missing or unknown")
    if name is not None and not isinstance(name, str):
        raise ProtocolError("invalid_notification_request", "notification_id is no text")
    if not _is_name(name):
        raise ProtocolError("invalid_notification_id", "notification_id is missing")
    return Notification(
        notification_id=str(name),
        event=cast(Event, event),
        event_description=description[:500] if isinstance(description, str) else None,
    )


def _proofs(value: JsonObject, *, max_proofs: int, required: bool) -> tuple[str, ...]:
    proofs = value.get("proofs")
    if proofs is None:
        if required:
            raise ProtocolError("invalid_proof", "proofs is missing")
        return ()
    if not isinstance(proofs, dict) or len(proofs) != 1:
        raise ProtocolError("invalid_proof", "proofs holds exactly one proof type")
    found = proofs.get("jwt")
    if found is None:
        raise ProtocolError("invalid_proof", "only the proof type jwt is supported")
    if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
        raise ProtocolError("invalid_proof", "jwt is no list of key proofs")
    if len(found) > max_proofs:
        raise ProtocolError("invalid_proof", "too many key proofs in one request")
    return tuple(found)


def _request(body: bytes | str, *, error: str) -> JsonObject:
    if len(body) > MAX_REQUEST_BYTES:
        raise ProtocolError(error, "the request is too large", status=413)
    try:
        return parse_json_object(body)
    except Malformed as problem:
        raise ProtocolError(error, f"the body is no JSON object ({problem.code})") from problem


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME_CHARACTERS
