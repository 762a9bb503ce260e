"""The world in memory, and the verifier and issuer of the services' own tests, for attacks upon them."""

from __future__ import annotations

import pytest

from tests.ecosystem import Ecosystem, Holder
from tests.services.issuer.conftest import anyio_backend, issuer, make_issuer
from tests.services.verifier.conftest import play

__all__ = ["anyio_backend", "issuer", "make_issuer", "play"]


@pytest.fixture
def world() -> Ecosystem:
    return Ecosystem()


@pytest.fixture
def holder(world: Ecosystem) -> Holder:
    return world.holder()
