"""The strict text layer under every signature: base64url, JSON, hashes.

Whatever comes from outside goes through here before any cryptography, and what does not have exactly one
reading is refused. Nothing here knows what a token means.
Source: RFC 7515 §2 and §4, RFC 8259, RFC 8725 §3, RFC 8785; THREATS requirement 4.
"""

from __future__ import annotations

import binascii
import hashlib
import json
import math
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NoReturn, TypeGuard

import orjson
import rfc8785

from passport.errors import Malformed

MAX_TOKEN_BYTES = 262_144
MAX_DEPTH = 64
MAX_INT_DIGITS = 40

JsonObject = dict[str, Any]


class Base64urlMalformed(Malformed):
    """Not canonical base64url without padding."""

    code = "base64url"
    section = "RFC 7515 §2"


class JsonMalformed(Malformed):
    """Not JSON, or not UTF-8."""

    code = "json_syntax"
    section = "RFC 8259 §2"


class JsonDuplicateMember(JsonMalformed):
    """An object names a member twice, so that two readers could see two values."""

    code = "json_duplicate_member"
    section = "RFC 7515 §4"


class JsonTooDeep(JsonMalformed):
    """Nested deeper than MAX_DEPTH."""

    code = "json_depth"


class JsonNumber(JsonMalformed):
    """A number that not every reader reads alike: NaN, infinite, or more than MAX_INT_DIGITS digits."""

    code = "json_number"
    section = "RFC 8259 §6"


class JsonText(JsonMalformed):
    """Not UTF-8, or a string with half a surrogate pair."""

    code = "json_text"
    section = "RFC 8259 §8"


class JsonNotObject(JsonMalformed):
    """JSON, but not an object where one is needed."""

    code = "json_not_object"


class JsonNotCanonical(JsonMalformed):
    """A value that has no canonical form (RFC 8785)."""

    code = "json_not_canonical"
    section = "RFC 8785 §3.2"


# base64url

# The url alphabet becomes the classic one; its own "+", "/" and "=" become bytes that binascii refuses.
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/!!!")
_LONG = 256
_PADDING = (b"", b"", b"==", b"=")
# Of the last character only the bits that are left over for the last byte may be set: by length modulo four.
_LAST = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")


def encode_base64url(data: bytes) -> str:
    """Return `data` as base64url without padding."""
    return encode_base64url_bytes(data).decode("ascii")


def encode_base64url_bytes(data: bytes) -> bytes:
    """Return `data` as base64url without padding, as ASCII bytes (for the hot path)."""
    # Two replacements are faster than a translation on more than a few dozen bytes.
    return binascii.b2a_base64(data, newline=False).replace(b"+", b"-").replace(b"/", b"_").rstrip(b"=")


def encode_all_base64url(chunks: Iterable[bytes]) -> list[str]:
    """Return each of `chunks` as base64url; one pass over all for the alphabet (for the hot path)."""
    return _encode_lines(chunks).decode("ascii").split("\n")[:-1]


def encode_all_base64url_bytes(chunks: Iterable[bytes]) -> list[bytes]:
    """As `encode_all_base64url`, in ASCII bytes."""
    return _encode_lines(chunks).split(b"\n")[:-1]


def _encode_lines(chunks: Iterable[bytes]) -> bytes:
    lines = b"".join(map(binascii.b2a_base64, chunks))
    return lines.replace(b"+", b"-").replace(b"/", b"_").replace(b"=", b"")


def decode_base64url(text: str | bytes, *, section: str | None = None) -> bytes:
    """Return the bytes of `text`; only the one canonical spelling is taken.

    section: names the standard's section in the error, where the caller knows it better.
    Raises: Base64urlMalformed for another alphabet, padding, white space, or stray trailing bits.
    """
    try:
        raw = text.encode("ascii") if isinstance(text, str) else text
        rest = len(raw) & 3
        if rest and raw[-1] not in _LAST[rest]:
            raise ValueError("impossible length, or stray trailing bits")
        if len(raw) < _LONG:
            classic = raw.translate(_FROM_URL)
        elif b"+" in raw or b"/" in raw or b"=" in raw:
            raise ValueError("another alphabet, or padding")
        else:  # on long text two replacements are faster
            classic = raw.replace(b"-", b"+").replace(b"_", b"/")
        return binascii.a2b_base64(classic + _PADDING[rest], strict_mode=True)
    except ValueError as error:
        problem = Base64urlMalformed("not canonical base64url")
        if section is not None:
            problem.section = section  # type: ignore[misc]
        raise problem from error


