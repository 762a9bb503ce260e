"""What the attacks share: verify as an edge does, write the report, and change what an organisation signed."""

from __future__ import annotations

import json
from typing import Any

from passport.jose.encoding import decode_base64url, encode_base64url, encode_json
from passport.verification.policy import policy_for
from passport.verification.presented import parse_presented
from passport.verification.report import Report
from passport.verification.verify import needs, verify
from tests.ecosystem import Ecosystem, Organisation

POLICY = policy_for(require_holder_binding=False)


def judge(world: Ecosystem, text: str) -> Report:
    """The report, written out in both languages."""
    presented, materials, register = parse_presented(text), world.materials(), world.register()
    needs(presented, materials, register, at=world.at)
    report = verify(presented, materials, register, POLICY, at=world.at)
    for lang in ("nl", "en"):
        encode_json(report.to_json(lang))
    return report


def problem(report: Report) -> tuple[str, str | None]:
    """Verdict and the code of the first problem."""
    first = report.first_problem()
    return report.verdict, None if first is None else first.code


def payload_of(token: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(decode_base64url(token.split("~", maxsplit=1)[0].split(".")[1]))
    return payload


def signed_anew(organisation: Organisation, text: str, **changes: Any) -> str:
    """The credential with other members in the clear, signed by its own issuer."""
    payload = {**payload_of(text), **changes}
    disclosures = text.split("~", 1)[1]
    return f"{organisation.writer('dc+sd-jwt').sign(json.dumps(payload).encode())}~{disclosures}"


def with_header(text: str, **changes: Any) -> str:
    """The credential with another header; its signature no longer holds."""
    jwt, _, rest = text.partition("~")
    header, payload, signature = jwt.split(".")
    changed = json.loads(decode_base64url(header)) | changes
    return f"{encode_base64url(json.dumps(changed).encode())}.{payload}.{signature}~{rest}"


def serve_list(organisation: Organisation, **changes: Any) -> None:
    """Serve the status list with other members, well signed. `status_list` adds to the member of that name."""
    claims = payload_of(organisation.status_list().decode())
    claims["status_list"] |= changes.pop("status_list", {})
    token = organisation.writer("statuslist+jwt").sign(json.dumps({**claims, **changes}).encode())
    organisation.status_token = token.encode()
