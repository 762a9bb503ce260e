"""Judges a tree of rules over accepted evidence. A pure function: the same input gives the same answer, in any order.

It knows no words, no wire format and no cryptography; `answer.py` puts the finding into words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from passport.stacking.acceptance import OVERALL, Reasons, accept, add_years, certificate_code
from passport.stacking.advise import smallest_sets
from passport.stacking.catalogue import Catalogue
from passport.stacking.facts import Facts, Item
from passport.stacking.finding import DONE, STATUS_OF, Finding, Judged, Node, Overall, Status
from passport.stacking.judge_hours import judge_hours
from passport.stacking.judge_marks import judge_marks, judge_part
from passport.stacking.parts import KEUZEDELEN, Gathered, Sorter
from passport.stacking.plan import compile_rules, generic_rule, level_of
from passport.stacking.reasons import Code
from passport.stacking.requirements import Grade, Strength
from passport.stacking.rules import AllOf, Hours, Marks, NotAsked, Part, Rule, Unit
from passport.stacking.supports import DIPLOMA, Support
from passport.stacking.target import Target
from passport.stacking.units import Places, unit_supports


def _judge_unit(rule: Unit, supports: Sequence[Support], reasons: Reasons) -> Node:
    """R16, R17, R21: the best support gives the status; all that would do are named."""
    ordered = [] if rule.closed else sorted(supports, key=lambda support: support.rank)
    ids = tuple(support.item.id for support in ordered)
    if not ordered:
        if rule.missing is not None:
            reasons.add(rule.missing, rule.path)
        return Node(rule=rule, path=rule.path, status=Status.OPEN)
    if rule.tells_duplicates and len(ids) > 1:
        reasons.add(Code.DUPLICATE_EVIDENCE, rule.path, *ids)
    return Node(
        rule=rule,
        path=rule.path,
        status=STATUS_OF[ordered[0].grade],
        strength=ordered[0].strength,
        used=ids[:1],
        also=ids[1:],
    )


def _judge_all(rule: AllOf, children: tuple[Node, ...], reasons: Reasons) -> Node:
    """R18: open, partial, else the weakest claim, else exempt if all are, else met."""
    asked = [child for child in children if child.status is not Status.NOT_APPLICABLE]
    statuses = {child.status for child in asked}
    strength: Strength | None = None
    if statuses <= {Status.OPEN}:
        status = Status.OPEN
    elif statuses & {Status.OPEN, Status.PARTIAL}:
        status = Status.PARTIAL
        if rule.partly is not None:
            reasons.add(rule.partly, rule.path)
    elif Status.CLAIM in statuses:
        status = Status.CLAIM
        strength = min(child.strength for child in asked if child.strength is not None)
    else:
        status = Status.EXEMPT if statuses == {Status.EXEMPT} else Status.MET
    used = sorted({key for child in children for key in child.used})
    return Node(rule=rule, path=rule.path, status=status, strength=strength, used=tuple(used), children=children)


def judge_rule(rule: Rule, gathered: Gathered, reasons: Reasons, *, sufficient: int) -> Node:
    """Return what a rule finds, with the findings of what it is made of."""
    match rule:
        case Unit():
            return _judge_unit(rule, gathered.places.get(rule.path, ()), reasons)
        case NotAsked():
            if rule.remark is not None:
                reasons.add(rule.remark, rule.path)
            return Node(rule=rule, path=rule.path, status=Status.NOT_APPLICABLE)
        case AllOf():
            children = tuple(judge_rule(one, gathered, reasons, sufficient=sufficient) for one in rule.of)
            return _judge_all(rule, children, reasons)
        case Part():
            return judge_part(rule, gathered.places.get(rule.path, ()), reasons, unmarked=sufficient).node
        case Marks():
            parts = [
                judge_part(part, gathered.places.get(part.path, ()), reasons, unmarked=rule.unmarked)
                for part in rule.parts
            ]
            items = [support.item.id for part in rule.parts for support in gathered.places.get(part.path, ())]
            if rule.remark is not None and items:
                reasons.add(rule.remark, rule.path, *items)
            return judge_marks(rule, parts, reasons)
        case Hours():
            return judge_hours(rule, gathered.keuzedelen, reasons, sufficient=sufficient)


def _decisions(root: Node, reasons: Reasons) -> None:
    """R16, R21: where a claim needs a decision of the school, and where an exemption is the status."""
    for node in root.walk():
        if node is root or isinstance(node.rule, Hours):
            continue
        if node.status is Status.EXEMPT:
            reasons.add(Code.EXEMPTION_GRANTED, node.path, *node.used)
        if node.status is Status.CLAIM and not isinstance(node.rule, AllOf | Marks):
            reasons.add(Code.EXEMPTION_REQUIRED, node.path, *node.used, *node.also)


def _diplomas(items: Sequence[Item], target: Target, catalogue: Catalogue, reasons: Reasons) -> None:
    """R19: a diploma that is there already, and certificates that are later than the diploma over them."""
    for diploma in (item for item in items if item.type == DIPLOMA):
        if diploma.crebo == target.crebo:
            reasons.add(Code.DIPLOMA_ALREADY_AWARDED, OVERALL, diploma.id)
        for item in items:
            certificate = catalogue.certificates.get(certificate_code(item)) if item.type == "mbo-certificaat" else None
            if certificate is None or certificate.crebo != diploma.crebo or not item.date or not diploma.date:
                continue
            if item.date > diploma.date:
                reasons.at_item(Code.CERTIFICATE_AFTER_DIPLOMA, item, diploma.id)


def _window_closed(target: Target, catalogue: Catalogue) -> bool:
    """R43: the dossier expired longer ago than the length of the course and two years. Unknown: not tested."""
    qualification = catalogue.qualifications.get(target.crebo)
    expires, years = target.dossier_valid_until, target.duration_years
    if qualification is not None:
        expires = expires or qualification.dossier_valid_until
        years = years if years is not None else qualification.duration_years
    if expires is None or years is None:
        return False
    return target.date > add_years(expires, years + catalogue.requirements.window_years)


def _weights(gathered: Gathered, root: Node) -> Mapping[str, Grade]:
    """R11: the highest that an item gives anywhere; standing in `also` is giving."""
    grades: dict[str, Grade] = {}
    given = {node.path: {*node.used, *node.also} for node in root.walk()}
    places = [(given.get(place, set()), supports) for place, supports in gathered.places.items()]
    places += [(given.get(KEUZEDELEN, set()), supports) for supports in gathered.keuzedelen.values()]
    for ids, supports in places:
        for support in supports:
            if support.item.id in ids:
                grades[support.item.id] = max(support.grade, grades.get(support.item.id, support.grade))
    return grades


def evaluate(catalogue: Catalogue, facts: Facts, target: Target) -> Finding:
    """Return what the evidence adds up to for a target.

    Raises: LevelUnknown where the level of a known qualification is stated nowhere.
    """
    reasons = Reasons()
    rules = compile_rules(target, catalogue)
    level = level_of(target, catalogue)
    qualification = catalogue.qualifications.get(target.crebo)
    for code, at, ids in facts.remarks:
        reasons.add(code, at, *ids)
    accepted = accept(facts, target, catalogue, reasons)
    places = Places(target, catalogue)
    sorter = Sorter(
        target,
        catalogue,
        reasons,
        generic=generic_rule(level, target, catalogue),
    )
    gathered = Gathered()
    for item in accepted.items:
        for unit, found in unit_supports(item, places, reasons).items():
            gathered.places[unit].append(found)
        sorter.sort(item, gathered)
    root = judge_rule(rules, gathered, reasons, sufficient=catalogue.requirements.sufficient)
    _decisions(root, reasons)
    _diplomas(accepted.items, target, catalogue, reasons)
    window_closed = _window_closed(target, catalogue)
    if qualification is None:
        reasons.add(Code.UNKNOWN_QUALIFICATION, OVERALL)
    if window_closed:
        reasons.add(Code.KD_WINDOW_CLOSED, OVERALL)
    if target.age_stated:
        reasons.add(Code.NO_AGE_RULE, OVERALL)
    if qualification is None or window_closed or accepted.mismatch:
        overall = Overall.BLOCKED
    else:
        ready = all(child.status in DONE for child in root.children)
        overall = Overall.READY if ready else Overall.INCOMPLETE
    weights = _weights(gathered, root)
    counted = {item.id for item in accepted.items}
    units = qualification.units if qualification else {}
    open_units = [node.path for node in root.walk() if node.path in units and node.status is Status.OPEN]
    return Finding(
        overall=overall,
        target=target,
        naam=qualification.naam if qualification else None,
        niveau=level,
        root=root,
        reasons=reasons.all(),
        evidence={
            item.id: Judged(item=item, accepted=item.id in counted, weight=weights.get(item.id))
            for item in sorted(facts.items, key=lambda item: item.id)
        },
        smallest_sets=smallest_sets(catalogue, target.crebo, open_units),
        catalogue_version=catalogue.version,
        catalogue_digest=catalogue.digest,
        holder_binding=facts.holder_binding,
    )
