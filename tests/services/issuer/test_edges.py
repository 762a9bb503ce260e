"""What holds for every address: headers, logs, limits, figures; and the keys at rest."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from issuer.settings import BaseUrlRefused, RateLimits, Settings
from issuer.vault import MasterKeyUnusable, SealBroken, Vault, load_vault
from tests.services.issuer.conftest import Issuer, claims_of

pytestmark = pytest.mark.anyio


async def test_every_answer_carries_the_security_headers_and_only_public_documents_are_open_to_web_pages(
    issuer: Issuer,
) -> None:
    public = ("/.well-known/openid-credential-issuer/o/school-a", "/vct/diploma")
    for path in (*public, "/healthz", "/api/v1/credentials", "/nothing"):
        answer = await issuer.client.get(path, headers={"Origin": "https://evil.example"})
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["strict-transport-security"]
        assert ("access-control-allow-origin" in answer.headers) == (path in public), path
    preflight = await issuer.client.options("/api/v1/credentials", headers={"Origin": "https://evil.example"})
    assert preflight.status_code == 405
    assert "access-control-allow-origin" not in preflight.headers


async def test_the_log_of_a_whole_run_holds_no_claim_key_code_or_token(
    issuer: Issuer, capfd: pytest.CaptureFixture[str]
) -> None:
    claims = claims_of(given_name="Zeldzame", family_name="Achternaam", document_number="NUMMER-77")
    answer = (await issuer.post("/credentials", {"type": "mbo-certificaat", "claims": claims})).json()
    offer = await issuer.open_offer(answer["offer"]["uri"])
    await issuer.redeem(offer, "000000")
    token = (await issuer.redeem(offer, answer["offer"]["tx_code"])).json()["access_token"]
    nonce = await issuer.nonce()
    proof = issuer.proof(nonce)
    got = (await issuer.request(token, proof)).json()
    await issuer.request(token, proof)
    await issuer.client.get(f"/api/v1/credentials/{answer['id']}?secret=Zeldzame", headers=issuer.school.headers)
    await issuer.post("/credentials", {"type": "mbo-certificaat", "claims": claims})
    await issuer.post("/credentials", {"type": "mbo-certificaat", "claims": claims | {"birthdate": "Zeldzame"}})
    await issuer.client.get("/Zeldzame")
    written = "".join(capfd.readouterr())
    assert written.count('"event": "request"') >= 9
    for secret in (
        "Zeldzame", "Achternaam", "NUMMER-77", claims["birthdate"], issuer.school.api_key, offer.pre_authorized_code,
        answer["offer"]["tx_code"], answer["offer"]["uri"].rsplit("%2F", 1)[-1], token, nonce, proof,
        got["credentials"][0]["credential"], got["notification_id"], answer["id"],
    ):  # fmt: skip
        assert secret not in written
    for line in written.splitlines():
        assert set(json.loads(line)) <= {"event", "level", "timestamp", "method", "route", "status", "ms"}


async def test_a_defect_of_ours_is_a_500_without_a_word_of_what_came_in(
    issuer: Issuer, capfd: pytest.CaptureFixture[str]
) -> None:
    object.__setattr__(issuer.context, "clock", lambda: "Zeldzame" + 1)  # type: ignore[operator]
    answer = await issuer.client.post(f"{issuer.school.issuer}/nonce")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "Zeldzame" not in answer.text
    written = "".join(capfd.readouterr())
    assert '"event": "defect"' in written
    assert "Zeldzame" not in written


async def test_a_full_or_absent_database_is_a_503_and_nothing_is_half_done(issuer: Issuer) -> None:
    from sqlalchemy import text

    async with issuer.context.database.writing() as session:
        await session.execute(text("ALTER TABLE credentials RENAME TO away"))
    answer = await issuer.post("/credentials", {"type": "mbo-certificaat", "claims": claims_of()})
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")
    assert answer.headers["retry-after"]
    async with issuer.context.database.writing() as session:
        await session.execute(text("ALTER TABLE away RENAME TO credentials"))
    assert (await issuer.take(await issuer.offer()))["credentials"]


async def test_the_limits_on_tokens_and_on_the_api_hold(make_issuer: Any) -> None:
    issuer = await make_issuer(rate_limits=RateLimits(token="3/minute", public="1000/minute", api="5/minute"))
    tokens = [(await issuer.client.post(f"{issuer.school.issuer}/token", data={})).status_code for _ in range(5)]
    assert tokens == [400, 400, 400, 429, 429]
    calls = [(await issuer.get("/credentials")).status_code for _ in range(7)]
    assert calls == [200] * 5 + [429] * 2
    over = await issuer.get("/credentials")
    assert (over.json()["code"], over.headers["retry-after"]) == ("too_many_requests", "60")
    assert (await issuer.get("/credentials", by=issuer.other)).status_code == 200


async def test_health_readiness_figures_and_the_description_of_the_api(issuer: Issuer) -> None:
    await issuer.take(await issuer.offer())
    assert (await issuer.client.get("/healthz")).json() == {"status": "ok"}
    assert (await issuer.client.get("/readyz")).json() == {"status": "ok"}
    figures = (await issuer.client.get("/metrics")).text
    assert 'skillspas_issuer_issued_total{type="mbo-certificaat"} 1.0' in figures
    assert 'route="/api/v1/credentials"' in figures
    described = (await issuer.client.get("/openapi.json")).json()
    assert "/api/v1/credentials/{credential_id}/replace" in described["paths"]
    body = described["paths"]["/api/v1/credentials"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["type", "claims"]


async def test_keys_and_claims_at_rest_are_sealed(issuer: Issuer) -> None:
    answer = await issuer.offer(claims=claims_of(family_name="Achternaam"))
    folder = issuer.context.settings.data
    for file in folder.iterdir():
        assert oct(file.stat().st_mode & 0o777) == "0o600", file.name
    await issuer.context.database.close()
    stored = b"".join(path.read_bytes() for path in folder.iterdir() if path.name != "master.key")
    for secret in (b"Achternaam", b"PRIVATE KEY", issuer.school.api_key.encode(), answer["offer"]["tx_code"].encode()):
        assert secret not in stored


def test_a_sealed_value_opens_only_with_its_key_and_for_its_row() -> None:
    vault = Vault(os.urandom(32))
    sealed = vault.seal(b"secret", context="row/1")
    assert vault.open(sealed, context="row/1") == b"secret"
    changed = [sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", b"\x02" + sealed[1:], sealed[:5]]
    for wrong, context in [(sealed, "row/2"), *((one, "row/1") for one in changed)]:
        with pytest.raises(SealBroken):
            vault.open(wrong, context=context)
    with pytest.raises(SealBroken):
        Vault(os.urandom(32)).open(sealed, context="row/1")


def test_a_master_key_that_others_can_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    with pytest.raises(MasterKeyUnusable):
        load_vault(file, create=False)
    load_vault(file, create=True)
    before = file.read_bytes()
    load_vault(file, create=True)
    assert file.read_bytes() == before
    file.chmod(0o640)
    with pytest.raises(MasterKeyUnusable):
        load_vault(file, create=True)
    file.chmod(0o600)
    for content in (b"", b"short", b"\xff" * 44):
        file.write_bytes(content)
        with pytest.raises(MasterKeyUnusable):
            load_vault(file, create=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example",
        "http://127.0.0.1:1",
        "ftp://x",
        "https://",
        "https://a/",
        "https://a?b",
        "https://u@a",
        "",
    ],
)
def test_the_base_url_is_https(url: str, tmp_path: Path) -> None:
    with pytest.raises(BaseUrlRefused):
        Settings(data=tmp_path, base_url=url)


def test_the_development_switch_opens_loopback_and_nothing_else(tmp_path: Path) -> None:
    for url in ("http://127.0.0.1:8001", "http://localhost", "http://[::1]:1"):
        assert Settings(data=tmp_path, base_url=url, allow_loopback_http=True).base_url == url
    for url in ("http://10.0.0.1", "http://127.0.0.1.example", "http://issuer.example"):
        with pytest.raises(BaseUrlRefused):
            Settings(data=tmp_path, base_url=url, allow_loopback_http=True)


def test_the_command_line_declares_itself_without_importing_anything_heavy() -> None:
    code = "import sys, issuer.cli; print([m for m in ('fastapi','sqlalchemy','sqlmodel','cryptography','pydantic','httpx','alembic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


NASTY = [
    "%00",
    "..%2f..%2fetc",
    "a" * 5000,
    "%ff%fe",
    "%E2%80%AE",
    "'; DROP TABLE credentials; --",
    "-1",
    "1e9",
    "{}",
    "%0d%0aX: y",
]
BODIES = [
    b"", b"\x00", b"\xff" * 10, b"{}", b"[]", b'""', b"0", b"null", b"[" * 3000, b'{"type":' * 500, b'{"claims":{}}',
    b'{"type":"mbo-certificaat","claims":{"given_name":"\\u0000","document_number":"\\u0000"}}',
    b'{"status":"valid"}', b'{"claims":{"document_number":1e400},"reason":"vervangen"}', b"a=b&a=c", b"%00=%00",
    b"grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code&pre-authorized_code=%00&tx_code=%00",
    b'{"credential_configuration_id":"x","proofs":{"jwt":["a.b.c", "", "' + b"A" * 20000 + b'"]}}',
    b'{"notification_id":"\\u0000","event":"credential_accepted"}',
]  # fmt: skip


async def no_input_gives_a_5xx(issuer: Issuer) -> None:
    """Every address with hostile parts, bodies and headers, as somebody and as nobody."""
    taken = await issuer.offer()
    token = await issuer.token(await issuer.offer())
    paths = {route.path for route in issuer.client._transport.app.routes if hasattr(route, "path")}  # type: ignore[attr-defined]
    paths |= set((await issuer.client.get("/openapi.json")).json()["paths"])
    assert len(paths) > 20
    authorizations = [issuer.school.headers, {"Authorization": f"Bearer {token}"}]
    for path in sorted(paths):
        real = path.replace("{organisation_id}", "school-a").replace("{credential_id}", taken["id"])
        addresses = [re.sub(r"\{\w+\}", nasty, path) for nasty in NASTY] if "{" in path else [path]
        addresses += [f"{path}?limit={n}&before={n}&after={n}&state={n}&document_number={n}" for n in NASTY[:4]]
        for number, address in enumerate(addresses):
            for method in ("GET", "POST"):
                headers = authorizations[number % 2] | {"Accept-Language": "x" * 600, "If-None-Match": "\x7f"}
                answer = await issuer.client.request(
                    method, address, headers=headers, content=BODIES[number % len(BODIES)]
                )
                assert answer.status_code < 500 or address.endswith("time=1"), (method, address, answer.text)
        for body in BODIES:
            for headers in authorizations:
                for kind in ("application/json", "application/x-www-form-urlencoded"):
                    answer = await issuer.client.post(
                        real.replace("{link}", "x").replace("{number}", "1").replace("{type_name}", "diploma"),
                        headers=headers | {"Content-Type": kind, "Idempotency-Key": repr(body)[:20]},
                        content=body,
                    )
                    assert answer.status_code < 500, (real, body, answer.text)
    assert (await issuer.get(f"/credentials/{taken['id']}")).json()["state"] in ("offered", "withdrawn")


async def test_no_input_gives_a_5xx(issuer: Issuer) -> None:
    await no_input_gives_a_5xx(issuer)


async def test_the_page_of_an_offer_that_is_gone_is_a_page(issuer: Issuer) -> None:
    answer = await issuer.offer(expires_in=60)
    issuer.clock.forward(seconds=61)
    for url in (answer["offer"]["page_url"], f"{issuer.school.issuer}/offers/never-was/page"):
        gone = await issuer.client.get(url, headers={"Accept-Language": "nl"})
        assert gone.status_code == 410
        assert gone.headers["content-type"] == "text/html; charset=utf-8"
        assert "Dit aanbod is er niet meer" in gone.text
        assert gone.headers["cache-control"] == "no-store"
