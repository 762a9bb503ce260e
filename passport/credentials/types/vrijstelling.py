"""A vrijstelling: the decision of an examencommissie that an exam, or a part of it, need not be taken (EKB 3b)."""

from __future__ import annotations

from passport.credentials.credential_type import COMMON_DISCLOSABLE, COMMON_SHOWN, CredentialType

VRIJSTELLING = CredentialType(
    name="vrijstelling",
    vct="urn:skillspas:vrijstelling:1",
    issuer_kind="school",
    disclosable=(
        *COMMON_DISCLOSABLE,
        ("kwalificatie", "niveau"),
        ("onderdelen", None),
        ("cijfer",),
        ("grond",),
    ),
    shown_by_default=(
        *COMMON_SHOWN,
        ("kwalificatie", "crebo"),
        ("kwalificatie", "naam"),
        ("onderdelen", None),
    ),
    title_claims=(("kwalificatie", "naam"),),
)
