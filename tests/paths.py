"""Where the official vectors and the domain data stand: beside the checkout, or where the environment says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def _find(variable: str, default: Path, name: str) -> Path:
    path = Path(os.environ.get(variable, default)) / name
    if not path.exists():
        pytest.skip(f"{name} is absent: set {variable} to the folder that holds it", allow_module_level=True)
    return path


def vectors(name: str) -> Path:
    """A file of the official test vectors; skips the test plainly where they are absent."""
    return _find("SKILLSPAS_VECTORS", SHARED / "standards" / "vectors", name)


def domain(name: str) -> Path:
    """A file of the domain data and worked cases; skips the test plainly where they are absent."""
    return _find("SKILLSPAS_DOMAIN", SHARED / "domain", name)
