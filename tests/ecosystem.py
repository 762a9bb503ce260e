"""A small world in memory: organisations with keys and certificates, a register, status lists, holders. No service runs.

Everything is made by passport's own functions, with real signatures. Switches misbehave on purpose:

    world = Ecosystem()
    world.school, world.leerbedrijf, world.evc          # organisations, in the register, accredited for everything
    holder = world.holder()
    issued = world.school.issue("mbo-certificaat", holder=holder)         # .text, .index, .claims
    issued = world.school.issue("mbo-certificaat", holder=holder, signer=PrivateKey.generate())   # a wrong key
    world.school.set_status(issued, INVALID)            # revoked
    world.down.add(world.school.status_uri)             # its status list cannot be fetched
    world.register(); world.register_bytes(); world.register_bytes(sign=True)
    presented = holder.present(issued, nonce="n", audience="a", disclose=[("units", None)])
    materials = world.materials(); async with world.fetcher() as fetcher: ...
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from passport.credentials.formats import FORMATS
from passport.credentials.praktijkbeoordeling import create_assessment
from passport.credentials.status_list import INVALID, SUSPENDED, VALID, StatusBits, StatusReference
from passport.credentials.status_list import create_status_list_token as create_list
from passport.credentials.types import TYPES
from passport.jose.jws import JwsWriter
from passport.jose.jwt import create_jwt
from passport.jose.keys import PrivateKey, Signer
from passport.network import Fetched, Fetcher, HttpStatus
from passport.trust.register import TrustRegister, parse_register
from passport.verification.materials import STATUS_LIST, Material, Materials

__all__ = ["INVALID", "SUSPENDED", "VALID", "Ecosystem", "Holder", "Issued", "Organisation", "sample_claims"]

AT = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
ALL_TYPES = {
    "school": ["diploma", "mbo-certificaat", "mbo-verklaring", "praktijkverklaring", "vrijstelling"],
    "evc-aanbieder": ["ervaringscertificaat"],
    "brancheorganisatie": ["branchecertificaat"],
    "leerbedrijf": ["praktijkbegeleiding"],
}
LIST_SIZE = 4096


@cache
def _example(type: str) -> Mapping[str, Any]:
    text = (resources.files("schemas") / "examples" / f"{type}.json").read_text("utf-8")
    claims: Mapping[str, Any] = json.loads(text)["claims"]
    return claims


def sample_claims(type: str, **changes: Any) -> dict[str, Any]:
    """Complete claims of one type, as in `schemas/examples/`, with changes at the top level (None removes)."""
    claims = {**deepcopy(dict(_example(type))), **changes}
    return {name: value for name, value in claims.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A credential as its holder has it, with all disclosures."""

    text: str
    type: str
    index: int
    claims: Mapping[str, Any]
    holder: Holder | None


@dataclass(kw_only=True)
class Holder:
    """A person's wallet: one key, unless a fresh one is asked for each credential."""

    world: Ecosystem
    key: PrivateKey = field(default_factory=PrivateKey.generate)

    def present(
        self,
        issued: Issued | str,
        *,
        nonce: str = "nonce",
        audience: str = "verifier",
        disclose: Collection[tuple[str | int | None, ...]] | None = None,
        at: datetime | None = None,
        key: PrivateKey | None = None,
    ) -> str:
        """A presentation bound to nonce and audience. disclose: None shows everything; key: another one, to cheat."""
        text = issued if isinstance(issued, str) else issued.text
        form = FORMATS["dc+sd-jwt"]
        wanted = form.disclosed_places(form.parse(text)) if disclose is None else disclose
        return form.present(
            text, disclose=wanted, signer=key or self.key, nonce=nonce, audience=audience, at=at or self.world.at
        )


