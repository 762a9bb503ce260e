"""The page of a stack: it says what the answer says, stands on its own, and lets nothing in."""

import base64
import hashlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passport.messages import LANGUAGES, load_messages, text
from passport.stacking import facts_from_what_if, load_catalogue, stack
from passport.stacking.compare import changes_between
from passport.stacking.markup import content_security_policy, el, join
from passport.stacking.page import Source, sources_of, stack_page
from tests.unit.stacking_page.walls import GOAL, MIXED, READY, SCHOOL, page_of


def answer_of(*items, what_if=False, lang="nl", **target):
    facts = facts_from_what_if(list(items))
    goal = GOAL | target
    answer = stack(catalogue=load_catalogue(), target=goal, evidence=facts, lang=lang, what_if=what_if)
    return answer, sources_of(facts, load_catalogue(), lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_unit_and_node_is_a_brick_with_its_status_in_words(lang):
    answer, _ = answer_of(*MIXED, lang=lang)
    page = page_of(*MIXED, lang=lang)
    bricks = re.findall(r'<li class="brick [^"]*">.*?</li>(?=<li class="brick|</ul></section>)', page, re.DOTALL)
    others = [path for path in answer["nodes"] if not path.startswith("kerntaak:")]
    assert len(bricks) == len(answer["units"]) + len(others)
    for at, node in [*answer["units"].items(), *((path, answer["nodes"][path]) for path in others)]:
        name = (
            text(f"stack_page.nodes.{at}", lang) if at in others else load_catalogue().qualifications["25960"].names[at]
        )
        [brick] = [one for one in bricks if re.search(f'class="name"[^>]*>{re.escape(name)}<', one)]
        assert f'class="brick {node["status"]}' in brick
        unknown = any(one["code"] == "BEROEPSVEREISTE_UNKNOWN" and one["at"] == at for one in answer["reasons"])
        assert text(f"stack_page.status.{'unknown' if unknown else node['status']}", lang) in brick


def test_a_brick_says_what_fills_it():
    page = page_of(*MIXED)
    assert "Mbo-certificaat C0164 Ondersteunen bij wonen en voeding" in page
    assert "ROC Midden, 12 januari 2025" in page
    assert "Hierbij past certificaat C0160" in page
    assert "240 van 480 uur" in page
    assert '<rect class="part" width="50" height="6"/>' in page


def test_every_reason_stands_there_with_its_basis():
    answer, _ = answer_of(*MIXED)
    page = page_of(*MIXED)
    assert answer["reasons"]
    for reason in answer["reasons"]:
        assert str(join([reason["text"]])) in page
        assert f"<code>{reason['code']}</code>" in page
        assert str(join([reason["basis"]])) in page
    for step in answer["advice"]["next_steps"]:
        assert str(join([step["text"]])) in page


@pytest.mark.parametrize(("lang", "said"), [("nl", "De school beslist."), ("en", "The school decides.")])
def test_a_complete_file_is_decided_by_the_school(lang, said):
    page = page_of(*READY, lang=lang)
    assert f"{text('stack_page.overall.ready_for_examencommissie', lang)}" in page
    assert said in page
    for word in ("diploma gehaald", "geslaagd", "diploma earned", "you have passed", "You have a diploma"):
        assert word not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_what_if_says_so_in_title_banner_and_text(lang):
    page = page_of(*MIXED, lang=lang, what_if=True)
    words = text("stack_page.what_if.heading", lang)
    assert f"<title>{words}" in page
    assert '<body class="what-if">' in page
    assert text("stack_page.what_if.text", lang) in page
    assert text("stack_page.what_if.text", lang) not in page_of(*MIXED, lang=lang)


def test_what_changes_stands_first_and_at_the_brick():
    before, _ = answer_of(*MIXED)
    more = {"id": "z", "type": "mbo-certificaat", "issuer": SCHOOL, "date": "2026-01-12", "code": "C0166"}
    after, sources = answer_of(*MIXED, more, what_if=True)
    changes = changes_between(before, after)
    page = stack_page(after, load_catalogue(), sources, lang="nl", changes=changes)
    assert "Wat verandert er?" in page
    assert page.count("Verandert: was") == sum(change.at in after["units"] for change in changes) > 0
    same = stack_page(before, load_catalogue(), sources, lang="nl", changes=())
    assert "Er verandert niets." in same


def test_the_page_asks_nothing_of_the_outside():
    page = page_of(*MIXED)
    assert not re.search(r"(src|href|action|srcset|url)\s*[=(]", page)
    assert "<script" not in page
    assert "@import" not in page
    assert not re.search(r'\sstyle="|\son[a-z]+="', page)
    [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in content_security_policy()
    assert "default-src 'none'" in content_security_policy()
    assert str(join([content_security_policy()])) in page


def test_names_of_the_catalogue_are_marked_as_dutch_on_an_english_page():
    page = page_of(*MIXED, lang="en")
    assert '<p class="name" lang="nl">Ondersteunt bij wonen</p>' in page
    assert '<p class="name">Dutch</p>' in page
    assert 'lang="nl">' not in page_of(*MIXED).replace('<html lang="nl">', "")


@pytest.mark.parametrize("crebo", sorted(load_catalogue().qualifications))
def test_every_qualification_that_ships_has_a_page(crebo):
    page = page_of(crebo=crebo, niveau=2)
    for name in load_catalogue().qualifications[crebo].names.values():
        assert str(join([name])) in page


def test_an_unknown_qualification_says_so():
    page = page_of(*MIXED, crebo="99999", niveau=2)
    assert "Onbekende opleiding" in page
    assert "Dit kan zo niet." in page


hostile = st.text(max_size=30).map(
    lambda more: f"</style><script>alert(1)</script>\"'<img src=x onerror=y>\u202e{more}"
)


@settings(max_examples=40, deadline=None)
@given(hostile, hostile)
def test_what_others_wrote_is_only_text(title, issuer):
    answer, _ = answer_of(*MIXED)
    sources = {item["id"]: Source(title=title, issuer=issuer, date="2025-01-01") for item in MIXED}
    page = stack_page(answer, load_catalogue(), sources, lang="nl")
    assert "<script" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert page.count("</style>") == 1


def test_elements_escape_everything():
    assert el("p", "<b>&", class_='x"y') == '<p class="x&quot;y">&lt;b&gt;&amp;</p>'
    assert el("p", el("b", "x"), None) == "<p><b>x</b></p>"


def test_the_same_answer_gives_the_same_page():
    assert page_of(*MIXED) == page_of(*reversed(MIXED))


def test_both_languages_have_the_same_words():
    def keys(node, at=""):
        if isinstance(node, dict):
            return {key for name, one in node.items() for key in keys(one, f"{at}.{name}")}
        return {at}

    assert keys(load_messages("nl")["stack_page"]) == keys(load_messages("en")["stack_page"])
