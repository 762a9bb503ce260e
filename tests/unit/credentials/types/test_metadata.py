"""The type metadata agrees with the schema, with what is disclosable and with the messages."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from passport.credentials.credential_type import claim_label
from passport.credentials.types import TYPES
from passport.messages import LANGUAGES, text

ALL = sorted(TYPES)
LOCALES = {"nl": "nl-NL", "en": "en-US"}
VECTORS = Path(os.environ.get("SKILLSPAS_VECTORS", Path(__file__).parents[5] / "shared/standards/vectors"))


def resolved(root: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    return {**root["$defs"][node["$ref"].rsplit("/", 1)[1]], **node}


def claims_of(
    root: dict[str, Any], node: dict[str, Any], path: tuple[str | None, ...], sure: bool
) -> Iterator[tuple[tuple[str | None, ...], bool]]:
    """Each claim of a schema, and whether every credential has it."""
    node = resolved(root, node)
    for name, unresolved in node.get("properties", {}).items():
        here = sure and name in node.get("required", ())
        inner = resolved(root, unresolved)
        yield (*path, name), here
        if inner.get("type") == "array":
            there = here and inner.get("minItems", 0) > 0
            yield (*path, name, None), there
            yield from claims_of(root, inner["items"], (*path, name, None), there)
        else:
            yield from claims_of(root, inner, (*path, name), here)


def metadata(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(TYPES[name].metadata_bytes)
    return document


@pytest.mark.parametrize("name", ALL)
def test_metadata_is_of_this_vct(name: str) -> None:
    assert metadata(name)["vct"] == TYPES[name].vct


@pytest.mark.parametrize("name", ALL)
def test_metadata_names_each_claim_of_the_schema_with_the_same_mandatory(name: str) -> None:
    schema = TYPES[name].schema
    stated = [(tuple(claim["path"]), claim["mandatory"]) for claim in metadata(name)["claims"]]
    assert stated == list(claims_of(schema, schema, (), True))


@pytest.mark.parametrize("name", ALL)
def test_metadata_says_always_for_disclosable_claims_and_never_for_all_others(name: str) -> None:
    disclosable = set(TYPES[name].disclosable)
    for claim in metadata(name)["claims"]:
        assert claim["sd"] == ("always" if tuple(claim["path"]) in disclosable else "never"), claim["path"]


@pytest.mark.parametrize("name", ALL)
def test_words_of_the_metadata_are_those_of_the_messages_in_both_languages(name: str) -> None:
    document = metadata(name)
    for index, lang in enumerate(LANGUAGES):
        shown = document["display"][index]
        assert shown["locale"] == LOCALES[lang]
        assert shown["name"] == text(f"types.{name}.name", lang) == TYPES[name].label(lang)
        assert shown["description"] == text(f"types.{name}.description", lang)
        for claim in document["claims"]:
            assert claim["display"][index] == {"locale": LOCALES[lang], "label": claim_label(claim["path"], lang)}


@pytest.mark.parametrize("name", ALL)
def test_colours_have_the_contrast_of_wcag_aa(name: str) -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    for display in metadata(name)["display"]:
        simple = display["rendering"]["simple"]
        low, high = sorted((luminance(simple["background_color"]), luminance(simple["text_color"])))
        assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize("name", ALL)
def test_integrity_is_over_the_octets_that_are_served(name: str) -> None:
    octets = TYPES[name].metadata_bytes
    sha256, sha384 = (base64.b64encode(hashlib.new(a, octets).digest()).decode() for a in ("sha256", "sha384"))
    assert TYPES[name].integrity == f"sha256-{sha256}"
    matches = TYPES[name].matches_integrity
    assert matches(f"sha256-{sha256}")
    assert matches(f"sha384-{sha384}")
    assert matches(f"sha256-wrong sha384-{sha384}")  # the strongest counts
    assert matches(f"md5-x  sha256-{sha256}?opt")
    for value in (f"sha256-{sha256} sha384-wrong", "md5-x", "", "sha256-", f"SHA256-{sha256}", None, 5, [sha256]):
        assert not matches(value)


def test_types_have_different_metadata() -> None:
    assert len({ctype.integrity for ctype in TYPES.values()}) == len(TYPES)


@pytest.mark.parametrize("name", ALL)
def test_metadata_is_valid_by_the_schema_of_the_openid_conformance_suite(name: str) -> None:
    file = VECTORS / "oidf-conformance" / "type_metadata.json"
    if not file.exists():
        pytest.skip("the official vectors are not here (SKILLSPAS_VECTORS)")
    from jsonschema_rs import Draft202012Validator

    errors = Draft202012Validator(json.loads(file.read_text()), validate_formats=True).iter_errors(metadata(name))
    assert [f"{error.instance_path}: {error.message}" for error in errors] == []
