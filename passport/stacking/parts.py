"""What items give beside the units: generic parts, separate things, keuzedelen (R20, R21, R24, R31, R32, R41, R42).

Units never fill these places, and these never fill units. An item gives one thing to the qualification in which it was
obtained and another thing to all others; so what it gives is sorted once, and only the places where a qualification is
named are judged apart for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from passport.stacking.acceptance import Reasons
from passport.stacking.catalogue import Catalogue
from passport.stacking.finding import DONE, Verdict
from passport.stacking.judge import judge
from passport.stacking.plan import BEROEPSVEREISTEN, KEUZEDELEN, Plan
from passport.stacking.reading import Read
from passport.stacking.reasons import Code
from passport.stacking.rules import Marks, Rule
from passport.stacking.stated import NOTHING, keuzedeel_code, read_hours, stated_keuzedeel
from passport.stacking.supports import Support

ELSEWHERE = ""  # the crebo of no qualification
BESIDE_UNITS = frozenset({"generiek", "bpv", "loopbaan_burgerschap", "beroepsvereiste", "keuzedeel", "vrijstelling"})
INSUFFICIENT = frozenset({Code.RESULT_INSUFFICIENT})
NOT_HERE = frozenset({Code.NOT_IN_QUALIFICATION})
OTHER_SCHOOL = frozenset({Code.EXEMPTION_OTHER_SCHOOL})
HOURS_UNKNOWN = frozenset({Code.KEUZEDEEL_SBU_UNKNOWN})


Verdicts = tuple[Sequence[Verdict], bool]
"""What came of the rules of a plan, and whether all of them are done."""


class HoursEntry(NamedTuple):
    """One item for one keuzedeel. overlap: qualifications that it overlaps; outside: it never counts.

    without_obligation: it falls outside the obligation, which is to be said.
    """

    read: Read
    code: str
    overlap: frozenset[str]
    outside: bool
    without_obligation: bool


def _support(read: Read, crebo: str) -> Support | None:
    """R21: without a crebo it was obtained in the target's qualification, whatever that is."""
    obtained = read.item.crebo
    return read.part_support(own=obtained is None or obtained == crebo)


def _paths(rule: Rule) -> tuple[str, ...]:
    return tuple(part.path for part in rule.parts) if isinstance(rule, Marks) else (rule.path,)


