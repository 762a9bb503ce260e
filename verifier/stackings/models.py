"""The body of `POST /api/v1/stackings`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from verifier.verifications.models import CredentialText, ExpectedBody

MAX_PRESENTATIONS = 200
MAX_EVIDENCE = 2000


class StackingBody(BaseModel):
    """Either verified credentials (`presentations`) or supposed facts (`evidence`), toward one target.

    signed: with a statement that another can check. bundle: also all that is needed to repeat it.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    target: dict[str, Any]
    presentations: Annotated[list[CredentialText], Field(max_length=MAX_PRESENTATIONS)] | None = None
    expected: ExpectedBody | None = None
    evidence: Annotated[list[Any], Field(max_length=MAX_EVIDENCE)] | None = None
    signed: bool = False
    bundle: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> StackingBody:
        if (self.presentations is None) == (self.evidence is None):
            raise ValueError("exactly one of presentations and evidence")
        if self.expected is not None and self.presentations is None:
            raise ValueError("expected goes with presentations")
        if self.bundle and not self.signed:
            raise ValueError("bundle goes with signed")
        return self
