"""SD-JWT and SD-JWT+KB: read, process, make, choose, bind to a holder.

The rules of Disclosures stand in `disclosures`, making them in `conceal`; this module knows the whole text
`JWT~D1~…~Dn~[KB-JWT]` and the key binding. Whether key binding is needed, the caller decides, never the text.
Source: RFC 9901.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from passport.errors import Malformed
from passport.jose.conceal import Decoys, Frame, compile_frame, create_sd_jwt
from passport.jose.disclosures import (
    HASHES,
    Disclosure,
    Path,
    ProcessedClaims,
    hash_of,
    parse_disclosures,
    process_disclosures,
)
from passport.jose.encoding import (
    JsonObject,
    decode_base64url,
    encode_base64url,
    encode_base64url_bytes,
    encode_json,
    is_numeric_date,
    numeric_date,
    parse_json_object,
)
from passport.jose.jws import UnverifiedJws, check_signature, parse_jws, require_size
from passport.jose.keys import ES256, PublicKey, Signer

__all__ = [
    "Decoys",
    "Disclosure",
    "Frame",
    "HeldSdJwt",
    "Path",
    "ProcessedClaims",
    "UnverifiedSdJwt",
    "check_key_binding",
    "compile_frame",
    "create_key_binding",
    "create_sd_jwt",
    "parse_sd_jwt",
    "process_disclosures",
    "select_disclosures",
]


class SdJwtMalformed(Malformed):
    """Not `JWT~D1~…~Dn~` with an optional KB-JWT behind the last tilde."""

    code = "sd_jwt_malformed"
    section = "RFC 9901 §4"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedSdJwt:
    """An SD-JWT that parses, its Disclosures too; nothing is proven yet.

    sd_part: the exact text up to and with the last tilde. issuer_signed: the JWT alone.
    """

    jws: UnverifiedJws
    payload: JsonObject
    disclosures: tuple[str, ...]
    key_binding: str | None
    sd_part: str
    issuer_signed: str
    parsed: tuple[list[Any], ...]

    def process(self, *, never: Collection[str] = ()) -> ProcessedClaims:
        """As `process_disclosures`, without reading the Disclosures anew."""
        return process_disclosures(self.payload, self.disclosures, never=never, parsed=self.parsed)


def parse_sd_jwt(text: str) -> UnverifiedSdJwt:
    """Return the parts of an SD-JWT or SD-JWT+KB. The KB-JWT is only cut off here; it must have a JWT's three parts,
    so that a lost last tilde does not turn the last Disclosure into one.

    Raises: SdJwtMalformed, DisclosureMalformed, and what `parse_jws` raises.
    Source: RFC 9901 §4, §7.1 steps 1–2.a.
    """
    require_size(text)
    if "~" not in text:
        raise SdJwtMalformed("no tilde")
    issuer_signed, *disclosures, key_binding = text.split("~")
    if "" in disclosures:
        raise SdJwtMalformed("an empty Disclosure")
    if key_binding and key_binding.count(".") != 2:
        raise SdJwtMalformed("what stands behind the last tilde is no JWT")
    jws = parse_jws(issuer_signed)
    return UnverifiedSdJwt(
        jws=jws,
        payload=parse_json_object(jws.payload),
        disclosures=tuple(disclosures),
        key_binding=key_binding or None,
        sd_part=text[: len(text) - len(key_binding)],
        issuer_signed=issuer_signed,
        parsed=tuple(parse_disclosures(disclosures)),
    )


def select_disclosures(
    sd: UnverifiedSdJwt, wanted: Collection[Sequence[str | int | None]], *, nested: bool = True
) -> str:
    """Return the SD-JWT with only the Disclosures that `wanted` needs, in their old order, without KB-JWT.

    wanted: paths in the processed claims; None stands for each element. A path brings what lies above it and, with
    `nested`, what lies below it. Paths of what is in the clear or absent bring nothing.
    Raises: as `process_disclosures`.
    Source: RFC 9901 §4.2.6, §7.2.
    """
    return HeldSdJwt(sd).select(wanted, nested=nested)


def _needed(path: Path, wanted: Sequence[str | int | None], nested: bool) -> bool:
    if not nested and len(path) > len(wanted):
        return False
    return all(
        want == step or (want is None and isinstance(step, int)) for step, want in zip(path, wanted, strict=False)
    )


Wanted = tuple[str | int | None, ...]


class HeldSdJwt:
    """An SD-JWT that its holder read once and shows many times.

    It keeps the places of its Disclosures, not what it showed.
    """

    __slots__ = ("_at", "_below", "_hash", "_paths", "_tails", "sd")

    def __init__(self, sd: UnverifiedSdJwt) -> None:
        """Raises: as `process_disclosures`."""
        self.sd = sd
        self._hash = hash_of(sd.payload)
        paths = {found.encoded: path for path, found in sd.process().by_path.items()}
        self._paths = [paths[one] for one in sd.disclosures]
        self._tails = [one + "~" for one in sd.disclosures]
        # Which Disclosures, as bits, stand at a path and at or below it; each also with None for its numbers.
        self._at: dict[Wanted, int] = {}
        self._below: dict[Wanted, int] = {}
        for place, path in enumerate(self._paths):
            for form in {path, tuple([None if isinstance(step, int) else step for step in path])}:
                self._at[form] = self._at.get(form, 0) | 1 << place
                for length in range(len(form) + 1):
                    self._below[form[:length]] = self._below.get(form[:length], 0) | 1 << place

    def select(self, wanted: Collection[Sequence[str | int | None]], *, nested: bool = True) -> str:
        """As `select_disclosures`."""
        chosen = 0
        at, below = self._at, self._below if nested else self._at
        for one in wanted:
            path = tuple(one)
            if None in path and any(isinstance(step, int) for step in path):  # both kinds: one by one
                chosen |= sum([1 << place for place, its in enumerate(self._paths) if _needed(its, path, nested)])
                continue
            chosen |= below.get(path, 0)
            for length in range(1, len(path)):
                chosen |= at.get(path[:length], 0)
        if chosen == (1 << len(self._tails)) - 1:
            return self.sd.sd_part
        kept = [tail for place, tail in enumerate(self._tails) if chosen >> place & 1]
        return f"{self.sd.issuer_signed}~{''.join(kept)}"

    def present(
        self,
        wanted: Collection[Sequence[str | int | None]],
        *,
        signer: Signer,
        nonce: str,
        audience: str,
        at: datetime,
    ) -> str:
        """Return the whole presentation, of what `select` keeps and the KB-JWT of the holder's key."""
        return _bind(self.select(wanted), self._hash, signer=signer, nonce=nonce, audience=audience, at=at)


