"""The praktijkbeoordeling: what a leerbedrijf signs, and a praktijkverklaring of the school carries.

A compact JWS of type `praktijkbeoordeling+jwt` with the payload of `schemas/claims/praktijkbeoordeling.json`. It names
the person by a salted digest only. This module makes it, reads it and compares it with a praktijkverklaring. It does
not check the signature, nor whether the leerbedrijf was recognised: that is `passport.verification`.
Source: CONTRACT §1.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from passport.credentials.claim_schema import ClaimSchema, compile_complete
from passport.credentials.credential_type import PERSON_CLAIMS, load_schema
from passport.errors import Malformed
from passport.jose.encoding import (
    JsonObject,
    canonical_json,
    encode_base64url,
    encode_json,
    parse_json_object,
    sha256_base64url,
)
from passport.jose.jws import JwsWriter, UnverifiedJws, parse_jws

TYP = "praktijkbeoordeling+jwt"
MAX_BYTES = 32_768
SALT_BYTES = 16
COUNTERSIGNATURE_CLAIMS = (
    "praktijkbeoordeling",
    "praktijkbeoordeling_salt",
    "leerbedrijf",
    "periode",
    *PERSON_CLAIMS,
)
"""The claims that must all be disclosed before the countersignature can be checked."""

MISMATCHES = (
    "assessment_person",
    "assessment_units",
    "assessment_periode",
    "assessment_kwalificatie",
    "assessment_leerbedrijf",
)
"""The codes of `assessment_mismatches`, in its order."""


class AssessmentMalformed(Malformed):
    """A praktijkbeoordeling that cannot be read."""

    code = "assessment_malformed"
    section = "CONTRACT §1"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedAssessment:
    """A parsed praktijkbeoordeling of which nothing is proven. `payload` is valid by its schema."""

    jws: UnverifiedJws
    payload: JsonObject

    @property
    def iss(self) -> str:
        """The leerbedrijf that says it signed."""
        return str(self.payload["iss"])

    @property
    def issued_at(self) -> int:
        """`iat`, in seconds since 1970."""
        return int(self.payload["iat"])

    @property
    def units(self) -> list[JsonObject]:
        """The units assessed, each with `unit` (`crebo:code`)."""
        units: list[JsonObject] = self.payload["units"]
        return units

    @property
    def periode(self) -> JsonObject:
        """The period of guidance: `van` and `tot`, ISO dates, both ends included."""
        periode: JsonObject = self.payload["periode"]
        return periode

    @property
    def crebos(self) -> frozenset[str]:
        """The crebos that the recognition of the leerbedrijf must cover."""
        return frozenset(
            {self.payload["kwalificatie"]["crebo"], *(unit["unit"].split(":", 1)[0] for unit in self.units)}
        )


def new_salt() -> str:
    """Return a salt of 128 bits, in base64url."""
    return encode_base64url(secrets.token_bytes(SALT_BYTES))


def person_digest(salt: str, *, given_name: str, family_name: str, birthdate: str) -> str:
    """Return base64url(SHA-256(salt + "." + RFC 8785 JSON of the three claims)). Names are taken exactly as written."""
    person = {"birthdate": birthdate, "family_name": family_name, "given_name": given_name}
    return sha256_base64url(salt.encode("ascii") + b"." + canonical_json(person))


def assessment_problems(claims: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the claims for `create_assessment`, as "/pointer: message"; empty: nothing."""
    return _request_schema().problems(claims)


