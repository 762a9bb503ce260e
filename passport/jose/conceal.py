"""Making an SD-JWT: which claims become Disclosures, their salts, digests and decoys.

Salts are fresh for each credential and never kept; digests are sorted so that they tell no order; decoys are random
bytes that look like digests. `sd_jwt` is the door to this module.
Source: RFC 9901 §4.2, §5.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from passport.jose.encoding import JsonObject, encode_all_base64url, encode_base64url_bytes
from passport.jose.jws import JwsWriter

# 24 base64url characters are 144 random bits; one or two more make the Disclosure a multiple of three bytes long,
# so that all of a credential are encoded in one go.
_SALT_LENGTH = 24
_SALT_STEP = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Which claims are selectively disclosable: a tree beside the claims.

    hidden: this claim itself becomes a Disclosure. members: of an object. element: of each array element.
    key: the encoded name, ready for a Disclosure.
    """

    hidden: bool = False
    members: Mapping[str, Frame] = field(default_factory=dict)
    element: Frame | None = None
    key: bytes = b""

    @property
    def has_inner(self) -> bool:
        return bool(self.members) or self.element is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoys:
    """Target sizes, so that the number of digests tells nothing.

    object_total: digests in the top-level `_sd`. array_multiple: each of `arrays` (disclosable arrays at the top
    level) is filled up to a multiple of it; an array that is absent stays absent.
    """

    object_total: int
    array_multiple: int = 8
    arrays: tuple[str, ...] = ()


def compile_frame(paths: Iterable[Sequence[str | None]]) -> Frame:
    """Return the frame of disclosable paths, such as `["given_name"]`, `["kwalificatie", "niveau"]`, `["units", None]`.

    None stands for each element of an array.
    Raises: ValueError for an empty path or one that takes a claim for both an object and an array.
    """
    tree: dict[Any, Any] = {}
    for path in paths:
        if not path:
            raise ValueError("an empty path")
        node = tree
        for step in path:
            node = node.setdefault(step, {})
        node[_HIDDEN] = True
    return _frame(tree, "")


_HIDDEN = object()


def _frame(tree: Mapping[Any, Any], name: str) -> Frame:
    members = {step: _frame(below, step) for step, below in tree.items() if isinstance(step, str)}
    if {"_sd", "_sd_alg", "..."} & members.keys() or (members and None in tree):
        raise ValueError(f"reserved names, or both object and array, below {name!r}")
    return Frame(
        hidden=_HIDDEN in tree,
        members=members,
        element=_frame(tree[None], "") if None in tree else None,
        key=b'",' + orjson.dumps(name) + b"," if name else b'",',
    )


def create_sd_jwt(claims: JsonObject, *, frame: Frame, writer: JwsWriter, decoys: Decoys | None) -> str:
    """Return the issued SD-JWT of `claims`: `JWT~D1~…~Dn~`.

    claims: complete, with the envelope's; they hold no `_sd` or `...`. writer: has `typ`, `kid`, `x5c` in its header.
    Raises: ValueError when claims hold names of the mechanism; TypeError when they are not JSON.
    """
    made = _Made()
    batch = _Batch(made)
    payload = batch.members(claims, frame)
    if decoys is not None:
        _add_decoys(payload, batch, decoys)
    batch.resolve()
    payload["_sd_alg"] = "sha-256"
    text = orjson.dumps(payload)
    made.count(text)
    if made.names_found != made.names_expected + 1:
        raise ValueError("claims hold `_sd`, `_sd_alg` or `...`")
    return b"~".join([writer.sign_bytes(text), *made.disclosures, b""]).decode("ascii")


class _Made:
    """What comes out besides the payload, and a count of the mechanism's own names (RFC 9901 §4.1)."""

    __slots__ = ("disclosures", "names_expected", "names_found")

    def __init__(self) -> None:
        self.disclosures: list[bytes] = []
        self.names_expected = 0
        self.names_found = 0

    def count(self, text: bytes) -> None:
        for name in _MECHANISM:
            self.names_found += text.count(name)


_MECHANISM = (b'"_sd":', b'"_sd_alg":', b'"...":')


