"""What the library and the system say in English, in the person's language, in every command."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from issuer.cli import app as issuer_app
from passport.terminal import run
from verifier.cli import app as verifier_app
from wallet_cli.main import app as wallet_app

COMMANDS = {
    "issuer": (issuer_app, "issuer"),
    "verifier": (verifier_app, "verifier.cli"),
    "wallet": (wallet_app, "wallet"),
}


def said(which: str, line: str, capsys: pytest.CaptureFixture[str], lang: str = "nl") -> str:
    app, area = COMMANDS[which]
    run(app, area=area, prog="x", argv=[*shlex.split(line), "--lang", lang], environ={})
    heard = capsys.readouterr()
    return heard.out + heard.err


@pytest.mark.parametrize(
    ("which", "line", "words"),
    [
        ("issuer", "nothing", "de opdracht nothing bestaat niet."),
        ("issuer", "organisation nope", "de opdracht nope bestaat niet."),
        ("issuer", "serv", "Bedoel je 'serve'?"),
        ("issuer", "organisation list a b", "dit hoort er niet bij: a b."),
        ("issuer", "issue a --no-tx-code=3", "bij --no-tx-code hoort geen waarde."),
        ("verifier", "verify /nowhere/x", "/nowhere/x is niet te gebruiken: het bestaat niet."),
        ("verifier", "verify /", "/ is niet te gebruiken: het is een map."),
        ("verifier", "verify /dev/null/x", "het pad loopt door een bestand dat geen map is."),
    ],
)
def test_wrong_use_is_told_in_dutch(which: str, line: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert words in said(which, line, capsys)
    english = said(which, line, capsys, lang="en")
    assert words not in english
    assert "…" not in english


@pytest.mark.parametrize("which", COMMANDS)
def test_the_help_shows_no_type_of_the_program(which: str, capsys: pytest.CaptureFixture[str]) -> None:
    import typer

    def pages(command: object, path: str) -> list[str]:
        children = getattr(command, "commands", {}).items()
        return [path, *(page for name, child in children for page in pages(child, f"{path} {name}"))]

    for page in pages(typer.main.get_command(COMMANDS[which][0]), ""):
        shown = said(which, f"{page} --help", capsys)
        assert not [sign for sign in ("<int", "<str", "<path", "<list", "<float", "{", "[[") if sign in shown], page


@pytest.mark.parametrize("which", COMMANDS)
def test_every_command_tells_its_version_and_its_languages(which: str, capsys: pytest.CaptureFixture[str]) -> None:
    app, area = COMMANDS[which]
    assert run(app, area=area, prog="x", argv=["--version"], environ={}) == 0
    assert re.fullmatch(r"x [0-9.]+\n", capsys.readouterr().out)
    assert run(app, area=area, prog="x", argv=["--version", "--json"], environ={}) == 0
    assert list(json.loads(capsys.readouterr().out)) == ["command", "version"]
    assert run(app, area=area, prog="x", argv=["--lang", "fr", "list"], environ={}) == 2
    assert "nl, en" in capsys.readouterr().err
