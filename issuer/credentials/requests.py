"""Bodies of the calls on credentials. Unknown members are refused: a misspelt `tx_code` must not pass unseen."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

Reason = Literal["fraude", "beoordelingsfout", "administratieve-fout", "vervangen", "onbevoegd-afgegeven"]
Status = Literal["revoked", "suspended", "valid"]

MIN_OFFER_SECONDS = 60
MAX_OFFER_SECONDS = 90 * 86_400


def _date_time(value: object) -> object:
    try:
        if isinstance(value, str) and "T" in value.upper():
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("date_time", "not a date and time")


DateTime = Annotated[AwareDatetime, BeforeValidator(_date_time)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OfferRequest(_Body):
    """`POST /credentials`. expires_in: the life of the offer's link, in seconds.

    by_value: put the offer itself in the link (then it lives as long as its code), instead of where it lies.
    """

    type: str = Field(max_length=64)
    claims: dict[str, Any]
    formats: list[str] = Field(default=["dc+sd-jwt"], min_length=1, max_length=8)
    tx_code: bool = True
    valid_until: DateTime | None = None
    expires_in: int | None = Field(default=None, ge=MIN_OFFER_SECONDS, le=MAX_OFFER_SECONDS)
    by_value: bool = False


class StatusRequest(_Body):
    """`POST /credentials/{id}/status`. The reason is kept for the organisation and never published."""

    status: Status
    reason: Reason | None = None


class ReplaceRequest(_Body):
    """`POST /credentials/{id}/replace`."""

    claims: dict[str, Any]
    reason: Reason
    tx_code: bool = True
    valid_until: DateTime | None = None
    expires_in: int | None = Field(default=None, ge=MIN_OFFER_SECONDS, le=MAX_OFFER_SECONDS)
