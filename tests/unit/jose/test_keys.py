"""A key is public, whole, of its curve and for verifying, or it is refused. RFC 7517, 7518 §6.2, 7638, 8037; BCP 3.4."""

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from passport.errors import Malformed
from passport.jose import keys
from passport.jose.encoding import encode_base64url, encode_json
from passport.jose.keys import (
    ALGORITHMS,
    EDDSA,
    ES256,
    ES384,
    KeyPassword,
    PrivateKey,
    load_public_key,
    parse_jwk,
    public_key_from,
)

JWK = {
    "kty": "EC",
    "crv": "P-256",
    "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ",
    "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8",
}
ED25519 = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


@pytest.mark.parametrize("alg", sorted(ALGORITHMS))
def test_every_algorithm_signs_with_fixed_length_and_verifies(alg):
    key = PrivateKey.generate(alg)
    other = PrivateKey.generate(alg)
    for number in range(60):  # so that short R or S come by
        message = b"message %d" % number
        signature = key.sign(message)
        assert len(signature) == {ES256: 64, ES384: 96, EDDSA: 64}[alg]
        assert key.public_key.verify(signature, message)
        assert not key.public_key.verify(signature, message + b".")
    assert not other.public_key.verify(signature, message)


def test_short_and_long_halves_of_a_signature_keep_their_place(monkeypatch):
    key = PrivateKey.generate()
    for r, s in ((1, 1), (0x80, 1 << 255), ((1 << 256) - 1, 0xFF00), (1 << 248, 127)):
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        assert decode_dss_signature(keys._to_der(raw, 32)) == (r, s)
        assert keys._from_der(encode_dss_signature(r, s), 32) == raw
    assert not key.public_key.verify(bytes(64), b"m")
    assert not key.public_key.verify(b"\xff" * 64, b"m")


def test_a_der_signature_is_refused():
    handle = ec.generate_private_key(ec.SECP256R1())
    der = handle.sign(b"m", ec.ECDSA(hashes.SHA256()))
    key = public_key_from(handle.public_key())
    assert not key.verify(der, b"m")
    raw = b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))
    assert key.verify(raw, b"m")
    for wrong in (b"", raw[:-1], raw + b"\0", b"\0" + raw):
        assert not key.verify(wrong, b"m")


def test_thumbprints_are_those_of_the_standards():
    # RFC 8037 appendix A.3
    assert parse_jwk(ED25519).thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    # RFC 7638 §3.2 and §3.3: only the required members count, in their order
    import hashlib

    text = f'{{"crv":"P-256","kty":"EC","x":"{JWK["x"]}","y":"{JWK["y"]}"}}'
    expected = encode_base64url(hashlib.sha256(text.encode()).digest())
    assert parse_jwk({**JWK, "kid": "a", "alg": "ES256", "x5c": ["…"]}).thumbprint == expected


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"d": "AA"}, "key_not_public"),
        ({"k": "AA"}, "key_not_public"),
        ({"p": None}, "key_not_public"),
        ({"kty": "oct", "k": "AAAA"}, "key_not_public"),
        ({"kty": "oct"}, "key_unsupported"),
        ({"kty": "RSA", "n": "AQ", "e": "AQAB"}, "key_unsupported"),
        ({"kty": "OKP"}, "key_unsupported"),
        ({"crv": "P-521"}, "key_unsupported"),
        ({"crv": "secp256k1"}, "key_unsupported"),
        ({"crv": ["P-256"]}, "key_unsupported"),
        ({"crv": "P-384"}, "key_invalid_point"),
        ({"kty": None}, "key_unsupported"),
        ({"x": JWK["y"]}, "key_invalid_point"),
        ({"y": "A" * 43}, "key_invalid_point"),
        ({"x": "A" * 43, "y": "A" * 43}, "key_invalid_point"),
        ({"x": JWK["x"][:-4]}, "base64url"),
        ({"x": "AAAA"}, "key_invalid_point"),
        ({"x": encode_base64url(b"\0" + bytes(32))}, "key_invalid_point"),
        ({"x": JWK["x"] + "="}, "base64url"),
        ({"x": 1}, "key_malformed"),
        ({"y": None}, "key_malformed"),
        ({"alg": "ES384"}, "key_wrong_use"),
        ({"alg": "HS256"}, "key_wrong_use"),
        ({"alg": None}, "key_wrong_use"),
        ({"use": "enc"}, "key_wrong_use"),
        ({"key_ops": ["sign"]}, "key_wrong_use"),
        ({"key_ops": "verify"}, "key_wrong_use"),
        ({"kid": 1}, "key_malformed"),
    ],
)
def test_a_jwk_that_is_not_a_whole_public_verification_key_is_refused(change, code):
    with pytest.raises(Malformed) as caught:
        parse_jwk({**JWK, **change})
    assert caught.value.code == code


@pytest.mark.parametrize("value", [None, "x", [], 1, {}])
def test_what_is_not_a_jwk_is_refused(value):
    with pytest.raises(Malformed):
        parse_jwk(value)


