"""The employer's pages, without a browser: words, headers, escaping, no change by GET. See also tests/browser."""

from __future__ import annotations

import re

import pytest

from tests.ecosystem import INVALID, Ecosystem
from tests.services.verifier.conftest import Verifier, path_of

HTML = {"accept": "text/html,application/xhtml+xml"}
HOSTILE = "</dd><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202egnp.exe"


async def scan(verifier: Verifier, template: str = "mbo-certificaat", **headers: str):
    """Choose on the page; returns where it goes."""
    answer = await verifier.http.post("/scan", data={"template": template}, headers={**HTML, **headers})
    assert answer.status_code == 303, answer.text
    location = answer.headers["location"]
    assert location.startswith("/scan?id=")
    return location


async def result_of(verifier: Verifier, held, template: str = "mbo-certificaat", **cheat) -> str:
    made = await verifier.ask(template)
    await verifier.answer(made, held, **cheat)
    page = await verifier.http.get(path_of(made["result_url"]), headers=HTML)
    assert page.status_code == 200
    text: str = page.text
    return text


def test_every_page_has_the_headers_that_keep_it_safe(play):
    async def scene(verifier: Verifier):
        paths = ["/", "/scan", "/scan?template=diploma", await scan(verifier), "/code", "/result/unknown", "/nowhere"]
        for path in [*paths, "/static/live.js"]:
            answer = await verifier.http.get(path, headers=HTML)
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["strict-transport-security"]
            if path.startswith(("/static", "/nowhere")):
                continue
            assert answer.headers["cache-control"] == "no-store"
            assert not re.search(r"<script(?![^>]*\bsrc=\"/static/)|\sstyle=|\son[a-z]+=", answer.text), path
            assert not re.findall(r'(?:src|href|action)="(?!/|#|\?|openid4vp:)', answer.text), path

    play(scene)


def test_the_first_page_offers_the_five_questions_in_both_languages(play):
    async def scene(verifier: Verifier):
        for path, accept, lang in (
            ("/", "nl", "nl"),
            ("/", "en-GB", "en"),
            ("/?lang=en", "nl", "en"),
            ("/", "fr", "nl"),
        ):
            page = (await verifier.http.get(path, headers={"accept-language": accept})).text
            assert f'<html lang="{lang}">' in page
            assert len(re.findall(r'name="template" value="([a-z-]+)"', page)) == 5

    play(scene)


def test_choosing_makes_a_request_and_the_page_shows_qr_link_and_short_code(play):
    async def scene(verifier: Verifier):
        page = (await verifier.http.get(await scan(verifier), headers=HTML)).text
        assert re.search(r'<img class="qr" src="/r/[\w-]{22}/qr.svg"[^>]* alt="[^"]{20,}"', page)
        [code] = re.findall(r'class="short-code">([^<]+)<', page)
        assert re.fullmatch(r"[2-9B-Z]{4}-[2-9B-Z]{4}", code)
        found = await verifier.http.get("/code", params={"code": code.lower().replace("-", " ")})
        assert found.status_code == 200
        [link] = re.findall(r'id="authorization-request">([^<]+)<', page)
        assert link in found.text
        assert link.startswith("openid4vp://")

    play(scene)


def test_a_get_changes_nothing(play):
    async def scene(verifier: Verifier):
        for path in ("/", "/scan", "/scan?template=diploma", "/code"):
            await verifier.http.get(path)
        made = await verifier.ask()
        before = await verifier.state(made)
        for path in (f"/scan?id={made['id']}", f"/scan/state?id={made['id']}", path_of(made["result_url"])):
            await verifier.http.get(path)
        assert await verifier.state(made) == before
        metrics = (await verifier.http.get("/metrics")).text
        assert 'verifier_requests_total{state="created"} 1.0' in metrics

    play(scene)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "null"},
    ],
)
def test_a_form_from_another_site_is_refused(play, headers):
    async def scene(verifier: Verifier):
        answer = await verifier.http.post("/scan", data={"template": "diploma"}, headers={**HTML, **headers})
        assert answer.status_code == 403
        assert "other_origin" in answer.text
        assert "<html" in answer.text

    play(scene)


def test_a_form_from_our_own_page_is_taken(play):
    async def scene(verifier: Verifier):
        await scan(verifier, origin="https://verifier.example")
        await scan(verifier, **{"sec-fetch-site": "same-origin", "origin": "null"})

    play(scene)


