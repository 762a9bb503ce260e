"""Stacking: verified credentials, or supposed facts, toward one target; on request with a signed statement.

The engine is `passport.stacking`. Nothing is kept: who wants to repeat the answer later asks for the bundle.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from zoneinfo import ZoneInfo

from passport.jose.encoding import JsonObject, canonical_json
from passport.stacking.catalogue import Catalogue
from passport.stacking.judgement import Inputs, Judgement, Question, judge
from passport.stacking.replay import create_bundle
from passport.stacking.statement import create_statement
from passport.stacking.target import check_cohort
from passport.verification.verify import Expected
from verifier.certificates import RequestCertificate
from verifier.stackings.models import StackingBody
from verifier.verifications.service import VerificationService

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@cache
def software() -> str:
    """Which program answers."""
    try:
        return f"skillspas {version('skillspas')}"
    except PackageNotFoundError:
        return "skillspas"


class StackingService:
    """One catalogue, one way of verifying, one signer."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        verifications: VerificationService,
        clock: Callable[[], datetime],
        certificate: RequestCertificate,
        iss: str,
    ) -> None:
        """iss: this verifier's id in a trust register."""
        self._catalogue = catalogue
        self._verifications = verifications
        self._clock = clock
        self._certificate = certificate
        self._iss = iss

    async def stack(self, body: StackingBody, lang: str) -> JsonObject:
        """Return the answer of contract section 5, with what was asked beside it.

        Raises: the engine's WrongUse for a target that cannot be read.
        """
        check_cohort(body.target)
        given = body.expected
        expected = None if given is None else Expected(nonce=given.nonce, audience=given.audience)
        question = self.question(body.target, lang=lang, expected=expected)
        if body.evidence is not None:
            inputs = Inputs(evidence=body.evidence)
            judgement = judge(question, inputs, self._catalogue)
            return self._answer(question, inputs, judgement, signed=body.signed, bundle=body.bundle)
        texts = body.presentations or ()
        return await self.stack_presentations(texts, question, signed=body.signed, bundle=body.bundle)

    def question(self, target: Mapping[str, Any], *, lang: str, expected: Expected | None) -> Question:
        """Return the question as it is asked now; the date is today in the Netherlands unless the target says."""
        at = self._clock().replace(microsecond=0)  # a statement tells its time in whole seconds
        dated = {**target, "date": target.get("date", at.astimezone(AMSTERDAM).date().isoformat())}
        return Question(target=dated, lang=lang, at=at, expected=expected)

    def check_target(self, target: Mapping[str, Any]) -> None:
        """Say now what would be wrong with a target later. Raises: the engine's WrongUse, JsonNotCanonical."""
        check_cohort(target)
        canonical_json(dict(target))
        judge(self.question(target, lang="nl", expected=None), Inputs(), self._catalogue)

    async def stack_presentations(
        self, texts: Sequence[str], question: Question, *, signed: bool, bundle: bool
    ) -> JsonObject:
        """Verify and stack; see `stack`."""
        stripped = tuple(text.strip() for text in texts)
        collected = await self._verifications.collect(stripped, at=question.at)
        inputs = Inputs(presentations=stripped, materials=collected.materials, register=collected.register)
        judgement = judge(question, inputs, self._catalogue, presented=collected.presented)
        return self._answer(question, inputs, judgement, signed=signed, bundle=bundle)

    def _answer(
        self, question: Question, inputs: Inputs, judgement: Judgement, *, signed: bool, bundle: bool
    ) -> JsonObject:
        if not signed:
            return judgement.answer
        salt = secrets.token_urlsafe(24)
        statement = create_statement(
            question,
            inputs,
            judgement,
            self._catalogue,
            signer=self._certificate.signer,
            chain=[self._certificate.leaf_der],
            iss=self._iss,
            person_salt=salt,
            software=software(),
        )
        answer = {**judgement.answer, "statement": statement, "person_salt": salt}
        return answer | {"bundle": create_bundle(statement, inputs, person_salt=salt)} if bundle else answer
