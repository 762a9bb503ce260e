"""`skillspas stack`: the page, the ranking, before and after, the least to show; and `present` with only that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from passport.stacking import load_catalogue
from passport.verification import Expected, parse_presented, policy_for, verify
from tests.cli.wallet_counterparts import TX_CODE, Counterparts, Person, counterparts, new_person
from tests.paths import ROOT

CERTIFICATE = {"type": "mbo-certificaat", "issuer": "school:A", "date": "2025-01-01", "code": "C0164"}
GOAL = ("stack", "--target", "25960", "--school", "school:A", "--date", "2026-06-01")
PERSON = ("given_name", "family_name", "birthdate", "document_number")


@pytest.fixture
def alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Person:
    """A person without a wallet."""
    return Person(folder=tmp_path, environ={"SKILLSPAS_WALLET": str(tmp_path / "none"), "LANG": "nl"}, capture=capsys)


@pytest.fixture
def school() -> Iterator[Counterparts]:
    with counterparts() as made:
        yield made


@pytest.fixture
def person(school: Counterparts, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Person:
    register = tmp_path / "register.json"
    register.write_bytes(school.world.register_bytes())
    return new_person(tmp_path / "wallet", capsys, register=register, port=school.port)


def supposed(folder: Path, *items: dict[str, Any], **target: str) -> str:
    file = folder / "what-if.json"
    file.write_text(json.dumps({"target": target, "evidence": list(items)}))
    return str(file)


def take(person: Person, issuer: Counterparts, kind: str = "mbo-certificaat", **changes: Any) -> str:
    issuer.type, issuer.changes = kind, changes
    said = person("receive", issuer.offer(), "--tx-code", TX_CODE, "--yes", "--json")
    assert said.code == 0, said.out
    identifier: str = said.json["credentials"][0]["id"]
    return identifier


# The page


def test_the_page_is_written_beside_the_answer(alone: Person, tmp_path: Path) -> None:
    page = tmp_path / "wall.html"
    said = alone(*GOAL, "--what-if", supposed(tmp_path, CERTIFICATE), "--html", str(page))
    assert said.code == 0
    assert "Helpende Zorg en Welzijn" in said.out
    assert str(page) in said.err
    text = page.read_text()
    assert text.startswith("<!doctype html>")
    assert '<html lang="nl">' in text
    assert "Stel dat" in text
    assert oct(page.stat().st_mode)[-3:] == "600"
    said = alone(*GOAL, "--what-if", supposed(tmp_path, CERTIFICATE), "--html", str(page), "--lang", "en", "--json")
    assert said.json["overall"] == "incomplete"
    assert '<html lang="en">' in page.read_text()


def test_another_file_than_a_page_is_never_replaced(alone: Person, tmp_path: Path) -> None:
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("years of work")
    for place in (thesis, tmp_path):
        said = alone(*GOAL, "--what-if", supposed(tmp_path, CERTIFICATE), "--html", str(place), "--json")
        assert (said.code, said.error) == (2, "page_file_taken")
    assert thesis.read_text() == "years of work"
    nowhere = str(tmp_path / "no" / "wall.html")
    assert alone(*GOAL, "--what-if", supposed(tmp_path, CERTIFICATE), "--html", nowhere).code == 2


def test_the_page_names_what_is_held_and_who_gave_it(person: Person, school: Counterparts, tmp_path: Path) -> None:
    take(person, school)
    page = tmp_path / "wall.html"
    assert person("stack", "--target", "25960", "--school", school.issuer, "--html", str(page)).code == 0
    text = page.read_text()
    assert "Mbo-certificaat C0164 Ondersteunen bij wonen en voeding" in text
    assert "School A, " in text
    assert "Stel dat" not in text
    both = ("--what-if", supposed(tmp_path, {**CERTIFICATE, "code": "C0166"}), "--with-wallet")
    assert person("stack", "--target", "25960", "--school", school.issuer, "--html", str(page), *both).code == 0
    assert page.read_text().count("Stel dat je dit hebt") >= 1


# Which is near


def test_without_a_target_all_qualifications_are_ranked(alone: Person, tmp_path: Path) -> None:
    file = supposed(tmp_path, CERTIFICATE, school="school:A")
    answer = alone("stack", "--what-if", file, "--json").json
    catalogue = load_catalogue()
    assert answer["catalogue"] == {"version": catalogue.version, "digest": catalogue.digest}
    assert answer["what_if"] is True
    assert answer["ranking"][0] == {
        "crebo": "25960",
        "naam": "Helpende Zorg en Welzijn",
        "niveau": 2,
        "units": {"done": 2, "claim": 0, "open": 7, "total": 9},
    }
    assert {one["crebo"] for one in answer["ranking"]} == set(catalogue.qualifications)
    for one in answer["ranking"]:
        assert sum(one["units"][name] for name in ("done", "claim", "open")) == one["units"]["total"]
    other = alone("stack", "--what-if", file, "--school", "school:B", "--json").json
    assert other["ranking"][0]["units"] == {"done": 0, "claim": 2, "open": 7, "total": 9}


def test_the_ranking_for_a_person(alone: Person, tmp_path: Path) -> None:
    file = supposed(tmp_path, CERTIFICATE, school="school:A")
    said = alone("stack", "--what-if", file)
    assert said.code == 0
    assert "Helpende Zorg en Welzijn (25960), niveau 2" in said.out
    assert "[####................] 2 van 9 taken behaald" in said.out
    assert "skillspas stack --target 25960" in said.out
    few = said.out.count("taken behaald, over")
    assert alone("stack", "--what-if", file, "--verbose").out.count("taken behaald, over") == 5 > few
    nothing = alone("stack", "--what-if", supposed(tmp_path))
    assert nothing.code == 0
    assert "nog geen opleiding dichtbij" in nothing.out


def test_two_holders_are_not_ranked(alone: Person, tmp_path: Path) -> None:
    items = [{**CERTIFICATE, "holder": name} for name in ("one", "two")]
    said = alone("stack", "--what-if", supposed(tmp_path, *items), "--json")
    assert said.code == 1
    assert [reason["code"] for reason in said.json["reasons"]] == ["HOLDER_MISMATCH"]
    assert "niet van dezelfde persoon" in alone("stack", "--what-if", supposed(tmp_path, *items)).out


def test_what_needs_a_target_says_so(alone: Person, tmp_path: Path) -> None:
    file = supposed(tmp_path, CERTIFICATE)
    for flag in (["--compare"], ["--html", str(tmp_path / "x.html")], ["--require-complete"]):
        said = alone("stack", "--what-if", file, *flag, "--json")
        assert (said.code, said.error) == (2, "stack_no_target")
    assert alone("stack", "--what-if", file, "--date", "tomorrow", "--json").error == "stack_target_invalid"


def test_what_is_held_is_ranked_too(person: Person, school: Counterparts) -> None:
    take(person, school)
    said = person("stack", "--school", school.issuer, "--json")
    assert said.json["what_if"] is False
    assert said.json["ranking"][0]["units"]["done"] == 2
    school.answers["/o/school-a/status/1"] = (503, b"")
    assert person("stack").code == 3


# Before and after


def test_compare_tells_what_the_file_changes(alone: Person, tmp_path: Path) -> None:
    elective = {"type": "keuzedeel", "code": "KX1", "sbu": 240, "cijfer": 7, "issuer": "school:A", "date": "2025-01-01"}
    file = supposed(tmp_path, CERTIFICATE, elective)
    answer = alone(*GOAL, "--what-if", file, "--compare", "--json").json
    assert set(answer) == {"before", "after", "changes"}
    assert answer["after"] == alone(*GOAL, "--what-if", file, "--json").json
    changes = {one["at"]: one for one in answer["changes"]}
    assert changes["P2-K1-W1"] == {"at": "P2-K1-W1", "before": "open", "after": "met"}
    assert changes["keuzedelen"]["sbu"] == {"before": 0, "after": 240}
    assert "P2-K1-W3" not in changes
    said = alone(*GOAL, "--what-if", file, "--compare")
    assert "  - P2-K1-W1 Ondersteunt bij wonen: [ ] nog open -> [x] behaald" in said.out
    page = tmp_path / "wall.html"
    alone(*GOAL, "--what-if", file, "--compare", "--html", str(page))
    assert "Wat verandert er?" in page.read_text()
    assert "Er verandert niets" in alone(*GOAL, "--what-if", supposed(tmp_path), "--compare").out


def test_compare_with_the_wallet_begins_at_what_is_held(person: Person, school: Counterparts, tmp_path: Path) -> None:
    number = take(person, school)
    more = {**CERTIFICATE, "code": "C0166", "issuer": f"school:{school.issuer}"}
    goal = ("stack", "--target", "25960", "--school", school.issuer)
    answer = person(*goal, "--what-if", supposed(tmp_path, more), "--with-wallet", "--compare", "--json").json
    assert answer["before"]["what_if"] is False
    assert answer["after"]["what_if"] is True
    assert list(answer["before"]["evidence"]) == [number]
    assert {one["at"] for one in answer["changes"]} >= {"B1-K1-W1"}
    assert "P2-K1-W1" not in {one["at"] for one in answer["changes"]}


@pytest.mark.parametrize(
    "flags", [["--compare"], ["--with-wallet"], ["--least", "--what-if", "x"], ["--least", "--html", "x"]]
)
def test_flags_that_do_not_go_together(alone: Person, tmp_path: Path, flags: list[str]) -> None:
    said = alone(*GOAL, *flags, "--json")
    assert (said.code, said.error) == (2, "wrong_use")


# The target


@pytest.mark.parametrize("cohort", ["2025", "2025-2027", "2026-2025", "2025/2026", "25-26", "x", ""])
def test_a_cohort_that_is_no_study_year_is_wrong_use(alone: Person, tmp_path: Path, cohort: str) -> None:
    file = supposed(tmp_path, CERTIFICATE)
    said = alone(*GOAL, "--cohort", cohort, "--what-if", file, "--json")
    assert (said.code, said.error) == (2, "stack_target_invalid")
    stated = supposed(tmp_path, CERTIFICATE, cohort=cohort)
    assert alone(*GOAL, "--what-if", stated, "--json").error == "stack_target_invalid"
    said = alone("present", "openid4vp://?x", "--target", "25960", "--cohort", cohort, "--json")
    assert (said.code, said.error) == (2, "stack_target_invalid")


def test_what_is_assumed_of_the_target_is_said_aside(alone: Person, tmp_path: Path) -> None:
    file = supposed(tmp_path, CERTIFICATE)
    whole = alone(*GOAL, "--cohort", "2025-2026", "--what-if", file)
    assert whole.err == ""
    said = alone(*GOAL, "--what-if", file)
    assert "Wij rekenen met 2025-2026." in said.err
    assert said.out == whole.out
    said = alone("stack", "--target", "25960", "--cohort", "2025-2026", "--what-if", file, "--json")
    assert "geen school op (--school)" in said.err
    assert said.json["target"]["school"] is None
    assert "geen school op (--school)" in alone("stack", "--what-if", file).err


def test_a_school_that_the_register_does_not_know_is_said_aside(person: Person, school: Counterparts) -> None:
    take(person, school)
    goal = ("stack", "--target", "25960", "--cohort", "2025-2026", "--school")
    assert person(*goal, school.issuer).err.count("\n") == 1  # http to this machine is on
    for unknown in ("school-a", school.asker.id):
        said = person(*goal, unknown)
        assert said.code == 0
        assert f"kent geen school met dit adres: {unknown}" in said.err
        assert "kent geen school met dit adres" not in said.out


# The chart


def test_a_qualification_that_nobody_knows_is_a_sentence(alone: Person, tmp_path: Path) -> None:
    said = alone("stack", "--target", "x", "--what-if", supposed(tmp_path, CERTIFICATE))
    assert said.code == 1
    assert said.out.startswith("Een opleiding met nummer (crebo) x kennen wij niet.\n")
    assert "?" not in said.out.splitlines()[0]


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_the_chart_fits_the_terminal(alone: Person, tmp_path: Path, columns: int) -> None:
    file = supposed(tmp_path, CERTIFICATE)
    said = alone(*GOAL, "--what-if", file, "--verbose", "--compare", COLUMNS=str(columns))
    assert max(map(len, said.out.splitlines())) <= columns
    assert not any(line.rstrip().endswith("[") for line in said.out.splitlines())
    assert "| [x] W1 | [x] W2 | [ ] W3 |" in said.out.replace("\n", "")


def test_where_nobody_knows_what_the_law_asks_nothing_says_that_it_is_not_needed(alone: Person, tmp_path: Path) -> None:
    page = tmp_path / "wall.html"
    said = alone(*GOAL, "--what-if", supposed(tmp_path, CERTIFICATE), "--html", str(page))
    assert "[?] Extra eisen van de wet: niet bekend\n" in said.out
    assert said.out.rstrip().endswith("[-] niet nodig  [?] niet bekend")
    assert "Wij weten niet of de wet" in said.out
    assert "Niet bekend" in page.read_text()
    answer = alone(*GOAL, "--what-if", supposed(tmp_path, CERTIFICATE), "--json").json
    assert answer["nodes"]["beroepsvereisten"]["status"] == "not_applicable"


def test_the_chart_is_plain_text_and_says_what_fills_a_brick(alone: Person, tmp_path: Path) -> None:
    said = alone(*GOAL, "--what-if", supposed(tmp_path, CERTIFICATE), "--verbose")
    assert "\x1b" not in said.out
    assert "= Mbo-certificaat C0164 Ondersteunen bij wonen en voeding" in said.out
    assert "|........................|" in said.out


# The least


def asked(*types: str, claims: tuple[Any, ...] = ()) -> dict[str, Any]:
    paths = [[name] for name in PERSON] + [list(path) for path in claims]
    return {
        "credentials": [
            {
                "id": f"q{at}",
                "format": "dc+sd-jwt",
                "multiple": True,
                "meta": {"vct_values": [f"urn:skillspas:{kind}:1"]},
                "claims": [{"path": path} for path in paths],
            }
            for at, kind in enumerate(types)
        ]
    }


def test_the_least_names_credentials_and_claims(person: Person, school: Counterparts) -> None:
    first = take(person, school)
    second = take(person, school, "vrijstelling")
    third = take(person, school, document_number="again")
    goal = ("stack", "--target", "25960", "--school", school.issuer, "--least")
    answer = person(*goal, "--json").json
    found = {one["id"]: one for one in answer["least"]["credentials"]}
    assert answer["least"]["exact"] is True
    assert len({first, third} & set(found)) == 1
    assert second in found
    certificate = next(one for one in found.values() if one["type"] == "mbo-certificaat")
    assert sorted(path[0] for path in certificate["disclose"]) == sorted(PERSON)
    assert ["units", 0] in certificate["hide"]
    said = person(*goal)
    assert "2 van je 3 bewijzen" in said.out
    assert "blijft verborgen: " in said.out
    assert "Niet nodig:" in said.out


def test_the_least_of_nothing_and_of_what_is_blocked(person: Person, school: Counterparts) -> None:
    assert "niets te laten zien" in person("stack", "--target", "25960", "--least").out
    take(person, school)
    take(person, school, birthdate="1970-01-01", document_number="other")
    said = person("stack", "--target", "25960", "--least", "--json")
    assert (said.code, said.json["least"], said.json["overall"]) == (1, None, "blocked")
    assert "niet van dezelfde persoon" in person("stack", "--target", "25960", "--least").out


def presented(school: Counterparts) -> list[dict[str, Any]]:
    """The claims of all that the school got, verified as bound to its request."""
    expected = Expected(nonce="a-transaction-nonce-of-22-and-more", audience=school.client_id)
    policy = policy_for(require_holder_binding=True)
    texts = [text for given in school.answered[-1].vp_token.values() for text in given]
    world = school.world
    reports = [
        verify(parse_presented(one), world.materials(), world.register(), policy, expected=expected, at=world.at)
        for one in texts
    ]
    return [dict(report.require().claims) for report in reports]


def test_a_stack_is_presented_with_no_more_than_the_target_takes(person: Person, school: Counterparts) -> None:
    take(person, school)
    take(person, school, document_number="again")
    link = school.ask(dcql_query=asked("mbo-certificaat", claims=(("cijfer",), ("kwalificatie", "crebo"))))
    said = person("present", link, "--yes")
    assert "--target" in said.err
    assert len(presented(school)) == 2
    said = person("present", link, "--yes", "--target", "25960", "--school", school.issuer)
    assert said.code == 0
    assert "1 van je 2 bewijzen" in said.err
    [claims] = presented(school)
    assert set(PERSON) <= set(claims)
    assert "units" not in claims or claims["units"] == []


def test_asked_units_are_shown_as_far_as_the_request_takes(person: Person, school: Counterparts) -> None:
    take(person, school)
    link = school.ask(dcql_query=asked("mbo-certificaat", claims=(("units", None),)))
    assert person("present", link, "--yes", "--target", "25960", "--school", school.issuer).code == 0
    [claims] = presented(school)
    assert len(claims["units"]) == 1


def test_the_verifiers_own_template_is_answered_with_exactly_the_least(person: Person, school: Counterparts) -> None:
    for kind in ("mbo-certificaat", "mbo-verklaring", "vrijstelling", "praktijkverklaring"):
        take(person, school, kind)
    take(person, school, document_number="again")
    goal = ("--target", "25960", "--school", school.issuer)
    least = person("stack", *goal, "--least", "--json").json["least"]["credentials"]
    template = json.loads((ROOT / "verifier" / "templates" / "stapel.json").read_text())
    assert person("present", school.ask(dcql_query=template["dcql_query"]), "--yes", *goal).code == 0
    assert len(presented(school)) == len(least) == 4
    shared = person("history", "--json").json["history"][-1]["items"]
    assert {one["id"]: sorted(map(str, one["claims"])) for one in shared} == {
        one["id"]: sorted(map(str, one["disclose"])) for one in least
    }


def test_a_target_with_another_request_is_wrong_use(person: Person, school: Counterparts) -> None:
    take(person, school)
    query = asked("mbo-certificaat")
    query["credentials"][0]["multiple"] = False
    said = person("present", school.ask(dcql_query=query), "--yes", "--target", "25960", "--json")
    assert (said.code, said.error) == (2, "not_a_stack_request")
    assert school.answered == []
