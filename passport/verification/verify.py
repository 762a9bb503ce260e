"""The one verification: ask for what is lacking, run the twelve checks, report.

It does not fetch, keep or look at a clock. Cheap refusals come first; nothing unsigned makes us fetch. Until the
issuer's signature holds a failure ends the run; after it each check speaks for itself. The steps, marked below:
(1) structure, (2) algorithm, (3) issuer key, (4) signature, (5) disclosures, (6) type, (7) schema, (8) validity,
(9) status, (10) accreditation, (11) countersignature, (12) holder binding.
Source: RFC 9901 §7.1 and §7.3; SD-JWT VC §2.4 and §2.5; Token Status List §8.3; CONTRACT sections 4 and 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from passport.credentials.credential_type import CredentialType
from passport.credentials.status_list import StatusListMalformed, parse_status_reference
from passport.credentials.types import by_vct
from passport.errors import Malformed
from passport.jose.encoding import JsonObject
from passport.trust.register import Organisation, TrustRegister, algorithms_of
from passport.verification import checks
from passport.verification.countersignature import check_countersignature
from passport.verification.materials import STATUS_LIST, Material, Materials, Need
from passport.verification.policy import Policy
from passport.verification.presented import Presented, parse_presented
from passport.verification.report import (
    CHECK_IDS,
    Check,
    Outcome,
    Report,
    ShownCredential,
    VerifiedCredential,
    instant,
)
from passport.verification.status import StatusAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the holder's key binding must be bound to: this transaction's nonce and this verifier's full client id."""

    nonce: str
    audience: str


def needs(
    presented: Presented, materials: Materials, register: TrustRegister | None, *, at: datetime
) -> tuple[Need, ...]:
    """Which documents are still lacking before `verify` can judge everything.

    First the issuer's keys, and only for an issuer that the register knows; a status list, and the keys of the
    leerbedrijf, only once the issuer's signature holds.
    """
    credential = presented.credential
    issuer = None if register is None else register.find(credential.iss)
    if register is None or issuer is None or credential.jws.header.get("alg") not in algorithms_of(issuer):
        return ()
    documents = materials.bodies()
    answer = issuer.keys.answer(presented.key_request, documents)
    if answer.lacking is not None:
        return (Need(kind=answer.lacking.kind, url=answer.lacking.url),)
    if not any(presented.signed_by(key) for key in answer.keys):
        return ()
    lacking: list[Need] = []
    try:
        reference = parse_status_reference(credential.payload.get("status"))
        if materials.get(STATUS_LIST, reference.uri) is None:
            lacking.append(Need(kind=STATUS_LIST, url=reference.uri))
    except StatusListMalformed:
        pass  # the check `status` says so; there is nothing to fetch
    ctype = by_vct(credential.vct)
    if ctype is not None and ctype.name == "praktijkverklaring":
        _, claims = checks.check_disclosures(presented)
        if claims is not None and checks.check_schema(ctype, presented).outcome is Outcome.PASSED:
            company = check_countersignature(claims, register=register, documents=documents, at=at)
            if company.lacking is not None:
                lacking.append(Need(kind=company.lacking.kind, url=company.lacking.url))
    return tuple(lacking)


def verify(
    presented: Presented | str,
    materials: Materials,
    register: TrustRegister | None,
    policy: Policy,
    *,
    expected: Expected | None = None,
    at: datetime,
) -> Report:
    """Run the twelve checks and return the report. A text that does not parse gives a rejected report.

    register: whom to believe; None makes the answer undetermined.
    expected: required when the policy requires holder binding.
    at: the moment of the check, with time zone.
    Raises: TypeError for a call that is itself wrong.
    """
    if policy.holder_binding_required and expected is None:
        raise TypeError("a policy that requires holder binding needs expected nonce and audience")
    if at.tzinfo is None:
        raise TypeError("at needs a time zone")
    findings = _Findings(policy=policy, expected=expected, register=register, at=at)
    if isinstance(presented, str):
        try:
            presented = parse_presented(presented)  # (1)
        except Malformed as error:
            findings.note(checks.failed("structure", "malformed", problem=error.code))
            return findings.report(None)
    findings.note(checks.passed("structure"))
    _examine(presented, findings, materials)
    return findings.report(presented)


