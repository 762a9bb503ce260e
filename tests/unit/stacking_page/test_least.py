"""The least disclosure: whatever is left out, the answer stays; and nothing smaller does the same."""

from datetime import UTC, date, datetime
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passport.credentials.credential_type import places_at
from passport.credentials.types import TYPES
from passport.stacking import load_catalogue, stack
from passport.stacking.compare import states
from passport.stacking.evidence import facts_from_credentials
from passport.stacking.least import smallest_disclosure
from passport.trust.register import Organisation
from passport.verification import Expected, parse_presented, policy_for, verify
from passport.verification.report import Report, VerifiedCredential
from tests.ecosystem import Ecosystem, sample_claims

SCHOOL, ELSEWHERE = "https://issuer.example/o/school-a", "https://issuer.example/o/school-b"
AT = datetime(2026, 6, 15, tzinfo=UTC)
PERSON = {"given_name": "Test", "family_name": "Houder", "birthdate": "1990-02-28"}
KWALIFICATIE = {"crebo": "25960", "naam": "Helpende Zorg en Welzijn", "niveau": 2}
BASE = [("given_name",), ("family_name",), ("birthdate",), ("document_number",)]
UNITS = ["B1-K1", "B1-K1-W1", "B1-K1-W2", "P2-K1-W1", "P2-K1-W3"]
SIGNED = {"leerbedrijf": {"naam": "L", "id": "l"}, "periode": {}, "praktijkbeoordeling": "x"}
SIGNED |= {"praktijkbeoordeling_salt": "y"}


def organisation(iss=SCHOOL, kind="school"):
    return Organisation(id=iss, kind=kind, name={"nl": iss}, identifiers={}, keys=None, accreditations=())


def target(**changes):
    return {"crebo": "25960", "cohort": "2025-2026", "school": SCHOOL, "date": "2026-06-15"} | changes


def report(at, kind, claims, iss=SCHOOL):
    """The report of a credential that was verified, without making signatures."""
    ctype = TYPES[kind]
    full = {**PERSON, "document_number": f"D{at}", "awarded_date": "2026-01-01", "kwalificatie": KWALIFICATIE} | claims
    verified = VerifiedCredential(
        id=f"credential-{at:05}",
        type=ctype,
        format="dc+sd-jwt",
        issuer=organisation(iss, ctype.issuer_kind),
        claims=full,
        issued_at=AT,
        holder_key="k",
        holder_proven=True,
        countersigned=kind == "praktijkverklaring",
        leerbedrijf=organisation("l", "leerbedrijf") if kind == "praktijkverklaring" else None,
    )
    return Report(
        verdict="accepted",
        checks=(),
        credential=None,
        credential_id=verified.id,
        holder_binding="proven",
        checked_at=AT,
        inputs=(),
        verified=verified,
    )


def reduced(found, shown):
    """The same report with only some places disclosed, by another way than the code under test."""
    import copy
    from dataclasses import replace

    verified = found.require()
    claims = copy.deepcopy(dict(verified.claims))
    for path in verified.type.disclosable:
        for place, _ in reversed(list(places_at(verified.claims, path))):
            if place not in shown:
                holder = claims
                for step in place[:-1]:
                    holder = holder[step]
                del holder[place[-1]]
    company = verified.leerbedrijf if "praktijkbeoordeling" in claims else None
    made = replace(verified, claims=claims, leerbedrijf=company)
    return Report(
        verdict="accepted",
        checks=(),
        credential=None,
        credential_id=made.id,
        holder_binding="proven",
        checked_at=AT,
        inputs=(),
        verified=made,
    )


def stands(reports, goal):
    facts = facts_from_credentials(reports, holder_binding="proven")
    return states(stack(catalogue=load_catalogue(), target=goal, evidence=facts, lang="nl", what_if=False))


def shown_only(reports, smallest):
    by_id = {one.credential_id: one for one in reports}
    return [reduced(by_id[one.id], one.paths) for one in smallest.shown]


