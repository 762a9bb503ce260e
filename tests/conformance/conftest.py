"""The issuer of `tests/services/issuer`, the verifier of `tests/services/verifier`, and their world."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ecosystem import Ecosystem
from tests.services.issuer.conftest import anyio_backend, issuer, make_issuer
from tests.services.verifier.conftest import play

__all__ = ["anyio_backend", "issuer", "make_issuer", "play"]


@pytest.fixture
def world() -> Ecosystem:
    """The small world in memory, not the running one of the session."""
    return Ecosystem()


@pytest.fixture
def judge(world: Ecosystem) -> Callable[..., Any]:
    """Verify a text in the world of the test and return the report."""
    from passport.verification import Expected, policy_for, verify

    def run(text: str, *, nonce: str | None = None, audience: str = "verifier", register: Any = None) -> Any:
        return verify(
            text,
            world.materials(),
            register or world.register(),
            policy_for(require_holder_binding=nonce is not None),
            expected=None if nonce is None else Expected(nonce=nonce, audience=audience),
            at=world.at,
        )

    return run


@pytest.fixture
def vector_folder() -> Path:
    """The official examples; skips plainly where they are absent."""
    from tests.paths import vectors

    return vectors("MANIFEST.json").parent
