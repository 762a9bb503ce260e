"""The one way in which this service verifies: gather what is needed, then `passport.verification.verify`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from passport.errors import Malformed
from passport.network import Fetcher, MaterialCache, gather
from passport.verification.policy import policy_for
from passport.verification.presented import Presented, parse_presented
from passport.verification.report import Report
from passport.verification.verify import Expected, verify
from verifier.trust import TrustSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A report, with what it is about; `presented` is None for a text that does not parse."""

    report: Report
    presented: Presented | None


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
        register = await self._trust.current(at)
        presented: list[Presented | str] = [_parse(text) for text in texts]
        readable = [one for one in presented if isinstance(one, Presented)]
        materials = await gather(readable, register, self._fetcher, at=at, cache=self._cache)
        policy = policy_for(require_holder_binding=require_holder_binding)
        return [
            Verified(
                report=verify(one, materials, register, policy, expected=expected, at=at),
                presented=one if isinstance(one, Presented) else None,
            )
            for one in presented
        ]


def _parse(text: str) -> Presented | str:
    try:
        return parse_presented(text)
    except Malformed:
        return text  # `verify` says in its report what is wrong with it