def test_a_jwk_that_says_it_verifies_is_taken():
    key = parse_jwk({**JWK, "alg": "ES256", "use": "sig", "key_ops": ["verify"], "kid": "1", "x5t": "…"})
    assert key == parse_jwk(JWK)
    assert key.to_jwk() == JWK
    assert key.to_jwk(kid="9") == {**JWK, "kid": "9"}


P = 2**255 - 19


@pytest.mark.parametrize(
    "y",
    [
        0,
        1,
        P - 1,
        P,
        P + 1,
        2,  # no x belongs to it
        2707385501144840649318225287225658788936804267575313519463743609750303021750,
        55188659117513257062467267217118295137698188065244968500265048394206261417927,
    ],
)
@pytest.mark.parametrize("sign", [0, 1])
def test_an_ed25519_key_off_the_curve_or_of_small_order_is_refused(y, sign):
    raw = (y + (sign << 255)).to_bytes(32, "little")
    with pytest.raises(Malformed) as caught:
        parse_jwk({**ED25519, "x": encode_base64url(raw)})
    assert caught.value.code == "key_invalid_point"


@pytest.mark.parametrize("alg", sorted(ALGORITHMS))
def test_keys_come_back_from_pem_and_jwk(alg):
    key = PrivateKey.generate(alg)
    public = key.public_key
    assert load_public_key(public.to_pem().encode()) == public
    assert load_public_key(encode_json(public.to_jwk())) == public
    assert public_key_from(public.handle) == public
    for again in (
        PrivateKey.from_pem(key.to_pem()),
        PrivateKey.from_pem(key.to_pem(b"secret"), b"secret"),
        PrivateKey.from_jwk(key.to_private_jwk()),
        PrivateKey.from_jwk({**key.to_private_jwk(), "key_ops": ["sign"]}),
    ):
        assert again.public_key == public
        assert public.verify(again.sign(b"m"), b"m")


@pytest.mark.parametrize("password", [None, b"wrong"])
def test_an_encrypted_key_needs_its_password(password):
    pem = PrivateKey.generate().to_pem(b"secret")
    with pytest.raises(KeyPassword):
        PrivateKey.from_pem(pem, password)


def test_no_secret_shows_in_text():
    key = PrivateKey.generate()
    secret = key.to_private_jwk()["d"]
    assert secret not in repr(key) + str(key) + repr(key.public_key)
    assert key.public_key.thumbprint in repr(key)


def test_other_keys_and_files_are_refused():
    rsa_key = rsa.generate_private_key(65537, 2048)
    pem = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for handle in (
        rsa_key.public_key(),
        ec.generate_private_key(ec.SECP521R1()).public_key(),
        ec.generate_private_key(ec.SECP256K1()).public_key(),
        x25519.X25519PrivateKey.generate().public_key(),
    ):
        with pytest.raises(Malformed) as caught:
            load_public_key(handle.public_bytes(*pem))
        assert caught.value.code == "key_unsupported"
    for data in (b"", b"x", b"{}", b"\xff", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"):
        with pytest.raises(Malformed):
            load_public_key(data)
        with pytest.raises(Malformed):
            PrivateKey.from_pem(data)
    with pytest.raises(Malformed) as caught:
        load_public_key(PrivateKey.generate().to_pem())
    assert caught.value.code == "key_not_public"
    with pytest.raises(Malformed):
        PrivateKey.generate("RS256")


def test_a_private_jwk_with_the_public_half_of_another_is_refused():
    one, other = PrivateKey.generate(), PrivateKey.generate()
    for value in ({**one.to_private_jwk(), "d": other.to_private_jwk()["d"]}, dict(JWK), {**JWK, "d": "A" * 43}, None):
        with pytest.raises(Malformed):
            PrivateKey.from_jwk(value)


def test_an_ed25519_public_key_from_elsewhere_is_taken():
    handle = ed25519.Ed25519PrivateKey.generate()
    key = public_key_from(handle.public_key())
    assert key.alg == EDDSA
    assert key.verify(handle.sign(b"m"), b"m")
    assert not key.verify(b"", b"m")


def test_a_kept_key_answers_only_for_its_own_coordinates():
    key = parse_jwk(JWK)
    other = PrivateKey.generate().public_key
    assert parse_jwk(JWK) == key
    assert parse_jwk(other.jwk) == other != key
    for wrong in (
        {"x": other.jwk["x"]},
        {"y": other.jwk["y"]},
        {"crv": "P-384"},
        {"use": "enc"},
        {"d": JWK["x"]},
        {"x": JWK["x"] + "="},
        {"y": [JWK["y"]]},
    ):
        for _ in range(2):
            with pytest.raises(Malformed):
                parse_jwk({**JWK, **wrong})


def test_the_keys_kept_are_few():
    handle = PrivateKey.generate().public_key
    for _ in range(3):
        parse_jwk(handle.jwk)
    kept = keys._kept_ec_key.cache_info()
    assert kept.maxsize == keys._KEPT_KEYS and kept.currsize <= keys._KEPT_KEYS
    long = {**JWK, "x": "A" * (keys._LONGEST_COORDINATE + 1)}
    with pytest.raises(Malformed):
        parse_jwk(long)
    assert keys._kept_ec_key.cache_info().misses == kept.misses
