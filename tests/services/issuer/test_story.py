"""A credential from the API into a wallet, and verified with the register that the issuer describes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from issuer.organisations import service as organisations
from passport.credentials.formats import parse_credential
from passport.trust.register import TrustRegister, parse_register
from passport.verification.materials import Material, Materials
from passport.verification.policy import policy_for
from passport.verification.verify import verify
from tests.services.issuer.conftest import Issuer, claims_of

pytestmark = pytest.mark.anyio


async def register_of(issuer: Issuer) -> TrustRegister:
    async with issuer.context.database.reading() as session:
        entries = [
            await organisations.trust_entry(session, await organisations.require(session, one.id))
            for one in (issuer.school, issuer.other, issuer.company)
        ]
    return parse_register(json.dumps({"version": 1, "sequence": 1, "organisations": entries}).encode())


async def report_of(issuer: Issuer, credential: str) -> Any:
    """The verifier's report, with the status list as the issuer serves it now."""
    uri = parse_credential(credential).payload["status"]["status_list"]["uri"]
    answer = await issuer.client.get(uri)
    at = issuer.clock()
    material = Material(kind="status_list", url=uri, body=answer.content, fetched_at=at, error=None)
    return verify(
        credential,
        Materials().plus([material]),
        await register_of(issuer),
        policy_for(require_holder_binding=False),
        at=at,
    )


async def test_a_credential_goes_from_the_school_to_a_wallet_and_is_accepted(issuer: Issuer) -> None:
    answer = await issuer.offer()
    assert answer["state"] == "offered"
    assert len(answer["offer"]["tx_code"]) == 6
    assert answer["offer"]["uri"].startswith("openid-credential-offer://?credential_offer_uri=")

    got = await issuer.take(answer)
    report = await report_of(issuer, got["credentials"][0]["credential"])
    assert report.verdict == "accepted", report.to_json("en")
    assert report.require().claims["awarding_body"] == {"naam": "school-a", "brin": "00AA"}

    shown = (await issuer.get(f"/credentials/{answer['id']}")).json()
    assert (shown["state"], shown["status"], shown["copies"]) == ("issued", "valid", 1)


async def test_revoking_shows_at_the_next_reading_of_the_list_and_is_final(issuer: Issuer) -> None:
    answer = await issuer.offer()
    credential = (await issuer.take(answer))["credentials"][0]["credential"]
    path = f"/credentials/{answer['id']}/status"

    suspended = await issuer.post(path, {"status": "suspended", "reason": "beoordelingsfout"})
    assert suspended.json()["status"] == "suspended"
    assert (await report_of(issuer, credential)).verdict == "rejected"
    assert (await issuer.post(path, {"status": "valid"})).status_code == 200
    assert (await report_of(issuer, credential)).verdict == "accepted"
    assert (await issuer.post(path, {"status": "revoked", "reason": "fraude"})).status_code == 200
    assert (await report_of(issuer, credential)).verdict == "rejected"

    for status in ("valid", "suspended"):
        again = await issuer.post(path, {"status": status, "reason": "fraude"})
        assert (again.status_code, again.json()["code"]) == (409, "revocation_final")
    assert (await report_of(issuer, credential)).verdict == "rejected"


async def test_every_copy_of_a_batch_has_its_own_index_and_all_are_revoked_together(issuer: Issuer) -> None:
    answer = await issuer.offer()
    token, nonce = await issuer.token(answer), await issuer.nonce()
    got = (await issuer.request(token, *(issuer.proof(nonce) for _ in range(10)))).json()
    credentials = [entry["credential"] for entry in got["credentials"]]
    places = {json.dumps(parse_credential(one).payload["status"]) for one in credentials}
    assert len(credentials) == len(places) == 10

    await issuer.post(f"/credentials/{answer['id']}/status", {"status": "revoked", "reason": "fraude"})
    for one in credentials:
        assert (await report_of(issuer, one)).verdict == "rejected"


async def test_a_replacement_revokes_the_old_one_when_it_is_taken_and_not_before(issuer: Issuer) -> None:
    claims = claims_of()
    first = (await issuer.post("/credentials", {"type": "mbo-certificaat", "claims": claims})).json()
    old = (await issuer.take(first))["credentials"][0]["credential"]
    body = {"claims": claims | {"family_name": "Anders"}, "reason": "administratieve-fout"}
    second = await issuer.post(f"/credentials/{first['id']}/replace", body)
    assert second.status_code == 201, second.text
    assert (await issuer.post(f"/credentials/{first['id']}/replace", body)).json()["code"] == "replacement_pending"
    assert (await report_of(issuer, old)).verdict == "accepted"

    new = (await issuer.take(second.json()))["credentials"][0]["credential"]
    assert (await report_of(issuer, old)).verdict == "rejected"
    assert (await report_of(issuer, new)).verdict == "accepted"
    shown = (await issuer.get(f"/credentials/{first['id']}")).json()
    assert (shown["status"], shown["status_reason"]) == ("revoked", "administratieve-fout")
    taken = await issuer.post("/credentials", {"type": "mbo-certificaat", "claims": claims})
    assert taken.json()["code"] == "document_number_in_use"


async def test_credentials_of_a_retired_key_stay_good_and_those_of_a_compromised_one_do_not(issuer: Issuer) -> None:
    from issuer.keys import service as keys

    async def rotate(*, compromised: bool) -> None:
        async with issuer.context.database.writing() as session:
            organisation = await organisations.require(session, "school-a")
            await keys.create_current(session, issuer.context, organisation, at=issuer.clock(), compromised=compromised)

    first = (await issuer.take(await issuer.offer()))["credentials"][0]["credential"]
    await rotate(compromised=False)
    second = (await issuer.take(await issuer.offer()))["credentials"][0]["credential"]
    assert parse_credential(first).jws.header["kid"] != parse_credential(second).jws.header["kid"]
    assert (await report_of(issuer, first)).verdict == "accepted"
    assert (await report_of(issuer, second)).verdict == "accepted"
    await rotate(compromised=True)
    assert (await report_of(issuer, first)).verdict == "accepted"
    assert (await report_of(issuer, second)).verdict == "rejected"


async def test_a_leerbedrijf_assesses_and_the_school_issues_the_countersigned_praktijkverklaring(
    issuer: Issuer,
) -> None:
    claims = claims_of("praktijkverklaring")
    asked = {n: claims[n] for n in ("kwalificatie", "units", "periode", "given_name", "family_name", "birthdate")}
    signed = await issuer.post("/assessments", asked, by=issuer.company)
    assert signed.status_code == 201, signed.text
    claims |= {
        "leerbedrijf": {"naam": "bakkerij", "id": issuer.company.issuer},
        "praktijkbeoordeling": signed.json()["assessment"],
        "praktijkbeoordeling_salt": signed.json()["salt"],
    }
    offered = await issuer.post("/credentials", {"type": "praktijkverklaring", "claims": claims})
    assert offered.status_code == 201, offered.text
    got = await issuer.take(offered.json(), type_name="praktijkverklaring")
    report = await report_of(issuer, got["credentials"][0]["credential"])
    assert report.verdict == "accepted", report.to_json("en")
    assert report.require().countersigned

    other_person = claims | {"birthdate": "1999-01-01", "document_number": "X-2"}
    refused = await issuer.post("/credentials", {"type": "praktijkverklaring", "claims": other_person})
    assert (refused.status_code, refused.json()["code"]) == (422, "assessment_not_matching")
