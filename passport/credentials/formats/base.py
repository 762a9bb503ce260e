"""What a wire format is: how a credential is read, written, shown in part and bound to its holder."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from passport.credentials.credential_type import CredentialType
from passport.credentials.status_list import StatusReference
from passport.jose.encoding import JsonObject
from passport.jose.jws import JwsWriter, UnverifiedJws
from passport.jose.keys import PublicKey, Signer

Path = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedCredential:
    """A parsed credential or presentation of which nothing is proven.

    jws: what the issuer signed; `payload` its claims, still with digests; `inner` the format's own parse result.
    iss, vct: as written in the signed part, never taken from a disclosure.
    """

    format: str
    text: str
    jws: UnverifiedJws
    payload: JsonObject
    iss: str
    vct: str
    issued_at: int
    inner: Any


class HeldCredential(Protocol):
    """A credential that its holder read once and presents many times."""

    def present(self, *, disclose: Collection[Path], signer: Signer, nonce: str, audience: str, at: datetime) -> str:
        """As `Format.present`, without reading the text anew."""


class Format(Protocol):
    """One wire format."""

    identifier: str
    typ: str

    def recognises(self, text: str) -> bool:
        """Whether the text looks like this format (cheap; parse decides)."""

    def parse(self, text: str) -> UnverifiedCredential:
        """Read the text strictly. Raises: Malformed."""

    def issue(
        self,
        ctype: CredentialType,
        claims: JsonObject,
        *,
        iss: str,
        writer: JwsWriter,
        holder: PublicKey | None,
        status: StatusReference | None,
        issued_at: datetime,
        expires_at: datetime | None,
    ) -> str:
        """Return the signed credential. The claims are schema-checked by the caller."""

    def shown(self, credential: UnverifiedCredential) -> tuple[JsonObject, frozenset[tuple[str | int, ...]]]:
        """Return the shown claims, and where in them a disclosure stood. Raises: Malformed."""

    def disclosed_claims(self, credential: UnverifiedCredential) -> JsonObject:
        """Return the claims that are shown, digests removed. Raises: Malformed."""

    def disclosed_places(self, credential: UnverifiedCredential) -> frozenset[tuple[str | int, ...]]:
        """Return where in the shown claims a disclosure stood. Raises: Malformed."""

    def present(
        self, text: str, *, disclose: Collection[Path], signer: Signer, nonce: str, audience: str, at: datetime
    ) -> str:
        """Return a presentation with only `disclose` shown, bound to nonce and audience."""

    def hold(self, text: str) -> HeldCredential:
        """Read the text once, for presenting it many times. Raises: Malformed."""

    def has_holder_binding(self, credential: UnverifiedCredential) -> bool:
        """Whether a key binding came with it."""

    def holder_binding_problem(
        self,
        credential: UnverifiedCredential,
        key: PublicKey,
        *,
        nonce: str,
        audience: str,
        at: datetime,
        algorithms: Collection[str],
    ) -> str | None:
        """Return None if the key binding holds, else a stable code. algorithms: the allow-list, never the token's."""
