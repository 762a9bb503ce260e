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

from passport.jose.encoding import JsonObject, encode_all_base64url_bytes, encode_base64url
from passport.jose.jws import JwsWriter

_SALT_BYTES = 18  # 144 bits, and no remainder in base64
_SALT_LENGTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Which claims are selectively disclosable: a tree beside the claims.

    hidden: this claim itself becomes a Disclosure. members: of an object. element: of each array element.
    nested: something is hidden below this claim.
    """

    hidden: bool = False
    members: Mapping[str, Frame] = field(default_factory=dict)
    element: Frame | None = None
    nested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoys:
    """Target sizes, so that the number of digests tells nothing.

    object_total: digests in the top-level `_sd`. array_multiple: each of `arrays` (names of arrays at the top level
    with disclosable elements) is filled up to a multiple of it; an array that is absent stays absent.
    """

    object_total: int
    array_multiple: int = 8
    arrays: tuple[str, ...] = ()


_HIDDEN = object()


def compile_frame(paths: Iterable[Sequence[str | None]]) -> Frame:
    """Return the frame of disclosable paths, such as `["given_name"]`, `["kwalificatie", "niveau"]`, `["units", None]`.

    None stands for each element of an array.
    Raises: ValueError for an empty path, names of the mechanism, or a claim that would be both object and array.
    """
    tree: dict[Any, Any] = {}
    for path in paths:
        if not path:
            raise ValueError("an empty path")
        node = tree
        for step in path:
            node = node.setdefault(step, {})
        node[_HIDDEN] = True
    return _frame(tree)


def _frame(tree: Mapping[Any, Any]) -> Frame:
    members = {step: _frame(below) for step, below in tree.items() if isinstance(step, str)}
    if {"_sd", "_sd_alg", "..."} & members.keys() or (members and None in tree):
        raise ValueError("a name of the mechanism, or both object and array")
    return Frame(
        hidden=_HIDDEN in tree,
        members=members,
        element=_frame(tree[None]) if None in tree else None,
        nested=bool(members) or None in tree,
    )


def create_sd_jwt(claims: JsonObject, *, frame: Frame, writer: JwsWriter, decoys: Decoys | None) -> str:
    """Return the issued SD-JWT of `claims`: `JWT~D1~…~Dn~`.

    claims: complete, with the envelope's; they hold no `_sd` or `...`. writer: has `typ`, `kid`, `x5c` in its header.
    Raises: ValueError when claims hold names of the mechanism; TypeError when they are not JSON.
    """
    disclosures: list[bytes] = []
    batch = _Batch(disclosures)
    payload = batch.members(claims, frame)
    if decoys is not None:
        batch.add_decoys(payload, decoys)
    _refuse_names(orjson.dumps(payload))
    batch.resolve()
    payload["_sd_alg"] = "sha-256"
    return b"~".join([writer.sign_bytes(orjson.dumps(payload)), *disclosures, b""]).decode("ascii")


_NAMES = frozenset({"_sd", "_sd_alg", "..."})


def _refuse_names(text: bytes) -> None:
    """Refuse JSON in which a member has a name of the mechanism. RFC 9901 §4.1."""
    if b'_sd":' not in text and b'_sd_alg":' not in text and b'...":' not in text:
        return
    waiting = [orjson.loads(text)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if not _NAMES.isdisjoint(value):
                raise ValueError("claims hold `_sd`, `_sd_alg` or `...`")
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


@dataclass(slots=True)
class _Group:
    """Digests that will stand together: the `_sd` of an object, or the placeholders of an array."""

    holder: Any
    key: Any
    is_array: bool
    size: int = 0
    digests: list[bytes] = field(default_factory=list)
    decoys: int = 0

    def place(self) -> None:
        if self.is_array:
            text = b'[{"...":"' + b'"},{"...":"'.join(self.digests) + b'"}]'
        else:
            self.digests.sort()
            text = b'["' + b'","'.join(self.digests) + b'"]'
        self.holder[self.key] = orjson.Fragment(text)

    def add_decoys(self, decoys: list[bytes]) -> None:
        """Mix `decoys` in. In an array the real ones keep their order, at random places: with the decoys at the end
        the place of a disclosed element would tell how many real ones stand before it."""
        if self.is_array:
            total = len(self.digests) + len(decoys)
            noise = os.urandom(8 * total)
            shuffled = sorted(range(total), key=lambda place: noise[place * 8 : place * 8 + 8])
            for place in sorted(shuffled[: len(decoys)]):
                self.digests.insert(place, decoys.pop())
        else:
            self.digests += decoys


class _Batch:
    """Claims that become Disclosures together. An outer Disclosure that holds inner ones is made after these."""

    __slots__ = ("disclosures", "groups", "tails", "targets", "unread")

    def __init__(self, disclosures: list[bytes]) -> None:
        self.disclosures = disclosures
        # What stands behind the salt in each Disclosure, and where its digest goes.
        self.tails: list[tuple[Any, ...]] = []
        self.targets: list[list[bytes]] = []
        self.groups: list[_Group] = []
        # Values in which no name of the mechanism was looked for yet.
        self.unread: list[Any] = []

    def group(self, holder: Any, key: Any, *, is_array: bool) -> _Group:
        made = _Group(holder, key, is_array)
        self.groups.append(made)
        return made

    def members(self, source: Mapping[str, Any], frame: Frame) -> JsonObject:
        result: JsonObject = {}
        group: _Group | None = None
        members = frame.members
        for name, value in source.items():
            inner = members.get(name)
            if inner is None:
                result[name] = value
            elif not inner.hidden:
                self.show(value, inner, result, name)
            else:
                if group is None:
                    group = self.group(result, "_sd", is_array=False)
                group.size += 1
                self.tails.append((name, value if type(value) in _LEAVES else self.below(value, inner)))
                self.targets.append(group.digests)
        return result

    def show(self, value: Any, frame: Frame, holder: Any, key: Any) -> None:
        """Put `value` in its place with what the frame hides below it; another shape has nothing to hide there."""
        if isinstance(value, dict) and frame.members:
            holder[key] = self.members(value, frame)
        elif isinstance(value, list | tuple) and frame.element is not None:
            self.elements(value, frame.element, holder, key)
        else:
            holder[key] = value

    def elements(self, source: Sequence[Any], frame: Frame, holder: Any, key: Any) -> None:
        holder[key] = list(source)
        if not frame.hidden:
            for place, element in enumerate(source):
                self.show(element, frame, holder[key], place)
        elif source:
            holder[key] = None
            group = self.group(holder, key, is_array=True)
            group.size = len(source)
            self.tails += [(self.below(element, frame),) for element in source]
            self.targets += [group.digests] * len(source)

    def below(self, value: Any, frame: Frame) -> Any:
        """Return the value of a Disclosure, with the inner Disclosures made."""
        if not frame.nested:
            self.unread.append(value)
            return value
        _refuse_names(orjson.dumps(value))  # before the inner ones put such names there
        inner, holder = _Batch(self.disclosures), [value]
        inner.show(value, frame, holder, 0)
        inner.resolve()
        return holder[0]

    def add_decoys(self, payload: JsonObject, decoys: Decoys) -> None:
        """Note how many decoys each group at the top level gets. Source: RFC 9901 §4.2.5."""
        groups = {group.key: group for group in self.groups if group.holder is payload}
        top = groups.get("_sd") or self.group(payload, "_sd", is_array=False)
        top.decoys = max(0, decoys.object_total - top.size)
        for name in decoys.arrays:
            if payload.get(name) == []:  # an empty one looks like one with a few
                groups[name] = self.group(payload, name, is_array=True)
            if name in groups:
                real = groups[name].size
                groups[name].decoys = -real % decoys.array_multiple if real else decoys.array_multiple

    def resolve(self) -> None:
        """Make the Disclosures of this batch and put their digests, and the decoys, in place."""
        if self.unread:
            _refuse_names(orjson.dumps(self.unread))  # all at once
        count = len(self.tails)
        wanted = sum([group.decoys for group in self.groups])
        random = os.urandom(count * _SALT_BYTES + wanted * 32)  # once for all
        split = count * _SALT_BYTES
        salts = encode_base64url(random[:split])
        starts = range(0, count * _SALT_LENGTH, _SALT_LENGTH)
        dumps = orjson.dumps
        disclosures = encode_all_base64url_bytes(
            [dumps((salts[at : at + _SALT_LENGTH], *tail)) for at, tail in zip(starts, self.tails, strict=True)]
        )
        self.disclosures += disclosures
        raw = [sha256(disclosure).digest() for disclosure in disclosures]
        raw += [random[at : at + 32] for at in range(split, len(random), 32)]
        digests = encode_all_base64url_bytes(raw)
        for digest, target in zip(digests, self.targets, strict=False):
            target.append(digest)
        for group in self.groups:
            if group.decoys:
                group.add_decoys(digests[count : count + group.decoys])
                count += group.decoys
            if group.digests:
                group.place()


_LEAVES = frozenset({str, int, float, bool, type(None)})
