"""`skillspas-issuer` as a person types it: what stands on stdout, what is said on stderr, and the exit code."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

from issuer.cli import app
from issuer.migrations import HEAD
from passport.jose.keys import PrivateKey
from passport.messages import has
from passport.openid.oid4vci import create_credential_request, create_proof, create_token_request
from passport.terminal import run
from passport.trust.register import parse_register
from tests.live import issuer_service
from tests.services.issuer.conftest import claims_of

BASE = "https://issuer.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Said]


@pytest.fixture
def issuer(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run a line of the command, as typed, with the settings in the environment."""

    def command(line: str, **environ: str) -> Said:
        settings = {
            "SKILLSPAS_ISSUER_DATA": str(tmp_path / "data"), "SKILLSPAS_ISSUER_BASE_URL": BASE, "LANG": "en_GB.UTF-8",
            **environ,
        }  # fmt: skip
        capfd.readouterr()
        code = run(app, area="issuer", prog="skillspas-issuer", argv=shlex.split(line), environ=settings)
        heard = capfd.readouterr()
        assert "Traceback" not in heard.err
        return Said(code=code, out=heard.out, err=heard.err)

    return command


def test_an_organisation_is_added_and_its_key_shown_once(issuer: Command) -> None:
    said = issuer("organisation add school-a --kind school --name 'School A' --brin 00AA --json")
    assert (said.code, list(said.json)) == (0, ["id", "issuer", "api_key"])
    assert said.json["issuer"] == f"{BASE}/o/school-a"
    assert "shown only once" in said.err
    plain = issuer("organisation add bakkerij --kind leerbedrijf --name Bakkerij")
    assert re.fullmatch(r"skp_[\w-]{43}\n", plain.out)
    again = issuer("organisation add school-a --kind school --name X")
    assert (again.code, again.out) == (1, "")
    assert "already" in again.err
    listed = issuer("organisation list --json")
    assert [one["id"] for one in listed.json] == ["bakkerij", "school-a"]
    assert said.json["api_key"] not in listed.out


@pytest.mark.parametrize(
    "line",
    [
        "organisation add 'School A' --kind school --name X",
        "organisation add ../x --kind school --name X",
        "organisation add a --kind church --name X",
        "organisation add a --kind school --name ''",
        "organisation add a --kind school --name X --identifier brin",
        "organisation add a --kind school",
        "organisation add a --kind school --name X --what",
        "key list nobody",
        "trust-entry nobody",
        "issue nobody --type diploma --claims /nowhere/x.json",
        "accreditation add nobody --type diploma --crebo 25960 --from 2020-01-01",
        "serve --port 99999999",
        "serve --workers 0",
        "nothing",
        "--lang fr organisation list",
        "",
    ],
)
def test_wrong_use_is_code_2_with_words_and_nothing_on_stdout_but_help(issuer: Command, line: str) -> None:
    said = issuer(line)
    assert said.code == 2
    assert said.err or "Usage" in said.out or "Gebruik" in said.out


def test_the_trust_entry_is_one_that_the_register_reads(issuer: Command) -> None:
    issuer("organisation add school-a --kind school --name 'School A' --name-en 'School A (en)' --no-accreditation")
    added = issuer("accreditation add school-a --type diploma --crebo 25960,25656 --from 2020-08-01 --until 2030-07-31")
    assert (added.code, added.out) == (0, "")
    entry = issuer("trust-entry school-a").json
    assert entry["accreditations"] == [
        {"type": "diploma", "crebo": ["25960", "25656"], "valid_from": "2020-08-01", "valid_until": "2030-07-31",
         "granted_by": None, "basis": None}
    ]  # fmt: skip
    register = parse_register(json.dumps({"version": 1, "sequence": 1, "organisations": [entry]}).encode())
    found = register.find(f"{BASE}/o/school-a")
    assert found is not None
    assert found.display_name("en") == "School A (en)"
    for line in ("--type rijbewijs --crebo '*' --from 2020-01-01", "--type ervaringscertificaat --crebo '*' --from 2020-01-01",
                 "--type diploma --crebo abc --from 2020-01-01", "--type diploma --crebo '*' --from gisteren",
                 "--type diploma --crebo '*' --from 2020-01-01 --until 2019-01-01"):  # fmt: skip
        assert issuer(f"accreditation add school-a {line}").code == 2, line


