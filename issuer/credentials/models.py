"""Tables of awards."""

from __future__ import annotations

from sqlalchemy import Index, text

from issuer.columns import Table, big, flag, reference, sealed, string, text_key


class Credential(Table, table=True):
    """One award, from its offer on. Its copies (one a key proof) are the rows of `status_entries`.

    state: `offered`, `issued` or `withdrawn` as stored; `expired` follows from the offer's end.
    live: whether it occupies its document number; released when withdrawn, expired untaken, revoked or replaced.
    sealed_claims: kept for the offer only, gone once taken, withdrawn or expired (data minimisation).
    """

    __tablename__ = "credentials"
    __table_args__ = (
        Index(
            "one_live_award",
            "organisation_id",
            "document_number",
            unique=True,
            sqlite_where=text("live"),
            postgresql_where=text("live"),
        ),
        Index("credentials_of_organisation", "organisation_id", "id"),
    )

    id: str = text_key()
    organisation_id: str = reference("organisations.id", index=False)
    type: str = string(64)
    document_number: str = string()
    live: bool = flag()
    state: str = string(16)
    status: str = string(16)
    status_reason: str | None = string(64, nullable=True)
    sealed_claims: bytes | None = sealed(nullable=True)
    valid_until: int | None = big(nullable=True)
    offer_hash: str = string(64, unique=True)
    offer_expires_at: int = big()
    tx_code_hash: str | None = string(64, nullable=True)
    wrong_tries: int = big()
    replaces: str | None = reference("credentials.id", nullable=True)
    replace_reason: str | None = string(64, nullable=True)
    created_at: int = big()
    issued_at: int | None = big(nullable=True)
    copies: int = big()
    notification_hash: str | None = string(64, nullable=True)
    notified: str | None = string(32, nullable=True)


class IdempotentAnswer(Table, table=True):
    """The answer to a call with an `Idempotency-Key`, sealed (it holds a transaction code), for a day."""

    __tablename__ = "idempotent_answers"

    organisation_id: str = reference("organisations.id", primary_key=True)
    key_hash: str = text_key()
    body_hash: str = string(64)
    sealed_answer: bytes | None = sealed(nullable=True)
    created_at: int = big()
