"""Words on the command line that lead nowhere: an answer with an exit code of the contract, never a defect of ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from passport.errors import PassportError
from passport.network.addresses import NetworkSettings, check_url, is_public
from passport.network.errors import AddressRefused, InvalidUrl, NotHttps
from wallet_cli.links import read_link
from wallet_cli.main import main
from wallet_cli.session import at_home

NOBODY = "~nobody-of-this-name/x"
REGISTERS = [
    {"version": 1, "organisations": [{"id": "https://a", "kind": [], "name": "x", "keys": {}}]},
    {"version": 1, "next_update": "9999-12-31T23:59:59-14:00", "organisations": []},
]


def test_the_home_of_nobody_is_a_plain_path() -> None:
    assert at_home(NOBODY) == Path(NOBODY)
    with pytest.raises(PassportError):
        read_link(NOBODY, schemes=("https",))


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--wallet", NOBODY],
        ["check", "FILE", "--trust", NOBODY],
        *[["check", "FILE", "--trust", f"REGISTER{place}"] for place in range(len(REGISTERS))],
    ],
    ids=str,
)
def test_the_wallet_says_what_is_wrong(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "FILE").write_text("a.b.c~")
    for place, register in enumerate(REGISTERS):
        (tmp_path / f"REGISTER{place}").write_text(json.dumps(register))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKILLSPAS_PASSPHRASE", "x" * 20)
    monkeypatch.setattr("sys.argv", ["skillspas", *arguments, "--json"])
    assert main() in (1, 2, 3, 4)
    assert json.loads(capsys.readouterr().out)["error"]["code"] != "program_error"


SPECIAL = [
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "::ffff:127.0.0.1",
    "fe80::1%eth0",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "fc00::1",
    "ff02::1",
    "::",
    "x",
    "2001:db8::1",
]
URLS = [
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://localhost/",
    "http://school.example/",
    "ftp://school.example/",
    "https:///x",
    "https://a@school.example/",
    "https://school.example:0/",
    "https://[x/",
    "https://a.example\\@b.example/",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("address", SPECIAL)
def test_no_special_purpose_address_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("url", [*URLS, "https://school.example/\r\nX: y", "https://" + "a" * 5000])
def test_no_such_url_is_fetched(url: str) -> None:
    with pytest.raises((AddressRefused, InvalidUrl, NotHttps)):
        check_url(url, NetworkSettings())