def cost(smallest):
    return len(smallest.shown), smallest.claims


def places(one):
    verified = one.require()
    return [place for path in verified.type.disclosable for place, _ in places_at(verified.claims, path)]


def cheapest(reports, goal):
    """The least cost, by trying everything. What a presentation always shows stands fixed."""
    wanted, best = stands(reports, goal), None
    ways = []
    for one in reports:
        signed = [(name,) for name in SIGNED] if one.require().type.name == "praktijkverklaring" else []
        fixed = [*BASE, *signed]
        free = [place for place in places(one) if place not in fixed and place != ("kwalificatie", "niveau")]
        ways.append([None, *((*fixed, *some) for size in range(len(free) + 1) for some in combinations(free, size))])

    def tries(at, chosen):
        nonlocal best
        price = (len(chosen), sum(len(shown) for _, shown in chosen))
        if best is not None and price >= best:
            return
        if at == len(reports):
            if stands([reduced(one, shown) for one, shown in chosen], goal) == wanted:
                best = price
            return
        for way in ways[at]:
            tries(at + 1, chosen if way is None else [*chosen, (reports[at], way)])

    tries(0, [])
    return best


units = st.lists(st.sampled_from(UNITS), min_size=1, max_size=3, unique=True)
marks = st.integers(3, 9)
schools = st.sampled_from([SCHOOL, SCHOOL, ELSEWHERE])


def named(codes):
    return [{"unit": f"25960:{code}", "naam": code} for code in codes]


def result(part):
    kind, mark = part
    if kind in ("nederlands", "rekenen"):
        level = "2F" if kind == "nederlands" else "mbo-2"
        return {"onderdeel": "generiek", "vak": kind, "niveau": level, "cijfer": mark, "datum": "2026-01-01"}
    if kind == "bpv":
        return {"onderdeel": "bpv", "oordeel": "voldoende" if mark > 5 else "onvoldoende", "datum": "2026-01-01"}
    return {"onderdeel": "werkproces", "unit": f"25960:{kind}", "cijfer": mark, "datum": "2026-01-01"}


parts = st.sampled_from(["nederlands", "rekenen", "bpv", *UNITS])
results = st.lists(st.tuples(parts, marks).map(result), max_size=3)
elective = st.builds(
    lambda code, mark, sbu: {"code": code, "naam": code, "sbu": sbu, "cijfer": mark, "datum": "2026-01-01"},
    st.sampled_from(["KX1", "KX2", "KX3"]),
    marks,
    st.sampled_from([120, 240]),
)
exempted = st.sampled_from(
    [
        [{"unit": "25960:B1-K1-W1"}, {"unit": "25960:P2-K1-W1"}],
        [{"vak": "nederlands", "niveau": "2F"}],
        [{"keuzedeel": {"code": "KX1", "sbu": 240}}],
        [{"onderdeel": "bpv"}, {"vak": "rekenen", "niveau": "mbo-2"}],
    ]
)
credentials = st.one_of(
    st.tuples(
        st.just("mbo-certificaat"),
        st.builds(
            lambda code: {"certificaat": {"code": code, "naam": code}, "units": named(["P2-K1-W1"])},
            st.sampled_from(["C0164", "C0166", "C9999"]),
        ),
        schools,
    ),
    st.tuples(
        st.just("mbo-certificaat"),
        st.builds(
            lambda code, mark: {
                "certificaat": {"code": "C0001", "naam": "x"},
                "keuzedeel": {"code": code, "naam": code, "sbu": 240},
                "cijfer": mark,
            },
            st.sampled_from(["KX1", "KX2"]),
            marks,
        ),
        schools,
    ),
    st.tuples(
        st.just("mbo-verklaring"),
        st.builds(lambda found, bag: {"resultaten": found, "keuzedelen": bag}, results, st.lists(elective, max_size=2)),
        schools,
    ),
    st.tuples(st.just("vrijstelling"), exempted.map(lambda found: {"onderdelen": found, "cijfer": 7}), schools),
    st.tuples(st.just("praktijkverklaring"), units.map(lambda codes: {"units": named(codes)} | SIGNED), schools),
    st.tuples(
        st.just("ervaringscertificaat"),
        units.map(
            lambda codes: {
                "standaard": {"soort": "crebo", "code": "25960", "naam": "x"},
                "overeenkomst_datum": "2026-01-01",
                "units": [{**one, "oordeel": "aangetoond"} for one in named(codes)],
            }
        ),
        st.just("https://evc.example"),
    ),
    st.tuples(st.just("diploma"), st.just({"resultaten": []}), schools),
)


