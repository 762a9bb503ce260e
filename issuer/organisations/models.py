"""Tables of organisations."""

from __future__ import annotations

from sqlalchemy import Column, Integer
from sqlmodel import Field

from issuer.columns import Table, big, json_value, reference, string, text_key


class Organisation(Table, table=True):
    """One that signs. `issuer` (the credentials' `iss`) is fixed when it is added.

    audit_sequence, audit_head: number and hash of the last entry of its audit log.
    stopped_at: since when nothing new is offered or issued (the "stop issuing" switch), or None.
    """

    __tablename__ = "organisations"

    id: str = text_key()
    issuer: str = string(2048, unique=True)
    kind: str = string(32)
    name_nl: str = string()
    name_en: str = string()
    identifiers: dict[str, str] = json_value()
    created_at: int = big()
    stopped_at: int | None = big(nullable=True)
    audit_sequence: int = big()
    audit_head: str = string(64)


class ApiKey(Table, table=True):
    """Only a hash is kept. `id` is what the audit log calls the key."""

    __tablename__ = "api_keys"

    id: str = text_key()
    organisation_id: str = reference("organisations.id")
    key_hash: str = string(64, unique=True)
    created_at: int = big()
    revoked_at: int | None = big(nullable=True)


class Accreditation(Table, table=True):
    """What it may issue. `crebo` is `"*"` or a list; dates are ISO texts, both ends included, None is open."""

    __tablename__ = "accreditations"

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    organisation_id: str = reference("organisations.id")
    type: str = string(64)
    crebo: list[str] | str = json_value()
    valid_from: str | None = string(10, nullable=True)
    valid_until: str | None = string(10, nullable=True)
    granted_by: str = string()
    basis: str = string()
