"""What the stacking benchmarks work on: 500 qualifications and 200 credentials of one person.

The qualifications are the real ones of the domain data, and copies of them under other numbers in the same dossiers
(so that R14 links them: the harder case). The credentials are made up, always the same, in the form in which they
come from verified credentials: each names its qualification.
"""

from __future__ import annotations

import copy
import json
import random
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from passport.stacking.catalogue import Catalogue, build_catalogue
from passport.stacking.catalogue_import import import_catalogue
from passport.stacking.facts import Facts
from passport.stacking.what_if import facts_from_what_if
from tests.paths import domain

QUALIFICATIONS, CREDENTIALS = 500, 200
SCHOOL, DAY, COHORT = "school:A", "2026-06-01", "2025-2026"
LEVEL = 3  # where the catalogue has none
FIRST_COPY = 30_000
CROWDED, CERTIFICATES = "29999", 40
NEARBY = 40  # the credentials are spread over so many qualifications


def real_documents() -> dict[str, Any]:
    """The catalogue that import makes of the domain data, as documents by file name."""
    with tempfile.TemporaryDirectory() as folder:
        import_catalogue(domain("data"), Path(folder))
        return {
            path.relative_to(folder).as_posix(): json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(Path(folder).rglob("*.json"))
        }


@cache
def catalogue() -> Catalogue:
    documents = real_documents()
    real = [row for name, row in documents.items() if name.startswith("qualifications/")]
    for at in range(QUALIFICATIONS - len(real)):
        row = copy.deepcopy(real[at % len(real)]) | {"crebo": str(FIRST_COPY + at)}
        documents[f"qualifications/{row['crebo']}.json"] = row
    return build_catalogue(documents)


def _entry(luck: random.Random, near: list[str], at: int) -> dict[str, Any]:
    known = catalogue()
    crebo = luck.choice(near)
    qualification = known.qualifications[crebo]
    school = luck.choice(("school:A", "school:A", "school:A", "school:B", "school:C"))
    some = luck.sample(list(qualification.units), min(3, len(qualification.units)))
    units = {"units": [f"{crebo}:{code}" for code in some]}
    kerntaak = {"units": [f"{crebo}:{luck.choice(list(qualification.kerntaken))}"]}
    entry = {
        "id": f"c{at:03}",
        "issuer": school,
        "date": f"20{luck.randint(18, 25)}-0{luck.randint(1, 9)}-11",
        "crebo": crebo,
    }
    mark = {"cijfer": luck.randint(4, 9)}
    makers: tuple[tuple[int, Any], ...] = (
        (60, lambda: {"type": "examenresultaat", **luck.choice((units, kerntaak)), **mark}),
        (40, lambda: {"type": "mbo-certificaat", "code": luck.choice(sorted(known.certificates))}),
        (8, lambda: {"type": "diploma"}),
        (20, lambda: {"type": "praktijkverklaring", "cosigned": "leerbedrijf:L", **units}),
        (
            15,
            lambda: {
                "type": "ervaringscertificaat",
                "issuer": "evc-aanbieder:P",
                "standaard": f"crebo:{crebo}",
                **units,
            },
        ),
        (12, lambda: {"type": "vrijstelling", **units}),
        (15, lambda: {"type": "keuzedeel", "code": luck.choice(sorted(known.keuzedelen)), "sbu": 240, **mark}),
        (15, lambda: {"type": "generiek", "vak": luck.choice(("nederlands", "rekenen")), "niveau": "3F", **mark}),
        (5, lambda: {"type": "bpv", "oordeel": "voldoende"}),
        (5, lambda: {"type": "loopbaan_burgerschap", "oordeel": "voldaan"}),
        (5, lambda: {"type": "branchecertificaat", "issuer": "brancheorganisatie:X"}),
    )
    maker = luck.choices([make for _, make in makers], [weight for weight, _ in makers])[0]
    found: dict[str, Any] = entry | maker() | luck.choice(({},) * 19 + ({"status": "revoked"},))
    return found


@cache
def certificate_qualification() -> Catalogue:
    """One made-up qualification of 24 units with 40 certificates of two to four units: far more than any real one."""
    luck, documents = random.Random(5), real_documents()
    row = copy.deepcopy(documents["qualifications/25960.json"]) | {"crebo": CROWDED}
    row["kerntaken"] = [
        {
            "code": f"B1-K{kerntaak}",
            "naam": "made up",
            "werkprocessen": [{"code": f"B1-K{kerntaak}-W{at}", "naam": f"made up {at}"} for at in range(1, 7)],
        }
        for kerntaak in range(1, 5)
    ]
    units = [one["code"] for kerntaak in row["kerntaken"] for one in kerntaak["werkprocessen"]]
    documents[f"qualifications/{CROWDED}.json"] = row
    example = documents["certificates/C0164.json"]
    for at in range(CERTIFICATES):
        some = luck.sample(units, luck.randint(2, 4))
        contents = [
            example["units"][0] | {"code": f"C1-K1-W{n}", "unit": f"{CROWDED}:{u}"} for n, u in enumerate(some, 1)
        ]
        code = f"C{9000 + at}"
        documents[f"certificates/{code}.json"] = example | {"code": code, "crebo": CROWDED, "units": contents}
    return build_catalogue(documents)


@cache
def evidence() -> tuple[dict[str, Any], ...]:
    luck = random.Random(3)
    near = luck.sample(sorted(catalogue().qualifications), NEARBY)
    return tuple(_entry(luck, near, at) for at in range(CREDENTIALS))


def fresh_facts() -> Facts:
    """The same facts in new objects each time, so that nothing remembered about the last ones helps."""
    return replace(facts_from_what_if(list(evidence())))


def target(crebo: str) -> dict[str, Any]:
    """Where the catalogue has no level, the call states one, as R1 asks."""
    level = catalogue().qualifications[crebo].niveau
    return {"crebo": crebo, "cohort": COHORT, "school": SCHOOL, "date": DAY} | ({} if level else {"niveau": LEVEL})
