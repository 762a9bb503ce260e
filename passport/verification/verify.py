"""The one verification: parse, ask for what is lacking, run the twelve checks, report.

It does not fetch, keep or look at a clock. Cheap refusals come first; nothing unsigned makes us fetch.

The steps, each marked below:
(1) structure, (2) algorithm, (3) issuer key, (4) signature, (5) disclosures, (6) type, (7) schema, (8) validity,
(9) status, (10) accreditation, (11) countersignature, (12) holder binding.
Source: RFC 9901 §7.1 and §7.3; SD-JWT VC §2.4 and §2.5; Token Status List §8.3; CONTRACT sections 4 and 6.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from passport.credentials.credential_type import CredentialType
from passport.credentials.formats import FORMATS, parse_credential
from passport.credentials.formats.base import Format, UnverifiedCredential
from passport.credentials.status_list import StatusListMalformed, StatusReference, parse_status_reference
from passport.credentials.types import by_vct
from passport.errors import Malformed
from passport.jose.encoding import JsonObject, encode_base64url
from passport.jose.jws import check_signature
from passport.jose.keys import ALGORITHMS, ES256, PublicKey, parse_jwk
from passport.trust.accreditation import may_award
from passport.trust.issuer_keys import KeyAnswer, KeyRequest
from passport.trust.register import Organisation, TrustRegister, algorithms_of
from passport.verification.countersignature import check_countersignature
from passport.verification.materials import STATUS_LIST, Materials, Need
from passport.verification.policy import Policy
from passport.verification.report import (
    CHECK_IDS,
    Check,
    Outcome,
    Report,
    ShownCredential,
    VerifiedCredential,
    instant,
)
from passport.verification.status import look_up, number

TOLERANCE: Final = 60
_LAST_INSTANT: Final = 253402300799

SECTIONS: Final[Mapping[str, str]] = {
    "structure": "RFC 9901 §4; SD-JWT VC §2.2",
    "algorithm": "RFC 8725 §3.1",
    "issuer_key": "SD-JWT VC §2.5",
    "signature": "RFC 9901 §7.1",
    "disclosures": "RFC 9901 §7.1",
    "type": "SD-JWT VC §2.2.2.1, §6",
    "schema": "SD-JWT VC §5.6",
    "validity": "RFC 7519 §4.1; SD-JWT VC §2.4",
    "status": "Token Status List §8.3",
    "accreditation": "WEB 1.4.1; CASES R3, R4",
    "countersignature": "WEB 7.2.10, 7.4.6a; CASES R5",
    "holder_binding": "RFC 9901 §7.3",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the holder's key binding must be bound to: this transaction's nonce and this verifier's full client id."""

    nonce: str
    audience: str


class Presented:
    """A parsed credential or presentation. It remembers which keys signed it, so that asking twice costs once."""

    __slots__ = ("_signed", "credential", "form")

    def __init__(self, credential: UnverifiedCredential) -> None:
        self.credential = credential
        self.form: Format = FORMATS[credential.format]
        self._signed: dict[str, bool] = {}

    @property
    def id(self) -> str:
        """The first 16 characters of base64url(SHA-256(issuer-signed JWT)): what a person sees as its number."""
        return encode_base64url(hashlib.sha256(self.credential.jws.compact.encode("ascii")).digest())[:16]

    def signed_by(self, key: PublicKey) -> bool:
        """Whether this key made the issuer's signature."""
        known = self._signed.get(key.thumbprint)
        if known is None:
            known = check_signature(self.credential.jws, key, algorithms=(key.alg,))
            self._signed[key.thumbprint] = known
        return known


def parse_presented(text: str) -> Presented:
    """Parse a credential or presentation. Raises: Malformed."""
    return Presented(parse_credential(text))


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
    answer = issuer.keys.answer(_key_request(credential), documents)
    if answer.lacking is not None:
        return (Need(kind=answer.lacking.kind, url=answer.lacking.url),)
    if not any(presented.signed_by(key) for key in answer.keys):
        return ()
    lacking: list[Need] = []
    reference = _status_reference(credential.payload)
    if reference is not None and materials.get(STATUS_LIST, reference.uri) is None:
        lacking.append(Need(kind=STATUS_LIST, url=reference.uri))
    ctype = by_vct(credential.vct)
    if ctype is not None and ctype.name == "praktijkverklaring":
        try:
            claims = presented.form.disclosed_claims(credential)
        except Malformed:
            return ()
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
    examination = _Examination(materials=materials, register=register, policy=policy, expected=expected, at=at)
    if isinstance(presented, str):
        try:
            presented = parse_presented(presented)
        except Malformed as error:
            examination.note("structure", Outcome.FAILED, "malformed", problem=error.code)
            return examination.report(None)
    examination.run(presented)
    return examination.report(presented)


