"""Whom this verifier believes: the trust register of a file or a link, kept fresh.

A register that cannot be read again leaves the one that was read before in force (it says itself until when it may be
used); an edition with a lower `sequence` never replaces a higher one.
"""

from __future__ import annotations

import asyncio
import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from passport.errors import Malformed, Misconfigured, PassportError, Unreachable
from passport.jose.keys import PublicKey, load_public_key
from passport.network import Fetcher
from passport.trust.register import RegisterRollback, TrustRegister, parse_register
from verifier.settings import BadSetting

MAX_REGISTER_BYTES = 16_777_216
REFETCH = timedelta(minutes=5)
RETRY = timedelta(seconds=30)
log = structlog.get_logger("verifier.trust")


MEMORY_FILE = "register-editions.json"


class TrustUnreadable(Misconfigured):
    """The trust register, or the key to check it with, cannot be used as set."""

    code = "verifier_trust_unreadable"


def load_trust_key(path: Path | None) -> PublicKey | None:
    """Return the key that the register's operator signs with. Raises: TrustUnreadable."""
    if path is None:
        return None
    try:
        return load_public_key(path.read_bytes())
    except (OSError, Malformed) as error:
        raise TrustUnreadable(str(error), place=str(path)) from None


def load_register_file(path: Path, key: PublicKey | None) -> TrustRegister:
    """Return the register of a file. Raises: TrustUnreadable; Malformed subclasses for what is in it."""
    try:
        return parse_register(path.read_bytes(), trust_key=key)
    except OSError as error:
        raise TrustUnreadable(type(error).__name__, place=str(path)) from None


class RegisterUnreachable(Unreachable):
    """The register's link cannot be fetched. Params: `host`, `reason` (what the network said)."""

    code = "verifier_register_unreachable"


class TrustSource:
    """The register in force. `current` is cheap; it reads or fetches anew when that is due."""

    def __init__(
        self,
        place: str | None,
        *,
        key_file: Path | None,
        fetcher: Fetcher,
        memory: Path | None = None,
        once: bool = False,
    ) -> None:
        """place: a file or a link. memory: a file that remembers the highest edition over a restart.

        once: for a command, which does not wait for better times: what is wrong with a link is raised, not logged.
        """
        self._once = once
        self._memory = memory
        self._is_link = bool(place) and "://" in str(place)
        self._place = place
        self._key_file = key_file
        self._key: PublicKey | None = None
        self._fetcher = fetcher
        self._register: TrustRegister | None = None
        self._lock = asyncio.Lock()
        self._next_look: datetime | None = None
        self._stamp: tuple[int, int] | None = None

    @property
    def is_set(self) -> bool:
        return self._place is not None

    async def start(self, at: datetime) -> None:
        """Read for the first time. Raises: TrustUnreadable or Malformed for a file; a link may come later.

        With `once` also RegisterUnreachable, and Malformed for a link.
        """
        if self._place is None:
            if self._key_file is not None:
                raise BadSetting("--trust-key without --trust", setting="--trust-key")
            return
        self._key = load_trust_key(self._key_file)
        if self._is_link:
            await self.current(at)
        else:
            self._stamp = _stamp(Path(self._place))
            fresh = load_register_file(Path(self._place), self._key)
            self._refuse_older(fresh)
            self._adopt(fresh)

    async def current(self, at: datetime) -> TrustRegister | None:
        """Return the register in force, or None while there is none."""
        if self._place is None or not self._is_due(at):
            return self._register
        async with self._lock:
            if self._is_due(at):
                await self._look(at)
        return self._register

    def _is_due(self, at: datetime) -> bool:
        if self._is_link:
            return self._next_look is None or at >= self._next_look
        return _stamp(Path(str(self._place))) != self._stamp

    async def _look(self, at: datetime) -> None:
        try:
            if self._is_link:
                self._next_look = at + RETRY
                answer = await self._fetcher.get(str(self._place), max_bytes=MAX_REGISTER_BYTES)
                fresh = parse_register(answer.body, trust_key=self._key)
                self._next_look = at + REFETCH
            else:
                self._stamp = _stamp(Path(str(self._place)))
                fresh = await asyncio.to_thread(load_register_file, Path(str(self._place)), self._key)
            self._refuse_older(fresh)
        except PassportError as error:
            if self._once and isinstance(error, Unreachable):
                raise RegisterUnreachable(error.detail, host=host_of(str(self._place)), reason=error) from error
            if self._once:
                raise
            log.warning("register_not_read", code=error.code)
            return
        self._adopt(fresh)

    def _refuse_older(self, fresh: TrustRegister) -> None:
        """Raises: RegisterRollback for a lower edition of the same operator than was ever in force here."""
        known = _remembered(self._memory).get(fresh.operator or "", 0)
        if self._register is not None and self._register.operator == fresh.operator:
            known = max(known, self._register.sequence or 0)
        if (fresh.sequence or 0) < known:
            raise RegisterRollback(f"edition {fresh.sequence} after {known}", sequence=fresh.sequence, known=known)

    def _adopt(self, fresh: TrustRegister) -> None:
        self._register = fresh
        if self._memory is None or fresh.sequence is None:
            return
        known = _remembered(self._memory)
        if known.get(fresh.operator or "", 0) < fresh.sequence:
            known[fresh.operator or ""] = fresh.sequence
            temporary = self._memory.with_name(f".{self._memory.name}.{os.getpid()}")
            temporary.write_text(json.dumps(known), encoding="utf-8")
            temporary.replace(self._memory)


def host_of(link: str) -> str:
    """The host of a link, for a message; the link itself where it has none."""
    try:
        return urlsplit(link).hostname or link
    except ValueError:
        return link


def _remembered(memory: Path | None) -> dict[str, int]:
    try:
        found = json.loads(memory.read_text(encoding="utf-8")) if memory is not None else {}
    except (OSError, ValueError):
        return {}
    return (
        {str(key): value for key, value in found.items() if isinstance(value, int)} if isinstance(found, dict) else {}
    )


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
