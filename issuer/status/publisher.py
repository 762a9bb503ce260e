"""Status list tokens as they are served: signed at most once a `ttl` or change, kept ready, also compressed.

A flip is in the database first; the next reader sees the list's new version and gets a new token.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from issuer.settings import Settings
from passport.credentials.status_list import StatusBits, create_status_list_token
from passport.jose.jws import JwsWriter

ZLIB_LEVEL: Final = 6
"""A token is made while a caller waits: the highest level takes eight times as long for a quarter less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One token. etag: quoted, changes with every token."""

    version: int
    signed_by: str
    built_at: datetime
    token: bytes
    compressed: bytes
    etag: str


class Publisher:
    """The tokens of this process, by list."""

    def __init__(self) -> None:
        self._published: dict[str, Published] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def lock(self, list_id: str) -> asyncio.Lock:
        """Held while a token is made, so that a crowd of readers makes one."""
        return self._locks.setdefault(list_id, asyncio.Lock())

    def ready(self, list_id: str, *, version: int, signed_by: str, at: datetime, ttl: int) -> Published | None:
        """The token, if it still says what the database says and is younger than `ttl` seconds."""
        found = self._published.get(list_id)
        if found is None or (found.version, found.signed_by) != (version, signed_by):
            return None
        return found if timedelta(0) <= at - found.built_at < timedelta(seconds=ttl) else None

    def publish(
        self,
        list_id: str,
        *,
        uri: str,
        size: int,
        version: int,
        not_valid: Sequence[tuple[int, int]],
        writer: JwsWriter,
        signed_by: str,
        at: datetime,
        settings: Settings,
    ) -> Published:
        """Sign and keep a token. `iat` lies a few seconds back: some readers have no clock tolerance."""
        bits = StatusBits(size=size, bits=2)
        bits.update(not_valid)
        token = create_status_list_token(
            bits,
            uri=uri,
            writer=writer,
            issued_at=at - timedelta(seconds=5),
            expires_at=at + timedelta(seconds=max(settings.status_lifetime, 2 * settings.status_ttl)),
            ttl=settings.status_ttl,
            level=ZLIB_LEVEL,
        ).encode()
        published = Published(
            version=version,
            signed_by=signed_by,
            built_at=at,
            token=token,
            compressed=gzip.compress(token, 6, mtime=0),
            etag=f'"{hashlib.sha256(token).hexdigest()[:32]}"',
        )
        self._published[list_id] = published
        return published
