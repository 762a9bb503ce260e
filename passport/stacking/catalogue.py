"""The catalogue: qualifications, certificates, keuzedelen, equivalences and requirements, each fact with its source.

A catalogue is a folder in a format of our own (`schemas/catalogue.schema.json`); `load_catalogue` refuses one
that does not keep to it (`catalogue_check.py`). It decides nothing about a person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from passport.errors import Misconfigured
from passport.stacking.catalogue_check import Problem, check_documents, read_documents
from passport.stacking.facts import Period
from passport.stacking.policies import SchoolPolicy, read_policy
from passport.stacking.requirements import Requirements, read_requirements

K = TypeVar("K")
V = TypeVar("V")


class CatalogueInvalid(Misconfigured):
    """A catalogue folder does not keep to the format. `problems` says where."""

    code = "catalogue_invalid"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        super().__init__(
            f"{len(problems)} problem(s); first: {first.file} {first.path}: {first.text}",
            count=len(problems),
            file=first.file,
            path=first.path or "/",
        )
        self.problems = problems


class CatalogueAbsent(Misconfigured):
    """There is no folder where the catalogue should be. Params: `folder`."""

    code = "catalogue_absent"


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise CatalogueAbsent("no such folder", folder=folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """One qualification.

    units: names of its werkprocessen by code, in order; kerntaken: its werkprocessen by kerntaak.
    requirement: (known, name) of the legal professional requirement; name None: the law asks none.
    """

    crebo: str
    naam: str
    niveau: int | None
    dossier_crebo: str | None
    kerntaken: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]
    units: Mapping[str, str]
    requirement: tuple[bool, str | None]
    dossier_valid_until: date | None
    duration_years: int | None

    def expand(self, code: str) -> tuple[str, ...]:
        """Return the werkprocessen that a code stands for; none for a code that is not in it (R15)."""
        return (code,) if code in self.units else self.kerntaken.get(code, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate: the qualification it is tied to and the units it contains (`crebo:code`).

    period: the days of award for which this map of its contents holds.
    """

    code: str
    naam: str
    crebo: str
    units: tuple[str, ...]
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Keuzedeel:
    """A keuzedeel. period: the days of result for which its hours and overlap hold."""

    code: str
    naam: str
    sbu: int | None
    overlap: frozenset[str]
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equivalence:
    """A table from an older qualification to a newer one. rows: old code → new codes, empty where none is known.

    kind: `official`, `decided` (by the examencommissie of `school`, which alone is bound by it) or `derived`.
    period: the target dates for which it holds. Compared by identity.
    """

    old: str
    new: str
    kind: str
    rows: Mapping[str, tuple[str, ...]]
    school: str | None
    period: Period

    def binds(self, school: str | None, day: date) -> bool:
        """Whether it holds on a day at the school that would award."""
        return (self.school is None or self.school == school) and self.period.holds(day)


@lru_cache(maxsize=64)
def _under(catalogue: Catalogue, policy: SchoolPolicy) -> Catalogue:
    return replace(catalogue, requirements=policy.apply(catalogue.requirements))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Catalogue:
    """All of it, compiled for look-up. Compared by identity; `digest` tells whether two hold the same.

    tables: the equivalences by the qualification they lead to. contents: all units of a qualification, as `crebo:code`.
    known: every `crebo:code` there is, of werkprocessen and kerntaken. dossiers: the qualifications of a dossier.
    """

    version: str
    digest: str
    qualifications: Mapping[str, Qualification]
    certificates: Mapping[str, Certificate]
    keuzedelen: Mapping[str, Keuzedeel]
    equivalences: Mapping[tuple[str, str], tuple[Equivalence, ...]]
    requirements: Requirements
    policies: tuple[SchoolPolicy, ...]
    certificates_of: Mapping[str, tuple[Certificate, ...]] = field(repr=False)
    tables: Mapping[str, tuple[Equivalence, ...]] = field(repr=False)
    contents: Mapping[str, tuple[str, ...]] = field(repr=False)
    known: frozenset[str] = field(repr=False)
    dossiers: Mapping[str, tuple[str, ...]] = field(repr=False)

    def policy_of(self, school: str | None, cohort: int, day: date) -> SchoolPolicy | None:
        """Return the policy of the school that would award, if it has one for this cohort and day."""
        return next((policy for policy in self.policies if policy.holds(school, cohort, day)), None)

    def under(self, policy: SchoolPolicy | None) -> Catalogue:
        """Return the catalogue with what a school asks itself; the same object for the same policy."""
        return self if policy is None else _under(self, policy)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None


def _period(row: Mapping[str, Any]) -> Period:
    return Period(begin=_day(row["valid_from"]), end=_day(row["valid_until"]))


