"""Attacks on the issuer's edges: slow bodies, addresses that inject, keys of idempotency, guesses over several codes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from issuer.middleware import BodyLimit
from issuer.settings import BaseUrlRefused, check_base_url
from tests.services.issuer.conftest import Issuer, at_once, claims_of


@pytest.mark.anyio
async def test_a_body_that_does_not_come_is_given_up() -> None:
    sent: list[Any] = []

    async def never() -> Any:
        await asyncio.sleep(60)

    async def application(*_: Any) -> None:
        raise AssertionError("a body that is not there was handed on")

    async def send(message: Any) -> None:
        sent.append(message)

    limit = BodyLimit(application, max_bytes=10, seconds=0.05)
    async with asyncio.timeout(5):
        await limit({"type": "http", "headers": []}, never, send)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]


@pytest.mark.parametrize(
    "url",
    [
        "https://issuer.example\r\nX-Injected: 1",
        "https://issuer.example/\tx",
        "https://user@issuer.example",
        "https://:secret@issuer.example",
        "https://[bad",
        "https://issuer.example:99999",
        "https://issuer.example:0",
        'https://issuer.example/"><script>',
        "https://issuer.example/?x",
        "http://issuer.example",
        "http://127.0.0.1.evil.example",
    ],
)
def test_a_base_url_is_a_plain_https_address(url: str) -> None:
    with pytest.raises(BaseUrlRefused):
        check_base_url(url, allow_loopback_http=True)


@pytest.mark.anyio
async def test_an_idempotency_key_is_of_one_organisation_and_one_call(issuer: Issuer) -> None:
    body = {"type": "mbo-certificaat", "claims": claims_of()}
    key: dict[str, Any] = {"Idempotency-Key": "same"}
    first = await issuer.post("/credentials", body, **key)
    again = await issuer.post("/credentials", body, **key)
    assert (first.status_code, again.json()) == (201, first.json())
    other = await issuer.post("/credentials", body, by=issuer.other, **key)
    assert other.status_code == 201
    assert other.json()["id"] != first.json()["id"]
    elsewhere = await issuer.post("/credentials?type=diploma", body, **key)
    assert elsewhere.json()["code"] == "idempotency_key_reused"


@pytest.mark.anyio
async def test_two_hundred_guesses_over_several_openings_are_five(issuer: Issuer) -> None:
    made = await issuer.offer()
    right = made["offer"]["tx_code"]
    opened = [await issuer.open_offer(made["offer"]["uri"]) for _ in range(4)]
    wrong = [f"{number:06d}" for number in range(201) if f"{number:06d}" != right][:200]
    answers = await at_once(*(issuer.redeem(opened[place % 4], code) for place, code in enumerate(wrong)))
    assert {answer.status_code for answer in answers} == {400}
    shown = (await issuer.get(f"/credentials/{made['id']}")).json()
    assert (shown["wrong_tx_codes"], shown["state"]) == (5, "expired")
    assert (await issuer.redeem(opened[0], right)).status_code == 400


@pytest.mark.anyio
@pytest.mark.parametrize("code", ["\uff11\uff12\uff13\uff14\uff15\uff16", "\u0000", "9" * 5000, "0", "-1", "1e5"])
async def test_a_strange_transaction_code_is_a_wrong_one(issuer: Issuer, code: str) -> None:
    made = await issuer.offer()
    opened = await issuer.open_offer(made["offer"]["uri"])
    assert (await issuer.redeem(opened, code)).status_code == 400
    assert (await issuer.redeem(opened, made["offer"]["tx_code"])).status_code == 200


@pytest.mark.anyio
async def test_a_code_or_token_of_one_issuer_is_nothing_at_another(issuer: Issuer) -> None:
    from dataclasses import replace

    made = await issuer.offer()
    opened = await issuer.open_offer(made["offer"]["uri"])
    elsewhere = replace(opened, credential_issuer=issuer.other.issuer)
    assert (await issuer.redeem(elsewhere, made["offer"]["tx_code"])).status_code == 400
    token = (await issuer.redeem(opened, made["offer"]["tx_code"])).json()["access_token"]
    proof = issuer.proof(await issuer.nonce(issuer.other), by=issuer.other)
    assert (await issuer.request(token, proof, by=issuer.other)).status_code == 401
    assert (await issuer.request(token, issuer.proof(await issuer.nonce(issuer.other)))).status_code == 400
    assert (await issuer.request(token, issuer.proof(await issuer.nonce()))).status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize("value", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2030-02-29T00:00:00Z"])
async def test_a_date_beyond_the_calendar_is_refused(issuer: Issuer, value: str) -> None:
    body = {"type": "mbo-certificaat", "claims": claims_of(), "valid_until": value}
    assert (await issuer.post("/credentials", body)).status_code == 422


@pytest.mark.anyio
@pytest.mark.parametrize("number", [10**30, -(2**63) - 1])
async def test_a_number_beyond_64_bits_is_refused_by_name(issuer: Issuer, number: int) -> None:
    for claims in (claims_of(cijfer=number), claims_of(anything=number)):
        import json

        sent = json.dumps({"type": "mbo-certificaat", "claims": claims}).encode()
        headers = {**issuer.school.headers, "content-type": "application/json"}
        answer = await issuer.client.post("/api/v1/credentials", content=sent, headers=headers)
        assert answer.json()["code"] == "claims_invalid"


@pytest.mark.anyio
async def test_a_picture_of_the_number_of_elements_shows_nothing(issuer: Issuer) -> None:
    """Decoys: one unit and four give the same number of digests, and so the same length of the signed part."""
    from tests.security.judging import payload_of

    counts = set()
    for amount in (1, 4):
        units = [{"unit": f"25960:P2-K1-W{number}", "naam": "Werk"} for number in range(1, amount + 1)]
        got = await issuer.take(await issuer.offer(claims=claims_of(units=units)))
        payload = payload_of(got["credentials"][0]["credential"])
        assert all(set(entry) == {"..."} for entry in payload["units"])
        counts.add((len(payload["_sd"]), len(payload["units"])))
    assert len(counts) == 1
