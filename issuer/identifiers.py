"""Identifiers of rows: they sort by the time at which they were made, and tell nothing else."""

from __future__ import annotations

import secrets
from datetime import datetime


def new_id(at: datetime) -> str:
    """32 hex digits: 48 bits of milliseconds, 80 random bits."""
    return f"{int(at.timestamp() * 1000):012x}{secrets.token_hex(10)}"