def test_a_credential_is_offered_from_a_file_and_refused_with_the_places_that_are_wrong(
    issuer: Command, tmp_path: Path
) -> None:
    issuer("organisation add school-a --kind school --name 'School A'")
    good, bad, broken = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "broken.json"
    good.write_text(json.dumps(claims_of()))
    bad.write_text(json.dumps(claims_of(birthdate="yesterday")))
    broken.write_text('{"a": 1, "a": 2}')
    said = issuer(f"issue school-a --type mbo-certificaat --claims {good} --json --qr {tmp_path / 'offer.png'}")
    assert said.code == 0
    assert said.json["offer"]["uri"].startswith("openid-credential-offer://?credential_offer_uri=")
    assert (tmp_path / "offer.png").read_bytes().startswith(b"\x89PNG")
    good.write_text(json.dumps(claims_of()))
    plain = issuer(f"issue school-a --type mbo-certificaat --claims {good}")
    assert re.fullmatch(r"openid-credential-offer://\S+\n[0-9]{6}\n", plain.out)
    good.write_text(json.dumps(claims_of()))
    without = issuer(f"issue school-a --type mbo-certificaat --claims {good} --no-tx-code --by-value --expires-in 60")
    assert re.fullmatch(r"openid-credential-offer://\?credential_offer=\S+\n", without.out)

    wrong = issuer(f"issue school-a --type mbo-certificaat --claims {bad}")
    assert (wrong.code, wrong.out) == (2, "")
    assert "/claims/birthdate" in wrong.err
    assert "yesterday" not in wrong.err
    assert issuer(f"issue school-a --type mbo-certificaat --claims {broken}").code == 2
    assert issuer(f"issue school-a --type mbo-certificaat --claims {tmp_path}").code == 2
    assert issuer(f"issue school-a --type rijbewijs --claims {good}").code == 2
    assert issuer(f"issue school-a --type mbo-certificaat --claims {good} --expires-in 1").code == 2
    used = issuer(f"issue school-a --type mbo-certificaat --claims {good} --json")
    assert (used.code, used.json["error"]["code"]) == (1, "document_number_in_use")


def test_the_switch_stops_issuing_and_starts_it_again(issuer: Command, tmp_path: Path) -> None:
    issuer("organisation add school-a --kind school --name 'School A'")
    claims = tmp_path / "claims.json"
    claims.write_text(json.dumps(claims_of()))
    assert issuer("organisation stop school-a").code == 0
    stopped = issuer(f"issue school-a --type mbo-certificaat --claims {claims} --json")
    assert (stopped.code, stopped.json["error"]["code"]) == (1, "issuing_stopped")
    assert issuer("organisation resume school-a").code == 0
    assert issuer(f"issue school-a --type mbo-certificaat --claims {claims}").code == 0


def test_keys_are_listed_rotated_and_never_shown(issuer: Command) -> None:
    issuer("organisation add school-a --kind school --name 'School A'")
    first = issuer("key list school-a --json").json
    rotated = issuer("key rotate school-a --json")
    second = issuer("key list school-a --json").json
    assert [one["state"] for one in second] == ["retired", "current"]
    assert second[0]["kid"] == first[0]["kid"]
    assert second[1]["kid"] == rotated.json["kid"]
    assert issuer("key rotate school-a --compromised").code == 0
    entry = issuer("trust-entry school-a").json
    assert len(entry["keys"]["compromised"]) == 1
    csr = issuer("key request school-a")
    assert csr.out.startswith("-----BEGIN CERTIFICATE REQUEST-----")
    assert "PRIVATE" not in csr.out + json.dumps(second)
    assert issuer("key install school-a /nowhere.pem").code == 2


