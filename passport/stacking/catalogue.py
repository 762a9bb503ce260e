"""The catalogue: qualifications, certificates, keuzedelen, equivalences and requirements, each fact with its source.

A catalogue is a folder in a format of our own (`schemas/catalogue.schema.json`); `load_catalogue` refuses one
that does not keep to it (`catalogue_check.py`). It decides nothing about a person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from passport.errors import Misconfigured
from passport.stacking.catalogue_check import Problem, check_documents, read_documents
from passport.stacking.requirements import Requirements, read_requirements


class CatalogueInvalid(Misconfigured):
    """A catalogue folder does not keep to the format. `problems` says where."""

    code = "catalogue_invalid"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        super().__init__(
            f"{len(problems)} problem(s); first: {first.file} {first.path}: {first.text}",
            count=len(problems),
            file=first.file,
            path=first.path,
        )
        self.problems = problems


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
    """A certificate: the qualification it is tied to and the units it contains (`crebo:code`)."""

    code: str
    naam: str
    crebo: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keuzedeel:
    code: str
    naam: str
    sbu: int | None
    overlap: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalence:
    """A table from an older qualification to a newer one. rows: old code → new codes, empty where none is known."""

    old: str
    new: str
    kind: str
    rows: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Catalogue:
    """All of it, compiled for look-up. Compared by identity; `digest` tells whether two hold the same."""

    version: str
    digest: str
    qualifications: Mapping[str, Qualification]
    certificates: Mapping[str, Certificate]
    keuzedelen: Mapping[str, Keuzedeel]
    equivalences: Mapping[tuple[str, str], tuple[Equivalence, ...]]
    requirements: Requirements
    certificates_of: Mapping[str, tuple[Certificate, ...]] = field(repr=False)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None


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
    return Equivalence(old=row["from"], new=row["to"], kind=row["kind"], rows=rows)


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
        )
        for name, row in sorted(documents.items())
        if name.startswith("certificates/")
    }
    by_crebo: dict[str, tuple[Certificate, ...]] = {}
    for certificate in certificates.values():
        by_crebo[certificate.crebo] = (*by_crebo.get(certificate.crebo, ()), certificate)
    tables: dict[tuple[str, str], tuple[Equivalence, ...]] = {}
    for table in map(_equivalence, documents["equivalences.json"]["tables"]):
        tables[table.old, table.new] = (*tables.get((table.old, table.new), ()), table)
    return Catalogue(
        version=documents["catalogue.json"]["version"],
        digest=_digest(documents),
        qualifications=qualifications,
        certificates=certificates,
        keuzedelen={
            row["code"]: Keuzedeel(
                code=row["code"], naam=row["naam"], sbu=row["sbu"], overlap=frozenset(row["overlap"])
            )
            for row in documents["keuzedelen.json"]["keuzedelen"]
        },
        equivalences=tables,
        requirements=read_requirements(documents["requirements.json"]),
        certificates_of=by_crebo,
    )


def _load(folder: Traversable) -> Catalogue:
    documents, problems = read_documents(folder)
    if problems:
        raise CatalogueInvalid(tuple(problems))
    return build_catalogue(documents)


@cache
def _shipped() -> Catalogue:
    return _load(resources.files("schemas") / "catalogue")


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Return the catalogue in `folder`, or the one that ships. Raises: CatalogueInvalid."""
    return _shipped() if folder is None else _load(folder)


def check_catalogue(folder: Path) -> list[Problem]:
    """Return what is wrong with a catalogue folder, by file and path; an empty list is good."""
    documents, problems = read_documents(folder)
    return problems or check_documents(documents)
