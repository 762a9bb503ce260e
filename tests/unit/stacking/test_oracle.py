"""The engine against a second reading of the rules (`oracle.py`), on files made at random from fixed seeds."""

import random

import pytest

from passport.stacking import stack
from passport.stacking.catalogue import load_catalogue
from passport.stacking.catalogue_import import import_catalogue
from tests.unit.stacking.oracle import Data, Oracle
from tests.unit.stacking.test_cases import DOMAIN

pytestmark = pytest.mark.skipif(not (DOMAIN / "data").is_dir(), reason="the domain data are not there")

RELATED = {
    "25960": ["25960", "25960", "25960", "25498", "25499", "25656"],
    "25656": ["25656", "25656", "25655"],
    "25655": ["25655", "25655", "25656"],
    "25743": ["25743", "25743", "25742", "25741"],
    "25742": ["25742", "25743"],
    "25180": ["25180", "25960"],
    "25498": ["25498", "25499", "25500"],
    "25697": ["25697", "25484", "25696", "25698"],
    "25696": ["25696", "25486", "25697"],
    "25475": ["25475", "25474", "25476"],
    "25728": ["25728", "25727"],
}
OFTEN = ["25960"] * 4 + ["25656"] * 3 + ["25655"] * 2 + ["25743"] * 2 + sorted(RELATED)
KINDS = [
    *["mbo-certificaat", "examenresultaat"] * 2,
    *["generiek", "keuzedeel", "vrijstelling"] * 3,
    *["diploma", "bpv", "loopbaan_burgerschap", "beroepsvereiste", "praktijkverklaring"],
    *["ervaringscertificaat", "branchecertificaat", "zelfverklaring"],
]
LEVELS = {
    "nederlands": ["1F", "2F", "3F", "4F", "2F", "3F", "mbo-2"],
    "rekenen": ["mbo-1", "mbo-2", "mbo-3", "mbo-4", "2F", "3F"],
    "engels": ["A2", "A2/B1", "B1", "B1/B2", "C1"],
}
WORDS = ["voldoende", "voldaan", "goed", "onvoldoende", "niet voldaan", "deelgenomen"]
DAYS = ["2026-02-01", "2026-02-01", "2025-09-01", "2024-02-29", "2024-05-31", "2024-06-01", "2026-06-01", "2023-01-01"]
NONSENSE = ["25960-P2-K1", "nonsense", "99999:B1-K1", "77777:B1-K1-W1"]


