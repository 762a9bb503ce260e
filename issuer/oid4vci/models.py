"""Tables of single-use values. Only hashes are kept."""

from __future__ import annotations

from issuer.columns import Table, big, reference, string, text_key


class PreAuthorizedCode(Table, table=True):
    """One opening of an offer; consumed by one statement."""

    __tablename__ = "pre_authorized_codes"

    hash: str = text_key()
    credential_id: str = reference("credentials.id")
    expires_at: int = big()
    consumed_at: int | None = big(nullable=True)


class AccessToken(Table, table=True):
    """Good for one credential request of one award, and for its notification."""

    __tablename__ = "access_tokens"

    hash: str = text_key()
    credential_id: str = reference("credentials.id")
    organisation_id: str = string(64)
    expires_at: int = big()
    used_at: int | None = big(nullable=True)


class Nonce(Table, table=True):
    """A `c_nonce`; consumed by deletion."""

    __tablename__ = "nonces"

    hash: str = text_key()
    organisation_id: str = string(64)
    expires_at: int = big()