class Organisation:
    """One organisation: a small certificate authority, a leaf certificate, a status list."""

    def __init__(self, world: Ecosystem, id: str, kind: str, name: str, *, mechanism: str) -> None:
        self.world, self.id, self.kind, self.name, self.mechanism = world, id, kind, name, mechanism
        self.key = PrivateKey.generate()
        self._anchor_key = ec.generate_private_key(ec.SECP256R1())
        self.anchor = self._certificate(f"{name} - anchor", self._anchor_key.public_key(), is_anchor=True)
        self.leaf = self.make_leaf(self.key)
        self.status_uri = f"{id}/status/1"
        self.statuses = StatusBits(size=LIST_SIZE)
        self.status_signer: PrivateKey | None = None
        self.status_token: bytes | None = None
        self.accreditations: list[dict[str, Any]] = [
            {"type": type, "crebo": "*", "valid_from": "2015-01-01", "valid_until": None}
            for type in ALL_TYPES.get(kind, [])
        ]
        self.compromised = False
        self._next_index = 7

    # Certificates

    def make_leaf(self, key: PrivateKey, *, uri: str | None = None, days: int = 3650) -> x509.Certificate:
        """A certificate for a key, with a URI SAN equal to `iss` (or another `uri`, to misbehave)."""
        public = serialization.load_pem_public_key(key.public_key.to_pem().encode())
        return self._certificate(self.name, public, uri=self.id if uri is None else uri, days=days)

    def _certificate(
        self, name: str, public: Any, *, is_anchor: bool = False, uri: str = "", days: int = 3650
    ) -> x509.Certificate:
        start = self.world.at - timedelta(days=3000)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
        issuer = subject if is_anchor else self.anchor.subject
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=3000 + days))
            .add_extension(x509.BasicConstraints(ca=is_anchor, path_length=0 if is_anchor else None), critical=True)
            .add_extension(_usage(is_anchor), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )
        if not is_anchor:
            authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._anchor_key.public_key())
            builder = builder.add_extension(authority, critical=False)
            names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._anchor_key, hashes.SHA256())

    def x5c(self, leaf: x509.Certificate | None = None) -> list[str]:
        """The header's `x5c`: the leaf alone, the anchor stays out."""
        import base64

        return [base64.b64encode((leaf or self.leaf).public_bytes(serialization.Encoding.DER)).decode()]

    # Issuing

    def writer(self, typ: str, *, signer: Signer | None = None, leaf: x509.Certificate | None = None) -> JwsWriter:
        """A writer with this organisation's header; another signer or leaf, to misbehave."""
        header: dict[str, Any] = {"typ": typ, "kid": self.key.public_key.thumbprint}
        if self.mechanism == "x5c":
            header["x5c"] = self.x5c(leaf)
        return JwsWriter(signer or self.key, header)

    def issue(
        self,
        type: str = "mbo-certificaat",
        claims: Mapping[str, Any] | None = None,
        *,
        holder: Holder | None = None,
        signer: Signer | None = None,
        leaf: x509.Certificate | None = None,
        iss: str | None = None,
        issued_at: datetime | None = None,
        expires_at: datetime | None = None,
        with_status: bool = True,
        index: int | None = None,
        **changes: Any,
    ) -> Issued:
        """Issue one credential. claims: instead of the sample's; changes: single claims, None removes one."""
        full = dict(claims) if claims is not None else sample_claims(type)
        full["awarding_body"] = {"naam": self.name, "brin": "99XX"}
        full = {name: value for name, value in {**full, **changes}.items() if value is not None}
        if type == "praktijkverklaring" and claims is None and "praktijkbeoordeling" not in changes:
            full |= self.world.leerbedrijf.assess(full)
        if index is None:
            index = self._next_index
            self._next_index += 13
        text = FORMATS["dc+sd-jwt"].issue(
            TYPES[type],
            full,
            iss=self.id if iss is None else iss,
            writer=self.writer("dc+sd-jwt", signer=signer, leaf=leaf),
            holder=holder.key.public_key if holder is not None else None,
            status=StatusReference(uri=self.status_uri, index=index) if with_status else None,
            issued_at=issued_at or self.world.at - timedelta(days=1),
            expires_at=expires_at,
        )
        return Issued(text=text, type=type, index=index, claims=full, holder=holder)

    def assess(self, claims: Mapping[str, Any], *, signer: Signer | None = None) -> dict[str, Any]:
        """A leerbedrijf's assessment of a praktijkverklaring's units, as the claims that the school adds."""
        wanted = ("kwalificatie", "units", "periode", "given_name", "family_name", "birthdate")
        assessment, salt = create_assessment(
            {name: claims[name] for name in wanted},
            writer=self.writer("praktijkbeoordeling+jwt", signer=signer),
            iss=self.id,
            at=self.world.at - timedelta(days=2),
        )
        return {
            "leerbedrijf": {"naam": self.name, "id": self.id},
            "praktijkbeoordeling": assessment,
            "praktijkbeoordeling_salt": salt,
        }

    # Status

    def set_status(self, issued: Issued, status: int) -> None:
        """VALID, INVALID (revoked) or SUSPENDED."""
        self.statuses.set(issued.index, status)

    def status_list(self) -> bytes:
        """The signed Status List Token as it is served now; `status_token` overrides it, to misbehave."""
        if self.status_token is not None:
            return self.status_token
        return create_list(
            self.statuses,
            uri=self.status_uri,
            writer=self.writer("statuslist+jwt", signer=self.status_signer),
            issued_at=self.world.at - timedelta(minutes=1),
            expires_at=self.world.at + timedelta(days=1),
            ttl=1,
        ).encode()

    # Register

    def entry(self) -> dict[str, Any]:
        """This organisation's entry in the register."""
        keys: dict[str, Any]
        if self.mechanism == "x5c":
            keys = {
                "mechanism": "x5c",
                "anchors": [self.anchor.public_bytes(serialization.Encoding.PEM).decode()],
            }
            if self.compromised:
                keys["compromised"] = [{"x5t#S256": _thumbprint(self.leaf), "compromised_at": "2026-06-01"}]
        else:
            jwk = self.key.public_key.to_jwk(kid=self.key.public_key.thumbprint)
            one = {"jwk": jwk, "valid_from": "2015-01-01", "valid_until": None}
            if self.compromised:
                one["compromised_at"] = "2026-06-01"
            keys = {"mechanism": "jwks", "jwks": [one]}
        return {
            "id": self.id,
            "kind": self.kind,
            "name": {"nl": self.name, "en": self.name},
            "identifiers": {},
            "keys": keys,
            "accreditations": self.accreditations,
        }


