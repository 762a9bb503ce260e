"""The whole: R40, R43, R44, R51, and the shape of the answer."""

import json
import re

import pytest

from passport.stacking.reasons import BASIS, Code
from tests.unit.stacking.small import COMPLETE, ask, codes, exam, item, node

# R40


def test_a_complete_file_is_ready_and_no_answer_calls_it_a_diploma():
    answer = ask(*COMPLETE)
    assert answer["overall"] == "ready_for_examencommissie"
    assert [step["text"] for step in answer["advice"]["next_steps"]] == ["Je dossier is compleet. De school beslist."]
    english = ask(*COMPLETE, lang="en")
    assert english["advice"]["next_steps"] == [{"text": "Your file is complete. The school decides."}]


@pytest.mark.parametrize("left_out", range(len(COMPLETE)))
def test_each_missing_part_makes_it_incomplete(left_out):
    answer = ask(*(entry for at, entry in enumerate(COMPLETE) if at != left_out))
    assert answer["overall"] == "incomplete"
    assert answer["advice"]["next_steps"]


@pytest.mark.parametrize("at", range(len(COMPLETE)))
def test_a_claim_never_makes_a_file_ready(at):
    evidence = [*COMPLETE]
    evidence[at] = evidence[at] | {"issuer": "school:B"}
    assert ask(*evidence)["overall"] == "incomplete"


def test_a_file_of_exemptions_alone_is_ready():
    units = item("vrijstelling", "x", units=["10001:B1-K1", "10001:P1-K1"])
    nodes = [item("vrijstelling", node=path) for path in ("bpv", "loopbaan_burgerschap")]
    parts = [item("vrijstelling", vak=vak) for vak in ("nederlands", "rekenen")]
    keuzedelen = item("vrijstelling", keuzedeel="KX1", sbu=480)
    answer = ask(units, *nodes, *parts, keuzedelen)
    assert answer["overall"] == "ready_for_examencommissie"
    assert node(answer, "kerntaak:B1-K1") == "exempt"


def test_a_blocked_answer_shows_what_the_accepted_items_give():
    answer = ask(*COMPLETE, dossier_valid_until="2020-01-01", duration_years=2)
    assert answer["overall"] == "blocked"
    assert {one["status"] for one in answer["units"].values()} == {"met"}


# R43


@pytest.mark.parametrize(
    ("expires", "years", "day", "closed"),
    [
        ("2022-06-01", 2, "2026-06-01", False),
        ("2022-05-31", 2, "2026-06-01", True),
        ("2020-02-29", 1, "2023-02-28", False),
        ("2020-02-29", 1, "2023-03-01", True),
        ("2020-02-29", 2, "2024-02-29", False),
        (None, 2, "2026-06-01", False),
        ("2000-01-01", None, "2026-06-01", False),
    ],
)
def test_the_dossier_window(expires, years, day, closed):
    answer = ask(date=day, dossier_valid_until=expires, duration_years=years)
    assert ("KD_WINDOW_CLOSED" in codes(answer, "overall")) is closed
    assert (answer["overall"] == "blocked") is closed


# R44


def test_age_changes_nothing():
    old = ask(*COMPLETE, leeftijd=45)
    assert codes(old) - codes(ask(*COMPLETE)) == {"NO_AGE_RULE"}
    assert old["overall"] == "ready_for_examencommissie"
    assert "NO_AGE_RULE" not in codes(ask(leeftijd=None))


# R51 and the contract's shape


def test_the_answer_does_not_depend_on_the_order_of_evidence():
    assert json.dumps(ask(*COMPLETE)) == json.dumps(ask(*reversed(COMPLETE)))


def test_the_answer_has_the_shape_of_the_contract():
    answer = ask(*COMPLETE, {"id": "bad"}, crebo="10004")
    assert list(answer) == [
        "overall",
        "what_if",
        "target",
        "units",
        "nodes",
        "reasons",
        "evidence",
        "advice",
        "catalogue",
    ]
    assert answer["target"] == {
        "crebo": "10004",
        "naam": "Kwalificatie 10004",
        "niveau": 4,
        "cohort": "2025-2026",
        "school": "school:A",
        "date": "2026-06-01",
    }
    assert list(answer["nodes"]) == [
        "kerntaak:B1-K1",
        "kerntaak:P1-K1",
        "nederlands",
        "rekenen",
        "engels",
        "generiek",
        "loopbaan_burgerschap",
        "bpv",
        "keuzedelen",
        "beroepsvereisten",
    ]
    for one in answer["units"].values():
        assert list(one) == ["status", "strength", "used", "also"]
    for one in answer["reasons"]:
        assert list(one) == ["code", "at", "evidence", "basis", "text"]
        assert all(isinstance(one[key], str) and one[key] for key in ("code", "at", "basis", "text"))
        assert one["evidence"] == sorted(one["evidence"])
    for one in answer["evidence"].values():
        assert set(one) == {"type", "accepted", "weight"}
    assert re.fullmatch(r"sha-256 [0-9a-f]{64}", answer["catalogue"]["digest"])
    places = [(one["code"], one["at"]) for one in answer["reasons"]]
    assert len(places) == len(set(places))


def test_verbose_adds_the_whole_tree():
    assert "tree" not in ask()
    tree = ask(exam("B1-K1-W1"), verbose=True)["tree"]
    assert tree["path"] == "overall"
    assert tree["children"][0]["children"][0]["used"] == ["e1"]


def test_what_if_says_so():
    assert ask()["what_if"] is True


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_code_has_a_text_and_a_ground_and_none_speaks_of_having_passed(lang):
    from passport import messages

    assert set(BASIS) == set(Code)
    for code in Code:
        text = messages.text(f"stacking.reasons.{code}", lang)
        assert text.endswith((".", "?"))
        assert not re.search(r"geslaagd|passed|congratulations|gefeliciteerd", text, re.IGNORECASE)


def test_a_blocked_answer_tells_what_to_do():
    for target, evidence in (
        ({"crebo": "19999"}, []),
        ({}, [exam("B1-K1", holder="a"), exam("P1-K1", holder="b")]),
        ({"dossier_valid_until": "2000-01-01", "duration_years": 1}, []),
    ):
        assert len(ask(*evidence, **target)["advice"]["next_steps"]) == 1


def test_the_next_steps_name_what_is_open():
    steps = [step["text"] for step in ask(lang="en")["advice"]["next_steps"]]
    assert any("C1001, C1003" in step for step in steps)
    assert any("480" in step for step in steps)
    low = ask(
        item("generiek", vak="nederlands", niveau="2F", cijfer=5),
        item("generiek", vak="rekenen", niveau="mbo-2", cijfer=5),
        item("keuzedeel", code="KX1", sbu=480, cijfer=3),
        exam("B1-K1", issuer="school:B"),
        crebo="10001",
        lang="en",
    )
    text = " ".join(step["text"] for step in low["advice"]["next_steps"])
    assert "higher mark for Dutch" in text
    assert "higher marks for your keuzedelen" in text
    assert "exemption" in text
    units = ask(crebo="10003", lang="en")["advice"]["next_steps"][0]["text"]
    assert "4 tasks" in units
