"""What can be set. Values enter through the command line or `create_app(settings)`, never from deeper down."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from passport.errors import Misconfigured

MAX_BODY_BYTES: Final = 1024 * 1024


class BaseUrlRefused(Misconfigured):
    """The base URL is not one that wallets and verifiers will accept."""

    code = "base_url_refused"


class DatabaseRefused(Misconfigured):
    """The database URL is none, or of a database that is not supported."""

    code = "database_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """Requests a window, per source address (or per organisation for the API), as `limits` writes them."""

    token: str = "300/minute"  # noqa: S105
    public: str = "6000/minute"
    api: str = "30000/minute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One issuer.

    data: folder of the master key and, by default, the database.
    database: SQLAlchemy URL, or None for SQLite in `data`.
    base_url: `scheme://host[:port][/path]`, without a slash at its end; issuers are `{base_url}/o/{id}`.
    status_ttl: seconds a verifier may keep a status list; status_lifetime: seconds until a list token expires.
    """

    data: Path
    base_url: str
    database: str | None = None
    master_key_file: Path | None = None
    allow_loopback_http: bool = False
    status_ttl: int = 300
    status_lifetime: int = 86_400
    status_list_size: int = 131_072
    code_lifetime: int = 600
    token_lifetime: int = 600
    nonce_lifetime: int = 300
    offer_lifetime: int = 7 * 86_400
    batch_size: int = 10
    rate_limits: RateLimits = RateLimits()

    def __post_init__(self) -> None:
        check_base_url(self.base_url, allow_loopback_http=self.allow_loopback_http)
        if self.database is not None:
            check_database_url(self.database)
        if self.status_ttl < 1 or not 1 <= self.code_lifetime <= 600:
            raise Misconfigured("status_ttl is at least 1 second and a code lives at most 600 seconds")

    @property
    def sqlite_file(self) -> Path:
        """The embedded database, where no other is set."""
        return self.data / "issuer.db"

    @property
    def database_url(self) -> str:
        return async_url(self.database) if self.database else f"sqlite+aiosqlite:///{self.sqlite_file}"

    @property
    def master_key(self) -> Path:
        return self.master_key_file or self.data / "master.key"

    @property
    def path(self) -> str:
        """The path of the base URL: empty, or starting with a slash."""
        return urlsplit(self.base_url).path

    @property
    def origin(self) -> str:
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    def issuer_of(self, organisation_id: str) -> str:
        """The credential issuer identifier of an organisation (contract §3)."""
        return f"{self.base_url}/o/{organisation_id}"


def async_url(url: str) -> str:
    """Return the URL with the asynchronous driver that we use for its database."""
    scheme, separator, rest = url.partition("://")
    drivers = {"sqlite": "sqlite+aiosqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
    return f"{drivers.get(scheme, scheme)}{separator}{rest}"


def check_database_url(url: str) -> None:
    """Raises: DatabaseRefused; without the URL itself, which may hold a password."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        driver = make_url(async_url(url)).drivername
    except (ArgumentError, ValueError) as error:
        raise DatabaseRefused("no database URL") from error
    if driver not in ("sqlite+aiosqlite", "postgresql+psycopg"):
        raise DatabaseRefused("only sqlite and postgresql")


_URL = re.compile(r"[A-Za-z0-9\-._~:/@\[\]%!$&'()*+,;=?#]{1,2048}")


def is_loopback(host: str | None) -> bool:
    """Whether the host is localhost or a loopback address, by its text alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def check_base_url(url: str, *, allow_loopback_http: bool) -> None:
    """Raises: BaseUrlRefused unless https (or http to this machine, when that is switched on)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BaseUrlRefused("no URL", url=url) from error
    if not _URL.fullmatch(url) or port == 0:  # urlsplit drops line ends and tabs without a word
        raise BaseUrlRefused("the base URL holds characters that no URL holds", url=url)
    local = parts.scheme == "http" and allow_loopback_http and is_loopback(parts.hostname)
    if not (parts.scheme == "https" or local) or not parts.hostname:
        raise BaseUrlRefused("the base URL is https, or http on loopback with --allow-loopback-http", url=url)
    if parts.query or parts.fragment or "@" in parts.netloc or url.endswith("/"):
        raise BaseUrlRefused("the base URL has no query, fragment, user or slash at its end", url=url)
