"""The real issuer and verifier, running: subprocesses of the real commands, on free ports, in temporary folders.

Made for tests, with no mocks: `world(folder)` sets up three organisations and a trust register by the command line,
starts both services and hands out API clients and wallets. Everything stops when the block ends.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from passport.credentials.examples import example_claims

COMMANDS = Path(sys.executable).parent
PASSPHRASE = "correct horse battery staple"
ORGANISATIONS = {
    "school-a": ("school", "School A"),
    "leerbedrijf-a": ("leerbedrijf", "Leerbedrijf A"),
    "evc-a": ("evc-aanbieder", "EVC-aanbieder A"),
}
OPERATOR = "https://register.example"
STATUS_SECONDS = 1
"""How long anyone may keep a status list of the issuer of `world` (`ttl`)."""
_START_SECONDS = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command said."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


class CommandFailed(AssertionError):
    """A command that had to succeed did not."""


def run(
    command: str, *arguments: str, environment: Mapping[str, str], expect: int | None = 0, stdin: str = ""
) -> Answer:
    """Run one of our commands. expect: the exit code that it must have; None: any."""
    done = subprocess.run(
        [str(COMMANDS / command), *arguments],
        env=dict(environment),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if expect is not None and done.returncode != expect:
        raise CommandFailed(
            f"{command} {' '.join(arguments)} ended with {done.returncode}, not {expect}\n{done.stdout}\n{done.stderr}"
        )
    return Answer(code=done.returncode, stdout=done.stdout, stderr=done.stderr)


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment without settings of ours or proxies, in English, with the development switch on."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SKILLSPAS_") and not name.lower().endswith("_proxy")
    }
    return kept | {"SKILLSPAS_ALLOW_LOOPBACK_HTTP": "1", "LC_ALL": "en_GB.UTF-8", "PYTHONUTF8": "1"} | more


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service of ours: its address, the environment that its commands share, and its log."""

    command: str
    base_url: str
    port: int
    folder: Path
    environment: Mapping[str, str]

    @property
    def log(self) -> Path:
        return self.folder / "service.log"

    def run(self, *arguments: str, expect: int | None = 0) -> Answer:
        """Run a command of this service beside it, with the same settings."""
        return run(self.command, *arguments, environment=self.environment, expect=expect)

    @contextmanager
    def serving(self, *options: str) -> Iterator[None]:
        """Serve until the block ends. The service must start, and stop when asked to."""
        arguments = [str(COMMANDS / self.command), "serve", "--port", str(self.port), *options, "--allow-loopback-http"]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                arguments, env=dict(self.environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            self._await_health(process)
            yield
        finally:
            self._stop(process)

    def _await_health(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.base_url}/healthz", timeout=2, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise CommandFailed(f"{self.command} serve did not become healthy:\n{self.tail()}")

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=20)
            raise CommandFailed(f"{self.command} serve did not stop when asked:\n{self.tail()}") from None

    def tail(self, size: int = 6000) -> str:
        """The end of the log."""
        return self.log.read_text(errors="replace")[-size:] if self.log.exists() else ""


