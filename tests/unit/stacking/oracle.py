"""A second reading of the rules of CASES.md, written from the rules alone and as plainly as they stand there.

It reads the data of the domain itself and shares no line with `passport.stacking`. It is slow, knows nothing of the
law but these rules, and says only what they decide: statuses, reasons with ids, acceptance, weights and advice.
"""

import json
import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from pathlib import Path

WORDS = {"onvoldoende": 4, "niet voldaan": 4, "voldoende": 6, "voldaan": 6, "goed": 8, "deelgenomen": None}
SCALES = {
    "nederlands": ["1F", "2F", "3F", "4F"],
    "rekenen": ["mbo-1", "mbo-2", "mbo-3", "mbo-4"],
    "engels": ["A2", "A2/B1", "B1", "B1/B2", "B2", "C1"],
}
STRENGTHS = ["weak", "medium", "strong"]
ISSUER = {
    "ervaringscertificaat": "evc-aanbieder",
    "branchecertificaat": "brancheorganisatie",
    "zelfverklaring": None,
}
RESULTS = ("diploma", "mbo-certificaat", "examenresultaat")
REFUSED = {"revoked": "REVOKED", "suspended": "SUSPENDED", "unknown": "STATUS_UNKNOWN"}


def half_up(value, places="1"):
    return Decimal(str(value)).quantize(Decimal(places), ROUND_HALF_UP)


def later(day, years):
    """R43: 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def mark(item):
    if item.get("cijfer") is not None:
        return int(half_up(item["cijfer"]))
    return WORDS.get(item.get("oordeel"))


class Data:
    """The facts of the domain's data, as the files state them."""

    def __init__(self, folder: Path):
        def read(name):
            return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))

        self.qualifications = {row["crebo"]: row for row in read("kwalificaties")}
        self.units = {
            crebo: {
                kerntaak["code"]: {one["code"]: one["naam"] for one in kerntaak["werkprocessen"]}
                for kerntaak in row["kerntaken"]
            }
            for crebo, row in self.qualifications.items()
        }
        self.certificates = {
            row["code"]: (row["crebo"], [one["maps_to"] for one in row["werkprocessen"]])
            for row in read("mbo_certificaten")
        }
        self.hours = {row["code"]: row["sbu"] for row in read("keuzedelen")}
        self.tables = {
            (row["old_crebo"], row["new_crebo"]): {one["old"]: one["new"] for one in row["rows"]}
            for row in read("equivalenties_afgeleid")
        }

    def expand(self, crebo, code):
        """R15: the werkprocessen of a unit; None if the crebo does not have it."""
        kerntaken = self.units[crebo]
        if code in kerntaken:
            return list(kerntaken[code])
        return [code] if any(code in group for group in kerntaken.values()) else None

    def names(self, crebo):
        return {code: name for group in self.units.get(crebo, {}).values() for code, name in group.items()}


