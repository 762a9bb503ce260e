"""did:web: where the document stands and what its assertion keys are. Fetching is the edges' work.

Source: did:web specification §2.2 to §2.5 (DIDW-01, DIDW-02).
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Final
from urllib.parse import unquote

from passport.errors import Malformed
from passport.jose.encoding import JsonObject, parse_json_object
from passport.jose.keys import PublicKey, parse_jwk
from passport.trust.issuer_keys.base import KeyMaterialMalformed

KIND: Final = "did_document"
PREFIX: Final = "did:web:"
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?", re.IGNORECASE)
_SEGMENT = re.compile(r"[A-Za-z0-9._-]+")
_MAX_METHODS: Final = 64


def document_url(did: str) -> str:
    """The https address of the DID document. Raises: KeyMaterialMalformed (IP addresses are not allowed)."""
    if not did.startswith(PREFIX):
        raise KeyMaterialMalformed("not a did:web")
    host, *path = did[len(PREFIX) :].split(":")
    authority = unquote(host) if re.fullmatch(r"[^%]+(?:%3[Aa]\d{1,5})?", host) else ""
    if not _HOST.fullmatch(authority) or _is_address(authority.split(":", maxsplit=1)[0]):
        raise KeyMaterialMalformed("the host of the did:web is not a name")
    if not all(_SEGMENT.fullmatch(part) and part not in (".", "..") for part in path):
        raise KeyMaterialMalformed("the path of the did:web is not plain")
    return f"https://{authority}/{'/'.join(path)}/did.json" if path else f"https://{authority}/.well-known/did.json"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def read_document(body: bytes, *, did: str) -> list[tuple[str, PublicKey]]:
    """The assertion methods (absolute id, key) of a document. Raises: Malformed; `id` must equal the DID."""
    document = parse_json_object(body)
    if document.get("id") != did:
        raise KeyMaterialMalformed("the document is of another DID")
    methods = {_absolute(item.get("id"), did): item for item in _objects(document.get("verificationMethod"))}
    found: list[tuple[str, PublicKey]] = []
    for entry in _list(document.get("assertionMethod")):
        method = entry if isinstance(entry, dict) else methods.get(_absolute(entry, did))
        if isinstance(method, dict) and method.get("controller", did) == did and "publicKeyJwk" in method:
            try:
                found.append((_absolute(method.get("id"), did), parse_jwk(method["publicKeyJwk"])))
            except Malformed:
                continue  # a kind of key that we do not know says nothing about the others
    return found


def _absolute(name: Any, did: str) -> str:
    text = name if isinstance(name, str) else ""
    return f"{did}{text}" if text.startswith("#") else text


def _list(value: Any) -> list[Any]:
    return value[:_MAX_METHODS] if isinstance(value, list) else []


def _objects(value: Any) -> list[JsonObject]:
    return [item for item in _list(value) if isinstance(item, dict)]
