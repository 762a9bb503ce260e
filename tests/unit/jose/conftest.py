"""A signing key, a holder's key, and a moment, for the tests of jose."""

from datetime import UTC, datetime

import pytest

from passport.jose.keys import PrivateKey


@pytest.fixture(scope="session")
def issuer() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture(scope="session")
def holder() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture
def at() -> datetime:
    return datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
