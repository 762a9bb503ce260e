"""The words that people read, in Dutch (B1) and English, from `schemas/messages/<lang>/*.json`.

Files are merged by their top-level objects, so each room keeps its own file. A missing key is a defect
(`tests/shape` finds it), so it raises `Misconfigured` and never shows a bare key to a person.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from passport.errors import Misconfigured

LANGUAGES = ("nl", "en")
DEFAULT_LANGUAGE = "nl"


class MissingMessage(Misconfigured):
    """No text for a key."""

    code = "missing_message"


def _merge(into: dict[str, Any], more: dict[str, Any], where: str) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value, f"{where}.{key}")
        elif key in into:
            raise Misconfigured(f"message {where}.{key} is defined twice")
        else:
            into[key] = value


@cache
def load_messages(lang: str) -> dict[str, Any]:
    """Return all texts of one language as nested objects. Raises: Misconfigured for a text defined twice."""
    from importlib import resources  # late: a fifth of what a command's `--help` may cost

    merged: dict[str, Any] = {}
    folder = resources.files("schemas") / "messages" / (lang if lang in LANGUAGES else DEFAULT_LANGUAGE)
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".json"):
            _merge(merged, json.loads(file.read_text(encoding="utf-8")), lang)
    return merged


@cache
def load_file(lang: str, name: str) -> dict[str, Any]:
    """Return the texts of one file, for a command's `--help`, which must not read them all."""
    import schemas

    place = f"{schemas.__path__[0]}/messages/{lang}/{name}.json"
    loader: Any = schemas.__loader__
    texts: dict[str, Any] = json.loads(loader.get_data(place))
    return texts


def _find(key: str, lang: str) -> str | None:
    node: Any = load_messages(lang)
    for part in key.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    return node if isinstance(node, str) else None


def has(key: str, lang: str = DEFAULT_LANGUAGE) -> bool:
    """Whether a text exists for `key` (dotted, as in `checks.signature.passed`)."""
    return _find(key, lang) is not None


def text(key: str, lang: str, **params: object) -> str:
    """Return one text with its `{placeholders}` filled. Raises: MissingMessage."""
    found = _find(key, lang)
    if found is None:
        raise MissingMessage(f"no text for {key} in {lang}")
    return found.format(**params) if params else found
