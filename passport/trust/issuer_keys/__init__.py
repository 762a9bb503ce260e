"""Which keys belong to an issuer. The register pins the mechanism; a credential's header never chooses (SVC-11).

One mechanism a file, one line in `MECHANISMS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from passport.trust.issuer_keys.base import (
    Documents,
    IssuerKeys,
    KeyAnswer,
    KeyMaterialMalformed,
    KeyRequest,
    Lacking,
    read_algorithms,
)
from passport.trust.issuer_keys.did import DidKeys
from passport.trust.issuer_keys.jwks import ListedKeys
from passport.trust.issuer_keys.metadata import MetadataKeys
from passport.trust.issuer_keys.x5c import AnchoredKeys

MECHANISMS: Mapping[str, Callable[..., IssuerKeys]] = MappingProxyType(
    {
        "jwks": ListedKeys.read,
        "x5c": AnchoredKeys.read,
        "jwt-vc-issuer": MetadataKeys.read,
        "did": DidKeys.read,
    }
)

__all__ = ["MECHANISMS", "Documents", "IssuerKeys", "KeyAnswer", "KeyRequest", "Lacking", "parse_issuer_keys"]


def parse_issuer_keys(value: Any, *, issuer: str) -> IssuerKeys:
    """Read the `keys` of a register's organisation. Raises: KeyMaterialMalformed."""
    if not isinstance(value, dict):
        raise KeyMaterialMalformed("keys is not an object")
    named = value.get("mechanism")
    read = MECHANISMS.get(named) if isinstance(named, str) else None
    if read is None:
        raise KeyMaterialMalformed("unknown key mechanism")
    return read(value, issuer=issuer, algorithms=read_algorithms(value))
