"""Puts a finding into the contract's form and into words (CONTRACT section 5).

It never says that somebody has passed or has a diploma: the school decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import accumulate, chain
from typing import Any

from passport import messages
from passport.stacking.facts import Item
from passport.stacking.finding import Finding, Node, Overall, Status
from passport.stacking.reading import Notes, Read
from passport.stacking.reasons import BASIS, Code
from passport.stacking.requirements import Grade
from passport.stacking.rules import Hours, Marks
from passport.stacking.tree import STATUS, STRENGTH, is_kerntaak, number, shown, tree

JsonObject = dict[str, Any]
WEIGHTS = {Grade.MET: "result", Grade.EXEMPT: "exemption", Grade.CLAIM: "claim", None: "informational"}
OVERALL = "overall"
_STATUS_UNKNOWN = frozenset({Code.STATUS_UNKNOWN})
UNREADABLE = "unknown"
BLOCKING = (Code.UNKNOWN_QUALIFICATION, Code.HOLDER_MISMATCH, Code.KD_WINDOW_CLOSED)


def _units(finding: Finding) -> JsonObject:
    return {unit.path: shown(unit) for node in finding.nodes if is_kerntaak(node) for unit in node.children}


def _nodes(finding: Finding) -> JsonObject:
    nodes: JsonObject = {}
    for child in finding.nodes:
        if is_kerntaak(child):
            nodes[child.path] = {"status": STATUS[child.status], "strength": STRENGTH[child.strength]}
        else:
            for node in child.walk():
                nodes[node.path] = shown(node)
    return nodes


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


def _unsure(finding: Finding) -> list[Item]:
    """The items that would count, had their status been known."""
    refused = [read for read in finding.reads if not read.accepted and read.fixed == _STATUS_UNKNOWN]
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


def _next_steps(finding: Finding, lang: str) -> list[JsonObject]:
    """The shortest steps, in the order in which a person would take them.

    What is there, but could not be looked up, is looked up again first; nobody is told to get it.
    """
    steps: list[tuple[str, dict[str, object]]] = []
    if finding.overall is Overall.READY:
        steps.append(("ready", {}))
    elif finding.overall is Overall.BLOCKED:
        steps += [(f"blocked_{code.lower()}", {}) for code in BLOCKING if (OVERALL, code) in finding.place_reasons]
    else:
        kerntaken = [node for node in finding.nodes if is_kerntaak(node)]
        others = [node for child in finding.nodes[len(kerntaken) :] for node in child.walk()]
        statuses = [unit.status for node in kerntaken for unit in node.children]
        if unsure := _unsure(finding):
            steps.append(("retry_one" if len(unsure) == 1 else "retry", {"count": len(unsure)}))
        if Status.CLAIM in statuses or any(node.status is Status.CLAIM for node in others):
            steps.append(("ask_exemption", {}))
        if any(item.type != "mbo-certificaat" or item.code is None for item in unsure):
            steps.append(("retry_then", {}))  # it may hold a result for anything that is open
        else:
            if codes := _certificates(finding, unsure):
                steps.append(("certificates", {"codes": codes}))
            elif not finding.smallest_sets and (missing := statuses.count(Status.OPEN)):
                steps.append(("units", {"count": missing}))
            steps += [found for node in others if (found := _step_for(node, lang))]
    return [{"text": text.format(**params) if params else text} for key, params in steps if (text := _next(key, lang))]


class Answers:
    """Puts the findings of one reading into words. What it worked out for one answer, it shares with the next.

    The answers may share objects (what is said of an item, its entry in `evidence`): they are for reading.
    """

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._said: dict[int, tuple[Notes, list[JsonObject]]] = {}  # by identity; holding it keeps the identity
        self._base: dict[int, tuple[Sequence[Notes], list[JsonObject], list[int]]] = {}
        self._entries: tuple[Sequence[Read], dict[str, JsonObject]] | None = None
        self._weighed: dict[tuple[str, Grade], JsonObject] = {}

    def _reason(self, code: Code, at: str, ids: Sequence[str]) -> JsonObject:
        name, basis, text = _words(code, self.lang)
        return {"code": name, "at": at, "evidence": list(ids), "basis": basis, "text": text}

    def _say(self, read: Read, notes: Notes) -> list[JsonObject]:
        at = f"evidence:{read.item.id}"
        return [self._reason(code, at, ids) for code, ids in notes]

    def _said_before(self, read: Read, notes: Notes) -> list[JsonObject]:
        """The same, remembered: for most items it is one object for all that is asked."""
        found = self._said.get(id(notes))
        if found is None:
            found = self._said[id(notes)] = (notes, self._say(read, notes))
        return found[1]

    def _said_of_items(self, finding: Finding) -> list[JsonObject]:
        """By item; taken from the list for items without a place, with what is otherwise for this target put in."""
        key = id(finding.notes)
        if key not in self._base:
            said = [self._said_before(read, notes) for read, notes in zip(finding.reads, finding.notes, strict=True)]
            ends = list(accumulate(map(len, said), initial=0))
            self._base[key] = (finding.notes, list(chain.from_iterable(said)), ends)
        _, base, ends = self._base[key]
        reasons = base.copy()
        for at in sorted(finding.changed, reverse=True):  # from the end, so that the places before it stay
            reasons[ends[at] : ends[at + 1]] = self._say(finding.reads[at], finding.changed[at])
        return reasons

    def _reasons(self, finding: Finding, order: Mapping[str, int]) -> list[JsonObject]:
        """In the order: the whole, units and nodes as the qualification has them, evidence by id; then by code."""
        found = sorted(
            [(order.get(at, len(order)), at, code, ids) for (at, code), ids in finding.place_reasons.items()]
        )
        return [self._reason(code, at, ids) for _, at, code, ids in found] + self._said_of_items(finding)

    def _evidence(self, finding: Finding) -> dict[str, JsonObject]:
        if self._entries is None or self._entries[0] is not finding.reads:
            self._entries = (finding.reads, {read.item.id: _entry(read) for read in finding.reads})
            self._weighed = {}
        shown = self._entries[1].copy()
        for key in finding.weights.items():
            if key not in self._weighed:
                self._weighed[key] = {**shown[key[0]], "weight": WEIGHTS[key[1]]}
            shown[key[0]] = self._weighed[key]
        return shown

    def to_json(self, finding: Finding, *, what_if: bool = False, verbose: bool = False) -> JsonObject:
        """Return the answer of contract section 5. verbose adds the whole tree."""
        target = finding.target
        units, nodes = _units(finding), _nodes(finding)
        order = {place: index for index, place in enumerate((OVERALL, *units, *nodes))}
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
            "nodes": nodes,
            "reasons": self._reasons(finding, order),
            "evidence": self._evidence(finding),
            "advice": {
                "smallest_sets": [list(codes) for codes in finding.smallest_sets],
                "next_steps": _next_steps(finding, self.lang),
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


def _entry(read: Read) -> JsonObject:
    return {"type": read.item.type or UNREADABLE, "accepted": read.accepted, "weight": WEIGHTS[None]}


def to_json(finding: Finding, lang: str, *, what_if: bool = False, verbose: bool = False) -> JsonObject:
    """Return one answer of contract section 5. verbose adds the whole tree."""
    return Answers(lang).to_json(finding, what_if=what_if, verbose=verbose)