def _examine(presented: Presented, findings: _Findings, materials: Materials) -> None:
    """Steps 2 to 12."""
    credential, register, at = presented.credential, findings.register, findings.at
    issuer = findings.issuer = None if register is None else register.find(credential.iss)
    documents = materials.bodies()
    if not findings.note(checks.check_algorithm(presented, issuer)):  # (2)
        return
    check, keys = checks.check_issuer_key(presented, register=register, issuer=issuer, documents=documents, at=at)
    findings.note(check)  # (3)
    if not keys or register is None or issuer is None:
        if check.outcome is Outcome.PASSED:
            findings.note(checks.failed("issuer_key", "key_unknown"))
        return
    if not findings.note(checks.check_signature_by(presented, keys)):  # (4)
        return
    check, claims = checks.check_disclosures(presented)
    if not findings.note(check) or claims is None:  # (5)
        return
    findings.claims = claims
    check, ctype = checks.check_type(credential)
    findings.note(check)  # (6)
    findings.ctype = ctype
    sound = ctype is not None and check.outcome is Outcome.PASSED
    if ctype is not None and sound:
        sound = findings.note(checks.check_schema(ctype, presented))  # (7)
    findings.note(checks.check_validity(credential, at))  # (8)
    check, answer, material = checks.check_status(
        credential, issuer=issuer, materials=materials, documents=documents, at=at
    )
    findings.note(check)  # (9)
    findings.note_status(answer, material)
    if ctype is not None and sound:
        findings.note(checks.check_accreditation(ctype, claims, issuer=issuer, register=register, at=at))  # (10)
        check, findings.leerbedrijf = checks.check_second_signature(
            ctype, claims, register=register, documents=documents, at=at
        )
        findings.note(check)  # (11)
    if findings.expected is None:
        findings.note(checks.skipped("holder_binding", "not_requested"))
        return
    check, findings.holder_binding = checks.check_holder_binding(
        presented,
        nonce=findings.expected.nonce,
        audience=findings.expected.audience,
        required=findings.policy.holder_binding_required,
        algorithms=algorithms_of(issuer),
        at=at,
    )
    findings.note(check)  # (12)


class _Findings:
    """What one run found out so far."""

    def __init__(
        self, *, policy: Policy, expected: Expected | None, register: TrustRegister | None, at: datetime
    ) -> None:
        self.policy = policy
        self.expected = expected
        self.register = register
        self.at = at
        self.checks: dict[str, Check] = {}
        self.issuer: Organisation | None = None
        self.ctype: CredentialType | None = None
        self.claims: JsonObject | None = None
        self.status = "unknown"
        self.holder_binding = "not_requested" if expected is None else "missing"
        self.leerbedrijf: Organisation | None = None
        self.status_input: tuple[Material, datetime | None] | None = None

    def note(self, check: Check) -> bool:
        """Write down one check; True if it passed."""
        self.checks[check.id] = check
        return check.outcome is Outcome.PASSED

    def note_status(self, answer: StatusAnswer | None, material: Material | None) -> None:
        """Write down what the status list said and how old it is."""
        if answer is not None:
            self.status = answer.status
        if answer is not None and material is not None:
            self.status_input = (material, answer.valid_until)

    def report(self, presented: Presented | None) -> Report:
        """Put the twelve checks in order; what did not run is skipped."""
        found = self.checks.get
        ordered = tuple([found(name) or checks.skipped(name, "not_reached") for name in CHECK_IDS])
        verdict = self.policy.verdict(ordered)
        signed = "signature" in self.checks and self.checks["signature"].outcome is Outcome.PASSED
        if self.expected is not None and "holder_binding" not in self.checks and presented is not None:
            self.holder_binding = "failed" if presented.bound else "missing"
        return Report(
            verdict=verdict,
            checks=ordered,
            credential=self._shown(presented) if presented is not None and signed else None,
            credential_id=None if presented is None else presented.id,
            holder_binding=self.holder_binding,
            checked_at=self.at,
            inputs=partial(_inputs, self.register, self.status_input),
            verified=self._verified(presented) if presented is not None and verdict == "accepted" else None,
        )

    def _shown(self, presented: Presented) -> ShownCredential:
        return ShownCredential(
            type=None if self.ctype is None else self.ctype.name,
            format=presented.credential.format,
            issuer_id=presented.credential.iss,
            issuer=self.issuer,
            claims=self.claims or {},
            status=self.status,
        )

    def _verified(self, presented: Presented) -> VerifiedCredential | None:
        if self.ctype is None or self.issuer is None or self.claims is None:
            return None  # a policy that requires less than that accepts nothing: Report refuses it
        key = presented.holder_key()
        return VerifiedCredential(
            id=presented.id,
            type=self.ctype,
            format=presented.credential.format,
            issuer=self.issuer,
            claims=self.claims,
            issued_at=presented.issued_at,
            holder_key=None if key is None else key.thumbprint,
            holder_proven=self.holder_binding == "proven",
            countersigned=self.leerbedrijf is not None,
            leerbedrijf=self.leerbedrijf,
        )


def _inputs(
    register: TrustRegister | None, status_input: tuple[Material, datetime | None] | None
) -> tuple[JsonObject, ...]:
    """What the answer rests on, in words for the report; made when it is asked for."""
    inputs = [] if register is None else [_register_input(register)]
    if status_input is not None:
        material, valid_until = status_input
        inputs.append(
            {
                "kind": material.kind,
                "url": material.url,
                "fetched_at": None if material.body is None else instant(material.fetched_at),
                "valid_until": None if valid_until is None else instant(valid_until),
            }
        )
    return tuple(inputs)


def _register_input(register: TrustRegister) -> JsonObject:
    return {
        "kind": "trust_register",
        "url": register.operator,
        "sequence": register.sequence,
        "fetched_at": None if register.issued_at is None else instant(register.issued_at),
        "valid_until": None if register.next_update is None else instant(register.next_update),
    }
