"""The bodies of the verification call."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from verifier.settings import MAX_CREDENTIAL_BYTES

CredentialText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_CREDENTIAL_BYTES)]


class ExpectedBody(BaseModel):
    """What the presentation must be bound to."""

    model_config = ConfigDict(extra="forbid", strict=True)

    nonce: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    audience: Annotated[str, StringConstraints(min_length=1, max_length=2048)]


class VerificationBody(BaseModel):
    """`POST /api/v1/verifications`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    credential: CredentialText
    expected: ExpectedBody | None = None
    require_holder_binding: bool | None = None
