"""Keys by the issuer's own `/.well-known/jwt-vc-issuer` document. Source: SD-JWT VC §4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from passport.errors import Malformed
from passport.jose.encoding import parse_json_object
from passport.jose.keys import PublicKey, parse_jwk
from passport.trust.issuer_keys.base import (
    Documents,
    IssuerKeys,
    KeyAnswer,
    KeyMaterialMalformed,
    KeyRequest,
    Lacking,
)

KIND: Final = "issuer_metadata"
MAX_KEYS: Final = 64


def metadata_url(iss: str) -> str:
    """`https://host/.well-known/jwt-vc-issuer/path`: inserted between host and path (§4.1)."""
    parts = urlsplit(iss)
    return urlunsplit((parts.scheme, parts.netloc, "/.well-known/jwt-vc-issuer" + parts.path.rstrip("/"), "", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataKeys:
    """`"mechanism": "jwt-vc-issuer"`. Only keys given by value (`jwks`); `jwks_uri` is refused as unusable."""

    mechanism: str
    algorithms: frozenset[str]
    issuer: str

    @staticmethod
    def read(value: dict[str, Any], *, issuer: str, algorithms: frozenset[str]) -> IssuerKeys:  # noqa: ARG004
        """Raises: KeyMaterialMalformed if the issuer is no https URL without query or fragment (§4)."""
        try:
            parts = urlsplit(issuer)
        except ValueError as error:
            raise KeyMaterialMalformed("jwt-vc-issuer needs an https issuer") from error
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
            raise KeyMaterialMalformed("jwt-vc-issuer needs an https issuer")
        return MetadataKeys(mechanism="jwt-vc-issuer", algorithms=algorithms, issuer=issuer)

    def answer(self, request: KeyRequest, documents: Documents) -> KeyAnswer:
        """The keys of the document, by `kid` where the header has one."""
        url = metadata_url(self.issuer)
        if (KIND, url) not in documents:
            return KeyAnswer(lacking=Lacking(kind=KIND, url=url))
        body = documents[KIND, url]
        if body is None:
            return KeyAnswer(unavailable="issuer_metadata_unavailable")
        try:
            keys = _read_document(body, self.issuer)
        except Malformed:
            return KeyAnswer(unavailable="issuer_metadata_malformed")
        kid = request.header.get("kid")
        named = tuple(key for name, key in keys if kid is None or kid in (name, key.thumbprint))
        return KeyAnswer(keys=named) if named else KeyAnswer(problem="key_unknown")


def _read_document(body: bytes, issuer: str) -> list[tuple[str | None, PublicKey]]:
    document = parse_json_object(body)
    if document.get("issuer") != issuer:
        raise KeyMaterialMalformed("the document is of another issuer")
    jwks = document.get("jwks")
    listed = jwks.get("keys") if isinstance(jwks, dict) else None
    if "jwks_uri" in document or not isinstance(listed, list) or not 1 <= len(listed) <= MAX_KEYS:
        raise KeyMaterialMalformed("the document has no usable jwks")
    keys: list[tuple[str | None, PublicKey]] = []
    for jwk in listed:
        try:
            keys.append((jwk.get("kid") if isinstance(jwk, dict) else None, parse_jwk(jwk)))
        except Malformed:
            continue  # a key of a kind that we do not know says nothing about the others
    return keys
