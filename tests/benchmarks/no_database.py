"""The credential endpoint without a database: the same request, checks, credential and answer, state in memory.

Run as a process of its own: `no_database PORT`. `POST /prepare` answers with an access token and a nonce. It has what
`issuer` has in common with any service: FastAPI, one `async def` endpoint, the key proof, the credential format. It has
no tables, no audit log, no sealed claims, no middleware.
"""

from __future__ import annotations

import json
import secrets
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response

from passport.credentials.status_list import StatusReference
from passport.openid.oauth import bearer_token
from passport.openid.oid4vci import check_proof, create_credential_response, parse_credential_request
from tests.benchmarks import fixture

app = FastAPI()
_TOKENS: dict[str, bytes] = {}
_NONCES: set[str] = set()
_ISSUED: dict[str, int] = {}


def _issuer(request: Request) -> str:
    return f"http://{request.headers['host']}/o/school-a"


@app.post("/prepare")
async def prepare() -> dict[str, str]:
    token, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    _TOKENS[token] = json.dumps(fixture.claims()).encode()
    _NONCES.add(nonce)
    return {"token": token, "nonce": nonce}


@app.post("/o/school-a/credential")
async def credential(request: Request) -> Response:
    token = bearer_token(request.headers.get("authorization"))
    claims: dict[str, Any] = json.loads(_TOKENS.pop(token))
    asked = parse_credential_request(await request.body(), max_proofs=10)
    now = datetime.now(UTC)
    proof = check_proof(asked.proofs[0], expected_audience=_issuer(request), at=now, algorithms=("ES256",))
    _NONCES.remove(proof.nonce or "")
    index = _ISSUED[token] = len(_ISSUED)
    signed = fixture.FORM.issue(
        fixture.TYPE,
        claims,
        iss=_issuer(request),
        writer=fixture.writer(),
        holder=proof.key,
        status=StatusReference(uri=fixture.world().school.status_uri, index=index),
        issued_at=now,
        expires_at=now + timedelta(days=365),
    )
    nonce = secrets.token_urlsafe(32)
    _NONCES.add(nonce)
    answer = create_credential_response([signed], notification_id=secrets.token_urlsafe(32), c_nonce=nonce)
    return Response(json.dumps(answer), media_type="application/json", headers={"Cache-Control": "no-store"})


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning")