class Ecosystem:
    """The whole world. at: its time, everywhere. mechanism: how the organisations' keys stand in the register."""

    def __init__(self, *, at: datetime = AT, mechanism: str = "x5c") -> None:
        self.at = at
        self.mechanism = mechanism
        self.organisations: list[Organisation] = []
        self.down: set[str] = set()
        self.unlisted: set[str] = set()
        self.operator_key = PrivateKey.generate()
        self.sequence = 1
        self.next_update = at + timedelta(days=30)
        self.school = self.add("school", "School A", "https://issuer.example/o/school-a")
        self.leerbedrijf = self.add("leerbedrijf", "Leerbedrijf L", "https://issuer.example/o/leerbedrijf-l")
        self.evc = self.add("evc-aanbieder", "EVC-aanbieder E", "https://issuer.example/o/evc-e")

    def add(self, kind: str, name: str, id: str, *, mechanism: str | None = None) -> Organisation:
        """Another organisation, in the register, accredited for every type of its kind and every crebo."""
        made = Organisation(self, id, kind, name, mechanism=mechanism or self.mechanism)
        self.organisations.append(made)
        return made

    def holder(self) -> Holder:
        """A new person with a new key."""
        return Holder(world=self)

    # Register

    def register_document(self, extra: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """The register as JSON. extra: entries of other organisations, such as a verifier's `trust-entry`."""
        listed = [one.entry() for one in self.organisations if one.id not in self.unlisted]
        return {
            "version": 1,
            "sequence": self.sequence,
            "operator": "https://register.example",
            "issued_at": (self.at - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "next_update": self.next_update.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "organisations": [*listed, *extra],
        }

    def register_bytes(self, *, sign: bool = False, extra: Iterable[Mapping[str, Any]] = ()) -> bytes:
        """The register as a file holds it; signed by `operator_key` when asked."""
        document = self.register_document(extra)
        if not sign:
            return json.dumps(document).encode()
        return create_jwt(document, signer=self.operator_key, typ="trust-register+jwt").encode()

    def register(self) -> TrustRegister:
        """The register, parsed."""
        return parse_register(self.register_bytes())

    # What is fetched

    def documents(self) -> dict[str, bytes]:
        """Everything that can be fetched now, by URL."""
        lists = {one.status_uri: one.status_list() for one in self.organisations}
        return {url: body for url, body in lists.items() if url not in self.down}

    def materials(self) -> Materials:
        """All documents as they were fetched now; one that is down failed."""
        reachable = self.documents()
        return Materials().plus(
            Material(
                kind=STATUS_LIST,
                url=one.status_uri,
                body=reachable.get(one.status_uri),
                fetched_at=self.at,
                error=None if one.status_uri in reachable else "http_status",
            )
            for one in self.organisations
        )

    def fetcher(self) -> MemoryFetcher:
        """A way to the outside that ends in this world; `asked` lists what was asked."""
        return MemoryFetcher(self)


class MemoryFetcher(Fetcher):
    """Fetches from a world instead of the network; all else is a 404."""

    def __init__(self, world: Ecosystem) -> None:
        super().__init__()
        self.world = world
        self.asked: list[str] = []
        self.more: dict[str, bytes] = {}

    async def get(
        self, url: str, *, accept: str = "*/*", max_bytes: int | None = None, max_redirects: int = 3
    ) -> Fetched:
        self.asked.append(url)
        body = {**self.world.documents(), **self.more}.get(url)
        if body is None:
            raise HttpStatus("not 2xx", status=404, host="memory")
        return Fetched(url=url, status=200, headers={}, body=body, fetched_at=self.world.at)


def _usage(is_anchor: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_anchor,
        key_cert_sign=is_anchor,
        crl_sign=is_anchor,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _thumbprint(certificate: x509.Certificate) -> str:
    from passport.jose.encoding import sha256_base64url

    return sha256_base64url(certificate.public_bytes(serialization.Encoding.DER))
