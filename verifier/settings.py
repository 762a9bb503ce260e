"""What a verifier is told when it starts, through `create_app(settings)` or the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from passport.errors import Misconfigured

DEFAULT_BASE_URL = "http://127.0.0.1:8002"
MAX_CREDENTIAL_BYTES = 262_144
_URL = re.compile(r"[A-Za-z0-9\-._~:/\[\]%!$&'()*+,;=]{1,2048}")


class BadSetting(Misconfigured):
    """A setting that no verifier can work with."""

    code = "verifier_setting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one verifier.

    data: folder for the database and the certificates; private keys in it are readable by the owner only.
    base_url: how wallets and browsers reach this verifier; without a slash at the end.
    trust: file or https link of the trust register; None: every answer is `undetermined`.
    name: what the page, the certificate and the trust entry call this verifier.
    api_key: asked as `Authorization: Bearer …` on `/api/v1`; None: those calls are open.
    rate_limit: calls per source address, as `6000/minute`; None: no limit.
    request_seconds: how long a request waits for an answer; result_seconds: how long an answer is kept.
    """

    data: Path
    base_url: str = DEFAULT_BASE_URL
    database: str | None = None
    trust: str | None = None
    trust_key: Path | None = None
    catalogue: Path | None = None
    name: str = "skillspas verifier"
    purpose: str | None = None
    api_key: str | None = field(default=None, repr=False)
    allow_loopback_http: bool = False
    dev_hosts: Mapping[str, str] = field(default_factory=dict)
    rate_limit: str | None = "6000/minute"
    request_seconds: int = 600
    result_seconds: int = 600

    def __post_init__(self) -> None:
        """Raises: BadSetting for a base URL that is not an absolute http(s) address."""
        try:
            parts = urlsplit(self.base_url)
            good = parts.port != 0 and _URL.fullmatch(self.base_url)  # urlsplit drops line ends without a word
        except ValueError:
            good = False
        if not good or parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise BadSetting("base_url is not an absolute http(s) address", setting="--base-url")
        if self.base_url.endswith("/"):
            object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    @property
    def origin(self) -> str:
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def root(self) -> str:
        """The path under which the pages stand, without a slash at the end; usually empty."""
        return urlsplit(self.base_url).path.rstrip("/")

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'verifier.db'}"
