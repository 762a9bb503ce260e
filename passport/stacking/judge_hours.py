"""Judges a bag of things with hours and marks: the keuzedelen (R31, R33 to R36)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from passport.stacking.acceptance import Reasons
from passport.stacking.finding import Node, Status
from passport.stacking.reasons import Code
from passport.stacking.requirements import Grade, half_up
from passport.stacking.rules import Hours, MeanRule
from passport.stacking.supports import Support


class _Preference:
    """R31: which item of one code counts."""

    def __init__(self, sufficient: int) -> None:
        self.sufficient = sufficient

    def __call__(self, support: Support) -> tuple[int, int, int, str]:
        match support.grade:
            case Grade.MET:
                group = 0 if (support.mark or 0) >= self.sufficient else 2
            case Grade.EXEMPT:
                group = 1
            case _:
                group = 3
        day = support.item.date.toordinal() if support.item.date else 0
        return (group, -(support.mark or 0), -day, support.item.id)


def _marks_wrong(rule: MeanRule | None, supports: Sequence[Support]) -> list[Code]:
    """R34: over the whole marks; hours do not weigh. What has no mark is left out."""
    marks = [support.mark for support in supports if support.mark is not None]
    if rule is None or not marks:
        return []
    wrong = []
    if half_up(Decimal(sum(marks)) / len(marks)) < rule.mean:
        wrong.append(Code.KEUZEDEEL_MEAN)
    if 2 * sum(mark >= rule.half for mark in marks) < len(marks):
        wrong.append(Code.KEUZEDEEL_HALF)
    if min(marks) < rule.floor:
        wrong.append(Code.KEUZEDEEL_MIN4)
    return wrong


def _mean(supports: Sequence[Support]) -> Decimal | None:
    marks = [support.mark for support in supports if support.mark is not None]
    return half_up(Decimal(sum(marks)) / len(marks), "0.01") if marks else None


def _hours(supports: Sequence[Support]) -> Decimal:
    return sum((support.hours for support in supports), Decimal(0))


def _suffices(rule: Hours, supports: Sequence[Support]) -> bool:
    return rule.required is not None and _hours(supports) >= rule.required and not _marks_wrong(rule.marks, supports)


def judge_hours(rule: Hours, by_code: Mapping[str, Sequence[Support]], reasons: Reasons, *, sufficient: int) -> Node:
    """R33 to R36: hours and marks of what the awarding school decided; else with claims added; else partial or open."""
    preference = _Preference(sufficient)
    chosen: list[Support] = []
    also: list[str] = []
    for code in sorted(by_code):
        ordered = sorted(by_code[code], key=preference) if len(by_code[code]) > 1 else by_code[code]
        chosen.append(ordered[0])
        also += [support.item.id for support in ordered[1:]]
        if len({support.item.id for support in ordered}) > 1:
            reasons.add(Code.DUPLICATE_EVIDENCE, rule.path, *(support.item.id for support in ordered))
    decided = [support for support in chosen if support.grade is not Grade.CLAIM]
    claims = [support for support in chosen if support.grade is Grade.CLAIM]
    hours = _hours(decided)
    complete = rule.required is not None and hours >= rule.required
    _remark(rule, decided, claims, reasons)
    wrong: list[Code] = []
    if complete:
        wrong = _marks_wrong(rule.marks, decided)
        if rule.remark is not None:
            reasons.add(rule.remark, rule.path)
    elif rule.required is not None:
        wrong = [Code.KEUZEDEEL_SBU_SHORT]
    for code in wrong:
        reasons.add(code, rule.path, *(support.item.id for support in decided))
    strength = None
    if complete and not wrong:
        exempt = bool(decided) and all(support.grade is Grade.EXEMPT for support in decided)
        status = Status.EXEMPT if exempt else Status.MET
    elif claims and _suffices(rule, chosen):
        status = Status.CLAIM
        strength = min(support.strength for support in claims if support.strength is not None)
    else:
        status = Status.PARTIAL if decided else Status.OPEN
    return Node(
        rule=rule,
        path=rule.path,
        status=status,
        strength=strength,
        used=tuple(sorted(support.item.id for support in chosen)),
        also=tuple(sorted(also)),
        figures={"sbu": hours, "sbu_required": Decimal(rule.required or 0), "mean": _mean(decided)},
    )


def _remark(rule: Hours, decided: Sequence[Support], claims: Sequence[Support], reasons: Reasons) -> None:
    exempt = [support for support in decided if support.grade is Grade.EXEMPT]
    if exempt:
        reasons.add(Code.EXEMPTION_GRANTED, rule.path, *(support.item.id for support in exempt))
    left_out = [support.item.id for support in exempt if support.mark is None]
    if left_out:
        reasons.add(Code.KEUZEDEEL_EXCLUDED_FROM_MEAN, rule.path, *left_out)
    if claims:
        reasons.add(Code.EXEMPTION_REQUIRED, rule.path, *(support.item.id for support in claims))
