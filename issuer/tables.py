"""All tables in one place, for the migrations."""

from __future__ import annotations

from sqlalchemy import MetaData

from issuer.audit.models import AuditEntry
from issuer.columns import Table
from issuer.credentials.models import Credential, IdempotentAnswer
from issuer.decisions.models import Decision
from issuer.keys.models import Authority, SigningKey
from issuer.oid4vci.models import AccessToken, Nonce, PreAuthorizedCode
from issuer.organisations.models import Accreditation, ApiKey, Organisation
from issuer.status.models import StatusEntry, StatusList

MODELS = (
    Organisation, ApiKey, Accreditation, Authority, SigningKey, Credential, IdempotentAnswer,
    PreAuthorizedCode, AccessToken, Nonce, StatusList, StatusEntry, AuditEntry, Decision,
)  # fmt: skip

METADATA: MetaData = Table.metadata
