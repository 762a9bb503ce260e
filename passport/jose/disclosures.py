"""Disclosures: from the digests of a payload to the claims that were meant.

The rules of RFC 9901 §7.1 step 3, in full; no signature and no key is looked at here. `sd_jwt` is the door to this
module.
"""

from __future__ import annotations

import hashlib
from binascii import a2b_base64
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from passport.errors import Malformed
from passport.jose.encoding import (
    MAX_DEPTH,
    JsonObject,
    decode_base64url,
    encode_all_base64url,
    parse_json,
)

Path = tuple[str | int, ...]

HASHES: Mapping[str, Callable[[bytes], Any]] = {
    "sha-256": hashlib.sha256,
    "sha-384": hashlib.sha384,
    "sha-512": hashlib.sha512,
}
_MECHANISM = frozenset({"_sd", "_sd_alg", "..."})


class DisclosureMalformed(Malformed):
    """A Disclosure is not `[salt, name, value]` or `[salt, value]`."""

    code = "disclosure_malformed"
    section = "RFC 9901 §4.2"


class DisclosureRefused(Malformed):
    """The Disclosures and the signed payload do not fit together."""

    code = "disclosure_refused"
    section = "RFC 9901 §7.1"


class DisclosureHash(DisclosureRefused):
    """`_sd_alg` names a hash that we do not know, or stands at a wrong place."""

    code = "disclosure_hash"
    section = "RFC 9901 §4.1.1"


class DisclosureDigestTwice(DisclosureRefused):
    """The same digest, or the same Disclosure, occurs twice."""

    code = "disclosure_digest_twice"


class DisclosureUnreferenced(DisclosureRefused):
    """A Disclosure to which no digest refers."""

    code = "disclosure_unreferenced"


class DisclosureStructure(DisclosureRefused):
    """`_sd` or `...` stands where, or as, it must not."""

    code = "disclosure_structure"
    section = "RFC 9901 §4.2.4"


class DisclosureKind(DisclosureRefused):
    """An array Disclosure at the place of an object's, or the reverse."""

    code = "disclosure_kind"


class DisclosureName(DisclosureRefused):
    """A name that may not be disclosed: `_sd`, `...`, or one that is already there."""

    code = "disclosure_name"


class DisclosureForbiddenClaim(DisclosureRefused):
    """A claim arrived in a Disclosure that must always stand in the signed payload."""

    code = "disclosure_forbidden_claim"
    section = "SD-JWT VC §2.2.2.3"


class DisclosureTooDeep(DisclosureRefused):
    """Disclosures in Disclosures, deeper than MAX_DEPTH."""

    code = "disclosure_depth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One Disclosure; `name` is None for an array element."""

    encoded: str
    digest: str
    salt: str
    name: str | None
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessedClaims:
    """The claims with everything disclosed in its place, and nothing of the mechanism left.

    disclosed: paths in `claims`, outer before inner. hidden: digests without Disclosure, decoys among them.
    """

    claims: JsonObject
    disclosed: tuple[Path, ...]
    hidden: int
    _found: tuple[_Found, ...] = field(repr=False)

    @property
    def by_path(self) -> Mapping[Path, Disclosure]:
        """Which Disclosure stands behind each of `disclosed`; made when asked, since verifying does not need it."""
        return {
            path: Disclosure(
                encoded=encoded,
                digest=digest,
                salt=parts[0],
                name=parts[1] if len(parts) == 3 else None,
                value=parts[-1],
            )
            for path, (encoded, digest, parts) in zip(self.disclosed, self._found, strict=True)
        }


def hash_of(payload: Mapping[str, Any]) -> Callable[[bytes], Any]:
    """Return the hash that `_sd_alg` names; sha-256 when absent. Raises: DisclosureHash."""
    name = payload.get("_sd_alg", "sha-256")
    if not isinstance(name, str) or name not in HASHES:
        raise DisclosureHash("_sd_alg is not known")
    return HASHES[name]


def parse_disclosure(encoded: str) -> list[Any]:
    """Return the array in a Disclosure, of two or three elements. Raises: DisclosureMalformed, Malformed."""
    return _require_disclosure(parse_json(decode_base64url(encoded, section="RFC 9901 §4.2")))


