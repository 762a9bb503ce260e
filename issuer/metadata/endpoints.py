"""Public documents: the three well-known ones of each organisation, and type metadata."""

from __future__ import annotations

import hashlib
import json

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.answers import PUBLIC, public_json
from issuer.context import Context
from issuer.dependencies import ContextDep, IssuerDep, ReadSession
from issuer.keys import service as keys
from issuer.offers.service import configuration_id
from issuer.oid4vci.issuance import PROOF_ALGORITHMS
from issuer.organisations import repository as organisations
from issuer.organisations.models import Organisation
from issuer.organisations.service import types_of_kind
from issuer.problems import NotFound
from passport.credentials.types import TYPES
from passport.jose.encoding import JsonObject
from passport.openid.oid4vci import authorization_server_metadata, credential_configuration, issuer_metadata

types = APIRouter(tags=["metadata"])


async def _offered_types(session: AsyncSession, organisation: Organisation) -> list[str]:
    """The credential types it is accredited for; all of its kind while it has no accreditation yet."""
    known = [name for name in types_of_kind(organisation.kind) if name in TYPES]
    accredited = {row.type for row in await organisations.accreditations(session, organisation.id)}
    return [name for name in known if name in accredited] or known


def _document(context: Context, organisation: Organisation, type_names: list[str]) -> JsonObject:
    issuer = organisation.issuer
    return issuer_metadata(
        credential_issuer=issuer,
        configurations={
            configuration_id(name): credential_configuration(
                json.loads(TYPES[name].metadata_bytes), scope=configuration_id(name), proof_algorithms=PROOF_ALGORITHMS
            )
            for name in type_names
        },
        credential_endpoint=f"{issuer}/credential",
        nonce_endpoint=f"{issuer}/nonce",
        notification_endpoint=f"{issuer}/notification",
        batch_size=context.settings.batch_size,
        display=[
            {"name": organisation.name_nl, "locale": "nl"},
            {"name": organisation.name_en, "locale": "en"},
        ],
    )


def well_known(path: str) -> APIRouter:
    """The well-known documents, between host and path (OpenID4VCI §12.2.2, RFC 8414 §3.1, SD-JWT VC §4).

    path: of the base URL, empty or starting with a slash.
    """
    router = APIRouter(prefix="/.well-known", tags=["metadata"])

    @router.get(f"/openid-credential-issuer{path}/o/{{organisation_id}}")
    async def credential_issuer(context: ContextDep, organisation: IssuerDep, session: ReadSession) -> Response:
        """Credential issuer metadata."""
        type_names = await _offered_types(session, organisation)
        if not type_names:
            raise NotFound("this kind of organisation issues no credentials to holders")
        return public_json(_document(context, organisation, type_names))

    @router.get(f"/oauth-authorization-server{path}/o/{{organisation_id}}")
    async def authorization_server(organisation: IssuerDep) -> Response:
        """Authorization server metadata."""
        if not any(name in TYPES for name in types_of_kind(organisation.kind)):
            raise NotFound("this kind of organisation issues no credentials to holders")
        return public_json(
            authorization_server_metadata(issuer=organisation.issuer, token_endpoint=f"{organisation.issuer}/token")
        )

    @router.get(f"/jwt-vc-issuer{path}/o/{{organisation_id}}")
    async def jwt_vc_issuer(organisation: IssuerDep, session: ReadSession) -> Response:
        """The keys, retired ones with their period."""
        jwks = await keys.published_jwks(session, organisation.id)
        return public_json({"issuer": organisation.issuer, "jwks": jwks})

    return router


@types.get("/vct/{type_name}")
async def type_metadata(request: Request, type_name: str) -> Response:
    """SD-JWT VC type metadata, octet for octet what `vct#integrity` covers."""
    ctype = TYPES.get(type_name)
    if ctype is None:
        raise NotFound("no such type")
    body = ctype.metadata_bytes
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**PUBLIC, "ETag": etag, "Cache-Control": "public, max-age=86400"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
