"""Puts a finding into the contract's form and into words (CONTRACT section 5).

It never says that somebody has passed or has a diploma: the school decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import accumulate, chain
from typing import Any, NamedTuple

from passport import messages
from passport.stacking.facts import Item
from passport.stacking.finding import BLOCKING, Finding, Node, Overall, Status, Verdict
from passport.stacking.reading import Notes, Read
from passport.stacking.reasons import BASIS, Code
from passport.stacking.requirements import Grade
from passport.stacking.rules import Hours, Marks
from passport.stacking.tree import STATUS, STRENGTH, number, shown, tree

JsonObject = dict[str, Any]
WEIGHTS = {Grade.MET: "result", Grade.EXEMPT: "exemption", Grade.CLAIM: "claim", None: "informational"}
OVERALL = "overall"
_STATUS_UNKNOWN = frozenset({Code.STATUS_UNKNOWN})
UNREADABLE = "unknown"


@cache
def _words(code: Code, lang: str) -> tuple[str, str, str]:
    """Return code, basis and sentence of a reason: looked up once a process."""
    return code.value, BASIS[code], messages.text(f"stacking.reasons.{code.value}", lang)


@cache
def _next(key: str, lang: str) -> str | None:
    """Return the sentence of a step, with its placeholders; None where there is no such step."""
    name = f"stacking.next.{key}"
    return messages.text(name, lang) if messages.has(name, lang) else None


def _step_for(node: Node, lang: str) -> tuple[str, dict[str, object]] | None:
    """The step that a node beside the units asks for, if any."""
    if node.status not in (Status.OPEN, Status.PARTIAL):
        return None
    if isinstance(node.rule, Hours):
        short = (node.figures.get("sbu_required") or Decimal(0)) - (node.figures.get("sbu") or Decimal(0))
        return ("keuzedelen_hours", {"hours": number(short)}) if short > 0 else ("keuzedelen_marks", {})
    if isinstance(node.rule, Marks):
        some_open = any(child.status is Status.OPEN for child in node.children)
        return None if some_open else ("generic_marks", {})
    key = f"open_{node.path}"
    return (key, {}) if _next(key, lang) is not None else None


def _unsure(reads: Sequence[Read]) -> list[Item]:
    """The items that would count, had their status been known."""
    refused = [read for read in reads if not read.accepted and read.fixed == _STATUS_UNKNOWN]
    return [read.item for read in refused if _gives_something(read)]


def _gives_something(read: Read) -> bool:
    """Whether it could count for anything; a credential of several results has no worth of its own."""
    worth = read.catalogue.requirements.worth.get(read.item.type or "")
    return worth is None or worth.outright is not None or worth.otherwise is not None


def _certificates(finding: Finding, unsure: Sequence[Item]) -> str:
    """The codes of the smallest set of which the least is still to be had, without what is there but not known."""
    there = {item.code for item in unsure}
    wanted = [[code for code in codes if code not in there] for codes in finding.smallest_sets]
    least = min(wanted, key=len, default=[])
    return ", ".join(least)


class _Aside(NamedTuple):
    """What an answer holds of what is beside the units, and of items without a place: for most targets it is one.

    of: what it was made of; it is kept, so that no other object can get its identity. reasons: those of `nodes`, then,
    from `begin` on, those of items; ends: where, from there, those of each item end, after a 0.
    weights, evidence: what items give here.
    """

    of: tuple[object, object]
    nodes: JsonObject
    steps: list[JsonObject]
    claims: bool
    unsure: Sequence[Item]
    reasons: list[JsonObject]
    begin: int
    ends: Sequence[int]
    weights: Mapping[str, Grade]
    evidence: dict[str, JsonObject]


class Answers:
    """Puts the findings of one reading into words. What it worked out for one answer, it shares with the next.

    The answers may share objects (what is said of an item, its entry in `evidence`, what is beside the units): they
    are for reading.
    """

    def __init__(self, lang: str) -> None:
        self.lang = lang
        # by identity of what was put into words, which is kept beside it so that it stays its own
        self._said: dict[int, tuple[Notes, list[JsonObject]]] = {}
        self._verdicts: dict[int, tuple[Verdict, JsonObject, list[JsonObject], list[JsonObject]]] = {}
        self._items: dict[int, tuple[Sequence[Notes], list[JsonObject], list[int]]] = {}
        self._asides: dict[tuple[int, int], _Aside] = {}
        self._entries: dict[int, tuple[Sequence[Read], dict[str, JsonObject]]] = {}

    def _reason(self, code: Code, at: str, ids: Sequence[str]) -> JsonObject:
        name, basis, text = _words(code, self.lang)
        return {"code": name, "at": at, "evidence": list(ids), "basis": basis, "text": text}

    def _say(self, read: Read, notes: Notes) -> list[JsonObject]:
        at = f"evidence:{read.item.id}"
        return [self._reason(code, at, ids) for code, ids in notes]

    def _of_items(self, finding: Finding) -> tuple[Sequence[Notes], list[JsonObject], list[int]]:
        """Return what is said of items without a place, and where that of each ends; most is said whatever is asked."""
        found = self._items.get(id(finding.notes))
        if found is None:
            said: list[list[JsonObject]] = []
            before = self._said
            for read, notes in zip(finding.reads, finding.notes, strict=True):
                known = before.get(id(notes))
                if known is None:
                    known = before[id(notes)] = (notes, self._say(read, notes))
                said.append(known[1])
            ends = list(accumulate(map(len, said), initial=0))
            found = self._items[id(finding.notes)] = (finding.notes, list(chain.from_iterable(said)), ends)
        return found

    def _of_verdict(self, verdict: Verdict) -> tuple[Verdict, JsonObject, list[JsonObject], list[JsonObject]]:
        """Return nodes, reasons and steps of what is beside the units."""
        found = self._verdicts.get(id(verdict))
        if found is None:
            nodes = list(verdict.node.walk())
            steps = self._in_words([step for node in nodes if (step := _step_for(node, self.lang))])
            reasons = [self._reason(code, at, ids) for (at, code), ids in verdict.reasons.items()]
            found = (verdict, {node.path: shown(node) for node in nodes}, reasons, steps)
            self._verdicts[id(verdict)] = found
        return found

    def _in_words(self, steps: Iterable[tuple[str, Mapping[str, object]]]) -> list[JsonObject]:
        found = [(_next(key, self.lang), params) for key, params in steps]
        return [{"text": text.format(**params) if params else text} for text, params in found if text]

    def _aside(self, finding: Finding) -> _Aside:
        key = (id(finding.beside), id(finding.notes))
        found = self._asides.get(key)
        if found is None:
            found = self._asides[key] = self._new_aside(finding)
        return found

    def _new_aside(self, finding: Finding) -> _Aside:
        nodes: JsonObject = {}
        reasons: list[JsonObject] = []
        steps: list[JsonObject] = []
        weights: dict[str, Grade] = {}
        claims = False
        for verdict in finding.beside:
            _, own, why, ahead = self._of_verdict(verdict)
            nodes |= own
            reasons += why
            steps += ahead
            claims = claims or STATUS[Status.CLAIM] in [node["status"] for node in own.values()]
            _raise(weights, verdict.weights)
        _, items, ends = self._of_items(finding)
        begin = len(reasons)
        reasons += items
        evidence = self._entries_of(finding.reads).copy()
        _weigh(evidence, weights)
        of = (finding.beside, finding.notes)
        return _Aside(of, nodes, steps, claims, _unsure(finding.reads), reasons, begin, ends, weights, evidence)

    def _entries_of(self, reads: Sequence[Read]) -> dict[str, JsonObject]:
        found = self._entries.get(id(reads))
        if found is None:
            found = self._entries[id(reads)] = (reads, {read.item.id: _entry(read) for read in reads})
        return found[1]

    def _units(self, finding: Finding) -> tuple[JsonObject, JsonObject, list[JsonObject], list[JsonObject]]:
        """Return units, nodes of kerntaken, reasons of units and reasons of kerntaken."""
        units: JsonObject = {}
        nodes: JsonObject = {}
        of_units: list[JsonObject] = []
        of_kerntaken: list[JsonObject] = []
        for verdict in finding.kerntaken:
            node = verdict.node
            nodes[node.path] = {"status": STATUS[node.status], "strength": STRENGTH[node.strength]}
            for _, path, status, strength, used, also, _, _ in node.children:
                units[path] = {
                    "status": STATUS[status],
                    "strength": STRENGTH[strength],
                    "used": list(used),
                    "also": list(also),
                }
            for (at, code), ids in verdict.reasons.items() if verdict.reasons else ():
                (of_kerntaken if at == node.path else of_units).append(self._reason(code, at, ids))
        return units, nodes, of_units, of_kerntaken

    def _evidence(self, finding: Finding, aside: _Aside) -> dict[str, JsonObject]:
        weights: dict[str, Grade] = {}
        for verdict in finding.kerntaken:
            if verdict.weights:
                _raise(weights, verdict.weights)
        shown, there = aside.evidence.copy(), aside.weights
        _weigh(shown, {key: grade for key, grade in weights.items() if grade > there.get(key, 0)})
        return shown

    def _next_steps(self, finding: Finding, aside: _Aside) -> list[JsonObject]:
        """The shortest steps, in the order in which a person would take them.

        What is there, but could not be looked up, is looked up again first; nobody is told to get it.
        """
        if finding.overall is Overall.READY:
            return self._in_words([("ready", {})])
        if finding.overall is Overall.BLOCKED:
            return self._in_words([(f"blocked_{code.lower()}", {}) for code in BLOCKING if code in finding.whole])
        steps: list[tuple[str, Mapping[str, object]]] = []
        unsure = aside.unsure
        if unsure:
            steps.append(("retry_one" if len(unsure) == 1 else "retry", {"count": len(unsure)}))
        statuses = [unit.status for verdict in finding.kerntaken for unit in verdict.node.children]
        if aside.claims or Status.CLAIM in statuses:
            steps.append(("ask_exemption", {}))
        if any(item.type != "mbo-certificaat" or item.code is None for item in unsure):
            steps.append(("retry_then", {}))  # it may hold a result for anything that is open
            return self._in_words(steps)
        if codes := _certificates(finding, unsure):
            steps.append(("certificates", {"codes": codes}))
        elif not finding.smallest_sets and (missing := statuses.count(Status.OPEN)):
            steps.append(("units", {"count": missing}))
        return self._in_words(steps) + aside.steps

    def to_json(self, finding: Finding, *, what_if: bool = False, verbose: bool = False) -> JsonObject:
        """Return the answer of contract section 5. verbose adds the whole tree."""
        target, aside = finding.target, self._aside(finding)
        units, nodes, of_units, of_kerntaken = self._units(finding)
        said, ends, begin = aside.reasons.copy(), aside.ends, aside.begin
        for at in sorted(finding.changed, reverse=True):  # from the end, so that the places before it stay
            said[begin + ends[at] : begin + ends[at + 1]] = self._say(finding.reads[at], finding.changed[at])
        whole = [self._reason(code, OVERALL, ids) for code, ids in sorted(finding.whole.items())]
        answer: JsonObject = {
            "overall": finding.overall.value,
            "what_if": what_if,
            "target": {
                "crebo": target.crebo,
                "naam": finding.naam,
                "niveau": finding.niveau,
                "cohort": target.cohort_label,
                "school": target.school,
                "date": target.date.isoformat(),
            },
            "units": units,
            "nodes": nodes | aside.nodes,
            "reasons": whole + of_units + of_kerntaken + said,
            "evidence": self._evidence(finding, aside),
            "advice": {
                "smallest_sets": [list(codes) for codes in finding.smallest_sets],
                "next_steps": self._next_steps(finding, aside),
            },
            "catalogue": {"version": finding.catalogue_version, "digest": finding.catalogue_digest},
        }
        if finding.policy is not None:
            policy = finding.policy
            answer["policy"] = {"name": policy.name, "school": policy.school, "source": policy.source}
        if finding.holder_binding is not None:
            answer["holder_binding"] = finding.holder_binding
        if verbose:
            answer["tree"] = tree(finding, answer["reasons"])
        return answer


def _raise(weights: dict[str, Grade], more: Mapping[str, Grade]) -> None:
    """R11: the highest that an item gives anywhere."""
    for key, grade in more.items():
        if grade > weights.get(key, 0):
            weights[key] = grade


def _weigh(evidence: dict[str, JsonObject], weights: Mapping[str, Grade]) -> None:
    for key, grade in weights.items():
        before = evidence[key]
        evidence[key] = {"type": before["type"], "accepted": before["accepted"], "weight": WEIGHTS[grade]}


def _entry(read: Read) -> JsonObject:
    return {"type": read.item.type or UNREADABLE, "accepted": read.accepted, "weight": WEIGHTS[None]}


def to_json(finding: Finding, lang: str, *, what_if: bool = False, verbose: bool = False) -> JsonObject:
    """Return one answer of contract section 5. verbose adds the whole tree."""
    return Answers(lang).to_json(finding, what_if=what_if, verbose=verbose)
