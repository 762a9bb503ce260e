"""The metadata of a credential issuer and of its authorization server: building them, and reading them in a wallet.

Sources: OpenID4VCI 1.0 §12.2, §12.3, Appendix A.3.2 and B; RFC 8414. Signed metadata is not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from passport.errors import Malformed
from passport.jose.encoding import JsonObject
from passport.openid.oauth import check_https, check_identifier, parse_answer
from passport.openid.oid4vci.offer import AUTHORIZATION_CODE, PRE_AUTHORIZED_CODE, Offer

CREDENTIAL_ISSUER = "openid-credential-issuer"
AUTHORIZATION_SERVER = "oauth-authorization-server"
DC_SD_JWT = "dc+sd-jwt"


class MetadataMalformed(Malformed):
    """The issuer's or the authorization server's metadata is not what the standard says."""

    code = "metadata_malformed"
    section = "OpenID4VCI §12.2.4"


class IdentifierMismatch(Malformed):
    """The metadata names another issuer than the one it was asked of."""

    code = "issuer_identifier_mismatch"
    section = "OpenID4VCI §12.2.4"


class ConfigurationUnknown(Malformed):
    """The offer names a credential configuration, or an authorization server, that the issuer's metadata lacks."""

    code = "credential_configuration_unknown"
    section = "OpenID4VCI §4.1.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialConfiguration:
    """What the issuer says of one kind of credential. `display`/`claims` are its words: to be shown escaped.

    proof_algorithms: of the proof type `jwt`; None when no holder binding is asked, empty when only other types are.
    """

    id: str
    format: str
    vct: str | None
    scope: str | None
    proof_algorithms: tuple[str, ...] | None
    display: tuple[JsonObject, ...]
    claims: tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerMetadata:
    """A credential issuer's metadata, read. batch_size: how many proofs one request may carry (1: no batch)."""

    credential_issuer: str
    credential_endpoint: str
    nonce_endpoint: str | None
    deferred_credential_endpoint: str | None
    notification_endpoint: str | None
    authorization_servers: tuple[str, ...]
    batch_size: int
    encryption_required: bool
    configurations: Mapping[str, CredentialConfiguration]
    display: tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationServerMetadata:
    """An authorization server's metadata, as far as the pre-authorized code flow needs it."""

    issuer: str
    token_endpoint: str
    grant_types_supported: frozenset[str]
    anonymous_access: bool


def credential_configuration(
    type_metadata: Mapping[str, Any],
    *,
    scope: str,
    format: str = DC_SD_JWT,
    signing_algorithms: Sequence[str] = ("ES256",),
    proof_algorithms: Sequence[str] = ("ES256",),
) -> JsonObject:
    """Build one entry of `credential_configurations_supported` from a type's SD-JWT VC type metadata.

    type_metadata: holds `vct`, `display` and `claims`; their names and descriptions become the issuer's.
    """
    metadata: JsonObject = {}
    if display := [_display(entry) for entry in type_metadata.get("display", ())]:
        metadata["display"] = display
    if claims := [_claim(entry) for entry in type_metadata.get("claims", ())]:
        metadata["claims"] = claims
    return {
        "format": format,
        "scope": scope,
        "vct": type_metadata["vct"],
        "cryptographic_binding_methods_supported": ["jwk"],
        "credential_signing_alg_values_supported": list(signing_algorithms),
        "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": list(proof_algorithms)}},
        "credential_metadata": metadata,
    }