# JSON


def encode_json(value: object) -> bytes:
    """Return `value` as compact UTF-8 JSON in insertion order. For our own values and parsed ones; raises TypeError
    for others.
    """
    try:
        return orjson.dumps(value)
    except TypeError as error:
        if "64-bit" not in str(error):
            raise
    # A whole number of up to MAX_INT_DIGITS digits, which `parse_json` takes and orjson does not write.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")


def parse_json(data: bytes | str) -> Any:
    """Return the one value that `data` can mean.

    Raises: JsonMalformed or a subclass; nothing else, whatever the bytes.
    """
    if isinstance(data, str):
        try:
            data = data.encode("utf-8")
        except UnicodeEncodeError as error:
            raise JsonText("half a surrogate pair") from error
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH:
        _refuse_depth(data)
    try:
        value = orjson.loads(data)
        # Text that our own writer would give byte for byte has no member twice, no number that lost digits and
        # no half surrogates: then the quick reading is the only one.
        if orjson.dumps(value) == data:
            return value
    except (ValueError, TypeError, RecursionError):  # orjson's two errors are subclasses
        pass
    return _parse_slowly(data)


def parse_json_object(data: bytes | str) -> JsonObject:
    """Return the object in `data`. Raises: JsonMalformed, JsonNotObject."""
    value = parse_json(data)
    if not isinstance(value, dict):
        raise JsonNotObject("not a JSON object")
    return value


def _parse_slowly(data: bytes) -> Any:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonText("not UTF-8") from error
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise JsonMalformed("not JSON") from error
    if b"\\u" in data:
        _refuse_surrogates(value)
    return value


_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def _refuse_depth(data: bytes) -> None:
    """Refuse `data` whose brackets outside strings nest deeper than MAX_DEPTH. Linear, without recursion."""
    depth = 0
    for bracket in _STRING.sub(b"", data).translate(None, _NOT_BRACKETS):
        if bracket in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise JsonTooDeep(f"nested deeper than {MAX_DEPTH}")
        else:
            depth -= 1


def _refuse_surrogates(value: object) -> None:
    waiting = [value]
    try:
        while waiting:
            match waiting.pop():
                case str() as text:
                    text.encode("utf-8")
                case dict() as members:
                    waiting += members.keys()
                    waiting += members.values()
                case list() as elements:
                    waiting += elements
    except UnicodeEncodeError as error:
        raise JsonText("half a surrogate pair") from error


def _unique(pairs: list[tuple[str, Any]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonDuplicateMember("a member twice")
    return members


def _integer(digits: str) -> int:
    if len(digits) > MAX_INT_DIGITS + digits.startswith("-"):
        raise JsonNumber(f"more than {MAX_INT_DIGITS} digits")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise JsonNumber("too large")
    return number


def _constant(name: str) -> NoReturn:
    raise JsonNumber(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)


def numeric_date(at: datetime) -> float:
    """Return the seconds since 1970 of an aware moment. Raises: TypeError for a naive one."""
    if at.tzinfo is None:
        raise TypeError("a moment needs its time zone")
    return at.timestamp()


def is_numeric_date(value: object) -> TypeGuard[int | float]:
    """Whether `value` is a NumericDate (RFC 7519 §2): a number, and no boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def canonical_json(value: object) -> bytes:
    """Return the RFC 8785 form of `value`. Raises: JsonNotCanonical (non-finite numbers, integers above 2^53)."""
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError) as error:
        raise JsonNotCanonical("no canonical form") from error


def sha256_base64url(data: bytes) -> str:
    """Return base64url(SHA-256(data))."""
    return encode_base64url(hashlib.sha256(data).digest())
