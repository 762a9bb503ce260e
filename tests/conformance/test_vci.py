"""OpenID4VCI: our wallet and our issuer in one process; what the matrix names and no other test shows."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from passport.credentials.formats import parse_credential
from passport.errors import PassportError
from passport.jose.encoding import decode_base64url, parse_json, parse_json_object
from passport.jose.jws import parse_jws
from passport.jose.keys import PrivateKey
from tests.conformance.in_process import InProcess
from tests.services.issuer.conftest import Issuer
from wallet_cli.receiving import Issuance, fetch_credential, fetch_token, load_offer, notify, read_issuer

pytestmark = pytest.mark.anyio
CONFIGURATION = "mbo-certificaat_dc+sd-jwt"


@pytest.fixture
def wallet(issuer: Issuer) -> InProcess:
    return InProcess(issuer.client)


async def opened(issuer: Issuer, wallet: InProcess, **more: Any) -> tuple[Issuance, str | None]:
    """An offer as the wallet has it after reading the issuer, and its transaction code."""
    answer = await issuer.offer(**more)
    issuance = await read_issuer(await load_offer(answer["offer"]["uri"], wallet), wallet)
    return issuance, answer["offer"]["tx_code"]


async def taken(issuer: Issuer, wallet: InProcess, key: PrivateKey | None = None) -> Any:
    issuance, tx_code = await opened(issuer, wallet)
    token = await fetch_token(issuance, wallet, tx_code=tx_code)
    key = key or PrivateKey.generate()
    got = await fetch_credential(issuance, issuance.configurations[0], wallet, token=token, key=key)
    await notify(issuance, got, wallet, token=token, event="credential_accepted")
    return got


def meets(value: Any, name: str, folder: Any) -> None:
    jsonschema.validate(value, json.loads((folder / "oidf-conformance" / name).read_text()))


async def test_vci_the_whole_way_of_our_own_wallet_says_what_the_standard_asks(issuer, wallet, vector_folder) -> None:
    key = PrivateKey.generate()
    got = await taken(issuer, wallet, key)
    # VCI-08: the offer lies at an address of its own and is JSON
    [offer] = [one for one in wallet.sent if "/offers/" in one.url]
    assert (offer.method, offer.answer.headers["content-type"]) == ("GET", "application/json")
    meets(offer.answer.json(), "credential_offer-1_0.json", vector_folder)
    # VCI-13: code and transaction code, and nothing that tells who asks
    [token] = wallet.to("/token")
    assert set(token.body) == {"grant_type", "pre-authorized_code", "tx_code"}
    assert token.answer.headers["cache-control"] == "no-store"
    # VCI-20, VCI-24, VCI-40, VCI-41: a fresh nonce, and a proof over it
    [nonce] = wallet.to("/nonce")
    [request] = wallet.to("/credential")
    meets(request.body, "credential_request-1_0.json", vector_folder)
    [proof] = request.body["proofs"]["jwt"]
    header, claims = parse_jws(proof).header, parse_json_object(parse_jws(proof).payload)
    assert header == {"typ": "openid4vci-proof+jwt", "alg": "ES256", "jwk": key.public_key.to_jwk()}
    assert set(claims) == {"aud", "iat", "nonce"}
    assert (claims["aud"], claims["nonce"]) == (issuer.school.issuer, nonce.answer.json()["c_nonce"])
    # VCI-21, VCI-25, VCI-26: the token travels in the header; the credential comes as JSON
    assert request.headers["authorization"] == f"Bearer {token.answer.json()['access_token']}"
    assert all("token" not in one.url.partition("?")[2] for one in wallet.sent)
    assert (request.answer.status_code, request.answer.headers["content-type"]) == (200, "application/json")
    assert "transaction_id" not in request.answer.json()
    # VCI-53
    [told] = wallet.to("/notification")
    assert (told.body["event"], told.answer.status_code, told.answer.content) == ("credential_accepted", 204, b"")
    assert parse_credential(got.credentials[0]).payload["cnf"]["jwk"] == key.public_key.to_jwk()


async def test_vci_20_nonces_are_not_kept_not_guessed_and_only_posted_for(issuer: Issuer) -> None:
    url = f"{issuer.school.issuer}/nonce"
    answers = [await issuer.client.post(url) for _ in range(20)]
    nonces = {one.json()["c_nonce"] for one in answers}
    assert len(nonces) == 20
    assert all(len(decode_base64url(nonce)) >= 16 for nonce in nonces)
    assert {one.headers["cache-control"] for one in answers} == {"no-store"}
    assert (await issuer.client.get(url)).status_code == 405


async def test_vci_21_a_token_in_the_query_is_no_token(issuer: Issuer) -> None:
    token = await issuer.token(await issuer.offer())
    url = f"{issuer.school.issuer}/credential?access_token={token}"
    body = {"credential_configuration_id": CONFIGURATION, "proofs": {"jwt": [issuer.proof(await issuer.nonce())]}}
    assert (await issuer.client.post(url, json=body)).status_code == 401
    form = body | {"access_token": token}
    assert (await issuer.client.post(url.partition("?")[0], json=form)).status_code == 401


async def test_vci_15_22_identifiers_of_the_token_response_are_used_instead_of_the_configuration(
    issuer, wallet
) -> None:
    issuance, tx_code = await opened(issuer, wallet)
    details = [{"type": "openid_credential", "credential_configuration_id": CONFIGURATION,
                "credential_identifiers": ["the-first", "the-second"]}]  # fmt: skip
    wallet.answers["/token"] = (200, {"access_token": "t", "token_type": "Bearer", "authorization_details": details})
    wallet.answers["/credential"] = (200, {"credentials": [{"credential": "x"}], "unknown": 1})
    token = await fetch_token(issuance, wallet, tx_code=tx_code)
    key = PrivateKey.generate()
    await fetch_credential(issuance, issuance.configurations[0], wallet, token=token, key=key)
    [request] = wallet.to("/credential")
    assert set(request.body) == {"credential_identifier", "proofs"}
    assert request.body["credential_identifier"] == "the-first"


async def test_vci_30_unknown_members_of_every_message_are_ignored(issuer: Issuer) -> None:
    answer = await issuer.offer()
    offer = await issuer.open_offer(answer["offer"]["uri"])
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:pre-authorized_code", "unknown": "1",
            "pre-authorized_code": offer.pre_authorized_code, "tx_code": answer["offer"]["tx_code"]}  # fmt: skip
    token = (await issuer.client.post(f"{issuer.school.issuer}/token", data=form)).json()["access_token"]
    body = {"credential_configuration_id": CONFIGURATION, "unknown": {"a": 1}, "format": "dc+sd-jwt",
            "proofs": {"jwt": [issuer.proof(await issuer.nonce())]}}  # fmt: skip
    headers = {"Authorization": f"Bearer {token}"}
    got = await issuer.client.post(f"{issuer.school.issuer}/credential", json=body, headers=headers)
    assert got.status_code == 200


async def test_vci_28_a_batch_is_one_dataset_with_keys_salts_and_indexes_of_its_own(issuer: Issuer) -> None:
    keys = [PrivateKey.generate() for _ in range(3)]
    token = await issuer.token(await issuer.offer())
    nonce = await issuer.nonce()
    got = (await issuer.request(token, *(issuer.proof(nonce, key=key) for key in keys))).json()
    copies = [parse_credential(one["credential"]) for one in got["credentials"]]
    assert [one.payload["cnf"]["jwk"] for one in copies] == [key.public_key.to_jwk() for key in keys]
    assert len({one.payload["status"]["status_list"]["idx"] for one in copies}) == 3
    salts = [parse_json(decode_base64url(text))[0] for one in copies for text in one.inner.disclosures]
    assert len(set(salts)) == len(salts)
    digests = [digest for one in copies for digest in one.payload["_sd"]]
    assert len(set(digests)) == len(digests)
    own = {"cnf", "status"}
    datasets = [
        {name: value for name, value in one.inner.process().claims.items() if name not in own} for one in copies
    ]
    assert datasets[1:] == datasets[:-1]


async def test_vci_28_60_62_63_our_metadata_says_what_we_do(issuer: Issuer, vector_folder) -> None:
    url = "/.well-known/openid-credential-issuer/o/school-a"
    answer = await issuer.client.get(url)
    document = answer.json()
    meets(document, "credential_issuer_metadata-1_0.json", vector_folder)
    assert document["credential_issuer"] == issuer.school.issuer
    assert document["batch_credential_issuance"]["batch_size"] >= 2
    endpoints = [value for name, value in document.items() if name.endswith("_endpoint")]
    assert len(endpoints) == 3
    assert all(value.startswith("https://") for value in endpoints)
    assert document["credential_configurations_supported"]
    for configuration in document["credential_configurations_supported"].values():
        assert configuration["format"] == "dc+sd-jwt"
        assert configuration["vct"].startswith("urn:skillspas:")
        assert configuration["cryptographic_binding_methods_supported"] == ["jwk"]
        assert configuration["proof_types_supported"] == {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}}
        # VCI-65: one display a language, claims that name each path once
        shown = configuration["credential_metadata"]
        assert sorted(one["locale"] for one in shown["display"]) == ["en-US", "nl-NL"]
        paths = [tuple(claim["path"]) for claim in shown["claims"]]
        assert all(paths)
        assert len(set(paths)) == len(paths)
    # VCI-61: plain JSON, whatever is asked for
    signed = await issuer.client.get(url, headers={"Accept": "application/jwt"})
    assert (signed.status_code, signed.headers["content-type"], signed.json()) == (200, "application/json", document)
    server = (await issuer.client.get("/.well-known/oauth-authorization-server/o/school-a")).json()
    meets(server, "oauth_authorization_server_metadata.json", vector_folder)
    assert server["issuer"] == issuer.school.issuer


async def test_vci_07_a_server_that_the_issuer_does_not_name_gets_no_code(issuer: Issuer, wallet: InProcess) -> None:
    from dataclasses import replace

    answer = await issuer.offer()
    offer = replace(await load_offer(answer["offer"]["uri"], wallet), authorization_server="https://thief.example")
    with pytest.raises(PassportError):
        await read_issuer(offer, wallet)
    assert not any("thief.example" in one.url for one in wallet.sent)


async def test_vci_29_64_encryption_that_we_cannot_do_is_refused_on_both_sides(issuer, wallet, vector_folder) -> None:
    token = await issuer.token(await issuer.offer())
    body = {"credential_configuration_id": CONFIGURATION, "proofs": {"jwt": [issuer.proof(await issuer.nonce())]},
            "credential_response_encryption": {"jwk": {}, "enc": "A128GCM"}}  # fmt: skip
    headers = {"Authorization": f"Bearer {token}"}
    got = await issuer.client.post(f"{issuer.school.issuer}/credential", json=body, headers=headers)
    assert (got.status_code, got.json()["error"]) == (400, "invalid_encryption_parameters")
    url = "/.well-known/openid-credential-issuer/o/school-a"
    document = (await issuer.client.get(url)).json()
    assert not {"credential_request_encryption", "credential_response_encryption"} & set(document)
    answer = await issuer.offer()
    offer = await load_offer(answer["offer"]["uri"], wallet)
    required = {"jwks": {"keys": []}, "enc_values_supported": ["A128GCM"], "encryption_required": True}
    wallet.answers[url] = (200, document | {"credential_request_encryption": required})
    with pytest.raises(PassportError):
        await read_issuer(offer, wallet)


async def test_vci_66_a_token_is_short_lived_and_for_one_request(issuer: Issuer) -> None:
    answer = await issuer.offer()
    offer = await issuer.open_offer(answer["offer"]["uri"])
    got = (await issuer.redeem(offer, answer["offer"]["tx_code"])).json()
    assert got["token_type"] == "Bearer"
    assert 0 < got["expires_in"] <= 600
    assert "refresh_token" not in got
