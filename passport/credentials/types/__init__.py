"""The seven credential types.

A new one is a file here, a line in `TYPES`, and its files in `schemas/claims` and `schemas/vct`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from passport.credentials.credential_type import CredentialType
from passport.credentials.types.branchecertificaat import BRANCHECERTIFICAAT
from passport.credentials.types.diploma import DIPLOMA
from passport.credentials.types.ervaringscertificaat import ERVARINGSCERTIFICAAT
from passport.credentials.types.mbo_certificaat import MBO_CERTIFICAAT
from passport.credentials.types.mbo_verklaring import MBO_VERKLARING
from passport.credentials.types.praktijkverklaring import PRAKTIJKVERKLARING
from passport.credentials.types.vrijstelling import VRIJSTELLING

TYPES: Mapping[str, CredentialType] = MappingProxyType(
    {
        credential_type.name: credential_type
        for credential_type in (
            DIPLOMA,
            MBO_CERTIFICAAT,
            MBO_VERKLARING,
            PRAKTIJKVERKLARING,
            ERVARINGSCERTIFICAAT,
            VRIJSTELLING,
            BRANCHECERTIFICAAT,
        )
    }
)
_BY_VCT = {credential_type.vct: credential_type for credential_type in TYPES.values()}


def by_vct(vct: object) -> CredentialType | None:
    """Return the type with exactly this `vct`, or None for a type that is not ours."""
    return _BY_VCT.get(vct) if isinstance(vct, str) else None


__all__ = ["TYPES", "CredentialType", "by_vct"]
