"""Judges a rule over what was gathered for it: a node of its shape, its reasons, and what each item gives there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import attrgetter

from passport.stacking.acceptance import Reasons
from passport.stacking.catalogue import Catalogue
from passport.stacking.finding import STATUS_OF, Node, Status, Verdict, combine
from passport.stacking.judge_hours import judge_hours
from passport.stacking.judge_marks import judge_marks, judge_part
from passport.stacking.plan import KEUZEDELEN, kerntaken
from passport.stacking.reasons import Code
from passport.stacking.requirements import Grade
from passport.stacking.rules import AllOf, Hours, Marks, NotAsked, Part, Rule, Unit
from passport.stacking.supports import Support

Supports = Mapping[str, Sequence[Support]]
_RANK = attrgetter("rank")
# names of their own: to look up a member of an enum costs four times as much
_DUPLICATE, _GRANTED, _REQUIRED = Code.DUPLICATE_EVIDENCE, Code.EXEMPTION_GRANTED, Code.EXEMPTION_REQUIRED
_EXEMPT, _CLAIM = Grade.EXEMPT, Grade.CLAIM
_OF_OTHERS = (AllOf, Marks, Hours)  # their claims are those of what they hold


def _judge_unit(rule: Unit, supports: Sequence[Support], reasons: Reasons) -> Node:
    """R16, R17, R21: the best support gives the status; all that would do are named."""
    if rule.closed or not supports:
        if rule.missing is not None:
            reasons.add(rule.missing, rule.path)
        return Node(rule, rule.path, Status.OPEN)
    ordered = sorted(supports, key=_RANK) if len(supports) > 1 else supports
    ids = tuple([support.item.id for support in ordered])
    if rule.tells_duplicates and len(ids) > 1:
        reasons.add(Code.DUPLICATE_EVIDENCE, rule.path, *ids)
    best = ordered[0]
    return Node(rule, rule.path, STATUS_OF[best.grade], best.strength, ids[:1], ids[1:])


def _judge_all(rule: AllOf, children: tuple[Node, ...], reasons: Reasons) -> Node:
    node = combine(rule, children)
    if node.status is Status.PARTIAL and rule.partly is not None:
        reasons.add(rule.partly, rule.path)
    return node


def _judge(rule: Rule, places: Supports, hours: Supports, reasons: Reasons, sufficient: int) -> Node:
    match rule:
        case Unit():
            return _judge_unit(rule, places.get(rule.path, ()), reasons)
        case AllOf():
            children = tuple([_judge(one, places, hours, reasons, sufficient) for one in rule.of])
            return _judge_all(rule, children, reasons)
        case NotAsked():
            if rule.remark is not None:
                reasons.add(rule.remark, rule.path)
            return Node(rule, rule.path, Status.NOT_APPLICABLE)
        case Part():
            return judge_part(rule, places.get(rule.path, ()), reasons, unmarked=sufficient).node
        case Marks():
            parts = [
                judge_part(part, places.get(part.path, ()), reasons, unmarked=rule.unmarked) for part in rule.parts
            ]
            items = [support.item.id for part in rule.parts for support in places.get(part.path, ())]
            if rule.remark is not None and items:
                reasons.add(rule.remark, rule.path, *items)
            return judge_marks(rule, parts, reasons)
        case Hours():
            return judge_hours(rule, hours, reasons, sufficient=sufficient)


def _decide(node: Node, reasons: Reasons) -> None:
    """R16, R21: where a claim needs a decision of the school, and where an exemption is the status."""
    if node.status is Status.EXEMPT and not isinstance(node.rule, Hours):
        reasons.add(Code.EXEMPTION_GRANTED, node.path, *node.used)
    elif node.status is Status.CLAIM and not isinstance(node.rule, _OF_OTHERS):
        reasons.add(Code.EXEMPTION_REQUIRED, node.path, *node.used, *node.also)


def _decisions(root: Node, reasons: Reasons) -> None:
    for node in root.walk():
        _decide(node, reasons)


def _weights(root: Node, places: Supports, hours: Supports) -> Mapping[str, Grade]:
    grades: dict[str, Grade] = {}
    for node in root.walk():
        if not (node.used or node.also):
            continue
        given = {*node.used, *node.also}
        for supports in hours.values() if node.path == KEUZEDELEN else (places.get(node.path, ()),):
            for support in supports:
                key = support.item.id
                if key in given and support.grade > grades.get(key, 0):
                    grades[key] = support.grade
    return grades


def judge(rule: Rule, places: Supports, hours: Supports, *, sufficient: int, reasons: Reasons | None = None) -> Verdict:
    """Return what comes of a rule that stands by itself: a kerntaak, or one thing beside the units.

    places: supports by path of the rule; hours: those of keuzedelen, by their code.
    reasons: what is to be said of its place already.
    """
    reasons = Reasons() if reasons is None else reasons
    node = _judge(rule, places, hours, reasons, sufficient)
    _decisions(node, reasons)
    found = reasons.all()
    if len(found) > 1:
        order = {one.path: at for at, one in enumerate(node.walk())}
        found = dict(sorted(found.items(), key=lambda reason: (order[reason[0][0]], reason[0][1])))
    return Verdict(node, found, _weights(node, places, hours))


@lru_cache(maxsize=2048)
def empty_kerntaken(catalogue: Catalogue, crebo: str) -> tuple[Verdict, ...]:
    """Return the verdicts of the kerntaken of a qualification of which nothing is there: most of them, mostly."""
    return tuple(
        judge(rule, {}, {}, sufficient=catalogue.requirements.sufficient) for rule in kerntaken(catalogue, crebo)
    )


def judge_kerntaak(empty: Verdict, supports: Supports) -> Verdict:
    """Return what comes of a kerntaak, from the verdict without evidence: only what is there is judged.

    It gives what `judge` gives. Its own pass, with little in it, since it is done for every kerntaak of every near
    qualification. In a unit every item stands once; the reasons come in the order that a verdict asks.
    """
    rule = empty.node.rule
    assert isinstance(rule, AllOf)
    children = list(empty.node.children)
    reasons: dict[tuple[str, Code], tuple[str, ...]] = {}
    weights: dict[str, Grade] = {}
    for at, child in enumerate(children):
        path = child.path
        found = supports.get(path)
        if not found:
            continue
        if len(found) > 1:
            found = sorted(found, key=_RANK)
            ids = tuple([support.item.id for support in found])
            every = tuple(sorted(ids))
            reasons[path, _DUPLICATE] = every
        else:
            ids = every = (found[0].item.id,)
        _, grade, strength, *_ = found[0]
        children[at] = Node(child.rule, path, STATUS_OF[grade], strength, ids[:1], ids[1:])
        if grade is _EXEMPT:
            reasons[path, _GRANTED] = ids[:1]
        elif grade is _CLAIM:
            reasons[path, _REQUIRED] = every
        for key, support in zip(ids, found, strict=True):
            if support.grade > weights.get(key, 0):
                weights[key] = support.grade
    node = combine(rule, tuple(children))
    if node.status is Status.PARTIAL and rule.partly is not None:
        reasons[rule.path, rule.partly] = ()
    elif node.status is Status.EXEMPT:
        reasons[rule.path, _GRANTED] = node.used
    return Verdict(node, reasons, weights)