def test_an_api_key_is_made_anew_and_the_old_ones_end_when_asked(issuer: Command) -> None:
    issuer("organisation add school-a --kind school --name 'School A'")
    key = issuer("organisation api-key school-a --revoke-old --json")
    assert set(key.json) == {"id", "api_key"}
    assert issuer("audit verify school-a --json").json == {"id": "school-a", "intact": True, "broken_at": None}


def test_a_changed_log_is_found_with_code_1(issuer: Command, tmp_path: Path) -> None:
    import sqlite3

    issuer("organisation add school-a --kind school --name 'School A'")
    with sqlite3.connect(tmp_path / "data" / "issuer.db") as connection:
        connection.execute("DROP TRIGGER audit_log_no_update")
        connection.execute("UPDATE audit_log SET actor = 'x' WHERE sequence = 2")
    said = issuer("audit verify school-a")
    assert said.code == 1
    assert "line 2" in said.err


def test_a_lost_or_foreign_master_key_and_a_damaged_database_are_code_4(issuer: Command, tmp_path: Path) -> None:
    issuer("organisation add school-a --kind school --name 'School A'")
    key = tmp_path / "data" / "master.key"
    kept = key.read_bytes()
    key.unlink()
    lost = issuer("organisation list --json")
    assert (lost.code, lost.json["error"]["code"]) == (4, "master_key_unusable")
    assert not key.exists()
    issuer("migrate", SKILLSPAS_ISSUER_DATA=str(tmp_path / "other"))
    key.write_bytes((tmp_path / "other" / "master.key").read_bytes())
    key.chmod(0o600)
    foreign = issuer("organisation list --json")
    assert (foreign.code, foreign.json["error"]["code"]) == (4, "seal_broken")
    key.write_bytes(kept)
    assert issuer("organisation list").code == 0
    (tmp_path / "data" / "issuer.db").write_bytes(b"this is no database" * 100)
    damaged = issuer("organisation list --json")
    assert (damaged.code, damaged.json["error"]["code"]) == (4, "data_damaged")


def test_the_base_url_must_be_known_and_https_unless_the_development_switch_is_on(issuer: Command) -> None:
    line = "organisation add a --kind school --name A --json"
    assert issuer(line, SKILLSPAS_ISSUER_BASE_URL="").json["error"]["code"] == "base_url_missing"
    assert issuer(line, SKILLSPAS_ISSUER_BASE_URL="http://127.0.0.1:1").json["error"]["code"] == "base_url_refused"
    on = issuer(line, SKILLSPAS_ISSUER_BASE_URL="", SKILLSPAS_ALLOW_LOOPBACK_HTTP="1")
    assert on.json["issuer"] == "http://127.0.0.1:8001/o/a"
    assert "WARNING" in on.err


def test_migrate_says_where_the_database_is(issuer: Command) -> None:
    assert issuer("migrate --json").json == {"revision": HEAD}
    assert issuer("migrate").code == 0


def test_a_database_that_does_not_answer_is_code_3(issuer: Command) -> None:
    said = issuer("organisation list --json --database postgresql://nobody@127.0.0.1:9/none")
    assert (said.code, said.json["error"]["code"]) == (3, "temporarily_unavailable")


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_command_explains_itself_with_examples_and_exit_codes(issuer: Command, lang: str) -> None:
    commands = [
        "serve", "organisation add", "organisation list", "organisation api-key", "organisation stop",
        "organisation resume", "key list", "key rotate", "key request", "key install", "trust-entry",
        "accreditation add", "issue", "audit verify", "decide", "catalogue import", "catalogue check", "migrate",
    ]  # fmt: skip
    for command in ("", *commands):
        said = issuer(f"{command} --help --lang {lang}")
        assert said.code == 0
        assert f"skillspas-issuer {command}".strip() in said.out
        assert "Exit" in said.out or "exit" in said.out
        assert "--json" in said.out


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_option_and_command_has_words(lang: str) -> None:
    def missing(command: Any, path: str) -> list[str]:
        own = [] if has(f"{path}.summary", lang) else [path]
        for param in command.params:
            keys = (f"issuer.options.{param.name}", f"terminal.options.{param.name}")
            own += [] if any(has(key, lang) for key in keys) else [f"{path} {param.name}"]
        children = getattr(command, "commands", {}).items()
        return own + [lack for name, child in children for lack in missing(child, f"{path}.{name}")]

    assert missing(typer.main.get_command(app), "issuer.help") == []


