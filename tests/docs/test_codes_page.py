"""The page of codes is true, and every code has words in both languages."""

import ast
import re

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


def _calls(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            named = {
                word.arg: word.value.value
                for word in node.keywords
                if isinstance(word.value, ast.Constant) and isinstance(word.value.value, str)
            }
            yield name, texts, named


def _check_codes():
    """(check, code) of every code that a check can end with, read from the literals in the source."""
    core = ROOT / "passport"
    for path in (core / "verification").glob("*.py"):
        for name, texts, _ in _calls(path):
            if name in ("failed", "undetermined", "skipped") and len(texts) == 2:
                yield texts[0], texts[1]
    for path in (core / "trust" / "issuer_keys").glob("*.py"):
        for name, _, named in _calls(path):
            if name == "KeyAnswer":
                yield from (("issuer_key", code) for code in named.values())
    for name, texts, named in _calls(core / "verification" / "status.py"):
        if name in ("_undetermined", "StatusAnswer"):
            yield from (("status", code) for code in [*texts, *([named["code"]] if "code" in named else [])])
    for name, texts, named in _calls(core / "verification" / "countersignature.py"):
        if name in ("_failed", "Countersignature"):
            yield from (("countersignature", code) for code in [*texts, *named.values()])
    for name, _, named in _calls(core / "trust" / "accreditation.py"):
        if name == "Award" and "code" in named:
            yield "accreditation", named["code"]
    source = (core / "jose" / "sd_jwt.py").read_text(encoding="utf-8")
    yield from (("holder_binding", code) for code in re.findall(r'"(kb_[a-z_]+)"', source))
    source = (core / "credentials" / "praktijkbeoordeling.py").read_text(encoding="utf-8")
    yield from (("countersignature", code) for code in re.findall(r'"(assessment_[a-z]+)"', source))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_of_a_check_has_a_sentence(lang):
    codes = set(_check_codes())
    assert len(codes) > 40
    assert [pair for pair in sorted(codes) if not has(f"checks.{pair[0]}.{pair[1]}", lang)] == []
