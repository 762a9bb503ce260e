"""`passport.problem_words`: the validator's own messages, as the installed version writes them, are all known."""

from __future__ import annotations

import pytest

from passport.credentials.claim_schema import ClaimSchema
from passport.messages import load_messages
from passport.problem_words import detail_words, told

SCHEMA = {
    "type": "object",
    "properties": {
        "a": {"minLength": 3},
        "b": {"maxLength": 1},
        "c": {"minimum": 3},
        "d": {"maximum": 3},
        "e": {"minItems": 2},
        "f": {"maxItems": 1},
        "g": {"uniqueItems": True},
        "h": {"const": "x"},
        "i": {"enum": ["a", "b"]},
        "j": {"oneOf": [{"type": "string"}, {"type": "null"}]},
        "k": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "l": {"type": ["string", "null"]},
        "m": {"type": "array"},
        "n": {"format": "date"},
        "o": {"format": "date-time"},
        "p": {"format": "uri"},
        "q": {"pattern": "^[0-9]$"},
    },
    "required": ["z"],
    "additionalProperties": False,
}
WRONG = {
    **{"a": "ab", "b": "ab", "c": 1, "d": 9, "e": [1], "f": [1, 2], "g": [1, 1], "h": 1, "i": 1, "j": 1, "k": 1},
    **{"l": 1, "m": 1, "n": "x", "o": "x", "p": " ", "q": "x", "unknown": 1},
}


def _details() -> list[str]:
    return [problem.partition(": ")[2] for problem in ClaimSchema(SCHEMA).problems(WRONG)]


def test_every_common_message_of_the_validator_is_put_into_dutch_and_english() -> None:
    details = _details()
    assert len(details) == len(SCHEMA["properties"]) + 2
    for detail in details:
        dutch, english = detail_words(detail, "nl"), detail_words(detail, "en")
        assert detail not in (dutch, english)
        assert dutch != english
        assert "{" not in dutch + english


@pytest.mark.parametrize(
    ("detail", "dutch"),
    [
        ('"cohort" is a required property', '"cohort" ontbreekt'),
        ("Additional properties are not allowed ('x', 'y' were unexpected)", "'x', 'y' hoort hier niet"),
        ('value is not of type "integer"', "moet een heel getal zijn"),
        ("something that no version of the validator says yet", "something that no version of the validator says yet"),
    ],
)
def test_a_message_keeps_what_it_is_about(detail: str, dutch: str) -> None:
    assert detail_words(detail, "nl") == dutch


def test_an_entry_keeps_its_pointer_and_code() -> None:
    assert told({"pointer": "/x", "code": "date"}, "en") == {
        "pointer": "/x", "code": "date", "detail": "is no date (YYYY-MM-DD)"
    }  # fmt: skip
    without_limit = {"pointer": "/x", "code": "less_than_equal"}
    assert told(without_limit, "nl") == without_limit
    assert told({"pointer": "", "code": "new_code"}, "nl") == {"pointer": "", "code": "new_code"}


def test_both_languages_know_the_same() -> None:
    dutch, english = (load_messages(lang)["problems"] for lang in ("nl", "en"))
    assert {part: set(words) for part, words in dutch.items()} == {part: set(words) for part, words in english.items()}
