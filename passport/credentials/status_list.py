"""Token Status List (JWT form): keeping the bits, making the token, reading one.

It does not fetch lists and does not judge a credential: `passport.verification` does.
Source: Token Status List §4 (bits and compression), §5.1 (token), §8.3 (validation).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from passport.errors import Malformed
from passport.jose.encoding import JsonObject, decode_base64url, encode_base64url, encode_json
from passport.jose.jws import JwsWriter

VALID: Final = 0
INVALID: Final = 1
SUSPENDED: Final = 2

TYP: Final = "statuslist+jwt"
MEDIA_TYPE: Final = "application/statuslist+jwt"
MAX_INFLATED_BYTES: Final = 8 * 1024 * 1024
"""Own cap against decompression bombs: 32 million entries of 2 bits."""

_BITS: Final = (1, 2, 4, 8)


class StatusListMalformed(Malformed):
    """A Status List Token, or the reference to one, is not as the specification asks."""

    code = "status_list_malformed"
    section = "Token Status List §5.1"


class StatusIndexOutside(Malformed):
    """The index lies outside the list."""

    code = "status_index_outside"
    section = "Token Status List §8.3"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReference:
    """Where a credential's status stands: the list's URI and the 0-based index in it."""

    uri: str
    index: int

    def to_claim(self) -> JsonObject:
        """The credential's `status` claim (Token Status List §6.2)."""
        return {"status_list": {"idx": self.index, "uri": self.uri}}


def parse_status_reference(status: object) -> StatusReference:
    """Read a credential's `status` claim. Raises: StatusListMalformed. Source: §6.2."""
    entry = status.get("status_list") if isinstance(status, dict) else None
    if not isinstance(entry, dict):
        raise StatusListMalformed("status.status_list is missing")
    index, uri = entry.get("idx"), entry.get("uri")
    if isinstance(index, bool) or not isinstance(index, int) or index < 0:
        raise StatusListMalformed("status_list.idx is not a non-negative integer")
    if not isinstance(uri, str) or not uri or len(uri) > 2048:
        raise StatusListMalformed("status_list.uri is not a URI")
    return StatusReference(uri=uri, index=index)


class StatusBits:
    """The mutable bit array of one list. `bits` per entry; entry i starts at the low end of its byte (§4.1)."""

    __slots__ = ("_data", "bits", "size")

    def __init__(self, *, size: int, bits: int = 2, data: bytes | None = None) -> None:
        if bits not in _BITS or size <= 0:
            raise ValueError("bits is 1, 2, 4 or 8 and size is positive")
        self.bits = bits
        self.size = size
        length = (size * bits + 7) // 8
        self._data = bytearray(length) if data is None else bytearray(data)
        if len(self._data) != length:
            raise ValueError("data does not fit size")

    def get(self, index: int) -> int:
        """Return the status at `index`. Raises: StatusIndexOutside."""
        if not 0 <= index < self.size:
            raise StatusIndexOutside(f"{index} of {self.size}")
        return _read(self._data, index, self.bits)

    def set(self, index: int, status: int) -> None:
        """Put a status at `index`. Raises: StatusIndexOutside, ValueError for a status that needs more bits."""
        if not 0 <= index < self.size:
            raise StatusIndexOutside(f"{index} of {self.size}")
        if not 0 <= status < 1 << self.bits:
            raise ValueError("status does not fit the bits per entry")
        byte, shift = divmod(index * self.bits, 8)
        mask = ((1 << self.bits) - 1) << shift
        self._data[byte] = (self._data[byte] & ~mask & 0xFF) | (status << shift)

    def update(self, statuses: Iterable[tuple[int, int]]) -> None:
        """Put many (index, status) pairs."""
        for index, status in statuses:
            self.set(index, status)

    def to_bytes(self) -> bytes:
        """The raw bytes."""
        return bytes(self._data)

    def compress(self, level: int = 9) -> bytes:
        """zlib data of the bytes; level 9 is what §4.1 recommends, slow.

        A list is runs of zeros with bytes at random between them. Below level 9 zlib looks for runs only: that gives
        what the highest level gives within a tenth, and takes a tenth of the time or less.
        """
        if level == 9:
            return zlib.compress(self._data, 9)
        deflater = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
        return deflater.compress(self._data) + deflater.flush()


def _read(data: bytes | bytearray, index: int, bits: int) -> int:
    byte, shift = divmod(index * bits, 8)
    return (data[byte] >> shift) & ((1 << bits) - 1)


def create_status_list_token(
    statuses: StatusBits,
    *,
    uri: str,
    writer: JwsWriter,
    issued_at: datetime,
    expires_at: datetime,
    ttl: int,
    level: int = 9,
) -> str:
    """Return a signed Status List Token.

    writer: its header carries `typ: statuslist+jwt` and what names the key (kid, x5c).
    ttl: seconds that a reader may keep the token.
    Source: §5.1.
    """
    claims = {
        "sub": uri,
        "iat": int(issued_at.timestamp()),
        "exp": int(expires_at.timestamp()),
        "ttl": ttl,
        "status_list": {"bits": statuses.bits, "lst": encode_base64url(statuses.compress(level))},
    }
    return writer.sign(encode_json(claims))


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedList:
    """An inflated list, read-only."""

    bits: int
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data) * 8 // self.bits

    def get(self, index: int) -> int:
        """Return the status at `index`. Raises: StatusIndexOutside (§8.3 step 6)."""
        if not 0 <= index < self.size:
            raise StatusIndexOutside(f"{index} of {self.size}")
        return _read(self.data, index, self.bits)


def decode_list(claims: Mapping[str, Any]) -> DecodedList:
    """Inflate the `status_list` of a token's claims.

    Raises: StatusListMalformed for wrong members, wrong zlib data, trailing data, or more than MAX_INFLATED_BYTES.
    Source: §4.1, §4.2, §8.3 step 5.
    """
    entry = claims.get("status_list")
    if not isinstance(entry, dict):
        raise StatusListMalformed("status_list is missing")
    bits, lst = entry.get("bits"), entry.get("lst")
    if type(bits) is not int or bits not in _BITS or not isinstance(lst, str):
        raise StatusListMalformed("status_list.bits or lst is wrong")
    return DecodedList(bits=bits, data=_inflate(decode_base64url(lst)))


_STEP: Final = 1024 * 1024


def _inflate(waiting: bytes) -> bytes:
    """Return what `waiting` inflates to, in steps, so that memory stays near twice the list."""
    inflater = zlib.decompressobj()
    steps: list[bytes] = []
    size = 0
    try:
        while waiting and not inflater.eof:
            steps.append(inflater.decompress(waiting, _STEP))
            waiting = inflater.unconsumed_tail
            size += len(steps[-1])
            if size > MAX_INFLATED_BYTES:
                raise StatusListMalformed("lst inflates beyond the cap")
        if not inflater.eof:  # what zlib still holds back when all input is read
            steps.append(inflater.decompress(b"", MAX_INFLATED_BYTES + 1 - size))
            size += len(steps[-1])
    except zlib.error as error:
        raise StatusListMalformed("lst is not zlib data") from error
    if size > MAX_INFLATED_BYTES:
        raise StatusListMalformed("lst inflates beyond the cap")
    if not inflater.eof or inflater.unused_data:
        raise StatusListMalformed("lst is cut off or has data after its end")
    return b"".join(steps)
