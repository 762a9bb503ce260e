"""SD-JWT VC (`dc+sd-jwt`): issue, parse, present.

Source: SD-JWT VC §2.2 (format), §2.4 (verification); RFC 9901 for the SD-JWT under it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from passport.credentials.credential_type import CredentialType
from passport.credentials.formats.base import HeldCredential, Path, UnverifiedCredential
from passport.credentials.status_list import StatusReference
from passport.errors import Malformed
from passport.jose.encoding import JsonObject
from passport.jose.jws import JwsWriter
from passport.jose.keys import PublicKey, Signer
from passport.jose.sd_jwt import (
    HeldSdJwt,
    UnverifiedSdJwt,
    check_key_binding,
    create_sd_jwt,
    parse_sd_jwt,
)

NEVER_DISCLOSABLE: Final = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status", "iat"})
"""SD-JWT VC §2.2.2.3, and `iat`: a key's period is compared with it, so it must stand in the clear."""


class NotAnSdJwtVc(Malformed):
    """An SD-JWT, but not an SD-JWT VC."""

    code = "not_an_sd_jwt_vc"
    section = "SD-JWT VC §2.2"


class HeldSdJwtVc:
    """A credential in this format that its holder read once."""

    __slots__ = ("_held",)

    def __init__(self, held: HeldSdJwt) -> None:
        self._held = held

    def present(self, *, disclose: Collection[Path], signer: Signer, nonce: str, audience: str, at: datetime) -> str:
        """Return SD-JWT+KB with only the wanted disclosures and their parents."""
        return self._held.present(disclose, signer=signer, nonce=nonce, audience=audience, at=at)


class DcSdJwt:
    """The format `dc+sd-jwt`."""

    identifier: str = "dc+sd-jwt"
    typ: str = "dc+sd-jwt"

    def recognises(self, text: str) -> bool:
        """An SD-JWT has a tilde, also without disclosures (RFC 9901 §4)."""
        return "~" in text

    def parse(self, text: str) -> UnverifiedCredential:
        """Read an SD-JWT VC strictly. Raises: Malformed."""
        sd = parse_sd_jwt(text)
        if sd.jws.header.get("typ") != self.typ:
            raise NotAnSdJwtVc("typ is not dc+sd-jwt")
        iss, vct, iat = (sd.payload.get(name) for name in ("iss", "vct", "iat"))
        if not isinstance(iss, str) or not isinstance(vct, str) or not iss or not vct:
            raise NotAnSdJwtVc("iss and vct are strings in the clear")
        if isinstance(iat, bool) or not isinstance(iat, int):
            raise NotAnSdJwtVc("iat is a whole number of seconds in the clear")
        return UnverifiedCredential(
            format=self.identifier, text=text, jws=sd.jws, payload=sd.payload, iss=iss, vct=vct, issued_at=iat, inner=sd
        )

    def issue(
        self,
        ctype: CredentialType,
        claims: JsonObject,
        *,
        iss: str,
        writer: JwsWriter,
        holder: PublicKey | None,
        status: StatusReference | None,
        issued_at: datetime,
        expires_at: datetime | None,
    ) -> str:
        """Return the SD-JWT with all disclosures.

        writer: its header carries `typ: dc+sd-jwt`, `kid` and, for x5c issuers, the chain without the anchor.
        """
        envelope: JsonObject = {
            "iss": iss,
            "vct": ctype.vct,
            "vct#integrity": ctype.integrity,
            "iat": int(issued_at.timestamp()),
        }
        if expires_at is not None:
            envelope["exp"] = int(expires_at.timestamp())
        if holder is not None:
            envelope["cnf"] = {"jwk": dict(holder.jwk)}
        if status is not None:
            envelope["status"] = status.to_claim()
        return create_sd_jwt({**envelope, **claims}, frame=ctype.frame, writer=writer, decoys=ctype.decoys)

    def shown(self, credential: UnverifiedCredential) -> tuple[JsonObject, frozenset[tuple[str | int, ...]]]:
        """Return the shown claims, and where in them a disclosure stood. Raises: Malformed (RFC 9901 §7.1)."""
        sd: UnverifiedSdJwt = credential.inner
        processed = sd.process(never=NEVER_DISCLOSABLE)
        return processed.claims, frozenset(processed.disclosed)

    def disclosed_claims(self, credential: UnverifiedCredential) -> JsonObject:
        """Return the claims that are shown. Raises: Malformed (RFC 9901 §7.1)."""
        return self.shown(credential)[0]

    def disclosed_places(self, credential: UnverifiedCredential) -> frozenset[tuple[str | int, ...]]:
        """Return where in the shown claims a disclosure stood. Raises: Malformed (RFC 9901 §7.1)."""
        return self.shown(credential)[1]

    def present(
        self, text: str, *, disclose: Collection[Path], signer: Signer, nonce: str, audience: str, at: datetime
    ) -> str:
        """Return SD-JWT+KB with only the wanted disclosures and their parents."""
        return HeldSdJwt(parse_sd_jwt(text)).present(disclose, signer=signer, nonce=nonce, audience=audience, at=at)

    def hold(self, text: str) -> HeldCredential:
        """Read the text once, for presenting it many times. Raises: Malformed."""
        return HeldSdJwtVc(HeldSdJwt(parse_sd_jwt(text)))

    def has_holder_binding(self, credential: UnverifiedCredential) -> bool:
        """Whether a KB-JWT stands behind the last tilde."""
        sd: UnverifiedSdJwt = credential.inner
        return sd.key_binding is not None

    def holder_binding_problem(
        self,
        credential: UnverifiedCredential,
        key: PublicKey,
        *,
        nonce: str,
        audience: str,
        at: datetime,
        algorithms: Collection[str],
    ) -> str | None:
        """Check the KB-JWT (RFC 9901 §7.3). None if it holds, else a stable code."""
        return check_key_binding(
            credential.inner, key=key, expected_nonce=nonce, expected_audience=audience, at=at, algorithms=algorithms
        )
