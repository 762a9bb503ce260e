"""Judges marked parts and the rule on their marks together (R25 to R29)."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from passport.stacking.acceptance import Reasons
from passport.stacking.finding import STATUS_OF, Node, Status
from passport.stacking.reasons import Code
from passport.stacking.requirements import Grade, Strength
from passport.stacking.rules import Marks, Part
from passport.stacking.supports import Support

_RANK = attrgetter("rank")


class Judgement(NamedTuple):
    """One part: its node, its mark by what counts already and with claims included, and its strongest claim."""

    part: Part
    node: Node
    mark: int | None
    mark_with_claims: int | None
    claim: Strength | None


def _why_open(results: Sequence[Support], at_level: Sequence[Support]) -> Code:
    if at_level:
        return Code.GENERIC_MARKS
    return Code.GENERIC_LEVEL_TOO_LOW if results else Code.GENERIC_MISSING


def judge_part(part: Part, supports: Sequence[Support], reasons: Reasons, *, unmarked: int) -> Judgement:
    """R26: a result of the awarding school, else an exemption, else a claim, else open with the reason why."""
    if part.remark is not None and supports:
        reasons.add(part.remark, part.path, *(support.item.id for support in supports))
    minimum, reaching = part.minimum, None if part.level is None else part.reaching
    results: list[Support] = []
    at_level: list[Support] = []
    counting: list[Support] = []
    mark: int | None = None
    mark_with_claims: int | None = None
    for support in supports:
        own = support.mark
        if support.exemption:
            counting.append(support)
            own = unmarked if own is None else own
            decided, with_claims = support.grade is not Grade.CLAIM, True
        else:
            results.append(support)
            if reaching is not None and support.level not in reaching:
                continue
            at_level.append(support)
            passes = minimum is None or (own is not None and own >= minimum)
            if passes:
                counting.append(support)
            decided = support.grade is Grade.MET
            with_claims = decided or passes
        if own is not None:
            if decided and (mark is None or own > mark):
                mark = own
            if with_claims and (mark_with_claims is None or own > mark_with_claims):
                mark_with_claims = own
    counting.sort(key=_RANK)
    claims = [one.strength for one in counting if one.strength is not None]
    if counting:
        status, strength = STATUS_OF[counting[0].grade], counting[0].strength
    else:
        status, strength = Status.OPEN, None
        reasons.add(_why_open(results, at_level), part.path, *(support.item.id for support in results))
    ids = tuple(support.item.id for support in counting)
    return Judgement(
        part=part,
        node=Node(rule=part, path=part.path, status=status, strength=strength, used=ids[:1], also=ids[1:]),
        mark=mark,
        mark_with_claims=mark_with_claims,
        claim=max(claims, default=None),
    )


def _together(rule: Marks, judged: Sequence[Judgement], *, with_claims: bool) -> bool:
    """R25, R28: enough of the marks that decide are high enough."""
    marks = [one.mark_with_claims if with_claims else one.mark for one in judged if one.part.decides]
    return all(sum(mark is not None and mark >= least.mark for mark in marks) >= least.count for least in rule.together)


def judge_marks(rule: Marks, judged: Sequence[Judgement], reasons: Reasons) -> Node:
    """R27: all parts met or exempt with the marks together; else a claim where claims would do; else open."""
    statuses = [one.node.status for one in judged]
    seen = [key for one in judged for key in (*one.node.used, *one.node.also)]
    strength: Strength | None = None
    if all(status in (Status.MET, Status.EXEMPT) for status in statuses) and _together(rule, judged, with_claims=False):
        status = Status.EXEMPT if all(status is Status.EXEMPT for status in statuses) else Status.MET
    elif Status.OPEN not in statuses and _together(rule, judged, with_claims=True):
        status = Status.CLAIM
        strength = min(one.claim for one in judged if one.claim is not None)
    else:
        status = Status.OPEN
        if Status.OPEN not in statuses:
            reasons.add(Code.GENERIC_MARKS, rule.path, *seen)
    used = tuple(dict.fromkeys(key for one in judged for key in one.node.used)) if status is not Status.OPEN else ()
    return Node(
        rule=rule,
        path=rule.path,
        status=status,
        strength=strength,
        used=tuple(sorted(used)),
        children=tuple(one.node for one in judged),
    )