class Oracle:
    """One answer. `reasons` maps (code, at) to a set of ids."""

    def __init__(self, data, target, evidence):
        self.data, self.target = data, target
        self.items = [{"id": f"e{at}"} | one for at, one in enumerate(evidence, 1)]
        self.crebo, self.school = target["crebo"], target.get("school")
        self.date = date.fromisoformat(target["date"])
        self.reasons, self.weights, self.nodes, self.units = {}, {}, {}, {}
        known = self.crebo in data.qualifications
        row = data.qualifications.get(self.crebo, {})
        self.level = row.get("niveau") if row.get("niveau") is not None else target.get("niveau")
        year = self.date.year if self.date.month >= 8 else self.date.year - 1
        self.year = int(target["cohort"][:4]) if target.get("cohort") else year
        self.blocked = False
        if not known:
            self.block("UNKNOWN_QUALIFICATION")
        if target.get("leeftijd") is not None:
            self.reason("NO_AGE_RULE", "overall")
        self.rows = {}
        for one in target.get("mappings", ()):
            self.rows.setdefault(one["from"], []).append(
                (one["to"], "strong" if one["basis"] == "official" else "medium")
            )
        self.accept()
        self.claims_of_units()
        if known:
            self.judge_units()
            self.judge_generic()
            self.judge_keuzedelen()
            self.judge_simple("bpv", "BPV_MISSING")
            self.judge_simple("loopbaan_burgerschap", "LB_MISSING")
            self.judge_law()
        self.window()
        done = [one[0] for one in self.units.values()] + [one[0] for one in self.nodes.values()]
        ready = known and all(one in ("met", "exempt", "not_applicable") for one in done)
        self.overall = "blocked" if self.blocked else "ready_for_examencommissie" if ready else "incomplete"
        self.sets = self.advice() if known else []

    # -- small things

    def reason(self, code, at, *ids):
        self.reasons.setdefault((code, at), set()).update(ids)

    def block(self, code, *ids):
        self.blocked = True
        self.reason(code, "overall", *ids)

    def at(self, code, item):
        self.reason(code, f"evidence:{item['id']}", item["id"])

    def weigh(self, item, weight):
        order = ["informational", "claim", "exemption", "result"]
        self.weights[item["id"]] = max(self.weights.get(item["id"], "informational"), weight, key=order.index)

    def own(self, item):
        return self.school is not None and item.get("issuer") == self.school

    def here(self, item):
        """R21: of the awarding school and obtained in the target's crebo, for what names no units."""
        return self.own(item) and item.get("crebo", self.crebo) == self.crebo

    # -- R1 to R8

    def accept(self):
        holders = {one["holder"] for one in self.items if one.get("holder")}
        mismatch = len(holders) > 1
        if mismatch:
            self.block("HOLDER_MISMATCH", *(one["id"] for one in self.items))
        self.accepted = []
        for item in self.items:
            self.weigh(item, "informational")
            codes = self.refusals(item)
            for code in codes:
                self.at(code, item)
            if not codes and not mismatch:
                self.accepted.append(item)

    def named_crebos(self, item):
        units = item.get("units") or ()
        if item["type"] == "ervaringscertificaat" and not item["standaard"].startswith("crebo:"):
            units = ()
        found = {one.split(":")[0] for one in units if well_formed(one)}
        if item["type"] == "diploma":
            found.add(item["crebo"])
        if item["type"] == "mbo-certificaat" and item["code"] in self.data.certificates:
            found.add(self.data.certificates[item["code"]][0])
        return found

    def refusals(self, item):
        codes = set()
        if bad(item):
            return {"MALFORMED_EVIDENCE"}
        wanted = ISSUER.get(item["type"], "school")
        if "issuer" in item and wanted is not None and item["issuer"].split(":")[0] != wanted:
            codes.add("ISSUER_NOT_AUTHORISED")
        if item.get("issuer_accredited") is False:
            codes.add("ISSUER_NOT_AUTHORISED")
        day = item.get("date")
        if item["type"] == "ervaringscertificaat":
            day = item.get("overeenkomst_datum", day)
        since, until = item.get("issuer_accredited_from"), item.get("issuer_accredited_until")
        if day is not None and ((since and day < since) or (until and day > until)):
            codes.add("ISSUER_NOT_AUTHORISED")
        allowed = item.get("issuer_accredited_for", "*")
        if allowed != "*" and not self.named_crebos(item) <= set(allowed):
            codes.add("ISSUER_NOT_AUTHORISED")
        if item["type"] == "praktijkverklaring":
            codes |= self.leerbedrijf(item)
        if item.get("status", "valid") != "valid":
            codes.add(REFUSED[item["status"]])
        if item.get("date", "") > self.target["date"]:
            codes.add("DATED_AFTER_TARGET")
        return codes

    def leerbedrijf(self, item):
        signed = (item.get("cosigned") or "").startswith("leerbedrijf:")
        codes = set() if signed else {"MISSING_COSIGNATURE"}
        allowed = item.get("leerbedrijf_accredited_for", "*")
        period = item.get("period") or {"from": item["date"], "until": item["date"]}
        since = item.get("leerbedrijf_accredited_from") or "0000"
        until = item.get("leerbedrijf_accredited_until") or "9999"
        right = allowed == "*" or self.named_crebos(item) <= set(allowed)
        right = right and since <= period["from"] and period["until"] <= until
        return codes if right else codes | {"LEERBEDRIJF_NOT_RECOGNISED_FOR_CREBO"}

    # -- R10 to R17, R19, R21 to R23

    def contents(self, item):
        """The units an item names, and whether it states them itself."""
        kind, stated = item["type"], item.get("units")
        if kind == "diploma":
            crebo = item["crebo"]
            if crebo not in self.data.units:
                if not self.older(crebo):
                    self.at("UNKNOWN_QUALIFICATION", item)
                return [one for one in self.rows if one.startswith(crebo + ":")], False
            return [f"{crebo}:{code}" for code in self.data.names(crebo)], False
        if kind == "mbo-certificaat":
            if item["code"] in self.data.certificates:
                crebo, units = self.data.certificates[item["code"]]
                if stated is not None:
                    seen = set()
                    for one in stated:
                        known = well_formed(one) and one.split(":")[0] in self.data.units
                        wide = self.data.expand(*one.split(":")) if known else None
                        seen |= {f"{one.split(':')[0]}:{code}" for code in wide} if wide else {one}
                    if seen != set(units):
                        self.at("CERTIFICATE_CONTENTS_DIFFER", item)
                return units, False
            if not stated:
                self.at("CERTIFICATE_CONTENTS_UNKNOWN", item)
            return stated or [], True
        if kind == "ervaringscertificaat" and not item["standaard"].startswith("crebo:"):
            self.at("STANDARD_NOT_CREBO", item)
            return [], True
        return stated or [], True

    def older(self, crebo):
        mapped = any(one.split(":")[0] == crebo for one in self.rows)
        return crebo != self.crebo and ((crebo, self.crebo) in self.data.tables or mapped)

    def places(self, item, unit):
        """The units of the target that one named unit gives, with the most it may give; [] is no place."""
        data, target = self.data, self.data.names(self.crebo)
        if not well_formed(unit):
            self.at("MALFORMED_UNIT", item)
            return None
        crebo, code = unit.split(":")
        old = self.older(crebo)
        if crebo not in data.units and not old:
            self.at("UNKNOWN_QUALIFICATION", item)
            return None
        codes = data.expand(crebo, code) if crebo in data.units else [code]
        if codes is None:
            self.at("UNKNOWN_UNIT", item)
            if old:
                self.at("VERSION_MISMATCH", item)
            return None
        if old:
            self.at("VERSION_MISMATCH", item)
            table = data.tables.get((crebo, self.crebo), {})
            found = [(table[one], "medium") for one in codes if table.get(one)]
            for one in {*codes, *(each.split("-W")[0] for each in codes), code}:
                for to, limit in self.rows.get(f"{crebo}:{one}", ()):
                    wide = data.expand(*to.split(":")) if to.split(":")[0] == self.crebo else None
                    found += [(into, limit) for into in wide or ()]
            return found or None
        if crebo == self.crebo:
            return [(one, None) for one in codes]
        here, there = (data.qualifications.get(one, {}).get("dossier_crebo") for one in (self.crebo, crebo))
        same = here is not None and here == there
        names = data.names(crebo)
        fits = [one for one in codes if same and one.startswith("B") and target.get(one) == names[one]]
        self.misplaced |= len(fits) < len(codes)
        return [(one, "strong") for one in fits]

    def claims_of_units(self):
        """Work out for each unit of the target what each item gives for it."""
        self.given = {code: {} for code in self.data.names(self.crebo)}
        diplomas = [one for one in self.accepted if one["type"] == "diploma"]
        for item in self.accepted:
            kind = item["type"]
            if kind in ("branchecertificaat", "zelfverklaring"):
                self.at("INFORMATIONAL_ONLY", item)
            if kind == "praktijkverklaring":
                self.at("NO_EXAM", item)
            if kind == "vrijstelling" and not self.own(item):
                self.at("EXEMPTION_OTHER_SCHOOL", item)
            if kind == "ervaringscertificaat" and later(date.fromisoformat(item["date"]), 2) < self.date:
                self.at("STALE_EVIDENCE", item)
            if kind == "ervaringscertificaat" and item["date"] > item.get("issuer_accredited_until", "9999"):
                self.at("AUTHORISED_AT_START", item)
            if kind == "diploma" and item["crebo"] == self.crebo:
                self.reason("DIPLOMA_ALREADY_AWARDED", "overall", item["id"])
            if kind == "mbo-certificaat" and item["code"] in self.data.certificates:
                tied = self.data.certificates[item["code"]][0]
                if any(one["crebo"] == tied and one["date"] < item["date"] for one in diplomas):
                    self.at("CERTIFICATE_AFTER_DIPLOMA", item)
            if kind in (*RESULTS, "vrijstelling", "ervaringscertificaat", "praktijkverklaring"):
                self.give(item)

    def give(self, item):
        kind = item["type"]
        if kind == "examenresultaat" and (mark(item) or 0) < 6:
            self.at("RESULT_INSUFFICIENT", item)
        named, stated = self.contents(item)
        self.misplaced = False
        placed = False
        for unit in named:
            places = self.places(item, unit)
            placed |= bool(places)
            for code, limit in places or ():
                if kind != "examenresultaat" or (mark(item) or 0) >= 6:
                    self.add(item, code, limit)
        if self.misplaced and (stated or not placed):
            self.at("NOT_IN_QUALIFICATION", item)

    def add(self, item, code, limit):
        kind = item["type"]
        base = {"ervaringscertificaat": "medium", "vrijstelling": "medium", "praktijkverklaring": "weak"}
        outright = limit is None and self.own(item) and kind in (*RESULTS, "vrijstelling")
        if outright:
            status = ("exempt", None) if kind == "vrijstelling" else ("met", None)
        else:
            strength = min(base.get(kind, "strong"), limit or "strong", key=STRENGTHS.index)
            status = ("claim", strength)
        before = self.given[code].get(item["id"])
        if before is None or rank(status) > rank(before[1]):
            self.given[code][item["id"]] = (item, status)

    # -- R17, R18

    def judge_units(self):
        names = {"met": "result", "exempt": "exemption", "claim": "claim"}
        for code, given in self.given.items():
            ranked = sorted(given.values(), key=lambda one: one[0]["id"])
            ranked.sort(key=lambda one: one[0]["date"], reverse=True)
            ranked.sort(key=lambda one: one[0]["type"] != "diploma")
            ranked.sort(key=lambda one: rank(one[1]), reverse=True)
            ids = [one[0]["id"] for one in ranked]
            for item, status in ranked:
                self.weigh(item, names[status[0]])
            status = ranked[0][1] if ranked else ("open", None)
            self.units[code] = (*status, ids[:1], ids[1:])
            if len(ids) > 1:
                self.reason("DUPLICATE_EVIDENCE", code, *ids)
            if status[0] == "exempt":
                self.reason("EXEMPTION_GRANTED", code, ids[0])
            if status[0] == "claim":
                self.reason("EXEMPTION_REQUIRED", code, ids[0])
        for kerntaak, codes in self.data.units[self.crebo].items():
            found = [self.units[code] for code in codes]
            path, statuses = f"kerntaak:{kerntaak}", {one[0] for one in found}
            if "open" in statuses:
                self.nodes[path] = ("open" if statuses == {"open"} else "partial", None)
                if statuses != {"open"}:
                    self.reason("PARTIAL_KERNTAAK", path)
            elif "claim" in statuses:
                self.nodes[path] = ("claim", min((one[1] for one in found if one[1]), key=STRENGTHS.index))
            else:
                self.nodes[path] = ("exempt" if statuses == {"exempt"} else "met", None)
                if statuses == {"exempt"}:
                    self.reason("EXEMPTION_GRANTED", path)

    # -- R24 to R29

    def judge_generic(self):
        asked = ["nederlands", "rekenen", *(["engels"] if self.level == 4 else [])]
        items = [one for one in self.accepted if one.get("vak")]
        for item in items:
            if item["vak"] not in asked:
                self.at("NOT_IN_QUALIFICATION", item)
        parts = {}
        for vak in asked:
            parts[vak] = self.one_part(vak, [one for one in items if one["vak"] == vak])
            self.nodes[vak] = parts[vak][0]
        if self.level == 1 and any(one["vak"] in asked for one in items):
            self.reason("COHORT_RULE_ENTREE_TAKEN_ONLY", "generiek")
        statuses = [part[0][0] for part in parts.values()]
        decisive = [one for one in asked if not (one == "rekenen" and self.year < 2022)]

        def together(marks):
            if self.level == 1:
                return True
            if None in marks or min(marks) < 5:
                return False
            return sum(one >= 6 for one in marks) >= len(marks) - 1

        if "open" in statuses:
            self.nodes["generiek"] = ("open", None)
        elif "claim" not in statuses and together([parts[one][1] for one in decisive]):
            self.nodes["generiek"] = ("exempt" if set(statuses) == {"exempt"} else "met", None)
            if set(statuses) == {"exempt"}:
                self.reason("EXEMPTION_GRANTED", "generiek")
        elif together([parts[one][2] for one in decisive]):
            strengths = [part[3] for part in parts.values() if part[3]]
            self.nodes["generiek"] = ("claim", min(strengths, key=STRENGTHS.index)) if strengths else ("open", None)
        else:
            self.nodes["generiek"] = ("open", None)
            self.reason("GENERIC_MARKS", "generiek")

    def one_part(self, vak, items):
        """Status, mark without claims, mark with claims, strongest claim."""
        free = self.level == 1 or (vak == "rekenen" and self.year < 2022)
        if vak == "rekenen" and self.year < 2022 and items:
            self.reason("COHORT_RULE_REKENEN_NOT_DECISIVE", vak)
        scale = SCALES[vak]
        asked = {"nederlands": "3F" if self.level == 4 else "2F", "rekenen": f"mbo-{self.level}", "engels": "A2/B1"}
        at_level = [
            one
            for one in items
            if one["type"] == "generiek"
            and (free or (one.get("niveau") in scale and scale.index(one["niveau"]) >= scale.index(asked[vak])))
        ]
        good = [one for one in at_level if free or (mark(one) or 0) >= 5]
        exemptions = [one for one in items if one["type"] == "vrijstelling"]
        met = [one for one in good if self.here(one)]
        exempt = [one for one in exemptions if self.here(one)]
        strong = [one for one in good if not self.here(one)]
        medium = [one for one in exemptions if not self.here(one)]
        for group, weight in ((met, "result"), (exempt, "exemption"), (strong, "claim"), (medium, "claim")):
            for one in group:
                self.weigh(one, weight)
        claim = "strong" if strong else "medium" if medium else None

        def best(found):
            marks = [6 if one["type"] == "vrijstelling" and mark(one) is None else mark(one) for one in found]
            return max((one for one in marks if one is not None), default=None)

        mine = best([*met, *exempt])
        if met:
            status = ("met", None)
        elif exempt:
            status = ("exempt", None)
            self.reason("EXEMPTION_GRANTED", vak)
        elif claim:
            status = ("claim", claim)
            self.reason("EXEMPTION_REQUIRED", vak)
        else:
            status = ("open", None)
            results = [one for one in items if one["type"] == "generiek"]
            code = "GENERIC_MARKS" if at_level else "GENERIC_LEVEL_TOO_LOW" if results else "GENERIC_MISSING"
            self.reason(code, vak)
        return status, mine, best([*met, *exempt, *strong, *medium]), claim

    # -- R31 to R36

    def judge_keuzedelen(self):
        needed = {1: 240, 2: 480}.get(self.level, 720)
        by_code = {}
        for item in self.accepted:
            code = item.get("keuzedeel") or (item["code"] if item["type"] == "keuzedeel" else None)
            if code is None:
                continue
            code = re.sub(r"^[0-9]{5}(?=K)", "", code.upper())
            exemption = item["type"] == "vrijstelling"
            fell = False
            if self.crebo in (item.get("overlap") or ()):
                self.reason("KEUZEDEEL_OVERLAP", "keuzedelen", item["id"])
                fell = True
            if item.get("verplichting", True) is False:
                self.reason("KEUZEDEEL_EXCLUDED_FROM_MEAN", "keuzedelen", item["id"])
                fell = True
            sbu = self.data.hours.get(code)
            sbu = item.get("sbu") if sbu is None else sbu
            if not exemption and mark(item) is None:
                self.at("RESULT_INSUFFICIENT", item)
                fell = True
            if sbu is None:
                self.at("KEUZEDEEL_SBU_UNKNOWN", item)
            if fell:
                continue
            by_code.setdefault(code, []).append((item, exemption, mark(item), sbu or 0))
        counted, claims = [], []
        for found in by_code.values():
            found.sort(key=lambda one: one[0]["id"])
            found.sort(key=lambda one: one[0]["date"], reverse=True)
            found.sort(key=lambda one: -1 if one[2] is None else one[2], reverse=True)
            found.sort(key=self.preference)
            if len(found) > 1:
                self.reason("DUPLICATE_EVIDENCE", "keuzedelen", *(one[0]["id"] for one in found))
            first = found[0]
            (counted if self.here(first[0]) else claims).append(first)
            for item, exemption, *_ in found:
                self.weigh(item, "claim" if not self.here(item) else "exemption" if exemption else "result")
        marks = [one[2] for one in counted if one[2] is not None]
        sbu = sum(one[3] for one in counted)
        for item, exemption, value, _ in counted:
            if exemption:
                self.reason("EXEMPTION_GRANTED", "keuzedelen", item["id"])
                if value is None:
                    self.reason("KEUZEDEEL_EXCLUDED_FROM_MEAN", "keuzedelen", item["id"])
        if claims:
            self.reason("EXEMPTION_REQUIRED", "keuzedelen", *(one[0]["id"] for one in claims))
        if sbu < needed:
            self.reason("KEUZEDEEL_SBU_SHORT", "keuzedelen")
        elif self.year < 2020:
            self.reason("COHORT_RULE_KEUZEDEEL_NO_MINIMUM", "keuzedelen")
        else:
            for code in self.wrong(marks):
                self.reason(code, "keuzedelen")

        def right(found):
            values = [one[2] for one in found if one[2] is not None]
            return sum(one[3] for one in found) >= needed and (self.year < 2020 or not self.wrong(values))

        if right(counted):
            status = ("exempt" if all(one[1] for one in counted) else "met", None)
        elif claims and right([*counted, *claims]):
            status = ("claim", "medium" if any(one[1] for one in claims) else "strong")
        else:
            status = ("partial" if counted else "open", None)
        mean = float(half_up(Decimal(sum(marks)) / len(marks), "0.01")) if marks else None
        self.nodes["keuzedelen"] = (*status, sbu, needed, mean)

    def preference(self, found):
        item, exemption, value, _ = found
        if not self.here(item):
            return 3
        return 1 if exemption else 0 if value >= 6 else 2

    @staticmethod
    def wrong(marks):
        if not marks:
            return []
        codes = ["KEUZEDEEL_MEAN"] if half_up(Decimal(sum(marks)) / len(marks)) < 6 else []
        if sum(one >= 6 for one in marks) * 2 < len(marks):
            codes.append("KEUZEDEEL_HALF")
        return [*codes, *(["KEUZEDEEL_MIN4"] if min(marks) < 4 else [])]

    # -- R41 to R43, R50

    def judge_simple(self, path, missing):
        best = ("open", None)
        for item in self.accepted:
            if item["type"] == path:
                if (mark(item) or 0) < 6:
                    self.at("RESULT_INSUFFICIENT", item)
                    continue
                status = ("met", None) if self.here(item) else ("claim", "strong")
            elif item.get("node") == path:
                status = ("exempt", None) if self.here(item) else ("claim", "medium")
            else:
                continue
            self.weigh(item, {"met": "result", "exempt": "exemption", "claim": "claim"}[status[0]])
            best = max(best, status, key=rank)
        self.nodes[path] = best
        self.settle(path, best, missing)

    def settle(self, path, best, missing):
        code = {"open": missing, "claim": "EXEMPTION_REQUIRED", "exempt": "EXEMPTION_GRANTED"}.get(best[0])
        if code:
            self.reason(code, path)

    def judge_law(self):
        path, needed = "beroepsvereisten", self.target.get("beroepsvereisten")
        if needed is None:
            for item in self.accepted:
                if item["type"] == "beroepsvereiste" and "beroepsvereisten" in self.target:
                    self.at("NOT_IN_QUALIFICATION", item)
            self.nodes[path] = ("not_applicable", None)
            if "beroepsvereisten" not in self.target:
                self.reason("BEROEPSVEREISTE_UNKNOWN", path)
            return
        best = ("open", None)
        for item in self.accepted:
            if item["type"] == "beroepsvereiste" and item["naam"].casefold() == needed.casefold():
                if (mark(item) or 0) < 6:
                    self.at("RESULT_INSUFFICIENT", item)
                    continue
                status = ("met", None) if self.here(item) else ("claim", "strong")
                self.weigh(item, "result" if self.here(item) else "claim")
                best = max(best, status, key=rank)
        self.nodes[path] = best
        self.settle(path, best, "BEROEPSVEREISTE_MISSING")

    def window(self):
        until, years = self.target.get("dossier_valid_until"), self.target.get("duration_years")
        if until and years is not None and self.date > later(date.fromisoformat(until), years + 2):
            self.block("KD_WINDOW_CLOSED")

    def advice(self):
        open_units = {f"{self.crebo}:{code}" for code, one in self.units.items() if one[0] == "open"}
        tied = {code: set(units) for code, (crebo, units) in self.data.certificates.items() if crebo == self.crebo}
        wanted = open_units & set().union(*tied.values())
        for size in range(1, len(tied) + 1):
            found = [
                list(chosen)
                for chosen in combinations(sorted(tied), size)
                if wanted and wanted <= set().union(*(tied[one] for one in chosen))
            ]
            if found:
                return found[:20]
        return []


