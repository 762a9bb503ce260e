"""One run of one command: its terminal, its settings, its database. A flag wins over the environment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from passport.errors import Misconfigured
from passport.terminal import ExitCode, Terminal

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from issuer.context import Context
    from issuer.settings import Settings

_T = TypeVar("_T")
_NO_BASE_URL = "https://issuer.invalid"
"""For commands that need none: every organisation knows its own address."""


class BaseUrlMissing(Misconfigured):
    """`serve` and `organisation add` need to know the issuer's address."""

    code = "base_url_missing"


class DataDamaged(Misconfigured):
    """The database cannot be read."""

    code = "data_damaged"
    exit_code: ClassVar[int] = ExitCode.DAMAGED


@dataclass(frozen=True, slots=True)
class Session:
    """What a command was given."""

    terminal: Terminal
    data: Path | None = None
    database: str | None = None
    base_url: str | None = None
    loopback: bool = False

    def setting(self, name: str) -> str | None:
        """A setting `SKILLSPAS_ISSUER_…` of the environment."""
        return self.terminal.environ.get(f"SKILLSPAS_ISSUER_{name}") or None

    @property
    def allow_loopback_http(self) -> bool:
        """Whether the development switch is on."""
        return self.loopback or self.terminal.environ.get("SKILLSPAS_ALLOW_LOOPBACK_HTTP", "").lower() in (
            "1",
            "true",
            "yes",
        )

    def settings(self, *, needs_base_url: bool = False, local_url: str | None = None, **more: object) -> Settings:
        """Return the settings. local_url: the base URL when none is given and the development switch is on.

        Raises: BaseUrlMissing, BaseUrlRefused.
        """
        from issuer.settings import Settings

        base_url = self.base_url or self.setting("BASE_URL")
        loopback = self.allow_loopback_http
        if base_url is None and needs_base_url:
            if not loopback or local_url is None:
                raise BaseUrlMissing
            base_url = local_url
        key_file = self.setting("MASTER_KEY_FILE")
        chosen: dict[str, object] = {
            "data": self.data or self._data_folder(),
            "base_url": (base_url or _NO_BASE_URL).rstrip("/"),
            "database": self.database or self.setting("DATABASE"),
            "master_key_file": Path(key_file) if key_file else None,
            "allow_loopback_http": loopback or not needs_base_url,
            **more,
        }
        return Settings(**chosen)  # type: ignore[arg-type]

    def _data_folder(self) -> Path:
        if named := self.setting("DATA"):
            return Path(named)
        from platformdirs import user_data_path

        return user_data_path("skillspas-issuer", appauthor=False)

    def warn_of_loopback(self) -> None:
        """Say loudly that the development switch is on."""
        if self.allow_loopback_http:
            self.terminal.say("issuer.says.loopback_on")

    def work(self, action: Callable[[AsyncSession, Context], Awaitable[_T]], *, settings: Settings | None = None) -> _T:
        """Do one piece of work in one transaction, on a database whose schema is right."""
        import asyncio

        from sqlalchemy.exc import DatabaseError, OperationalError

        from issuer.problems import TemporarilyUnavailable

        async def run() -> _T:
            async with _opened(settings or self.settings()) as context, context.database.writing() as session:
                return await action(session, context)

        try:
            return asyncio.run(run())
        except OperationalError as error:
            raise TemporarilyUnavailable("the database does not answer") from error
        except DatabaseError as error:
            raise DataDamaged("the database cannot be read") from error


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Context]:
    from issuer.app import make_ready, open_context

    context = open_context(settings)
    try:
        await make_ready(context)
        yield context
    finally:
        await context.database.close()
