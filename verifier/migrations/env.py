"""Runs the migrations on the URL that `verifier.database.migrate` hands over. Nothing is read from the environment."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine

from verifier.requests.models import METADATA

engine = create_engine(context.config.attributes["url"])
with engine.begin() as connection:
    context.configure(connection=connection, target_metadata=METADATA, version_table="verifier_alembic_version")
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
