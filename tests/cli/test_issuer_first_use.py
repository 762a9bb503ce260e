"""What a first-time user of `skillspas-issuer` ran into: each said in words, and nothing lost."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from issuer.cli import app
from passport.terminal import run
from tests.cli.test_issuer import BASE, Command, Said
from tests.services.issuer.conftest import claims_of


@pytest.fixture
def issuer(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run a line of the command, as typed; in Dutch unless told."""

    def command(line: str, **environ: str) -> Said:
        settings = {"SKILLSPAS_ISSUER_DATA": str(tmp_path / "data"), "SKILLSPAS_ISSUER_BASE_URL": BASE, **environ}
        capfd.readouterr()
        code = run(app, area="issuer", prog="skillspas-issuer", argv=shlex.split(line), environ=settings)
        heard = capfd.readouterr()
        return Said(code=code, out=heard.out, err=heard.err)

    return command


@pytest.fixture
def school(issuer: Command) -> Command:
    assert issuer("organisation add school-a --kind school --name 'School A'").code == 0
    return issuer


def written(folder: Path, **changes: Any) -> Path:
    file = folder / "claims.json"
    file.write_text(json.dumps(claims_of(**changes)))
    return file


def test_no_offer_is_made_when_its_picture_cannot_be_written(school: Command, tmp_path: Path) -> None:
    line = f"issue school-a --type mbo-certificaat --claims {written(tmp_path)}"
    said = school(f"{line} --qr {tmp_path / 'nee' / 'x.png'}")
    assert (said.code, said.out) == (2, "")
    assert "x.png" in said.err
    assert school(f"{line} --qr {tmp_path / 'x.png'}").code == 0, "the document number is still free"


def test_an_offer_is_shown_also_when_its_picture_fails_after_all(school: Command, tmp_path: Path) -> None:
    said = school(f"issue school-a --type mbo-certificaat --claims {written(tmp_path)} --qr /dev/full --json")
    assert said.code == 4
    assert said.json["offer"]["tx_code"]
    assert "/dev/full" in said.err


@pytest.mark.parametrize("brin", ["--brin xx", "--brin 00aa", "--brin '00 AA'", "--identifier brin=zeven77"])
def test_a_brin_that_no_credential_can_carry_is_refused_when_the_school_is_added(issuer: Command, brin: str) -> None:
    said = issuer(f"organisation add school-a --kind school --name 'School A' {brin}")
    assert said.code == 2
    assert "--brin" in said.err
    assert "school-a" not in issuer("organisation list").out


@pytest.mark.parametrize(
    ("words", "named", "others"),
    [
        ("'School B' --kind school --name X", "ID School B", ("--kind", "--name")),
        ("b --kind kerk --name X", "--kind kerk", ("ID b", "--name")),
        ("b --kind school --name ''", "--name", ("ID b", "--kind")),
    ],
)
def test_only_what_is_wrong_with_an_organisation_is_named(
    issuer: Command, words: str, named: str, others: tuple[str, ...]
) -> None:
    [first, *_] = issuer(f"organisation add {words}").err.splitlines()
    assert named in first
    assert not any(other in first for other in others)


def test_an_award_of_tomorrow_is_not_issued_today(school: Command, tmp_path: Path) -> None:
    file = written(tmp_path, awarded_date="2999-01-01")
    said = school(f"issue school-a --type mbo-certificaat --claims {file} --json")
    assert (said.code, said.json["error"]["code"]) == (2, "awarded_in_future")
    assert said.json["error"]["errors"][0] == {
        "pointer": "/claims/awarded_date",
        "code": "in_the_future",
        "detail": "ligt na vandaag",
    }


def test_what_is_wrong_where_stands_in_the_json_and_on_lines_of_its_own(school: Command, tmp_path: Path) -> None:
    line = f"issue school-a --type mbo-certificaat --claims {written(tmp_path, birthdate='gisteren', niets=1)}"
    errors = {one["pointer"]: one["detail"] for one in school(f"{line} --json").json["error"]["errors"]}
    assert errors["/claims/birthdate"] == "is geen datum (JJJJ-MM-DD)"
    assert errors["/claims"] == "'niets' hoort hier niet"
    plain = school(line)
    assert "/claims/birthdate: is geen datum (JJJJ-MM-DD)\n" in plain.err
    assert "/claims/birthdate: is no date (YYYY-MM-DD)\n" in school(f"{line} --lang en").err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--valid-until gisteren", "--valid-until: is geen datum en tijd (zoals 2030-07-31T00:00:00Z)"),
        ("--valid-until 2030-07-31T00:00:00", "--valid-until: mist de tijdzone (zoals Z of +01:00)"),
        ("--valid-until 2001-07-31T00:00:00Z", "/valid_until: ligt niet in de toekomst"),
        ("--expires-in 0", "--expires-in: is te laag (minstens 60)"),
    ],
)
def test_a_flag_that_is_wrong_is_named(school: Command, tmp_path: Path, words: str, told: str) -> None:
    said = school(f"issue school-a --type mbo-certificaat --claims {written(tmp_path)} {words}")
    assert said.code == 2
    assert told in said.err.splitlines()


def test_the_date_of_an_accreditation_that_is_wrong_is_named(school: Command) -> None:
    said = school("accreditation add school-a --type diploma --crebo '*' --from gisteren")
    assert (said.code, said.err.splitlines()[0]) == (2, "--from: is geen datum (JJJJ-MM-DD)")


def test_a_type_of_another_kind_of_organisation_is_told_in_words(school: Command, tmp_path: Path) -> None:
    file = tmp_path / "evc.json"
    file.write_text(json.dumps(claims_of("ervaringscertificaat")))
    said = school(f"issue school-a --type ervaringscertificaat --claims {file}")
    assert "/type: geeft dit soort organisatie niet uit" in said.err
    assert "wrong_kind" not in said.err


def test_the_state_of_a_key_is_told_in_words_and_stays_a_code_in_json(school: Command) -> None:
    assert school("key rotate school-a").code == 0
    assert [line.split("  ")[1] for line in school("key list school-a").out.splitlines()] == ["oud", "in gebruik"]
    assert [one["state"] for one in school("key list school-a --json").json] == ["retired", "current"]


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "postgresql://h:x/d", "sqlite+pysqlite:///x"])
def test_a_database_url_that_cannot_be_is_wrong_use(issuer: Command, url: str) -> None:
    said = issuer(f"organisation list --database '{url}' --json")
    assert (said.code, said.json["error"]["code"]) == (2, "database_refused")


def test_an_empty_list_says_what_to_do_and_makes_no_folder(issuer: Command, tmp_path: Path) -> None:
    said = issuer("organisation list")
    assert (said.code, said.out) == (0, "")
    assert "organisation add" in said.err
    assert issuer("organisation list --json").json == []
    assert not (tmp_path / "data").exists()


def test_a_catalogue_folder_that_is_not_there_is_named(issuer: Command) -> None:
    said = issuer("catalogue check nee")
    assert (said.code, said.err.splitlines()[0]) == (2, "De map nee met de catalogus bestaat niet.")


def test_a_new_key_under_the_same_authority_asks_no_update_of_the_register(school: Command) -> None:
    before = school("trust-entry school-a").json
    assert "kan blijven zoals het is" in school("key rotate school-a").err
    assert school("trust-entry school-a").json == before
    assert "Werk het vertrouwensregister bij" in school("key rotate school-a --compromised").err
