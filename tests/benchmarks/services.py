"""The real issuer and verifier for a benchmark: as in `tests.live`, without rate limits, one process each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from passport.jose.keys import PrivateKey
from passport.openid.oid4vci import create_credential_request, create_proof, create_token_request, parse_offer_object
from tests.benchmarks import fixture
from tests.benchmarks.load import post
from tests.benchmarks.profiled import script
from tests.live import (
    ORGANISATIONS,
    Organisation,
    Service,
    add_organisation,
    build_register,
    claims_of,
    issuer_service,
    verifier_service,
)

NO_LIMIT = "100000000/minute"
CONFIGURATION = "mbo-certificaat_dc+sd-jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    issuer: Service
    verifier: Service
    school: Organisation


def pid_of(service: Service) -> int:
    """The process that listens for a service, by its command line and port."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"serve" in words and str(service.port).encode() in words:
                return int(folder.name)
    raise LookupError(service.command)


@contextmanager
def services(folder: Path) -> Iterator[Services]:
    """Set up by the command line, and running."""
    register = folder / "register.json"
    rates = {f"SKILLSPAS_ISSUER_RATE_{kind}": NO_LIMIT for kind in ("TOKEN", "PUBLIC", "API")}
    issuing = issuer_service(folder / "issuer", **rates, SKILLSPAS_ISSUER_STATUS_TTL="3600")
    verifying = verifier_service(folder / "verifier", register=register)
    organisations = {"school-a": add_organisation(issuing, "school-a", *ORGANISATIONS["school-a"])}
    build_register(issuing, verifying, organisations, register)
    issuing = replace(issuing, command=script(issuing, "issuer.cli"))
    verifying = replace(verifying, command=script(verifying, "verifier.cli"))
    with issuing.serving(), verifying.serving("--rate-limit", "off"):
        yield Services(issuer=issuing, verifier=verifying, school=organisations["school-a"])


class Wallets:
    """Brings offers as far as the credential request, over HTTP."""

    def __init__(self, school: Organisation) -> None:
        self.school = school
        self.client = httpx.Client(timeout=30, trust_env=False)
        self.api = school.api()
        claims = {name: value for name, value in fixture.claims().items() if name != "awarding_body"}
        self._claims = claims

    def close(self) -> None:
        self.client.close()
        self.api.close()

    def _json(self, answer: httpx.Response) -> Any:
        if not answer.is_success:
            raise AssertionError(answer.text)
        return answer.json()

    def request(self, key: PrivateKey, *, port: int) -> bytes:
        """A credential request that is ready to be sent: offered, its code redeemed, its proof signed."""
        number = claims_of("mbo-certificaat")["document_number"]
        body = {"type": "mbo-certificaat", "claims": {**self._claims, "document_number": number}}
        offer = self._json(self.api.post("/credentials", json=body))["offer"]
        reference = httpx.URL(offer["uri"]).params["credential_offer_uri"]
        opened = parse_offer_object(self.client.get(reference).content, allow_loopback_http=True)
        form = create_token_request(pre_authorized_code=opened.pre_authorized_code, tx_code=offer["tx_code"])
        token = self._json(self.client.post(f"{self.school.issuer}/token", data=form))["access_token"]
        nonce = self._json(self.client.post(f"{self.school.issuer}/nonce"))["c_nonce"]
        return credential_request(key, self.school.issuer, token, nonce, port=port)


def credential_request(key: PrivateKey, issuer: str, token: str, nonce: str, *, port: int) -> bytes:
    proof = create_proof(key, audience=issuer, nonce=nonce, at=datetime.now(UTC))
    body = create_credential_request(credential_configuration_id=CONFIGURATION, proofs=(proof,))
    path = httpx.URL(issuer).path
    return post(f"{path}/credential", json.dumps(body).encode(), port=port, Authorization=f"Bearer {token}")


def verification_requests(texts: list[str], key: PrivateKey, number: int, *, port: int) -> list[bytes]:
    """So many presentations, each bound anew."""
    at = datetime.now(UTC)

    def one(text: str) -> bytes:
        shown = fixture.FORM.present(
            text, disclose=fixture.PATHS, signer=key, nonce=fixture.NONCE, audience=fixture.AUDIENCE, at=at
        )
        body = {"credential": shown, "expected": {"nonce": fixture.NONCE, "audience": fixture.AUDIENCE}}
        return post("/api/v1/verifications", json.dumps(body).encode(), port=port)

    return [one(texts[at % len(texts)]) for at in range(number)]
