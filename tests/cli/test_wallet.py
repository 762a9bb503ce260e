"""`skillspas` without other people: init, list, show, remove, history, check, stack, help; and how it starts."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from passport.messages import has
from passport.openid.oid4vci import TxCode
from passport.terminal import run
from tests.cli.wallet_counterparts import PASSPHRASE, TX_CODE, Counterparts, Person, Said, counterparts, new_person
from tests.ecosystem import INVALID
from tests.paths import ROOT
from wallet_cli.main import app

COMMANDS = ["init", "receive", "list", "show", "remove", "check", "stack", "present", "history", "backup", "restore"]


@pytest.fixture
def issuer() -> Iterator[Counterparts]:
    with counterparts() as made:
        yield made


@pytest.fixture
def register(issuer: Counterparts, tmp_path: Path) -> Path:
    path = tmp_path / "register.json"
    path.write_bytes(issuer.world.register_bytes())
    return path


@pytest.fixture
def person(issuer: Counterparts, register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Person:
    return new_person(tmp_path / "wallet", capsys, register=register, port=issuer.port)


@pytest.fixture
def alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Person:
    """A person with a wallet and nobody else."""
    return new_person(tmp_path / "wallet", capsys)


def take(person: Person, issuer: Counterparts, kind: str = "mbo-certificaat", **changes: Any) -> str:
    issuer.type, issuer.changes = kind, changes
    said = person("receive", issuer.offer(), "--tx-code", TX_CODE, "--yes", "--json")
    assert said.code == 0, said.out
    identifier: str = said.json["credentials"][0]["id"]
    return identifier


# Making and holding


def test_init_makes_a_wallet_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    person = Person(folder=tmp_path / "w", environ={"SKILLSPAS_PASSPHRASE": PASSPHRASE, "LANG": "en"}, capture=capsys)
    said = person("init", "--wallet", str(tmp_path / "w"))
    assert said.code == 0
    assert "Your wallet is ready" in said.err
    assert person("list", "--wallet", str(tmp_path / "w"), "--json").json == {"credentials": [], "pending": 0}
    again = person("init", "--wallet", str(tmp_path / "w"), "--json")
    assert (again.code, again.error) == (1, "wallet_exists")


def test_the_passphrase_comes_from_a_file_before_the_environment(alone: Person, tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    assert alone("list", "--passphrase-file", str(file), SKILLSPAS_PASSPHRASE="wrong").code == 0
    for content in (b"", b"\n", b"\xff\xfe", b"x" * 10_000):
        file.write_bytes(content)
        assert alone("list", "--passphrase-file", str(file)).code == 2
    assert alone("list", "--passphrase-file", str(tmp_path / "none")).code == 2
    assert alone("list", SKILLSPAS_PASSPHRASE="").code == 2


def test_a_wrong_passphrase_and_a_damaged_file_are_told_apart(alone: Person) -> None:
    said = alone("list", "--json", SKILLSPAS_PASSPHRASE="wrong")
    assert (said.code, said.error) == (4, "wallet_wrong_passphrase")
    content = bytearray(alone.store.path.read_bytes())
    content[-80] ^= 1
    alone.folder.joinpath("wallet.skillspas").write_bytes(content)
    said = alone("list", "--json")
    assert (said.code, said.error) == (4, "wallet_damaged")


def test_options_count_before_the_command_too(alone: Person, tmp_path: Path) -> None:
    assert alone("--json", "--lang", "en", "list").json == {"credentials": [], "pending": 0}
    assert alone("--wallet", str(tmp_path / "none"), "--json", "list").error == "wallet_missing"


def test_list_show_and_remove(person: Person, issuer: Counterparts) -> None:
    number = take(person, issuer)
    listed = person("list")
    assert number in listed.out
    assert "School A · toegekend" in listed.out
    shown = person("show", number[:5])
    assert shown.code == 0
    assert "Mbo-certificaat" in shown.out.splitlines()[0]
    assert "Geboortedatum" in shown.out
    detail = person("show", number, "--json").json
    assert detail["claims"]["birthdate"]
    assert detail["credential"].count("~") > 3
    assert "key" not in json.dumps(detail)
    assert person("remove", number, "--json").error == "question_unanswered"
    assert person("remove", number, "--yes").code == 0
    assert person("list", "--json").json == {"credentials": [], "pending": 0}
    assert [event["kind"] for event in person("history", "--json").json["history"]] == ["received", "removed"]


def test_show_has_one_order_and_moments_as_people_write_them(person: Person, issuer: Counterparts) -> None:
    number = take(person, issuer)
    lines = person("show", number).out.splitlines()
    labels = ("Voornamen", "Achternaam", "Geboortedatum", "Datum van toekenning")
    places = [next(at for at, line in enumerate(lines) if line.strip().startswith(label)) for label in labels]
    assert places == list(range(places[0], places[0] + 4))
    again = take(person, issuer, document_number="2")
    order = [line[:30] for line in person("show", again).out.splitlines()]
    assert order[4:] == [line[:30] for line in lines][4:]
    stored = person("show", number, "--json").json["received_at"]
    local = datetime.strptime(stored, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).astimezone()
    for said in (person("show", number, "--lang", "en"), person("history", "--lang", "en")):
        assert f"{local:%-d %B %Y, %H:%M}" in said.out
        assert stored not in said.out


def test_history_names_credentials_in_the_language_that_is_asked(person: Person, issuer: Counterparts) -> None:
    number = take(person, issuer)
    person("remove", number, "--yes")
    nl, en = person("history").out, person("history", "--lang", "en").out
    assert "  Mbo-certificaat C0164 Ondersteunen bij wonen en voeding" in nl
    assert "  Mbo certificate C0164 Ondersteunen bij wonen en voeding" in en
    assert en.splitlines()[-1] == "  Mbo certificate"
    assert "mbo-certificaat" not in nl + en


def test_an_unknown_number_says_so(alone: Person) -> None:
    for command in ("show", "check"):
        said = alone(command, "abc", "--json")
        assert (said.code, said.error) == (2, "wallet_unknown_credential")


# Checking


def test_check_says_good_not_good_and_not_known(person: Person, issuer: Counterparts) -> None:
    number = take(person, issuer)
    assert "KLOPT. Gegeven door School A." in person("check", number).out
    issuer.answers["/o/school-a/status/1"] = (503, b"")
    said = person("check", number)
    assert said.code == 3
    assert "NIET NA TE GAAN" in said.out
    del issuer.answers["/o/school-a/status/1"]
    for index in range(200):
        issuer.world.school.statuses.set(index, INVALID)
    said = person("check", number)
    assert said.code == 1
    assert "KLOPT NIET" in said.out


def test_check_json_is_the_contracts_report(person: Person, issuer: Counterparts) -> None:
    number = take(person, issuer)
    report = person("check", number, "--json").json
    assert report["verdict"] == "accepted"
    assert len(report["checks"]) == 12
    assert report["holder_binding"] == "not_requested"
    both = person("check", "--json").json
    assert [one["verdict"] for one in both["reports"]] == ["accepted"]


def test_check_of_a_file_needs_no_wallet(person: Person, issuer: Counterparts, tmp_path: Path) -> None:
    number = take(person, issuer)
    file = tmp_path / "credential.txt"
    file.write_text(person("show", number, "--json").json["credential"] + "\n")
    without = {"SKILLSPAS_WALLET": str(tmp_path / "none"), "SKILLSPAS_PASSPHRASE": ""}
    assert person("check", str(file), "--json", **without).json["verdict"] == "accepted"
    file.write_bytes(b"\xff nothing \x00")
    said = person("check", str(file), "--json", **without)
    assert (said.code, said.json["verdict"]) == (1, "rejected")
    assert person("check", str(tmp_path / "no.txt"), "--json").error == "file_unreadable"


def test_without_a_register_nothing_is_known(person: Person, issuer: Counterparts) -> None:
    take(person, issuer)
    said = person("check", SKILLSPAS_TRUST="")
    assert said.code == 3
    assert "--trust" in said.err


def test_verbose_shows_all_twelve_checks_in_words(person: Person, issuer: Counterparts) -> None:
    said = person("check", take(person, issuer), "--verbose")
    assert said.out.count("[goed]") + said.out.count("[niet nodig]") == 12
    assert "Handtekening leerbedrijf" in said.out
    assert "countersignature" not in said.out


def test_check_names_what_it_looked_at_whatever_the_verdict(
    person: Person, issuer: Counterparts, register: Path, tmp_path: Path
) -> None:
    number = take(person, issuer)
    file = tmp_path / "credential.txt"
    file.write_text("nothing")
    assert person("check", str(file)).out.splitlines()[0] == "credential.txt"
    file.write_text(person("show", number, "--json").json["credential"])
    issuer.world.unlisted.add(issuer.issuer)
    register.write_bytes(issuer.world.register_bytes())
    title = "Mbo-certificaat C0164 Ondersteunen bij wonen en voeding"
    assert person("check").out.splitlines()[0] == f"{number}  {title}"
    assert person("check", str(file)).out.splitlines()[0] == f"{number}  credential.txt"


@pytest.mark.parametrize("command", ["receive", "present"])
def test_an_argument_that_is_nothing_or_a_folder_is_told_in_words(alone: Person, tmp_path: Path, command: str) -> None:
    for nothing in ("", " "):
        assert alone(command, nothing, "--json").error == "no_link"
    for argv in ((command, str(tmp_path)), ("check", str(tmp_path))):
        said = alone(*argv)
        assert said.code == 2
        assert "het is een map" in said.err


@pytest.mark.parametrize("content", [b"", b"{}", b"not json", b"\xff", b"eyJhbGciOiJub25lIn0.e30."])
def test_a_register_that_does_not_read_is_refused(person: Person, register: Path, content: bytes) -> None:
    register.write_bytes(content)
    assert person("check").code == 2
    assert person("check", SKILLSPAS_TRUST=str(register) + ".none").code == 2


# Adding up


UNITS = {
    "credentials": [
        {
            "id": "one",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["urn:skillspas:mbo-certificaat:1"]},
            "claims": [{"path": ["units", None]}],
        }
    ]
}
WHAT_IF = [{"type": "mbo-certificaat", "issuer": "school:A", "date": "2025-01-01", "code": "C0164"}]


def what_if(folder: Path, value: object) -> str:
    file = folder / "what-if.json"
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(file)


def test_what_if_needs_no_wallet_and_no_passphrase(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    person = Person(folder=tmp_path, environ={"SKILLSPAS_WALLET": str(tmp_path / "none")}, capture=capsys)
    said = person("stack", "--target", "25960", "--what-if", what_if(tmp_path, WHAT_IF), "--json")
    assert said.code == 0
    assert said.json["what_if"] is True
    assert said.json["units"]["P2-K1-W2"]["used"] == ["e1"]
    stated = {"target": {"crebo": "25656", "date": "2025-06-01"}, "evidence": WHAT_IF}
    said = person("stack", "--what-if", what_if(tmp_path, stated), "--json")
    assert said.json["target"]["crebo"] == "25656"
    said = person("stack", "--target", "25960", "--what-if", what_if(tmp_path, stated), "--json")
    assert (said.json["target"]["crebo"], said.json["target"]["date"]) == ("25960", "2025-06-01")


def test_the_chart_shows_blocks_words_and_steps(alone: Person, tmp_path: Path) -> None:
    said = alone("stack", "--target", "25960", "--what-if", what_if(tmp_path, WHAT_IF), "--date", "2026-06-01")
    assert "Je dossier is nog niet compleet." in said.out
    assert "[~] P2-K1-W2" in said.out
    assert "voor een deel, 2 van 4 taken aangetoond" in said.out
    assert "[ ] Keuzedelen: nog open, 0 van 480 uur" in said.out
    assert "Wat je nu kunt doen:" in said.out
    assert "diploma" not in said.out.replace("geen diploma", "")
    assert (
        "PARTIAL_KERNTAAK"
        in alone("stack", "--target", "25960", "--what-if", what_if(tmp_path, WHAT_IF), "--verbose").out
    )


def test_exit_codes_of_the_stack(alone: Person, tmp_path: Path) -> None:
    file = what_if(tmp_path, WHAT_IF)
    assert alone("stack", "--target", "25960", "--what-if", file, "--require-complete").code == 1
    assert alone("stack", "--target", "00000", "--what-if", file, "--json").code in (1, 2)
    said = alone("stack", "--what-if", file, "--require-complete", "--json")
    assert (said.code, said.error) == (2, "stack_no_target")
    assert alone("stack", "--target", "25960", "--with-wallet").code == 2
    assert alone("stack", "--target", "25960", "--date", "yesterday", "--what-if", file).code == 2
    assert alone("stack", "--target", "25960", "--what-if", file, "--catalogue", str(tmp_path)).code == 2


@pytest.mark.parametrize("value", ["", "x", "7", '{"evidence": 1}', '{"target": []}', "[1, 1,", '{"a":1,"a":2}'])
def test_a_what_if_file_that_does_not_read(alone: Person, tmp_path: Path, value: str) -> None:
    said = alone("stack", "--target", "25960", "--what-if", what_if(tmp_path, value), "--json")
    assert (said.code, said.error) == (2, "what_if_unreadable")


def test_the_stack_counts_what_is_verified_now(person: Person, issuer: Counterparts, tmp_path: Path) -> None:
    number = take(person, issuer)
    argv = ("stack", "--target", "25960", "--school", issuer.issuer, "--json")
    answer = person(*argv).json
    assert answer["evidence"][number]["accepted"] is True
    assert answer["what_if"] is False
    assert answer["holder_binding"] == "proven"
    both = person(*argv, "--what-if", what_if(tmp_path, WHAT_IF), "--with-wallet").json
    assert set(both["evidence"]) == {number, "e1"}
    assert both["what_if"] is True
    issuer.answers["/o/school-a/status/1"] = (503, b"")
    said = person(*argv)
    assert said.code == 3
    assert said.json["evidence"][number]["accepted"] is False
    said = person(*argv, SKILLSPAS_TRUST="")
    assert (said.code, said.error) == (3, "stack_no_register")


def test_what_could_not_be_looked_up_is_to_be_tried_again_not_to_be_got_again(
    person: Person, issuer: Counterparts
) -> None:
    goal = ("stack", "--target", "25960", "--cohort", "2025-2026", "--school", issuer.issuer)
    take(person, issuer)
    known = person(*goal, "--json").json["advice"]
    assert not any("Probeer het opnieuw" in step["text"] for step in known["next_steps"])
    issuer.answers["/o/school-a/status/1"] = (503, b"")
    said = person(*goal)
    assert "  1. Probeer het opnieuw: van één bewijs konden wij niet nagaan of het nog geldig is." in said.out
    advice = person(*goal, "--json").json["advice"]
    assert any("C0164" in codes for codes in advice["smallest_sets"])  # R50 counts what is known
    steps = [step["text"] for step in advice["next_steps"]]
    assert steps[1:] == [step["text"] for step in known["next_steps"]]
    assert "C0164" not in said.out.partition("Wat je nu kunt doen")[2]
    del issuer.answers["/o/school-a/status/1"]
    take(person, issuer, "mbo-verklaring")
    issuer.answers["/o/school-a/status/1"] = (503, b"")
    steps = [step["text"] for step in person(*goal, "--json").json["advice"]["next_steps"]]
    assert steps[0].startswith("Probeer het opnieuw: van 2 bewijzen")
    assert steps[1:] == ["Pas daarna is te zeggen wat je nog nodig hebt."]


def test_an_empty_wallet_has_everything_open(alone: Person) -> None:
    answer = alone("stack", "--target", "25960", "--json").json
    assert answer["overall"] == "incomplete"
    assert {unit["status"] for unit in answer["units"].values()} == {"open"}


# Keeping


def test_a_backup_comes_back_in_another_wallet_and_nothing_is_lost(
    person: Person, issuer: Counterparts, tmp_path: Path
) -> None:
    number = take(person, issuer)
    file = str(tmp_path / "backup.skillspas")
    assert person("backup", file, SKILLSPAS_BACKUP_PASSPHRASE="of the backup").code == 0
    assert oct(os.stat(file).st_mode)[-3:] == "600"
    later = take(person, issuer)
    elsewhere = ("--wallet", str(tmp_path / "elsewhere"), "--json")
    said = person("restore", file, *elsewhere, "--yes")
    assert (said.code, said.error) == (4, "wallet_wrong_passphrase")
    assert person("restore", file, *elsewhere, SKILLSPAS_BACKUP_PASSPHRASE="of the backup").code == 2
    said = person("restore", file, *elsewhere, "--yes", SKILLSPAS_BACKUP_PASSPHRASE="of the backup")
    assert said.json["added"] == 1
    assert person("check", number, *elsewhere).code == 0
    assert person("present", issuer.ask(dcql_query=UNITS), "--yes", *elsewhere).code == 0
    said = person("restore", file, "--yes", "--json", SKILLSPAS_BACKUP_PASSPHRASE="of the backup")
    assert said.json == {"wallet": str(person.folder), "added": 0, "credentials": 2}
    assert {held.id for held in person.store.read().credentials} == {number, later}


def test_a_backup_replaces_only_a_backup(person: Person, tmp_path: Path) -> None:
    file = tmp_path / "thesis.txt"
    file.write_text("years of work")
    assert person("backup", str(file)).code == 2
    assert file.read_text() == "years of work"
    backup = tmp_path / "b"
    assert [person("backup", str(backup)).code for _ in range(2)] == [0, 0]
    assert person("backup", str(tmp_path / "no" / "folder")).code == 2
    said = person("restore", str(file), "--yes", "--json")
    assert (said.code, said.error) == (4, "no_backup")
    assert "geen reservekopie" in said.json["error"]["text"]
    backup.write_bytes(backup.read_bytes()[:-40])
    assert person("restore", str(backup), "--yes", "--json").error == "wallet_damaged"
    assert person("restore", str(tmp_path / "none"), "--yes").code == 2


def test_an_older_edition_of_a_signed_register_is_refused(
    person: Person, issuer: Counterparts, register: Path, tmp_path: Path
) -> None:
    key = tmp_path / "operator.pem"
    key.write_text(issuer.world.operator_key.public_key.to_pem())
    for sequence, code in ((5, 0), (5, 0), (6, 0), (5, 2)):
        issuer.world.sequence = sequence
        register.write_bytes(issuer.world.register_bytes(sign=True))
        assert person("check", "--trust-key", str(key)).code == code
    assert person("check", "--trust-key", str(key), "--json").error == "register_rollback"


# Help and start


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_every_help_has_words_examples_and_exit_codes(alone: Person, command: str | None, lang: str) -> None:
    said = alone(*([command] if command else []), "--help", "--lang", lang)
    assert said.code == 0
    assert {"nl": "Voorbeelden", "en": "Examples"}[lang] in said.out
    assert "Exit" in said.out
    assert "--json" in said.out
    assert "$ " not in said.out
    assert "skillspas " + (command or "init") in said.out


def test_every_option_is_explained_in_both_languages() -> None:
    import typer

    command: Any = typer.main.get_command(app)
    for name, one in command.commands.items():
        for param in one.params:
            keys = (
                f"wallet.help.{name}.options.{param.name}",
                f"wallet.options.{param.name}",
                f"terminal.options.{param.name}",
            )
            for lang in ("nl", "en"):
                assert any(has(key, lang) for key in keys), (name, param.name, lang)


def test_every_error_of_the_wallet_has_words_in_both_languages() -> None:
    import importlib
    import pkgutil

    import wallet_cli
    from passport.errors import PassportError

    for module in pkgutil.walk_packages(wallet_cli.__path__, "wallet_cli."):
        importlib.import_module(module.name)
    found: set[type[PassportError]] = set()
    waiting: list[type[PassportError]] = [PassportError]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.startswith(("wallet_cli.", "passport.terminal")):
                found.add(kind)
    assert len(found) > 20
    for kind in found:
        for lang in ("nl", "en"):
            assert has(f"errors.{kind.code}.text", lang), kind
            assert has(f"errors.{kind.code}.next", lang), kind


@pytest.mark.parametrize("argv", [["nothing"], ["list", "--nope"], ["show"], ["receive"], ["--lang", "fr", "list"], []])
def test_wrong_use_is_exit_2(alone: Person, argv: list[str]) -> None:
    assert alone(*argv).code == 2


HEAVY = (
    "cryptography",
    "httpx",
    "rich",
    "jwt",
    "PIL",
    "zxingcpp",
    "argon2",
    "jsonschema_rs",
    "pydantic",
    "asyncio",
    "orjson",
)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['skillspas', '--help']\n"
        "from wallet_cli.main import main\n"
        "code = main()\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr.strip().splitlines()[-1] == "[]"


# A person at a terminal


def at_a_terminal(environ: dict[str, str], *argv: str, answers: list[str]) -> tuple[int, str]:
    """Run the command on a pseudo-terminal; each answer is typed once its question (a line's end) is there."""
    code = (
        "import fcntl, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
        f"sys.argv = ['skillspas', *{list(argv)!r}]\n"
        "from wallet_cli.main import main\n"
        "sys.exit(main())"
    )
    handle, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, **environ},
        cwd=ROOT,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    waiting = list(answers)
    while True:
        try:
            part = os.read(handle, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
        if waiting and shown.rstrip(b" ").endswith((b":", b"(yes/no)")) and shown.endswith(b" "):
            os.write(handle, waiting.pop(0).encode())
    os.close(handle)
    return child.wait(timeout=60), shown.decode()


def test_init_asks_the_passphrase_twice_and_does_not_show_it(tmp_path: Path) -> None:
    environ = {"SKILLSPAS_WALLET": str(tmp_path / "w"), "LC_ALL": "en_GB.UTF-8"}
    code, shown = at_a_terminal(environ, "init", answers=["hidden words here\n", "hidden words here\n"])
    assert code == 0, shown
    assert "hidden" not in shown
    code, shown = at_a_terminal(environ, "list", answers=["hidden words here\n"])
    assert (code, "Your wallet is empty." in shown) == (0, True)
    other = environ | {"SKILLSPAS_WALLET": str(tmp_path / "other")}
    code, shown = at_a_terminal(other, "init", answers=["hidden words here\n", "other words\n"])
    assert code == 2
    assert not (tmp_path / "other" / "wallet.skillspas").exists()


def test_a_person_is_asked_and_may_mistype_the_code(person: Person, issuer: Counterparts) -> None:
    environ = {**person.environ, "LC_ALL": "en_GB.UTF-8"}
    code, shown = at_a_terminal(environ, "receive", issuer.offer(), answers=["no\n"])
    assert code == 1
    assert "You said no" in shown
    assert not issuer.asked("/token")
    link = issuer.offer(tx_code=TxCode(length=6, description="The code in the letter of the school"))
    code, shown = at_a_terminal(environ, "receive", link, answers=["yes\n", "111111\n", f"{TX_CODE}\n"])
    assert code == 0, shown
    assert "The code in the letter of the school" in shown
    assert "does not take this code" in shown
    assert shown.index("offered by: School A") < shown.index("Do you want") < shown.index("Type the code")


def test_interrupting_a_question_is_clean(person: Person, issuer: Counterparts) -> None:
    environ = {**person.environ, "LC_ALL": "en_GB.UTF-8"}
    code, shown = at_a_terminal(environ, "receive", issuer.offer(), answers=["\x03"])
    assert code == 130
    assert shown.rstrip().endswith("Stopped.")
    assert "Traceback" not in shown


def test_a_person_picks_one_of_several_and_may_say_no(person: Person, issuer: Counterparts) -> None:
    for _ in range(2):
        take(person, issuer)
    environ = {**person.environ, "LC_ALL": "en_GB.UTF-8"}
    link = issuer.ask(dcql_query=UNITS)
    code, shown = at_a_terminal(environ, "present", link, answers=["7\n", "2\n", "no\n"])
    assert code == 1, shown
    assert [one.error for one in issuer.answered] == ["access_denied"]
    code, shown = at_a_terminal(environ, "present", link, answers=["2\n", "yes\n"])
    assert code == 0, shown
    assert person("history", "--json").json["history"][-1]["items"][0]["id"] == person.store.read().credentials[0].id


def test_the_question_says_that_the_asker_is_unknown(person: Person, issuer: Counterparts, register: Path) -> None:
    take(person, issuer)
    environ = {**person.environ, "LC_ALL": "en_GB.UTF-8"}
    code, shown = at_a_terminal(environ, "present", issuer.ask(dcql_query=UNITS), answers=["no\n"])
    assert (code, "Do you want to show this? (yes/no)" in shown) == (1, True)
    issuer.world.unlisted.add(issuer.asker.id)
    register.write_bytes(issuer.world.register_bytes())
    code, shown = at_a_terminal(environ, "present", issuer.ask(dcql_query=UNITS), answers=["no\n"])
    assert (code, "to somebody UNKNOWN (asker.example)? (yes/no)" in shown) == (1, True)


def test_the_installed_command_runs() -> None:
    command = Path(sys.executable).parent / "skillspas"
    done = subprocess.run([str(command), "--help", "--lang", "en"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: skillspas")


def test_run_returns_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, area="wallet", prog="skillspas", argv=["nothing"], environ={}) == 2
    shown = capsys.readouterr()
    assert Said(code=2, out=shown.out, err=shown.err).out == ""
