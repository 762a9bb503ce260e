"""Alembic migrations of the verifier's database."""
