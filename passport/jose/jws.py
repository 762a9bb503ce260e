"""JWS compact serialisation: read strictly, check with a key of our choosing, write fast.

Only the protected header form with three segments exists here. `crit`, `b64` and `zip` are refused, since we
understand no extension. Which key may sign is decided elsewhere.
Source: RFC 7515 §3.1, §4, §5; RFC 8725 §3.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from passport.errors import Malformed
from passport.jose.encoding import (
    MAX_TOKEN_BYTES,
    JsonObject,
    decode_base64url,
    encode_base64url_bytes,
    encode_json,
    parse_json_object,
)
from passport.jose.keys import ES256, PublicKey, Signer

_REFUSED_HEADERS = frozenset({"crit", "b64", "zip"})


class TokenTooLarge(Malformed):
    """More bytes than a token may have."""

    code = "token_too_large"


class JwsMalformed(Malformed):
    """Not three segments with a sound header."""

    code = "jws_malformed"
    section = "RFC 7515 §5.2"


class JwsExtension(JwsMalformed):
    """A header asks for an extension (`crit`, `b64`, `zip`) that we do not take."""

    code = "jws_extension"
    section = "RFC 7515 §4.1.11"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedJws:
    """A JWS that parses; nothing is proven yet."""

    header: JsonObject
    payload: bytes
    signing_input: bytes
    signature: bytes
    compact: str


def require_size(text: str, max_bytes: int = MAX_TOKEN_BYTES) -> bytes:
    """Return `text` as ASCII bytes. Raises: TokenTooLarge, JwsMalformed; TypeError for something else than str."""
    if not isinstance(text, str):
        raise TypeError("a token is a str")
    if len(text) > max_bytes:
        raise TokenTooLarge(f"more than {max_bytes} bytes")
    if not text.isascii():
        raise JwsMalformed("characters outside ASCII")
    return text.encode("ascii")


def parse_jws(token: str, *, max_bytes: int = MAX_TOKEN_BYTES) -> UnverifiedJws:
    """Return the parts of a compact JWS.

    Raises: TokenTooLarge, JwsMalformed, JwsExtension, Base64urlMalformed, JsonMalformed.
    Source: RFC 7515 §5.2, steps 1–7.
    """
    raw = require_size(token, max_bytes)
    # `find` runs at the speed of memchr, where `split` looks at each character.
    first = raw.find(b".")
    second = raw.find(b".", first + 1)
    if first < 0 or second < 0 or raw.find(b".", second + 1) >= 0:
        raise JwsMalformed("not three segments")
    header = _header(raw[:first])
    signature = decode_base64url(raw[second + 1 :])
    return UnverifiedJws(
        header=header,
        payload=decode_base64url(raw[first + 1 : second]),
        signing_input=raw[:second],
        signature=signature,
        compact=token,
    )


_KEPT_HEADERS = 512
_LONGEST_KEPT = 4096


def _header(segment: bytes) -> JsonObject:
    """Return the header in `segment`. An issuer's is the same in all that it signs, so short ones are kept.

    Raises: JwsExtension, JwsMalformed, Base64urlMalformed, JsonMalformed.
    """
    # Each caller gets a header of its own, so that no one changes what is kept.
    header: JsonObject = _copy(_kept_header(segment) if len(segment) <= _LONGEST_KEPT else _read_header(segment))
    return header


def _copy(value: Any) -> Any:
    if type(value) is dict:
        return {name: member if type(member) is str else _copy(member) for name, member in value.items()}
    return [_copy(element) for element in value] if type(value) is list else value


def _read_header(segment: bytes) -> JsonObject:
    header = parse_json_object(decode_base64url(segment))
    if not _REFUSED_HEADERS.isdisjoint(header):
        raise JwsExtension("crit, b64 or zip in the header")
    if not isinstance(header.get("alg"), str):
        raise JwsMalformed("alg is not a string")
    return header


_kept_header = lru_cache(maxsize=_KEPT_HEADERS)(_read_header)


def check_signature(jws: UnverifiedJws, key: PublicKey, *, algorithms: Collection[str] = (ES256,)) -> bool:
    """Whether `key` signed `jws` with its own algorithm, and that one is allowed.

    Source: RFC 8725 §3.1; RFC 7515 §5.2 step 8.
    """
    if isinstance(algorithms, str):
        raise TypeError("algorithms is a collection of names")
    alg = jws.header["alg"]
    return alg in algorithms and alg == key.alg and key.verify(jws.signature, jws.signing_input)


class JwsWriter:
    """Writes JWS of one signer and one protected header, which is encoded once.

    header: its members in order; `alg` is put first and is the signer's.
    """

    __slots__ = ("_prefix", "header", "signer")

    def __init__(self, signer: Signer, header: Mapping[str, Any]) -> None:
        if "alg" in header or not _REFUSED_HEADERS.isdisjoint(header):
            raise TypeError("alg, crit, b64 and zip are not for the caller")
        self.signer = signer
        self.header: JsonObject = {"alg": signer.alg, **header}
        self._prefix = encode_base64url_bytes(encode_json(self.header)) + b"."

    def sign(self, payload: bytes) -> str:
        """Return the compact JWS over `payload`."""
        return self.sign_bytes(payload).decode("ascii")

    def sign_bytes(self, payload: bytes) -> bytes:
        """As `sign`, as ASCII bytes (for the hot path)."""
        signing_input = self._prefix + encode_base64url_bytes(payload)
        signature = encode_base64url_bytes(self.signer.sign(signing_input))
        return signing_input + b"." + signature
