"""The wire formats. One file, one object, one line in `FORMATS`; no `if format ==` elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from passport.credentials.formats.base import Format, UnverifiedCredential
from passport.credentials.formats.dc_sd_jwt import DcSdJwt
from passport.errors import Malformed

FORMATS: Mapping[str, Format] = MappingProxyType({DcSdJwt.identifier: DcSdJwt()})

__all__ = ["FORMATS", "Format", "UnknownFormat", "UnverifiedCredential", "parse_credential"]


class UnknownFormat(Malformed):
    """No format that we know recognises the text."""

    code = "unknown_format"


def parse_credential(text: str) -> UnverifiedCredential:
    """Parse a credential or presentation in whichever format it is. Raises: Malformed."""
    for form in FORMATS.values():
        if form.recognises(text):
            return form.parse(text)
    raise UnknownFormat("the text is not a credential in a known format")
