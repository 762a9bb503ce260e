"""Runs the ```console blocks of a page in order, as a reader at a terminal would.

A line that starts with `$ ` is typed into bash; the lines under it must appear in that order, each up to ids, dates,
codes and keys (an `…` stands for anything). `$ echo $?` and a number say how the command before ended; else it ends
with 0. A shown line that is a question with an answer behind it is how the question gets answered. A ```json block
with `file=NAME` is a file of that name. A `serve` keeps running until the page ends.

What a page calls `mAPl9Le35KnrakoL` is another id in every run: what stands in its place is kept, and filled in
wherever the page uses it afterwards.
"""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx

_ANY = "…"
_VARIES = re.compile(
    r"skp_[\w-]{30,}"  # an API key
    r"|\b[0-9a-f]{32}\b"  # an id of the issuer's API
    r"|(?<![\w-])(?=[\w-]*[0-9])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{16,}"  # an id of a credential, a request, a key
    r"|\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+Z)?\b"
    r"|(?<![\w-])[0-9]{6}(?![\w-])"  # a transaction code
)
_DATE = re.compile(r"[0-9]{4}-")
_SECRET = re.compile(r"(?i)(wachtzin|passphrase)[^\n]*: $")
_QUESTION = re.compile(r"(?:\((?:ja/nee|yes/no)\)|[A-Za-z)]:) $")
_SERVES = re.compile(r"^skillspas-(?:issuer|verifier) (?:\S+ )*?serve\b")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of a page, what it must show, and how it must end."""

    line: int
    command: str
    shown: tuple[str, ...]
    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """A file that a page shows."""

    name: str
    content: str


def read_page(page: Path) -> Iterator[Step | PageFile]:
    """The commands and files of a page, in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    fence: tuple[str, int] | None = None
    for number, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if fence is None:
            fence = (line[3:].strip(), number + 1)
            continue
        kind, start = fence
        fence = None
        if kind == "console":
            yield from _steps(lines[start:number], start + 1)
        elif " file=" in kind:
            yield PageFile(name=kind.partition(" file=")[2], content="\n".join(lines[start:number]) + "\n")


def _steps(lines: list[str], first: int) -> Iterator[Step]:
    found: list[tuple[int, str, list[str]]] = []
    continued = False
    for number, line in enumerate(lines, first):
        if continued:
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{line}", [])
        elif line.startswith("$ "):
            found.append((number, line[2:], []))
        else:
            found[-1][2].append(line)
        continued = (continued or line.startswith("$ ")) and line.endswith("\\")
    for place, (number, command, shown) in enumerate(found):
        if command == "echo $?":
            continue
        following = found[place + 1] if place + 1 < len(found) else None
        code = int(following[2][0]) if following and following[1] == "echo $?" else 0
        yield Step(line=number, command=command, shown=tuple(shown), code=code)


