"""did:jwk, did:key and did:web. Official examples are read from SKILLSPAS_VECTORS."""

import base64
import json

import pytest

from passport.errors import Malformed
from passport.trust.issuer_keys import did_jwk, did_key, did_web
from tests.paths import vectors


def test_official_did_jwk_examples_give_the_key_or_a_refusal():
    documents = json.loads(vectors("did/did_jwk.json").read_text())["documents"]
    assert documents
    for document in documents:
        method = document["verificationMethod"][0]
        jwk = method["publicKeyJwk"]
        if jwk["crv"] in ("P-256", "P-384", "Ed25519"):
            name, key = did_jwk.resolve(document["id"])
            assert name == method["id"]
            assert dict(key.jwk) == {member: jwk[member] for member in key.jwk}
        else:
            with pytest.raises(Malformed):
                did_jwk.resolve(document["id"])


def test_official_did_key_examples_give_the_named_method_or_a_refusal():
    examples = json.loads(vectors("did/did_key.json").read_text())["examples"]
    known = ("did:key:z6Mk", "did:key:zDn", "did:key:z82")  # Ed25519, P-256, P-384
    resolved = 0
    for example in examples:
        did = example if isinstance(example, str) else example["id"]
        if did.startswith(known):
            name, key = did_key.resolve(did)
            assert name == f"{did}#{did.removeprefix('did:key:')}"
            assert key.alg in ("EdDSA", "ES256", "ES384")
            resolved += 1
        else:
            with pytest.raises(Malformed):
                did_key.resolve(did)
    assert resolved


def test_a_private_key_in_a_did_jwk_is_refused():
    jwk = {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43, "d": "A" * 43}
    text = base64.urlsafe_b64encode(json.dumps(jwk).encode()).rstrip(b"=").decode()
    with pytest.raises(Malformed):
        did_jwk.resolve(f"did:jwk:{text}")


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:school.example", "https://school.example/.well-known/did.json"),
        ("did:web:school.example:o:school-a", "https://school.example/o/school-a/did.json"),
        ("did:web:school.example%3A8443", "https://school.example:8443/.well-known/did.json"),
    ],
)
def test_did_web_names_its_document(did, url):
    assert did_web.document_url(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:web:127.0.0.1",
        "did:web:%31%32%37.0.0.1",
        "did:web:school.example:..",
        "did:web:school.example:a%2Fb",
        "did:web:school.example/x",
        "did:web:user@school.example",
        "did:web:",
        "did:key:z6Mk",
    ],
)
def test_did_web_refuses_addresses_and_odd_paths(did):
    with pytest.raises(Malformed):
        did_web.document_url(did)


@pytest.mark.parametrize("did", ["did:key:", "did:key:z", "did:key:zO0", "did:key:m123", "did:key:z" + "1" * 500])
def test_did_key_refuses_what_is_no_key(did):
    with pytest.raises(Malformed):
        did_key.resolve(did)