def stack_of(drawn):
    return [report(at, *one) for at, one in enumerate(drawn)]


@settings(max_examples=60, deadline=None)
@given(st.lists(credentials, max_size=7), st.sampled_from([{}, {"school": None}, {"cohort": "2019-2020"}]))
def test_the_least_gives_the_same_answer_and_nothing_of_it_can_be_left_out(drawn, changes):
    reports, goal = stack_of(drawn), target(**changes)
    smallest = smallest_disclosure(load_catalogue(), reports, goal)
    wanted, kept = stands(reports, goal), shown_only(reports, smallest)
    assert stands(kept, goal) == wanted
    for one in smallest.shown:
        others = [two for two in kept if two.credential_id != one.id]
        assert stands(others, goal) != wanted
        assert set(one.paths) >= set(BASE)
        assert set(one.paths) <= set(one.hideable)


@settings(max_examples=40, deadline=None)
@given(st.lists(credentials, min_size=1, max_size=3))
def test_nothing_smaller_gives_the_same_answer(drawn):
    reports, goal = stack_of(drawn), target()
    smallest = smallest_disclosure(load_catalogue(), reports, goal)
    assert smallest.exact
    assert cost(smallest) == cheapest(reports, goal)


@settings(max_examples=30, deadline=None)
@given(st.lists(credentials, max_size=5), st.data())
def test_the_order_of_the_credentials_changes_nothing(drawn, data):
    reports = stack_of(drawn)
    shuffled = data.draw(st.permutations(reports))
    both = [smallest_disclosure(load_catalogue(), some, target()) for some in (reports, shuffled)]
    assert both[0] == both[1]


def test_a_certificate_that_the_catalogue_knows_shows_no_unit_and_no_mark():
    one = report(1, "mbo-certificaat", {"certificaat": {"code": "C0164", "naam": "x"}, "units": named(["P2-K1-W1"])})
    [shown] = smallest_disclosure(load_catalogue(), [one], target()).shown
    assert sorted(shown.paths) == sorted(BASE)


def test_only_the_needed_elements_of_a_statement_are_shown():
    found = [result(one) for one in (("P2-K1-W1", 7), ("P2-K1-W1", 8), ("P2-K1-W2", 3), ("bpv", 8))]
    one = report(1, "mbo-verklaring", {"resultaten": found, "keuzedelen": []})
    [shown] = smallest_disclosure(load_catalogue(), [one], target()).shown
    needed = set(shown.paths) - set(BASE)
    assert len(needed) == 2
    assert ("resultaten", 3) in needed
    assert ("resultaten", 2) not in needed


def test_the_mark_is_shown_only_where_it_matters():
    certificate = {"certificaat": {"code": "C0001", "naam": "x"}, "cijfer": 7}
    elective = report(1, "mbo-certificaat", certificate | {"keuzedeel": {"code": "KX1", "naam": "x", "sbu": 240}})
    units = report(2, "mbo-certificaat", certificate | {"certificaat": {"code": "C0164", "naam": "x"}, "units": []})
    shown = {one.id: one.paths for one in smallest_disclosure(load_catalogue(), [elective, units], target()).shown}
    assert ("cijfer",) in shown[elective.credential_id]
    assert ("cijfer",) not in shown[units.credential_id]