def rank(status):
    order = ["open", "claim weak", "claim medium", "claim strong", "exempt", "met"]
    return order.index(status[0] if status[1] is None else f"{status[0]} {status[1]}")


def well_formed(unit):
    return re.fullmatch(r"[0-9]{5}:[A-Z][0-9]+-K[0-9]+(-W[0-9]+)?", unit) is not None


def bad(item):
    """R1, for the fields that the comparison uses: required ones that miss, and marks and words out of range."""
    needs = {
        "diploma": ["crebo"],
        "mbo-certificaat": ["code"],
        "examenresultaat": ["units"],
        "generiek": ["vak"],
        "bpv": ["oordeel"],
        "loopbaan_burgerschap": ["oordeel"],
        "beroepsvereiste": ["naam", "oordeel"],
        "keuzedeel": ["code"],
        "praktijkverklaring": ["units"],
        "ervaringscertificaat": ["standaard"],
        "vrijstelling": [],
    }
    kind = item.get("type")
    if kind in ("branchecertificaat", "zelfverklaring"):
        return False
    if kind not in needs or any(one not in item for one in ["issuer", "date", *needs[kind]]):
        return True
    if kind in ("examenresultaat", "generiek", "keuzedeel") and not {"cijfer", "oordeel"} & set(item):
        return True
    if kind == "vrijstelling" and not {"units", "vak", "keuzedeel", "node"} & set(item):
        return True
    if kind == "ervaringscertificaat" and item["standaard"].startswith("crebo:") and "units" not in item:
        return True
    return "cijfer" in item and not 1 <= item["cijfer"] <= 10
