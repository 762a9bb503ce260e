"""OpenID4VP: requests and responses, both ways, and what a wallet and a verifier refuse."""

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from passport.errors import Malformed, ProtocolError
from passport.jose.encoding import encode_base64url, encode_json, parse_json_object
from passport.jose.jws import parse_jws
from passport.jose.jwt import create_jwt
from passport.jose.keys import PrivateKey
from passport.openid import haip, oid4vp
from passport.openid.oid4vp.encryption import choose_recipient, decrypt, encrypt

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOST = "verifier.example"
RESPONSE_URI = f"https://{HOST}/oid4vp/response/abc"
NONCE = "n-0S6_WzA2Mj7xQ1bV5cKw"
DCQL = {"credentials": [{"id": "q", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:skillspas:diploma:1"]}}]}


class Verifier:
    """A verifier's key with a leaf under a small CA."""

    def __init__(self, *, valid_until: datetime = AT + timedelta(days=30), names: tuple[str, ...] = (HOST,)) -> None:
        root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test root")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test verifier")]))
            .issuer_name(root_name)
            .public_key(leaf.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(AT - timedelta(days=60))
            .not_valid_after(valid_until)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        )
        certificate = builder.sign(root, hashes.SHA256())
        self.aki = x509.SubjectKeyIdentifier.from_public_key(root.public_key()).digest
        self.leaf = certificate.public_bytes(serialization.Encoding.DER)
        pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        self.key = PrivateKey.from_pem(leaf.private_bytes(*pem))
        self.client_id = haip.x509_hash_client_id(self.leaf)

    def request(self, **changes: object) -> str:
        values = {
            "signer": self.key, "chain": [self.leaf], "client_id": self.client_id, "response_uri": RESPONSE_URI,
            "nonce": NONCE, "state": "state-1", "dcql_query": DCQL, "at": AT, "expires_at": AT + timedelta(minutes=5),
            "client_name": "Werkgever B.V.", "purpose": "Sollicitatie",
        }  # fmt: skip
        return oid4vp.create_request_object(**(values | changes))

    def altered(self, *, typ: str = "oauth-authz-req+jwt", header: dict | None = None, **changes: object) -> str:
        claims = parse_json_object(parse_jws(self.request()).payload) | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        return create_jwt(
            claims, signer=self.key, typ=typ, header={"x5c": haip.encode_x5c([self.leaf])} if header is None else header
        )

    def verify(self, jwt: str, **changes: object) -> oid4vp.AuthorizationRequest:
        return oid4vp.verify_request_object(jwt, **({"client_id": self.client_id, "at": AT} | changes))


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    return Verifier()


def body(form: dict[str, str]) -> bytes:
    return urlencode(form).encode()


# --- the link


def test_a_link_by_reference_reads_back(verifier: Verifier) -> None:
    uri = oid4vp.authorization_request_uri(client_id=verifier.client_id, request_uri=f"https://{HOST}/r/1?x=2")
    assert uri.startswith("openid4vp://?client_id=x509_hash%3A")
    assert list(parse_qs(urlsplit(uri).query)) == ["client_id", "request_uri", "request_uri_method"]
    assert oid4vp.parse_authorization_request(uri) == oid4vp.RequestReference(
        client_id=verifier.client_id, request_uri=f"https://{HOST}/r/1?x=2", request_uri_method="post"
    )
    by_https = uri.replace("openid4vp://", "https://wallet.example/authorize")
    assert oid4vp.parse_authorization_request(by_https) == oid4vp.parse_authorization_request(uri)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "request_refused"),
        ("https://verifier.example/", "request_refused"),
        ("mailto:a@example.org?client_id=x", "request_refused"),
        ("https://[::1", "request_refused"),
        ("openid4vp://?request_uri=https://verifier.example/r", "request_refused"),
        ("openid4vp://?client_id=x509_hash:a&client_id=x509_hash:b&request_uri=https://verifier.example/r", "request_refused"),
        ("openid4vp://?client_id=x509_hash:a&request=x&request_uri=https://verifier.example/r", "request_refused"),
        ("openid4vp://?client_id=x509_hash:a&request_uri_method=put&request_uri=https://verifier.example/r", "request_refused"),
        ("openid4vp://?client_id=x509_hash:a&request_uri=http://verifier.example/r", "url_refused"),
        ("openid4vp://?client_id=x509_hash:a&request_uri=http://127.0.0.1/r", "url_refused"),
        ("openid4vp://?client_id=x509_hash:a&request_uri=file:///etc/passwd", "url_refused"),
        *((f"openid4vp://?client_id={name}&request_uri=https://verifier.example/r", "client_id_refused") for name in ("plain", "origin:https://a", "redirect_uri:https://a", "openid_federation:https://a", "decentralized_identifier:did:web:a", "verifier_attestation:a", "X509_hash:a", "x509_hash:", "x509_hash")),
        ("openid4vp://?client_id=x509_hash:a&response_type=vp_token", "client_id_refused"),
    ],
)  # fmt: skip
def test_a_bad_link_is_refused(text: str, code: str) -> None:
    with pytest.raises((ProtocolError, Malformed)) as refused:
        oid4vp.parse_authorization_request(text)
    assert refused.value.code == code


