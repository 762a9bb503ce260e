"""Column shorthands. Counters, indexes and epoch seconds are BIGINT: a SQLModel `int` is 32 bits on PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, LargeBinary, MetaData, String, Text
from sqlmodel import Field, SQLModel


class Table(SQLModel):
    """Base of the issuer's tables: metadata of its own, so that another service in one process does not mix in."""

    metadata = MetaData()


def text_key(length: int = 64) -> Any:
    """A text primary key."""
    return Field(sa_column=Column(String(length), primary_key=True))


def string(length: int = 255, *, nullable: bool = False, unique: bool = False, default: str = "") -> Any:
    """A short text."""
    return Field(
        default=None if nullable else default, sa_column=Column(String(length), nullable=nullable, unique=unique)
    )


def long_text() -> Any:
    """A text without a limit."""
    return Field(default="", sa_column=Column(Text, nullable=False))


def reference(target: str, *, nullable: bool = False, index: bool = True, primary_key: bool = False) -> Any:
    """A foreign key on a text key."""
    column: Column[Any] = Column(
        String(64), ForeignKey(target), nullable=nullable, index=index and not primary_key, primary_key=primary_key
    )
    return Field(default=None, sa_column=column) if nullable else Field(sa_column=column)


def big(*, nullable: bool = False, primary_key: bool = False, default: int = 0) -> Any:
    """A counter, an index or epoch seconds."""
    column: Column[Any] = Column(
        BigInteger, nullable=nullable, primary_key=primary_key, autoincrement=False if primary_key else "auto"
    )
    return Field(default=None if nullable else default, sa_column=column)


def flag(*, default: bool = False) -> Any:
    """True or false."""
    return Field(default=default, sa_column=Column(Boolean, nullable=False))


def sealed(*, nullable: bool = False) -> Any:
    """Bytes that `Vault.seal` made."""
    column: Column[Any] = Column(LargeBinary, nullable=nullable)
    return Field(default=None, sa_column=column) if nullable else Field(sa_column=column)


def json_value() -> Any:
    """Plain JSON."""
    return Field(default=None, sa_column=Column(JSON, nullable=False))
