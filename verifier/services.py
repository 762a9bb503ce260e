"""What one running verifier consists of; endpoints reach it through the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from fastapi import Request

from verifier.certificates import RequestCertificate
from verifier.database import Database
from verifier.metrics import Metrics
from verifier.requests.service import RequestService
from verifier.settings import Settings
from verifier.stackings.service import StackingService
from verifier.trust import TrustSource
from verifier.verifications.service import VerificationService


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Made once, at the start of the application."""

    settings: Settings
    clock: Callable[[], datetime]
    database: Database
    trust: TrustSource
    certificate: RequestCertificate
    verifications: VerificationService
    requests: RequestService
    stackings: StackingService
    metrics: Metrics


def services_of(request: Request) -> Services:
    """Return the services of the application that answers this request."""
    return cast(Services, request.app.state.services)
