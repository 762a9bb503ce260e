"""`skillspas-verifier replay`: a signed statement of a stack in, whether the same answer comes out again."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from passport.network import Fetcher, NetworkSettings, gather, now
from passport.stacking.catalogue import load_catalogue
from passport.stacking.judgement import parse_all
from passport.stacking.replay import (
    Difference,
    Package,
    Replay,
    parse_package,
    replay,
    replay_later,
    with_inputs,
)
from passport.stacking.statement import Signature, SignerCheck, check_signer
from passport.terminal import ExitCode, Terminal, WrongUse, visible
from passport.trust.register import TrustRegister
from passport.verification.materials import Materials
from passport.verification.presented import Presented
from passport.verification.report import instant
from verifier.settings import Settings
from verifier.trust import TrustSource

MAX_FILE_BYTES = 134_217_728
EXIT = {
    "same": ExitCode.DONE,
    "different": ExitCode.NO,
    "not_authentic": ExitCode.NO,
    "incomplete": ExitCode.UNREACHABLE,
}
_SHOWN = 10


class ReplayFileTooLarge(WrongUse):
    """A file that is larger than any bundle. Params: `file`, `limit`."""

    code = "replay_file_too_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """All that the command found out. signer: who signed; result is None where the signature is broken."""

    package: Package
    signer: SignerCheck
    result: Replay | None
    today: bool

    @property
    def outcome(self) -> str:
        """`same`, `different`, `incomplete` or `not_authentic`."""
        return "not_authentic" if self.result is None else self.result.outcome


def read_package(file: Path, presentations: Path | None) -> Package:
    """Return the statement of a file with its inputs. Raises: OSError, Malformed, ReplayFileTooLarge."""
    package = parse_package(_read(file))
    return package if presentations is None else with_inputs(package, _read(presentations))


def _read(file: Path) -> bytes:
    if str(file) == "-":
        data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    else:
        with file.open("rb") as opened:
            data = opened.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise ReplayFileTooLarge(file=str(file), limit=MAX_FILE_BYTES)
    return data


async def repeat(settings: Settings, package: Package, *, today: bool) -> Replayed:
    """Check who signed, then repeat: at the statement's time with its inputs, or today with today's.

    Raises: TrustUnreadable or Malformed for a register, Misconfigured for a catalogue; WrongUse.
    """
    network = NetworkSettings(allow_loopback_http=settings.allow_loopback_http, dev_hosts=settings.dev_hosts)
    catalogue = load_catalogue(settings.catalogue)
    async with Fetcher(network) as fetcher:
        at = now()
        trust = TrustSource(settings.trust, key_file=settings.trust_key, fetcher=fetcher, once=True)
        await trust.start(at)
        register = await trust.current(at)
        signer = check_signer(package.statement, register, at=at)
        if signer.signature is Signature.BROKEN:
            return Replayed(package=package, signer=signer, result=None, today=today)
        if not today:
            result = replay(_with_register(package, register), catalogue)
        else:
            materials = await _fetched_now(package, register, fetcher)
            result = replay_later(package, catalogue, materials=materials, register=register, at=at)
        return Replayed(package=package, signer=signer, result=result, today=today)


def _with_register(package: Package, register: TrustRegister | None) -> Package:
    """Put our own register in where none came along and ours is the very one that was used."""
    record = package.statement.payload["trust_register"]
    if package.register is not None or register is None or record is None or record.get("digest") != register.digest:
        return package
    return replace(package, register=register)


async def _fetched_now(package: Package, register: TrustRegister | None, fetcher: Fetcher) -> Materials:
    parsed = parse_all(package.presentations or ())
    return await gather([one for one in parsed if isinstance(one, Presented)], register, fetcher, at=now())


# Showing


def show_replay(terminal: Terminal, done: Replayed) -> int:
    """Write what came out, for a machine or for a person; returns the exit code."""
    if terminal.json:
        terminal.data(_to_json(terminal, done))
        return EXIT[done.outcome]
    statement = done.package.statement
    terminal.show(terminal.words(f"replay.outcome.{done.outcome}").upper())
    terminal.show(_signer_words(terminal, done))
    if statement.what_if:
        terminal.show(terminal.words("replay.what_if"))
    terminal.show(terminal.words("replay.today" if done.today else "replay.then", at=instant(statement.at)))
    if done.result is not None:
        for one in done.result.missing[:_SHOWN]:
            terminal.show(f"  - {terminal.words(f'replay.missing.{one.kind}', at=one.at)}")
        if done.result.missing and not done.today and not statement.what_if:
            terminal.show(terminal.words("replay.missing_hint"))
        for difference in done.result.differences[:_SHOWN]:
            terminal.show(f"  - {difference_words(terminal, difference)}")
        if len(done.result.differences) > _SHOWN:
            terminal.show(terminal.words("replay.more", count=len(done.result.differences) - _SHOWN))
    if done.outcome in ("same", "different"):
        terminal.show(terminal.words("replay.overall", overall=statement.answer.get("overall")))
    return EXIT[done.outcome]


def difference_words(terminal: Terminal, difference: Difference) -> str:
    """Say one difference in a sentence."""
    was, new = (_short(value) for value in (difference.was, difference.now))
    return terminal.words(f"replay.difference.{difference.kind}", at=difference.at, was=was, now=new)


def _short(value: object) -> str:
    return visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), limit=120)


def _signer_words(terminal: Terminal, done: Replayed) -> str:
    signer = done.signer
    name = None if signer.organisation is None else signer.organisation.display_name(terminal.lang)
    return terminal.words(f"replay.signature.{signer.signature.value}", name=name, iss=done.package.statement.iss)


def _to_json(terminal: Terminal, done: Replayed) -> dict[str, Any]:
    statement, signer, result = done.package.statement, done.signer, done.result
    return {
        "outcome": done.outcome,
        "today": done.today,
        "statement": {
            "iss": statement.iss,
            "at": instant(statement.at),
            "digest": statement.digest,
            "what_if": statement.what_if,
            "target": statement.target,
            "overall": statement.answer.get("overall"),
            "catalogue": statement.payload["catalogue"],
            "trust_register": statement.payload["trust_register"],
        },
        "signature": {
            "outcome": signer.signature.value,
            "code": signer.code,
            "signer": None
            if signer.organisation is None
            else {"id": signer.organisation.id, "name": signer.organisation.display_name(terminal.lang)},
        },
        "missing": []
        if result is None
        else [
            {"kind": one.kind, "at": one.at, "text": terminal.words(f"replay.missing.{one.kind}", at=one.at)}
            for one in result.missing
        ],
        "differences": []
        if result is None
        else [
            {"kind": one.kind, "at": one.at, "was": one.was, "now": one.now, "text": difference_words(terminal, one)}
            for one in result.differences
        ],
        "answer": None if result is None else result.answer,
    }
