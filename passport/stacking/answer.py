"""Puts a finding into the contract's form and into words (CONTRACT section 5).

It never says that somebody has passed or has a diploma: the school decides.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from passport import messages
from passport.stacking.finding import Finding, Node, Overall, Status
from passport.stacking.reasons import BASIS, Code
from passport.stacking.requirements import Grade, Strength
from passport.stacking.rules import AllOf, Hours, Marks, Unit

JsonObject = dict[str, Any]
WEIGHTS = {Grade.MET: "result", Grade.EXEMPT: "exemption", Grade.CLAIM: "claim", None: "informational"}
OVERALL = "overall"
UNREADABLE = "unknown"
BLOCKING = (Code.UNKNOWN_QUALIFICATION, Code.HOLDER_MISMATCH, Code.KD_WINDOW_CLOSED)


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _strength(strength: Strength | None) -> str | None:
    return strength.name.lower() if strength is not None else None


def _shown(node: Node) -> JsonObject:
    return {
        "status": node.status.value,
        "strength": _strength(node.strength),
        "used": list(node.used),
        "also": list(node.also),
        **{name: _number(value) for name, value in node.figures.items()},
    }


def _is_kerntaak(node: Node) -> bool:
    return isinstance(node.rule, AllOf) and all(isinstance(child.rule, Unit) for child in node.children)


def _units(finding: Finding) -> JsonObject:
    return {unit.path: _shown(unit) for node in finding.root.children if _is_kerntaak(node) for unit in node.children}


def _nodes(finding: Finding) -> JsonObject:
    nodes: JsonObject = {}
    for child in finding.root.children:
        for node in (child,) if _is_kerntaak(child) else child.walk():
            shown = _shown(node)
            if _is_kerntaak(node):
                del shown["used"], shown["also"]
            nodes[node.path] = shown
    return nodes


def _reasons(finding: Finding, lang: str) -> list[JsonObject]:
    """In the order: the whole, units and nodes as the qualification has them, evidence by id; then by code."""
    places = [OVERALL, *_units(finding), *_nodes(finding), *(f"evidence:{key}" for key in finding.evidence)]
    order = {place: index for index, place in enumerate(places)}
    return [
        {
            "code": code.value,
            "at": at,
            "evidence": list(ids),
            "basis": BASIS[code],
            "text": messages.text(f"stacking.reasons.{code.value}", lang),
        }
        for (at, code), ids in sorted(
            finding.reasons.items(), key=lambda entry: (order.get(entry[0][0], len(order)), entry[0])
        )
    ]


def _step_for(node: Node, lang: str) -> tuple[str, dict[str, object]] | None:
    """The step that a node beside the units asks for, if any."""
    if node.status not in (Status.OPEN, Status.PARTIAL):
        return None
    if isinstance(node.rule, Hours):
        short = (node.figures.get("sbu_required") or Decimal(0)) - (node.figures.get("sbu") or Decimal(0))
        return ("keuzedelen_hours", {"hours": _number(short)}) if short > 0 else ("keuzedelen_marks", {})
    if isinstance(node.rule, Marks):
        some_open = any(child.status is Status.OPEN for child in node.children)
        return None if some_open else ("generic_marks", {})
    key = f"open_{node.path}"
    return (key, {}) if messages.has(f"stacking.next.{key}", lang) else None


def _next_steps(finding: Finding, lang: str) -> list[JsonObject]:
    """The shortest steps, in the order in which a person would take them."""
    steps: list[tuple[str, dict[str, object]]] = []
    if finding.overall is Overall.READY:
        steps.append(("ready", {}))
    elif finding.overall is Overall.BLOCKED:
        steps += [(f"blocked_{code.lower()}", {}) for code in BLOCKING if (OVERALL, code) in finding.reasons]
    else:
        nodes = list(finding.root.walk())[:-1]
        missing = [code for code, unit in _units(finding).items() if unit["status"] == Status.OPEN]
        if any(node.status is Status.CLAIM for node in nodes):
            steps.append(("ask_exemption", {}))
        if finding.smallest_sets:
            steps.append(("certificates", {"codes": ", ".join(finding.smallest_sets[0])}))
        elif missing:
            steps.append(("units", {"count": len(missing)}))
        steps += [found for node in nodes if (found := _step_for(node, lang))]
    return [{"text": messages.text(f"stacking.next.{key}", lang, **params)} for key, params in steps]


def _tree(node: Node) -> JsonObject:
    return {"path": node.path, **_shown(node), "children": [_tree(child) for child in node.children]}


def to_json(finding: Finding, lang: str, *, what_if: bool = False, verbose: bool = False) -> JsonObject:
    """Return the answer of contract section 5. verbose adds the whole tree."""
    target = finding.target
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
        "units": _units(finding),
        "nodes": _nodes(finding),
        "reasons": _reasons(finding, lang),
        "evidence": {
            key: {"type": judged.item.type or UNREADABLE, "accepted": judged.accepted, "weight": WEIGHTS[judged.weight]}
            for key, judged in finding.evidence.items()
        },
        "advice": {
            "smallest_sets": [list(codes) for codes in finding.smallest_sets],
            "next_steps": _next_steps(finding, lang),
        },
        "catalogue": {"version": finding.catalogue_version, "digest": finding.catalogue_digest},
    }
    if finding.holder_binding is not None:
        answer["holder_binding"] = finding.holder_binding
    if verbose:
        answer["tree"] = _tree(finding.root)
    return answer