def _require_disclosure(parts: Any) -> list[Any]:
    if type(parts) is not list or not 2 <= len(parts) <= 3:
        raise DisclosureMalformed("not an array of two or three elements")
    if type(parts[0]) is not str:
        raise DisclosureMalformed("the salt is not a string")
    if len(parts) == 3 and type(parts[1]) is not str:
        raise DisclosureMalformed("the name is not a string")
    return parts


def parse_disclosures(encoded: Sequence[str]) -> list[list[Any]]:
    """Return the array in each Disclosure. Raises: as `parse_disclosure`."""
    together = _parse_together(encoded) if encoded else []
    if together is None:
        return [parse_disclosure(one) for one in encoded]
    for parts in together:
        if not (type(parts) is list and len(parts) == 3 and type(parts[0]) is type(parts[1]) is str):
            _require_disclosure(parts)
    return together


_FILL = ("LCAg", "", "os", "s")
"""What makes whole groups of four of a base64url text, by its length modulo four, and a comma of what is added."""


def _parse_together(encoded: Sequence[str]) -> list[Any] | None:
    """Return what each text holds, read in one go; None when that is not certainly the same as one by one.

    All texts are decoded together, not strictly, to one JSON array. It is the same when each value of that array,
    written by our own writers of JSON and base64url, gives its text character by character: those write canonical
    base64url only, and JSON that has one reading only (see `parse_json`).
    """
    filled = "".join([one + _FILL[len(one) & 3] for one in encoded])
    try:
        whole = a2b_base64(filled.replace("-", "+").replace("_", "/"))
        values: list[Any] = orjson.loads(b"[%b0]" % whole)
        values.pop()
        texts = list(map(orjson.dumps, values))
    except (ValueError, TypeError, RecursionError):
        return None
    if whole.count(b"[") + whole.count(b"{") > MAX_DEPTH and not all(map(_is_shallow, texts)):
        return None
    return values if encode_all_base64url(texts) == list(encoded) else None


def _is_shallow(text: bytes) -> bool:
    return text.count(b"[") + text.count(b"{") <= MAX_DEPTH


def process_disclosures(
    payload: JsonObject,
    disclosures: Iterable[str],
    *,
    never: Collection[str] = (),
    parsed: Iterable[list[Any]] | None = None,
) -> ProcessedClaims:
    """Return the claims that `payload` and its Disclosures state together. RFC 9901 §7.1 step 3.

    never: names at the top level that may not come from a Disclosure, nor anything below them.
    parsed: the Disclosures already read by `parse_disclosure`, in the same order.
    Raises: DisclosureMalformed, DisclosureRefused or a subclass, Malformed.
    """
    encoded = tuple(disclosures)
    hash_function = hash_of(payload)
    arrays = parse_disclosures(encoded) if parsed is None else parsed
    digests = encode_all_base64url([hash_function(one.encode("ascii")).digest() for one in encoded])
    waiting = dict(zip(digests, zip(encoded, digests, arrays, strict=True), strict=True))
    if len(waiting) != len(encoded):
        raise DisclosureDigestTwice("the same Disclosure twice")
    walk = _Walk(waiting, frozenset(never))
    claims = walk.members(payload, (), 1)
    if waiting:
        raise DisclosureUnreferenced(f"{len(waiting)} without digest")
    return ProcessedClaims(
        claims=claims,
        disclosed=tuple(walk.by_path),
        hidden=len(walk.seen) - len(encoded),
        _found=tuple(walk.by_path.values()),
    )


_Found = tuple[str, str, list[Any]]  # the text, its digest, the array in it


