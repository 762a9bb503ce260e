"""The only door to the outside: fetching over https, and the clock.

Everything else under `passport/` is pure. Every address that comes from a credential, an offer or a request is
somebody else's word: it is fetched by https only, from public addresses only, with bounded size, time and redirects.
Nothing here judges what was fetched.
"""

from __future__ import annotations

from passport.network.addresses import NetworkSettings, check_url, is_loopback_host, is_public, parse_dev_hosts
from passport.network.errors import (
    AddressRefused,
    ConnectionFailed,
    HttpStatus,
    InvalidUrl,
    NameNotFound,
    NotHttps,
    RedirectRefused,
    TimedOut,
    TooLarge,
)
from passport.network.fetcher import Fetched, Fetcher, now
from passport.network.gathering import MaterialCache, gather

__all__ = [
    "AddressRefused",
    "ConnectionFailed",
    "Fetched",
    "Fetcher",
    "HttpStatus",
    "InvalidUrl",
    "MaterialCache",
    "NameNotFound",
    "NetworkSettings",
    "NotHttps",
    "RedirectRefused",
    "TimedOut",
    "TooLarge",
    "check_url",
    "gather",
    "is_loopback_host",
    "is_public",
    "now",
    "parse_dev_hosts",
]
