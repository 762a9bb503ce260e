"""The catalogue: what ships, what import makes, and what `check_catalogue` refuses."""

import copy
import json
import shutil
from importlib import resources
from pathlib import Path

import pytest

from passport import messages
from passport.stacking import check_catalogue, load_catalogue
from passport.stacking.catalogue import CatalogueAbsent, CatalogueInvalid, build_catalogue
from passport.stacking.catalogue_import import ImportFailed, import_catalogue
from tests.paths import domain
from tests.unit.stacking.small import documents

SHIPPED = ("25180", "25656", "25742", "25743", "25960")


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.json"))}


def test_the_shipped_catalogue_holds_the_five_qualifications_and_all_known_certificates():
    catalogue = load_catalogue()
    assert tuple(sorted(catalogue.qualifications)) == SHIPPED
    assert len(catalogue.certificates) == 17
    assert ("25498", "25960") in catalogue.equivalences
    assert len(catalogue.keuzedelen) == 56


def test_every_fact_that_ships_has_a_source_and_a_period():
    def facts(node):
        if isinstance(node, dict):
            if "valid_from" in node:
                yield node
            for value in node.values():
                yield from facts(value)
        elif isinstance(node, list):
            for value in node:
                yield from facts(value)

    folder = resources.files("schemas") / "catalogue"
    found = [
        fact
        for name in ("requirements.json", "keuzedelen.json", "equivalences.json")
        for fact in facts(json.loads((folder / name).read_text(encoding="utf-8")))
    ]
    assert len(found) > 60
    assert all(fact["source"] and "valid_until" in fact for fact in found)


def test_the_shipped_catalogue_is_what_import_makes_of_the_domain_data(tmp_path):
    import_catalogue(domain("data"), tmp_path, only=SHIPPED)
    assert files(tmp_path) == files(Path(str(resources.files("schemas") / "catalogue")))


def test_import_takes_all_the_data_and_is_deterministic(tmp_path):
    assert import_catalogue(domain("data"), tmp_path / "one") == 121
    import_catalogue(domain("data"), tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert check_catalogue(tmp_path / "one") == []
    one, two = load_catalogue(tmp_path / "one"), load_catalogue(tmp_path / "two")
    assert len(one.qualifications) == 121
    assert one.digest == two.digest != load_catalogue().digest


def test_import_of_something_else_is_a_clear_error(tmp_path):
    with pytest.raises(ImportFailed):
        import_catalogue(tmp_path, tmp_path / "out")
    for name in ("kwalificaties", "equivalenties_afgeleid", "keuzedelen", "mbo_certificaten"):
        (tmp_path / f"{name}.json").write_text('[{"crebo": "25960"}]')
    with pytest.raises(ImportFailed):
        import_catalogue(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(str(resources.files("schemas") / "catalogue"), tmp_path / "catalogue")
    return tmp_path / "catalogue"


def test_the_digest_is_over_the_content_not_the_spelling(folder):
    name = folder / "keuzedelen.json"
    name.write_text(json.dumps(json.loads(name.read_text(encoding="utf-8"))))
    assert load_catalogue(folder).digest == load_catalogue().digest
    data = json.loads(name.read_text(encoding="utf-8"))
    data["keuzedelen"][0]["naam"] += "!"
    name.write_text(json.dumps(data))
    assert load_catalogue(folder).digest != load_catalogue().digest


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("keuzedelen.json", "{", "keuzedelen.json"),
        ("keuzedelen.json", '{"keuzedelen": [], "keuzedelen": []}', "keuzedelen.json"),
        ("keuzedelen.json", '{"keuzedelen": [], "extra": 1}', "keuzedelen.json"),
        ("extra.json", "{}", "extra.json"),
        ("qualifications/extra.txt", "{}", "qualifications/extra.txt"),
    ],
)
def test_a_damaged_folder_is_refused_by_file(folder, name, text, where):
    (folder / name).write_text(text)
    assert where in {problem.file for problem in check_catalogue(folder)}
    with pytest.raises(CatalogueInvalid) as caught:
        load_catalogue(folder)
    assert caught.value.problems
    text = messages.text(f"errors.{caught.value.code}.text", "nl", **caught.value.params)
    assert where in text


def test_a_missing_file_or_folder_is_refused(folder):
    (folder / "requirements.json").unlink()
    assert check_catalogue(folder)[0].file == "requirements.json"
    with pytest.raises(CatalogueAbsent):
        check_catalogue(folder / "nowhere")


