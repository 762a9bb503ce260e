"""The page of codes is true, and every code has words in both languages."""

import ast
from pathlib import Path

import pytest

from passport.messages import LANGUAGES, has, load_messages
from tests.docs.codes_page import PAGE, all_error_classes, make_page
from tests.paths import ROOT


def test_the_page_is_what_the_code_says():
    assert PAGE.read_text(encoding="utf-8") == make_page(), "run: python -m tests.docs.codes_page"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_error_has_a_sentence_and_a_next_step(lang):
    missing = [
        cls.code
        for cls in all_error_classes()
        if not (has(f"errors.{cls.code}.text", lang) and has(f"errors.{cls.code}.next", lang))
    ]
    assert missing == []


def _keys(node, prefix=""):
    if isinstance(node, dict):
        return {key for name, value in node.items() for key in _keys(value, f"{prefix}.{name}")}
    return {prefix}


def test_both_languages_hold_the_same_texts():
    assert _keys(load_messages("nl")) == _keys(load_messages("en"))


def _check_codes():
    """(check, code) of every literal call failed("check", "code") and its sisters in the verification."""
    for path in (ROOT / "passport" / "verification").glob("*.py"):
        for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                texts = [arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant)]
                if name in ("failed", "undetermined", "skipped") and len(texts) == 2:
                    yield texts[0], texts[1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_of_a_check_has_a_sentence(lang):
    codes = set(_check_codes())
    assert len(codes) > 20
    assert [pair for pair in sorted(codes) if not has(f"checks.{pair[0]}.{pair[1]}", lang)] == []
