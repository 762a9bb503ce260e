"""An ervaringscertificaat: what an EVC provider found that someone can do, against one standard.

The accreditation counts at the date of the agreement (Beleidsregel EVC-verklaringen 2014, art. 9).
"""

from __future__ import annotations

from passport.credentials.credential_type import COMMON_DISCLOSABLE, COMMON_SHOWN, CredentialType

ERVARINGSCERTIFICAAT = CredentialType(
    name="ervaringscertificaat",
    vct="urn:skillspas:ervaringscertificaat:1",
    issuer_kind="evc-aanbieder",
    disclosable=(
        *COMMON_DISCLOSABLE,
        ("units", None),
        ("route",),
    ),
    shown_by_default=(
        *COMMON_SHOWN,
        ("standaard",),
        ("units", None),
    ),
    title_claims=(("standaard", "naam"),),
    date_claim="overeenkomst_datum",
)
