"""OpenID4VCI: every message both ways, and every refusal with its own OAuth code."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import jsonschema
import pytest

from passport.credentials.types import TYPES
from passport.errors import Malformed, ProtocolError
from passport.jose.encoding import encode_base64url, encode_json
from passport.jose.jwt import create_jwt
from passport.jose.keys import PrivateKey
from passport.openid import oauth, oid4vci
from passport.openid.oauth import UrlRefused

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
ISSUER = "https://issuer.example/o/school-a"
VECTORS = Path(os.environ.get("SKILLSPAS_VECTORS", Path(__file__).parents[4] / "shared/standards/vectors"))


def vector(path: str) -> dict:
    if not (VECTORS / path).exists():
        pytest.skip(f"{path} is not on this machine")
    return json.loads((VECTORS / path).read_text())


def refused(error: str, status: int = 400):
    return pytest.raises(ProtocolError, check=lambda raised: (raised.error, raised.status) == (error, status))


# --- offers


def offer_object(**changes: object) -> dict:
    return (
        oid4vci.create_offer(
            credential_issuer=ISSUER,
            credential_configuration_ids=["mbo-certificaat"],
            pre_authorized_code="a-code",
            tx_code=oid4vci.TxCode(length=6, description="Per brief"),
        )
        | changes
    )


def test_an_offer_travels_by_value_and_keeps_its_spaces() -> None:
    uri = oid4vci.offer_uri(offer_object())
    assert uri.startswith("openid-credential-offer://?credential_offer=%7B")
    assert "+" not in uri
    assert oid4vci.parse_offer(uri) == oid4vci.Offer(
        credential_issuer=ISSUER,
        credential_configuration_ids=("mbo-certificaat",),
        pre_authorized_code="a-code",
        tx_code=oid4vci.TxCode(length=6, description="Per brief"),
    )


def test_an_offer_travels_by_reference() -> None:
    place = "https://issuer.example/o/school-a/offers/x?y=1"
    assert oid4vci.parse_offer(oid4vci.offer_reference_uri(place)) == oid4vci.OfferReference(uri=place)
    assert oid4vci.parse_offer(place) == oid4vci.OfferReference(uri=place)
    carried = "https://wallet.example/start?" + urlencode({"credential_offer_uri": place})
    assert oid4vci.parse_offer(carried) == oid4vci.OfferReference(uri=place)


def test_what_we_offer_meets_the_official_schema() -> None:
    schema = vector("oidf-conformance/credential_offer-1_0.json")
    jsonschema.validate(offer_object(), schema)
    jsonschema.validate(
        oid4vci.create_offer(credential_issuer=ISSUER, credential_configuration_ids=["diploma"]), schema
    )


@pytest.mark.parametrize("name", ["credential_offer_multiple_credentials.json", "credential_offer_pre-authz_code.json"])
def test_the_offers_of_the_specification_are_read(name: str) -> None:
    example = vector("openid/oid4vci_1_0_examples.json")["examples"][name]
    read = oid4vci.parse_offer_object(json.dumps(example))
    assert list(read.credential_configuration_ids) == example["credential_configuration_ids"]


def test_unknown_members_and_grants_of_an_offer_are_ignored() -> None:
    grants = {"urn:other": {"x": 1}, "authorization_code": {"issuer_state": "s", "y": 2}}
    read = oid4vci.parse_offer_object(json.dumps(offer_object(grants=grants, more=[1])))
    assert isinstance(read, oid4vci.Offer)
    assert (read.has_authorization_code, read.issuer_state, read.pre_authorized_code) == (True, "s", None)


def test_an_empty_tx_code_object_still_asks_for_one() -> None:
    grant = {"pre-authorized_code": "c", "tx_code": {}}
    read = oid4vci.parse_offer_object(json.dumps(offer_object(grants={oid4vci.PRE_AUTHORIZED_CODE: grant})))
    assert read.tx_code == oid4vci.TxCode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "openid-credential-offer://",
        "openid-credential-offer://?credential_offer={}",
        "openid-credential-offer://?credential_offer=a&credential_offer_uri=https://b",
        "openid-credential-offer://?credential_offer_uri=https://a.example&credential_offer_uri=https://b.example",
        "openid-credential-offer://?credential_offer_uri=http://issuer.example/x",
        "openid-credential-offer://?credential_offer_uri=http://127.0.0.1/x",
        "openid-credential-offer://?credential_offer_uri=file:///etc/passwd",
        "openid-credential-offer://?credential_offer_uri=https://u:p@issuer.example/x",
        "http://issuer.example/offer",
        "javascript:alert(1)",
        "https://[::1",
        "openid-credential-offer://?" + "a=1&" * 100 + "credential_offer_uri=https://b.example",
    ],
)
def test_what_is_no_offer_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        oid4vci.parse_offer(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"credential_issuer": None},
        {"credential_issuer": "http://issuer.example"},
        {"credential_issuer": "https://issuer.example/?x=1"},
        {"credential_issuer": "https://issuer.example/#x"},
        {"credential_issuer": "https://user@issuer.example"},
        {"credential_issuer": "https://issuer.example/\u202e"},
        {"credential_configuration_ids": []},
        {"credential_configuration_ids": [1]},
        {"credential_configuration_ids": ["a", "a"]},
        {"credential_configuration_ids": "a"},
        {"grants": []},
        {"grants": {oid4vci.PRE_AUTHORIZED_CODE: {}}},
        {"grants": {oid4vci.PRE_AUTHORIZED_CODE: {"pre-authorized_code": 1}}},
        {"grants": {oid4vci.PRE_AUTHORIZED_CODE: {"pre-authorized_code": "a", "tx_code": []}}},
        {"grants": {oid4vci.PRE_AUTHORIZED_CODE: {"pre-authorized_code": "a", "tx_code": {"length": True}}}},
        {"grants": {oid4vci.PRE_AUTHORIZED_CODE: {"pre-authorized_code": "a", "tx_code": {"input_mode": "x"}}}},
        {"grants": {oid4vci.PRE_AUTHORIZED_CODE: {"pre-authorized_code": "a", "tx_code": {"description": "x" * 301}}}},
    ],
)
def test_a_bad_offer_object_is_refused(changes: dict) -> None:
    with pytest.raises(Malformed):
        oid4vci.parse_offer_object(json.dumps(offer_object(**changes)))


def test_an_offer_with_a_member_twice_is_refused() -> None:
    body = json.dumps(offer_object())[:-1] + ',"credential_issuer":"https://other.example"}'
    with pytest.raises(Malformed):
        oid4vci.parse_offer_object(body)


def test_loopback_http_needs_the_switch() -> None:
    body = json.dumps(offer_object(credential_issuer="http://127.0.0.1:8001/o/a"))
    with pytest.raises(UrlRefused):
        oid4vci.parse_offer_object(body)
    read = oid4vci.parse_offer_object(body, allow_loopback_http=True)
    assert read.credential_issuer == "http://127.0.0.1:8001/o/a"
    with pytest.raises(UrlRefused):
        oid4vci.parse_offer_object(
            json.dumps(offer_object(credential_issuer="http://issuer.example")), allow_loopback_http=True
        )


# --- metadata


def built_metadata(**changes: object) -> dict:
    arguments = {
        "credential_issuer": ISSUER,
        "configurations": {
            name: oid4vci.credential_configuration(json.loads(one.metadata_bytes), scope=name)
            for name, one in TYPES.items()
        },
        "credential_endpoint": f"{ISSUER}/credential",
        "nonce_endpoint": f"{ISSUER}/nonce",
        "deferred_credential_endpoint": f"{ISSUER}/deferred",
        "notification_endpoint": f"{ISSUER}/notification",
        "batch_size": 8,
        "display": [{"name": "School A", "locale": "nl-NL"}],
    }
    return oid4vci.issuer_metadata(**(arguments | changes))


def test_well_known_documents_stand_between_host_and_path() -> None:
    assert oid4vci.well_known_url(ISSUER, oid4vci.CREDENTIAL_ISSUER) == (
        "https://issuer.example/.well-known/openid-credential-issuer/o/school-a"
    )
    assert oid4vci.well_known_url("https://issuer.example:8443/", oid4vci.AUTHORIZATION_SERVER) == (
        "https://issuer.example:8443/.well-known/oauth-authorization-server"
    )


def test_our_metadata_of_all_types_meets_the_official_schema() -> None:
    jsonschema.validate(built_metadata(), vector("oidf-conformance/credential_issuer_metadata-1_0.json"))
    jsonschema.validate(
        oid4vci.authorization_server_metadata(issuer=ISSUER, token_endpoint=f"{ISSUER}/token"),
        vector("oidf-conformance/oauth_authorization_server_metadata.json"),
    )


def test_our_metadata_reads_back() -> None:
    read = oid4vci.parse_issuer_metadata(json.dumps(built_metadata()), expected_issuer=ISSUER)
    assert (read.nonce_endpoint, read.batch_size, read.encryption_required) == (f"{ISSUER}/nonce", 8, False)
    assert set(read.configurations) == set(TYPES)
    one = read.configurations["diploma"]
    assert (one.format, one.vct, one.scope) == ("dc+sd-jwt", "urn:skillspas:diploma:1", "diploma")
    assert one.proof_algorithms == ("ES256",)
    assert {"name", "locale"} <= set(one.display[0])
    assert {"path", "display"} <= set(one.claims[0])
    server = oid4vci.parse_authorization_server_metadata(
        encode_json(oid4vci.authorization_server_metadata(issuer=ISSUER, token_endpoint=f"{ISSUER}/token")),
        expected_issuer=ISSUER,
    )
    assert server.token_endpoint == f"{ISSUER}/token"
    assert server.anonymous_access
    assert oid4vci.PRE_AUTHORIZED_CODE in server.grant_types_supported


def metadata_samples(kind: str) -> dict[str, dict]:
    folder, prefix = VECTORS / "oidf-conformance/metadata-samples", f"{kind}-openid-credential-issuer-metadata-"
    if not folder.exists():
        pytest.skip("the metadata samples are not on this machine")
    return {file.stem.removeprefix(prefix): json.loads(file.read_text()) for file in folder.glob(f"{prefix}*.json")}


def test_every_valid_official_metadata_sample_is_read() -> None:
    samples = metadata_samples("valid")
    assert len(samples) >= 7
    for name, document in samples.items():
        read = oid4vci.parse_issuer_metadata(document, expected_issuer=document["credential_issuer"])
        # A dc+sd-jwt configuration without vct cannot be used and is left out, whatever the file's name says.
        left_out = 1 if name == "spec-DcSdJwt-claims-missing-vct-example" else 0
        assert len(read.configurations) == len(document["credential_configurations_supported"]) - left_out, name


def test_invalid_official_metadata_samples_are_refused_where_a_part_that_we_use_is_wrong() -> None:
    tolerated = set()
    for name, document in metadata_samples("invalid").items():
        try:
            oid4vci.parse_issuer_metadata(document, expected_issuer=document.get("credential_issuer", ""))
        except Malformed:
            continue
        tolerated.add(name)
    # Wrong in parts that this wallet does not use: claims of an older form, response and request encryption.
    assert tolerated == {
        "bdr-example1",
        "missing-required-property-in-optional-property",
        "request-encryption-jwks-as-array",
    }


@pytest.mark.parametrize("issuer", [f"{ISSUER}/", "https://ISSUER.example/o/school-a", "https://issuer.example"])
def test_metadata_of_another_identifier_is_refused_character_for_character(issuer: str) -> None:
    with pytest.raises(oid4vci.IdentifierMismatch):
        oid4vci.parse_issuer_metadata(json.dumps(built_metadata(credential_issuer=issuer)), expected_issuer=ISSUER)
    with pytest.raises(oid4vci.IdentifierMismatch):
        oid4vci.parse_authorization_server_metadata(
            json.dumps({"issuer": issuer, "token_endpoint": f"{ISSUER}/token"}), expected_issuer=ISSUER
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"credential_endpoint": None},
        {"credential_endpoint": "http://issuer.example/credential"},
        {"nonce_endpoint": "//issuer.example"},
        {"notification_endpoint": 7},
        {"credential_configurations_supported": []},
        {"authorization_servers": "x"},
        {"authorization_servers": ["http://as.example"]},
    ],
)
def test_bad_metadata_is_refused(changes: dict) -> None:
    with pytest.raises(Malformed):
        oid4vci.parse_issuer_metadata(json.dumps(built_metadata() | changes), expected_issuer=ISSUER)


def test_an_authorization_server_that_the_issuer_does_not_list_is_refused() -> None:
    listed = oid4vci.parse_issuer_metadata(
        json.dumps(built_metadata(authorization_servers=["https://as.example"])), expected_issuer=ISSUER
    )
    offer = oid4vci.Offer(credential_issuer=ISSUER, credential_configuration_ids=("diploma",))
    assert oid4vci.choose_authorization_server(offer, listed) == "https://as.example"
    foreign = oid4vci.Offer(
        credential_issuer=ISSUER, credential_configuration_ids=("x",), authorization_server="https://evil.example"
    )
    with pytest.raises(oid4vci.ConfigurationUnknown):
        oid4vci.choose_authorization_server(foreign, listed)
    with pytest.raises(oid4vci.ConfigurationUnknown):
        oid4vci.choose_configurations(foreign, listed)
    assert oid4vci.choose_configurations(offer, listed)[0].id == "diploma"


# --- token and nonce


def test_a_token_request_reads_back() -> None:
    form = oid4vci.create_token_request(pre_authorized_code="c", tx_code="123456")
    read = oid4vci.parse_token_request(urlencode(form).encode())
    assert (read.pre_authorized_code, read.tx_code) == ("c", "123456")
    assert "123456" not in repr(read)


def test_a_token_request_may_carry_resource_and_user_pin() -> None:
    form = oid4vci.create_token_request(pre_authorized_code="c") | {
        "resource": ISSUER,
        "user_pin": "1",
        "client_id": "w",
    }
    read = oid4vci.parse_token_request(urlencode(form))
    assert (read.tx_code, read.client_id) == (None, "w")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "invalid_request"),
        (b"grant_type=", "invalid_request"),
        (b"grant_type=password&username=a", "unsupported_grant_type"),
        (b"grant_type=authorization_code&code=a", "unsupported_grant_type"),
        (f"grant_type={quote(oid4vci.PRE_AUTHORIZED_CODE)}".encode(), "invalid_request"),
        (
            f"grant_type={quote(oid4vci.PRE_AUTHORIZED_CODE)}&pre-authorized_code=a&pre-authorized_code=b".encode(),
            "invalid_request",
        ),
        (f"grant_type={quote(oid4vci.PRE_AUTHORIZED_CODE)}&pre-authorized_code={'a' * 9000}".encode(), "invalid_grant"),
        (b"\xff\xfe", "invalid_request"),
        (b"grant_type=%ff", "invalid_request"),
        (b"a=1&" * 100, "invalid_request"),
        (b'{"grant_type":"x"}', "invalid_request"),
    ],
)
def test_a_bad_token_request_is_refused(body: bytes, error: str) -> None:
    with refused(error):
        oid4vci.parse_token_request(body)


def test_a_transaction_code_that_is_missing_or_not_asked_for_is_an_invalid_request() -> None:
    with_code = oid4vci.TokenRequest(pre_authorized_code="c", tx_code="1")
    without = oid4vci.TokenRequest(pre_authorized_code="c")
    oid4vci.check_tx_code_presence(with_code, expected=True)
    oid4vci.check_tx_code_presence(without, expected=False)
    with refused("invalid_request"):
        oid4vci.check_tx_code_presence(without, expected=True)
    with refused("invalid_request"):
        oid4vci.check_tx_code_presence(with_code, expected=False)


def test_token_and_nonce_responses_read_back() -> None:
    read = oid4vci.parse_token_response(encode_json(oid4vci.create_token_response(access_token="t-1", expires_in=300)))
    assert (read.access_token, read.token_type, read.expires_in) == ("t-1", "Bearer", 300)
    details = [{"type": "openid_credential", "credential_configuration_id": "d", "credential_identifiers": ["x", "y"]}]
    more = {"access_token": "t", "token_type": "bearer", "authorization_details": details, "unknown": 1}
    assert oid4vci.parse_token_response(more).credential_identifiers == {"d": ("x", "y")}
    assert oid4vci.parse_nonce_response(encode_json(oid4vci.create_nonce_response("n"))) == "n"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"access_token":"a b","token_type":"Bearer"}',
        b'{"access_token":"a","token_type":"mac"}',
        b'{"access_token":"a\\nb","token_type":"Bearer"}',
    ],
)
def test_a_bad_token_response_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        oid4vci.parse_token_response(body)


def test_bearer_tokens_and_refusals() -> None:
    assert oauth.bearer_token("bearer abc.DEF-_~+/==") == "abc.DEF-_~+/=="
    for header in (None, "", "Bearer", "Bearer a b", "Basic abc", "DPoP abc"):
        with refused("invalid_token", 401):
            oauth.bearer_token(header)
    body = oauth.error_body(ProtocolError("invalid_proof", 'a "quoted" é'))
    assert body == {"error": "invalid_proof", "error_description": "a ?quoted? ?"}
    back = oauth.parse_error(encode_json(body), status=400)
    assert (back.error, back.status) == ("invalid_proof", 400)
    assert oauth.parse_error(b"<html>", status=502).error == "server_error"


# --- proofs


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    return PrivateKey.generate()


def proof(key: PrivateKey, *, header: dict | None = None, typ: str = "openid4vci-proof+jwt", **claims: object) -> str:
    content = {"aud": ISSUER, "iat": int(AT.timestamp()), "nonce": "n"} | claims
    content = {name: value for name, value in content.items() if value is not None}
    return create_jwt(
        content, signer=key, typ=typ, header={"jwk": key.public_key.to_jwk()} if header is None else header
    )


def test_a_proof_reads_back(key: PrivateKey) -> None:
    jwt = oid4vci.create_proof(key, audience=ISSUER, nonce="n", at=AT)
    found, nonce = oid4vci.check_proof(jwt, expected_audience=ISSUER, at=AT + timedelta(seconds=200))
    assert (found.thumbprint, nonce) == (key.public_key.thumbprint, "n")


def test_a_proof_with_iss_and_unknown_header_is_taken(key: PrivateKey) -> None:
    jwt = proof(key, header={"jwk": key.public_key.to_jwk(), "key_attestation": "x"}, iss="some-wallet")
    assert oid4vci.check_proof(jwt, expected_audience=ISSUER, at=AT).nonce == "n"


@pytest.mark.parametrize(
    "change",
    [
        {"typ": "JWT"},
        {"aud": "https://other.example"},
        {"aud": [ISSUER]},
        {"aud": None},
        {"iat": None},
        {"iat": "1"},
        {"iat": True},
        {"iat": int(AT.timestamp()) - 361},
        {"iat": int(AT.timestamp()) + 61},
        {"exp": int(AT.timestamp()) - 61},
        {"nonce": None},
        {"nonce": ""},
        {"nonce": 1},
        {"header": {}},
        {"header": {"kid": "did:key:zabc"}},
        {"header": {"x5c": ["AAAA"]}},
        {"header": {"jwk": {"kty": "oct", "k": "AAAA"}}},
        {"header": {"jwk": "x"}},
        {"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}},
    ],
)
def test_a_bad_proof_is_an_invalid_proof(key: PrivateKey, change: dict) -> None:
    with refused("invalid_proof"):
        oid4vci.check_proof(proof(key, **change), expected_audience=ISSUER, at=AT)


def test_a_proof_with_two_keys_a_private_key_or_another_key_is_refused(key: PrivateKey) -> None:
    public, other = key.public_key.to_jwk(), PrivateKey.generate().public_key.to_jwk()
    for header in ({"jwk": public, "kid": "x"}, {"jwk": key.to_private_jwk()}, {"jwk": other}):
        with refused("invalid_proof"):
            oid4vci.check_proof(proof(key, header=header), expected_audience=ISSUER, at=AT)


def test_a_proof_of_an_algorithm_that_is_not_listed_is_refused() -> None:
    eddsa = PrivateKey.generate("EdDSA")
    jwt = oid4vci.create_proof(eddsa, audience=ISSUER, nonce="n", at=AT)
    with refused("invalid_proof"):
        oid4vci.check_proof(jwt, expected_audience=ISSUER, at=AT)
    assert oid4vci.check_proof(jwt, expected_audience=ISSUER, at=AT, algorithms=("ES256", "EdDSA")).nonce == "n"


@pytest.mark.parametrize("text", ["", "a.b.c", "e30.e30.", "x" * 20_000, "é"])
def test_what_is_no_proof_is_an_invalid_proof(text: str) -> None:
    with refused("invalid_proof"):
        oid4vci.check_proof(text, expected_audience=ISSUER, at=AT)


def test_any_changed_signature_byte_is_refused(key: PrivateKey) -> None:
    head, body, signature = oid4vci.create_proof(key, audience=ISSUER, nonce="n", at=AT).split(".")
    for swap in (signature[:-2] + "AA", "A" + signature[1:], signature[:-1]):
        if swap != signature:
            with refused("invalid_proof"):
                oid4vci.check_proof(f"{head}.{body}.{swap}", expected_audience=ISSUER, at=AT)


def test_a_did_jwk_is_taken_only_where_the_configuration_lists_it(key: PrivateKey) -> None:
    kid = "did:jwk:" + encode_base64url(encode_json(key.public_key.to_jwk())) + "#0"
    jwt = proof(key, header={"kid": kid})
    with refused("invalid_proof"):
        oid4vci.check_proof(jwt, expected_audience=ISSUER, at=AT)
    found = oid4vci.check_proof(jwt, expected_audience=ISSUER, at=AT, allow_did_jwk=True)
    assert found.key.thumbprint == key.public_key.thumbprint
    for bad in (kid + "x", "did:jwk:!!#0", "did:jwk:"):
        with refused("invalid_proof"):
            oid4vci.check_proof(proof(key, header={"kid": bad}), expected_audience=ISSUER, at=AT, allow_did_jwk=True)


def test_a_proof_without_nonce_is_taken_only_where_none_was_asked(key: PrivateKey) -> None:
    jwt = oid4vci.create_proof(key, audience=ISSUER, nonce=None, at=AT)
    assert oid4vci.check_proof(jwt, expected_audience=ISSUER, at=AT, nonce_required=False).nonce is None


# --- credential requests and responses


def test_a_credential_request_reads_back_and_meets_the_official_schema() -> None:
    request = oid4vci.create_credential_request(credential_configuration_id="diploma", proofs=["a.b.c", "d.e.f"])
    jsonschema.validate(request, vector("oidf-conformance/credential_request-1_0.json"))
    read = oid4vci.parse_credential_request(encode_json(request), max_proofs=2)
    assert (read.credential_configuration_id, read.proofs) == ("diploma", ("a.b.c", "d.e.f"))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"credential_configuration_id": None}, "invalid_credential_request"),
        ({"credential_identifier": "x"}, "invalid_credential_request"),
        ({"credential_configuration_id": 1}, "invalid_credential_request"),
        ({"credential_configuration_id": ["diploma"]}, "invalid_credential_request"),
        ({"credential_configuration_id": "x" * 300}, "invalid_credential_request"),
        ({"credential_configuration_id": "unknown"}, "unknown_credential_configuration"),
        ({"proofs": None}, "invalid_proof"),
        ({"proofs": {}}, "invalid_proof"),
        ({"proofs": []}, "invalid_proof"),
        ({"proofs": {"jwt": []}}, "invalid_proof"),
        ({"proofs": {"jwt": "a"}}, "invalid_proof"),
        ({"proofs": {"jwt": [1]}}, "invalid_proof"),
        ({"proofs": {"jwt": ["a", "b", "c"]}}, "invalid_proof"),
        ({"proofs": {"jwt": ["a"], "attestation": ["b"]}}, "invalid_proof"),
        ({"proofs": {"ldp_vp": [{}]}}, "invalid_proof"),
        ({"proofs": None, "proof": {"proof_type": "jwt", "jwt": "a"}}, "invalid_proof"),
        ({"credential_response_encryption": {"jwk": {}, "enc": "A256GCM"}}, "invalid_encryption_parameters"),
    ],
)
def test_a_bad_credential_request_is_refused(change: dict, error: str) -> None:
    request = {"credential_configuration_id": "diploma", "proofs": {"jwt": ["a"]}, "unknown": 1} | change
    request = {name: value for name, value in request.items() if value is not None}
    with refused(error):
        oid4vci.parse_credential_request(encode_json(request), max_proofs=2, known_configurations=TYPES)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"a":1,"a":2}', b"\xff", b"[" * 100])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with refused("invalid_credential_request"):
        oid4vci.parse_credential_request(body)
    with refused("invalid_credential_request"):
        oid4vci.parse_deferred_request(body)
    with refused("invalid_notification_request"):
        oid4vci.parse_notification(body)


def test_credential_responses_read_back() -> None:
    response = oid4vci.create_credential_response(["a~", "b~"], notification_id="n", c_nonce="next")
    read = oid4vci.parse_credential_response(encode_json(response))
    assert read == oid4vci.CredentialResponse(credentials=("a~", "b~"), notification_id="n", c_nonce="next")
    later = oid4vci.create_deferred_response(transaction_id="t", interval=5)
    assert oid4vci.parse_credential_response(later) == oid4vci.DeferredResponse(transaction_id="t", interval=5)
    assert oid4vci.parse_deferred_request(b'{"transaction_id":"t"}') == "t"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"credentials": [{"credential": "a"}], "transaction_id": "t", "interval": 5},
        {"credentials": []},
        {"credentials": [{"credential": {"a": 1}}]},
        {"credentials": ["a"]},
        {"credentials": [{"credential": "a"}] * 101},
        {"transaction_id": "t"},
        {"transaction_id": "t", "interval": 0},
        {"transaction_id": "t", "interval": True},
        {"transaction_id": 5, "interval": 5},
    ],
)
def test_a_bad_credential_response_is_refused(body: dict) -> None:
    with pytest.raises(Malformed):
        oid4vci.parse_credential_response(body)


def test_notifications_read_back_and_are_checked() -> None:
    body = encode_json(oid4vci.create_notification(notification_id="n", event="credential_accepted"))
    assert oid4vci.parse_notification(body) == oid4vci.Notification(notification_id="n", event="credential_accepted")
    for bad, error in (
        ({"notification_id": "n"}, "invalid_notification_request"),
        ({"notification_id": "n", "event": "credential_eaten"}, "invalid_notification_request"),
        ({"notification_id": "n", "event": ["credential_accepted"]}, "invalid_notification_request"),
        ({"notification_id": 1, "event": "credential_accepted"}, "invalid_notification_request"),
        ({"event": "credential_accepted"}, "invalid_notification_id"),
    ):
        with refused(error):
            oid4vci.parse_notification(encode_json(bad))


def test_an_offer_uri_has_exactly_one_parameter() -> None:
    assert list(parse_qs(urlsplit(oid4vci.offer_uri(offer_object())).query)) == ["credential_offer"]
