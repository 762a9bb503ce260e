"""What a verifier insists on. A required check that did not run blocks; an empty policy is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from passport.verification.report import CHECK_IDS, Check, Outcome

ALWAYS: Final = frozenset(CHECK_IDS) - {"countersignature", "holder_binding"}
"""Every check but two: the countersignature may stay hidden, and holder binding is decided per call (SDJ-24)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which checks decide.

    required: must have passed. unless_skipped: may be skipped, but if they ran they must have passed.
    """

    required: frozenset[str]
    unless_skipped: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.required or not (self.required | self.unless_skipped) <= frozenset(CHECK_IDS):
            raise TypeError("a policy names at least one check, and only known ones")

    @property
    def holder_binding_required(self) -> bool:
        return "holder_binding" in self.required

    def verdict(self, checks: Iterable[Check]) -> str:
        """`accepted`, `rejected` or `undetermined`, by the required checks alone."""
        passed = set()
        verdict = "accepted"
        for check in checks:
            outcome = check.outcome
            if outcome is Outcome.PASSED:
                passed.add(check.id)
            elif outcome is not Outcome.SKIPPED and (check.id in self.required or check.id in self.unless_skipped):
                if outcome is Outcome.FAILED:
                    return "rejected"
                verdict = "undetermined"
        if verdict == "accepted" and not self.required <= passed:
            return "rejected"
        return verdict


def policy_for(*, require_holder_binding: bool) -> Policy:
    """The house policy. With holder binding, the key binding must have been proven to the expected nonce and audience.

    Without it a key binding that comes along is still checked where nonce and audience are expected.
    """
    if require_holder_binding:
        return Policy(required=ALWAYS | {"holder_binding"}, unless_skipped=frozenset({"countersignature"}))
    return Policy(required=ALWAYS, unless_skipped=frozenset({"countersignature", "holder_binding"}))
