"""From what was presented to the answer, with everything that the answer rests on: what a signed statement records.

One function, `judge`, serves the service that answers and the replay that repeats it. It takes no clock and fetches
nothing: presentations, documents and register come in.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from passport.errors import Malformed
from passport.jose.encoding import JsonObject, canonical_json
from passport.stacking import stack
from passport.stacking.catalogue import Catalogue
from passport.stacking.evidence import NOT_REQUESTED, PERSON, facts_from_credentials, person_of
from passport.trust.register import TrustRegister
from passport.verification.materials import Materials
from passport.verification.policy import policy_for
from passport.verification.presented import Presented, parse_presented
from passport.verification.report import Outcome, Report
from passport.verification.verify import Expected, verify

PROVEN: Final = "proven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked. target: with its date. at: the moment of the verification. lang: of the answer's words."""

    target: Mapping[str, Any]
    lang: str
    at: datetime
    expected: Expected | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What was judged: texts of presentations, or supposed facts (`evidence`, then it is a what-if).

    materials: every document that the verifications asked for. register: None makes each verification undetermined.
    """

    presentations: tuple[str, ...] = ()
    evidence: Sequence[Any] | None = None
    materials: Materials = field(default_factory=Materials)
    register: TrustRegister | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The answer of contract section 5, and the report of each presentation, in order (none for a what-if)."""

    answer: JsonObject
    reports: tuple[Report, ...]
    presented: tuple[Presented | str, ...]


def parse_all(texts: Iterable[str]) -> tuple[Presented | str, ...]:
    """Parse each text; one that does not parse stays a text, and its report will say what is wrong."""
    return tuple(map(_parse, texts))


def _parse(text: str) -> Presented | str:
    try:
        return parse_presented(text)
    except Malformed:
        return text


def judge(
    question: Question,
    inputs: Inputs,
    catalogue: Catalogue,
    *,
    presented: Sequence[Presented | str] | None = None,
    proven_before: Collection[int] = (),
) -> Judgement:
    """Verify and stack.

    presented: the presentations as they were parsed before, where that was done.
    proven_before: places of presentations whose holder binding was proven at another moment, as a statement says.
        A key binding lives five minutes; whoever asks again later about the rest takes it as proven.
    Raises: the engine's WrongUse for a target or evidence that cannot be read.
    """
    if inputs.evidence is not None:
        answer = stack(
            catalogue=catalogue, target=question.target, evidence=inputs.evidence, lang=question.lang, what_if=True
        )
        return Judgement(answer=answer, reports=(), presented=())
    parsed = tuple(presented) if presented is not None else parse_all(inputs.presentations)
    reports = []
    for place, one in enumerate(parsed):
        expected = None if place in proven_before else question.expected
        policy = policy_for(require_holder_binding=expected is not None)
        reports.append(verify(one, inputs.materials, inputs.register, policy, expected=expected, at=question.at))
    facts = facts_from_credentials(reports, holder_binding=NOT_REQUESTED if question.expected is None else PROVEN)
    answer = stack(catalogue=catalogue, target=question.target, evidence=facts, lang=question.lang, what_if=False)
    return Judgement(answer=answer, reports=tuple(reports), presented=parsed)


def digest_of(data: bytes) -> str:
    """`sha256-` and base64, as `vct#integrity` and a diploma's `evidence` write it (W3C SRI)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(data).digest()).decode("ascii")


def digest_of_text(text: str) -> str:
    """The digest of a text as it travels."""
    return digest_of(text.encode("utf-8"))


def holder_digest(person: Mapping[str, str], salt: str) -> str:
    """Name a person without naming: only who has the salt and knows the person can compare.

    person: given_name, family_name and birthdate, as claims. salt: random, kept beside the statement, never in it.
    """
    return digest_of(salt.encode("utf-8") + b"." + canonical_json(person_of(person)))


def holders(reports: Iterable[Report], salt: str) -> list[str]:
    """The digests of everybody whom the accepted credentials name (more than one where a name differs)."""
    claims = [report.require().claims for report in reports if report.verdict == "accepted"]
    return sorted({holder_digest(one, salt) for one in claims if len(person_of(one)) == len(PERSON)})


def record_of(text: str, parsed: Presented | str, report: Report) -> JsonObject:
    """What a statement keeps of one presentation: digests and findings, no claim. What is not proven is null."""
    shown = report.credential
    return {
        "presentation": digest_of_text(text),
        "issuer_signed": None if isinstance(parsed, str) else digest_of_text(parsed.credential.jws.compact),
        "id": report.credential_id,
        "type": None if shown is None else shown.type,
        "iss": None if shown is None else shown.issuer_id,
        "verdict": report.verdict,
        "status": "unknown" if shown is None else shown.status,
        "holder_binding": report.holder_binding,
        "problems": {
            check.id: check.code
            for check in report.checks
            if check.outcome in (Outcome.FAILED, Outcome.UNDETERMINED) and check.code is not None
        },
    }
