"""The signed statement of a stack: a JWT of type `stacking-report+jwt` (issue 3, "a verdict that another can check").

It holds the whole answer and, of everything the answer rests on, a digest: of each presentation, status list, the
register and the catalogue. So it tells no claim of the holder, and who has the inputs can repeat it (`replay.py`).
It says what a verifier computed, never that somebody has a diploma: the school decides.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final

from passport.errors import Malformed
from passport.jose.encoding import JsonObject, canonical_json, encode_json, is_numeric_date, parse_json_object
from passport.jose.jws import JwsWriter, UnverifiedJws, check_signature, parse_jws
from passport.jose.keys import ALGORITHMS, Signer
from passport.stacking.catalogue import Catalogue
from passport.stacking.judgement import Inputs, Judgement, Question, digest_of, digest_of_text, holders, record_of
from passport.trust.issuer_keys import KeyRequest
from passport.trust.issuer_keys.x5c import leaf_key
from passport.trust.register import Organisation, TrustRegister, algorithms_of
from passport.verification.materials import Materials
from passport.verification.report import instant
from passport.verification.verify import Expected

TYP: Final = "stacking-report+jwt"
VERSION: Final = 1
MAX_STATEMENT_BYTES: Final = 4 * 1024 * 1024
TOLERANCE: Final = timedelta(seconds=60)


class StatementMalformed(Malformed):
    """Not a signed statement of a stack, or one of a form that we do not know."""

    code: ClassVar[str] = "statement_malformed"


def create_statement(
    question: Question,
    inputs: Inputs,
    judgement: Judgement,
    catalogue: Catalogue,
    *,
    signer: Signer,
    chain: Sequence[bytes],
    iss: str,
    person_salt: str,
    software: str,
) -> str:
    """Return the signed statement. iss: the signer's id in a trust register. chain: its certificates (DER, leaf first).

    person_salt: random; hand it over beside the statement, so that the school can see that it is about its student.
    Raises: JsonNotCanonical for a target or evidence with numbers that JSON cannot carry.
    """
    payload = {
        "iss": iss,
        "iat": int(question.at.timestamp()),
        "version": VERSION,
        "software": software,
        "what_if": inputs.evidence is not None,
        "lang": question.lang,
        "target": parse_json_object(canonical_json(dict(question.target))),
        "expected": _expected_json(question.expected),
        "presentations": [
            record_of(text, parsed, report)
            for text, parsed, report in zip(inputs.presentations, judgement.presented, judgement.reports, strict=True)
        ],
        "evidence": None if inputs.evidence is None else evidence_digest(inputs.evidence),
        "holders": holders(judgement.reports, person_salt),
        "materials": _material_records(inputs.materials, judgement),
        "trust_register": _register_record(inputs.register) if inputs.evidence is None else None,
        "catalogue": {"version": catalogue.version, "digest": catalogue.digest},
        "holder_binding": judgement.answer.get("holder_binding"),
        "answer": judgement.answer,
    }
    header = {"typ": TYP, "x5c": [base64.b64encode(der).decode("ascii") for der in chain]}
    return JwsWriter(signer, header).sign(encode_json(payload))


def evidence_digest(evidence: Sequence[Any]) -> str:
    """The digest of supposed facts: of their RFC 8785 form."""
    return digest_of(canonical_json(list(evidence)))


def _expected_json(expected: Expected | None) -> JsonObject | None:
    return None if expected is None else {"nonce": expected.nonce, "audience": expected.audience}


def _register_record(register: TrustRegister | None) -> JsonObject | None:
    if register is None:
        return None
    return {
        "operator": register.operator,
        "sequence": register.sequence,
        "digest": register.digest,
        "issued_at": None if register.issued_at is None else instant(register.issued_at),
        "next_update": None if register.next_update is None else instant(register.next_update),
    }


def _material_records(materials: Materials, judgement: Judgement) -> list[JsonObject]:
    """Each document, by kind and place: its digest, when it was fetched and, of a status list, until when it holds."""
    ends = {entry["url"]: entry.get("valid_until") for report in judgement.reports for entry in report.inputs}
    return [
        {
            "kind": entry.kind,
            "url": entry.url,
            "digest": None if entry.body is None else digest_of(entry.body),
            "fetched_at": entry.fetched_at.isoformat(),
            "valid_until": ends.get(entry.url),
            "error": entry.error,
        }
        for entry in sorted(materials.by_place.values(), key=lambda one: (one.kind, one.url))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement that was read. Who signed it is for `check_signer`; until then its words are only words."""

    jws: UnverifiedJws
    payload: JsonObject

    @property
    def iss(self) -> str:
        return str(self.payload["iss"])

    @property
    def at(self) -> datetime:
        """The moment of the verification, UTC."""
        return datetime.fromtimestamp(self.payload["iat"], UTC)

    @property
    def what_if(self) -> bool:
        """Whether it judges supposed facts. Either sign of it is enough."""
        return self.payload["what_if"] is not False or self.answer.get("what_if") is not False

    @property
    def answer(self) -> JsonObject:
        answer: JsonObject = self.payload["answer"]
        return answer

    @property
    def target(self) -> JsonObject:
        target: JsonObject = self.payload["target"]
        return target

    @property
    def presentations(self) -> list[JsonObject]:
        records: list[JsonObject] = self.payload["presentations"]
        return records

    @property
    def question(self) -> Question:
        """What was asked, to ask it again."""
        given = self.payload["expected"]
        expected = None if given is None else Expected(nonce=given["nonce"], audience=given["audience"])
        return Question(target=self.target, lang=self.payload["lang"], at=self.at, expected=expected)

    @property
    def digest(self) -> str:
        """Names this statement among others."""
        return digest_of_text(self.jws.compact)


