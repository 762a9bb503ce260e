"""A parsed credential that remembers which keys signed it, so that asking twice costs once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Final, Literal

from passport.credentials.formats import FORMATS, parse_credential
from passport.credentials.formats.base import Format, UnverifiedCredential
from passport.errors import Malformed
from passport.jose.encoding import JsonObject, encode_base64url
from passport.jose.jws import check_signature
from passport.jose.keys import PublicKey, parse_jwk
from passport.trust.issuer_keys import KeyRequest

_LAST_INSTANT: Final = 253402300799


class Presented:
    """A credential or presentation of which nothing is proven yet."""

    __slots__ = ("_holder_key", "_id", "_key_request", "_shown", "_signed", "credential", "form")

    def __init__(self, credential: UnverifiedCredential) -> None:
        self.credential = credential
        self.form: Format = FORMATS[credential.format]
        self._signed: dict[str, bool] = {}
        self._shown: tuple[JsonObject, frozenset[tuple[str | int, ...]]] | None = None
        self._id: str | None = None
        self._key_request: KeyRequest | None = None
        self._holder_key: PublicKey | Literal["unread"] | None = "unread"

    @property
    def id(self) -> str:
        """The first 16 characters of base64url(SHA-256(issuer-signed JWT)): what a person sees as its number."""
        if self._id is None:
            digest = hashlib.sha256(self.credential.jws.compact.encode("ascii")).digest()
            self._id = encode_base64url(digest[:12])
        return self._id

    @property
    def issued_at(self) -> datetime:
        """`iat`, within what a calendar can hold."""
        return self.key_request.issued_at

    @property
    def key_request(self) -> KeyRequest:
        """The question to the issuer's key mechanism."""
        if self._key_request is None:
            issued_at = datetime.fromtimestamp(max(0, min(self.credential.issued_at, _LAST_INSTANT)), UTC)
            self._key_request = KeyRequest(header=self.credential.jws.header, issued_at=issued_at)
        return self._key_request

    @property
    def bound(self) -> bool:
        """Whether a key binding came with it."""
        return self.form.has_holder_binding(self.credential)

    def shown(self) -> tuple[JsonObject, frozenset[tuple[str | int, ...]]]:
        """The shown claims, and where in them a disclosure stood. Raises: Malformed (RFC 9901 §7.1)."""
        if self._shown is None:
            self._shown = self.form.shown(self.credential)
        return self._shown

    def holder_key(self) -> PublicKey | None:
        """The key in `cnf.jwk` (RFC 7800 §3); None where there is none that we can use."""
        if self._holder_key == "unread":
            self._holder_key = _read_holder_key(self.credential.payload.get("cnf"))
        return self._holder_key

    def signed_by(self, key: PublicKey) -> bool:
        """Whether this key made the issuer's signature."""
        known = self._signed.get(key.thumbprint)
        if known is None:
            known = check_signature(self.credential.jws, key, algorithms=(key.alg,))
            self._signed[key.thumbprint] = known
        return known


def _read_holder_key(cnf: object) -> PublicKey | None:
    if not isinstance(cnf, dict) or "jwk" not in cnf or not cnf.keys().isdisjoint({"jwe", "jku"}):
        return None  # RFC 7800 §3.1: at most one of jwk, jwe and jku
    try:
        return parse_jwk(cnf["jwk"])
    except Malformed:
        return None


def parse_presented(text: str) -> Presented:
    """Parse a credential or presentation. Raises: Malformed."""
    return Presented(parse_credential(text))