class Maker:
    """Makes a target and evidence that often meet each other's edges."""

    def __init__(self, seed: int, data: Data):
        self.random, self.data = random.Random(seed), data

    def one(self, *options):
        return self.random.choice(options)

    def chance(self, share):
        return self.random.random() < share

    def unit(self, crebo, whole=0.25):
        kerntaken = self.data.units.get(crebo) or {"B1-K1": {"B1-K1-W1": ""}}
        kerntaak = self.one(*kerntaken)
        return f"{crebo}:{kerntaak if self.chance(whole) else self.one(*kerntaken[kerntaak])}"

    def units(self, target):
        found = [self.unit(self.one(*RELATED[target])) for _ in range(self.one(1, 1, 2, 3))]
        if self.chance(0.08):
            found.append(self.one(*NONSENSE, f"{target}:B9-K9", f"{target}:B1-K1-W99"))
        return found

    def mark(self):
        if self.chance(0.3):
            return {"oordeel": self.one(*WORDS)}
        return {"cijfer": self.one(1, 3, 4, 4.5, 5, 5.49, 5.5, 6, 6.5, 7, 8, 9, 10, 5, 6, 4)}

    def day(self):
        return "2026-06-02" if self.chance(0.02) else self.one(*DAYS)

    def target(self):
        crebo = self.one(*OFTEN)
        target = {
            "crebo": crebo,
            "date": self.one("2026-06-01", "2026-06-01", "2026-07-31", "2026-02-28", "2026-03-01"),
        }
        if self.chance(0.9):
            target["school"] = "school:A"
        if self.chance(0.8):
            target["cohort"] = self.one("2025-2026", "2025-2026", "2019-2020", "2020-2021", "2021-2022", "2022-2023")
        else:
            target["date"] = self.one("2020-07-31", "2020-08-01", "2022-07-31", "2022-08-01")
        if self.data.qualifications[crebo]["niveau"] is None or self.chance(0.1):
            target["niveau"] = self.one(1, 2, 3, 4)
        if self.chance(0.2):
            target["beroepsvereisten"] = self.one("VWS", None)
        if self.chance(0.1):
            target["leeftijd"] = 45
        if self.chance(0.15):
            target["dossier_valid_until"] = self.one("2022-02-28", "2020-02-29", "2024-02-29", "2022-07-31")
            target["duration_years"] = self.one(0, 1, 2, 3, 4)
        if self.chance(0.25):
            target["mappings"] = [self.row(crebo) for _ in range(self.one(1, 2))]
        return target

    def row(self, crebo):
        old = self.one("77777", "77777", *(one for one in RELATED[crebo] if one != crebo))
        return {"from": self.unit(old, 0.15), "to": self.unit(crebo, 0.15), "basis": self.one("official", "name")}

    def item(self, target):
        kind = self.one(*KINDS)
        issuers = {"ervaringscertificaat": "evc-aanbieder:P", "branchecertificaat": "brancheorganisatie:X"}
        issuer = issuers.get(kind) or self.one("school:A", "school:A", "school:A", "school:B")
        item = {"type": kind, "issuer": issuer, "date": self.day()}
        if self.chance(0.02):
            item["issuer"] = self.one("leerbedrijf:L", "brancheorganisatie:X", "school:A", "evc-aanbieder:P")
        self.trust(item, target)
        getattr(self, kind.replace("-", "_"), lambda *_: None)(item, target)
        plain = kind in ("generiek", "bpv", "loopbaan_burgerschap", "beroepsvereiste", "keuzedeel", "vrijstelling")
        if plain and self.chance(0.12):
            item["crebo"] = self.one(*RELATED[target])
        if self.chance(0.01):
            del item[self.one(*(name for name in item if name != "type"))]
        return item

    def trust(self, item, target):
        for share, name, values in (
            (0.05, "status", ["revoked", "suspended", "unknown", "valid"]),
            (0.03, "issuer_accredited", [True, False]),
            (0.05, "issuer_accredited_from", DAYS),
            (0.05, "issuer_accredited_until", DAYS),
            (0.06, "issuer_accredited_for", [[target], ["25960", "25498"], "*", []]),
            (0.03, "holder", ["k1", "k1", "k1", "k2"]),
        ):
            if self.chance(share):
                item[name] = self.one(*values)

    def diploma(self, item, target):
        item["crebo"] = "88888" if self.chance(0.05) else self.one(*RELATED[target])

    def mbo_certificaat(self, item, target):
        tied = [code for code, (crebo, _) in self.data.certificates.items() if crebo in RELATED[target]]
        item["code"] = self.one("C9999", *self.data.certificates) if self.chance(0.4) else self.one("C9998", *tied)
        if self.chance(0.25):
            item["units"] = self.units(target)

    def examenresultaat(self, item, target):
        item |= {"units": self.units(target)} | self.mark()

    def generiek(self, item, target):
        item |= {"vak": self.one(*LEVELS)} | self.mark()
        if self.chance(0.93):
            item["niveau"] = self.one(*LEVELS[item["vak"]])

    def bpv(self, item, target):
        item["oordeel"] = self.one(*WORDS)

    loopbaan_burgerschap = bpv

    def beroepsvereiste(self, item, target):
        item |= {"naam": self.one("VWS", "vws"), "oordeel": self.one("voldaan", "voldaan", "niet voldaan")}

    def keuzedeel(self, item, target):
        item |= {"code": self.one("KX1", "KX2", "kx3", "K0024", "K0067", "25604K0067", "K0059", "25604KX1", "K0137")}
        item |= self.mark()
        self.hours(item, target)

    def hours(self, item, target):
        if self.chance(0.85):
            item["sbu"] = self.one(120, 240, 240, 480, 720)
        if self.chance(0.08):
            item["verplichting"] = self.one(False, True)
        if self.chance(0.08):
            item["overlap"] = self.one([target], ["11111"])

    def praktijkverklaring(self, item, target):
        item["units"] = self.units(target)
        company = "leerbedrijf"
        for share, name, values in (
            (0.9, "cosigned", ["leerbedrijf:L"] * 4 + ["school:B", None]),
            (0.3, f"{company}_accredited_for", [[target], [target, *RELATED[target]], "*"]),
            (0.3, f"{company}_accredited_from", ["2023-01-01", "2025-09-01"]),
            (0.3, f"{company}_accredited_until", ["2026-02-01", "2026-12-31"]),
        ):
            if self.chance(share):
                item[name] = self.one(*values)
        if self.chance(0.3):
            begin, end = self.one("2023-01-01", "2025-09-01", "2025-08-31"), self.one("2026-02-01", "2026-02-02")
            item["period"] = {"from": begin, "until": end}

    def ervaringscertificaat(self, item, target):
        item["standaard"] = f"crebo:{target}" if self.chance(0.85) else "branche:x"
        if item["standaard"] != "branche:x" or self.chance(0.5):
            item["units"] = self.units(target)
        if self.chance(0.4):
            item["overeenkomst_datum"] = self.one("2023-01-01", "2025-01-01", "2024-02-29")

    def vrijstelling(self, item, target):
        for what in self.random.sample(["units", "vak", "keuzedeel", "node"], self.one(1, 1, 1, 2)):
            if what == "keuzedeel":
                item[what] = self.one("KX1", "KX2", "K0067", "K0059", "KX4")
                self.hours(item, target)
            else:
                nodes = ["bpv", "loopbaan_burgerschap"]
                item[what] = {"units": self.units(target), "vak": self.one(*LEVELS), "node": self.one(*nodes)}[what]
        if self.chance(0.3):
            item["cijfer"] = self.one(3, 5, 6, 8)

    def evidence(self, target):
        items = [self.item(target["crebo"]) for _ in range(self.one(1, 2, 3, 5, 8, 12, 16))]
        if self.chance(0.5):
            items = [{"id": f"{self.one('z', 'a', 'm', 'Q', '1')}{at}"} | one for at, one in enumerate(items)]
        return items


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    out = tmp_path_factory.mktemp("catalogue")
    import_catalogue(DOMAIN / "data", out)
    return Data(DOMAIN / "data"), load_catalogue(out)


