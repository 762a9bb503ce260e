"""Puts one entry of a list of problems into words: the code of a problem, or a message of the JSON Schema validator.

The validator speaks English only; its common messages are known here by their form. What is not known stays as it is,
and the pointer and the code always do: a program reads those.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from typing import Final

from passport.messages import has, text

_KNOWN: Final = tuple(
    (name, re.compile(form))
    for name, form in (
        ("required", r'"(?P<name>.*)" is a required property'),
        ("additional", r"Additional properties are not allowed \((?P<names>.*) (?:was|were) unexpected\)"),
        ("type", r'value is not of type "(?P<wanted>[a-z]+)"'),
        ("types", r"value is not of types (?P<wanted>.*)"),
        ("date", r'value is not a "date"'),
        ("date_time", r'value is not a "date-time"'),
        ("format", r'value is not a "(?P<wanted>.*)"'),
        ("date", r'value does not match "\^\[12\]\[0-9\]\{3\}-\[0-9\]\{2\}-\[0-9\]\{2\}\$"'),
        ("pattern", r'value does not match "(?P<pattern>.*)"?'),
        ("invisible", r"value is empty or holds control or invisible characters"),
        ("enum", r"value is not one of (?P<values>.*)"),
        ("const", r"(?P<value>.*) was expected"),
        ("too_short", r"value is shorter than (?P<limit>[0-9]+) characters?"),
        ("too_long", r"value is longer than (?P<limit>[0-9]+) characters?"),
        ("too_small", r"value is less than the minimum of (?P<limit>.*)"),
        ("too_large", r"value is greater than the maximum of (?P<limit>.*)"),
        ("too_few", r"value has less than (?P<limit>[0-9]+) items?"),
        ("too_many", r"value has more than (?P<limit>[0-9]+) items?"),
        ("twice", r"value has non-unique elements"),
        ("one_of", r"value is not valid under any of the schemas listed in the '(?:one|any)Of' keyword"),
        ("not_json", r"value cannot be written as JSON"),
        ("second_year", r"the second year does not follow the first"),
        ("period", r"tot is before van"),
        ("after_award", r"value is after awarded_date"),
        ("filled", r"is filled by the issuer"),
    )
)


def detail_words(detail: str, lang: str) -> str:
    """Return what the validator said, in words of `lang`; a message that is not known as it is."""
    for name, form in _KNOWN:
        if found := form.fullmatch(detail):
            params = found.groupdict()
            if "wanted" in params and has(f"problems.types.{params['wanted']}", lang):
                params["wanted"] = text(f"problems.types.{params['wanted']}", lang)
            return text(f"problems.schema.{name}", lang, **params)
    return detail


def told(entry: Mapping[str, str], lang: str) -> dict[str, str]:
    """Return the entry with its `detail` in words: of its detail, else of its code.

    entry: `pointer`, and `detail` or `code`, and what the words of the code need.
    """
    shown = dict(entry)
    key = f"problems.codes.{shown.get('code')}"
    if "detail" in shown:
        shown["detail"] = detail_words(shown["detail"], lang)
    elif "code" in shown and has(key, lang):
        with contextlib.suppress(KeyError):  # the words name a limit that this entry does not tell
            shown["detail"] = text(key, lang).format_map(entry)
    return shown