def issuer_service(folder: Path, **more: str) -> Service:
    """An issuer with its own folder and port; not started. more: further SKILLSPAS_ISSUER_… settings."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    settings = {"SKILLSPAS_ISSUER_DATA": str(folder / "data"), "SKILLSPAS_ISSUER_BASE_URL": base_url} | more
    return Service(
        command="skillspas-issuer",
        base_url=base_url,
        port=port,
        folder=folder,
        environment=clean_environment(**settings),
    )


def verifier_service(folder: Path, *, register: Path, **more: str) -> Service:
    """A verifier with its own folder and port; not started. register: the file may be made later."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    settings = {
        "SKILLSPAS_VERIFIER_DATA": str(folder / "data"),
        "SKILLSPAS_VERIFIER_BASE_URL": base_url,
        "SKILLSPAS_VERIFIER_NAME": "Employer A",
        "SKILLSPAS_TRUST": str(register),
    } | more
    return Service(
        command="skillspas-verifier",
        base_url=base_url,
        port=port,
        folder=folder,
        environment=clean_environment(**settings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation on the issuer, and its API."""

    id: str
    issuer: str
    api_key: str
    base_url: str

    def api(self) -> httpx.Client:
        """A client of `/api/v1`, as this organisation."""
        return httpx.Client(
            base_url=f"{self.base_url}/api/v1",
            headers={"Authorization": f"Bearer {self.api_key}", "Accept-Language": "en"},
            timeout=30,
            trust_env=False,
        )

    def call(self, method: str, path: str, body: Any = None, *, expect: int | None = None) -> Any:
        """Call the API; expect: the status that it must answer with (default: any 2xx). Returns the JSON."""
        with self.api() as client:
            response = client.request(method, path, json=body)
        if not (response.status_code == expect if expect else response.is_success):
            raise CommandFailed(f"{method} {path}: {response.status_code}\n{response.text}")
        return response.json() if response.content else None

    def offer(self, type_: str, *, claims: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """`POST /credentials` and its answer: `id`, `offer.uri`, `offer.tx_code`, …"""
        body = {"type": type_, "claims": dict(claims or claims_of(type_)), **more}
        answer: dict[str, Any] = self.call("POST", "/credentials", body, expect=201)
        return answer


def assess(company: Organisation, school_claims: Mapping[str, Any]) -> dict[str, Any]:
    """Have the leerbedrijf sign its assessment of a praktijkverklaring's claims; returns them with it."""
    asked = ("kwalificatie", "units", "periode", "given_name", "family_name", "birthdate")
    signed = company.call("POST", "/assessments", {name: school_claims[name] for name in asked}, expect=201)
    return {
        **school_claims,
        "leerbedrijf": {"naam": school_claims["leerbedrijf"]["naam"], "id": company.issuer},
        "praktijkbeoordeling": signed["assessment"],
        "praktijkbeoordeling_salt": signed["salt"],
    }


def claims_of(type_: str, **changes: Any) -> dict[str, Any]:
    """The example's claims of a type as an organisation sends them, with a document number of their own."""
    claims = example_claims(type_) | {"document_number": f"TEST-{uuid4()}"}
    del claims["awarding_body"]  # the issuer fills it in
    return claims | changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """Our own wallet on the command line."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str, expect: int | None = 0) -> Answer:
        """Run `skillspas …` with this wallet, its passphrase and the register."""
        return run("skillspas", *arguments, environment=self.environment, expect=expect)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Issuer, verifier, organisations and register, running."""

    folder: Path
    issuer: Service
    verifier: Service
    register: Path
    organisations: Mapping[str, Organisation] = field(default_factory=dict)

    @property
    def school(self) -> Organisation:
        return self.organisations["school-a"]

    @property
    def leerbedrijf(self) -> Organisation:
        return self.organisations["leerbedrijf-a"]

    @property
    def evc(self) -> Organisation:
        return self.organisations["evc-a"]

    def anchors(self, id_: str) -> list[str]:
        """The PEM anchors that the register holds for an organisation or the verifier, by its `id`."""
        for entry in json.loads(self.register.read_text())["organisations"]:
            if entry["id"] == id_:
                return list(entry["keys"]["anchors"])
        raise KeyError(id_)

    def verifier_call(self, method: str, path: str, body: Any = None, *, expect: int | None = None) -> Any:
        """Call the verifier's `/api/v1`; expect: the status (default: any 2xx). Returns the JSON."""
        url = f"{self.verifier.base_url}/api/v1{path}"
        response = httpx.request(method, url, json=body, headers={"Accept-Language": "en"}, timeout=30, trust_env=False)
        if not (response.status_code == expect if expect else response.is_success):
            raise CommandFailed(f"{method} {path}: {response.status_code}\n{response.text}")
        return response.json() if response.content else None

    def verify(self, credential: str, **more: Any) -> dict[str, Any]:
        """`POST /verifications`: the report."""
        report: dict[str, Any] = self.verifier_call("POST", "/verifications", {"credential": credential, **more})
        return report

    def set_status(self, organisation: Organisation, id_: str, status: str, reason: str) -> None:
        """Change the status of a credential, and wait until nobody may use an older list."""
        organisation.call("POST", f"/credentials/{id_}/status", {"status": status, "reason": reason})
        time.sleep(STATUS_SECONDS + 0.2)

    def wallet(self, folder: Path) -> Wallet:
        """A new, empty wallet."""
        environment = clean_environment(
            SKILLSPAS_WALLET=str(folder), SKILLSPAS_PASSPHRASE=PASSPHRASE, SKILLSPAS_TRUST=str(self.register)
        )
        made = Wallet(folder=folder, environment=environment)
        made.run("init")
        return made


def add_organisation(issuer: Service, id_: str, kind: str, name: str) -> Organisation:
    """`skillspas-issuer organisation add`."""
    answer = issuer.run("organisation", "add", id_, "--kind", kind, "--name", name, "--json").json
    return Organisation(id=answer["id"], issuer=answer["issuer"], api_key=answer["api_key"], base_url=issuer.base_url)


def build_register(issuer: Service, verifier: Service, organisations: Mapping[str, Organisation], out: Path) -> None:
    """Gather the `trust-entry` of everyone and make the register with `skillspas-verifier trust build`."""
    asked: list[tuple[Service, str | None]] = [(verifier, None), *((issuer, id_) for id_ in organisations)]

    def entry(place: int) -> str:
        service, id_ = asked[place]
        file = out.parent / f"entry-{place}.json"
        file.write_text(service.run("trust-entry", *([id_] if id_ else []), "--json").stdout)
        return str(file)

    with ThreadPoolExecutor(4) as pool:
        entries = list(pool.map(entry, range(len(asked))))
    verifier.run("trust", "build", *entries, "--operator", OPERATOR, "--out", str(out))


@contextmanager
def world(folder: Path, *, issuer: Mapping[str, str] | None = None) -> Iterator[World]:
    """Everything set up by the command line and running. issuer: further settings of the issuer, as environment."""
    folder.mkdir(parents=True, exist_ok=True)
    register = folder / "register.json"
    issuing = issuer_service(
        folder / "issuer", **{"SKILLSPAS_ISSUER_STATUS_TTL": str(STATUS_SECONDS), **(issuer or {})}
    )
    verifying = verifier_service(folder / "verifier", register=register)
    organisations = {id_: add_organisation(issuing, id_, kind, name) for id_, (kind, name) in ORGANISATIONS.items()}
    build_register(issuing, verifying, organisations, register)
    with issuing.serving(), verifying.serving():
        yield World(folder=folder, issuer=issuing, verifier=verifying, register=register, organisations=organisations)