def unsigned(**changes: str | None) -> str:
    values = {
        "client_id": f"redirect_uri:{RESPONSE_URI}", "response_uri": RESPONSE_URI, "response_type": "vp_token",
        "response_mode": "direct_post", "nonce": NONCE, "state": "s", "dcql_query": json.dumps(DCQL),
        "client_metadata": json.dumps({"vp_formats_supported": {"dc+sd-jwt": {"kb-jwt_alg_values": ["ES256"]}}}),
    } | changes  # fmt: skip
    return "openid4vp://?" + urlencode(
        {name: value for name, value in values.items() if value is not None}, quote_via=quote
    )


def test_an_unsigned_request_in_the_link_is_read_and_names_nobody() -> None:
    read = oid4vp.parse_authorization_request(unsigned(unknown="x"))
    assert isinstance(read, oid4vp.AuthorizationRequest)
    assert (read.client_id_prefix, read.chain, read.response_uri) == ("redirect_uri", (), RESPONSE_URI)
    assert read.key_binding_algorithms == ("ES256",)


@pytest.mark.parametrize(
    ("changes", "code", "error"),
    [
        ({"response_uri": "https://other.example/x"}, "client_id_refused", "invalid_request"),
        ({"response_uri": None}, "client_id_refused", "invalid_request"),
        ({"redirect_uri": RESPONSE_URI}, "request_refused", "invalid_request"),
        ({"transaction_data": "[]"}, "transaction_data_refused", "invalid_transaction_data"),
        ({"response_mode": "fragment"}, "request_refused", "invalid_request"),
        ({"response_mode": None}, "request_refused", "invalid_request"),
        ({"response_mode": "direct_post.jwt"}, "request_refused", "invalid_request"),
        ({"response_type": "code"}, "request_refused", "unsupported_response_type"),
        ({"nonce": None}, "request_refused", "invalid_request"),
        ({"nonce": "é"}, "request_refused", "invalid_request"),
        ({"dcql_query": "{"}, "request_refused", "invalid_request"),
        ({"dcql_query": None}, "request_refused", "invalid_request"),
        ({"dcql_query": None, "scope": "diploma"}, "request_refused", "invalid_request"),
        ({"dcql_query": None, "presentation_definition": "{}"}, "request_refused", "invalid_request"),
        ({"scope": "diploma"}, "request_refused", "invalid_request"),
        ({"client_metadata": "[]"}, "request_refused", "invalid_request"),
        ({"client_id": "redirect_uri:http://verifier.example/x", "response_uri": "http://verifier.example/x"}, "response_uri_refused", "invalid_request"),
    ],
)  # fmt: skip
def test_a_bad_unsigned_request_is_refused(changes: dict, code: str, error: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        oid4vp.parse_authorization_request(unsigned(**changes))
    assert (refused.value.code, refused.value.error) == (code, error)


# --- the request object


def test_a_signed_request_reads_back_with_its_chain(verifier: Verifier) -> None:
    read = verifier.verify(verifier.request())
    assert (read.client_id, read.client_id_prefix, read.chain) == (verifier.client_id, "x509_hash", (verifier.leaf,))
    assert (read.nonce, read.state, read.response_uri, read.response_host) == (NONCE, "state-1", RESPONSE_URI, HOST)
    assert (read.client_name, read.purpose, read.recipient) == ("Werkgever B.V.", "Sollicitatie", None)
    assert read.query.credentials[0].id == "q"
    assert NONCE not in repr(read)


def test_a_request_object_says_what_the_profile_asks(verifier: Verifier) -> None:
    jws = parse_jws(verifier.request())
    claims = parse_json_object(jws.payload)
    assert set(jws.header) == {"alg", "typ", "x5c"}
    assert base64.b64decode(jws.header["x5c"][0]) == verifier.leaf
    assert (claims["aud"], claims["response_type"]) == ("https://self-issued.me/v2", "vp_token")
    assert claims["client_metadata"]["vp_formats_supported"] == {
        "dc+sd-jwt": {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}
    }
    assert set(claims["client_metadata"]) == {"vp_formats_supported", "client_name"}


def test_a_request_by_dns_name_reads_back(verifier: Verifier) -> None:
    client_id = haip.x509_san_dns_client_id(HOST)
    read = verifier.verify(verifier.request(client_id=client_id), client_id=client_id)
    assert (read.client_id_prefix, read.response_host) == ("x509_san_dns", HOST)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"typ": "JWT"}, "request_refused"),
        ({"client_id": "x509_hash:other"}, "client_id_refused"),
        ({"client_id": None}, "client_id_refused"),
        ({"header": {}}, "request_signature_refused"),
        ({"header": {"x5c": ["!!!!"]}}, "request_signature_refused"),
        ({"header": {"x5c": [base64.b64encode(b"no certificate").decode()]}}, "request_signature_refused"),
        ({"exp": int(AT.timestamp()) - 61}, "request_expired"),
        ({"exp": "soon"}, "request_refused"),
        ({"iat": int(AT.timestamp()) + 120}, "request_expired"),
        ({"nbf": int(AT.timestamp()) + 120}, "request_expired"),
        ({"aud": "https://other.example"}, "request_refused"),
        ({"transaction_data": ["eyJ0eXBlIjoieCJ9"]}, "transaction_data_refused"),
        ({"redirect_uri": RESPONSE_URI}, "request_refused"),
        ({"response_uri": "http://verifier.example/x"}, "response_uri_refused"),
        ({"response_uri": None}, "response_uri_refused"),
        ({"response_uri": "https://u:p@verifier.example/x"}, "response_uri_refused"),
        ({"nonce": ""}, "request_refused"),
        ({"nonce": 5}, "request_refused"),
        ({"state": 5}, "request_refused"),
        ({"client_metadata": "x"}, "request_refused"),
        ({"dcql_query": {"credentials": []}}, "request_refused"),
    ],
)
def test_a_bad_request_object_is_refused(verifier: Verifier, changes: dict, code: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        verifier.verify(verifier.altered(**changes))
    assert refused.value.code == code


def test_unknown_parameters_of_a_request_are_ignored(verifier: Verifier) -> None:
    assert verifier.verify(verifier.altered(verifier_info=[{"x": 1}], iss="someone", extra=True)).nonce == NONCE
    assert verifier.verify(verifier.altered(aud=["https://self-issued.me/v2"])).nonce == NONCE


def test_another_certificate_or_signature_than_the_client_id_names_is_refused(verifier: Verifier) -> None:
    other = Verifier()
    for jwt in (
        verifier.request(chain=[other.leaf]),
        other.request(client_id=verifier.client_id, chain=[verifier.leaf]),
        other.request(client_id=verifier.client_id),
    ):
        with pytest.raises(ProtocolError) as refused:
            verifier.verify(jwt)
        assert refused.value.code in ("client_id_refused", "request_signature_refused")
    with pytest.raises(oid4vp.RequestSignatureRefused):
        verifier.verify("a.b.c")


def test_a_request_whose_certificate_has_expired_is_refused() -> None:
    old = Verifier(valid_until=AT - timedelta(days=1))
    with pytest.raises(oid4vp.RequestSignatureRefused):
        old.verify(old.request())


@pytest.mark.parametrize("host", ["other.example", "sub.verifier.example", "example"])
def test_a_dns_name_that_the_certificate_lacks_is_refused(verifier: Verifier, host: str) -> None:
    client_id = f"x509_san_dns:{host}"
    with pytest.raises(oid4vp.ClientIdRefused):
        verifier.verify(verifier.request(client_id=client_id), client_id=client_id)


def test_with_a_dns_name_the_answer_goes_to_that_host_only(verifier: Verifier) -> None:
    client_id = haip.x509_san_dns_client_id(HOST)
    for uri in ("https://other.example/x", "https://verifier.example.evil.example/x"):
        with pytest.raises(oid4vp.ResponseUriRefused):
            verifier.verify(verifier.request(client_id=client_id, response_uri=uri), client_id=client_id)


def test_the_wallet_nonce_comes_back_or_the_request_is_refused(verifier: Verifier) -> None:
    nonce = oid4vp.parse_wallet_nonce(body({"wallet_nonce": "w-1", "wallet_metadata": "{}"}))
    assert verifier.verify(verifier.request(wallet_nonce=nonce), expected_wallet_nonce="w-1").nonce == NONCE
    assert oid4vp.parse_wallet_nonce(b"") is None
    for returned in ("w-2", None):
        with pytest.raises(oid4vp.RequestRefused):
            verifier.verify(verifier.request(wallet_nonce=returned), expected_wallet_nonce="w-1")


def test_a_weak_nonce_or_a_mode_without_its_key_is_a_wrong_call(verifier: Verifier) -> None:
    for changes in ({"nonce": "short"}, {"response_mode": "direct_post.jwt"}, {"response_mode": "fragment"}):
        with pytest.raises(TypeError):
            verifier.request(**changes)


# --- the response


def test_a_plain_response_reads_back(verifier: Verifier) -> None:
    request = verifier.verify(verifier.request())
    form = oid4vp.create_response(request, {"q": ["eyJ~a~"], "r": ["b~", "c~"]})
    assert set(form) == {"vp_token", "state"}
    read = oid4vp.parse_response(body(form))
    assert (read.vp_token, read.state, read.error, read.encrypted) == (
        {"q": ("eyJ~a~",), "r": ("b~", "c~")}, "state-1", None, False,
    )  # fmt: skip


def test_one_presentation_may_answer_two_queries() -> None:
    assert oid4vp.parse_response(b'vp_token={"q":["x"],"r":["x"]}').vp_token == {"q": ("x",), "r": ("x",)}


@pytest.mark.parametrize("enc", [["A128GCM"], ["A256GCM"], ["A128GCM", "A256GCM"]])
def test_an_encrypted_response_reads_back(verifier: Verifier, enc: list[str]) -> None:
    key = oid4vp.create_encryption_key("k1")
    jwt = verifier.request(response_mode="direct_post.jwt", encryption_key=key)
    claims = parse_json_object(parse_jws(jwt).payload)
    (published,) = claims["client_metadata"]["jwks"]["keys"]
    assert {name: published[name] for name in ("use", "alg", "kid")} == {"use": "enc", "alg": "ECDH-ES", "kid": "k1"}
    assert "d" not in published
    assert claims["client_metadata"]["encrypted_response_enc_values_supported"] == ["A128GCM", "A256GCM"]
    metadata = claims["client_metadata"] | {"encrypted_response_enc_values_supported": enc}
    request = verifier.verify(verifier.altered(response_mode="direct_post.jwt", client_metadata=metadata))
    form = oid4vp.create_response(request, {"q": ["x~"]})
    assert set(form) == {"response"}
    assert oid4vp.response_kid(body(form)) == "k1"
    header = parse_json_object(base64.urlsafe_b64decode(form["response"].split(".")[0] + "=="))
    assert (header["enc"], header["apv"]) == (enc[-1], encode_base64url(NONCE.encode()))
    read = oid4vp.parse_response(body(form), encryption_key=key)
    assert (read.vp_token, read.state, read.encrypted) == ({"q": ("x~",)}, "state-1", True)
    with pytest.raises(ProtocolError):
        oid4vp.parse_response(body(form), encryption_key=oid4vp.create_encryption_key("k1"))
    with pytest.raises(ProtocolError):
        oid4vp.parse_response(body(form))
    with pytest.raises(ProtocolError):
        oid4vp.parse_response(body({"vp_token": '{"q":["x~"]}', "state": "state-1"}), encryption_key=key)


def test_keys_that_cannot_be_used_are_skipped() -> None:
    good = oid4vp.create_encryption_key("good").to_jwk()
    bad = [
        {"kty": "RSA", "alg": "RSA-OAEP", "kid": "1"}, {**good, "alg": "ECDH-ES+A256KW", "kid": "2"}, "x",
        {**good, "use": "sig", "kid": "3"}, {**good, "x": good["y"], "kid": "4"}, {"kty": "EC", "alg": "ECDH-ES"},
    ]  # fmt: skip
    found = choose_recipient({"jwks": {"keys": [*bad, good]}})
    assert found is not None
    assert (found.kid, found.enc) == ("good", "A128GCM")
    assert choose_recipient({"jwks": {"keys": bad}}) is None
    assert (
        choose_recipient({"jwks": {"keys": [good]}, "encrypted_response_enc_values_supported": ["A128CBC-HS256"]})
        is None
    )
    assert choose_recipient({"jwks": []}) is None


def test_a_changed_or_foreign_jwe_is_refused() -> None:
    key = oid4vp.create_encryption_key("k")
    recipient = choose_recipient({"jwks": {"keys": [key.to_jwk()]}})
    assert recipient is not None
    token = encrypt(b"{}", recipient, nonce=NONCE)
    assert decrypt(token, key) == b"{}"
    parts = token.split(".")

    def with_header(**changes: object) -> str:
        header = parse_json_object(base64.urlsafe_b64decode(parts[0] + "==")) | changes
        return ".".join([encode_base64url(encode_json(header)), *parts[1:]])

    for bad in (
        "", "a.b.c.d.e", token + ".x", ".".join([*parts[:3], "AAAA", parts[4]]), ".".join([*parts[:4], "A" * 22]),
        with_header(alg="dir"), with_header(enc="A192GCM"), with_header(zip="DEF"), with_header(kid="other"),
        with_header(crit=["x"]), with_header(epk=None), with_header(epk={"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
        with_header(apv="changed"),
    ):  # fmt: skip
        with pytest.raises(Malformed):
            decrypt(bad, key)


def test_a_refusal_travels_back_plain_and_encrypted(verifier: Verifier) -> None:
    key = oid4vp.create_encryption_key("k")
    for changes, used in (({}, None), ({"response_mode": "direct_post.jwt", "encryption_key": key}, key)):
        request = verifier.verify(verifier.request(**changes))
        form = oid4vp.create_error_response(request, ProtocolError("access_denied", "the holder said no"))
        read = oid4vp.parse_response(body(form), encryption_key=used)
        assert (read.error, read.state, read.vp_token) == ("access_denied", "state-1", {})
    plain = oid4vp.parse_response(b"error=<script>&state=s", encryption_key=key)
    assert (plain.error, plain.state) == ("access_denied", "s")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"vp_token=",
        b"vp_token=x&state=s",
        b"vp_token={}&state=s",
        b'vp_token=["x"]',
        b'vp_token={"q":"x"}',
        b'vp_token={"q":[]}',
        b'vp_token={"q":[1]}',
        b'vp_token={"q":[""]}',
        b'vp_token={"q":["x"],"q":["y"]}',
        b'vp_token={"q":["x","x"]}',
        b'vp_token={"q":["x"]}&vp_token={"q":["y"]}',
        b"vp_token=" + quote(json.dumps({"q": [str(number) for number in range(65)]})).encode(),
        b"vp_token=" + quote(json.dumps({"q": ["x" * 300_000]})).encode(),
        b"response=a.b.c.d.e",
        b"\xff",
    ],
)
def test_a_bad_response_is_an_invalid_request(sent: bytes) -> None:
    with pytest.raises(ProtocolError) as refused:
        oid4vp.parse_response(sent)
    assert (refused.value.error, refused.value.status) == ("invalid_request", 400)


def test_a_response_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(ProtocolError) as refused:
        oid4vp.parse_response(b"x" * 1_100_000)
    assert refused.value.status == 413


def test_the_answer_to_the_wallet_reads_back() -> None:
    place = f"https://{HOST}/result#response_code=abc"
    assert oid4vp.parse_response_answer(encode_json(oid4vp.create_response_answer(redirect_uri=place))) == place
    assert oid4vp.parse_response_answer(encode_json(oid4vp.create_response_answer())) is None
    assert oid4vp.parse_response_answer(b"") is None
    for bad in (
        b"[]",
        b'{"redirect_uri":1}',
        b'{"redirect_uri":"javascript:alert(1)"}',
        b'{"redirect_uri":"http://a.example"}',
    ):
        with pytest.raises(Malformed):
            oid4vp.parse_response_answer(bad)


# --- certificates


def test_authority_key_identifiers_of_a_chain(verifier: Verifier) -> None:
    assert haip.authority_key_identifiers([verifier.leaf]) == {encode_base64url(verifier.aki)}


@pytest.mark.parametrize("value", [None, [], "x", [1], ["é"], ["AAAA"] * 9, [""], ["A" * 20_000]])
def test_what_is_no_chain_is_refused(value: object) -> None:
    with pytest.raises(haip.CertificateChainMalformed):
        haip.parse_x5c(value)
