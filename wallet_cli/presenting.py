"""Answer an OpenID4VP request: read who asks what, find what answers it, and send exactly that.

Nothing here asks the person or writes history; nothing leaves but what `choices` name.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from passport.credentials.formats import FORMATS
from passport.errors import Malformed, PassportError
from passport.jose.keys import ES256, PrivateKey
from passport.network import Fetcher, HttpStatus, now
from passport.openid.dcql import Candidate, Choice
from passport.openid.haip import authorities_of
from passport.openid.oauth import parse_error
from passport.openid.oid4vp import (
    REQUEST_OBJECT_MEDIA_TYPE,
    AuthorizationRequest,
    RequestReference,
    create_response,
    parse_authorization_request,
    parse_response_answer,
    verify_request_object,
)
from passport.terminal import ExitCode
from wallet_cli.data import StoredCredential

_MAX_REQUEST_BYTES = 262_144


class RequestGone(PassportError):
    """The request's link leads nowhere (any more)."""

    code = "request_gone"
    exit_code: ClassVar[int] = ExitCode.NO


class RequestUnsupported(PassportError):
    """The request wants a key binding by an algorithm that this wallet's keys do not have."""

    code = "request_unsupported"
    exit_code: ClassVar[int] = ExitCode.NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One credential chosen for one part of the query, and what of it is shown."""

    held: StoredCredential
    choice: Choice


async def load_request(link: str, fetcher: Fetcher) -> AuthorizationRequest:
    """Return the request that a link carries or points to, checked. Raises: ProtocolError kinds, Unreachable."""
    loopback = fetcher.settings.allow_loopback_http
    found = parse_authorization_request(link, allow_loopback_http=loopback)
    if isinstance(found, RequestReference):
        text, nonce = await _request_object(found, fetcher)
        found = verify_request_object(
            text, client_id=found.client_id, at=now(), expected_wallet_nonce=nonce, allow_loopback_http=loopback
        )
    if found.key_binding_algorithms is not None and ES256 not in found.key_binding_algorithms:
        raise RequestUnsupported
    return found


async def _request_object(reference: RequestReference, fetcher: Fetcher) -> tuple[str, str | None]:
    """Return the request object and the wallet_nonce that must have come back in it. OpenID4VP §5.10."""
    if reference.request_uri is None:
        return reference.request or "", None
    nonce = None
    try:
        if reference.request_uri_method == "post":
            nonce = secrets.token_urlsafe(24)
            answer = await fetcher.post_form(
                reference.request_uri,
                {"wallet_nonce": nonce},
                accept=REQUEST_OBJECT_MEDIA_TYPE,
                max_bytes=_MAX_REQUEST_BYTES,
            )
            if answer.status >= 400:
                raise HttpStatus("not 2xx", status=answer.status)
        else:
            answer = await fetcher.get(
                reference.request_uri,
                accept=REQUEST_OBJECT_MEDIA_TYPE,
                max_bytes=_MAX_REQUEST_BYTES,
                max_redirects=0,
            )
    except HttpStatus as error:
        raise (RequestGone() if error.status in (400, 404, 410) else error) from error
    return answer.body.decode("ascii", "replace").strip(), nonce


def candidates(
    credentials: Iterable[StoredCredential], *, algorithms: Collection[str] | None = None
) -> list[Candidate]:
    """Return what is held in the form that a query is matched with; what does not read is left out.

    algorithms: of issuers' signatures that the asker takes; another one's credential is left out (OpenID4VP B.3.4).
    """
    found: list[Candidate] = []
    for held in credentials:
        try:
            parsed = FORMATS[held.format].parse(held.raw)
            processed = parsed.inner.process()
        except (Malformed, KeyError, AttributeError):
            continue
        if algorithms is not None and parsed.jws.header["alg"] not in algorithms:
            continue
        found.append(
            Candidate(
                id=held.id,
                format=held.format,
                vct=parsed.vct,
                claims=processed.claims,
                disclosable=frozenset(processed.disclosed),
                authority_key_ids=authorities_of(parsed.jws.header),
            )
        )
    return found


async def send(request: AuthorizationRequest, answers: Mapping[str, Sequence[Answer]], fetcher: Fetcher) -> str | None:
    """Make the presentations, post them, and return where the holder's browser may go on.

    Raises: ProtocolError when the asker refuses the answer, Unreachable.
    """
    presentations = {
        name: [
            FORMATS[answer.held.format].present(
                answer.held.raw,
                disclose=answer.choice.disclose,
                signer=PrivateKey.from_jwk(dict(answer.held.key)),
                nonce=request.nonce,
                audience=request.client_id,
                at=now(),
            )
            for answer in given
        ]
        for name, given in answers.items()
    }
    return await post(request, create_response(request, presentations), fetcher)


async def post(request: AuthorizationRequest, form: Mapping[str, str], fetcher: Fetcher) -> str | None:
    """Post a response (or a refusal) and return the `redirect_uri` of the answer, if any."""
    answer = await fetcher.post_form(request.response_uri, form)
    if answer.status >= 400:
        raise parse_error(answer.body, status=answer.status)
    return parse_response_answer(answer.body, allow_loopback_http=fetcher.settings.allow_loopback_http)
