"""A school in memory: its key, its register, its status list, and our verification of what anyone presents.

No service and no network; what a foreign library makes or reads is put in and taken out as text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from passport.credentials.examples import HOLDER, example_claims
from passport.credentials.formats import FORMATS
from passport.credentials.status_list import StatusBits, StatusReference, create_status_list_token
from passport.credentials.types import TYPES
from passport.jose.jws import JwsWriter
from passport.jose.keys import PrivateKey, PublicKey
from passport.trust.register import TrustRegister, parse_register
from passport.verification.materials import STATUS_LIST, Material, Materials
from passport.verification.policy import policy_for
from passport.verification.report import Report
from passport.verification.verify import Expected, verify

SCHOOL = "https://issuer.example/o/school-a"
LIST = "https://issuer.example/status/1"
INDEX = 412
EXPECTED = Expected(nonce="n-0S6_WzA2Mj", audience="x509_hash:verifier")
TYPE = TYPES["mbo-certificaat"]
PERSON = HOLDER


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """An issuer with one key; ours or theirs signs with it. anchor: PEM, for a register that trusts by certificate."""

    key: PrivateKey = field(default_factory=PrivateKey.generate)
    bits: StatusBits = field(default_factory=lambda: StatusBits(size=1024))
    anchor: str | None = None

    @property
    def jwk(self) -> dict[str, str]:
        return dict(self.key.public_key.to_jwk(kid="k1"))

    @property
    def keys(self) -> dict[str, Any]:
        if self.anchor is not None:
            return {"mechanism": "x5c", "anchors": [self.anchor]}
        return {"mechanism": "jwks", "jwks": [{"jwk": self.jwk, "valid_from": "2020-01-01"}]}

    def register(self) -> TrustRegister:
        document = {
            "version": 1,
            "organisations": [
                {
                    "id": SCHOOL,
                    "kind": "school",
                    "name": {"nl": "School A", "en": "School A"},
                    "keys": self.keys,
                    "accreditations": [{"type": TYPE.name, "crebo": ["25960"], "valid_from": "2020-08-01"}],
                }
            ],
        }
        return parse_register(json.dumps(document).encode())

    def issue(self, holder: PublicKey | None) -> str:
        """A credential by our own code, with everything disclosed."""
        now = datetime.now(UTC)
        return FORMATS["dc+sd-jwt"].issue(
            TYPE,
            example_claims(TYPE.name),
            iss=SCHOOL,
            writer=JwsWriter(self.key, {"typ": "dc+sd-jwt", "kid": "k1"}),
            holder=holder,
            status=StatusReference(uri=LIST, index=INDEX),
            issued_at=now - timedelta(seconds=5),
            expires_at=None,
        )

    def status_list(self, *, header: dict[str, Any] | None = None) -> str:
        """A status list token by our own code. header: what names the key, beside or instead of `kid`."""
        now = datetime.now(UTC)
        return create_status_list_token(
            self.bits,
            uri=LIST,
            writer=JwsWriter(self.key, {"typ": "statuslist+jwt", **(header or {"kid": "k1"})}),
            issued_at=now - timedelta(seconds=5),
            expires_at=now + timedelta(days=1),
            ttl=300,
        )

    def judge(self, text: str, *, status_list: str | None = None, expected: Expected | None = None) -> Report:
        """Our verification of a text; with `expected` holder binding is required."""
        now = datetime.now(UTC)
        token = self.status_list() if status_list is None else status_list
        material = Material(kind=STATUS_LIST, url=LIST, body=token.encode(), fetched_at=now)
        return verify(
            text,
            Materials().plus([material]),
            self.register(),
            policy_for(require_holder_binding=expected is not None),
            expected=expected,
            at=now,
        )


def private_key(key: ec.EllipticCurvePrivateKey) -> PrivateKey:
    """A key of the cryptography library as ours."""
    return PrivateKey.from_pem(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def failed(report: Report) -> dict[str, str | None]:
    """The checks that did not pass and were not skipped, with their codes."""
    return {check.id: check.code for check in report.checks if check.outcome not in {"passed", "skipped"}}


def foreign_claims(*, jwk: dict[str, Any] | None = None) -> dict[str, Any]:
    """The claims of a credential that another issuer's code signs: ours by content, without digests."""
    now = int(datetime.now(UTC).timestamp())
    claims: dict[str, Any] = {
        "iss": SCHOOL,
        "vct": TYPE.vct,
        "iat": now - 5,
        "status": {"status_list": {"idx": INDEX, "uri": LIST}},
        **example_claims(TYPE.name),
    }
    return claims | ({"cnf": {"jwk": jwk}} if jwk else {})
