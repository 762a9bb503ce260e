"""The body of `POST /api/v1/requests`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

Flow = Literal["cross_device", "same_device"]


class StackingWish(BaseModel):
    """Judge the presentations toward a target too, signed. bundle: also with all that is needed to repeat it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    target: dict[str, Any]
    bundle: bool = False


class RequestBody(BaseModel):
    """Exactly one of `template` and `dcql_query`. with_name: only with a template; false leaves the name out.

    stacking: what the presentations must be judged toward, for a school.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    template: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    dcql_query: dict[str, Any] | None = None
    purpose: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    response_mode: Literal["direct_post", "direct_post.jwt"] = "direct_post"
    flow: Flow = "cross_device"
    with_name: bool = True
    stacking: StackingWish | None = None

    @model_validator(mode="after")
    def _one_question(self) -> RequestBody:
        if (self.template is None) == (self.dcql_query is None):
            raise ValueError("exactly one of template and dcql_query")
        return self
