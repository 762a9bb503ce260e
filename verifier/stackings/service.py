"""Stacking: verified credentials, or supposed facts, toward one target. The engine is `passport.stacking`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from passport.jose.encoding import JsonObject
from passport.stacking import stack
from passport.stacking.catalogue import Catalogue
from passport.stacking.evidence import facts_from_credentials
from passport.verification.verify import Expected
from verifier.stackings.models import StackingBody
from verifier.verifications.service import VerificationService

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class StackingService:
    """One catalogue, one way of verifying."""

    def __init__(
        self, *, catalogue: Catalogue, verifications: VerificationService, clock: Callable[[], datetime]
    ) -> None:
        self._catalogue = catalogue
        self._verifications = verifications
        self._clock = clock

    async def stack(self, body: StackingBody, lang: str) -> JsonObject:
        """Return the answer of contract section 5. Raises: the engine's WrongUse for a target that cannot be read."""
        target: dict[str, Any] = dict(body.target)
        target.setdefault("date", self._clock().astimezone(AMSTERDAM).date().isoformat())
        if body.evidence is not None:
            return stack(catalogue=self._catalogue, target=target, evidence=body.evidence, lang=lang, what_if=True)
        return await self._stack_presentations(body, target, lang)

    async def _stack_presentations(self, body: StackingBody, target: dict[str, Any], lang: str) -> JsonObject:
        given = body.expected
        expected = None if given is None else Expected(nonce=given.nonce, audience=given.audience)
        reports = await self._verifications.verify_all(
            [text.strip() for text in body.presentations or ()],
            expected=expected,
            require_holder_binding=expected is not None,
        )
        facts = facts_from_credentials(reports, holder_binding="not_requested" if expected is None else "proven")
        return stack(catalogue=self._catalogue, target=target, evidence=facts, lang=lang, what_if=False)
