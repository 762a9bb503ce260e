"""did:web, did:key and did:jwk: what the matrix names and no other test shows."""

from __future__ import annotations

import base64
import json

import pytest

from passport.errors import Malformed
from passport.jose.encoding import encode_base64url, encode_json
from passport.jose.keys import PrivateKey
from passport.trust.issuer_keys import KeyRequest, did_jwk, did_key, did_web, parse_issuer_keys
from tests.ecosystem import AT

DID = "did:web:school.example:o:a"
URL = "https://school.example/o/a/did.json"


def document(key: PrivateKey, **changes: object) -> bytes:
    method = {"id": f"{DID}#1", "type": "JsonWebKey", "controller": DID, "publicKeyJwk": key.public_key.to_jwk()}
    made = {"id": DID, "verificationMethod": [method], "assertionMethod": [f"{DID}#1"], **changes}
    return encode_json({name: value for name, value in made.items() if value is not None})


def ask(did: str, body: bytes | None = None, *, kid: str | None = None, url: str = URL):
    keys = parse_issuer_keys({"mechanism": "did", "did": did}, issuer="https://school.example/o/a")
    header = {"alg": "ES256"} if kid is None else {"alg": "ES256", "kid": kid}
    documents = {} if body is None else {(did_web.KIND, url): body}
    return keys.answer(KeyRequest(header=header, issued_at=AT), documents)


@pytest.mark.parametrize(
    "did", ["did:Web:a.example", "DID:web:a.example", "did:web:[::1]", "did:web:10.0.0.1", "did:web:a.example%3a"]
)
def test_didw_01_only_the_one_form_is_a_did_web(did: str) -> None:
    with pytest.raises(Malformed):
        did_web.document_url(did)


def test_didw_02_the_document_is_asked_over_https_and_must_be_of_this_did() -> None:
    key = PrivateKey.generate()
    lacking = ask(DID).lacking
    assert (lacking.kind, lacking.url) == (did_web.KIND, URL)
    assert ask(DID, document(key)).keys == (key.public_key,)
    assert ask(DID, document(key), kid="#1").keys == (key.public_key,)
    assert ask(DID, document(key), kid=f"{DID}#1").keys == (key.public_key,)
    for wrong in (document(key, id="did:web:other.example"), document(key, id=None), b"{}", b"[]", b"nonsense"):
        assert ask(DID, wrong).unavailable == "did_document_malformed"
    assert not ask(DID, document(key, assertionMethod=None)).keys
    assert ask(DID, document(key), kid="did:web:other.example#1").problem == "key_unknown"


def test_didw_02_a_method_of_another_controller_or_with_a_private_key_is_no_key() -> None:
    key = PrivateKey.generate()
    method = {"id": f"{DID}#1", "type": "JsonWebKey", "controller": DID, "publicKeyJwk": key.public_key.to_jwk()}
    foreign = method | {"controller": "did:web:other.example"}
    secret = method | {"publicKeyJwk": key.to_private_jwk()}
    for bad in (foreign, secret):
        assert not ask(DID, document(key, verificationMethod=[bad])).keys


def test_didk_01_codec_length_and_point_must_fit() -> None:
    def did(raw: bytes) -> str:
        alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
        number, text = int.from_bytes(raw, "big"), ""
        while number:
            number, rest = divmod(number, 58)
            text = alphabet[rest] + text
        return f"did:key:z{text}"

    key = PrivateKey.generate("ES256").public_key
    x = base64.urlsafe_b64decode(key.jwk["x"] + "=")
    odd = base64.urlsafe_b64decode(key.jwk["y"] + "=")[-1] & 1
    point = bytes([2 + odd]) + x
    name, read = did_key.resolve(did(b"\x80\x24" + point))
    assert read == key
    assert name.partition("#")[0].removeprefix("did:key:") == name.partition("#")[2]
    for wrong in (
        b"\x80\x24" + point[:-1],
        b"\x80\x24" + point + b"\0",
        b"\x80\x24" + b"\x02" + b"\xff" * 32,
        b"\x80\x24" + b"\x05" + x,
        b"\x81\x24" + point,
        b"\xed\x01" + x + b"\0",
        b"\xe7\x01" + point,
    ):
        with pytest.raises(Malformed):
            did_key.resolve(did(wrong))


def test_didj_01_the_identifier_is_the_key_and_has_one_method() -> None:
    key = PrivateKey.generate()
    did = f"did:jwk:{encode_base64url(encode_json(key.public_key.to_jwk()))}"
    assert did_jwk.resolve(did) == (f"{did}#0", key.public_key)
    assert ask(did, kid="#0").keys == (key.public_key,)
    assert ask(did, kid=f"{did}#0").keys == (key.public_key,)
    assert ask(did, kid="#1").problem == "key_unknown"


@pytest.mark.parametrize(
    "change", [{"use": "enc"}, {"d": "AA"}, {"x": "AA"}, {"crv": "P-521"}, {"kty": "oct", "k": "AA"}]
)
def test_didj_01_a_key_that_cannot_verify_is_refused(change: dict) -> None:
    jwk = PrivateKey.generate().public_key.to_jwk() | change
    with pytest.raises(Malformed):
        did_jwk.resolve(f"did:jwk:{encode_base64url(json.dumps(jwk).encode())}")


@pytest.mark.parametrize("did", ["did:ion:abc", "did:ethr:0x0", "did:example:1", "web:school.example"])
def test_other_methods_are_not_taken(did: str) -> None:
    with pytest.raises(Malformed):
        parse_issuer_keys({"mechanism": "did", "did": did}, issuer="https://school.example")
