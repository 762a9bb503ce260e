"""What happens with a presentation request: made, shown, fetched, answered once, kept briefly, deleted.

The steps of taking an answer are OpenID4VP 1.0 §8.6 and are marked in `accept`. The id of a result is known to whoever
asked and to nobody else: the database keeps its digest, and the wallet sees other values (handle, state, nonce).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

import orjson

from passport.errors import Malformed, PassportError, ProtocolError
from passport.jose.encoding import JsonObject, encode_base64url, encode_json, parse_json_object
from passport.messages import LANGUAGES, text
from passport.openid.dcql import PresentedClaims, check_response, parse_query
from passport.openid.haip import authorities_of
from passport.verification.report import Report, instant
from passport.verification.verify import Expected
from verifier.certificates import RequestCertificate
from verifier.database import Database
from verifier.metrics import Metrics
from verifier.question_templates import require_template
from verifier.requests import protocol
from verifier.requests.bodies import RequestBody
from verifier.requests.models import Answer, RequestRow
from verifier.requests.repository import RequestRepository
from verifier.settings import Settings
from verifier.stackings.service import StackingService
from verifier.verifications.service import VerificationService, Verified

CODE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"  # no vowels, no 0 or 1: nothing to misread, no words
CODE_LENGTH = 8
MAX_PRESENTATIONS = 64
_LINKING = frozenset({"cnf", "status"})  # the holder's key, and the place in the status list
_HANDLE = re.compile(r"[A-Za-z0-9_-]{22}")


class ResponseRefused(PassportError):
    """A wallet's answer was refused. `code` is for our log; the wallet gets one constant body."""

    code: ClassVar[str] = "response_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """A request that was just made. `id` is a secret of the caller."""

    id: str = field(repr=False)
    authorization_request: str
    request_uri: str
    qr_url: str
    result_url: str
    short_code: str
    expires_at: datetime

    def to_json(self) -> JsonObject:
        """The contract's form (section 6)."""
        return {
            "id": self.id,
            "authorization_request": self.authorization_request,
            "request_uri": self.request_uri,
            "qr_url": self.qr_url,
            "result_url": self.result_url,
            "short_code": self.short_code,
            "expires_at": instant(self.expires_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A request as its asker may see it. response_code_required: answered, but this browser must still prove itself."""

    state: str
    flow: str
    template: str | None
    purpose: str | None
    dcql_query: JsonObject
    handle: str
    short_code: str
    authorization_request: str
    expires_at: int
    answered_at: int | None
    delete_at: int
    refusal: str | None
    response_code_required: bool
    by_language: Mapping[str, Sequence[JsonObject]]
    stacking: JsonObject | None = None

    def reports(self, lang: str) -> Sequence[JsonObject]:
        """The reports, with texts in one language."""
        return self.by_language.get(lang, ())

    def to_json(self, lang: str) -> JsonObject:
        """The contract's form (section 6), with why it was refused."""
        body: JsonObject = {"state": self.state, "reports": list(self.reports(lang)), "refusal": self.refusal}
        if self.response_code_required:
            body["response_code_required"] = True
        if self.stacking is not None:
            body["stacking"] = self.stacking
        return body


class RequestService:
    """All that happens with presentation requests."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        certificate: RequestCertificate,
        verifications: VerificationService,
        stackings: StackingService,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._database = database
        self._verifications = verifications
        self._stackings = stackings
        self._clock = clock
        self._metrics = metrics
        self._asker = protocol.Asker(certificate=certificate, name=settings.name)

    # Asking

    async def create(self, body: RequestBody, *, lang: str) -> NewRequest:
        """Make a request. lang: of the purpose that the wallet shows where the caller states none.

        Raises: UnknownTemplate, Malformed (the query), the stacking engine's WrongUse (the target).
        """
        query = self._query(body)
        parse_query(query)
        wish = None
        if body.stacking is not None:
            self._stackings.check_target(body.stacking.target)
            wish = encode_json({"lang": lang, **body.stacking.model_dump()}).decode()
        at = self._seconds()
        id = secrets.token_urlsafe(32)
        handle = secrets.token_urlsafe(16)
        row = RequestRow(
            id_digest=_digest(id),
            handle=handle,
            state_value=secrets.token_urlsafe(16),
            short_code="".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH)),
            nonce=secrets.token_urlsafe(24),
            client_id=self._asker.client_id,
            flow=body.flow,
            response_mode=body.response_mode,
            template=body.template,
            purpose=body.purpose or self._settings.purpose or text("verifier.scan.purpose_default", lang),
            dcql_query=encode_json(query).decode(),
            encryption_jwk=protocol.new_encryption_key(handle) if body.response_mode == "direct_post.jwt" else None,
            response_code_digest=None,
            state="waiting",
            refusal=None,
            reports=None,
            stacking_wish=wish,
            stacking=None,
            created_at=at,
            expires_at=at + self._settings.request_seconds,
            answered_at=None,
            delete_at=at + self._settings.request_seconds + self._settings.result_seconds,
        )
        async with self._database.transaction() as connection:
            repository = RequestRepository(connection)
            await repository.delete_old(at=at)
            await repository.add(row)
        self._metrics.request("created")
        base = self._settings.base_url
        return NewRequest(
            id=id,
            authorization_request=self._link(row),
            request_uri=self._request_uri(row),
            qr_url=f"{base}/r/{row.handle}/qr.png",
            result_url=f"{base}/result/{id}",
            short_code=shown_code(row.short_code),
            expires_at=datetime.fromtimestamp(row.expires_at, self._clock().tzinfo),
        )

    def _query(self, body: RequestBody) -> JsonObject:
        if body.template is None:
            return dict(body.dcql_query or {})
        return require_template(body.template).query(with_name=body.with_name)

    async def link(self, handle: str) -> str | None:
        """Return what the QR holds, while the request waits."""
        row = await self._waiting(handle)
        return None if row is None else self._link(row)

    async def request_object(self, handle: str, *, wallet_nonce: str | None) -> str | None:
        """Return the signed request object, each time anew with the same nonce; None when it no longer waits."""
        row = await self._waiting(handle)
        if row is None or row.client_id != self._asker.client_id:
            return None
        return self._asker.request_object(
            row,
            response_uri=f"{self._request_uri(row)}/response",
            wallet_nonce=wallet_nonce,
            at=self._clock(),
        )

    # Answering

    async def accept(self, handle: str, body: bytes) -> JsonObject:
        """Take a wallet's answer, once, and return the body for the wallet (OpenID4VP §8.2).

        Raises: ResponseRefused. What cannot be read, or has another `state`, leaves the request waiting; what can be
        read uses it up, whatever comes of it.
        """
        row = await self._waiting(handle)
        if row is None:
            raise ResponseRefused("not_waiting")
        try:
            response = protocol.read_response(row, body)
        except (Malformed, ProtocolError) as error:
            raise ResponseRefused(error.code) from None
        if response.state is None or not hmac.compare_digest(response.state.encode(), row.state_value.encode()):
            raise ResponseRefused("wrong_state")
        if response.error is not None:
            refusal = "access_denied" if response.error == "access_denied" else "wallet_error"
            return await self._finish(row, Answer(state="refused", refusal=refusal, reports={}))
        return await self._finish(row, await self._judge(row, response.vp_token))

    async def _judge(self, row: RequestRow, vp_token: Mapping[str, Sequence[str]]) -> Answer:
        """Verify every presentation, then the whole. The numbers are the steps of OpenID4VP §8.6."""
        query = parse_query(row.dcql_query)
        asked = query.by_id()
        count = sum(len(texts) for texts in vp_token.values())
        if not count or count > MAX_PRESENTATIONS or not set(vp_token) <= set(asked):
            return Answer(state="refused", refusal="query_not_met", reports={})
        expected = Expected(nonce=row.nonce, audience=row.client_id)
        verified: dict[str, list[Verified]] = {}
        for name, texts in vp_token.items():  # (1) to (4), (6): each presentation, its binding, trust and status
            binding = asked[name].require_cryptographic_holder_binding
            verified[name] = await self._verifications.verify_presented(
                texts, expected=expected, require_holder_binding=binding
            )
        reports = [(name, one.report) for name, group in verified.items() for one in group]
        for _, report in reports:
            self._metrics.verdict(report.verdict)
        if any(report.verdict != "accepted" for _, report in reports):
            return Answer(state="refused", refusal="not_accepted", reports=_in_languages(reports))
        outcome = check_response(query, _presented(verified))  # (3), (5): what was asked, as a set
        if not outcome.answers:
            return Answer(state="refused", refusal="query_not_met", reports={})  # what was not asked is not kept
        if outcome.over_disclosed:
            return Answer(state="refused", refusal="over_disclosed", reports={})
        stacking = await self._stack(row, [text for texts in vp_token.values() for text in texts], expected)
        return Answer(state="answered", refusal=None, reports=_in_languages(reports), stacking=stacking)

    async def _stack(self, row: RequestRow, texts: Sequence[str], expected: Expected) -> JsonObject | None:
        """Judge what was presented toward the target, signed, where the request asks that."""
        if row.stacking_wish is None:
            return None
        wish = parse_json_object(row.stacking_wish)
        question = self._stackings.question(wish["target"], lang=wish["lang"], expected=expected)
        return await self._stackings.stack_presentations(texts, question, signed=True, bundle=wish["bundle"])

    async def _finish(self, row: RequestRow, answer: Answer) -> JsonObject:
        code = secrets.token_urlsafe(32) if row.flow == "same_device" else None
        async with self._database.transaction() as connection:
            is_first = await RequestRepository(connection).answer(
                row.handle,
                answer,
                at=self._seconds(),
                keep_seconds=self._settings.result_seconds,
                response_code_digest=_digest(code) if code else None,
            )
        if not is_first:
            raise ResponseRefused("already_answered")
        self._metrics.request(answer.state)
        if answer.state == "refused" and answer.refusal not in {"access_denied", "wallet_error"}:
            raise ResponseRefused(answer.refusal or "refused")
        return {"redirect_uri": f"{self._settings.base_url}/return?response_code={code}"} if code else {}

    # Reading

    async def view(self, id: str, *, response_code: str | None) -> RequestView | None:
        """Return a request to whoever holds its id; None when it is unknown or no longer kept.

        response_code: for a same-device request; without the right one it still looks as if it waits.
        """
        at = self._seconds()
        async with self._database.transaction() as connection:
            row = await RequestRepository(connection).by_id(_digest(id), at=at)
        return None if row is None else self._view(row, at, response_code)

    async def by_code(self, typed: str) -> RequestView | None:
        """Return the waiting request of a short code, without anything about its answer."""
        code = "".join(char for char in typed.upper() if char in CODE_ALPHABET)
        at = self._seconds()
        async with self._database.transaction() as connection:
            row = await RequestRepository(connection).by_code(code, at=at)
        if row is None or row.state_at(at) != "waiting":
            return None
        return self._view(row, at, None)

    async def delete_old(self) -> int:
        """Delete every request whose time is over."""
        async with self._database.transaction() as connection:
            return await RequestRepository(connection).delete_old(at=self._seconds())

    def _view(self, row: RequestRow, at: int, response_code: str | None) -> RequestView:
        held_back = row.response_code_digest is not None and not hmac.compare_digest(
            _digest(response_code or ""), row.response_code_digest
        )
        return RequestView(
            state="waiting" if held_back else row.state_at(at),
            flow=row.flow,
            template=row.template,
            purpose=row.purpose,
            dcql_query=parse_json_object(row.dcql_query),
            handle=row.handle,
            short_code=shown_code(row.short_code),
            authorization_request=self._link(row),
            expires_at=row.expires_at,
            answered_at=None if held_back else row.answered_at,
            delete_at=row.delete_at,
            refusal=None if held_back else row.refusal,
            response_code_required=held_back,
            by_language={} if held_back or not row.reports else orjson.loads(row.reports),
            stacking=None if held_back or not row.stacking else orjson.loads(row.stacking),
        )

    async def _waiting(self, handle: str) -> RequestRow | None:
        if not _HANDLE.fullmatch(handle):
            return None
        at = self._seconds()
        async with self._database.transaction() as connection:
            row = await RequestRepository(connection).by_handle(handle, at=at)
        return row if row is not None and row.state_at(at) == "waiting" else None

    def _request_uri(self, row: RequestRow) -> str:
        return f"{self._settings.base_url}/r/{row.handle}"

    def _link(self, row: RequestRow) -> str:
        return protocol.authorization_request(client_id=row.client_id, request_uri=self._request_uri(row))

    def _seconds(self) -> int:
        return int(self._clock().timestamp())


def shown_code(code: str) -> str:
    """`BCDF2345` as `BCDF-2345`."""
    return f"{code[:4]}-{code[4:]}"


def _digest(secret: str) -> str:
    return encode_base64url(hashlib.sha256(secret.encode("utf-8", "replace")).digest())


def _presented(verified: Mapping[str, Sequence[Verified]]) -> dict[str, list[PresentedClaims]]:
    return {name: [_claims_of(one) for one in group] for name, group in verified.items()}


def _claims_of(one: Verified) -> PresentedClaims:
    credential = one.report.require()
    assert one.presented is not None
    return PresentedClaims(
        format=credential.format,
        vct=credential.type.vct,
        claims=credential.claims,
        disclosed=one.presented.form.disclosed_places(one.presented.credential),
        holder_bound=credential.holder_proven,
        authority_key_ids=authorities_of(one.presented.credential.jws.header),
    )


def _in_languages(reports: Sequence[tuple[str, Report]]) -> dict[str, list[dict[str, Any]]]:
    """The reports in both languages, each with the id of the query that it answers: the reader's is chosen later."""
    return {lang: [{"query": name, **_kept(report, lang)} for name, report in reports] for lang in LANGUAGES}


def _kept(report: Report, lang: str) -> JsonObject:
    """A report as it is stored: without what would let somebody follow this credential later (DOMAIN §4)."""
    body = report.to_json(lang)
    if (credential := body["credential"]) is not None:
        credential["claims"] = {name: value for name, value in credential["claims"].items() if name not in _LINKING}
    return body
