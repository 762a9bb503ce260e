"""Turns facts in the form of `domain/data` into a catalogue folder. Deterministic: the same data, the same bytes.

The requirements (marks, hours, cohorts) are not in that data; they are those of the catalogue that ships.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from importlib import resources
from pathlib import Path
from typing import Any

from passport.errors import Misconfigured

VERSION = "2026.1"
SOURCES = (
    {
        "name": "Examination rules (OER) and exam plans of Aeres MBO, MBO Utrecht and Talland College 2023-2027",
        "rights": None,
    },
    {
        "name": "SBB kwalificatiestructuur: names and codes of qualifications, certificates and keuzedelen",
        "rights": "Names and codes only; source: SBB",
    },
    {"name": "CompetentNL: names of qualifications", "rights": "Source: CompetentNL"},
    {"name": "Regeling vaststelling kwalificatiedossiers 2015 (BWBR0036352)", "rights": "Auteurswet, art. 11"},
)
ALWAYS = {"valid_from": None, "valid_until": None}


class ImportFailed(Misconfigured):
    """The data to import cannot be read, or is not in the form of `domain/data`."""

    code = "catalogue_import_failed"


def _read(source: Path, name: str) -> Any:
    try:
        return json.loads((source / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ImportFailed(f"{name}: {error}", file=name) from error


def _qualification(row: dict[str, Any]) -> dict[str, Any]:
    legal = row["beroepsvereisten"]
    return {
        "crebo": row["crebo"],
        "naam": row["naam"],
        "niveau": row["niveau"],
        "dossier": row["dossier"],
        "dossier_crebo": row["dossier_crebo"],
        "kd_versie": row["kd_versie"],
        "stated_for": row["cohort"],
        "dossier_valid_until": None,
        "duration_years": None,
        "beroepsvereisten": None if legal is None else {"naam": legal, "source": row["source"], **ALWAYS},
        "kerntaken": [
            {
                "code": kerntaak["code"],
                "naam": kerntaak["naam"],
                "werkprocessen": [{"code": wp["code"], "naam": wp["naam"]} for wp in kerntaak["werkprocessen"]],
            }
            for kerntaak in row["kerntaken"]
        ],
        "source": f"{row['source']}; name: {row['naam_bron']}",
        "confidence": row["confidence"],
        **ALWAYS,
    }


def _certificate(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "naam": row["naam"],
        "crebo": row["crebo"],
        "units": [
            {
                "code": wp["code"],
                "naam": wp["naam"],
                "unit": wp["maps_to"],
                "mapping": wp["mapping"],
                "note": wp.get("mapping_note"),
            }
            for wp in row["werkprocessen"]
        ],
        "pass_rule": row["slaagregel"],
        "source": row["source"],
        "confidence": row["confidence"],
        **ALWAYS,
    }


def _keuzedeel(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "naam": row["naam"],
        "sbu": row["sbu"],
        "overlap": [],
        "source": row["source"],
        "confidence": row["confidence"],
        **ALWAYS,
    }


def _equivalence(table: dict[str, Any]) -> dict[str, Any]:
    return {
        "from": table["old_crebo"],
        "to": table["new_crebo"],
        "naam": table["naam"],
        "kind": "derived",
        "rows": [
            {"from": row["old"], "naam": row["old_naam"], "to": row["new"], "basis": row["basis"]}
            for row in table["rows"]
        ],
        "source": "computed from the structures of both",
        "confidence": table["status"],
        **ALWAYS,
    }


def _write(out: Path, name: str, document: Any) -> None:
    path = out / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def import_catalogue(source: Path, out: Path, *, only: Collection[str] | None = None) -> int:
    """Write the catalogue of the data in `source` to the folder `out` and return how many qualifications it holds.

    only: these crebos, and the equivalences that lead to them; None: all. Certificates and keuzedelen always.
    Raises: ImportFailed if a file is missing or has another form.
    """
    requirements = (resources.files("schemas") / "catalogue" / "requirements.json").read_text(encoding="utf-8")
    try:
        chosen = [row for row in _read(source, "kwalificaties.json") if only is None or row["crebo"] in only]
        tables = [
            row for row in _read(source, "equivalenties_afgeleid.json") if only is None or row["new_crebo"] in only
        ]
        files: dict[str, Any] = {
            "catalogue.json": {
                "format": 1,
                "version": VERSION,
                "title": "Qualifications, certificates, keuzedelen and requirements of Dutch mbo",
                "sources": list(SOURCES),
            },
            "keuzedelen.json": {"keuzedelen": [_keuzedeel(row) for row in _read(source, "keuzedelen.json")]},
            "equivalences.json": {"tables": [_equivalence(table) for table in tables]},
        }
        files |= {f"qualifications/{row['crebo']}.json": _qualification(row) for row in chosen}
        files |= {
            f"certificates/{row['code']}.json": _certificate(row) for row in _read(source, "mbo_certificaten.json")
        }
    except (KeyError, TypeError) as error:
        raise ImportFailed(f"the data has another form: {error!r}", file=str(error)) from error
    for name, document in files.items():
        _write(out, name, document)
    out.joinpath("requirements.json").write_text(requirements, encoding="utf-8")
    return len(chosen)
