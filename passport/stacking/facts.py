"""What is claimed for a person, as typed facts. It does not say where a fact comes from, nor what it is worth."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from passport.errors import PassportError
from passport.stacking.reasons import Code


class WrongUse(PassportError):
    """The call itself is wrong: exit code 2, HTTP 4xx."""

    code = "stack_wrong_use"


class DuplicateId(WrongUse):
    """Two items of evidence have one id."""

    code = "stack_duplicate_id"


class TargetInvalid(WrongUse):
    """The target cannot be read. `field` names what is wrong."""

    code = "stack_target_invalid"


class LevelUnknown(WrongUse):
    """Neither the catalogue nor the target states the level."""

    code = "stack_level_unknown"


class EvidenceInvalid(WrongUse):
    """The evidence is not a list."""

    code = "stack_evidence_invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days, both included; None is open."""

    begin: datetime.date | None = None
    end: datetime.date | None = None

    def holds(self, day: datetime.date | None) -> bool:
        """Whether a day lies in it. A day that is not known is held against nobody."""
        return day is None or ((self.begin is None or self.begin <= day) and (self.end is None or day <= self.end))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """Whether an organisation may do this, when, and for which qualifications (None: all)."""

    accredited: bool = True
    period: Period = Period()
    crebos: frozenset[str] | None = None

    def covers(self, crebos: Iterable[str]) -> bool:
        return self.crebos is None or self.crebos.issuperset(crebos)


UNLIMITED = Recognition()
"""Recognised for everything, always: one object, so that the ordinary item is told by identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One piece of evidence. Fields that its type does not have are None.

    refused: reasons why it was refused before the rules saw it (it could not be read, or was not verified).
    units: as stated, `crebo:code`; None where it states none. units_partial: not all units may be visible.
    crebo: the qualification in which it was obtained; None: the target's.
    cijfer, oordeel: the mark as stated; both None: a result without a visible mark.
    """

    id: str
    type: str | None
    refused: frozenset[Code] = frozenset()
    issuer_kind: str | None = None
    issuer: str | None = None
    date: datetime.date | None = None
    status: str = "valid"
    holder: str | None = None
    recognition: Recognition = UNLIMITED
    crebo: str | None = None
    code: str | None = None
    units: tuple[str, ...] | None = None
    units_partial: bool = False
    cijfer: Decimal | None = None
    oordeel: str | None = None
    vak: str | None = None
    niveau: str | None = None
    naam: str | None = None
    sbu: Decimal | None = None
    verplichting: bool = True
    overlap: frozenset[str] = frozenset()
    cosigned: str | None = None
    guidance: Period | None = None
    leerbedrijf: Recognition = UNLIMITED
    standaard: str | None = None
    overeenkomst_datum: datetime.date | None = None
    keuzedeel: str | None = None
    node: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All evidence of one call.

    persons_differ: the items are known to belong to more than one person.
    remarks: what else is known of the whole: (code, `overall`, ids).
    """

    items: tuple[Item, ...] = ()
    persons_differ: bool = False
    remarks: tuple[tuple[Code, str, tuple[str, ...]], ...] = ()
    holder_binding: str | None = None

    def plus(self, other: Facts) -> Facts:
        """Return these facts and those of `other`, as one file."""
        return Facts(
            items=self.items + other.items,
            persons_differ=self.persons_differ or other.persons_differ,
            remarks=self.remarks + other.remarks,
            holder_binding=self.holder_binding or other.holder_binding,
        )
