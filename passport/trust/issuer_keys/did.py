"""Keys by DID. `did:jwk` and `did:key` are read from the identifier itself; `did:web` needs its document.

The register pins the DID of an organisation; a `kid` in the header only chooses among that DID's own methods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from passport.errors import Malformed
from passport.jose.keys import PublicKey
from passport.trust.issuer_keys import did_jwk, did_key, did_web
from passport.trust.issuer_keys.base import (
    Documents,
    IssuerKeys,
    KeyAnswer,
    KeyMaterialMalformed,
    KeyRequest,
    Lacking,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DidKeys:
    """`"mechanism": "did"`, with `"did"` (else the organisation's id is the DID)."""

    mechanism: str
    algorithms: frozenset[str]
    did: str

    @staticmethod
    def read(value: dict[str, Any], *, issuer: str, algorithms: frozenset[str]) -> IssuerKeys:
        """Raises: KeyMaterialMalformed for an unknown method or an identifier that does not parse."""
        did = value.get("did", issuer)
        if not isinstance(did, str):
            raise KeyMaterialMalformed("did is not a string")
        if did.startswith("did:web:"):
            did_web.document_url(did)
        elif did.startswith(("did:jwk:", "did:key:")):
            _own_keys(did)
        else:
            raise KeyMaterialMalformed("only did:web, did:jwk and did:key")
        return DidKeys(mechanism="did", algorithms=algorithms, did=did)

    def answer(self, request: KeyRequest, documents: Documents) -> KeyAnswer:
        """The DID's assertion keys; with a `kid` only the one it names."""
        if self.did.startswith("did:web:"):
            url = did_web.document_url(self.did)
            if (did_web.KIND, url) not in documents:
                return KeyAnswer(lacking=Lacking(kind=did_web.KIND, url=url))
            body = documents[did_web.KIND, url]
            if body is None:
                return KeyAnswer(unavailable="did_document_unavailable")
            try:
                methods = did_web.read_document(body, did=self.did)
            except Malformed:
                return KeyAnswer(unavailable="did_document_malformed")
        else:
            methods = _own_keys(self.did)
        kid = request.header.get("kid")
        absolute = f"{self.did}{kid}" if isinstance(kid, str) and kid.startswith("#") else kid
        named = tuple(key for name, key in methods if kid is None or absolute == name)
        return KeyAnswer(keys=named) if named else KeyAnswer(problem="key_unknown")


def _own_keys(did: str) -> list[tuple[str, PublicKey]]:
    resolve = did_jwk.resolve if did.startswith("did:jwk:") else did_key.resolve
    return [resolve(did)]
