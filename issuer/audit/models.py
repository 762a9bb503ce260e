"""The audit log's table. Triggers (see the migration) refuse UPDATE and DELETE."""

from __future__ import annotations

from issuer.columns import Table, big, json_value, reference, string


class AuditEntry(Table, table=True):
    """One thing that was done. `hash` covers the entry and `previous`, so that a change breaks the chain."""

    __tablename__ = "audit_log"

    organisation_id: str = reference("organisations.id", primary_key=True)
    sequence: int = big(primary_key=True)
    at: int = big()
    actor: str = string(64)
    action: str = string(64)
    subject: str = string(128)
    detail: dict[str, str | int] = json_value()
    previous: str = string(64)
    hash: str = string(64)
