"""What a wallet holds: credentials with their keys, what is still under way, and what happened.

Plain values and their JSON; nothing here encrypts, reads a file or judges a credential.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any, ClassVar

from passport.errors import PassportError
from passport.terminal import ExitCode

VERSION = 1


def stamp(moment: datetime) -> str:
    """Return a moment as it is stored: UTC, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class UnknownCredential(PassportError):
    """No credential has this id. Params: `id`."""

    code = "wallet_unknown_credential"
    exit_code: ClassVar[int] = ExitCode.WRONG_USE


class AmbiguousId(PassportError):
    """Several credentials begin with this id. Params: `id`."""

    code = "wallet_ambiguous_id"
    exit_code: ClassVar[int] = ExitCode.WRONG_USE


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCredential:
    """A credential as it was received, with the private key (JWK) that it is bound to.

    id: first 16 characters of base64url(SHA-256(issuer-signed JWT)).
    issuer_known: False when the holder took it although no register knew the issuer; its signature is then unchecked.
    """

    id: str
    format: str
    type: str
    raw: str
    key: Mapping[str, str] = field(repr=False)
    issuer: str
    issuer_name: str
    received_at: str
    issuer_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A receipt under way: the key is kept before the credential is asked for, the answer before it is checked."""

    id: str
    issuer: str
    key: Mapping[str, str] = field(repr=False)
    started_at: str
    vct: str
    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of history. kind: received, refused, shared, removed.

    items: for each credential {"id", "type", "claims"?: [[path]…]}.
    """

    kind: str
    at: str
    who: str
    who_name: str | None = None
    purpose: str | None = None
    items: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletData:
    """All of a wallet's content. Changing it means making a new one.

    sequences: of each operator's signed trust register the highest edition seen; an older one is refused.
    """

    credentials: tuple[StoredCredential, ...] = ()
    pending: tuple[Pending, ...] = ()
    history: tuple[Event, ...] = ()
    sequences: Mapping[str, int] = field(default_factory=dict)

    def find(self, start: str) -> StoredCredential:
        """Return the credential whose id is `start`, or the only one whose id begins with it.

        Raises: UnknownCredential, AmbiguousId.
        """
        if exact := [held for held in self.credentials if held.id == start]:
            return exact[0]
        found = [held for held in self.credentials if start and held.id.startswith(start)]
        if not found:
            raise UnknownCredential(id=start)
        if len(found) > 1:
            raise AmbiguousId(id=start)
        return found[0]

    def with_credential(self, credential: StoredCredential, event: Event) -> WalletData:
        """Add a credential (once) and the line of history that goes with it."""
        others = tuple(held for held in self.credentials if held.id != credential.id)
        return replace(self, credentials=(*others, credential), history=(*self.history, event))

    def without_credential(self, credential_id: str, event: Event) -> WalletData:
        """Take a credential out; the history keeps that it was there."""
        kept = tuple(held for held in self.credentials if held.id != credential_id)
        return replace(self, credentials=kept, history=(*self.history, event))

    def with_pending(self, pending: Pending) -> WalletData:
        """Note or update a receipt under way."""
        return replace(self, pending=(*(other for other in self.pending if other.id != pending.id), pending))

    def without_pending(self, pending_id: str) -> WalletData:
        """Forget a receipt that has ended."""
        return replace(self, pending=tuple(other for other in self.pending if other.id != pending_id))

    def with_event(self, event: Event) -> WalletData:
        """Add one line of history."""
        return replace(self, history=(*self.history, event))

    def with_sequence(self, operator: str, sequence: int) -> WalletData:
        """Remember an edition of a signed register."""
        return replace(self, sequences={**self.sequences, operator: max(sequence, self.sequences.get(operator, 0))})

    def merged(self, other: WalletData) -> WalletData:
        """Add what another copy holds and this one does not; nothing of this one is lost or replaced."""
        mine, under_way = {held.id for held in self.credentials}, {one.id for one in self.pending}
        new = tuple(event for event in other.history if event not in self.history)
        merged = replace(
            self,
            credentials=(*self.credentials, *(held for held in other.credentials if held.id not in mine)),
            pending=(*self.pending, *(one for one in other.pending if one.id not in under_way)),
            history=tuple(sorted((*self.history, *new), key=lambda event: event.at)),
        )
        for operator, sequence in other.sequences.items():
            merged = merged.with_sequence(operator, sequence)
        return merged

    def to_bytes(self) -> bytes:
        """Return the content as UTF-8 JSON."""
        return json.dumps({"version": VERSION, **asdict(self)}, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _known(kind: type[Any], value: Mapping[str, Any]) -> dict[str, Any]:
    return {item.name: value[item.name] for item in fields(kind) if item.name in value}


def parse_wallet(content: bytes) -> WalletData:
    """Read what `to_bytes` wrote. Raises: ValueError, KeyError or TypeError if it is something else."""
    value = json.loads(content.decode("utf-8", "surrogatepass"))
    if value["version"] != VERSION:
        raise ValueError("unknown version of the content")
    return WalletData(
        credentials=tuple(StoredCredential(**_known(StoredCredential, item)) for item in value["credentials"]),
        pending=tuple(Pending(**_known(Pending, item)) for item in value["pending"]),
        history=tuple(
            Event(**{**_known(Event, item), "items": tuple(item.get("items", ()))}) for item in value["history"]
        ),
        sequences=dict(value.get("sequences", {})),
    )
