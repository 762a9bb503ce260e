"""Reads bodies from strangers: a size cap and a time limit before any parsing, then strict JSON or a strict form."""

from __future__ import annotations

import asyncio
from typing import TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ValidationError

from passport.errors import Malformed
from passport.jose.encoding import parse_json_object
from verifier.problems import BodyInvalid, BodyNotJson, BodyTooLarge, BodyTooSlow, MediaTypeUnsupported

BODY_SECONDS = 20
DEFAULT_LIMIT = 524_288
Model = TypeVar("Model", bound=BaseModel)


async def read_body(request: Request, *, limit: int = DEFAULT_LIMIT) -> bytes:
    """Return the whole body. Raises: BodyTooLarge (by its announced or its real size), BodyTooSlow."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced[:12]) > limit:
        raise BodyTooLarge(limit=limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise BodyTooLarge(limit=limit)
                chunks.append(chunk)
    except TimeoutError:
        raise BodyTooSlow from None
    return b"".join(chunks)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_json(request: Request, model: type[Model], *, limit: int = DEFAULT_LIMIT) -> Model:
    """Return the JSON body as `model`.

    Raises: MediaTypeUnsupported, BodyNotJson (also for duplicate members, NaN, too deep), BodyInvalid.
    """
    if _media_type(request) not in {"application/json", ""}:
        raise MediaTypeUnsupported(wanted="application/json")
    body = await read_body(request, limit=limit)
    try:
        value = parse_json_object(body)
    except Malformed as error:
        raise BodyNotJson(error.detail) from None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise BodyInvalid(first["type"], at="/".join(str(part) for part in first["loc"][:6]) or "body") from None


async def read_form(request: Request, *, limit: int, max_fields: int = 20) -> dict[str, str]:
    """Return the fields of an `application/x-www-form-urlencoded` body; a field twice is refused.

    Raises: MediaTypeUnsupported, BodyInvalid.
    """
    if _media_type(request) != "application/x-www-form-urlencoded":
        raise MediaTypeUnsupported(wanted="application/x-www-form-urlencoded")
    body = await read_body(request, limit=limit)
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=max_fields,
        )
    except ValueError:
        raise BodyInvalid("not a form", at="body") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BodyInvalid("a field twice", at="body")
    return fields
