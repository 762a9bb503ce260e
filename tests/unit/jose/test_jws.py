"""A JWS has three sound segments and no extension, and its key decides the algorithm. RFC 7515 §5.2; RFC 8725 §3."""

import pytest

from passport.errors import Malformed
from passport.jose import jws as jws_module
from passport.jose.encoding import encode_base64url, encode_json
from passport.jose.jws import JwsWriter, check_signature, parse_jws
from passport.jose.keys import ALGORITHMS, PrivateKey, parse_jwk


def _token(header, payload=b"{}", signature=b"s" * 64):
    head = header if isinstance(header, bytes) else encode_json(header)
    return ".".join(encode_base64url(part) for part in (head, payload, signature))


@pytest.mark.parametrize("alg", sorted(ALGORITHMS))
def test_what_we_write_we_read_and_verify(alg):
    key = PrivateKey.generate(alg)
    token = JwsWriter(key, {"typ": "x+jwt", "kid": "1"}).sign(b'{"a":1}')
    jws = parse_jws(token)
    assert jws.header == {"alg": alg, "typ": "x+jwt", "kid": "1"}
    assert (jws.payload, jws.compact) == (b'{"a":1}', token)
    assert check_signature(jws, key.public_key, algorithms=[alg])
    assert not check_signature(jws, PrivateKey.generate(alg).public_key, algorithms=[alg])


def test_an_algorithm_that_is_not_allowed_does_not_verify():
    key = PrivateKey.generate("ES384")
    jws = parse_jws(JwsWriter(key, {}).sign(b"{}"))
    assert not check_signature(jws, key.public_key)
    assert not check_signature(jws, key.public_key, algorithms=[])
    assert check_signature(jws, key.public_key, algorithms={"ES384"})
    with pytest.raises(TypeError):
        check_signature(jws, key.public_key, algorithms="ES384")


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "ES384", "EdDSA", "RS256", "es256", ""])
def test_the_header_cannot_choose_the_algorithm(alg, issuer):
    head, body = encode_base64url(encode_json({"alg": alg})), encode_base64url(b"{}")
    signature = encode_base64url(issuer.sign(f"{head}.{body}".encode()))
    jws = parse_jws(f"{head}.{body}.{signature}")
    assert not check_signature(jws, issuer.public_key, algorithms=ALGORITHMS)
    assert not check_signature(jws, issuer.public_key, algorithms=[alg])


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "jws_malformed"),
        ("a.b", "jws_malformed"),
        ("a.b.c.d", "jws_malformed"),
        ("..", "json_syntax"),
        (_token({"alg": "ES256"}) + "=", "base64url"),
        (_token({"alg": "ES256"}) + "\n", "base64url"),
        (_token({"alg": "ES256"}) + "é", "jws_malformed"),
        ("\ud800", "jws_malformed"),
        (_token([]), "json_not_object"),
        (_token(b'{"alg":"ES256","alg":"ES256"}'), "json_duplicate_member"),
        (_token({}), "jws_malformed"),
        (_token({"alg": None}), "jws_malformed"),
        (_token({"alg": ["ES256"]}), "jws_malformed"),
        (_token({"alg": "ES256", "crit": ["x"], "x": 1}), "jws_extension"),
        (_token({"alg": "ES256", "crit": []}), "jws_extension"),
        (_token({"alg": "ES256", "b64": True}), "jws_extension"),
        (_token({"alg": "ES256", "b64": False}), "jws_extension"),
        (_token({"alg": "ES256", "zip": "DEF"}), "jws_extension"),
        ("A" * 262_145, "token_too_large"),
    ],
)
def test_a_token_of_another_shape_is_refused(token, code):
    with pytest.raises(Malformed) as caught:
        parse_jws(token)
    assert caught.value.code == code


def test_a_token_is_text():
    with pytest.raises(TypeError):
        parse_jws(b"a.b.c")


@pytest.mark.parametrize("header", [{"alg": "none"}, {"crit": ["b64"]}, {"b64": False}, {"zip": "DEF"}])
def test_a_writer_takes_no_algorithm_and_no_extension(header, issuer):
    with pytest.raises(TypeError):
        JwsWriter(issuer, header)


def test_the_example_of_rfc_7515_appendix_a_3():
    key = parse_jwk(
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }
    )
    token = (
        "eyJhbGciOiJFUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    assert check_signature(parse_jws(token), key)


def test_a_kept_header_answers_only_for_its_own_text_and_is_nobody_elses():
    first = {"alg": "ES256", "kid": "1", "x5c": ["AA=="], "jwk": {"kty": "EC", "more": ["a"]}}
    jws = parse_jws(_token(first))
    jws.header["alg"] = "none"
    jws.header["x5c"].append("BB==")
    jws.header["jwk"]["more"].append("b")
    assert parse_jws(_token(first)).header == first
    assert parse_jws(_token({**first, "kid": "2"})).header["kid"] == "2"
    for _ in range(2):  # a refusal is no answer to keep
        with pytest.raises(Malformed):
            parse_jws(_token({**first, "crit": ["x"]}))


def test_the_headers_kept_are_few_and_short():
    for number in range(jws_module._KEPT_HEADERS + 9):
        parse_jws(_token({"alg": "ES256", "kid": str(number)}))
    kept = jws_module._kept_header.cache_info()
    assert kept.currsize == kept.maxsize == jws_module._KEPT_HEADERS
    long = {"alg": "ES256", "kid": "k" * jws_module._LONGEST_KEPT}
    assert parse_jws(_token(long)).header == parse_jws(_token(long)).header == long
    assert jws_module._kept_header.cache_info().misses == kept.misses
