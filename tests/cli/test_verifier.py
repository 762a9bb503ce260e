"""`skillspas-verifier`: what it prints, where, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from passport.jose.keys import PrivateKey
from tests.ecosystem import Ecosystem


def command(
    *words: str, env: dict[str, str] | None = None, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does."""
    return subprocess.run(
        [sys.executable, "-m", "verifier.cli", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        input=given,
        env={**clean_environment(), **(env or {})},
    )


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("SKILLSPAS_", "LC_", "LANG"))}


@pytest.fixture
def world() -> Ecosystem:
    return Ecosystem(at=datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def register(world: Ecosystem, tmp_path: Path) -> Path:
    file = tmp_path / "register.json"
    file.write_bytes(world.register_bytes())
    return file


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize(
    "words", [(), ("serve",), ("verify",), ("trust-entry",), ("trust",), ("trust", "show"), ("trust", "build")]
)
def test_every_help_has_examples_and_exit_codes(words, lang):
    done = command(*words, "--help", "--lang", lang)
    assert done.returncode == 0
    assert {"nl": "Voorbeelden:", "en": "Examples:"}[lang] in done.stdout
    assert {"nl": "Exitcodes:", "en": "Exit codes:"}[lang] in done.stdout
    assert done.stderr == ""


def test_verify_says_undetermined_where_the_status_list_cannot_be_reached(world, register, tmp_path):
    file = tmp_path / "credential.txt"
    file.write_text(world.school.issue().text + "\n")
    done = command("verify", str(file), "--trust", str(register), "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["verdict"]) == (3, "undetermined")
    assert len(report["checks"]) == 12
    assert {check["id"]: check["outcome"] for check in report["checks"]}["signature"] == "passed"


def test_verify_says_no_to_what_is_wrong(world, register, tmp_path):
    file = tmp_path / "credential.txt"
    file.write_text(world.school.issue(signer=PrivateKey.generate()).text)
    done = command("verify", str(file), "--trust", str(register))
    assert done.returncode == 1
    assert done.stdout.startswith("KLOPT NIET\n")
    file.write_bytes(b"\xff\xfe\x00")
    assert command("verify", str(file), "--trust", str(register), "--json").returncode == 1
    assert command("verify", "-", "--trust", str(register), given="nothing").returncode == 1


def test_verify_without_a_register_cannot_say(world, tmp_path):
    file = tmp_path / "credential.txt"
    file.write_text(world.school.issue().text)
    done = command("verify", str(file))
    assert done.returncode == 3
    assert done.stdout.startswith("NIET TE CONTROLEREN\n")


@pytest.mark.parametrize(
    "words",
    [
        ("verify",),
        ("verify", "absent.txt"),
        ("verify", "{file}", "--nonce", "n"),
        ("verify", "{file}", "--trust", "absent.json"),
        ("verify", "{file}", "--trust", "{file}"),
        ("verify", "{file}", "--trust", "{register}", "--trust-key", "{file}"),
        ("trust", "show"),
        ("trust", "build", "{file}", "--operator", "https://r.example", "--out", "{out}"),
        ("trust", "build", "{register}", "--operator", "https://r.example", "--out", "{out}", "--valid", "forever"),
        ("serve", "--port", "100000"),
        ("serve", "--base-url", "not-a-url"),
        ("serve", "--trust", "absent.json", "--port", "0", "--data", "{out}"),
        ("serve", "--rate-limit", "many", "--port", "0", "--data", "{out}"),
        ("serve", "--database", "mysql://x", "--port", "0", "--data", "{out}"),
        ("surprise",),
    ],
)
def test_wrong_use_ends_with_2_and_a_sentence(words, register, tmp_path):
    file = tmp_path / "x.txt"
    file.write_text("no json, no credential")
    places = {"file": str(file), "register": str(register), "out": str(tmp_path / "out")}
    done = command(*(word.format(**places) for word in words))
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr


def test_entries_become_a_register_that_can_be_signed_and_grows(world, tmp_path):
    data, out, key = tmp_path / "data", tmp_path / "register.jwt", tmp_path / "key.pem"
    entry, school = tmp_path / "verifier.json", tmp_path / "school.json"
    base = ["--data", str(data), "--base-url", "https://v.example", "--name", "Werkgever A"]
    done = command("trust-entry", *base)
    assert done.returncode == 0
    entry.write_text(done.stdout)
    assert json.loads(done.stdout) == json.loads(command("trust-entry", *base).stdout)
    school.write_text(json.dumps(world.school.entry()))
    signer = PrivateKey.generate()
    key.write_bytes(signer.to_pem())
    public = tmp_path / "public.pem"
    public.write_text(signer.public_key.to_pem())
    build = ["trust", "build", str(entry), str(school), "--operator", "https://r.example", "--out", str(out)]
    assert command(*build, "--sign", str(key)).returncode == 0
    assert json.loads(command(*build, "--sign", str(key), "--json").stdout)["sequence"] == 2
    shown = json.loads(command("trust", "show", "--trust", str(out), "--trust-key", str(public), "--json").stdout)
    assert (shown["signed"], shown["sequence"], shown["operator"]) == (True, 2, "https://r.example")
    assert {one["kind"] for one in shown["organisations"]} == {"verifier", "school"}
    assert command("trust", "show", "--trust", str(out)).returncode == 2
    modes = {file.stat().st_mode & 0o777 for file in (data / "keys").iterdir()}
    assert modes == {0o600}


def test_a_damaged_key_file_ends_with_4(tmp_path):
    data = tmp_path / "data"
    assert command("trust-entry", "--data", str(data)).returncode == 0
    (data / "keys" / "anchor.pem").write_text("damaged")
    done = command("trust-entry", "--data", str(data))
    assert (done.returncode, done.stdout) == (4, "")


def test_serve_answers_and_says_loudly_that_the_development_switch_is_on(world, register, tmp_path):
    words = ["serve", "--port", "0", "--data", str(tmp_path / "data"), "--trust", str(register)]
    environment = {**clean_environment(), "SKILLSPAS_ALLOW_LOOPBACK_HTTP": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "verifier.cli", *words], stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            base = line.split()[4].rstrip(".")
            assert base.startswith("http://127.0.0.1:")
            assert "LET OP" in process.stderr.readline()
            body: dict[str, Any] = {"credential": world.school.issue().text}
            answer = retry(lambda: httpx.post(f"{base}/api/v1/verifications", json=body, trust_env=False))
            assert answer.json()["verdict"] == "undetermined"
            page = httpx.get(base + "/", trust_env=False)
            assert "proefopstelling" in page.text
            second = command("serve", "--port", base.rpartition(":")[2], "--data", str(tmp_path / "other"))
            assert second.returncode == 2
            assert base.rpartition(":")[2] in second.stderr
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def retry(call: Any) -> Any:
    for _ in range(100):
        try:
            return call()
        except httpx.ConnectError:
            time.sleep(0.1)
    return call()
