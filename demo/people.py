"""What the schools, the leerbedrijf and the EVC-aanbieder state in the story. Real qualification, real codes.

The person is a role ("de houder"), not a biography. Source of the codes: SBB kwalificatiestructuur, by
`schemas/catalogue/`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

CREBO = "25960"
COHORT = "2025-2026"
KWALIFICATIE = {"crebo": CREBO, "naam": "Helpende Zorg en Welzijn", "niveau": 2}
CERTIFICATES = ("C0160", "C0163", "C0164", "C0165", "C0166")
HOLDER = {"given_name": "Test", "family_name": "Houder", "birthdate": "1990-04-12"}


def read_facts() -> Facts:
    """Names of units and contents of certificates, from the catalogue that ships."""
    folder = resources.files("schemas") / "catalogue"
    qualification = json.loads((folder / "qualifications" / f"{CREBO}.json").read_text(encoding="utf-8"))
    return Facts(
        names={
            unit["code"]: unit["naam"] for kerntaak in qualification["kerntaken"] for unit in kerntaak["werkprocessen"]
        },
        certificates={
            code: json.loads((folder / "certificates" / f"{code}.json").read_text(encoding="utf-8"))
            for code in CERTIFICATES
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the catalogue knows: names by unit code, certificates by their code."""

    names: dict[str, str]
    certificates: dict[str, dict[str, Any]]

    def units(self, *codes: str, **more: str) -> list[dict[str, str]]:
        """Units as the contract writes them: `crebo:code` and the name."""
        return [{"unit": f"{CREBO}:{code}", "naam": self.names[code], **more} for code in codes]

    def certificate(self, code: str, *, number: str, day: str) -> dict[str, Any]:
        """The claims of one mbo-certificaat with the contents that the catalogue gives it."""
        entry = self.certificates[code]
        return {
            **HOLDER,
            "kwalificatie": KWALIFICATIE,
            "certificaat": {"code": code, "naam": entry["naam"]},
            "units": [{"unit": part["unit"], "naam": part["naam"]} for part in entry["units"]],
            "awarded_date": day,
            "document_number": number,
            "oordeel": "voldoende",
        }

    def evc(self, *, day: str, number: str) -> dict[str, Any]:
        """The ervaringscertificaat: one task shown, one shown in part."""
        return {
            **HOLDER,
            "standaard": {"soort": "crebo", "code": CREBO, "naam": KWALIFICATIE["naam"]},
            "overeenkomst_datum": day,
            "awarded_date": day,
            "document_number": number,
            "route": "arbeidsmarkt",
            "units": [
                *self.units("P2-K1-W3", oordeel="aangetoond"),
                *self.units("P2-K1-W4", oordeel="deels"),
            ],
        }


def results(*, day: str, number: str) -> dict[str, Any]:
    """The mbo-verklaring with everything that certificates do not give: generic parts, bpv, keuzedelen."""
    return {
        **HOLDER,
        "kwalificatie": KWALIFICATIE,
        "cohort": COHORT,
        "awarded_date": day,
        "document_number": number,
        "resultaten": [
            {"onderdeel": "generiek", "vak": "nederlands", "niveau": "2F", "cijfer": 6, "datum": day},
            {"onderdeel": "generiek", "vak": "rekenen", "niveau": "mbo-2", "cijfer": 6, "datum": day},
            {"onderdeel": "loopbaan_burgerschap", "oordeel": "voldaan", "datum": day},
            {"onderdeel": "bpv", "oordeel": "voldoende", "datum": day},
        ],
        "keuzedelen": [
            {"code": "K0186", "naam": "Wijkgericht werken", "sbu": 240, "cijfer": 7, "datum": day},
            {"code": "K0219", "naam": "Gezonde leefstijl", "sbu": 240, "cijfer": 6, "datum": day},
        ],
    }


def diploma(*, day: str, number: str) -> dict[str, Any]:
    """The diploma that the school awards in the end."""
    return {
        **HOLDER,
        "kwalificatie": KWALIFICATIE,
        "cohort": COHORT,
        "awarded_date": day,
        "document_number": number,
        "nlqf": 2,
        "eqf": 2,
    }