class _Walk:
    """One pass through a payload. `waiting` loses each Disclosure that is put in its place.

    The two loops over digests are alike and stand written out: a call for each digest costs as much as the rest.
    """

    __slots__ = ("by_path", "never", "seen", "waiting")

    def __init__(self, waiting: dict[str, _Found], never: frozenset[str]) -> None:
        self.waiting = waiting
        self.never = never
        self.seen: set[str] = set()
        self.by_path: dict[Path, _Found] = {}

    def members(self, source: JsonObject, path: Path, depth: int) -> JsonObject:
        if depth > MAX_DEPTH:
            raise DisclosureTooDeep(f"deeper than {MAX_DEPTH}")
        if not _MECHANISM.isdisjoint(source):
            return self.mixed_members(source, path, depth)
        result = source.copy()
        for name, value in source.items():
            if type(value) in _NESTED:
                result[name] = self.inside(value, (*path, name), depth + 1)
        return result

    def mixed_members(self, source: JsonObject, path: Path, depth: int) -> JsonObject:
        """As `members`, where names of the mechanism stand among the others."""
        result: JsonObject = {}
        for name, value in source.items():
            if name in _MECHANISM:
                _require_mechanism(name, path)
            else:
                result[name] = self.inside(value, (*path, name), depth + 1) if type(value) in _NESTED else value
        if "_sd" in source:
            self.disclose_members(source["_sd"], result, path, depth)
        return result

    def disclose_members(self, digests: object, result: JsonObject, path: Path, depth: int) -> None:
        if type(digests) is not list:
            raise DisclosureStructure("_sd is not an array")
        seen, waiting, by_path, never = self.seen, self.waiting, self.by_path, self.never
        for digest in digests:
            if type(digest) is not str:
                raise DisclosureStructure("a digest is not a string")
            if digest in seen:  # (4) no digest twice, in the payload and all Disclosures together
                raise DisclosureDigestTwice("the same digest twice")
            seen.add(digest)
            found = waiting.pop(digest, None)
            if found is None:
                continue
            parts = found[2]
            if len(parts) != 3:  # (3.c.ii.1)
                raise DisclosureKind("an array element where a member is due")
            _, name, value = parts
            if name in _MECHANISM or name in result:  # (3.c.ii.2, .3)
                raise DisclosureName("a reserved name, or one that is already there")
            here = (*path, name)
            if here[0] in never:
                raise _forbidden(here)
            by_path[here] = found
            result[name] = self.inside(value, here, depth + 1) if type(value) in _NESTED else value

    def inside(self, value: Any, path: Path, depth: int) -> Any:
        return (self.members if type(value) is dict else self.elements)(value, path, depth)

    def elements(self, source: list[Any], path: Path, depth: int) -> list[Any]:
        if depth > MAX_DEPTH:
            raise DisclosureTooDeep(f"deeper than {MAX_DEPTH}")
        result: list[Any] = []
        seen, waiting, by_path, never = self.seen, self.waiting, self.by_path, self.never
        for element in source:
            value = element
            if type(element) is dict and "..." in element:
                if len(element) != 1:  # (3.c.iii) exactly the one key
                    raise DisclosureStructure("`...` beside other members")
                digest = element["..."]
                if type(digest) is not str:
                    raise DisclosureStructure("a digest is not a string")
                if digest in seen:  # (4)
                    raise DisclosureDigestTwice("the same digest twice")
                seen.add(digest)
                found = waiting.pop(digest, None)
                if found is None:  # (3.d) what is not disclosed, is not there
                    continue
                if len(found[2]) != 2:
                    raise DisclosureKind("a member where an array element is due")
                if path[0] in never:
                    raise _forbidden(path)
                here = (*path, len(result))
                by_path[here] = found
                value = found[2][1]
                if type(value) in _NESTED:
                    value = self.inside(value, here, depth + 1)
            elif type(value) in _NESTED:
                value = self.inside(value, (*path, len(result)), depth + 1)
            result.append(value)
        return result


def _forbidden(path: Path) -> DisclosureForbiddenClaim:
    return DisclosureForbiddenClaim(f"{path[0]} in a Disclosure", claim=str(path[0]))


def _require_mechanism(name: str, path: Path) -> None:
    """Check that `_sd`, `_sd_alg` or `...` may stand in an object here."""
    if name == "...":
        raise DisclosureStructure("`...` outside an array element")
    if name == "_sd_alg" and path:
        raise DisclosureHash("_sd_alg below the top level")


_NESTED = frozenset({dict, list})
