"""A small catalogue of made-up qualifications for the tests of the rules, and a short way to ask for an answer.

10001 level 2, dossier 90001 · 10002 level 3, the same dossier · 10003 level 2, no dossier · 10004 level 4 ·
10005 level 1 · 10006 level not known · 10007 level 2, law asks "VWS" · 10008 level 2, law asks nothing ·
10000 the older version of 10001. Certificates: C1001, C1002, C1003 of 10001, C1004 of 10002, C1099 of 19999 (unknown).
"""

import json
from functools import cache
from importlib import resources

from passport.stacking import stack
from passport.stacking.catalogue import build_catalogue

FACT = {"source": "made up", "valid_from": None, "valid_until": None}
KERNTAKEN = {"B1-K1": ("B1-K1-W1", "B1-K1-W2"), "P1-K1": ("P1-K1-W1", "P1-K1-W2")}
OTHER_NAMES = {"B1-K1-W2": "another name"}


def qualification(crebo, level, *, dossier="90001", names=(), legal=None, **more):
    names = dict(names)
    return {
        "crebo": crebo,
        "naam": f"Kwalificatie {crebo}",
        "niveau": level,
        "dossier": None,
        "dossier_crebo": dossier,
        "kd_versie": None,
        "stated_for": None,
        "dossier_valid_until": None,
        "duration_years": None,
        "beroepsvereisten": legal,
        "kerntaken": [
            {
                "code": kerntaak,
                "naam": f"kerntaak {kerntaak}",
                "werkprocessen": [{"code": code, "naam": names.get(code, f"name of {code}")} for code in codes],
            }
            for kerntaak, codes in KERNTAKEN.items()
        ],
        "confidence": "made up",
        **FACT,
        **more,
    }


def certificate(code, crebo, *units):
    return {
        "code": code,
        "naam": f"Certificaat {code}",
        "crebo": crebo,
        "units": [
            {"code": f"C1-K1-W{at}", "naam": "inner", "unit": f"{crebo}:{unit}", "mapping": "made up", "note": None}
            for at, unit in enumerate(units, 1)
        ],
        "pass_rule": None,
        "confidence": "made up",
        **FACT,
    }


def keuzedeel(code, sbu, overlap=()):
    return {
        "code": code,
        "naam": code,
        "sbu": sbu,
        "overlap": list(overlap),
        "confidence": "made up",
        **FACT,
    }


def documents():
    shipped = resources.files("schemas") / "catalogue" / "requirements.json"
    qualifications = [
        qualification("10001", 2),
        qualification("10002", 3, names=OTHER_NAMES),
        qualification("10003", 2, dossier=None),
        qualification("10004", 4, dossier=None),
        qualification("10005", 1, dossier=None),
        qualification("10006", None, dossier=None),
        qualification("10007", 2, dossier="90007", legal={"naam": "VWS", **FACT}),
        qualification("10008", 2, dossier="90008", legal={"naam": None, **FACT}),
        qualification("10000", 2, dossier="90001"),
    ]
    certificates = [
        certificate("C1001", "10001", "B1-K1-W1", "B1-K1-W2"),
        certificate("C1002", "10001", "P1-K1-W1", "B1-K1-W1"),
        certificate("C1003", "10001", "P1-K1-W2", "P1-K1-W1"),
        certificate("C1004", "10002", "B1-K1-W1", "P1-K1-W1"),
        certificate("C1005", "10002", "P1-K1-W1"),
        certificate("C1099", "19999", "P1-K1-W1"),
    ]
    rows = [
        {"from": "B1-K1-W1", "naam": "old", "to": "B1-K1-W2", "basis": "identical name"},
        {"from": "B1-K1-W2", "naam": "old", "to": None, "basis": "none"},
        {"from": "P1-K1-W1", "naam": "old", "to": None, "basis": "none"},
        {"from": "P1-K1-W2", "naam": "old", "to": None, "basis": "none"},
    ]
    table = {"from": "10000", "to": "10001", "naam": "x", "kind": "derived", "rows": rows, "confidence": "x", **FACT}
    far = {"from": "18888", "to": "10001", "naam": "x", "kind": "derived", "rows": rows, "confidence": "x", **FACT}
    return {
        "catalogue.json": {"format": 1, "version": "test", "title": "made up", "sources": []},
        "keuzedelen.json": {
            "keuzedelen": [keuzedeel("K0001", 240), keuzedeel("K0002", None), keuzedeel("K0003", 240, ["10001"])]
        },
        "equivalences.json": {"tables": [table, far]},
        "requirements.json": json.loads(shipped.read_text(encoding="utf-8")),
        **{f"qualifications/{row['crebo']}.json": row for row in qualifications},
        **{f"certificates/{row['code']}.json": row for row in certificates},
    }


@cache
def catalogue():
    return build_catalogue(documents())


TARGET = {"crebo": "10001", "cohort": "2025-2026", "school": "school:A", "date": "2026-06-01"}


def item(kind, id=None, **fields):
    """An item of the awarding school, dated before the target."""
    issuer = {"ervaringscertificaat": "evc-aanbieder:P", "branchecertificaat": "brancheorganisatie:X"}
    base = {"type": kind, "issuer": issuer.get(kind, "school:A"), "date": "2026-02-01"}
    return ({"id": id} if id else {}) | base | fields


def exam(*codes, id=None, crebo="10001", **fields):
    units = [f"{crebo}:{code}" for code in codes]
    return item("examenresultaat", id, **({"units": units, "cijfer": 7} | fields))


def ask(*evidence, lang="nl", verbose=False, **target):
    target = {key: value for key, value in (TARGET | target).items() if value != "absent"}
    return stack(
        catalogue=catalogue(), target=target, evidence=list(evidence), lang=lang, what_if=True, verbose=verbose
    )


def reason(answer, code, at=None):
    """Return the ids of a reason, or None where it does not stand there."""
    for one in answer["reasons"]:
        if one["code"] == code and at in (None, one["at"]):
            return one["evidence"]
    return None


def codes(answer, at=None):
    return {one["code"] for one in answer["reasons"] if at in (None, one["at"])}


def unit(answer, code):
    found = answer["units"][code]
    return found["status"] if found["strength"] is None else f"{found['status']} {found['strength']}"


def node(answer, path):
    found = answer["nodes"][path]
    return found["status"] if found["strength"] is None else f"{found['status']} {found['strength']}"


COMPLETE = (
    exam("B1-K1", "P1-K1", id="units"),
    item("bpv", "bpv", oordeel="voldoende"),
    item("loopbaan_burgerschap", "lb", oordeel="voldaan"),
    item("generiek", "nl", vak="nederlands", niveau="2F", cijfer=6),
    item("generiek", "rek", vak="rekenen", niveau="mbo-2", cijfer=5),
    item("keuzedeel", "k1", code="KX1", sbu=240, cijfer=6),
    item("keuzedeel", "k2", code="KX2", sbu=240, cijfer=6),
)