def status(found, *more):
    return (found["status"], found["strength"], *(found[name] for name in more))


def compare(answer, oracle):
    """What both say, side by side. A reason of the engine may name more ids than the rules ask."""
    units = {code: status(unit, "used", "also") for code, unit in answer["units"].items()}
    assert units == oracle.units
    figures = {"keuzedelen": ("sbu", "sbu_required", "mean")}
    nodes = {path: status(node, *figures.get(path, ())) for path, node in answer["nodes"].items()}
    assert nodes == oracle.nodes
    accepted = {key for key, item in answer["evidence"].items() if item["accepted"]}
    assert accepted == {item["id"] for item in oracle.accepted}
    assert {key: item["weight"] for key, item in answer["evidence"].items()} == oracle.weights
    assert answer["overall"] == oracle.overall
    assert answer["advice"]["smallest_sets"] == oracle.sets
    malformed = {at for code, at in oracle.reasons if code == "MALFORMED_EVIDENCE"}
    found = {(one["code"], one["at"]): set(one["evidence"]) for one in answer["reasons"]}
    # what else is wrong with an item that cannot be read, the oracle does not ask
    found = {key: ids for key, ids in found.items() if key in oracle.reasons or key[1] not in malformed}
    assert set(found) == set(oracle.reasons)
    for key, ids in oracle.reasons.items():
        assert ids <= found[key], key


@pytest.mark.parametrize("block", range(8))
def test_the_engine_and_the_second_reading_agree(block, read):
    data, catalogue = read
    for seed in range(block * 200, (block + 1) * 200):
        maker = Maker(seed, data)
        target = maker.target()
        evidence = maker.evidence(target)
        answer = stack(catalogue=catalogue, target=target, evidence=evidence, lang="nl", what_if=True)
        try:
            compare(answer, Oracle(data, target, evidence))
        except AssertionError as problem:
            raise AssertionError(f"seed {seed}: {target} {evidence}") from problem
