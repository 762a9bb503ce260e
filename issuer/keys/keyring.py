"""Opened signing keys of this process: each key is decrypted and each protected header encoded once.

Rows of `signing_keys` never change their key material, so nothing here goes stale; which key is current is asked of
the database each time.
"""

from __future__ import annotations

from issuer.keys.models import SigningKey
from issuer.vault import Vault
from passport.jose.jws import JwsWriter
from passport.jose.keys import PrivateKey


def sealing_context(key_id: str) -> str:
    """What binds a sealed private key to its row."""
    return f"signing_keys/{key_id}"


class KeyRing:
    """Writers by key and `typ`."""

    def __init__(self) -> None:
        self._signers: dict[str, PrivateKey] = {}
        self._writers: dict[tuple[str, str], JwsWriter] = {}

    def signer(self, key: SigningKey, vault: Vault) -> PrivateKey:
        """Open a private key. Raises: SealBroken."""
        if key.id not in self._signers:
            opened = vault.open(key.sealed_key, context=sealing_context(key.id))
            self._signers[key.id] = PrivateKey.from_pem(opened)
        return self._signers[key.id]

    def writer(self, key: SigningKey, vault: Vault, *, typ: str) -> JwsWriter:
        """A writer whose header carries `typ`, `kid` (the thumbprint) and `x5c` without the anchor."""
        name = (key.id, typ)
        if name not in self._writers:
            header = {"typ": typ, "kid": key.kid, "x5c": list(key.chain)}
            self._writers[name] = JwsWriter(self.signer(key, vault), header)
        return self._writers[name]
