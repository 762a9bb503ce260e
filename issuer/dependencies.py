"""What endpoints are handed: the context, a session that commits once, the organisation, a strictly read body.

Order matters in a signature: body and caller come before the session, so that nobody waits for a write transaction
while a refusable request is looked at.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.context import Context
from issuer.organisations import repository as organisations
from issuer.organisations.models import Organisation
from issuer.problems import NotAuthenticated, NotFound, RequestInvalid
from issuer.vault import secret_hash
from passport.errors import ProtocolError
from passport.jose.encoding import parse_json_object
from passport.messages import DEFAULT_LANGUAGE, LANGUAGES
from passport.openid.oauth import bearer_token

Body = TypeVar("Body", bound=BaseModel)


def get_context(request: Request) -> Context:
    """The running issuer."""
    context: Context = request.app.state.context
    return context


async def _write(request: Request) -> AsyncIterator[AsyncSession]:
    async with get_context(request).database.writing() as session:
        yield session


async def _read(request: Request) -> AsyncIterator[AsyncSession]:
    async with get_context(request).database.reading() as session:
        yield session


ContextDep = Annotated[Context, Depends(get_context)]
WriteSession = Annotated[AsyncSession, Depends(_write, scope="function")]
"""One transaction a request, committed before the answer leaves."""
ReadSession = Annotated[AsyncSession, Depends(_read, scope="function")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls the API: one organisation, by one of its keys."""

    organisation: Organisation
    key_id: str

    @property
    def actor(self) -> str:
        """How the audit log calls the caller."""
        return f"api-key:{self.key_id}"


async def get_caller(request: Request) -> Caller:
    """Raises: NotAuthenticated."""
    try:
        key = bearer_token(request.headers.get("authorization"))
    except ProtocolError as error:
        raise NotAuthenticated("no API key") from error
    async with get_context(request).database.reading() as session:
        found = await organisations.by_key_hash(session, secret_hash(key))
    if found is None:
        raise NotAuthenticated("unknown API key")
    return Caller(organisation=found[0], key_id=found[1])


async def get_issuer(request: Request, organisation_id: str) -> Organisation:
    """The organisation of an address under `/o/{organisation_id}`. Raises: NotFound."""
    context = get_context(request)
    async with context.database.reading() as session:
        found = await organisations.find(session, organisation_id)
    if found is None or found.issuer != context.settings.issuer_of(organisation_id):
        raise NotFound("no such organisation")
    return found


CallerDep = Annotated[Caller, Depends(get_caller)]
IssuerDep = Annotated[Organisation, Depends(get_issuer)]


def language(request: Request) -> str:
    """nl or en, whichever `Accept-Language` prefers; nl when it names neither."""
    best, best_weight = DEFAULT_LANGUAGE, 0.0
    for part in request.headers.get("accept-language", "")[:500].split(","):
        name, _, parameter = part.strip().partition(";")
        weight = parameter.strip().removeprefix("q=") or "1"
        short = name.strip().split("-")[0].lower()
        try:
            number = float(weight)
        except ValueError:
            continue
        if short in LANGUAGES and number > best_weight:
            best, best_weight = short, number
    return best


Language = Annotated[str, Depends(language)]


def body_of(model: type[Body]) -> Callable[[Request], Awaitable[Body]]:
    """A dependency that reads the body as strict JSON (no duplicate members) into `model`."""

    async def read(request: Request) -> Body:
        value = parse_json_object(await request.body())
        try:
            return model.model_validate(value, strict=True)
        except ValidationError as error:
            problems = error.errors(include_input=False, include_url=False, include_context=False)
            raise RequestInvalid(
                "the body does not fit",
                errors=[{"pointer": "/" + "/".join(map(str, p["loc"])), "code": p["type"]} for p in problems],
            ) from None

    return read


def documented_body(model: type[BaseModel]) -> dict[str, Any]:
    """`openapi_extra` for an endpoint that reads its body by `body_of`."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
