"""The one way in which this service verifies: gather what is needed, then `passport.verification.verify`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from passport.network import Fetcher, MaterialCache, gather
from passport.stacking.judgement import parse_all
from passport.trust.register import TrustRegister
from passport.verification.materials import Materials
from passport.verification.policy import policy_for
from passport.verification.presented import Presented
from passport.verification.report import Report
from passport.verification.verify import Expected, verify
from verifier.trust import TrustSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A report, with what it is about; `presented` is None for a text that does not parse."""

    report: Report
    presented: Presented | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """Presentations, parsed where they parse, with every document and the register by which they are judged."""

    presented: tuple[Presented | str, ...]
    materials: Materials
    register: TrustRegister | None


class VerificationService:
    """Used by the verifications, the requests and the stackings alike."""

    def __init__(self, *, trust: TrustSource, fetcher: Fetcher, clock: Callable[[], datetime]) -> None:
        self._trust = trust
        self._fetcher = fetcher
        self._clock = clock
        self._cache = MaterialCache()

    async def verify_all(
        self, texts: Sequence[str], *, expected: Expected | None, require_holder_binding: bool
    ) -> list[Report]:
        """Return one report for each text, in order. See `verify_presented`."""
        found = await self.verify_presented(texts, expected=expected, require_holder_binding=require_holder_binding)
        return [one.report for one in found]

    async def verify_presented(
        self, texts: Sequence[str], *, expected: Expected | None, require_holder_binding: bool
    ) -> list[Verified]:
        """Return one report for each text, in order, all at one moment and by one register.

        expected: nonce and audience of the transaction; required where holder binding is.
        """
        at = self._clock()
        collected = await self.collect(texts, at=at)
        policy = policy_for(require_holder_binding=require_holder_binding)
        return [
            Verified(
                report=verify(one, collected.materials, collected.register, policy, expected=expected, at=at),
                presented=one if isinstance(one, Presented) else None,
            )
            for one in collected.presented
        ]

    async def collect(self, texts: Sequence[str], *, at: datetime) -> Collected:
        """Parse, and gather every document that verifying will ask for."""
        register = await self._trust.current(at)
        presented = parse_all(texts)
        readable = [one for one in presented if isinstance(one, Presented)]
        materials = await gather(readable, register, self._fetcher, at=at, cache=self._cache)
        return Collected(presented=presented, materials=materials, register=register)
