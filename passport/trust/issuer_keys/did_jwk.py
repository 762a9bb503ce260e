"""did:jwk: the key is the identifier. Source: did:jwk specification (DIDJ-01)."""

from __future__ import annotations

from passport.jose.encoding import decode_base64url, parse_json_object
from passport.jose.keys import PublicKey, parse_jwk
from passport.trust.issuer_keys.base import KeyMaterialMalformed

PREFIX = "did:jwk:"


def resolve(did: str) -> tuple[str, PublicKey]:
    """Return (id of the only verification method, its key). Raises: Malformed; a private or `use: enc` key too."""
    if not did.startswith(PREFIX):
        raise KeyMaterialMalformed("not a did:jwk")
    jwk = parse_json_object(decode_base64url(did[len(PREFIX) :]))
    if jwk.get("use") == "enc":
        raise KeyMaterialMalformed("the key is for encryption only")
    return f"{did}#0", parse_jwk(jwk)
