"""The table of decisions. Triggers (see the migration) refuse UPDATE and DELETE."""

from __future__ import annotations

from sqlalchemy import Index

from issuer.columns import Table, big, json_value, reference, sealed, string, text_key


class Decision(Table, table=True):
    """One decision, with the report that lay before it.

    kind: `grant` or `award`. decided_by: a role, never a person.
    sealed_statement: the signed statement itself; it names nobody, but it is somebody's dossier.
    statement_digest: `sha256-` and base64 over it, to find and compare. credential_ids: what was offered by it.
    """

    __tablename__ = "decisions"
    __table_args__ = (Index("decisions_of_organisation", "organisation_id", "id"),)

    id: str = text_key()
    organisation_id: str = reference("organisations.id", index=False)
    kind: str = string(16)
    decided_by: str = string(64)
    decided_at: int = big()
    crebo: str = string(16)
    cohort: str = string(16)
    statement_digest: str = string(64)
    statement_iss: str = string(2048)
    statement_at: int = big()
    sealed_statement: bytes = sealed()
    credential_ids: list[str] = json_value()
