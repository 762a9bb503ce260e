"""openvc-core as the verifier at the other end of OpenID4VP, and as a reader of certificate chains."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from openvc import P256KeyAgreementKey, VerificationPolicy, verify_credential, verify_encrypted_vp_response
from openvc.errors import OpenvcError
from openvc.openid4vp import verify_vp_token
from openvc.status.issue import verify_status_list_token

from passport.credentials.examples import example_claims
from passport.credentials.formats import FORMATS
from passport.jose.jws import JwsWriter
from passport.jose.keys import PrivateKey
from passport.openid.haip import encode_x5c, x509_hash_client_id
from passport.openid.oid4vp import (
    AuthorizationRequest,
    EncryptionKey,
    create_encryption_key,
    create_request_object,
    create_response,
    verify_request_object,
)
from tests.certificates import der, make_anchor, make_leaf
from tests.interop.bench import SCHOOL, TYPE, School, private_key

NONCE = "dGhpcyBpcyBhIG5vbmNlIG9mIHRlc3Rz"
QUERY = {
    "credentials": [
        {
            "id": "bewijs",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": [TYPE.vct]},
            "claims": [{"path": ["given_name"]}, {"path": ["units", None]}],
        }
    ]
}


def _request(encryption: EncryptionKey | None) -> AuthorizationRequest:
    """A verifier's request by our code, read by our wallet's code."""
    anchor_key, anchor = make_anchor()
    leaf_key, leaf = make_leaf(anchor_key, anchor, dns="verifier.example")
    client_id = x509_hash_client_id(der(leaf))
    now = datetime.now(UTC)
    token = create_request_object(
        signer=private_key(leaf_key),
        chain=[der(leaf)],
        client_id=client_id,
        response_uri="https://verifier.example/response",
        nonce=NONCE,
        state="state",
        dcql_query=QUERY,
        at=now,
        expires_at=now + timedelta(minutes=5),
        response_mode="direct_post.jwt" if encryption else "direct_post",
        encryption_key=encryption,
    )
    return verify_request_object(token, client_id=client_id, at=now)


def _presentation(school: School, request: AuthorizationRequest) -> str:
    holder = PrivateKey.generate()
    return FORMATS["dc+sd-jwt"].present(
        school.issue(holder.public_key),
        disclose=[("given_name",), ("units", None)],
        signer=holder,
        nonce=request.nonce,
        audience=request.client_id,
        at=datetime.now(UTC),
    )


def _trusting(school: School) -> dict[str, Any]:
    return {
        "jwt_vc_issuer_fetch": lambda url: {"issuer": SCHOOL, "jwks": {"keys": [school.jwk]}},
        "resolve_status_list_token": lambda uri: verify_status_list_token(
            school.status_list(), public_key_jwk=school.jwk, expected_uri=uri
        ),
        "require_status": True,
    }


def test_openvc_accepts_the_vp_token_of_our_wallet() -> None:
    school = School()
    request = _request(None)
    form = create_response(request, {"bewijs": [_presentation(school, request)]})
    verified = verify_vp_token(
        form["vp_token"], dcql_query=QUERY, nonce=NONCE, client_id=request.client_id, **_trusting(school)
    )
    (presentation,) = verified.for_query("bewijs")
    assert presentation.raw.claims["given_name"] == "Test"
    assert len(presentation.raw.claims["units"]) == 2
    assert "family_name" not in presentation.raw.claims
    with pytest.raises(OpenvcError):
        verify_vp_token(
            form["vp_token"], dcql_query=QUERY, nonce=NONCE, client_id="x509_hash:another", **_trusting(school)
        )


def test_openvc_decrypts_and_accepts_the_encrypted_response_of_our_wallet() -> None:
    school = School()
    encryption = create_encryption_key("k")
    request = _request(encryption)
    form = create_response(request, {"bewijs": [_presentation(school, request)]})
    assert list(form) == ["response"]
    verified = verify_encrypted_vp_response(
        form["response"],
        key=P256KeyAgreementKey.from_jwk(dict(encryption.private_jwk), "k"),
        dcql_query=QUERY,
        nonce=NONCE,
        client_id=request.client_id,
        **_trusting(school),
    )
    assert len(verified.presentations) == 1


def test_openvc_follows_the_certificate_chain_of_our_credential() -> None:
    anchor_key, anchor = make_anchor()
    leaf_key, leaf = make_leaf(anchor_key, anchor, uri=SCHOOL)
    school = School(key=private_key(leaf_key))
    now = datetime.now(UTC)
    ours = FORMATS["dc+sd-jwt"].issue(
        TYPE,
        example_claims(TYPE.name),
        iss=SCHOOL,
        writer=JwsWriter(school.key, {"typ": "dc+sd-jwt", "kid": "k1", "x5c": encode_x5c([der(leaf)])}),
        holder=None,
        status=None,
        issued_at=now - timedelta(seconds=5),
        expires_at=None,
    )
    policy = VerificationPolicy(expected_vct=TYPE.vct)
    assert verify_credential(ours, x5c_trust_anchors=[anchor], policy=policy)
    _, stranger = make_anchor("Another anchor")
    with pytest.raises(OpenvcError):
        verify_credential(ours, x5c_trust_anchors=[stranger], policy=policy)
