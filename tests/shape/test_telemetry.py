"""FastAPI's own traces, figures and logs hold paths and messages; in both services they are off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import issuer.app
import issuer.settings
import verifier.app
import verifier.settings


def issuer_app(data: Path) -> Any:
    return issuer.app.create_app(issuer.settings.Settings(data=data, base_url="https://issuer.example"))


def verifier_app(data: Path) -> Any:
    return verifier.app.create_app(verifier.settings.Settings(data=data))


@pytest.mark.parametrize("make", [issuer_app, verifier_app])
def test_fastapi_records_nothing_by_itself(make: Any, tmp_path: Path) -> None:
    app = make(tmp_path / "data")
    switches = ("tracing", "metrics", "logs", "operation_spans", "auto_configure")
    assert {name: app._telemetry[name] for name in switches} == dict.fromkeys(switches, False)
    assert not app._native_telemetry.enabled()