def test_each_verdict_is_a_plain_word(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        holder = world.holder()
        good, bad = world.school.issue(holder=holder), world.school.issue(holder=holder)
        world.school.set_status(bad, INVALID)
        page = await result_of(verifier, good)
        assert ">Klopt</h1>" in page
        assert "<bdi>Test Houder</bdi>" in page
        assert "1 juni 2026" in page
        assert "School A" in page
        page = await result_of(verifier, bad)
        assert ">Klopt niet</h1>" in page
        assert "Niet bevestigd" in page
        assert 'class="facts unconfirmed"' in page
        assert "Dit is bevestigd" not in page
        world.down.add(world.school.status_uri)
        verifier.clock.forward(10)
        page = await result_of(verifier, world.school.issue(holder=holder))
        assert ">Niet te controleren</h1>" in page
        assert "Dit is bevestigd" not in page

    play(scene)


def test_over_disclosure_shows_nothing_of_it(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        held = world.school.issue(holder=world.holder())
        page = await result_of(verifier, held, extra=[("birthdate",)])
        assert ">Klopt niet</h1>" in page
        assert "Houder" not in page
        assert "1990" not in page

    play(scene)


def test_hostile_text_in_a_credential_appears_only_escaped(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        units = [{"unit": "25960:P2-K1-W1", "naam": HOSTILE}]
        certificate = {"code": "C0164", "naam": HOSTILE}
        held = world.school.issue(holder=world.holder(), family_name=HOSTILE, units=units, certificaat=certificate)
        for revoked in (False, True):
            if revoked:
                world.school.set_status(held, INVALID)
                verifier.clock.forward(10)
            page = await result_of(verifier, held)
            assert "&lt;script&gt;" in page
            assert "<script>" not in page
            assert "<img src=x" not in page
            for place in re.finditer("\u202e", page):  # what turns the writing around stays within its isolation
                assert page.rfind("<bdi>", 0, place.start()) > page.rfind("</bdi>", 0, place.start())

    play(scene)


def test_hostile_text_in_a_purpose_appears_only_escaped(play):
    async def scene(verifier: Verifier):
        made = await verifier.ask(purpose=HOSTILE)
        page = (await verifier.http.get(f"/scan?id={made['id']}")).text
        assert "&lt;script&gt;" in page
        assert "<script>" not in page

    play(scene)


@pytest.mark.parametrize(
    "path", ["/result/<script>alert(1)</script>", "/code?code=%22%3E%3Cscript%3E", "/scan?id=%3Cscript%3E"]
)
def test_hostile_text_in_an_address_appears_only_escaped(play, path):
    async def scene(verifier: Verifier):
        answer = await verifier.http.get(path, headers=HTML)
        assert answer.status_code == 404
        assert "<script>" not in answer.text

    play(scene)


def test_no_page_redirects_to_another_host(play):
    async def scene(verifier: Verifier):
        for path in (
            "/return?response_code=x",
            "/scan?id=//evil.example",
            "/result/%2F%2Fevil.example",
            "//evil.example",
        ):
            answer = await verifier.http.get(path, headers=HTML)
            assert "location" not in answer.headers, path

    play(scene)


def test_a_holder_who_says_no_is_not_called_wrong(play):
    async def scene(verifier: Verifier):
        made = await verifier.ask()
        request = await verifier.read(made)
        await verifier.http.post(path_of(request.response_uri), data={"error": "access_denied", "state": request.state})
        page = (await verifier.http.get(path_of(made["result_url"]))).text
        assert "Geen bewijs gekregen" in page

    play(scene)


def test_an_unknown_template_on_the_page_is_a_page_that_helps(play):
    async def scene(verifier: Verifier):
        answer = await verifier.http.post("/scan", data={"template": "x"}, headers=HTML)
        assert answer.status_code == 422
        assert "unknown_template" in answer.text
        for template in ("", "x" * 200):
            answer = await verifier.http.post("/scan", data={"template": template}, headers=HTML)
            assert answer.status_code == 422

    play(scene)


def test_the_state_for_the_page_tells_nothing_about_a_person(play, world: Ecosystem):
    async def scene(verifier: Verifier):
        held = world.school.issue(holder=world.holder())
        made = await verifier.ask()
        await verifier.answer(made, held)
        state = (await verifier.http.get("/scan/state", params={"id": made["id"]})).json()
        assert set(state) == {"state", "text"}
        assert state["state"] == "answered"

    play(scene)


def test_logs_hold_no_claims_ids_or_codes(play, world: Ecosystem, capfd):
    async def scene(verifier: Verifier):
        held = world.school.issue(holder=world.holder())
        made = await verifier.ask()
        request = await verifier.read(made)
        await verifier.answer(made, held)
        page = (await verifier.http.get(path_of(made["result_url"]))).text
        assert "Houder" in page
        return [made["id"], made["short_code"], request.nonce, request.state, held.text[:60], "Houder"]

    secrets = play(scene)
    out, err = capfd.readouterr()
    assert "/result/{id}" in out + err
    assert not [one for one in secrets if one in out + err]


def test_dutch_and_english_have_the_same_words():
    from passport.messages import load_messages

    def keys(node, path=""):
        if isinstance(node, str):
            yield path
            return
        for name, below in node.items():
            yield from keys(below, f"{path}.{name}")

    dutch, english = load_messages("nl")["verifier"], load_messages("en")["verifier"]
    assert set(keys(dutch)) == set(keys(english))
