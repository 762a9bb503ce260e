"""Figures for `/metrics`. A registry of its own for each application, without personal data."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """Counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "skillspas_issuer_requests", "Answered requests", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "skillspas_issuer_request_seconds", "Time to answer", ("route",), registry=self.registry
        )
        self.offered = Counter("skillspas_issuer_offered", "Awards offered", ("type",), registry=self.registry)
        self.issued = Counter("skillspas_issuer_issued", "Credentials signed", ("type",), registry=self.registry)
        self.status_changes = Counter(
            "skillspas_issuer_status_changes", "Status changes", ("status",), registry=self.registry
        )
        self.wrong_tx_codes = Counter(
            "skillspas_issuer_wrong_tx_codes", "Wrong transaction codes", registry=self.registry
        )
