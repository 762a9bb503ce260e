"""The page of a stack in a real Chromium: axe, a small screen, large text, print, no colour, and nothing fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.test_employer import LARGE_TEXT, PHONE, SMALLEST, WIDE, check_accessible, check_fits
from tests.unit.stacking_page.walls import MIXED, READY, page_of

pytestmark = pytest.mark.browser

OPEN_ALL = "() => document.querySelectorAll('details').forEach(one => { one.open = true })"


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open a page from a file. A message in the console or a request beside the file itself fails the test."""
    contexts: list[Any] = []
    troubles: list[str] = []

    def start(page: str, *, width: int = WIDE, **options: Any) -> Any:
        file = tmp_path / "wall.html"
        file.write_text(page)
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="nl-NL", **options)
        contexts.append(context)
        shown = context.new_page()
        shown.on("console", lambda message: troubles.append(message.text))
        shown.on("request", lambda request: troubles.append(request.url) if request.url != file.as_uri() else None)
        shown.goto(file.as_uri())
        return shown

    yield start
    for context in contexts:
        context.close()
    assert troubles == []


def pages(lang: str) -> list[str]:
    return [
        page_of(*MIXED, lang=lang),
        page_of(*MIXED, lang=lang, what_if=True),
        page_of(*READY, lang=lang),
        page_of(lang=lang, crebo="99999", niveau=2),
    ]


def unpoliced(page: str) -> str:
    """The page without its policy, which rightly keeps out the script with which axe looks at it."""
    from passport.stacking.markup import content_security_policy, join

    return page.replace(f'content="{join([content_security_policy()])}"', 'content=""')


@pytest.mark.parametrize(("width", "lang"), [(WIDE, "nl"), (PHONE, "en"), (SMALLEST, "nl")])
def test_every_page_is_accessible_and_fits_the_screen(opened, width, lang):
    for page in pages(lang):
        shown = opened(unpoliced(page), width=width)
        assert shown.locator("html").get_attribute("lang") == lang
        check_accessible(shown)
        check_fits(shown)
        shown.evaluate(OPEN_ALL)
        check_accessible(shown)
        check_fits(shown)


def test_the_style_works_under_the_policy_and_no_script_does(opened):
    shown = opened(page_of(*MIXED))
    assert shown.evaluate("() => getComputedStyle(document.querySelector('.brick.met')).borderStyle") == "solid"
    assert shown.evaluate("() => getComputedStyle(document.querySelector('.brick.open')).borderStyle") == "dashed"
    assert shown.locator("script").count() == 0


def test_text_at_200_percent_still_fits(opened):
    for page in pages("nl"):
        shown = opened(page, width=640)
        shown.evaluate(OPEN_ALL)
        shown.evaluate(LARGE_TEXT)
        check_fits(shown)


def test_it_goes_with_the_keyboard_and_without_javascript(opened):
    shown = opened(page_of(*MIXED), java_script_enabled=False)
    summary = shown.locator("summary").first
    summary.focus()
    shown.keyboard.press("Enter")
    assert shown.locator("details").first.get_attribute("open") is not None


def test_on_paper_the_reasons_are_unfolded(opened):
    shown = opened(page_of(*MIXED))
    assert not shown.locator(".brick .reasons").first.is_visible()
    shown.emulate_media(media="print")
    assert shown.locator(".brick .reasons").first.is_visible()
    check_fits(shown)


def test_without_colour_every_status_still_has_its_own_look(opened):
    """Border, pattern at the edge, icon and word: at least two of them tell any two statuses apart without colour."""
    shown = opened(page_of(*MIXED))
    looks = shown.evaluate("""() => Object.fromEntries([...document.querySelectorAll('li.brick')].map(one => {
        const edge = getComputedStyle(one, '::before');
        const status = one.className.split(' ')[1];
        return [status, [getComputedStyle(one).borderTopStyle + edge.display, edge.backgroundImage.split('(')[0],
          one.querySelector('.word path').getAttribute('d'), one.querySelector('.word').innerText.split('(')[0]]];
    }))""")
    assert set(looks) == {"met", "exempt", "claim", "partial", "open", "not_applicable"}
    for one, look in looks.items():
        for other, another in looks.items():
            if one < other:
                assert sum(a != b for a, b in zip(look, another, strict=True)) >= 2, (one, other)


def test_forced_colours_keep_the_words(opened):
    shown = opened(unpoliced(page_of(*MIXED)), forced_colors="active")
    check_accessible(shown)


def test_the_screen_reader_tree_reads_as_a_wall(opened):
    shown = opened(page_of(*MIXED, what_if=True))
    tree = shown.locator("body").aria_snapshot()
    assert 'complementary "Stel dat"' in tree
    assert 'heading "Helpende Zorg en Welzijn" [level=1]' in tree
    assert 'heading "De muur" [level=2]' in tree
    assert 'heading "P2-K1 Ondersteunt bij dagelijkse activiteiten in zorg en welzijn" [level=3]' in tree
    assert 'heading "Wat je nu kunt doen" [level=2]' in tree
    assert shown.locator(".bricks").first.get_by_role("listitem").count() >= 5