def issuer_metadata(
    *,
    credential_issuer: str,
    configurations: Mapping[str, JsonObject],
    credential_endpoint: str,
    nonce_endpoint: str,
    deferred_credential_endpoint: str | None = None,
    notification_endpoint: str | None = None,
    authorization_servers: Sequence[str] = (),
    batch_size: int = 1,
    display: Iterable[Mapping[str, Any]] = (),
) -> JsonObject:
    """Build the document of `/.well-known/openid-credential-issuer`.

    configurations: by configuration id. display: one `{"name", "locale", …}` per language.
    """
    if not configurations:
        raise TypeError("an issuer supports at least one credential configuration")
    document: JsonObject = {"credential_issuer": credential_issuer}
    if authorization_servers:
        document["authorization_servers"] = list(authorization_servers)
    document["credential_endpoint"] = credential_endpoint
    document["nonce_endpoint"] = nonce_endpoint
    if deferred_credential_endpoint is not None:
        document["deferred_credential_endpoint"] = deferred_credential_endpoint
    if notification_endpoint is not None:
        document["notification_endpoint"] = notification_endpoint
    if batch_size >= 2:
        document["batch_credential_issuance"] = {"batch_size": batch_size}
    if shown := [dict(entry) for entry in display]:
        document["display"] = shown
    document["credential_configurations_supported"] = dict(configurations)
    return document


def authorization_server_metadata(
    *, issuer: str, token_endpoint: str, grant_types: Sequence[str] = (PRE_AUTHORIZED_CODE,)
) -> JsonObject:
    """Build the document of `/.well-known/oauth-authorization-server` for the pre-authorized code flow."""
    return {
        "issuer": issuer,
        "token_endpoint": token_endpoint,
        "grant_types_supported": list(grant_types),
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["none"],
        "pre-authorized_grant_anonymous_access_supported": True,
    }


def parse_issuer_metadata(
    body: bytes | str | Mapping[str, Any], *, expected_issuer: str, allow_loopback_http: bool = False
) -> IssuerMetadata:
    """Read an issuer's metadata. Unknown members are ignored; a configuration that does not read is left out.

    Raises: IdentifierMismatch unless `credential_issuer` is character for character `expected_issuer`;
    MetadataMalformed, UrlRefused, Malformed (JSON).
    """
    value = parse_answer(body)
    if value.get("credential_issuer") != expected_issuer:
        raise IdentifierMismatch("credential_issuer is another")
    supported = value.get("credential_configurations_supported")
    if not isinstance(supported, dict):
        raise MetadataMalformed("credential_configurations_supported is no object")
    servers = value.get("authorization_servers", [])
    if not isinstance(servers, list):
        raise MetadataMalformed("authorization_servers is no list")

    def endpoint(name: str) -> str | None:
        url = value.get(name)
        return None if url is None else check_https(url, allow_loopback_http=allow_loopback_http, what=name)

    if (credential_endpoint := endpoint("credential_endpoint")) is None:
        raise MetadataMalformed("credential_endpoint is missing")
    return IssuerMetadata(
        credential_issuer=expected_issuer,
        credential_endpoint=credential_endpoint,
        nonce_endpoint=endpoint("nonce_endpoint"),
        deferred_credential_endpoint=endpoint("deferred_credential_endpoint"),
        notification_endpoint=endpoint("notification_endpoint"),
        authorization_servers=tuple(
            check_identifier(one, allow_loopback_http=allow_loopback_http, what="authorization_servers")
            for one in servers
        ),
        batch_size=_batch_size(value),
        encryption_required=_encryption_required(value),
        configurations={
            name: read for name, entry in supported.items() if (read := _configuration(name, entry)) is not None
        },
        display=_objects(value.get("display")),
    )


def parse_authorization_server_metadata(
    body: bytes | str | Mapping[str, Any], *, expected_issuer: str, allow_loopback_http: bool = False
) -> AuthorizationServerMetadata:
    """Read an authorization server's metadata. Raises: as `parse_issuer_metadata`. Source: RFC 8414 §3.3."""
    value = parse_answer(body)
    if value.get("issuer") != expected_issuer:
        raise IdentifierMismatch("issuer is another")
    grants = value.get("grant_types_supported", [AUTHORIZATION_CODE, "implicit"])
    if not isinstance(grants, list):
        raise MetadataMalformed("grant_types_supported is no list")
    return AuthorizationServerMetadata(
        issuer=expected_issuer,
        token_endpoint=check_https(
            value.get("token_endpoint"), allow_loopback_http=allow_loopback_http, what="token_endpoint"
        ),
        grant_types_supported=frozenset(grant for grant in grants if isinstance(grant, str)),
        anonymous_access=value.get("pre-authorized_grant_anonymous_access_supported") is True,
    )