def _set(path, value):
    def change(data):
        *steps, last = path
        node = data
        for step in steps:
            node = node[step]
        if value is ...:
            del node[last]
        else:
            node[last] = value

    return change


Q = "qualifications/10001.json"
C = "certificates/C1001.json"
R = "requirements.json"
WRONG = {
    "unknown key": (_set([Q, "colour"], "red"), Q, ""),
    "unknown key deep": (_set([Q, "kerntaken", 0, "colour"], "red"), Q, "/kerntaken/0"),
    "missing key": (_set([Q, "source"], ...), Q, ""),
    "empty source": (_set([Q, "source"], ""), Q, "/source"),
    "level": (_set([Q, "niveau"], 5), Q, "/niveau"),
    "file name": (_set([Q, "crebo"], "10011"), Q, "/crebo"),
    "code twice": (_set([Q, "kerntaken", 0, "werkprocessen", 1, "code"], "B1-K1-W1"), Q, "/kerntaken"),
    "code elsewhere": (
        _set([Q, "kerntaken", 0, "werkprocessen", 1, "code"], "B1-K9-W1"),
        Q,
        "/kerntaken/0/werkprocessen/1/code",
    ),
    "no date": (_set([Q, "valid_from"], "2026-02-30"), Q, "/valid_from"),
    "certificate's name": (_set([C, "code"], "C1111"), C, "/code"),
    "certificate's unit": (_set([C, "units", 0, "unit"], "10001:B1-K1-W9"), C, "/units/0/unit"),
    "certificate's crebo": (_set([C, "units", 0, "unit"], "10002:B1-K1-W1"), C, "/units/0/unit"),
    "keuzedeel's hours": (_set(["keuzedelen.json", "keuzedelen", 0, "sbu"], 0), "keuzedelen.json", "/keuzedelen/0/sbu"),
    "equivalence's row": (
        _set(["equivalences.json", "tables", 0, "rows", 0, "to"], "B1-K1-W9"),
        "equivalences.json",
        "/tables/0/rows/0/to",
    ),
    "equivalence to itself": (
        _set(["equivalences.json", "tables", 0, "from"], "10001"),
        "equivalences.json",
        "/tables/0",
    ),
    "no rule for a cohort": (_set([R, "generic", 0, "cohort_until"], 2020), R, "/generic"),
    "two rules for a cohort": (_set([R, "generic", 0, "cohort_until"], 2022), R, "/generic"),
    "no hours for a level": (_set([R, "keuzedelen", "hours", 0, "levels"], [2]), R, "/keuzedelen/hours"),
    "a word too few": (_set([R, "marks", "words", "goed"], ...), R, "/marks/words"),
    "a type too many": (
        _set([R, "evidence", "badge"], {"outright": None, "otherwise": None}),
        R,
        "/evidence",
    ),
    "a level off the scale": (_set([R, "generic", 3, "parts", 0, "level"], "5F"), R, "/generic/3/parts/0/level"),
    "an unknown part": (_set([R, "generic", 3, "parts", 0, "path"], "duits"), R, "/generic/3/parts/0/path"),
    "deciding without a minimum": (
        _set([R, "generic", 3, "parts", 0, "minimum"], None),
        R,
        "/generic/3/parts/0/minimum",
    ),
    "an unknown reason": (_set([R, "separate", 0, "missing"], "NEVER_HEARD"), R, "/separate/0/missing"),
}


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_contradiction_is_named_by_file_and_path(wrong):
    change, file, path = WRONG[wrong]
    data = copy.deepcopy(documents())
    change(data)
    with pytest.raises(CatalogueInvalid) as caught:
        build_catalogue(data)
    assert (file, path) in {(problem.file, problem.path) for problem in caught.value.problems}


def test_a_period_that_ends_before_it_begins_is_refused():
    data = copy.deepcopy(documents())
    data[Q] |= {"valid_from": "2026-01-02", "valid_until": "2026-01-01"}
    with pytest.raises(CatalogueInvalid):
        build_catalogue(data)


def test_a_new_cohort_rule_needs_no_code():
    from passport.stacking import stack

    data = copy.deepcopy(documents())
    data[R]["keuzedelen"]["hours"][1]["hours"] = 100
    target = {"crebo": "10001", "date": "2026-06-01", "school": "school:A"}
    evidence = [
        {"type": "keuzedeel", "issuer": "school:A", "date": "2026-02-01", "code": "KX1", "sbu": 100, "cijfer": 6}
    ]
    answer = stack(catalogue=build_catalogue(data), target=target, evidence=evidence, lang="nl", what_if=True)
    assert answer["nodes"]["keuzedelen"]["status"] == "met"
