"""Tables of status lists."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint

from issuer.columns import Table, big, reference, text_key


class StatusList(Table, table=True):
    """One published list, signed with the key of the credentials in it.

    number: its place in the URI, from 1. allocated: indexes in use. version: grows with every flip.
    """

    __tablename__ = "status_lists"
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    id: str = text_key()
    organisation_id: str = reference("organisations.id")
    number: int = big()
    key_id: str = reference("signing_keys.id")
    size: int = big()
    allocated: int = big()
    version: int = big()


class StatusEntry(Table, table=True):
    """One index, given out once and never again. value: 0 valid, 1 revoked, 2 suspended."""

    __tablename__ = "status_entries"

    list_id: str = reference("status_lists.id", primary_key=True)
    index: int = big(primary_key=True)
    credential_id: str = reference("credentials.id")
    value: int = big()