_FORM: Final[dict[str, tuple[type, ...]]] = {
    "iss": (str,),
    "what_if": (bool,),
    "lang": (str,),
    "target": (dict,),
    "expected": (dict, type(None)),
    "presentations": (list,),
    "evidence": (str, type(None)),
    "holders": (list,),
    "materials": (list,),
    "trust_register": (dict, type(None)),
    "catalogue": (dict,),
    "answer": (dict,),
}
_TEXTS: Final = {
    "presentations": ("presentation", "verdict", "status", "holder_binding"),
    "materials": ("kind", "url", "fetched_at"),
}


def parse_statement(token: str) -> Statement:
    """Read a statement. Raises: StatementMalformed, or another Malformed."""
    jws = parse_jws(token.strip(), max_bytes=MAX_STATEMENT_BYTES)
    if jws.header.get("typ") != TYP:
        raise StatementMalformed("typ is not stacking-report+jwt")
    payload = parse_json_object(jws.payload)
    if payload.get("version") != VERSION or not is_numeric_date(payload.get("iat")):
        raise StatementMalformed("not a version that we know, or no iat")
    if not 0 <= payload["iat"] <= 253402300799:
        raise StatementMalformed("iat is no time")
    for name, kinds in _FORM.items():
        if name not in payload or not isinstance(payload[name], kinds):
            raise StatementMalformed(f"{name} is missing or of another form")
    for name, texts in _TEXTS.items():
        if not all(isinstance(one, dict) and all(isinstance(one.get(t), str) for t in texts) for one in payload[name]):
            raise StatementMalformed(f"{name} has an entry of another form")
    if any(not isinstance(one.get("digest"), str | None) for one in payload["materials"]):
        raise StatementMalformed("materials has an entry of another form")
    expected = payload["expected"]
    if expected is not None and not all(isinstance(expected.get(name), str) for name in ("nonce", "audience")):
        raise StatementMalformed("expected has no nonce or audience")
    return Statement(jws=jws, payload=payload)


class Signature(StrEnum):
    """holds: of a verifier in the register. unknown: it fits its certificate, nobody vouches. broken: neither."""

    HOLDS = "holds"
    UNKNOWN = "unknown"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerCheck:
    """Who signed. code: why not, for `broken` and `unknown`."""

    signature: Signature
    organisation: Organisation | None = None
    code: str | None = None


def check_signer(statement: Statement, register: TrustRegister | None, *, at: datetime) -> SignerCheck:
    """Answer whether the register's `verifier` entry with id `iss` signed this statement.

    The chain is validated at the statement's `iat`. A key that leaked is named in the register as compromised.
    """
    if statement.at > at + TOLERANCE:
        return SignerCheck(signature=Signature.BROKEN, code="in_the_future")
    header = statement.jws.header
    try:
        leaf = leaf_key(header.get("x5c"))
    except Malformed:
        return SignerCheck(signature=Signature.BROKEN, code="x5c_malformed")
    if not check_signature(statement.jws, leaf, algorithms=ALGORITHMS):
        return SignerCheck(signature=Signature.BROKEN, code="signature")
    signer = None if register is None else register.find(statement.iss)
    if register is None or signer is None or signer.kind != "verifier":
        return SignerCheck(signature=Signature.UNKNOWN, code="no_register" if register is None else "not_in_register")
    answer = signer.keys.answer(KeyRequest(header=header, issued_at=statement.at), {})
    if any(check_signature(statement.jws, key, algorithms=algorithms_of(signer)) for key in answer.keys):
        return SignerCheck(signature=Signature.HOLDS, organisation=signer)
    return SignerCheck(signature=Signature.BROKEN, code=answer.problem or "other_key")
