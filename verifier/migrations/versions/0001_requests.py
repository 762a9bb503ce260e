"""The table of presentation requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "presentation_request",
        sa.Column("id_digest", sa.String(43), primary_key=True),
        sa.Column("handle", sa.String(43), nullable=False, unique=True),
        sa.Column("state_value", sa.String(43), nullable=False, unique=True),
        sa.Column("short_code", sa.String(16), nullable=False, unique=True),
        sa.Column("nonce", sa.String(43), nullable=False, unique=True),
        sa.Column("client_id", sa.String(200), nullable=False),
        sa.Column("flow", sa.String(16), nullable=False),
        sa.Column("response_mode", sa.String(16), nullable=False),
        sa.Column("template", sa.String(64), nullable=True),
        sa.Column("purpose", sa.Text, nullable=True),
        sa.Column("dcql_query", sa.Text, nullable=False),
        sa.Column("encryption_jwk", sa.Text, nullable=True),
        sa.Column("response_code_digest", sa.String(43), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("refusal", sa.String(64), nullable=True),
        sa.Column("reports", sa.Text, nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("answered_at", sa.BigInteger, nullable=True),
        sa.Column("delete_at", sa.BigInteger, nullable=False),
    )
    op.create_index("presentation_request_delete_at", "presentation_request", ["delete_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("presentation_request")
