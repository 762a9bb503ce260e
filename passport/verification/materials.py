"""The documents that a verification needs beside the credential: asked for by `needs`, fetched at the edge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

STATUS_LIST = "status_list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A document that is still lacking. kind: `status_list`, `issuer_metadata` or `did_document`."""

    kind: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What fetching a need gave. body is None when it failed; `error` is then the stable code of why.

    memo: results that depend on nothing but `body` and what stands in their key (a parsed token, whether a named key
    signed it), so that a list which is kept at the edge is parsed once. It lives and goes with the material.
    """

    kind: str
    url: str
    body: bytes | None
    fetched_at: datetime
    error: str | None = None
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Materials:
    """All documents gathered so far. Immutable: `plus` gives a new one."""

    by_place: Mapping[tuple[str, str], Material] = field(default_factory=lambda: MappingProxyType({}))

    def get(self, kind: str, url: str) -> Material | None:
        return self.by_place.get((kind, url))

    def plus(self, more: Iterable[Material]) -> Materials:
        return Materials(MappingProxyType({**self.by_place, **{(entry.kind, entry.url): entry for entry in more}}))

    def bodies(self) -> Mapping[tuple[str, str], bytes | None]:
        """The bodies by (kind, url), as the key mechanisms read them."""
        return {place: entry.body for place, entry in self.by_place.items()}
