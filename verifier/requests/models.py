"""The table of presentation requests, and the shapes that go in and out of the repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData()

PRESENTATION_REQUEST = sa.Table(
    "presentation_request",
    METADATA,
    sa.Column("id_digest", sa.String(43), primary_key=True),  # the id itself is kept by whoever asked, not by us
    sa.Column("handle", sa.String(43), nullable=False, unique=True),  # stands in request_uri and response_uri
    sa.Column("state_value", sa.String(43), nullable=False, unique=True),
    sa.Column("short_code", sa.String(16), nullable=False, unique=True),
    sa.Column("nonce", sa.String(43), nullable=False, unique=True),
    sa.Column("client_id", sa.String(200), nullable=False),
    sa.Column("flow", sa.String(16), nullable=False),
    sa.Column("response_mode", sa.String(16), nullable=False),
    sa.Column("template", sa.String(64)),
    sa.Column("purpose", sa.Text),
    sa.Column("dcql_query", sa.Text, nullable=False),
    sa.Column("encryption_jwk", sa.Text),  # private, fresh for each request, gone once answered
    sa.Column("response_code_digest", sa.String(43)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("refusal", sa.String(64)),
    sa.Column("reports", sa.Text),
    sa.Column("stacking_wish", sa.Text),
    sa.Column("stacking", sa.Text),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("answered_at", sa.BigInteger),
    sa.Column("delete_at", sa.BigInteger, nullable=False, index=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One stored request. Times are seconds since 1970; `state` as stored (see `state_at`)."""

    id_digest: str
    handle: str
    state_value: str
    short_code: str
    nonce: str
    client_id: str
    flow: str
    response_mode: str
    template: str | None
    purpose: str | None
    dcql_query: str
    encryption_jwk: str | None
    response_code_digest: str | None
    state: str
    refusal: str | None
    reports: str | None
    stacking_wish: str | None
    stacking: str | None
    created_at: int
    expires_at: int
    answered_at: int | None
    delete_at: int

    def state_at(self, seconds: int) -> str:
        """Return `waiting`, `answered`, `refused` or `expired`."""
        return "expired" if self.state == "waiting" and seconds > self.expires_at else self.state

    def __repr__(self) -> str:
        return f"RequestRow(state={self.state!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one response came to: `state` is `answered` or `refused`, `refusal` a code, `reports` by language.

    stacking: the signed answer of contract section 5, where it was asked.
    """

    state: str
    refusal: str | None
    reports: Mapping[str, Sequence[Mapping[str, Any]]]
    stacking: Mapping[str, Any] | None = None
