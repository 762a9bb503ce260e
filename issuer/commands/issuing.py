"""`issue`: one offer, as `POST /credentials` makes it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import Context
from issuer.credentials.requests import OfferRequest
from issuer.credentials.service import offer
from issuer.organisations.service import require
from issuer.problems import BodyTooLarge, RequestInvalid
from issuer.settings import MAX_BODY_BYTES
from passport.jose.encoding import JsonObject, parse_json_object
from passport.terminal import ExitCode, Terminal

if TYPE_CHECKING:
    from issuer.commands.session import Session


def _read(claims: Path) -> JsonObject:
    if str(claims) == "-":
        content = sys.stdin.buffer.read(MAX_BODY_BYTES + 1)
    else:
        with claims.open("rb") as file:
            content = file.read(MAX_BODY_BYTES + 1)
    if len(content) > MAX_BODY_BYTES:
        raise BodyTooLarge(limit=MAX_BODY_BYTES)
    return parse_json_object(content)


def issue(given: Session, organisation_id: str, *, claims: Path, body: dict[str, Any], qr: Path | None) -> int:
    """Offer one credential and print what the holder needs."""
    if qr is not None:
        _require_writable(qr)
    try:
        request = OfferRequest.model_validate({**body, "claims": _read(claims)}, strict=True)
    except ValidationError as error:
        raise RequestInvalid(errors=[_flag(problem) for problem in error.errors()]) from None

    async def run(session: AsyncSession, context: Context) -> JsonObject:
        organisation = await require(session, organisation_id)
        return await offer(session, context, organisation, request, actor="cli")

    answer = given.work(run)
    _show(given.terminal, answer)
    return ExitCode.DONE if qr is None else _write_qr(given.terminal, qr, answer["offer"]["uri"])


def _flag(problem: Mapping[str, Any]) -> dict[str, str]:
    """What pydantic says of the body, of the flag that filled it."""
    limits = problem.get("ctx", {})
    limit = limits.get("ge", limits.get("le"))
    found = {"pointer": "--" + str(problem["loc"][0]).replace("_", "-"), "code": str(problem["type"])}
    return found if limit is None else {**found, "limit": str(limit)}


def _show(terminal: Terminal, answer: JsonObject) -> None:
    if terminal.json:
        terminal.data(answer)
        return
    terminal.show(answer["offer"]["uri"])
    if answer["offer"]["tx_code"]:
        terminal.show(answer["offer"]["tx_code"])
        terminal.say("issuer.says.tx_code_apart")


def _require_writable(file: Path) -> None:
    """Find out before the offer is made, since its link and code are shown once. Raises: OSError."""
    there = file.exists()
    with file.open("ab"):
        pass
    if not there:
        file.unlink()


def _write_qr(terminal: Terminal, file: Path, uri: str) -> int:
    """The offer stands already, and was shown: a picture that cannot be written takes nothing of it away."""
    from issuer.offers.page import qr_png

    try:
        file.write_bytes(qr_png(uri))
    except OSError:
        terminal.say("issuer.says.qr_not_written", file=file)
        return ExitCode.DAMAGED
    terminal.say("issuer.says.qr_written", file=file)
    return ExitCode.DONE
