"""The README and the other pages are true: commands run, files exist, settings are told, nothing is promised too much."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

import issuer.cli
import verifier.cli
import wallet_cli.main
from issuer.commands.session import Session
from issuer.offers.page import qr_png
from passport.terminal import Terminal
from tests.docs.transcripts import Reader, Step, environment, read_page
from tests.live import PASSPHRASE, World, claims_of
from tests.paths import ROOT
from verifier.environment import environment_settings

README = ROOT / "README.md"
SETTINGS = ROOT / "docs" / "reference" / "settings.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOLDERS = ("passport", "issuer", "verifier", "wallet_cli", "schemas", "tests", "docs", "demo", "requirements")

# The commands of the public contract with their flags; what the README calls by other words than the command's name.
CONTRACT: dict[str, dict[str, str]] = {
    "skillspas": {
        "init": "--wallet --passphrase-file",
        "receive": "--tx-code --yes --accept-unknown-issuer --trust --trust-key",
        "list": "",
        "show": "",
        "remove": "",
        "check": "--trust --trust-key",
        "stack": "--target --cohort --school --date --what-if --with-wallet --compare --catalogue --require-complete "
        "--verbose --html --trust --trust-key",
        "present": "--yes --trust --trust-key",
        "share": "--disclose --valid --qr --pdf",
        "backup": "",
        "restore": "--yes",
        "history": "",
    },
    "skillspas-issuer": {
        "serve": "--host --port --workers --data --database --base-url --allow-loopback-http",
        "organisation add": "--kind --name --brin --no-accreditation",
        "organisation list": "",
        "organisation api-key": "",
        "key list": "",
        "key rotate": "",
        "trust-entry": "",
        "accreditation add": "--type --crebo --from --until",
        "issue": "--type --claims",
        "bulk": "--dry-run",
        "catalogue import": "--out",
        "catalogue check": "",
        "migrate": "",
    },
    "skillspas-verifier": {
        "serve": "--host --port --base-url --data --trust --trust-key --catalogue --api-key --allow-loopback-http",
        "verify": "--trust",
        "trust show": "--trust",
    },
}
NOT_THERE_YET = {
    "Bulk issuing": ("skillspas-issuer", "bulk", None),
    "sharing links": ("skillspas", "share", None),
    "`stack --compare`": ("skillspas", "stack", "--compare"),
    "`stack --html`": ("skillspas", "stack", "--html"),
    "backup of the wallet": ("skillspas", "backup", None),
}


@cache
def offered(command: str) -> dict[str, set[str]]:
    """What a command line offers: its subcommands by name, with their flags."""
    apps = {
        "skillspas": wallet_cli.main.app,
        "skillspas-issuer": issuer.cli.app,
        "skillspas-verifier": verifier.cli.app,
    }

    def walk(node: Any, path: tuple[str, ...]) -> dict[str, set[str]]:
        children = getattr(node, "commands", None)
        if children is None:
            return {" ".join(path): {flag for param in node.params for flag in param.opts if flag.startswith("--")}}
        return {name: flags for key, child in children.items() for name, flags in walk(child, (*path, key)).items()}

    return walk(typer.main.get_command(apps[command]), ())


def section(page: Path, heading: str) -> str:
    """The text under a heading of the second level."""
    _, _, after = page.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    assert after, f"{page.name} has no heading {heading!r}"
    return after.partition("\n## ")[0]


# The transcript


def test_the_transcript_of_the_readme_runs(world: World, tmp_path: Path):
    steps = [item for item in read_page(README) if isinstance(item, Step)]
    assert [" ".join(step.command.split()[:2]) for step in steps] == [
        "skillspas-issuer issue", "skillspas receive", "skillspas stack", "skillspas present", "skillspas check",
    ]  # fmt: skip
    settings = {
        **{name: value for name, value in world.issuer.environment.items() if name.startswith("SKILLSPAS_ISSUER_")},
        "SKILLSPAS_TRUST": str(world.register),
        "SKILLSPAS_WALLET": str(tmp_path / "wallet"),
    }
    world.wallet(tmp_path / "wallet")
    reader = Reader(folder=tmp_path, environment=environment(LANG="nl_NL.UTF-8", **settings), passphrase=PASSPHRASE)
    reader.address("https://issuer.example", world.issuer.base_url)
    asked = world.verifier_call("POST", "/requests", {"template": "mbo-certificaat", "purpose": "Sollicitatie"})
    (request,) = re.findall(r"'(openid4vp:[^']+)'", steps[3].command)
    reader.called[request] = asked["authorization_request"]
    (tmp_path / "c0164.json").write_text(json.dumps(claims_of("mbo-certificaat")), encoding="utf-8")
    answers = {"receive": "Wil je dit ontvangen? (ja/nee) ja", "present": "Wil je dit laten zien? (ja/nee) ja"}

    def do(step: Step, *shown: str) -> None:
        answer = answers.get(step.command.split()[1])
        told = Step(line=step.line, command=step.command, shown=(*shown, *([answer] if answer else [])))
        reader.do(told, f"README.md:{step.line}")

    do(steps[0], "openid-credential-offer://…", "493817")
    (link,) = re.findall(r"openid-credential-offer://\S+", reader.written)
    (tmp_path / "aanbod.png").write_bytes(qr_png(link))
    do(steps[1])
    do(steps[2], "…Helpende Zorg en Welzijn (25960)…", "…P2-K1-W1…behaald")
    do(steps[3])
    do(steps[4], "  KLOPT. Gegeven door School A. Nu geldig.")


# What is there, and what is not


@pytest.mark.parametrize("command", CONTRACT)
def test_what_the_contract_names_is_offered_unless_the_readme_says_that_it_is_not_there_yet(command: str):
    absent = {
        (asked, flag)
        for asked, flags in CONTRACT[command].items()
        for flag in ["", *flags.split()]
        if asked not in offered(command) or (flag and flag not in offered(command)[asked])
    }
    told = {(asked, flag) for program, asked, flag in NOT_THERE_YET.values() if program == command}
    unexplained = {(asked, flag) for asked, flag in absent if (asked, flag) not in told and (asked, None) not in told}
    assert unexplained == set()


@pytest.mark.parametrize("words", NOT_THERE_YET)
def test_what_the_readme_calls_not_there_yet_is_not_offered_and_the_rest_is(words: str):
    program, command, flag = NOT_THERE_YET[words]
    there = command in offered(program) and (flag is None or flag in offered(program)[command])
    said_absent = words in " ".join(section(README, "Not there yet").split())
    assert said_absent is not there


# Files, links and anchors


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    text = re.sub(r"(?ms)^```.*?^```$", "", page.read_text(encoding="utf-8"))
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        if not found.exists() or (anchor and anchor not in anchors(found)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_exists(page: Path):
    named = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./*<>-]*)`", page.read_text(encoding="utf-8"))
    assert [path for path in named if "<" not in path and not list(ROOT.glob(path.rstrip("/")))] == []


def test_every_target_of_make_that_the_readme_names_exists():
    targets = set(re.findall(r"(?m)^(\w+):", (ROOT / "Makefile").read_text()))
    assert set(re.findall(r"`make (\w+)`", README.read_text(encoding="utf-8"))) <= targets


# Settings


def test_every_flag_of_serve_is_told_in_the_settings():
    shared = section(SETTINGS, "Shared")
    for name in ("issuer", "verifier"):
        told = section(SETTINGS, f"The {name}: `skillspas-{name} serve`") + shared
        assert [flag for flag in sorted(offered(f"skillspas-{name}")["serve"]) if f"`{flag}`" not in told] == []


def test_every_flag_that_the_settings_tell_of_exists():
    every = {flag for command in CONTRACT for flags in offered(command).values() for flag in flags}
    told = set(re.findall(r"`(--[\w-]+)`", SETTINGS.read_text(encoding="utf-8")))
    assert told - every - {"--json", "--help"} == set()


def test_every_variable_in_the_code_and_its_texts_is_told_in_the_settings():
    files = [path for room in ("passport", "issuer", "verifier", "wallet_cli") for path in (ROOT / room).rglob("*.py")]
    files += [*(ROOT / "schemas" / "messages").rglob("*.json")]
    used = {
        name for path in files for name in re.findall(r"SKILLSPAS_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
    }
    assert used - set(re.findall(r"SKILLSPAS_[A-Z_]+", SETTINGS.read_text(encoding="utf-8"))) == set()


@pytest.mark.parametrize(
    ("variable", "value", "field"),
    [
        ("DATABASE", "sqlite:///x.db", "database"),
        ("BASE_URL", "https://controle.example", "base_url"),
        ("API_KEY", "a key", "api_key"),
        ("NAME", "Werkgever A", "name"),
        ("PURPOSE", "Sollicitatie", "purpose"),
        ("RATE_LIMIT", "5/minute", "rate_limit"),
        ("DATA", "folder", "data"),
    ],
)
def test_a_variable_of_the_verifier_sets_what_the_settings_say(variable: str, value: str, field: str):
    name = f"SKILLSPAS_VERIFIER_{variable}"
    assert f"`{name}`" in SETTINGS.read_text(encoding="utf-8")
    assert str(getattr(environment_settings(Terminal(environ={name: value})), field)) == value


@pytest.mark.parametrize(
    ("variable", "value", "field"),
    [
        ("DATABASE", "postgresql://x/y", "database"),
        ("BASE_URL", "https://issuer.example", "base_url"),
        ("DATA", "folder", "data"),
        ("MASTER_KEY_FILE", "some.key", "master_key_file"),
    ],
)
def test_a_variable_of_the_issuer_sets_what_the_settings_say(variable: str, value: str, field: str):
    name = f"SKILLSPAS_ISSUER_{variable}"
    assert f"`{name}`" in SETTINGS.read_text(encoding="utf-8")
    given = Session(Terminal(environ={"SKILLSPAS_ISSUER_BASE_URL": "https://a.example", name: value}))
    assert str(getattr(given.settings(needs_base_url=True), field)) == value


@pytest.mark.parametrize(
    ("variable", "value"),
    [("STATUS_TTL", "7"), ("RATE_TOKEN", "1/minute"), ("RATE_PUBLIC", "2/minute"), ("RATE_API", "3/minute")],
)
def test_a_variable_of_the_running_issuer_sets_what_the_settings_say(variable: str, value: str):
    from issuer.commands.serving import _more

    name = f"SKILLSPAS_ISSUER_{variable}"
    assert f"`{name}`" in SETTINGS.read_text(encoding="utf-8")
    found = _more(Session(Terminal(environ={name: value})), None)
    assert value in str(found)
