"""The whole tree says for what is still open why, and what would fill it; the ranking says what is near."""

from datetime import date

from passport.stacking import facts_from_what_if
from passport.stacking.rank import rank
from tests.unit.stacking.small import ask, catalogue, exam, item


def leaves(node):
    if not node["children"]:
        yield node["path"], node
    for child in node["children"]:
        yield from leaves(child)


def test_an_open_unit_names_the_certificates_and_the_exam_that_would_fill_it():
    found = dict(leaves(ask(exam("B1-K1-W2"), verbose=True)["tree"]))
    assert found["B1-K1-W1"]["would_count"] == ["C1001", "C1002", "examenresultaat", "vrijstelling"]
    assert found["P1-K1-W2"]["would_count"] == ["C1003", "examenresultaat", "vrijstelling"]
    assert "would_count" not in found["B1-K1-W2"]


def test_a_claim_still_names_what_would_settle_it():
    found = dict(leaves(ask(exam("P1-K1-W2", issuer="school:B"), verbose=True)["tree"]))
    assert found["P1-K1-W2"]["reasons"] == ["EXEMPTION_REQUIRED"]
    assert found["P1-K1-W2"]["would_count"][0] == "C1003"


def test_every_open_place_beside_the_units_names_what_would_fill_it():
    found = dict(leaves(ask(verbose=True, beroepsvereisten="VWS")["tree"]))
    assert found["bpv"]["reasons"] == ["BPV_MISSING"]
    assert found["bpv"]["would_count"] == ["bpv", "vrijstelling"]
    assert found["nederlands"]["would_count"] == ["generiek", "vrijstelling"]
    assert found["beroepsvereisten"]["would_count"] == ["beroepsvereiste"]
    assert all(one["would_count"] for one in found.values())


def test_the_tree_stands_in_a_verbose_answer_only():
    assert "tree" not in ask()


def test_the_ranking_shows_all_qualifications_also_those_without_a_level():
    facts = facts_from_what_if([exam("B1-K1", crebo="10006"), item("mbo-certificaat", code="C1003", issuer="school:B")])
    found = rank(catalogue(), facts, school="school:A", at=date(2026, 6, 1)).to_json(what_if=True)
    first, second, *others = found["ranking"]
    name = "Kwalificatie 10006"
    units = {"done": 2, "claim": 0, "open": 2, "total": 4}
    assert first == {"crebo": "10006", "naam": name, "niveau": None, "units": units}
    assert second["units"] == {"done": 0, "claim": 2, "open": 2, "total": 4}
    assert [one["crebo"] for one in others] == sorted(set(catalogue().qualifications) - {"10001", "10006"})
    assert found["catalogue"] == {"version": catalogue().version, "digest": catalogue().digest}
    assert found["what_if"] is True
    short = rank(catalogue(), facts, school="school:A", at=date(2026, 6, 1)).to_json(what_if=False, limit=1)
    assert [one["crebo"] for one in short["ranking"]] == ["10006"]