def test_a_praktijkverklaring_shows_its_countersignature():
    one = report(1, "praktijkverklaring", {"units": named(["P2-K1-W1", "P2-K1-W2"])} | SIGNED)
    [shown] = smallest_disclosure(load_catalogue(), [one], target()).shown
    assert {(name,) for name in SIGNED} <= set(shown.paths)


def test_what_changes_nothing_is_not_shown():
    diploma = report(1, "diploma", {"resultaten": []})
    practice = report(2, "praktijkverklaring", {"units": named(["P2-K1-W1"])} | SIGNED)
    branch = report(3, "branchecertificaat", {"standaard": {"soort": "branche", "code": "x", "naam": "x"}})
    smallest = smallest_disclosure(load_catalogue(), [diploma, practice, branch], target())
    assert [one.id for one in smallest.shown] == [diploma.credential_id]
    assert smallest_disclosure(load_catalogue(), [branch], target()).shown == ()


def test_of_two_copies_of_one_award_one_is_shown():
    claims = {"certificaat": {"code": "C0164", "naam": "x"}, "units": named(["P2-K1-W1"]), "document_number": "same"}
    smallest = smallest_disclosure(
        load_catalogue(), [report(1, "mbo-certificaat", claims), report(2, "mbo-certificaat", claims)], target()
    )
    assert len(smallest.shown) == 1


def test_a_blocked_answer_has_no_least():
    one = report(1, "diploma", {"resultaten": []})
    other = report(2, "diploma", {"resultaten": [], "birthdate": "1991-01-01"})
    assert smallest_disclosure(load_catalogue(), [one, other], target()) is None
    assert smallest_disclosure(load_catalogue(), [one], target(crebo="99999", niveau=2)) is None


def test_beyond_the_bound_the_answer_is_the_same_and_says_that_it_may_not_be_the_least():
    bag = [
        report(
            at,
            "mbo-certificaat",
            {
                "certificaat": {"code": f"C9{at:03}", "naam": "x"},
                "keuzedeel": {"code": f"KX{at % 12}", "naam": "x", "sbu": 40},
                "cijfer": 7,
            },
        )
        for at in range(14)
    ]
    smallest = smallest_disclosure(load_catalogue(), bag, target())
    assert smallest.exact is False
    assert stands(shown_only(bag, smallest), target()) == stands(bag, target())
    assert len(smallest.shown) == 12


@pytest.mark.parametrize("held", [["mbo-certificaat", "mbo-verklaring", "vrijstelling", "praktijkverklaring"]])
def test_really_presented_with_only_that_the_verifier_finds_the_same(held):
    world = Ecosystem()
    holder = world.holder()
    issued = [world.school.issue(kind, holder=holder) for kind in held]
    issued.append(world.school.issue("mbo-certificaat", holder=holder, document_number="second"))

    def reports(texts):
        policy = policy_for(require_holder_binding=True)
        expected = Expected(nonce="nonce", audience="verifier")
        return [
            verify(one, world.materials(), world.register(), policy, expected=expected, at=world.at) for one in texts
        ]

    goal = target(school=world.school.id, date=date(2026, 6, 15).isoformat())
    full = reports([holder.present(one) for one in issued])
    smallest = smallest_disclosure(load_catalogue(), full, goal)
    assert smallest.exact
    assert len(smallest.shown) < len(issued)
    by_id = {parse_presented(one.text).id: one for one in issued}
    least = reports([holder.present(by_id[one.id], disclose=one.paths) for one in smallest.shown])
    assert {one.verdict for one in least} == {"accepted"}
    assert stands(least, goal) == stands(full, goal)
    assert stands(least, goal)["overall"].status == "incomplete"
    assert sample_claims("mbo-certificaat")["units"]
