"""A request may ask a stack: toward which target, and what came out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("presentation_request", sa.Column("stacking_wish", sa.Text, nullable=True))
    op.add_column("presentation_request", sa.Column("stacking", sa.Text, nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("presentation_request", "stacking")
    op.drop_column("presentation_request", "stacking_wish")
