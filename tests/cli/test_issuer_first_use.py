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