def choose_authorization_server(offer: Offer, metadata: IssuerMetadata) -> str:
    """Return the issuer identifier of the authorization server that takes the offer's code.

    Raises: ConfigurationUnknown when the offer names a server that the issuer does not list.
    Source: OpenID4VCI §4.1.1, §12.2.4.
    """
    servers = metadata.authorization_servers
    if offer.authorization_server is not None:
        if offer.authorization_server not in servers:
            raise ConfigurationUnknown("authorization_server is not in the issuer's metadata")
        return offer.authorization_server
    return servers[0] if servers else metadata.credential_issuer


def choose_configurations(offer: Offer, metadata: IssuerMetadata) -> tuple[CredentialConfiguration, ...]:
    """Return the configurations that the offer names. Raises: ConfigurationUnknown."""
    try:
        return tuple(metadata.configurations[name] for name in offer.credential_configuration_ids)
    except KeyError as error:
        raise ConfigurationUnknown("a configuration of the offer is not in the issuer's metadata") from error


def _configuration(name: str, entry: object) -> CredentialConfiguration | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("format"), str):
        return None
    vct, scope, shown = entry.get("vct"), entry.get("scope"), entry.get("credential_metadata")
    if entry["format"] == DC_SD_JWT and not (isinstance(vct, str) and vct):
        return None
    shown = shown if isinstance(shown, dict) else entry
    return CredentialConfiguration(
        id=name,
        format=entry["format"],
        vct=vct if isinstance(vct, str) else None,
        scope=scope if isinstance(scope, str) else None,
        proof_algorithms=_proof_algorithms(entry.get("proof_types_supported")),
        display=_objects(shown.get("display")),
        claims=_objects(shown.get("claims")),
    )


def _proof_algorithms(types: object) -> tuple[str, ...] | None:
    if not isinstance(types, dict):
        return None
    jwt = types.get("jwt")
    values = jwt.get("proof_signing_alg_values_supported") if isinstance(jwt, dict) else None
    return tuple(alg for alg in values if isinstance(alg, str)) if isinstance(values, list) else ()


def _batch_size(value: JsonObject) -> int:
    batch = value.get("batch_credential_issuance")
    size = batch.get("batch_size") if isinstance(batch, dict) else None
    return size if isinstance(size, int) and not isinstance(size, bool) and size >= 2 else 1


def _encryption_required(value: JsonObject) -> bool:
    named = (value.get("credential_request_encryption"), value.get("credential_response_encryption"))
    return any(isinstance(one, dict) and one.get("encryption_required") is True for one in named)


def _objects(value: object) -> tuple[JsonObject, ...]:
    return tuple(entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else ()


def _display(entry: Mapping[str, Any]) -> JsonObject:
    shown: JsonObject = {"name": entry["name"], "locale": entry.get("locale") or entry["lang"]}
    if "description" in entry:
        shown["description"] = entry["description"]
    simple = entry.get("rendering", {}).get("simple", {})
    return shown | {name: simple[name] for name in ("background_color", "text_color") if name in simple}


def _claim(entry: Mapping[str, Any]) -> JsonObject:
    claim: JsonObject = {"path": list(entry["path"])}
    if entry.get("mandatory"):
        claim["mandatory"] = True
    names = [
        {"name": shown.get("label") or shown["name"], "locale": shown.get("locale") or shown["lang"]}
        for shown in entry.get("display", ())
    ]
    return claim | ({"display": names} if names else {})
