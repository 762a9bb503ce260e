"""An mbo-certificaat: a part of a kwalificatie, or a keuzedeel, with a certificate of its own (WEB 7.2.3)."""

from __future__ import annotations

from passport.credentials.credential_type import COMMON_DISCLOSABLE, COMMON_SHOWN, CredentialType

MBO_CERTIFICAAT = CredentialType(
    name="mbo-certificaat",
    vct="urn:skillspas:mbo-certificaat:1",
    issuer_kind="school",
    disclosable=(
        *COMMON_DISCLOSABLE,
        ("kwalificatie", "niveau"),
        ("units", None),
        ("cijfer",),
        ("oordeel",),
    ),
    shown_by_default=(
        *COMMON_SHOWN,
        ("kwalificatie", "crebo"),
        ("kwalificatie", "naam"),
        ("certificaat", "code"),
        ("certificaat", "naam"),
        ("units", None),
        ("keuzedeel",),
    ),
    title_claims=(("certificaat", "code"), ("certificaat", "naam")),
)