_USUAL_END = b',"_sd_alg":"sha-256"}'


def _hash_name(sd_part: str) -> str:
    """Return `_sd_alg` of the issuer-signed JWT; at once where it is the last member, as we write it."""
    segment = sd_part.split(".", 2)[1]
    tail = segment[-(32 + len(segment) % 4) :]
    if decode_base64url(tail).endswith(_USUAL_END):
        return "sha-256"
    stated = parse_json_object(decode_base64url(segment))
    hash_of(stated)
    return str(stated.get("_sd_alg", "sha-256"))


@cache
def _key_binding_prefix(alg: str) -> bytes:
    return encode_base64url_bytes(encode_json({"alg": alg, "typ": "kb+jwt"})) + b"."


def create_key_binding(sd_part: str, *, signer: Signer, nonce: str, audience: str, at: datetime) -> str:
    """Return the whole presentation: `sd_part` (ends in a tilde) and the KB-JWT of the holder's key.

    Raises: SdJwtMalformed when `sd_part` is not an SD-JWT; DisclosureHash.
    Source: RFC 9901 §4.3.
    """
    if not sd_part.endswith("~") or sd_part.count(".") != 2:
        raise SdJwtMalformed("not an SD-JWT without key binding")
    return _bind(sd_part, HASHES[_hash_name(sd_part)], signer=signer, nonce=nonce, audience=audience, at=at)


def _bind(
    sd_part: str, hash_function: Callable[[bytes], Any], *, signer: Signer, nonce: str, audience: str, at: datetime
) -> str:
    claims = {
        "iat": int(numeric_date(at)),
        "aud": audience,
        "nonce": nonce,
        "sd_hash": encode_base64url(hash_function(sd_part.encode("ascii")).digest()),
    }
    signing_input = _key_binding_prefix(signer.alg) + encode_base64url_bytes(encode_json(claims))
    signature = encode_base64url_bytes(signer.sign(signing_input))
    return sd_part + (signing_input + b"." + signature).decode("ascii")


def check_key_binding(
    sd: UnverifiedSdJwt,
    *,
    key: PublicKey,
    expected_nonce: str,
    expected_audience: str,
    at: datetime,
    max_age: int = 300,
    leeway: int = 60,
    algorithms: Collection[str] = (ES256,),
) -> str | None:
    """Return None when the KB-JWT of `key` answers this very request, else a stable code (`kb_…`).

    key: the one in `cnf` of the verified payload. max_age, leeway: seconds.
    Source: RFC 9901 §7.3 step 5.
    """
    if not expected_nonce or not expected_audience:
        raise TypeError("expected_nonce and expected_audience are needed")
    if sd.key_binding is None:
        return "kb_missing"
    try:
        jws = parse_jws(sd.key_binding)
        claims = parse_json_object(jws.payload)
        digest = hash_of(sd.payload)(sd.sd_part.encode("ascii")).digest()
    except Malformed:
        return "kb_malformed"
    if jws.header.get("typ") != "kb+jwt":
        return "kb_typ"
    if jws.header["alg"] not in tuple(algorithms) or jws.header["alg"] != key.alg:
        return "kb_alg"
    if not check_signature(jws, key, algorithms=algorithms):
        return "kb_signature"
    if claims.get("nonce") != expected_nonce:
        return "kb_nonce"
    if claims.get("aud") != expected_audience:  # one string; a list never equals it
        return "kb_audience"
    if not _is_timely(claims, now=numeric_date(at), max_age=max_age, leeway=leeway):
        return "kb_iat"
    if claims.get("sd_hash") != encode_base64url(digest):
        return "kb_sd_hash"
    return None


def _is_timely(claims: JsonObject, *, now: float, max_age: int, leeway: int) -> bool:
    """Whether `iat` lies in the window, and `nbf` and `exp`, where given, hold."""
    issued, starts, ends = claims.get("iat"), claims.get("nbf", 0), claims.get("exp", now)
    if not (is_numeric_date(issued) and is_numeric_date(starts) and is_numeric_date(ends)):
        return False
    return now - max_age - leeway <= issued <= now + leeway and starts <= now + leeway and ends > now - leeway