def test_a_catalogue_is_checked(issuer: Command, tmp_path: Path) -> None:
    import schemas

    shipped = Path(str(schemas.__file__)).parent / "catalogue"
    assert issuer(f"catalogue check {shipped} --json").json == {"ok": True, "problems": []}
    (tmp_path / "empty").mkdir()
    assert issuer(f"catalogue check {tmp_path / 'empty'}").code == 1
    assert issuer("catalogue check").code == 0
    assert issuer("catalogue check --json", SKILLSPAS_CATALOGUE=str(tmp_path / "empty")).json["problems"][0]["file"]
    assert issuer(f"catalogue import {tmp_path / 'empty'} --out {tmp_path / 'out'}").code == 2


def test_the_domain_data_becomes_a_catalogue_that_holds(issuer: Command, tmp_path: Path) -> None:
    data = Path(os.environ.get("SKILLSPAS_DOMAIN", Path(__file__).parents[2].parent / "shared" / "domain")) / "data"
    if not data.is_dir():
        pytest.skip("the domain data is not here: set SKILLSPAS_DOMAIN")
    out = tmp_path / "catalogue"
    assert issuer(f"catalogue import {data} --out {out} --json").json["qualifications"] > 100
    assert issuer(f"catalogue check {out} --json").json == {"ok": True, "problems": []}


def test_the_service_runs_with_two_workers_and_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    service = issuer_service(tmp_path)
    key = service.run("organisation", "add", "school-a", "--kind", "school", "--name", "A", "--json").json
    with service.serving("--workers", "2"):
        with httpx.Client(base_url=service.base_url, trust_env=False, timeout=30) as client:
            api = {"Authorization": f"Bearer {key['api_key']}"}
            for _ in range(4):
                _take(client, key["issuer"], api)
            listed = client.get("/api/v1/credentials?state=issued", headers=api).json()
        assert len(listed["items"]) == 4
        taken = service.run("serve", "--port", str(service.port), expect=2)
        assert str(service.port) in taken.stderr
    assert "allowed" in service.tail()


def _take(client: httpx.Client, issuer: str, api: dict[str, str]) -> None:
    """Each call on a fresh connection may reach the other worker."""
    body = {"type": "mbo-certificaat", "claims": claims_of(), "by_value": True, "tx_code": False}
    uri = client.post("/api/v1/credentials", json=body, headers=api).json()["offer"]["uri"]
    from passport.openid.oid4vci import parse_offer

    offer: Any = parse_offer(uri, allow_loopback_http=True)
    form = create_token_request(pre_authorized_code=offer.pre_authorized_code)
    token = httpx.post(f"{issuer}/token", data=form, trust_env=False).json()["access_token"]
    nonce = httpx.post(f"{issuer}/nonce", trust_env=False).json()["c_nonce"]
    from datetime import UTC, datetime

    proof = create_proof(PrivateKey.generate(), audience=issuer, nonce=nonce, at=datetime.now(UTC))
    request = create_credential_request(credential_configuration_id="mbo-certificaat_dc+sd-jwt", proofs=[proof])
    got = httpx.post(
        f"{issuer}/credential", json=request, headers={"Authorization": f"Bearer {token}"}, trust_env=False
    )
    assert got.status_code == 200, got.text


def test_the_installed_command_is_there() -> None:
    program = Path(sys.executable).parent / "skillspas-issuer"
    done = subprocess.run(
        [program, "--help"], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}, check=True
    )
    assert "skillspas-issuer" in done.stdout
