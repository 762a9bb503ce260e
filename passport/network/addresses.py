"""Which URLs and which addresses may be reached. Pure: it resolves nothing and connects to nothing."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from passport.errors import Misconfigured
from passport.network.errors import AddressRefused, InvalidUrl, NotHttps

MAX_URL_CHARACTERS = 4096

# IANA special-purpose address registries. IPv4: refused ranges. IPv6: only global unicast, less the refused ranges
# (IPv4-mapped, NAT64, unique local, link-local, loopback and multicast all lie outside 2000::/3).
_REFUSED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    ]
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in ["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"]
)
_FORBIDDEN_CHARACTERS = re.compile(r"[^\x21-\x7e]|[\\\"<>^`{|}]")


class BadDevHosts(Misconfigured):
    """The setting for development hosts does not read as `https://name=http://127.0.0.1:port,…`."""

    code = "dev_hosts_invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """How the outside may be reached.

    allow_loopback_http: the development switch; also opens http to 127.0.0.0/8, ::1 and localhost.
    dev_hosts: https origins that are sent to loopback ports over http; counts only with the switch on.
    timeout: seconds for one fetch as a whole, redirects included.
    max_bytes: the most that one answer may hold, unless the caller says otherwise.
    user_agent: what we call ourselves; says nothing about who asks.
    """

    allow_loopback_http: bool = False
    dev_hosts: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 10.0
    max_bytes: int = 1_048_576
    user_agent: str = "skillspas"

    def dev_target(self, url: str) -> str | None:
        """Return the loopback origin that stands in for this URL's origin, or None."""
        return self.dev_hosts.get(origin_of(url)) if self.allow_loopback_http else None


def is_public(address: str) -> bool:
    """Whether an IP address is an ordinary public one, so that connecting to it is harmless to our own network."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return not any(parsed in network for network in _REFUSED_V4)
    return parsed in _GLOBAL_V6 and not any(parsed in network for network in _REFUSED_V6)


def is_loopback_host(host: str) -> bool:
    """Whether a URL's host is literally loopback: 127.0.0.0/8, ::1 or localhost. Other spellings are not."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def origin_of(url: str) -> str:
    """Return `scheme://host[:port]` in lower case, without the scheme's own port."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    default = {"https": 443, "http": 80}.get(parts.scheme.lower())
    port = f":{parts.port}" if parts.port is not None and parts.port != default else ""
    return f"{parts.scheme.lower()}://{host}{port}"


def check_url(url: str, settings: NetworkSettings) -> str:
    """Return `url` when its form may be fetched at all; the address behind its name is checked when connecting.

    Raises: InvalidUrl, NotHttps, AddressRefused.
    Source: SD-JWT VC §7.1, §7.2; the contract's development switch.
    """
    if len(url) > MAX_URL_CHARACTERS or _FORBIDDEN_CHARACTERS.search(url):
        raise InvalidUrl("too long, or characters that no URL holds")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidUrl("no URL") from error
    if not host or port == 0 or parts.username is not None or parts.password is not None:
        raise InvalidUrl("no host, port 0, or user information in the URL")
    loopback = is_loopback_host(host)
    match parts.scheme.lower():
        case "https" if loopback:
            raise AddressRefused("loopback", host=host)
        case "http" if not (loopback and settings.allow_loopback_http):
            raise NotHttps("http is only for loopback, with the development switch", host=host)
        case "https" | "http":
            return url
    raise NotHttps("neither https nor http", host=host)


def parse_dev_hosts(text: str) -> dict[str, str]:
    """Read `https://school.example=http://127.0.0.1:8001,…` into {https origin: loopback origin}.

    Raises: BadDevHosts for anything but a bare https origin before, and a loopback http origin after the sign.
    """
    hosts: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, sign, target = (part.strip().rstrip("/") for part in entry.partition("="))
        try:
            named, sent = urlsplit(name), urlsplit(target)
            good = bool(
                sign
                and named.scheme == "https"
                and named.hostname
                and name.lower() in (origin_of(name), f"{origin_of(name)}:443")
                and sent.scheme == "http"
                and sent.hostname
                and is_loopback_host(sent.hostname)
                and target.lower() in (origin_of(target), f"{origin_of(target)}:80")
            )
        except ValueError:
            good = False
        if not good:
            raise BadDevHosts("expected https://name=http://127.0.0.1:port", entry=entry[:100])
        hosts[origin_of(name)] = origin_of(target)
    return hosts
