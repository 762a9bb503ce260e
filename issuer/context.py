"""What every feature needs: settings, database, vault, clock and the caches of this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from issuer.database import Database
from issuer.keys.keyring import KeyRing
from issuer.metrics import Metrics
from issuer.settings import Settings
from issuer.status.publisher import Publisher
from issuer.vault import Vault

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One running issuer, or one run of its command line. Holds no state that the database does not have too."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Clock = system_clock
    keyring: KeyRing = field(default_factory=KeyRing)
    publisher: Publisher = field(default_factory=Publisher)
    metrics: Metrics = field(default_factory=Metrics)


def epoch(at: datetime) -> int:
    """Whole seconds since 1970."""
    return int(at.timestamp())


def instant(seconds: int | None) -> str | None:
    """An RFC 3339 date-time in UTC for an answer."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
