"""What the three commands share: language, visible characters, errors in words, exit codes."""

from __future__ import annotations

import io
import json
import unicodedata
from typing import Annotated

import pytest
import typer

from passport.errors import Malformed, NotAccepted, PassportError, ProtocolError, Unreachable
from passport.terminal import (
    ExitCode,
    QuestionUnanswered,
    Terminal,
    choose_language,
    error_parts,
    exit_code,
    guard,
    run,
    visible,
)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "nl"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "nl_NL.UTF-8"}, "nl"),
        ({"LANG": "nl_NL", "LC_ALL": "en_US"}, "en"),
        ({"LANG": "fr_FR"}, "nl"),
        ({"LANG": "C.UTF-8"}, "nl"),
    ],
)
def test_language_follows_the_locale_and_else_is_dutch(environ: dict[str, str], expected: str) -> None:
    assert choose_language(environ) == expected


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b[2J",
        "\x00",
        "a\u202eb",
        "a\u2066b",
        "\u200b",
        "\u2028",
        "\ufeff",
        "\ue000",
        "\u3164",
        "\ufe0f",
        "\x9b",
        "\x7f",
    ],
)
def test_control_bidi_and_invisible_characters_are_written_as_code_points(hostile: str) -> None:
    shown = visible(f"School {hostile}")
    assert all(unicodedata.category(char)[0] != "C" for char in shown)
    assert "<U+" in shown


def test_visible_text_stays_on_one_line_and_bounded() -> None:
    assert visible("a\nb\tc\r\nd") == "a b c  d"
    assert visible("Ján Čapek, Özgür") == "Ján Čapek, Özgür"
    assert len(visible("x" * 9000, limit=100)) == 101
    assert "<U+0301>" in visible("e" + "\u0301" * 9)


class _Strange(Malformed):
    code = "strange_code_without_words"


def test_an_error_without_words_of_its_own_takes_its_familys() -> None:
    parts = error_parts(_Strange("detail"), "en")
    assert parts["code"] == "strange_code_without_words"
    assert parts["text"] == error_parts(Malformed(), "en")["text"]


def test_a_missing_parameter_never_breaks_the_sentence_and_values_are_visible() -> None:
    parts = error_parts(ProtocolError("invalid_grant\x1b[0m"), "nl")
    assert "\x1b" not in parts["text"]
    assert "invalid_grant" in parts["text"]


class _Report:
    def __init__(self, verdict: str) -> None:
        self.verdict = verdict


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Malformed(), ExitCode.WRONG_USE),
        (NotAccepted(report=_Report("rejected")), ExitCode.NO),
        (NotAccepted(report=_Report("undetermined")), ExitCode.UNREACHABLE),
        (Unreachable(), ExitCode.UNREACHABLE),
        (ProtocolError("invalid_grant"), ExitCode.NO),
        (ProtocolError("server_error", status=500), ExitCode.UNREACHABLE),
        (QuestionUnanswered(flag="--yes"), ExitCode.WRONG_USE),
    ],
)
def test_each_family_has_its_exit_code(error: PassportError, expected: int) -> None:
    assert exit_code(error) == expected


def _terminal(*, json_wanted: bool = False) -> Terminal:
    return Terminal(lang="en", json=json_wanted, out=io.StringIO(), err=io.StringIO())


def test_an_unexpected_exception_becomes_a_sentence_without_traceback() -> None:
    terminal = _terminal()

    def fail() -> int:
        raise ValueError("secret detail")

    assert guard(terminal, fail) == ExitCode.UNREACHABLE
    shown = terminal.err.getvalue()  # type: ignore[attr-defined]
    assert "ValueError" in shown
    assert "secret detail" not in shown
    assert "Traceback" not in shown


def test_an_interrupt_is_clean() -> None:
    terminal = _terminal()

    def stop() -> int:
        raise KeyboardInterrupt

    assert guard(terminal, stop) == ExitCode.INTERRUPTED
    assert terminal.err.getvalue() == "\nStopped.\n"  # type: ignore[attr-defined]


def test_errors_are_json_on_stdout_when_asked() -> None:
    terminal = _terminal(json_wanted=True)
    terminal.fail(QuestionUnanswered(flag="--yes"))
    error = json.loads(terminal.out.getvalue())["error"]  # type: ignore[attr-defined]
    assert error["code"] == "question_unanswered"
    assert "--yes" in error["next"]


app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def one(ctx: typer.Context, folder: Annotated[str, typer.Option("--folder")] = "") -> int:
    """Print what it was given."""
    ctx.obj.data({"lang": ctx.obj.lang, "json": ctx.obj.json, "folder": folder})
    return 3


@app.command()
def two(number: int) -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    "argv",
    [
        ["one", "--folder", "x", "--json", "--lang", "en"],
        ["--json", "--lang=en", "one", "--folder=x"],
        ["--folder", "x", "--lang", "en", "--json", "one"],
    ],
)
def test_common_options_count_before_and_after_the_command(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, area="none", prog="demo", argv=argv, environ={}) == 3
    assert json.loads(capsys.readouterr().out) == {"lang": "en", "json": True, "folder": "x"}


@pytest.mark.parametrize("argv", [["three"], ["two"], ["two", "x"], ["one", "--nope"], ["--lang", "fr", "one"], []])
def test_wrong_use_is_exit_2_with_a_hint(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, area="none", prog="demo", argv=argv, environ={"LANG": "en"}) == 2
    shown = capsys.readouterr()
    assert "demo" in shown.err + shown.out


def test_help_is_in_the_persons_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, area="none", prog="demo", argv=["one", "--help"], environ={"LANG": "nl_NL"}) == 0
    shown = capsys.readouterr().out
    assert "Gebruik: demo one [OPTIES]" in shown
    assert "Toon deze uitleg." in shown
    assert "Exitcodes:" in shown


def test_json_holds_no_raw_control_or_bidi_character_and_reads_back() -> None:
    terminal = _terminal(json_wanted=True)
    value = {"a\u202eb": "c\x9b\u2028\ue000\U000f0000\x1b\n\ud800 é €"}
    terminal.data(value)
    written = terminal.out.getvalue()  # type: ignore[attr-defined]
    assert all(char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl") for char in written)
    assert "é €" in written
    assert json.loads(written) == value


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["show", "-ZnqcTH_dqE0dSDn"], ["show", "--", "-ZnqcTH_dqE0dSDn"]),
        (["show", "--nqcTH_dqE0dSDn", "--wallet", "w"], ["show", "--wallet", "w", "--", "--nqcTH_dqE0dSDn"]),
        (["show", "--", "-ZnqcTH_dqE0dSDn"], ["show", "--", "-ZnqcTH_dqE0dSDn"]),
        (["show", "--a-known-option"], ["show", "--a-known-option"]),
        (["show", "ZnqcTH_dqE0dSDn1"], ["show", "ZnqcTH_dqE0dSDn1"]),
    ],
)
def test_a_number_that_begins_with_a_dash_is_no_option(argv, expected):
    from passport.terminal import _shield_numbers

    assert _shield_numbers(argv, frozenset({"--a-known-option", "--wallet"})) == expected
