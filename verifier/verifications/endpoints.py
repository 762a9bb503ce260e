"""`POST /api/v1/verifications`: a credential in, a report out. A refused credential is an answer, not an error."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from passport.jose.encoding import encode_json
from passport.verification.verify import Expected
from verifier.bodies import read_json
from verifier.language import language_of
from verifier.problems import BodyInvalid
from verifier.security import api_key_checked, rate_limited
from verifier.services import services_of
from verifier.verifications.models import VerificationBody

router = APIRouter(prefix="/api/v1", dependencies=[Depends(rate_limited), Depends(api_key_checked)])
_BODY = {"requestBody": {"content": {"application/json": {"schema": VerificationBody.model_json_schema()}}}}


@router.post("/verifications", openapi_extra=_BODY, summary="Verify a credential")
async def create_verification(request: Request) -> Response:
    """Return the report (CONTRACT section 6), also when the answer is no; 4xx only for a call that is itself wrong.

    Holder binding is required when `expected` is given, unless `require_holder_binding` says otherwise.
    """
    body = await read_json(request, VerificationBody)
    binding = body.expected is not None if body.require_holder_binding is None else body.require_holder_binding
    if binding and body.expected is None:
        raise BodyInvalid("holder binding needs a nonce and an audience", at="expected")
    expected = None if body.expected is None else Expected(nonce=body.expected.nonce, audience=body.expected.audience)
    service = services_of(request).verifications
    [report] = await service.verify_all([body.credential.strip()], expected=expected, require_holder_binding=binding)
    lang = language_of(request)
    headers = {"Cache-Control": "no-store", "Content-Language": lang}
    services_of(request).metrics.verdict(report.verdict)
    return Response(encode_json(report.to_json(lang)), media_type="application/json", headers=headers)