class Beside:
    """All that a stack gives beside the units.

    Its verdicts for qualifications that no item names are remembered by rule: the rules of most targets are the same.
    """

    def __init__(self, reads: Sequence[Read], catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._places: dict[str, list[Read]] = {}
        self._professional: list[Read] = []
        self._hours: list[HoursEntry] = []
        self._named: dict[str, set[str]] = {}  # by crebo: the places that are judged apart for it
        self._elsewhere: dict[Rule, Verdict] = {}
        self._plans: dict[Plan, Verdicts] = {}
        self._generic: list[Read] = []
        self._codes = {read.at: codes for read in reads if (codes := self._sort(read))}

    def _sort(self, read: Read) -> frozenset[Code]:
        """Put an item in its places, and return what is to be said of it whatever is asked."""
        item, codes = read.item, NOTHING
        if item.vak is not None:
            self._generic.append(read)
            self._put(item.vak, read)
        match item.type:
            case "bpv" | "loopbaan_burgerschap":
                codes = self._separate(read, item.type)
            case "beroepsvereiste":
                self._professional.append(read)
                self._name(item.crebo, BEROEPSVEREISTEN)
            case "keuzedeel":
                codes = self._keuzedeel(read)
            case "vrijstelling":  # R21; its units are placed with the units
                codes = NOTHING if read.awarding else OTHER_SCHOOL
                if item.node is not None:
                    codes |= self._separate(read, item.node)
                if item.keuzedeel is not None:
                    codes |= self._keuzedeel(read)
        return codes

    def _name(self, crebo: str | None, path: str) -> None:
        if crebo is not None:
            self._named.setdefault(crebo, set()).add(path)

    def _put(self, path: str, read: Read) -> None:
        self._places.setdefault(path, []).append(read)
        self._name(read.item.crebo, path)

    def _separate(self, read: Read, path: str) -> frozenset[Code]:
        """R41. An exemption needs no mark."""
        if read.item.type != "vrijstelling" and not self.catalogue.requirements.is_sufficient(read.item):
            return INSUFFICIENT
        self._put(path, read)
        return NOTHING

    def _keuzedeel(self, read: Read) -> frozenset[Code]:
        """R31, R32: the hours, and what falls out before anything is counted."""
        item = read.item
        code = keuzedeel_code(stated_keuzedeel(item) or "")
        known = self.catalogue.keuzedelen.get(code)
        codes = HOURS_UNKNOWN if read_hours(item, self.catalogue) is None else NOTHING
        unmarked = item.type != "vrijstelling" and read.mark is None
        if unmarked:
            codes |= INSUFFICIENT
        overlap = item.overlap
        if known is not None and known.overlap and known.period.holds(item.date):
            overlap |= known.overlap
        entry = HoursEntry(read, code, overlap, unmarked or not item.verplichting, not item.verplichting)
        self._hours.append(entry)
        self._name(item.crebo, KEUZEDELEN)
        for crebo in overlap:
            self._name(crebo, KEUZEDELEN)
        return codes

    def codes(self, plan: Plan) -> dict[int, frozenset[Code]]:
        """Return what is to be said of items beside their units, by place of the item, for what a plan asks."""
        found = dict(self._codes)
        for read in self._generic:
            item = read.item
            if plan.asked is not None and item.vak not in plan.asked:  # R24
                found[read.at] = found.get(read.at, NOTHING) | NOT_HERE
            elif read.mark is None and item.type == "generiek" and item.oordeel is None and item.vak in plan.marked:
                found[read.at] = INSUFFICIENT  # the mark is not disclosed
        known, name = plan.required
        for read in self._professional:
            if name is None or not _is_named(read, name):
                if known:
                    found[read.at] = NOT_HERE
            elif read.item.oordeel != "voldaan" and not self.catalogue.requirements.is_sufficient(read.item):
                found[read.at] = INSUFFICIENT
        return found

    def _keuzedelen(self, crebo: str, reasons: Reasons) -> dict[str, list[Support]]:
        """Return the supports by code, and note at their place which fall out and why."""
        found: dict[str, list[Support]] = {}
        for read, code, overlap, outside, without_obligation in self._hours:
            if without_obligation:
                reasons.add(Code.KEUZEDEEL_EXCLUDED_FROM_MEAN, KEUZEDELEN, read.item.id)
            if crebo in overlap:
                reasons.add(Code.KEUZEDEEL_OVERLAP, KEUZEDELEN, read.item.id)
            elif not outside and (support := _support(read, crebo)) is not None:
                found.setdefault(code, []).append(support)
        return found

    def _judge(self, rule: Rule, plan: Plan, crebo: str) -> Verdict:
        reasons, sufficient = Reasons(), self.catalogue.requirements.sufficient
        if rule.path == KEUZEDELEN:
            return judge(rule, {}, self._keuzedelen(crebo, reasons), sufficient=sufficient, reasons=reasons)
        places = {}
        for path in _paths(rule):
            reads = self._places.get(path, ())
            name = plan.required[1]
            if path == BEROEPSVEREISTEN and name is not None:
                done = [read for read in self._professional if read.item.oordeel == "voldaan"]
                reads = [read for read in done if _is_named(read, name)]
            places[path] = [found for read in reads if (found := _support(read, crebo)) is not None]
        return judge(rule, places, {}, sufficient=sufficient, reasons=reasons)

    def verdicts(self, plan: Plan, crebo: str) -> Verdicts:
        """Return what comes of the rules of a plan for one qualification; for most it is one object."""
        found = self._plans.get(plan)
        if found is None:
            found = self._plans[plan] = _together([self._judge_elsewhere(rule, plan) for rule in plan.rules])
        apart = self._named.get(crebo)
        if apart is None:
            return found
        return _together(
            [
                elsewhere if apart.isdisjoint(_paths(rule)) else self._judge(rule, plan, crebo)
                for rule, elsewhere in zip(plan.rules, found[0], strict=True)
            ]
        )

    def _judge_elsewhere(self, rule: Rule, plan: Plan) -> Verdict:
        if rule not in self._elsewhere:
            self._elsewhere[rule] = self._judge(rule, plan, ELSEWHERE)
        return self._elsewhere[rule]


def _together(verdicts: Sequence[Verdict]) -> Verdicts:
    return verdicts, all(verdict.node.status in DONE for verdict in verdicts)


def _is_named(read: Read, name: str) -> bool:
    """R42: capitals do not matter."""
    return (read.item.naam or "").strip().casefold() == name.strip().casefold()
