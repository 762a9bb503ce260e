"""The settings of a command: its flags, else the environment, else the defaults. The only place that reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from passport.terminal import Terminal

if TYPE_CHECKING:
    from verifier.settings import Settings


def loopback_allowed(terminal: Terminal, flag: bool) -> bool:
    """Whether the development switch is on, by flag or by `SKILLSPAS_ALLOW_LOOPBACK_HTTP=1` (or true, yes)."""
    return flag or terminal.environ.get("SKILLSPAS_ALLOW_LOOPBACK_HTTP", "").lower() in ("1", "true", "yes")


def environment_settings(terminal: Terminal, **flags: Any) -> Settings:
    """Return the settings: each flag, else its variable `SKILLSPAS_VERIFIER_…` (or the shared ones), else the default.

    Raises: BadSetting.
    """
    from platformdirs import user_data_path

    from passport.network import parse_dev_hosts
    from verifier.settings import Settings

    env = terminal.environ
    given = {key: value for key, value in flags.items() if value is not None}
    for key in ("database", "base_url", "api_key", "name", "purpose", "rate_limit"):
        if key not in given and env.get(f"SKILLSPAS_VERIFIER_{key.upper()}"):
            given[key] = env[f"SKILLSPAS_VERIFIER_{key.upper()}"]
    if given.get("rate_limit") == "off":
        given["rate_limit"] = None
    data = given.pop("data", None) or env.get("SKILLSPAS_VERIFIER_DATA") or user_data_path("skillspas-verifier")
    for key, variable in (("trust", "SKILLSPAS_TRUST"), ("trust_key", "SKILLSPAS_TRUST_KEY")):
        if key not in given and env.get(variable):
            given[key] = Path(env[variable]) if key == "trust_key" else env[variable]
    if "catalogue" not in given and env.get("SKILLSPAS_CATALOGUE"):
        given["catalogue"] = Path(env["SKILLSPAS_CATALOGUE"])
    given["allow_loopback_http"] = loopback_allowed(terminal, bool(flags.get("allow_loopback_http")))
    hosts = env.get("SKILLSPAS_DEV_HOSTS", "") if given["allow_loopback_http"] else ""
    return Settings(data=Path(data), dev_hosts=parse_dev_hosts(hosts) if hosts else {}, **given)
