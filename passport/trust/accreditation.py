"""May this organisation award this, then? Answered by the register's accreditations alone.

Never by a type's name, a header or a certificate's text. Source: CONTRACT section 4; CASES R3 to R5.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

PRAKTIJKBEGELEIDING = "praktijkbegeleiding"
"""The accreditation of a recognised leerbedrijf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accreditation:
    """One line of the register: this type, for these crebos, in this period (UTC dates, both ends included).

    crebos: None means every crebo ("*").
    """

    type: str
    crebos: frozenset[str] | None
    valid_from: date | None
    valid_until: date | None
    granted_by: str | None
    basis: str | None

    def covers_crebo(self, crebo: str) -> bool:
        return self.crebos is None or crebo in self.crebos

    def covers_day(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """The answer. `code` is None when allowed; `crebo` is the one that is not covered."""

    code: str | None
    crebo: str | None = None

    @property
    def allowed(self) -> bool:
        return self.code is None


def may_award(
    accreditations: Iterable[Accreditation],
    *,
    type: str,
    crebos: Collection[str],
    since: date,
    until: date | None = None,
) -> Award:
    """Whether the accreditations allow `type` for every crebo on each day from `since` to `until` (None: that day).

    Several accreditations may together cover a period, if no day lies between them.
    Codes: not_accredited_type, not_accredited_crebo, not_accredited_then.
    """
    last = since if until is None else until
    of_type = [entry for entry in accreditations if entry.type == type]
    if not of_type:
        return Award(code="not_accredited_type")
    if not crebos:
        return Award(code=None if _covers(of_type, since, last) else "not_accredited_then")
    for crebo in sorted(crebos):
        of_crebo = [entry for entry in of_type if entry.covers_crebo(crebo)]
        if not of_crebo:
            return Award(code="not_accredited_crebo", crebo=crebo)
        if not _covers(of_crebo, since, last):
            return Award(code="not_accredited_then", crebo=crebo)
    return Award(code=None)


def _covers(entries: Collection[Accreditation], since: date, last: date) -> bool:
    """Whether the entries' periods together contain every day of since..last."""
    if last < since:
        return False
    day = since
    while True:
        ends = [entry.valid_until for entry in entries if entry.covers_day(day)]
        if not ends:
            return False
        if any(end is None or end >= last for end in ends):
            return True
        day = max(end for end in ends if end is not None) + timedelta(days=1)
