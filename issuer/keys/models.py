"""Tables of keys and certificates."""

from __future__ import annotations

from sqlalchemy import Index, text

from issuer.columns import Table, big, json_value, long_text, reference, sealed, string, text_key


class Authority(Table, table=True):
    """The embedded certificate authority: one row, made with the first organisation."""

    __tablename__ = "authorities"

    id: str = text_key()
    certificate: str = long_text()
    sealed_key: bytes = sealed()
    created_at: int = big()


class SigningKey(Table, table=True):
    """A key of an organisation.

    state: `requested` (a CSR is out), `current`, `retired`; at most one is current.
    kid: RFC 7638 thumbprint. chain: base64 DER, leaf first, without the anchor; anchor: PEM.
    """

    __tablename__ = "signing_keys"
    __table_args__ = (
        Index(
            "one_current_key",
            "organisation_id",
            unique=True,
            sqlite_where=text("state = 'current'"),
            postgresql_where=text("state = 'current'"),
        ),
    )

    id: str = text_key()
    organisation_id: str = reference("organisations.id")
    kid: str = string(64)
    sealed_key: bytes = sealed()
    public_jwk: dict[str, str] = json_value()
    chain: list[str] = json_value()
    anchor: str = long_text()
    state: str = string(16)
    not_after: int | None = big(nullable=True)
    current_from: int | None = big(nullable=True)
    retired_at: int | None = big(nullable=True)
    compromised_at: int | None = big(nullable=True)
    created_at: int = big()