def create_assessment(claims: Mapping[str, Any], *, writer: JwsWriter, iss: str, at: datetime) -> tuple[str, str]:
    """Return a signed praktijkbeoordeling (compact JWS) and its salt.

    claims: exactly `kwalificatie`, `units`, `periode`, `given_name`, `family_name`, `birthdate`.
    writer: the leerbedrijf's; its header carries `typ` `praktijkbeoordeling+jwt` and how to find the key.
    iss: the leerbedrijf's identifier; equal to `leerbedrijf.id` in the praktijkverklaring.
    Raises: AssessmentMalformed for claims with problems.
    """
    if problems := assessment_problems(claims):
        raise AssessmentMalformed("; ".join(problems))
    salt = new_salt()
    payload = {
        "iss": iss,
        "iat": int(at.timestamp()),
        "kwalificatie": claims["kwalificatie"],
        "units": claims["units"],
        "periode": claims["periode"],
        "person": person_digest(salt, **{name: claims[name] for name in PERSON_CLAIMS}),
    }
    assessment = writer.sign(encode_json(payload))
    parse_assessment(assessment)  # what we could not read ourselves must not leave
    return assessment, salt


def parse_assessment(text: str) -> UnverifiedAssessment:
    """Read a praktijkbeoordeling strictly. Raises: Malformed, mostly AssessmentMalformed."""
    jws = parse_jws(text, max_bytes=MAX_BYTES)
    if jws.header.get("typ") != TYP:
        raise AssessmentMalformed(f"typ is not {TYP}")
    payload = parse_json_object(jws.payload)
    if problems := _payload_schema().problems(payload):
        raise AssessmentMalformed("; ".join(problems))
    return UnverifiedAssessment(jws=jws, payload=payload)


def countersignature_disclosed(claims: Mapping[str, Any]) -> bool:
    """Whether everything that the check of the countersignature needs was disclosed."""
    return all(name in claims for name in COUNTERSIGNATURE_CLAIMS)


def same_person(assessment: UnverifiedAssessment, claims: Mapping[str, Any]) -> bool:
    """Whether the assessment is about the person of these claims. What is not disclosed is not the same."""
    salt = claims.get("praktijkbeoordeling_salt")
    person = {name: claims.get(name) for name in PERSON_CLAIMS}
    if not isinstance(salt, str) or not salt.isascii() or not all(isinstance(value, str) for value in person.values()):
        return False
    digest = person_digest(salt, **{name: str(value) for name, value in person.items()})
    return secrets.compare_digest(digest, assessment.payload["person"])


def assessment_mismatches(assessment: UnverifiedAssessment, claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return where an assessment and a praktijkverklaring differ, as codes of `MISMATCHES`; empty: nowhere.

    claims: what was disclosed of the praktijkverklaring, without schema problems. Its units may be fewer than those
    assessed, never others.
    """
    assessed_units = {element["unit"] for element in assessment.units}
    shown, assessed = claims.get("periode", {}), assessment.periode
    agrees = {
        "assessment_person": same_person(assessment, claims),
        "assessment_units": all(element["unit"] in assessed_units for element in claims.get("units", ())),
        "assessment_periode": all(shown.get(end) == assessed[end] for end in ("van", "tot")),
        "assessment_kwalificatie": claims["kwalificatie"]["crebo"] == assessment.payload["kwalificatie"]["crebo"],
        "assessment_leerbedrijf": claims.get("leerbedrijf", {}).get("id") == assessment.iss,
    }
    return tuple(code for code in MISMATCHES if not agrees[code])


@cache
def _payload_schema() -> ClaimSchema:
    return compile_complete(load_schema("praktijkbeoordeling"))


@cache
def _request_schema() -> ClaimSchema:
    """The schema of the call: the leerbedrijf's own claims as they are signed, and the person as in the credential."""
    signed, credential = load_schema("praktijkbeoordeling"), load_schema("praktijkverklaring")
    properties = {name: credential["properties"][name] for name in PERSON_CLAIMS}
    properties |= {name: signed["properties"][name] for name in ("kwalificatie", "units", "periode")}
    return compile_complete(
        {
            "$schema": signed["$schema"],
            "type": "object",
            "required": list(properties),
            "additionalProperties": False,
            "properties": properties,
            "$defs": {**credential["$defs"], **signed["$defs"]},
        }
    )
