"""Whatever comes in, the readers of both protocols answer with a value or with one of our own errors."""

import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passport.errors import PassportError
from passport.jose.encoding import encode_base64url
from passport.network import NetworkSettings, check_url, parse_dev_hosts
from passport.openid import dcql, oauth, oid4vci, oid4vp
from passport.openid.oid4vp.encryption import choose_recipient, create_encryption_key

AT = datetime(2026, 6, 1, tzinfo=UTC)
KEY = create_encryption_key("k")
NAMES = """credential_issuer credential_configuration_ids grants pre-authorized_code tx_code length input_mode jwt
urn:ietf:params:oauth:grant-type:pre-authorized_code grant_type credential_configurations_supported format vct jwks keys
credential_endpoint authorization_servers batch_credential_issuance batch_size display credential_metadata claims path
proof_types_supported proofs credentials credential transaction_id interval notification_id event access_token token_type
authorization_details client_id request_uri response_uri response_type response_mode nonce state dcql_query
client_metadata vp_formats_supported dc+sd-jwt kb-jwt_alg_values vp_token error id meta vct_values claim_sets options
credential_sets values multiple trusted_authorities type x5c jwk kid alg typ epk enc kty crv x y aud iat exp crit"""
WORDS = """dc+sd-jwt vp_token direct_post direct_post.jwt https://a.example x509_hash:a redirect_uri:https://a.example
openid4vci-proof+jwt oauth-authz-req+jwt ES256 ECDH-ES A128GCM P-256 EC credential_accepted Bearer openid_credential
https://self-issued.me/v2 http://127.0.0.1 did:jwk:e30 aki"""
names = st.sampled_from(NAMES.split()) | st.text(max_size=5)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(WORDS.split())
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5), max_leaves=20
)
objects = st.dictionaries(names, values, max_size=8)
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def answered(read: Callable[[], object]) -> None:
    with contextlib.suppress(PassportError):
        read()


@pytest.mark.parametrize(
    "read",
    [
        dcql.parse_query,
        choose_recipient,
        oid4vci.parse_token_response,
        oid4vci.parse_nonce_response,
        oid4vci.parse_credential_response,
        lambda value: oid4vci.parse_offer_object(json.dumps(value)),
        lambda value: oid4vci.parse_credential_request(json.dumps(value)),
        lambda value: oid4vci.parse_notification(json.dumps(value)),
        lambda value: oid4vci.parse_deferred_request(json.dumps(value)),
        lambda value: oauth.parse_error(json.dumps(value).encode(), status=400),
        lambda value: oid4vp.parse_response_answer(json.dumps(value)),
        lambda value: oid4vci.parse_issuer_metadata(
            value | {"credential_issuer": "https://a.example", "credential_endpoint": "https://a.example/c"},
            expected_issuer="https://a.example",
        ),
        lambda value: oid4vci.parse_authorization_server_metadata(
            value | {"issuer": "https://a.example"}, expected_issuer="https://a.example"
        ),
    ],
)
@quick
@given(value=objects)
def test_any_object_is_answered(read: Callable[[object], object], value: dict) -> None:
    answered(lambda: read(value))


@quick
@given(header=objects, payload=objects, signature=st.binary(max_size=80))
def test_any_token_is_answered(header: dict, payload: dict, signature: bytes) -> None:
    header = {"alg": "ES256"} | header
    token = ".".join(encode_base64url(json.dumps(part).encode()) for part in (header, payload))
    token += "." + encode_base64url(signature)
    answered(lambda: oid4vci.check_proof(token, expected_audience="https://a.example", at=AT, allow_did_jwk=True))
    answered(lambda: oid4vp.verify_request_object(token, client_id="x509_hash:a", at=AT))
    jwe = token + ".AAAA.AAAA"
    answered(lambda: oid4vp.parse_response(urlencode({"response": jwe}).encode(), encryption_key=KEY))


@quick
@given(
    form=st.dictionaries(
        names, st.text(max_size=30) | st.sampled_from(WORDS.split()) | objects.map(json.dumps), max_size=8
    )
)
def test_any_form_and_link_is_answered(form: dict[str, str]) -> None:
    body = urlencode(form, errors="replace")
    answered(lambda: oid4vci.parse_token_request(body))
    answered(lambda: oid4vp.parse_response(body.encode()))
    answered(lambda: oid4vp.parse_wallet_nonce(body))
    answered(lambda: oid4vp.parse_authorization_request(f"openid4vp://?{body}"))
    answered(lambda: oid4vci.parse_offer(f"openid-credential-offer://?{body}"))


@quick
@given(text=st.text(max_size=60) | st.from_regex(r"https?://[\[\]a-z0-9.:@%/?#=-]{0,40}", fullmatch=True))
def test_any_text_is_answered(text: str) -> None:
    answered(lambda: oid4vci.parse_offer(text))
    answered(lambda: oid4vp.parse_authorization_request(text))
    answered(lambda: oauth.bearer_token(text))
    answered(lambda: check_url(text, NetworkSettings(allow_loopback_http=True)))
    answered(lambda: parse_dev_hosts(text))
    answered(lambda: oauth.check_identifier(text))
    answered(lambda: oauth.parse_form(text))


@quick
@given(raw=st.binary(max_size=60))
def test_any_bytes_are_answered(raw: bytes) -> None:
    for read in (
        oid4vci.parse_token_request, oid4vci.parse_offer_object, oid4vci.parse_credential_request, dcql.parse_query,
        oid4vci.parse_notification, oid4vci.parse_token_response, oid4vp.parse_response, oid4vp.response_kid,
    ):  # fmt: skip
        answered(lambda read=read: read(raw))