def _key_request(credential: UnverifiedCredential) -> KeyRequest:
    issued_at = datetime.fromtimestamp(max(0, min(credential.issued_at, _LAST_INSTANT)), UTC)
    return KeyRequest(header=credential.jws.header, issued_at=issued_at)


def _status_reference(payload: JsonObject) -> StatusReference | None:
    try:
        return parse_status_reference(payload.get("status"))
    except StatusListMalformed:
        return None


class _Examination:
    """One run of `verify`: collects the checks and what they found out."""

    def __init__(
        self,
        *,
        materials: Materials,
        register: TrustRegister | None,
        policy: Policy,
        expected: Expected | None,
        at: datetime,
    ) -> None:
        self.materials = materials
        self.documents = materials.bodies()
        self.register = register
        self.policy = policy
        self.expected = expected
        self.at = at
        self.checks: dict[str, Check] = {}
        self.issuer: Organisation | None = None
        self.ctype: CredentialType | None = None
        self.claims: JsonObject | None = None
        self.status = "unknown"
        self.holder_key: PublicKey | None = None
        self.holder_binding = "not_requested"
        self.leerbedrijf: Organisation | None = None
        self.inputs: list[JsonObject] = []

    def note(self, check: str, outcome: Outcome, code: str | None = None, **evidence: str) -> bool:
        """Write down one check; True if it passed."""
        self.checks[check] = Check(id=check, outcome=outcome, code=code, section=SECTIONS[check], evidence=evidence)
        return outcome is Outcome.PASSED

    def run(self, presented: Presented) -> None:
        """The steps in order. Until the signature holds a failure ends the run; after it each check speaks for itself."""
        credential = presented.credential
        self.note("structure", Outcome.PASSED)  # (1) parsing was strict
        self._look_up_issuer(credential)
        if not self._algorithm(credential):
            return
        answer = self._issuer_key(credential)
        if answer is None or not self._signature(presented, answer):
            return
        if not self._disclosures(presented):
            return
        assert self.claims is not None and self.issuer is not None and self.register is not None
        if self._type(credential):
            self._schema()
        self._validity(credential)
        self._status(credential)
        self._accreditation()
        self._countersignature()
        self._holder_binding(presented)

    def _look_up_issuer(self, credential: UnverifiedCredential) -> None:
        if self.register is not None:
            self.issuer = self.register.find(credential.iss)
            self.inputs.append(_register_input(self.register))

    def _algorithm(self, credential: UnverifiedCredential) -> bool:
        # (2) RFC 8725 §3.1: the allow-list is ours, per issuer; the token only says which one it used
        allowed = frozenset({ES256}) if self.issuer is None else algorithms_of(self.issuer)
        if credential.jws.header.get("alg") not in (allowed if self.issuer is not None else ALGORITHMS):
            return self.note("algorithm", Outcome.FAILED, "algorithm_not_allowed")
        return self.note("algorithm", Outcome.PASSED)

    def _issuer_key(self, credential: UnverifiedCredential) -> KeyAnswer | None:
        # (3) SD-JWT VC §2.5: keys only from the register, by the mechanism that it pins
        if self.register is None:
            self.note("issuer_key", Outcome.UNDETERMINED, "no_register")
            return None
        stale = self.register.is_stale(self.at)
        if self.issuer is None:
            if stale:
                self.note("issuer_key", Outcome.UNDETERMINED, "register_stale")
            else:
                self.note("issuer_key", Outcome.FAILED, "issuer_unknown")
            return None
        answer = self.issuer.keys.answer(_key_request(credential), self.documents)
        if answer.problem is not None:
            self.note("issuer_key", Outcome.FAILED, answer.problem)
            return None
        if answer.lacking is not None or answer.unavailable is not None:
            self.note("issuer_key", Outcome.UNDETERMINED, answer.unavailable or "issuer_keys_unavailable")
            return None
        if stale:
            self.note("issuer_key", Outcome.UNDETERMINED, "register_stale")
        else:
            self.note("issuer_key", Outcome.PASSED)
        return answer

    def _signature(self, presented: Presented, answer: KeyAnswer) -> bool:
        # (4) RFC 9901 §7.1 step 2
        assert self.issuer is not None
        allowed = algorithms_of(self.issuer)
        if any(key.alg in allowed and presented.signed_by(key) for key in answer.keys):
            return self.note("signature", Outcome.PASSED)
        return self.note("signature", Outcome.FAILED, "signature_invalid")

    def _disclosures(self, presented: Presented) -> bool:
        # (5) RFC 9901 §7.1 step 3: every disclosure belongs to a digest, none twice, none overwrites
        try:
            self.claims = presented.form.disclosed_claims(presented.credential)
        except Malformed as error:
            return self.note("disclosures", Outcome.FAILED, "disclosures_invalid", problem=error.code)
        return self.note("disclosures", Outcome.PASSED)

    def _type(self, credential: UnverifiedCredential) -> bool:
        # (6) a type that we know, and the type metadata that the issuer meant
        self.ctype = by_vct(credential.vct)
        if self.ctype is None:
            return self.note("type", Outcome.FAILED, "type_unknown")
        integrity = credential.payload.get("vct#integrity")
        if integrity is not None and integrity != self.ctype.integrity:
            return self.note("type", Outcome.FAILED, "type_metadata_differs")
        return self.note("type", Outcome.PASSED)

    def _schema(self) -> None:
        # (7) SVC-44: an undisclosed claim is not a missing one
        assert self.ctype is not None and self.claims is not None
        problems = self.ctype.disclosed_problems(self.claims)
        if problems:
            self.note("schema", Outcome.FAILED, "schema_mismatch", where=problems[0].partition(":")[0] or "/")
        else:
            self.note("schema", Outcome.PASSED)

    def _validity(self, credential: UnverifiedCredential) -> None:
        # (8) RFC 7519 §4.1.4 to §4.1.6, sixty seconds of tolerance
        now = self.at.timestamp()
        payload = credential.payload
        try:
            if "exp" in payload and number(payload["exp"]) <= now - TOLERANCE:
                self.note("validity", Outcome.FAILED, "expired")
            elif "nbf" in payload and number(payload["nbf"]) > now + TOLERANCE:
                self.note("validity", Outcome.FAILED, "not_yet_valid")
            elif credential.issued_at > now + TOLERANCE:
                self.note("validity", Outcome.FAILED, "issued_in_future")
            else:
                self.note("validity", Outcome.PASSED)
        except Malformed:
            self.note("validity", Outcome.FAILED, "validity_malformed")

    def _status(self, credential: UnverifiedCredential) -> None:
        # (9) all our types carry a status; what cannot be looked up is undetermined
        assert self.issuer is not None
        if "status" not in credential.payload:
            self.note("status", Outcome.FAILED, "status_missing")
            return
        try:
            reference = parse_status_reference(credential.payload["status"])
        except StatusListMalformed:
            self.note("status", Outcome.FAILED, "status_malformed")
            return
        material = self.materials.get(STATUS_LIST, reference.uri)
        answer = look_up(reference, material=material, issuer=self.issuer, documents=self.documents, at=self.at)
        self.status = answer.status
        self.note("status", answer.outcome, answer.code)
        if material is not None:
            self.inputs.append(
                {
                    "kind": STATUS_LIST,
                    "url": reference.uri,
                    "fetched_at": instant(material.fetched_at) if material.body is not None else None,
                    "valid_until": None if answer.valid_until is None else instant(answer.valid_until),
                }
            )

    def _accreditation(self) -> None:
        # (10) the register alone answers whether this organisation may award this, for these crebos, on that day
        assert self.issuer is not None and self.claims is not None and self.register is not None
        if self.ctype is None or self.checks["schema" if "schema" in self.checks else "type"].outcome is not Outcome.PASSED:
            return
        if self.issuer.kind != self.ctype.issuer_kind:
            self.note("accreditation", Outcome.FAILED, "wrong_kind")
            return
        award = may_award(
            self.issuer.accreditations,
            type=self.ctype.name,
            crebos=self.ctype.crebos(self.claims),
            since=self.ctype.decisive_date(self.claims),
        )
        if not award.allowed:
            assert award.code is not None
            self.note("accreditation", Outcome.FAILED, award.code, crebo=award.crebo or "")
        elif self.register.is_stale(self.at):
            self.note("accreditation", Outcome.UNDETERMINED, "register_stale")
        else:
            self.note("accreditation", Outcome.PASSED)

    def _countersignature(self) -> None:
        # (11) two parties sign a praktijkverklaring
        assert self.claims is not None and self.register is not None
        if self.ctype is None or self.ctype.name != "praktijkverklaring":
            self.note("countersignature", Outcome.SKIPPED, "not_applicable")
            return
        if self.checks["type"].outcome is not Outcome.PASSED or self.checks["schema"].outcome is not Outcome.PASSED:
            return
        answer = check_countersignature(self.claims, register=self.register, documents=self.documents, at=self.at)
        if answer.outcome is Outcome.PASSED and self.register.is_stale(self.at):
            self.note("countersignature", Outcome.UNDETERMINED, "register_stale")
        else:
            self.note("countersignature", answer.outcome, answer.code)
            self.leerbedrijf = answer.leerbedrijf

    def _holder_binding(self, presented: Presented) -> None:
        # (12) RFC 9901 §7.3: decided beforehand by the call, never by what came along
        if self.expected is None:
            self.note("holder_binding", Outcome.SKIPPED, "not_requested")
            self.holder_key = _holder_key(presented.credential.payload)
            return
        required = self.policy.holder_binding_required
        self.holder_key = _holder_key(presented.credential.payload)
        if not presented.form.has_holder_binding(presented.credential):
            self.holder_binding = "missing"
            self.note("holder_binding", Outcome.FAILED if required else Outcome.SKIPPED, "kb_missing")
            return
        if self.holder_key is None:
            self.holder_binding = "failed"
            self.note("holder_binding", Outcome.FAILED, "cnf_missing")
            return
        problem = presented.form.holder_binding_problem(
            presented.credential,
            self.holder_key,
            nonce=self.expected.nonce,
            audience=self.expected.audience,
            at=self.at,
        )
        self.holder_binding = "proven" if problem is None else "failed"
        self.note("holder_binding", Outcome.PASSED if problem is None else Outcome.FAILED, problem)

    def report(self, presented: Presented | None) -> Report:
        """Put the twelve checks in order; what did not run is skipped."""
        for name in CHECK_IDS:
            if name not in self.checks:
                self.note(name, Outcome.SKIPPED, "not_reached")
        checks = tuple(self.checks[name] for name in CHECK_IDS)
        verdict = self.policy.verdict(checks)
        shown = None
        if presented is not None and self.checks["signature"].outcome is Outcome.PASSED:
            shown = ShownCredential(
                type=None if self.ctype is None else self.ctype.name,
                format=presented.credential.format,
                issuer_id=presented.credential.iss,
                issuer=self.issuer,
                claims=self.claims or {},
                status=self.status,
            )
        if self.expected is not None and self.checks["holder_binding"].code == "not_reached":
            self.holder_binding = "failed" if presented is None or _bound(presented) else "missing"
        return Report(
            verdict=verdict,
            checks=checks,
            credential=shown,
            credential_id=None if presented is None else presented.id,
            holder_binding=self.holder_binding,
            checked_at=self.at,
            inputs=tuple(self.inputs),
            verified=self._verified(presented) if verdict == "accepted" and presented is not None else None,
        )

    def _verified(self, presented: Presented) -> VerifiedCredential:
        assert self.ctype is not None and self.issuer is not None and self.claims is not None
        return VerifiedCredential(
            id=presented.id,
            type=self.ctype,
            format=presented.credential.format,
            issuer=self.issuer,
            claims=self.claims,
            issued_at=_key_request(presented.credential).issued_at,
            holder_key=None if self.holder_key is None else self.holder_key.thumbprint,
            holder_proven=self.holder_binding == "proven",
            countersigned=self.checks["countersignature"].outcome is Outcome.PASSED,
            leerbedrijf=self.leerbedrijf,
        )


def _bound(presented: Presented) -> bool:
    return presented.form.has_holder_binding(presented.credential)


def _holder_key(payload: JsonObject) -> PublicKey | None:
    """The key in `cnf.jwk` (RFC 7800 §3), None where there is none that we can use."""
    cnf = payload.get("cnf")
    if not isinstance(cnf, dict) or "jwk" not in cnf:
        return None
    try:
        return parse_jwk(cnf["jwk"])
    except Malformed:
        return None


def _register_input(register: TrustRegister) -> JsonObject:
    return {
        "kind": "trust_register",
        "url": register.operator,
        "sequence": register.sequence,
        "fetched_at": None if register.issued_at is None else instant(register.issued_at),
        "valid_until": None if register.next_update is None else instant(register.next_update),
    }
