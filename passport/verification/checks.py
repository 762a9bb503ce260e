"""The checks, one function a question, each answering with a `Check`. Pure; the order is `verify`'s.

Where a check finds out something that later steps need, it returns that beside the check.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from passport.credentials.credential_type import CredentialType
from passport.credentials.formats.base import UnverifiedCredential
from passport.credentials.status_list import StatusListMalformed, parse_status_reference
from passport.credentials.types import by_vct
from passport.errors import Malformed
from passport.jose.encoding import JsonObject
from passport.jose.keys import ALGORITHMS, PublicKey
from passport.trust.accreditation import may_award
from passport.trust.issuer_keys.base import Documents
from passport.trust.register import Organisation, TrustRegister, algorithms_of
from passport.verification.countersignature import check_countersignature
from passport.verification.materials import STATUS_LIST, Material, Materials
from passport.verification.presented import Presented
from passport.verification.report import Check, Outcome
from passport.verification.status import StatusAnswer, look_up, number

TOLERANCE: Final = 60
"""Seconds of clock difference that are forgiven for exp, nbf and iat."""

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


_PASSED: Final = {name: Check(id=name, outcome=Outcome.PASSED, section=section) for name, section in SECTIONS.items()}


def passed(name: str) -> Check:
    return _PASSED[name]


def failed(name: str, code: str, **evidence: str) -> Check:
    return Check(id=name, outcome=Outcome.FAILED, code=code, section=SECTIONS[name], evidence=evidence)


def undetermined(name: str, code: str) -> Check:
    return Check(id=name, outcome=Outcome.UNDETERMINED, code=code, section=SECTIONS[name])


def skipped(name: str, code: str) -> Check:
    return Check(id=name, outcome=Outcome.SKIPPED, code=code, section=SECTIONS[name])


def check_algorithm(presented: Presented, issuer: Organisation | None) -> Check:
    """RFC 8725 §3.1: the allow-list is ours, per issuer; the token only says which one it used."""
    allowed = ALGORITHMS if issuer is None else algorithms_of(issuer)
    if presented.credential.jws.header.get("alg") in allowed:
        return passed("algorithm")
    return failed("algorithm", "algorithm_not_allowed")


def check_issuer_key(
    presented: Presented,
    *,
    register: TrustRegister | None,
    issuer: Organisation | None,
    documents: Documents,
    at: datetime,
) -> tuple[Check, tuple[PublicKey, ...]]:
    """Keys only from the register, by the mechanism that it pins (SVC-11). Returns the keys to try."""
    if register is None:
        return undetermined("issuer_key", "no_register"), ()
    stale = register.is_stale(at)
    if issuer is None:
        if stale:
            return undetermined("issuer_key", "register_stale"), ()
        return failed("issuer_key", "issuer_unknown"), ()
    answer = issuer.keys.answer(presented.key_request, documents)
    if answer.problem is not None:
        return failed("issuer_key", answer.problem), ()
    if answer.lacking is not None or answer.unavailable is not None:
        return undetermined("issuer_key", answer.unavailable or "issuer_keys_unavailable"), ()
    allowed = algorithms_of(issuer)
    keys = tuple(key for key in answer.keys if key.alg in allowed)
    return (undetermined("issuer_key", "register_stale") if stale else passed("issuer_key")), keys


def check_signature_by(presented: Presented, keys: tuple[PublicKey, ...]) -> Check:
    """RFC 9901 §7.1 step 2."""
    if any(presented.signed_by(key) for key in keys):
        return passed("signature")
    return failed("signature", "signature_invalid")


def check_disclosures(presented: Presented) -> tuple[Check, JsonObject | None]:
    """RFC 9901 §7.1 step 3: every disclosure belongs to a digest, none twice, none overwrites. Returns the claims."""
    try:
        return passed("disclosures"), presented.shown()[0]
    except Malformed as error:
        return failed("disclosures", "disclosures_invalid", problem=error.code), None


def check_type(credential: UnverifiedCredential) -> tuple[Check, CredentialType | None]:
    """A type that we know, with the type metadata that the issuer meant (SVC-40, SVC-41)."""
    ctype = by_vct(credential.vct)
    if ctype is None:
        return failed("type", "type_unknown"), None
    integrity = credential.payload.get("vct#integrity")
    if integrity is not None and not ctype.matches_integrity(integrity):
        return failed("type", "type_metadata_differs"), ctype
    return passed("type"), ctype


def check_schema(ctype: CredentialType, presented: Presented) -> Check:
    """What is there must be right (SVC-43), and an undisclosed claim is not a missing one (SVC-44).

    A claim that the type always shows may not come from a disclosure: else a holder could leave out what counts
    against him. A claim that stands in the clear although it could have been hidden is only the issuer's bad manners.
    """
    claims, places = presented.shown()
    problems = ctype.disclosed_problems(claims) or ctype.hideable_problems(places)
    if problems:
        return failed("schema", "schema_mismatch", where=problems[0].partition(":")[0] or "/")
    return passed("schema")


def check_validity(credential: UnverifiedCredential, at: datetime) -> Check:
    """RFC 7519 §4.1.4 to §4.1.6."""
    now, payload = at.timestamp(), credential.payload
    try:
        if "exp" in payload and number(payload["exp"]) <= now - TOLERANCE:
            return failed("validity", "expired")
        if "nbf" in payload and number(payload["nbf"]) > now + TOLERANCE:
            return failed("validity", "not_yet_valid")
    except Malformed:
        return failed("validity", "validity_malformed")
    if credential.issued_at > now + TOLERANCE:
        return failed("validity", "issued_in_future")
    return passed("validity")


def check_status(
    credential: UnverifiedCredential, *, issuer: Organisation, materials: Materials, documents: Documents, at: datetime
) -> tuple[Check, StatusAnswer | None, Material | None]:
    """All our types carry a status; what cannot be looked up is undetermined, never valid (TSL-07, TSL-08)."""
    if "status" not in credential.payload:
        return failed("status", "status_missing"), None, None
    try:
        reference = parse_status_reference(credential.payload["status"])
    except StatusListMalformed:
        return failed("status", "status_malformed"), None, None
    material = materials.get(STATUS_LIST, reference.uri)
    answer = look_up(reference, material=material, issuer=issuer, documents=documents, at=at)
    check = Check(id="status", outcome=answer.outcome, code=answer.code, section=SECTIONS["status"])
    return check, answer, material


def check_accreditation(
    ctype: CredentialType, claims: JsonObject, *, issuer: Organisation, register: TrustRegister, at: datetime
) -> Check:
    """The register alone answers whether this organisation may award this, for these crebos, on that day."""
    if issuer.kind != ctype.issuer_kind:
        return failed("accreditation", "wrong_kind")
    award = may_award(
        issuer.accreditations, type=ctype.name, crebos=ctype.crebos(claims), since=ctype.decisive_date(claims)
    )
    if award.code is not None:
        return failed("accreditation", award.code, crebo=award.crebo or "")
    if register.is_stale(at):
        return undetermined("accreditation", "register_stale")
    return passed("accreditation")


def check_second_signature(
    ctype: CredentialType, claims: JsonObject, *, register: TrustRegister, documents: Documents, at: datetime
) -> tuple[Check, Organisation | None]:
    """Two parties sign a praktijkverklaring. Returns the leerbedrijf when its signature was shown and holds."""
    name = "countersignature"
    if ctype.name != "praktijkverklaring":
        return skipped(name, "not_applicable"), None
    answer = check_countersignature(claims, register=register, documents=documents, at=at)
    if answer.outcome is Outcome.PASSED and register.is_stale(at):
        return undetermined(name, "register_stale"), None
    check = Check(id=name, outcome=answer.outcome, code=answer.code, section=SECTIONS[name])
    return check, answer.leerbedrijf


def check_holder_binding(
    presented: Presented, *, nonce: str, audience: str, required: bool, algorithms: Collection[str], at: datetime
) -> tuple[Check, str]:
    """RFC 9901 §7.3; whether it is asked was decided beforehand, never by what came along (SDJ-24).

    Returns the word of the contract beside the check: proven, missing or failed.
    """
    name = "holder_binding"
    if not presented.bound:
        return (failed(name, "kb_missing") if required else skipped(name, "kb_missing")), "missing"
    key = presented.holder_key()
    if key is None:
        return failed(name, "cnf_missing"), "failed"
    problem = presented.form.holder_binding_problem(
        presented.credential, key, nonce=nonce, audience=audience, at=at, algorithms=algorithms
    )
    return (passed(name), "proven") if problem is None else (failed(name, problem), "failed")
