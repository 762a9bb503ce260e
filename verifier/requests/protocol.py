"""How a stored request becomes OpenID4VP messages, and a wallet's answer becomes presentations.

`passport.openid` builds and reads the messages; here our certificate, our name and our stored values go in.
"""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from passport.jose.encoding import parse_json_object
from passport.openid.haip import x509_hash_client_id
from passport.openid.oid4vp import (
    AuthorizationResponse,
    EncryptionKey,
    authorization_request_uri,
    create_encryption_key,
    create_request_object,
    parse_response,
)
from verifier.certificates import RequestCertificate
from verifier.requests.models import RequestRow

ALGORITHMS = ("ES256", "ES384", "EdDSA")


class Asker:
    """Who asks: our certificate and our name."""

    def __init__(self, *, certificate: RequestCertificate, name: str) -> None:
        self._certificate = certificate
        self._name = name
        self.client_id = x509_hash_client_id(certificate.leaf_der)

    def request_object(self, row: RequestRow, *, response_uri: str, wallet_nonce: str | None, at: datetime) -> str:
        """Return the signed request object of a stored request."""
        return create_request_object(
            signer=self._certificate.signer,
            chain=[self._certificate.leaf_der],
            client_id=row.client_id,
            response_uri=response_uri,
            nonce=row.nonce,
            state=row.state_value,
            dcql_query=parse_json_object(row.dcql_query),
            at=at,
            expires_at=datetime.fromtimestamp(row.expires_at, UTC),
            response_mode=row.response_mode,
            encryption_key=_encryption_key(row),
            client_name=self._name,
            purpose=row.purpose,
            wallet_nonce=wallet_nonce,
            algorithms=ALGORITHMS,
        )


def authorization_request(*, client_id: str, request_uri: str) -> str:
    """Return the link that the QR holds."""
    return authorization_request_uri(client_id=client_id, request_uri=request_uri)


def new_encryption_key(kid: str) -> str:
    """Return a fresh private key for one request, as JSON, to be stored with it (HAIP §5)."""
    return orjson.dumps(dict(create_encryption_key(kid).private_jwk)).decode()


def _encryption_key(row: RequestRow) -> EncryptionKey | None:
    if row.encryption_jwk is None:
        return None
    return EncryptionKey(kid=row.handle, private_jwk=parse_json_object(row.encryption_jwk))


def read_response(row: RequestRow, body: bytes) -> AuthorizationResponse:
    """Return what a wallet posted, decrypted where it was asked so. Raises: ProtocolError, Malformed."""
    return parse_response(body, encryption_key=_encryption_key(row))
