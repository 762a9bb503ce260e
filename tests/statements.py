"""Signed statements of stacks for tests: a world with a verifier of its own, and a dossier that is complete."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization

from passport.credentials.examples import example_claims
from passport.jose.encoding import JsonObject
from passport.stacking import load_catalogue
from passport.stacking.judgement import Inputs, Question, judge
from passport.stacking.replay import create_bundle
from passport.stacking.statement import create_statement
from passport.trust.register import parse_register
from passport.verification.verify import Expected
from tests.ecosystem import Ecosystem, Issued

SALT = "salt-of-the-test"
SCHOOL = "https://issuer.example/o/school-a"
_PERSON = ("given_name", "family_name", "birthdate")


class Signed:
    """A world whose verifier signs. The school's id is that of the tests' issuer."""

    def __init__(self) -> None:
        self.world = Ecosystem(at=datetime.now(UTC).replace(microsecond=0))
        self.verifier = self.world.add("verifier", "Verifier V", "https://verifier.example")
        self.holder = self.world.holder()
        self.catalogue = load_catalogue(None)

    def dossier(self, **changes: Any) -> Issued:
        """One mbo-verklaring with every result that a diploma needs."""
        results = example_claims("diploma")["resultaten"]
        claims = {**example_claims("mbo-verklaring"), "resultaten": results, **changes}
        return self.world.school.issue("mbo-verklaring", claims, holder=self.holder)

    def target(self, **changes: Any) -> JsonObject:
        """Helpende Zorg en Welzijn, without a professional requirement, at this school."""
        day = self.world.at.date().isoformat()
        whole = {"crebo": "25960", "cohort": "2025-2026", "school": SCHOOL, "date": day, "beroepsvereisten": None}
        return {**whole, **changes}

    def answer(
        self,
        held: Sequence[Issued] | None = None,
        *,
        evidence: list[Any] | None = None,
        expected: bool = True,
        target: JsonObject | None = None,
        signer: Any = None,
    ) -> JsonObject:
        """What the verifier's API answers with `signed` and `bundle`."""
        shown = held if held is not None else [self.dossier()]
        bound = Expected(nonce="n", audience="a") if expected and evidence is None else None
        texts = [self.holder.present(one, nonce="n", audience="a", at=self.world.at) for one in shown]
        question = Question(target=target or self.target(), lang="nl", at=self.world.at, expected=bound)
        inputs = Inputs(
            presentations=() if evidence is not None else tuple(texts),
            evidence=evidence,
            materials=self.world.materials(),
            register=parse_register(self.world.register_bytes()),
        )
        judgement = judge(question, inputs, self.catalogue)
        statement = create_statement(
            question,
            inputs,
            judgement,
            self.catalogue,
            signer=signer or self.verifier.key,
            chain=[self.verifier.leaf.public_bytes(serialization.Encoding.DER)],
            iss=self.verifier.id,
            person_salt=SALT,
            software="test",
        )
        bundle = create_bundle(statement, inputs, person_salt=SALT)
        return {**judgement.answer, "statement": statement, "person_salt": SALT, "bundle": bundle}

    def register_file(self, folder: Path) -> Path:
        """The register as a file."""
        file = folder / "register.json"
        file.write_bytes(self.world.register_bytes())
        return file

    def write(self, folder: Path, found: JsonObject, name: str = "answer.json") -> Path:
        """An answer as a file."""
        file = folder / name
        file.write_text(json.dumps(found))
        return file


def award_claims(**changes: Any) -> JsonObject:
    """A diploma as the school fills it in."""
    claims = example_claims("diploma") | {"document_number": "TEST-diploma-1"}
    for name in ("awarding_body", "evidence"):
        claims.pop(name)
    return claims | changes


def grant_claims(**changes: Any) -> JsonObject:
    """An exemption of one unit, for the same person and qualification."""
    claims = award_claims(document_number="TEST-vrijstelling-1")
    kept = (*_PERSON, "awarded_date", "document_number", "kwalificatie", "cohort")
    return {name: claims[name] for name in kept} | {"onderdelen": [{"unit": "25960:P2-K1-W1"}]} | changes
