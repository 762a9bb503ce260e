"""Attacks on the verifier's edges: no 5xx, nothing kept or logged that need not be."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests.ecosystem import Ecosystem
from tests.security.judging import signed_anew
from tests.services.verifier.conftest import Verifier
from verifier.logs import configure
from verifier.pages.view import clock_time
from verifier.settings import BadSetting, Settings

BIG = 10**30
QUERY: dict[str, Any] = {
    "credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:skillspas:diploma:1"]}}]
}
Play = Callable[..., Any]


@pytest.fixture
def logs(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """What the service would log, as JSON on stderr."""
    yield capsys
    structlog.reset_defaults()


def claims_query(*claims: dict[str, Any]) -> dict[str, Any]:
    return {"credentials": [{**QUERY["credentials"][0], "claims": list(claims)}]}


@pytest.mark.parametrize(
    "query",
    [
        {**QUERY, "anything": BIG},
        claims_query({"path": ["a", BIG]}),
        claims_query({"path": ["a"], "values": [BIG]}),
        claims_query({"path": ["a", -1]}),
        claims_query({"path": [{}]}),
    ],
    ids=str,
)
def test_a_query_with_any_number_is_taken_or_refused(play: Play, query: dict[str, Any]) -> None:
    async def scene(verifier: Verifier) -> None:
        answer = await verifier.http.post("/api/v1/requests", json={"dcql_query": query})
        assert answer.status_code in (201, 400, 422), answer.text
        if answer.status_code == 201:
            made = answer.json()
            assert (await verifier.http.get(made["request_uri"])).status_code == 200
            assert (await verifier.http.get(f"/scan?id={made['id']}")).status_code == 200

    play(scene)


def test_a_credential_with_a_large_number_is_reported_everywhere(play: Play, world: Ecosystem) -> None:
    holder = world.holder()
    held = world.school.issue(holder=holder)
    text = signed_anew(world.school, held.text, anything=BIG)

    async def scene(verifier: Verifier) -> None:
        assert (await verifier.verify(text))["verdict"] == "accepted"
        made = await verifier.ask()
        request = await verifier.read(made)
        from dataclasses import replace

        sent = await verifier.post(request, verifier.present(request, replace(held, text=text)))
        assert sent.status_code == 200
        assert (await verifier.state(made))["state"] == "answered"
        assert (await verifier.http.get(f"/result/{made['id']}", headers={"accept": "text/html"})).status_code == 200

    play(scene)


def test_a_stored_report_does_not_let_anybody_follow_the_credential(
    play: Play, world: Ecosystem, tmp_path: Path
) -> None:
    """The holder's key and the place in the status list would link this check to every other one. DOMAIN §4."""
    held = world.school.issue(holder=world.holder())

    async def scene(verifier: Verifier) -> None:
        made = await verifier.ask()
        assert (await verifier.answer(made, held)).status_code == 200
        [report] = (await verifier.state(made))["reports"]
        assert report["verdict"] == "accepted"
        assert {"cnf", "status"}.isdisjoint(report["credential"]["claims"])
        files = b"".join(one.read_bytes() for one in (tmp_path / "verifier" / "data").glob("verifier.db*"))
        assert b"status_list" not in files.replace(b'"kind":"status_list"', b"")
        assert held.text.split(".")[2].split("~")[0].encode() not in files

    play(scene)


