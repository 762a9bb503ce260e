"""`issue`: one offer, as `POST /credentials` makes it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import Context
from issuer.credentials.requests import OfferRequest
from issuer.credentials.service import offer
from issuer.organisations.service import require
from issuer.problems import BodyTooLarge, Refused, RequestInvalid
from issuer.settings import MAX_BODY_BYTES
from passport.jose.encoding import JsonObject, parse_json_object
from passport.terminal import ExitCode, visible

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
    try:
        request = OfferRequest.model_validate({**body, "claims": _read(claims)}, strict=True)
    except ValidationError as error:
        places = [{"pointer": "/".join(map(str, p["loc"])), "code": p["type"]} for p in error.errors()]
        raise RequestInvalid(errors=places) from None

    async def run(session: AsyncSession, context: Context) -> JsonObject:
        organisation = await require(session, organisation_id)
        return await offer(session, context, organisation, request, actor="cli")

    try:
        answer = given.work(run)
    except Refused as error:
        for entry in error.errors:
            words = " ".join(filter(None, (entry.get("pointer"), entry.get("detail"), entry.get("code"))))
            print(visible(words), file=given.terminal.err)
        raise
    if qr is not None:
        from issuer.offers.page import qr_png

        qr.write_bytes(qr_png(answer["offer"]["uri"]))
        given.terminal.say("issuer.says.qr_written", file=qr)
    if given.terminal.json:
        given.terminal.data(answer)
        return ExitCode.DONE
    given.terminal.show(answer["offer"]["uri"])
    if answer["offer"]["tx_code"]:
        given.terminal.show(answer["offer"]["tx_code"])
        given.terminal.say("issuer.says.tx_code_apart")
    return ExitCode.DONE
