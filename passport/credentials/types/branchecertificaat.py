"""A branchecertificaat: a standard of a branch, met. Informational: it has no legal tie to a kwalificatie."""

from __future__ import annotations

from passport.credentials.credential_type import COMMON_DISCLOSABLE, COMMON_SHOWN, CredentialType

BRANCHECERTIFICAAT = CredentialType(
    name="branchecertificaat",
    vct="urn:skillspas:branchecertificaat:1",
    issuer_kind="brancheorganisatie",
    disclosable=(*COMMON_DISCLOSABLE,),
    shown_by_default=(
        *COMMON_SHOWN,
        ("standaard",),
        ("geldig_tot",),
    ),
    title_claims=(("standaard", "naam"),),
)
