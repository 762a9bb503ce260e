"""Claims path pointers: which values of a credential a path selects. OpenID4VP 1.0 §7."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

Path = tuple[str | int | None, ...]
ConcretePath = tuple[str | int, ...]


def select(path: Path, claims: Any, *, any_index: bool = False) -> list[tuple[ConcretePath, Any]]:
    """Return the selected values, each with its place. An empty list: the path selects nothing.

    A string selects a member, null all elements, a number one element; what is of another kind drops out.
    any_index: a number selects any element. For presentations, where undisclosed elements are gone and the
    others moved up.
    """
    selected: list[tuple[ConcretePath, Any]] = [((), claims)]
    for step in path:
        found: list[tuple[ConcretePath, Any]] = []
        for place, value in selected:
            match step, value:
                case str(), dict() if step in value:
                    found.append(((*place, step), value[step]))
                case None, list():
                    found.extend(((*place, index), element) for index, element in enumerate(value))
                case int(), list() if any_index:
                    found.extend(((*place, index), element) for index, element in enumerate(value))
                case int(), list() if step < len(value):
                    found.append(((*place, step), value[step]))
        selected = found
    return selected


def is_within(inner: ConcretePath, outer: ConcretePath) -> bool:
    """Whether `inner` is `outer` or lies under it."""
    return inner[: len(outer)] == outer


def to_disclose(selected: Iterable[ConcretePath], disclosable: Collection[ConcretePath]) -> tuple[ConcretePath, ...]:
    """Return the disclosable paths that showing `selected` takes: their parents, themselves and all under them."""
    wanted = tuple(selected)
    shown = (place for place in disclosable if any(is_within(one, place) or is_within(place, one) for one in wanted))
    return tuple(sorted(shown, key=_order))


def _order(place: ConcretePath) -> list[tuple[int, str]]:
    """Sort by name and, within a list, by number."""
    return [(step, "") if isinstance(step, int) else (-1, step) for step in place]


def equals(value: Any, expected: str | int | bool) -> bool:
    """Whether a claim's value is one of a query's `values`: the same type and the same value."""
    return type(value) is type(expected) and bool(value == expected)
