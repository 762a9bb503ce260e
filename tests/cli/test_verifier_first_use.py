"""What a first-time user of `skillspas-verifier` ran into: each said in words, and nothing lost."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from passport.terminal import run
from tests.cli.test_issuer import Said
from tests.ecosystem import Ecosystem
from verifier.cli import app

Command = Callable[..., Said]
PICTURE = b"\x89PNG\r\n\x1a\n not really"


@pytest.fixture
def verifier(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run a line of the command, as typed; in Dutch unless told."""

    def command(line: str, **environ: str) -> Said:
        settings = {"SKILLSPAS_VERIFIER_DATA": str(tmp_path / "data"), **environ}
        capfd.readouterr()
        code = run(app, area="verifier.cli", prog="skillspas-verifier", argv=shlex.split(line), environ=settings)
        heard = capfd.readouterr()
        return Said(code=code, out=heard.out, err=heard.err)

    return command


@pytest.fixture
def world() -> Ecosystem:
    return Ecosystem(at=datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def register(world: Ecosystem, tmp_path: Path) -> Path:
    file = tmp_path / "register.json"
    file.write_bytes(world.register_bytes())
    return file


@pytest.mark.parametrize("link", ["https://register.invalid/x", "http://register.invalid/x"])
def test_a_register_that_cannot_be_fetched_is_named_by_its_host(verifier: Command, tmp_path: Path, link: str) -> None:
    file = tmp_path / "credential.txt"
    file.write_text("a~")
    for line in (f"verify {file} --trust {link}", f"trust show --trust {link}"):
        said = verifier(line)
        assert (said.code, said.out) == (3, "")
        assert said.err.startswith("Het vertrouwensregister op register.invalid kon niet worden opgehaald.")
        assert "register_not_read" not in said.err
    answer = verifier(f"verify {file} --trust {link} --json")
    assert (answer.code, answer.json["error"]["code"], answer.err) == (3, "verifier_register_unreachable", "")


@pytest.mark.parametrize("content", [PICTURE, b"<html>", b"{}", b"", b'{"credential": "x"}'])
def test_another_file_than_a_register_is_not_blamed_on_its_signature(
    verifier: Command, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "aanbod.png"
    file.write_bytes(content)
    said = verifier(f"verify {file} --trust {file} --json")
    assert (said.code, said.json["error"]["code"]) == (2, "not_a_register")


def test_building_a_register_overwrites_no_other_file_unless_told(
    verifier: Command, register: Path, tmp_path: Path
) -> None:
    out = tmp_path / "aanbod.png"
    out.write_bytes(PICTURE)
    line = f"trust build {register} --operator https://register.example --out {out}"
    said = verifier(line)
    assert (said.code, out.read_bytes()) == (2, PICTURE)
    assert "is geen register" in said.err
    assert verifier(f"{line} --force").code == 0
    assert json.loads(out.read_bytes())["sequence"] == 1
    assert verifier(line).code == 0, "now it is a register"


@pytest.mark.parametrize("operator", ["register", "http://register.example", "https://", "https://[x", "''"])
def test_the_operator_of_a_register_is_an_https_address(
    verifier: Command, register: Path, tmp_path: Path, operator: str
) -> None:
    out = tmp_path / "new.json"
    said = verifier(f"trust build {register} --operator {operator} --out {out}")
    assert said.code == 2
    assert "--operator" in said.err
    assert not out.exists()


def test_a_catalogue_folder_that_is_not_there_is_named(verifier: Command) -> None:
    said = verifier("serve --port 0 --catalogue nee")
    assert (said.code, said.err.splitlines()[0]) == (2, "De map nee met de catalogus bestaat niet.")


def test_a_rate_limit_that_cannot_be_is_refused_before_anything_runs(verifier: Command, tmp_path: Path) -> None:
    said = verifier("serve --port 0 --rate-limit veel")
    assert (said.code, said.out) == (2, "")
    assert "--rate-limit" in said.err
    assert "draait" not in said.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (None, None, "elke crebo  zonder begin of eind"),
        ("2020-08-01", None, "elke crebo  vanaf 2020-08-01"),
        (None, "2030-07-31", "elke crebo  tot en met 2030-07-31"),
        ("2020-08-01", "2030-07-31", "elke crebo  van 2020-08-01 tot en met 2030-07-31"),
    ],
)
def test_the_periods_of_a_register_are_readable(
    verifier: Command, world: Ecosystem, tmp_path: Path, since: str | None, until: str | None, words: str
) -> None:
    entry = world.school.entry()
    entry["accreditations"] = [{"type": "diploma", "crebo": "*", "valid_from": since, "valid_until": until}]
    file = tmp_path / "one.json"
    file.write_text(json.dumps({"version": 1, "sequence": 1, "organisations": [entry]}))
    assert f"diploma: {words}\n" in verifier(f"trust show --trust {file}").out


def test_the_name_of_an_entry_is_that_of_the_setting_or_said_to_be_missing(verifier: Command) -> None:
    line = "trust-entry --base-url https://v.example"
    named = verifier(line, SKILLSPAS_VERIFIER_NAME="Werkgever A")
    assert named.json["name"]["nl"] == "Werkgever A"
    assert "SKILLSPAS_VERIFIER_NAME: Werkgever A" in named.err
    assert "geen naam" in verifier(line).err
    assert verifier(f"{line} --name B").err == ""


@pytest.mark.parametrize(("value", "on"), [("1", True), ("true", True), ("YES", True), ("0", False), ("", False)])
def test_the_development_switch_is_read_as_in_the_other_commands(value: str, on: bool) -> None:
    from issuer.commands.session import Session
    from passport.terminal import Terminal
    from verifier.environment import loopback_allowed

    terminal = Terminal(environ={"SKILLSPAS_ALLOW_LOOPBACK_HTTP": value})
    assert loopback_allowed(terminal, False) is on
    assert Session(terminal).allow_loopback_http is on