def _qualification(row: Mapping[str, Any]) -> Qualification:
    legal = row["beroepsvereisten"]
    units = {wp["code"]: wp["naam"] for kt in row["kerntaken"] for wp in kt["werkprocessen"]}
    return Qualification(
        crebo=row["crebo"],
        naam=row["naam"],
        niveau=row["niveau"],
        dossier_crebo=row["dossier_crebo"],
        kerntaken={kt["code"]: tuple(wp["code"] for wp in kt["werkprocessen"]) for kt in row["kerntaken"]},
        names={kt["code"]: kt["naam"] for kt in row["kerntaken"]} | units,
        units=units,
        requirement=(legal is not None, legal["naam"] if legal else None),
        dossier_valid_until=_day(row["dossier_valid_until"]),
        duration_years=row["duration_years"],
    )


def _equivalence(row: Mapping[str, Any]) -> Equivalence:
    rows: dict[str, tuple[str, ...]] = {}
    for line in row["rows"]:
        found = rows.get(line["from"], ())
        rows[line["from"]] = (*found, line["to"]) if line["to"] is not None else found
    return Equivalence(
        old=row["from"],
        new=row["to"],
        kind=row["kind"],
        rows=rows,
        school=row.get("school"),
        period=_period(row),
    )


def _digest(documents: Mapping[str, Any]) -> str:
    """Over the content, not the spelling: members in order of name, no spaces, UTF-8."""
    canonical = json.dumps(documents, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha-256 {hashlib.sha256(canonical.encode()).hexdigest()}"


def build_catalogue(documents: Mapping[str, Any]) -> Catalogue:
    """Return the catalogue of documents by file name. Raises: CatalogueInvalid."""
    problems = check_documents(documents)
    if problems:
        raise CatalogueInvalid(tuple(problems))
    qualifications = {
        row["crebo"]: _qualification(row) for name, row in documents.items() if name.startswith("qualifications/")
    }
    certificates = {
        row["code"]: Certificate(
            code=row["code"],
            naam=row["naam"],
            crebo=row["crebo"],
            units=tuple(dict.fromkeys(unit["unit"] for unit in row["units"])),
            period=_period(row),
        )
        for name, row in sorted(documents.items())
        if name.startswith("certificates/")
    }
    equivalences = [_equivalence(row) for row in documents["equivalences.json"]["tables"]]
    contents = {crebo: tuple(f"{crebo}:{code}" for code in one.units) for crebo, one in qualifications.items()}
    return Catalogue(
        version=documents["catalogue.json"]["version"],
        digest=_digest(documents),
        qualifications=qualifications,
        certificates=certificates,
        keuzedelen={
            row["code"]: Keuzedeel(
                code=row["code"],
                naam=row["naam"],
                sbu=row["sbu"],
                overlap=frozenset(row["overlap"]),
                period=_period(row),
            )
            for row in documents["keuzedelen.json"]["keuzedelen"]
        },
        equivalences=_grouped(equivalences, lambda table: (table.old, table.new)),
        requirements=read_requirements(documents["requirements.json"]),
        policies=tuple(
            read_policy(row, documents["requirements.json"])
            for name, row in sorted(documents.items())
            if name.startswith("policies/")
        ),
        certificates_of=_grouped(certificates.values(), lambda certificate: certificate.crebo),
        tables=_grouped(equivalences, lambda table: table.new),
        contents=contents,
        known=frozenset(f"{crebo}:{code}" for crebo, one in qualifications.items() for code in one.names),
        dossiers=_grouped(qualifications, lambda crebo: qualifications[crebo].dossier_crebo or ""),
    )


def _grouped(values: Iterable[V], key: Callable[[V], K]) -> dict[K, tuple[V, ...]]:
    found: dict[K, list[V]] = {}
    for value in values:
        found.setdefault(key(value), []).append(value)
    return {name: tuple(group) for name, group in found.items()}


def _load(folder: Traversable) -> Catalogue:
    documents, problems = read_documents(folder)
    if problems:
        raise CatalogueInvalid(tuple(problems))
    return build_catalogue(documents)


@cache
def _shipped() -> Catalogue:
    return _load(resources.files("schemas") / "catalogue")


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Return the catalogue in `folder`, or the one that ships. Raises: CatalogueAbsent, CatalogueInvalid."""
    if folder is None:
        return _shipped()
    _require_folder(folder)
    return _load(folder)


def check_catalogue(folder: Path) -> list[Problem]:
    """Return what is wrong with a catalogue folder, by file and path; an empty list is good.

    Raises: CatalogueAbsent.
    """
    _require_folder(folder)
    documents, problems = read_documents(folder)
    return problems or check_documents(documents)
