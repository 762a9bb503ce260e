"""Counters for Prometheus. Labels are routes, verdicts and states; never an id, a name or an address."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls = Counter("verifier_calls_total", "Calls", ["method", "route", "status"], registry=self.registry)
        self._seconds = Histogram("verifier_call_seconds", "Duration of calls", ["route"], registry=self.registry)
        self._verdicts = Counter("verifier_verdicts_total", "Verdicts", ["verdict"], registry=self.registry)
        self._requests = Counter("verifier_requests_total", "Presentation requests", ["state"], registry=self.registry)

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one call."""
        known = method if method in {"GET", "POST", "HEAD", "OPTIONS"} else "other"
        self._calls.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def verdict(self, verdict: str) -> None:
        """Count one verdict."""
        self._verdicts.labels(verdict).inc()

    def request(self, state: str) -> None:
        """Count a presentation request that was made (`created`), `answered` or `refused`."""
        self._requests.labels(state).inc()

    def text(self) -> bytes:
        """The Prometheus text form."""
        return generate_latest(self.registry)