class _Batch:
    """Claims that become Disclosures together. An outer Disclosure that holds inner ones is made after these."""

    __slots__ = ("bodies", "decoy_targets", "made", "targets")

    def __init__(self, made: _Made) -> None:
        self.made = made
        self.bodies: list[bytes] = []
        # Where each digest goes: into a `_sd` array, or into a placeholder. First the real ones, then the decoys.
        self.targets: list[list[str] | dict[str, str]] = []
        self.decoy_targets: list[list[str] | dict[str, str]] = []

    def members(self, source: Mapping[str, Any], frame: Frame) -> JsonObject:
        result: JsonObject = {}
        digests: list[str] = []
        members = frame.members
        for name, value in source.items():
            inner = members.get(name)
            if inner is None:
                result[name] = value
            elif inner.hidden:
                self.hide(value, inner, digests)
            else:
                result[name] = self.inside(value, inner)
        if len(result) < len(source):
            result["_sd"] = digests
            self.made.names_expected += 1
        return result

    def elements(self, source: Sequence[Any], frame: Frame) -> list[Any]:
        if not frame.hidden:
            return [self.inside(element, frame) for element in source]
        result: list[Any] = []
        for element in source:
            placeholder: dict[str, str] = {}
            self.hide(element, frame, placeholder)
            result.append(placeholder)
        self.made.names_expected += len(result)
        return result

    def inside(self, value: Any, frame: Frame) -> Any:
        """Return `value` with what the frame hides below it; a value of another shape has nothing to hide there."""
        if isinstance(value, dict) and frame.members:
            return self.members(value, frame)
        if isinstance(value, list | tuple) and frame.element is not None:
            return self.elements(value, frame.element)
        return value

    def hide(self, value: Any, frame: Frame, target: list[str] | dict[str, str]) -> None:
        if frame.has_inner:
            below = _Batch(self.made)
            value = below.inside(value, frame)
            below.resolve()
        self.bodies.append(frame.key + orjson.dumps(value) + b"]")
        self.targets.append(target)

    def resolve(self) -> None:
        """Make the Disclosures of this batch and put their digests, and the decoys', in place."""
        count, decoys = len(self.bodies), len(self.decoy_targets)
        if not count and not decoys:
            return
        random = os.urandom(count * 21 + decoys * 32)
        salts = encode_base64url_bytes(random[: count * 21])
        whole = b"".join(
            [
                b'["' + salts[start : start + _SALT_LENGTH + (1 - len(body)) % 3] + body
                for start, body in zip(range(0, count * _SALT_STEP, _SALT_STEP), self.bodies, strict=True)
            ]
        )
        self.made.count(whole)
        encoded = encode_base64url_bytes(whole)
        start = 0
        raw: list[bytes] = []
        for body in self.bodies:
            length = 2 + _SALT_LENGTH + (1 - len(body)) % 3 + len(body)
            end = start + length // 3 * 4
            disclosure = encoded[start:end]
            self.made.disclosures.append(disclosure)
            raw.append(sha256(disclosure).digest())
            start = end
        raw += [random[place : place + 32] for place in range(count * 21, len(random), 32)]
        self._place(encode_all_base64url(raw))

    def _place(self, digests: list[str]) -> None:
        arrays: dict[int, list[str]] = {}
        for digest, target in zip(digests, self.targets + self.decoy_targets, strict=True):
            if isinstance(target, dict):
                target["..."] = digest
            else:
                target.append(digest)
                arrays[id(target)] = target
        for array in arrays.values():
            array.sort()


def _add_decoys(payload: JsonObject, batch: _Batch, decoys: Decoys) -> None:
    """Reserve places for decoys; `batch.resolve` fills them. Source: RFC 9901 §4.2.5."""
    top: list[str] = payload.setdefault("_sd", [])
    real = sum(target is top for target in batch.targets)
    missing = max(0, decoys.object_total - real)
    batch.decoy_targets += [top] * missing
    if real + missing == 0:
        del payload["_sd"]
    elif real == 0:
        batch.made.names_expected += 1
    for name in decoys.arrays:
        if isinstance(payload.get(name), list):
            payload[name] = _pad(payload[name], batch, decoys.array_multiple)


def _pad(elements: list[Any], batch: _Batch, multiple: int) -> list[Any]:
    """Return the elements in their order with decoys at random places between them; none looks like one to `multiple`.

    Random places: with decoys at the end, the place of a disclosed element would tell how many stand before it.
    """
    total = max(1, -(-len(elements) // multiple)) * multiple
    noise = os.urandom(8 * total)
    places = sorted(sorted(range(total), key=lambda place: noise[place * 8 : place * 8 + 8])[: len(elements)])
    padded: list[Any] = [{} for _ in range(total)]
    for place, element in zip(places, elements, strict=True):
        padded[place] = element
    fillers = [padded[place] for place in sorted(set(range(total)) - set(places))]
    batch.decoy_targets += fillers
    batch.made.names_expected += len(fillers)
    return padded
