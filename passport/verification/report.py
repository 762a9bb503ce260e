"""The answer of a verification: twelve checks, a verdict, and claims only behind `require()`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Literal

from passport import messages
from passport.credentials.credential_type import CredentialType
from passport.errors import NotAccepted
from passport.jose.encoding import JsonObject
from passport.trust.register import Organisation

CHECK_IDS: Final = (
    "structure",
    "algorithm",
    "issuer_key",
    "signature",
    "disclosures",
    "type",
    "schema",
    "validity",
    "status",
    "accreditation",
    "countersignature",
    "holder_binding",
)

Verdict = Literal["accepted", "rejected", "undetermined"]


class Outcome(StrEnum):
    """Passed and failed are facts; undetermined: could not be looked up; skipped: did not run."""

    PASSED = "passed"
    FAILED = "failed"
    UNDETERMINED = "undetermined"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question and its answer. code: stable, null when passed. evidence: small facts, never claims or keys."""

    id: str
    outcome: Outcome
    section: str
    code: str | None = None
    evidence: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCredential:
    """What may be shown of a credential whose signature holds. For display only: never act upon it."""

    type: str | None
    format: str
    issuer_id: str
    issuer: Organisation | None
    claims: JsonObject
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedCredential:
    """A credential that was accepted: the only way to claims that may be acted upon.

    id: the first 16 characters of base64url(SHA-256(issuer-signed JWT)).
    holder_key: thumbprint of the key it is bound to.
    holder_proven: that key signed for the expected nonce and audience.
    countersigned: the leerbedrijf's own signature was disclosed and held.
    """

    id: str
    type: CredentialType
    format: str
    issuer: Organisation
    claims: JsonObject
    issued_at: datetime
    holder_key: str | None
    holder_proven: bool
    countersigned: bool
    leerbedrijf: Organisation | None


class Report:
    """The result of one verification. It has no truth value: ask `verdict`, or call `require()`."""

    __slots__ = (
        "_inputs",
        "_verified",
        "checked_at",
        "checks",
        "credential",
        "credential_id",
        "holder_binding",
        "verdict",
    )

    def __init__(
        self,
        *,
        verdict: str,
        checks: tuple[Check, ...],
        credential: ShownCredential | None,
        credential_id: str | None,
        holder_binding: str,
        checked_at: datetime,
        inputs: tuple[JsonObject, ...] | Callable[[], tuple[JsonObject, ...]],
        verified: VerifiedCredential | None,
    ) -> None:
        if verdict == "accepted" and verified is None:
            raise TypeError("an accepted report carries the verified credential")
        self.verdict = verdict
        self.checks = checks
        self.credential = credential
        self.credential_id = credential_id
        self.holder_binding = holder_binding
        self.checked_at = checked_at
        self._inputs = inputs
        self._verified = verified if verdict == "accepted" else None

    def __bool__(self) -> bool:
        raise TypeError("a report has no truth value; use report.verdict or report.require()")

    @property
    def inputs(self) -> tuple[JsonObject, ...]:
        """The documents that the answer rests on, and how old they are."""
        return self._inputs() if callable(self._inputs) else self._inputs

    def require(self) -> VerifiedCredential:
        """Return the verified credential. Raises: NotAccepted, which carries this report."""
        if self._verified is None:
            raise NotAccepted(f"verdict {self.verdict}", report=self, verdict=self.verdict)
        return self._verified

    def check(self, id: str) -> Check:
        """The check with this id."""
        return self.checks[CHECK_IDS.index(id)]

    def first_problem(self) -> Check | None:
        """The first check that failed, else the first that is undetermined."""
        for outcome in (Outcome.FAILED, Outcome.UNDETERMINED):
            for check in self.checks:
                if check.outcome is outcome:
                    return check
        return None

    def to_json(self, lang: str) -> JsonObject:
        """The report in the form of CONTRACT section 6."""
        return {
            "verdict": self.verdict,
            "checks": [
                {
                    "id": check.id,
                    "outcome": check.outcome.value,
                    "code": check.code,
                    "section": check.section,
                    "text": check_text(check, lang),
                }
                for check in self.checks
            ],
            "credential": None if self.credential is None else _shown(self.credential, lang),
            "holder_binding": self.holder_binding,
            "checked_at": instant(self.checked_at),
            "inputs": list(self.inputs),
        }


def check_text(check: Check, lang: str) -> str:
    """The sentence for one check: by its code where it has one, else by its outcome."""
    return messages.text(f"checks.{check.id}.{check.code or check.outcome.value}", lang, **dict(check.evidence))


def instant(moment: datetime) -> str:
    """A moment as the contract writes it: UTC, whole seconds, `Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(credential: ShownCredential, lang: str) -> dict[str, Any]:
    issuer = credential.issuer
    return {
        "type": credential.type,
        "format": credential.format,
        "issuer": {"id": credential.issuer_id, "name": None if issuer is None else issuer.display_name(lang)},
        "claims": credential.claims,
        "status": credential.status,
    }
