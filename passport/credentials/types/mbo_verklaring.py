"""An mbo-verklaring: the results so far, without a diploma or certificate (WEB 7.4.6a). Its results hold marks, so an
employer gets none of them by default."""

from __future__ import annotations

from passport.credentials.credential_type import COMMON_DISCLOSABLE, COMMON_SHOWN, CredentialType

MBO_VERKLARING = CredentialType(
    name="mbo-verklaring",
    vct="urn:skillspas:mbo-verklaring:1",
    issuer_kind="school",
    disclosable=(
        *COMMON_DISCLOSABLE,
        ("kwalificatie", "niveau"),
        ("resultaten", None),
        ("keuzedelen",),
    ),
    shown_by_default=(
        *COMMON_SHOWN,
        ("kwalificatie", "crebo"),
        ("kwalificatie", "naam"),
    ),
    title_claims=(("kwalificatie", "naam"),),
)