@dataclass(slots=True, kw_only=True)
class Reader:
    """Somebody who follows a page, in a folder of their own.

    called: what the page calls something → what it is in this run, e.g. `https://issuer.example`.
    ports: a port that the page names → the one of this run.
    written: what the last command wrote.
    """

    folder: Path
    environment: dict[str, str]
    passphrase: str
    called: dict[str, str] = field(default_factory=dict)
    ports: dict[str, str] = field(default_factory=dict)
    learned: dict[str, str] = field(default_factory=dict)
    services: list[subprocess.Popen[bytes]] = field(default_factory=list)
    written: str = ""

    def address(self, name: str, value: str) -> None:
        """What the page calls by this address is at another in this run; also where it stands quoted in a link."""
        self.called |= {name: value, quote(name, safe=""): quote(value, safe="")}

    def follow(self, page: Path) -> None:
        """Do all that the page says. Raises: AssertionError at the first thing that is not as it says."""
        try:
            for item in read_page(page):
                match item:
                    case PageFile():
                        (self.folder / item.name).write_text(self._real(item.content), encoding="utf-8")
                    case Step():
                        self.do(item, f"{page.name}:{item.line}")
        finally:
            for service in self.services:
                service.terminate()
            for service in self.services:
                service.wait(timeout=20)

    def do(self, step: Step, where: str) -> None:
        """Type one command and look at what it shows. Raises: AssertionError."""
        command = self._real(step.command)
        if _SERVES.match(command):
            self._serve(command, where)
            return
        code, written = self._type(command, step)
        self.written = written
        told = f"{where}: $ {command}\n{written}"
        assert code == step.code, f"ended with {code}, not {step.code}. {told}"
        rest = iter(_ANSI.sub("", self._as_page(written)).replace("\r", "").splitlines())
        for line in filter(str.strip, step.shown):
            if line.strip() == _ANY:
                continue
            pattern, tokens = self._pattern(line)
            for actual in rest:
                if found := pattern.fullmatch(actual.rstrip()):
                    self.learned |= dict(zip(tokens, found.groups(), strict=True))
                    break
            else:
                raise AssertionError(f"is not shown: {line!r}\n{told}")

    def _pattern(self, line: str) -> tuple[re.Pattern[str], list[str]]:
        """A pattern for a shown line, and the ids that its groups stand for."""
        made, tokens, at = "", [], 0
        for found in re.finditer(f"{_ANY}|{_VARIES.pattern}", line.rstrip()):
            made += re.escape(line[at : found.start()])
            at, token = found.end(), found[0]
            if token == _ANY:
                made += ".*"
            elif _DATE.match(token):
                made += r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+Z)?"
            elif token in self.learned:
                made += re.escape(self.learned[token])
            else:
                made += r"([\w-]+)"
                tokens.append(token)
        return re.compile(made + re.escape(line.rstrip()[at:])), tokens

    def _real(self, words: str) -> str:
        for name, value in (self.called | self.learned).items():
            words = words.replace(name, value)
        return words

    def _as_page(self, written: str) -> str:
        for name, value in self.called.items():
            written = written.replace(value, name)
        return written

    def _type(self, command: str, step: Step) -> tuple[int, str]:
        """Run in bash on a pseudo-terminal, and answer what is asked. Variables that it exports stay."""
        kept = self.folder / ".environment"
        handle, theirs = pty.openpty()
        child = subprocess.Popen(
            ["bash", "-c", f"{command}\ncode=$?\nenv -0 > '{kept}'\nexit $code"],
            stdin=theirs, stdout=theirs, stderr=theirs,
            cwd=self.folder, env=self.environment, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        written, until = "", time.monotonic() + 60
        while time.monotonic() < until:
            if not select.select([handle], [], [], 1)[0]:
                continue
            try:
                part = os.read(handle, 65536)
            except OSError:
                break
            if not part:
                break
            written += part.decode(errors="replace")
            if (answer := self._answer(written.rpartition("\n")[2], step)) is not None:
                os.write(handle, f"{answer}\n".encode())
        os.close(handle)
        code = child.wait(timeout=20)
        if kept.exists():
            pairs = kept.read_bytes().decode().rstrip("\0").split("\0")
            self.environment = dict(pair.split("=", 1) for pair in pairs)
            kept.unlink()
        return code, written

    def _answer(self, asked: str, step: Step) -> str | None:
        if not _QUESTION.search(asked):
            return None
        for line in step.shown:
            if line.startswith(asked) and line != asked:
                return self._real(line.removeprefix(asked))
        return self.passphrase if _SECRET.search(asked) else None

    def _serve(self, command: str, where: str) -> None:
        """Start a service that the page starts, on this run's port for the one that the page names."""
        named = re.search(r"--port (\d+)", command)
        assert named and named[1] in self.ports, f"{where}: no port of this run for it"
        port = self.ports[named[1]]
        real = command.replace(named[0], f"--port {port}")
        log = self.folder / f"service-{port}.log"
        with log.open("wb") as file:
            service = subprocess.Popen(
                ["bash", "-c", f"exec {real}"], cwd=self.folder, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
            )  # fmt: skip
        self.services.append(service)
        until = time.monotonic() + 40
        while time.monotonic() < until and service.poll() is None:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError(f"{where}: did not start: {real}\n{log.read_text(errors='replace')[-3000:]}")


def environment(**more: str) -> dict[str, str]:
    """What a reader has: our commands and this Python first on the path, no settings of ours, no proxies."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SKILLSPAS_") and not name.lower().endswith("_proxy") and not name.startswith("LC_")
    }
    commands = Path(sys.executable).parent
    fixed: Mapping[str, str] = {
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONUTF8": "1",
        "SKILLSPAS_ALLOW_LOOPBACK_HTTP": "1",
    }
    return kept | fixed | more
