"""`skillspas-verifier trust show` and `trust build`: look at a register, and make one out of `trust-entry` outputs."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from passport.terminal import ExitCode, Terminal, WrongUse, visible

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
_SPAN = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class NoRegister(WrongUse):
    """A command needs a trust register and none was named."""

    code = "verifier_no_register"


class EntryUnreadable(WrongUse):
    """A file is not the output of `trust-entry`."""

    code = "verifier_entry_unreadable"


class SpanUnreadable(WrongUse):
    """A duration is not of the form 12h, 30d or 4w."""

    code = "verifier_span_unreadable"


class OperatorUnreadable(WrongUse):
    """The operator of a register is named by an https address."""

    code = "verifier_operator"


class OutNotRegister(WrongUse):
    """The file to make is there already, and is something else than a register. Params: `file`."""

    code = "verifier_out_not_register"


def require_operator(text: str) -> None:
    """Raises: OperatorUnreadable."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
    except ValueError:
        raise OperatorUnreadable(value=text) from None
    if parts.scheme != "https" or not parts.hostname or not text.isprintable() or " " in text:
        raise OperatorUnreadable(value=text)


def parse_span(text: str) -> timedelta:
    """Return the duration of `12h`, `30d` or `4w`. Raises: SpanUnreadable."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise SpanUnreadable(value=text)
    return int(found[1]) * _UNITS[found[2]]


@app.command("show")
def show(
    ctx: typer.Context,
    trust: Annotated[str | None, typer.Option("--trust", metavar="FILE_OR_URL")] = None,
    trust_key: Annotated[Path | None, typer.Option("--trust-key", metavar="FILE")] = None,
    allow_loopback_http: Annotated[bool, typer.Option("--allow-loopback-http")] = False,
) -> int:
    import asyncio

    from passport.network import now
    from passport.verification.report import instant
    from verifier.environment import environment_settings

    terminal: Terminal = ctx.obj
    settings = environment_settings(terminal, trust=trust, trust_key=trust_key, allow_loopback_http=allow_loopback_http)
    if settings.trust is None:
        raise NoRegister
    register = asyncio.run(_load(settings))
    organisations = [
        {
            "id": one.id,
            "kind": one.kind,
            "name": dict(one.name),
            "identifiers": dict(one.identifiers),
            "mechanism": one.keys.mechanism,
            "accreditations": [_accreditation(entry) for entry in one.accreditations],
        }
        for one in register.organisations
    ]
    stale = register.is_stale(now())
    next_update = instant(register.next_update) if register.next_update else None
    if terminal.json:
        terminal.data(
            {
                "operator": register.operator,
                "sequence": register.sequence,
                "signed": register.signed,
                "next_update": next_update,
                "stale": stale,
                "digest": register.digest,
                "organisations": organisations,
            }
        )
    else:
        terminal.show(
            terminal.words(
                "verifier.cli.register",
                operator=register.operator or "-",
                sequence=register.sequence or "-",
                until=next_update or "-",
            )
        )
        if stale:
            terminal.show(terminal.words("verifier.cli.register_stale"))
        for entry in organisations:
            name = entry["name"].get(terminal.lang) or next(iter(entry["name"].values()))
            terminal.show(f"  {visible(name)}  ({entry['kind']}, {entry['mechanism']})  {visible(entry['id'])}")
            for accreditation in entry["accreditations"]:
                crebo = accreditation["crebo"]
                codes = terminal.words("verifier.cli.every_crebo") if crebo == "*" else " ".join(crebo)
                terminal.show(f"      {accreditation['type']}: {codes}  {_period(terminal, accreditation)}")
    return ExitCode.UNREACHABLE if stale else ExitCode.DONE


def _period(terminal: Terminal, accreditation: dict[str, Any]) -> str:
    since, until = accreditation["valid_from"], accreditation["valid_until"]
    ends = {(True, True): "between", (True, False): "since", (False, True): "until", (False, False): "always"}
    name = ends[since is not None, until is not None]
    return terminal.words(f"verifier.cli.period.{name}", since=since, until=until)


async def _load(settings: Any) -> Any:
    from passport.network import Fetcher, NetworkSettings, now
    from verifier.trust import TrustSource

    network = NetworkSettings(allow_loopback_http=settings.allow_loopback_http, dev_hosts=settings.dev_hosts)
    async with Fetcher(network) as fetcher:
        source = TrustSource(settings.trust, key_file=settings.trust_key, fetcher=fetcher, once=True)
        await source.start(now())
        return await source.current(now())


def _accreditation(entry: Any) -> dict[str, Any]:
    return {
        "type": entry.type,
        "crebo": "*" if entry.crebos is None else sorted(entry.crebos),
        "valid_from": entry.valid_from.isoformat() if entry.valid_from else None,
        "valid_until": entry.valid_until.isoformat() if entry.valid_until else None,
    }


@app.command("build")
def build(
    ctx: typer.Context,
    *,
    entries: Annotated[list[Path], typer.Argument(metavar="ENTRY...")],
    operator: Annotated[str, typer.Option("--operator", metavar="URL")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE")],
    sequence: Annotated[int | None, typer.Option("--sequence", metavar="N", min=1)] = None,
    valid: Annotated[str, typer.Option("--valid", metavar="30d")] = "30d",
    sign: Annotated[Path | None, typer.Option("--sign", metavar="KEY")] = None,
    force: Annotated[bool, typer.Option("--force")] = False,
) -> int:
    from passport.network import now
    from passport.trust.register import parse_register
    from passport.verification.report import instant

    terminal: Terminal = ctx.obj
    require_operator(operator)
    span, at = parse_span(valid), now()
    previous = _previous_sequence(out, force=force)
    register = {
        "version": 1,
        "sequence": sequence if sequence is not None else previous + 1,
        "operator": operator,
        "issued_at": instant(at),
        "next_update": instant(at + span),
        "organisations": [organisation for entry in entries for organisation in _read_entry(entry)],
    }
    data, trust_key = _encode(register, sign)
    checked = parse_register(data, trust_key=trust_key)
    _write(out, data)
    terminal.say("verifier.cli.built", file=str(out), count=len(checked.organisations), sequence=register["sequence"])
    if terminal.json:
        terminal.data(
            {
                "file": str(out),
                "sequence": register["sequence"],
                "organisations": len(checked.organisations),
                "signed": sign is not None,
                "next_update": register["next_update"],
            }
        )
    return ExitCode.DONE


def _encode(register: dict[str, Any], sign: Path | None) -> tuple[bytes, Any]:
    import json

    if sign is None:
        return json.dumps(register, ensure_ascii=False, indent=2).encode() + b"\n", None
    from passport.jose.jwt import create_jwt
    from passport.jose.keys import PrivateKey

    key = PrivateKey.from_pem(sign.read_bytes())
    return create_jwt(register, signer=key, typ="trust-register+jwt").encode() + b"\n", key.public_key


def _read_entry(file: Path) -> list[Any]:
    from passport.errors import Malformed
    from passport.jose.encoding import parse_json

    try:
        value = parse_json(file.read_bytes())
    except Malformed as error:
        raise EntryUnreadable(error.detail, file=str(file)) from None
    if isinstance(value, dict) and isinstance(value.get("organisations"), list):
        return list(value["organisations"])
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and "id" in value and "kind" in value:
        return [value]
    raise EntryUnreadable(file=str(file))


def _previous_sequence(out: Path, *, force: bool) -> int:
    """The sequence of the edition that `out` holds now, so that a new one is higher; 0 without one.

    Raises: OutNotRegister for a file that holds something else, unless `force`.
    """
    from passport.errors import Malformed
    from passport.jose.encoding import parse_json_object
    from passport.jose.jws import parse_jws

    if not out.exists():
        return 0
    data = out.read_bytes().strip()
    try:
        document = parse_json_object(data if data.startswith(b"{") else parse_jws(data.decode("ascii")).payload)
    except (Malformed, UnicodeDecodeError):
        document = {}
    if data and "organisations" not in document and not force:
        raise OutNotRegister(file=str(out))
    found = document.get("sequence")
    return found if isinstance(found, int) else 0


def _write(out: Path, data: bytes) -> None:
    """Whole or not at all: a running verifier may be reading it."""
    import os

    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    temporary.write_bytes(data)
    temporary.replace(out)
