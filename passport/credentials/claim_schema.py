"""Checks claims against a JSON Schema: complete as issued, and disclosed in part.

The second schema is derived from the first by code, so there is one file to keep. The validators are compiled once;
`jsonschema_rs` is imported at the first check. Problems never repeat a value: they may end in a log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

JsonObject = dict[str, Any]
Path = tuple[str | None, ...]

MAX_PROBLEMS = 20
MAX_PROBLEM_LENGTH = 200
_LONG_PATTERN = 80


class ClaimSchema:
    """A compiled schema. `problems` answers quickly when there are none."""

    def __init__(self, schema: JsonObject) -> None:
        self.schema = schema
        self._rules = tuple((name, rule) for name, rule in _RULES.items() if name in schema["properties"])

    @cached_property
    def _validator(self) -> Draft202012Validator:
        from jsonschema_rs import Draft202012Validator

        return Draft202012Validator(self.schema, validate_formats=True, mask="value", offline=True)

    def problems(self, claims: Mapping[str, Any]) -> list[str]:
        """Return at most `MAX_PROBLEMS` problems, as "/pointer: message"."""
        try:
            if self._validator.is_valid(claims):
                found = (rule(claims) for name, rule in self._rules if name in claims)
                return [problem for problem in found if problem]
            errors = islice(self._validator.iter_errors(claims), MAX_PROBLEMS)
            return [_describe(error.instance_path, error.message) for error in errors]
        except (ValueError, TypeError):  # a lone surrogate, a number out of range, an object that JSON does not know
            return ["/: value cannot be written as JSON"]


def _describe(steps: Iterable[str | int], message: str) -> str:
    before, matched, pattern = message.partition(" does not match ")
    if matched and len(pattern) > _LONG_PATTERN:
        message = f"{before} is empty or holds control or invisible characters"
    pointer = "/" + "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    text = f"{pointer}: {message}"
    return "".join(char if char.isprintable() else "?" for char in text[:MAX_PROBLEM_LENGTH])


def _cohort(claims: Mapping[str, Any]) -> str | None:
    cohort = claims["cohort"]
    return None if int(cohort[5:]) == int(cohort[:4]) + 1 else "/cohort: the second year does not follow the first"


def _periode(claims: Mapping[str, Any]) -> str | None:
    period = claims["periode"]
    return None if period["van"] <= period["tot"] else "/periode: tot is before van"


def _birthdate(claims: Mapping[str, Any]) -> str | None:
    before = claims["birthdate"] <= claims.get("awarded_date", "9")
    return None if before else "/birthdate: value is after awarded_date"


def _agreement(claims: Mapping[str, Any]) -> str | None:
    before = claims["overeenkomst_datum"] <= claims.get("awarded_date", "9")
    return None if before else "/overeenkomst_datum: value is after awarded_date"


_RULES: Mapping[str, Callable[[Mapping[str, Any]], str | None]] = {
    "cohort": _cohort,
    "periode": _periode,
    "birthdate": _birthdate,
    "overeenkomst_datum": _agreement,
}
"""What a JSON Schema cannot say, by the claim that must be there; the claims are valid by the schema. ISO dates of the
years that the schemas allow compare as text."""


def compile_complete(schema: JsonObject) -> ClaimSchema:
    """Return the check of the claims as issued."""
    return ClaimSchema(schema)


def compile_disclosed(schema: JsonObject, disclosable: Iterable[Path]) -> ClaimSchema:
    """Return the check of the claims that a holder disclosed.

    disclosable: what may be absent: a claim that is no longer required, a list that may have fewer elements.
    Unknown claims are allowed.
    """
    relaxed = deepcopy(schema)
    _allow_unknown(relaxed)
    for path in disclosable:
        _let_absent(relaxed, path)
    return ClaimSchema(relaxed)


def _allow_unknown(node: object) -> None:
    if isinstance(node, dict):
        if node.get("additionalProperties") is False:
            del node["additionalProperties"]
        for value in node.values():
            _allow_unknown(value)
    elif isinstance(node, list):
        for value in node:
            _allow_unknown(value)


def _let_absent(root: JsonObject, path: Path) -> None:
    node = root
    for step in path[:-1]:
        node = _enter(root, node["properties"], step) if step is not None else _enter(root, node, "items")
    last = path[-1]
    if last is None:
        node.pop("minItems", None)
    else:
        _drop_required(node, last)


def _enter(root: JsonObject, holder: JsonObject, key: str) -> JsonObject:
    """Return the schema at `key`, with a reference replaced by a copy of its own so that others stay as they are."""
    node: JsonObject = holder[key]
    if "$ref" in node:
        target: Any = root
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = {**deepcopy(target), **{name: value for name, value in node.items() if name != "$ref"}}
        holder[key] = node
    return node


def _drop_required(node: JsonObject, name: str) -> None:
    if name in node.get("required", ()):
        node["required"] = [other for other in node["required"] if other != name]
    for names in node.get("dependentRequired", {}).values():
        if name in names:
            names.remove(name)
    for key in ("oneOf", "anyOf"):
        if any(name in choice.get("required", ()) for choice in node.get(key, ())):
            del node[key]
    for inner in (*node.get("allOf", ()), node.get("then"), node.get("else")):
        if isinstance(inner, dict):
            _drop_required(inner, name)
