"""The employer's pages in a real Chromium: keyboard, small screen, live result, no JavaScript, and an axe check."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ecosystem import INVALID

pytestmark = pytest.mark.browser

WIDE, PHONE, SMALLEST = 1100, 390, 320
TARGET_SIZES = """() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden])')]
  .filter(one => one.offsetParent && !one.closest('p:not(.address) > a') && !one.classList.contains('skip'))
  .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.width < 24 || box.height < 24)).map(([html]) => html)"""
LARGE_TEXT = "() => document.documentElement.style.setProperty('font-size', '225%')"
TEXT_OF_PAGE = "() => document.body.innerText"


def check_accessible(page: Any) -> None:
    """No violation of WCAG 2.2 A or AA, nor of axe's best practices."""
    from axe_playwright_python.sync_playwright import Axe

    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    found = [(one["id"], [node["target"] for node in one["nodes"]]) for one in results.response["violations"]]
    assert found == []
    assert page.evaluate(TARGET_SIZES) == []


def check_fits(page: Any) -> None:
    """Nothing to scroll sideways."""
    width = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] <= width[1]


def choose(page: Any, template: str) -> str:
    """Choose a question; returns the link for the wallet."""
    page.click(f"button[value={template}]")
    page.wait_for_url("**/scan?*")
    link: str = page.text_content("#authorization-request")
    return link


def test_the_result_appears_by_itself(open_page, site, world):
    page = open_page("/")
    link = choose(page, "mbo-certificaat")
    assert page.get_by_role("status").inner_text() == "We wachten op een antwoord."
    held = world.school.issue(holder=world.holder())
    assert site.answer(link, held).status_code == 200
    page.wait_for_url("**/result/*")
    assert page.get_by_role("heading", level=1).inner_text() == "Klopt"
    assert "Test Houder" in page.evaluate(TEXT_OF_PAGE)
    assert "1990" not in page.content()
    assert page.title().startswith("Klopt")
    page.wait_for_function("() => document.getElementById('announcement').textContent.startsWith('Klopt. Dit bewijs')")


def test_a_revoked_credential_is_refused_in_words_and_shape(open_page, site, world):
    page = open_page("/")
    link = choose(page, "mbo-certificaat")
    held = world.school.issue(holder=world.holder())
    world.school.set_status(held, INVALID)
    site.answer(link, held)
    page.wait_for_url("**/result/*")
    assert page.get_by_role("heading", level=1).inner_text() == "Klopt niet"
    page.wait_for_function("() => document.getElementById('announcement').textContent.includes('ingetrokken')")
    page.click("summary")
    assert "revoked" in page.evaluate(TEXT_OF_PAGE)
    check_accessible(page)


@pytest.mark.parametrize(("width", "lang"), [(WIDE, "nl"), (PHONE, "en"), (SMALLEST, "nl")])
def test_all_pages_are_accessible_and_fit_the_screen(open_page, site, world, width, lang):
    page = open_page(f"/?lang={lang}", width=width)
    assert page.locator("html").get_attribute("lang") == lang
    pages = [check_accessible, check_fits]
    for check in pages:
        check(page)
    link = choose(page, "bewijs-van-vakbekwaamheid")
    assert page.locator("html").get_attribute("lang") == lang
    page.locator("summary").click()
    for check in pages:
        check(page)
    site.answer(link, world.evc.issue("ervaringscertificaat", holder=world.holder()))
    page.wait_for_url("**/result/*")
    page.locator("summary").click()
    for check in pages:
        check(page)
    for path in ("/code", "/code?code=BCDF-2345", "/result/unknown", "/scan"):
        page.goto(f"{site.base}{path}{'&' if '?' in path else '?'}lang={lang}")
        for check in pages:
            check(page)


def test_text_at_200_percent_still_fits(open_page, site, world):
    page = open_page("/", width=640)
    page.evaluate(LARGE_TEXT)
    check_fits(page)
    link = choose(page, "diploma")
    page.evaluate(LARGE_TEXT)
    check_fits(page)
    site.answer(link, world.school.issue("diploma", holder=world.holder()))
    page.wait_for_url("**/result/*")
    page.evaluate(LARGE_TEXT)
    check_fits(page)


def test_the_whole_way_goes_with_the_keyboard_alone(open_page, site, world):
    page = open_page("/")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.value") == "mbo-certificaat":
            break
    outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/scan?*")
    site.answer(page.text_content("#authorization-request"), world.school.issue(holder=world.holder()))
    page.wait_for_url("**/result/*")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    assert page.locator("details").get_attribute("open") is not None


def test_the_pages_work_without_javascript(open_page, site, world):
    page = open_page("/", java_script_enabled=False)
    link = choose(page, "mbo-certificaat")
    site.answer(link, world.school.issue(holder=world.holder()))
    page.get_by_role("link", name="Vernieuw deze pagina").click()
    assert "De uitslag staat klaar" in page.get_by_role("status").inner_text()
    page.get_by_role("link", name="Bekijk de uitslag").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Klopt"


def test_the_qr_on_the_page_can_be_scanned_from_a_picture_of_the_screen(open_page, tmp_path):
    import zxingcpp
    from PIL import Image

    page = open_page("/", width=PHONE)
    link = choose(page, "diploma")
    picture = tmp_path / "screen.png"
    page.screenshot(path=str(picture))
    [read] = zxingcpp.read_barcodes(Image.open(picture).convert("L"))
    assert read.text == link


def test_the_screen_reader_tree_says_what_there_is(open_page, site, world):
    page = open_page("/")
    link = choose(page, "mbo-certificaat")
    tree = page.locator("main").aria_snapshot()
    assert 'heading "Laat deze code scannen" [level=1]' in tree
    assert 'img "QR-code met de vraag' in tree
    assert "status" in tree
    site.answer(link, world.school.issue(holder=world.holder()))
    page.wait_for_url("**/result/*")
    tree = page.locator("main").aria_snapshot()
    assert 'heading "Klopt" [level=1]' in tree
    assert "term" in tree
    assert "definition: Test Houder" in tree


def test_an_expired_request_says_so_by_itself(open_page, site):
    page = open_page("/")
    choose(page, "diploma")
    site.clock.forward(700)
    page.wait_for_function("() => document.querySelector('.status').innerText.includes('De tijd is om')")
    page.get_by_role("button", name="Maak een nieuwe code").click()
    page.wait_for_url("**/scan?*")
    assert page.get_by_role("status").inner_text() == "We wachten op een antwoord."


def test_a_lost_connection_is_told_and_the_page_goes_on_later(open_page, site, world):
    page = open_page("/")
    link = choose(page, "mbo-certificaat")
    page.route("**/scan/state*", lambda route: route.abort())
    page.wait_for_function("() => document.querySelector('.status').innerText.includes('Geen verbinding')")
    page.unroute("**/scan/state*")
    site.answer(link, world.school.issue(holder=world.holder()))
    page.wait_for_url("**/result/*", timeout=20_000)


def test_hostile_text_does_nothing_in_a_browser(open_page, site, world):
    page = open_page("/")
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    link = choose(page, "mbo-certificaat")
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)><a href=javascript:alert(3)>x</a>"
    site.answer(link, world.school.issue(holder=world.holder(), family_name=hostile))
    page.wait_for_url("**/result/*")
    assert hostile in page.evaluate(TEXT_OF_PAGE)
    assert dialogs == []
    assert page.locator("main img, main script, main a[href^=javascript]").count() == 0
