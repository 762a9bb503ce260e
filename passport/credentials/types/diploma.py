"""A diploma: a whole kwalificatie, awarded by the examencommissie of a school (WEB 7.4.6)."""

from __future__ import annotations

from passport.credentials.credential_type import COMMON_DISCLOSABLE, COMMON_SHOWN, CredentialType

DIPLOMA = CredentialType(
    name="diploma",
    vct="urn:skillspas:diploma:1",
    issuer_kind="school",
    disclosable=(
        *COMMON_DISCLOSABLE,
        ("kwalificatie", "niveau"),
        ("resultaten", None),
        ("evidence",),
    ),
    shown_by_default=(
        *COMMON_SHOWN,
        ("kwalificatie", "crebo"),
        ("kwalificatie", "naam"),
    ),
    title_claims=(("kwalificatie", "naam"),),
)
