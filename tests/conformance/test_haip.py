"""HAIP 1.0, as far as this version follows it: certificates, key binding, algorithms."""

from __future__ import annotations

import base64

import pytest
from cryptography import x509

from passport.credentials.formats import parse_credential
from passport.jose.encoding import parse_json_object
from passport.jose.jws import parse_jws
from passport.openid.oid4vp import create_encryption_key
from tests.services.issuer.conftest import Issuer


def leaf_of(header: dict) -> x509.Certificate:
    [only] = header["x5c"]
    return x509.load_der_x509_certificate(base64.b64decode(only))


@pytest.mark.anyio
async def test_haip_31_32_33_34_credential_and_list_carry_the_chain_without_its_anchor(issuer: Issuer) -> None:
    got = await issuer.take(await issuer.offer())
    credential = parse_credential(got["credentials"][0]["credential"])
    reference = credential.payload["status"]["status_list"]
    status = parse_jws((await issuer.client.get(reference["uri"])).text)
    for header in (credential.jws.header, status.header):
        leaf = leaf_of(header)
        assert leaf.issuer != leaf.subject
        assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert issuer.school.issuer in names.get_values_for_type(x509.UniformResourceIdentifier)
        assert header["alg"] == "ES256"
    assert credential.jws.header["x5c"] == status.header["x5c"]
    assert set(reference) == {"idx", "uri"}
    assert set(credential.payload["cnf"]) == {"jwk"}
    assert credential.payload["_sd_alg"] == "sha-256"


@pytest.mark.anyio
async def test_haip_05_06_07_metadata_names_scopes_nonces_and_batches(issuer: Issuer) -> None:
    document = (await issuer.client.get("/.well-known/openid-credential-issuer/o/school-a")).json()
    configurations = document["credential_configurations_supported"]
    scopes = [one["scope"] for one in configurations.values()]
    assert len(set(scopes)) == len(scopes)
    assert document["nonce_endpoint"].startswith("https://")
    assert document["batch_credential_issuance"]["batch_size"] >= 2
    assert (await issuer.client.get("/.well-known/oauth-authorization-server/o/school-a")).status_code == 200


def test_haip_20_21_22_a_request_is_signed_by_certificate_and_asks_encryption_to_a_fresh_key(play) -> None:
    async def scene(verifier):
        kids = []
        for _ in range(2):
            made = await verifier.ask(response_mode="direct_post.jwt")
            claims = parse_json_object(parse_jws((await verifier.http.get(made["request_uri"])).text).payload)
            assert claims["client_id"].startswith("x509_hash:")
            assert claims["response_type"] == "vp_token"
            assert {"dcql_query"} == {"dcql_query", "scope", "presentation_definition"} & set(claims)
            metadata = claims["client_metadata"]
            assert metadata["encrypted_response_enc_values_supported"] == ["A128GCM", "A256GCM"]
            [key] = metadata["jwks"]["keys"]
            assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ECDH-ES", "enc")
            assert "d" not in key
            kids.append((key["kid"], key["x"]))
        assert len(set(kids)) == 2

    play(scene)


def test_haip_22_keys_for_encryption_are_never_the_same() -> None:
    made = [create_encryption_key("k").to_jwk() for _ in range(20)]
    assert len({one["x"] for one in made}) == 20
