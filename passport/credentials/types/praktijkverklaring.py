"""A praktijkverklaring: werkprocessen done at a leerbedrijf, stated by the school and countersigned by the leerbedrijf.

The countersignature is `passport.credentials.praktijkbeoordeling`. The leerbedrijf may tell more than the holder
wants (a social workplace), so it is hidden by default.
"""

from __future__ import annotations

from passport.credentials.credential_type import COMMON_DISCLOSABLE, COMMON_SHOWN, CredentialType

PRAKTIJKVERKLARING = CredentialType(
    name="praktijkverklaring",
    vct="urn:skillspas:praktijkverklaring:1",
    issuer_kind="school",
    disclosable=(
        *COMMON_DISCLOSABLE,
        ("kwalificatie", "niveau"),
        ("units", None),
        ("leerbedrijf",),
        ("periode",),
        ("praktijkbeoordeling",),
        ("praktijkbeoordeling_salt",),
    ),
    shown_by_default=(
        *COMMON_SHOWN,
        ("kwalificatie", "crebo"),
        ("kwalificatie", "naam"),
        ("units", None),
    ),
    title_claims=(("kwalificatie", "naam"),),
)