def test_a_defect_is_logged_without_what_came_in(
    play: Play, logs: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(as_json=True)
    secret = "Jansen-geheim"

    async def broken(_self: Any, _body: Any, **_more: Any) -> Any:
        raise ValueError(secret)

    async def scene(verifier: Verifier) -> None:
        monkeypatch.setattr("verifier.requests.service.RequestService.create", broken)
        answer = await verifier.http.post("/api/v1/requests", json={"template": "diploma"})
        assert answer.status_code == 500
        assert secret not in answer.text

    play(scene)
    record = logging.getLogger("uvicorn.error").makeRecord("x", 40, "f", 1, "Exception", (), None)
    record.exc_info = (ValueError, ValueError(secret), None)
    assert logging.getLogger("uvicorn.error").filter(record)
    assert record.exc_info is None
    shown = logs.readouterr().err
    assert "defect" in shown
    assert "broken" in shown  # the frames say where it was
    assert secret not in shown


def test_no_log_line_holds_a_secret_of_a_whole_transaction(
    play: Play, world: Ecosystem, logs: pytest.CaptureFixture[str]
) -> None:
    configure(as_json=True)
    held = world.school.issue(holder=world.holder())

    async def scene(verifier: Verifier) -> list[str]:
        made = await verifier.ask(flow="same_device")
        request = await verifier.read(made)
        sent = await verifier.post(request, verifier.present(request, held))
        code = sent.json()["redirect_uri"].partition("response_code=")[2]
        await verifier.http.get(f"/result/{made['id']}?response_code={code}")
        await verifier.post(request, verifier.present(request, held))  # a second time: refused
        await verifier.verify(held.text)
        state = request.state or ""
        return [made["id"], made["short_code"], request.nonce, state, code, made["request_uri"].rpartition("/")[2]]

    secrets = play(scene)
    shown = logs.readouterr().err
    assert '"event"' in shown
    claims = [str(held.claims[name]) for name in ("given_name", "family_name", "birthdate", "document_number")]
    for secret in [*secrets, *claims, held.text[:60]]:
        assert secret
        assert secret not in shown


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "x", None, 0])
def test_any_moment_can_be_shown(moment: Any) -> None:
    assert isinstance(clock_time(moment, "nl"), str)


@pytest.mark.parametrize(
    "url",
    [
        "https://verifier.example\r\nX-Injected: 1",
        "https://verifier.example/\tx",
        "https://user:secret@verifier.example",
        "https://[bad",
        "https://verifier.example:99999",
        'https://verifier.example/"><script>',
        "https://verifier.example?x",
        "javascript:alert(1)",
    ],
)
def test_a_base_url_is_a_plain_address(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadSetting):
        Settings(data=tmp_path, base_url=url)


@pytest.mark.parametrize(
    "language", ["en;q=nan", "en;q=inf", "en;q=1e999", "en;q=\u00b2", "x" * 9000, ",;,;", "en;q=--1", "nl;q="]
)
def test_any_language_header_is_answered(play: Play, language: str) -> None:
    async def scene(verifier: Verifier) -> None:
        for path in ("/", "/nothing", "/api/v1/requests/x"):
            answer = await verifier.http.get(path, headers=[(b"accept-language", language.encode("latin-1"))])
            assert answer.status_code < 500

    play(scene)


@pytest.mark.parametrize(
    ("origin", "site"), [("https://evil.example", None), ("null", None), (None, "cross-site"), (None, "same-site")]
)
def test_a_form_of_another_site_makes_no_request(play: Play, origin: str | None, site: str | None) -> None:
    async def scene(verifier: Verifier) -> None:
        headers = {name: value for name, value in (("origin", origin), ("sec-fetch-site", site)) if value}
        answer = await verifier.http.post("/scan", data={"template": "diploma"}, headers=headers)
        assert answer.status_code == 403

    play(scene)


def test_hostile_words_appear_escaped_only(play: Play, world: Ecosystem) -> None:
    text = "<script>alert(1)</script>"
    holder = world.holder()
    held = world.school.issue(holder=holder, family_name=text, given_name="\u2067x")

    async def scene(verifier: Verifier) -> None:
        made = await verifier.ask(purpose=text)
        await verifier.answer(made, held)
        for path in (f"/scan?id={made['id']}", f"/result/{made['id']}"):
            page = await verifier.http.get(path, headers={"accept": "text/html"})
            assert text not in page.text
            assert "unsafe" not in page.headers["content-security-policy"]

    play(scene)


def test_an_answer_that_is_no_answer_leaves_the_request_waiting(play: Play) -> None:
    bodies = [
        b"",
        b"\xff",
        b"vp_token=%7B%7D",
        b"vp_token=[&state=x",
        b"state=%00",
        b"response=a.b.c.d.e",
        b"vp_token=" + json.dumps({"a": [BIG]}).encode(),
        b"vp_token=" + b"[" * 5000,
        b"&".join(b"a%d=1" % place for place in range(100)),
    ]

    async def scene(verifier: Verifier) -> None:
        for mode in ("direct_post", "direct_post.jwt"):
            made = await verifier.ask(response_mode=mode)
            for body in bodies:
                answer = await verifier.http.post(f"{made['request_uri']}/response", content=body)
                assert answer.status_code in (400, 413), body[:30]
            assert (await verifier.state(made))["state"] == "waiting"

    play(scene)
