"""How a node is shown, and the whole tree of an answer (`--verbose`).

The tree says per node what was asked, what filled it, why it is not filled, and what else would fill it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from passport.stacking.finding import Finding, Node, Status
from passport.stacking.plan import BEROEPSVEREISTEN, KEUZEDELEN
from passport.stacking.requirements import Strength

JsonObject = dict[str, Any]
STATUS = {status: status.value for status in Status}  # an enum's `value` costs more than a look-up
STRENGTH = {None: None} | {strength: strength.name.lower() for strength in Strength}
NOT_DONE = (Status.OPEN, Status.PARTIAL, Status.CLAIM)
FOR_UNITS = ("examenresultaat", "vrijstelling")
FOR_PLACES: Mapping[str, tuple[str, ...]] = {
    "nederlands": ("generiek", "vrijstelling"),
    "rekenen": ("generiek", "vrijstelling"),
    "engels": ("generiek", "vrijstelling"),
    "bpv": ("bpv", "vrijstelling"),
    "loopbaan_burgerschap": ("loopbaan_burgerschap", "vrijstelling"),
    KEUZEDELEN: ("keuzedeel", "vrijstelling"),
    BEROEPSVEREISTEN: ("beroepsvereiste",),
}


def number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def shown(node: Node) -> JsonObject:
    found: JsonObject = {
        "status": STATUS[node.status],
        "strength": STRENGTH[node.strength],
        "used": list(node.used),
        "also": list(node.also),
    }
    if node.figures:
        found |= {name: number(value) for name, value in node.figures.items()}
    return found


def _would_count(node: Node, finding: Finding) -> list[str]:
    """Return what of the awarding school would settle a leaf: codes of certificates, then types of evidence."""
    if node.path in FOR_PLACES:
        return list(FOR_PLACES[node.path])
    crebo = finding.target.crebo
    # a certificate may name the whole kerntaak, which stands for its werkprocessen (R15)
    names = {f"{crebo}:{node.path}", f"{crebo}:{node.path.partition('-W')[0]}"}
    codes = [one.code for one in finding.certificates if not names.isdisjoint(one.units)]
    return [*codes, *FOR_UNITS]


def tree(finding: Finding, reasons: Sequence[JsonObject]) -> JsonObject:
    """Return the tree. reasons: those of the answer; each node names the codes that stand at it."""
    codes: dict[str, list[str]] = {}
    for reason in reasons:
        codes.setdefault(reason["at"], []).append(reason["code"])

    def branch(node: Node) -> JsonObject:
        found: JsonObject = {"path": node.path, **shown(node), "reasons": codes.get(node.path, [])}
        if not node.children and node.status in NOT_DONE:
            found["would_count"] = _would_count(node, finding)
        found["children"] = [branch(child) for child in node.children]
        return found

    return branch(finding.root)
