"""Logs never stand in the way of an answer."""

from __future__ import annotations

import io
import sys

import structlog

from verifier import logs


def test_a_stderr_that_was_replaced_and_closed_does_not_stop_the_next_log_line(monkeypatch):
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    logs.configure(as_json=True)
    log = structlog.get_logger("test")
    log.info("one")
    monkeypatch.setattr(sys, "stderr", second)
    first.close()
    log.info("two")
    assert '"two"' in second.getvalue()
