"""What evidence adds up to for a target. A pure function: the same input gives the same answer, in any order.

`Reading` reads the evidence once and then answers for any number of targets of one school on one day; `evaluate` is
one such answer, so that there is one engine. It knows no words, no wire format and no cryptography; `answer.py` puts
the finding into words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, cached_property, partial
from operator import attrgetter

from passport.stacking.acceptance import OVERALL, Reasons, add_years, refusals, tied_certificate
from passport.stacking.advise import obtainable, smallest_sets
from passport.stacking.catalogue import Catalogue
from passport.stacking.facts import Facts, Item
from passport.stacking.finding import BLOCKING, DONE, Finding, Overall, Status, Verdict
from passport.stacking.judge import empty_kerntaken, judge_kerntaak
from passport.stacking.parts import BESIDE_UNITS, Beside
from passport.stacking.plan import Plan, plan_for
from passport.stacking.policies import SchoolPolicy
from passport.stacking.reading import Notes, Read
from passport.stacking.reasons import Code
from passport.stacking.supports import DIPLOMA, Support, is_awarding
from passport.stacking.target import Target
from passport.stacking.units import Places, codes_elsewhere, places_for, unit_supports

_ID = attrgetter("id")


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


class Reading:
    """Evidence read once, for one school and one day, and under one policy of that school.

    Raises: nothing; what is wrong with an item becomes a reason at the item.
    """

    def __init__(
        self, catalogue: Catalogue, facts: Facts, *, school: str | None, at: date, policy: SchoolPolicy | None = None
    ) -> None:
        self.catalogue, self.facts, self.policy = catalogue.under(policy), facts, policy
        self.school, self.at = school, at
        self._for = Target(crebo="", cohort=at.year, cohort_label="", date=at, school=school)
        self._bases: dict[Plan, tuple[dict[int, frozenset[Code]], list[Notes]]] = {}
        self.mismatch = facts.persons_differ or len({item.holder for item in facts.items} - {None}) > 1  # R8

    @cached_property
    def reads(self) -> tuple[Read, ...]:
        """All items, by id."""
        catalogue, about, decided = self.catalogue, self._for, self._decided_by
        reads = []
        for at, item in enumerate(sorted(self.facts.items, key=_ID)):
            refused: frozenset[Code] | None = refusals(item, about, catalogue)
            if not refused and not self.mismatch:
                refused = None
            reads.append(Read(item, at, about, catalogue, awarding=decided(item.issuer), refused=refused))
        self._tell_after_diploma(reads)
        return tuple(reads)

    @cached_property
    def _decided_by(self) -> Callable[[str | None], bool]:
        """Whether an issuer is the school that would award: few issuers give all items."""
        return cache(partial(is_awarding, school=self.school))

    def _tell_after_diploma(self, reads: Sequence[Read]) -> None:
        """R19: certificates that are later than the diploma over them."""
        diplomas: dict[str | None, list[Item]] = {}
        for read in reads:
            if read.accepted and read.item.type == DIPLOMA:
                diplomas.setdefault(read.item.crebo, []).append(read.item)
        for read in reads if diplomas else ():
            certificate = tied_certificate(read.item, self.catalogue) if read.accepted else None
            for diploma in diplomas.get(certificate.crebo, ()) if certificate is not None else ():
                if read.item.date and diploma.date and read.item.date > diploma.date:
                    read.tell(Code.CERTIFICATE_AFTER_DIPLOMA, diploma.id)

    @cached_property
    def _elsewhere(self) -> list[frozenset[Code]]:
        """What is said of the units of each item for a target that none of them touches."""
        return [codes_elsewhere(read) for read in self.reads]

    @cached_property
    def _by_crebo(self) -> Mapping[str, Sequence[Read]]:
        """The items that state units of a qualification."""
        found: dict[str, list[Read]] = {}
        for read in self.reads:
            for crebo in read.stated.crebos if read.stated is not None else ():
                found.setdefault(crebo, []).append(read)
        return found

    @cached_property
    def _diplomas(self) -> Mapping[str | None, Sequence[str]]:
        found: dict[str | None, list[str]] = {}
        for read in self.reads:
            if read.accepted and read.item.type == DIPLOMA:
                found.setdefault(read.item.crebo, []).append(read.item.id)
        return found

    @cached_property
    def _beside(self) -> Beside:
        reads = [read for read in self.reads if read.accepted and read.item.type in BESIDE_UNITS]
        return Beside(reads, self.catalogue)

    def _base(self, plan: Plan) -> tuple[dict[int, frozenset[Code]], list[Notes]]:
        """Return what is said of items beside their units, and all that is said of each where its units have no place.

        The same for all targets of one plan.
        """
        found = self._bases.get(plan)
        if found is None:
            codes, elsewhere, notes = self._beside.codes(plan), self._elsewhere, self._notes_elsewhere.copy()
            for at, more in codes.items():
                notes[at] = self.reads[at].notes(elsewhere[at] | more)
            found = self._bases[plan] = (codes, notes)
        return found

    @cached_property
    def _notes_elsewhere(self) -> list[Notes]:
        return [read.notes(codes) for read, codes in zip(self.reads, self._elsewhere, strict=True)]

    def _gather(
        self, places: Places, beside: Mapping[int, frozenset[Code]]
    ) -> tuple[dict[str, list[Support]], dict[int, Notes]]:
        """Return the supports of the target's units, and the items of which something else is said than elsewhere."""
        by_crebo, elsewhere = self._by_crebo, self._elsewhere
        touching = {read.at: read for crebo in places.sources for read in by_crebo.get(crebo, ())}
        gathered: dict[str, list[Support]] = {}
        changed: dict[int, Notes] = {}
        for at, read in touching.items():
            found, codes = unit_supports(read, places)
            for unit, support in found.items():
                if unit in gathered:
                    gathered[unit].append(support)
                else:
                    gathered[unit] = [support]
            if codes != elsewhere[at]:
                changed[at] = read.notes(codes | beside[at] if at in beside else codes)
        return gathered, changed

    def _kerntaken(self, crebo: str, gathered: Mapping[str, Sequence[Support]]) -> list[Verdict]:
        """Return the verdicts of the kerntaken: the empty ones, but for those that something touches."""
        if crebo not in self.catalogue.qualifications:
            return []
        verdicts = list(empty_kerntaken(self.catalogue, crebo))
        if gathered:
            touched = gathered.keys()
            for at, codes in enumerate(self.catalogue.qualifications[crebo].kerntaken.values()):
                if not touched.isdisjoint(codes):
                    verdicts[at] = judge_kerntaak(verdicts[at], gathered)
        return verdicts

    def _of_the_whole(self, target: Target, known: bool) -> dict[Code, tuple[str, ...]]:
        reasons = Reasons()
        for code, at, ids in self.facts.remarks:
            reasons.add(code, at, *ids)
        if self.mismatch:
            reasons.add(Code.HOLDER_MISMATCH, OVERALL, *(item.id for item in self.facts.items))
        if target.crebo in self._diplomas:
            reasons.add(Code.DIPLOMA_ALREADY_AWARDED, OVERALL, *self._diplomas[target.crebo])
        if not known:
            reasons.add(Code.UNKNOWN_QUALIFICATION, OVERALL)
        if _window_closed(target, self.catalogue):
            reasons.add(Code.KD_WINDOW_CLOSED, OVERALL)
        if target.age_stated:
            reasons.add(Code.NO_AGE_RULE, OVERALL)
        return {code: ids for (_, code), ids in reasons.all().items()}

    def finding(self, target: Target) -> Finding:
        """Return what the evidence adds up to. Raises: LevelUnknown, as `evaluate`."""
        catalogue = self.catalogue
        plan = plan_for(target, catalogue)
        qualification = catalogue.qualifications.get(target.crebo)
        beside_codes, notes = self._base(plan)
        gathered, changed = self._gather(places_for(target, catalogue), beside_codes)
        kerntaken = self._kerntaken(target.crebo, gathered)
        beside, beside_done = self._beside.verdicts(plan, target.crebo)
        whole = self._of_the_whole(target, qualification is not None)
        if not whole.keys().isdisjoint(BLOCKING):
            overall = Overall.BLOCKED
        else:
            done = beside_done and all(verdict.node.status in DONE for verdict in kerntaken)
            overall = Overall.READY if done else Overall.INCOMPLETE
        sets: tuple[tuple[str, ...], ...] = ()
        certificates = obtainable(catalogue, target.crebo, target.date)
        if certificates:
            units = [unit for verdict in kerntaken for unit in verdict.node.children]
            open_units = [unit.path for unit in units if unit.status is Status.OPEN]
            sets = smallest_sets(catalogue, target.crebo, open_units, target.date)
        return Finding(
            overall,
            target,
            qualification.naam if qualification else None,
            plan.level,
            whole,
            kerntaken,
            beside,
            self.reads,
            notes,
            changed,
            sets,
            certificates,
            catalogue.version,
            catalogue.digest,
            self.facts.holder_binding,
            self.policy,
        )


def evaluate_many(catalogue: Catalogue, facts: Facts, targets: Iterable[Target]) -> Iterator[Finding]:
    """Yield the finding for each target; the evidence is read once for those of one school on one day.

    Raises: LevelUnknown, as `evaluate`.
    """
    readings: dict[tuple[str | None, date, SchoolPolicy | None], Reading] = {}
    for target in targets:
        policy = catalogue.policy_of(target.school, target.cohort, target.date)
        key = (target.school, target.date, policy)
        reading = readings.get(key)
        if reading is None:
            reading = Reading(catalogue, facts, school=target.school, at=target.date, policy=policy)
            readings[key] = reading
        yield reading.finding(target)


def evaluate(catalogue: Catalogue, facts: Facts, target: Target) -> Finding:
    """Return what the evidence adds up to for a target.

    Raises: LevelUnknown where the level of a known qualification is stated nowhere.
    """
    return next(evaluate_many(catalogue, facts, (target,)))
