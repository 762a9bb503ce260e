"""The one credential of the benchmarks: an mbo-certificaat with 15 selectively disclosable claims, bound to a holder.

Ten of the fifteen are nested: the level of the kwalificatie and nine units. It expires, and it has a status index. What
is measured is made anew for each run, so that no cache of the last one answers.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from passport.credentials.formats import FORMATS
from passport.credentials.status_list import StatusReference
from passport.credentials.types import TYPES
from passport.jose.keys import PrivateKey
from passport.jose.sd_jwt import create_sd_jwt
from tests.benchmarks.harness import Contestant
from tests.ecosystem import Ecosystem, sample_claims

TYPE = TYPES["mbo-certificaat"]
FORM = FORMATS["dc+sd-jwt"]
NONCE, AUDIENCE = "n-0S6_WzA2Mj-n-0S6_WzA2Mj", "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk"
DISCLOSURES = 15
ALGORITHM = ec.ECDSA(hashes.SHA256())
_SIGNED_BYTES, _BINDING_BYTES = 2_000, 300  # about what the issuer and the holder sign


@cache
def world() -> Ecosystem:
    return Ecosystem(at=datetime.now(UTC).replace(microsecond=0))


@cache
def holder() -> PrivateKey:
    return PrivateKey.generate()


@cache
def claims() -> dict[str, Any]:
    """Complete claims that the schema accepts."""
    units = [
        {"unit": f"25960:P{process}-K1-W{at}", "naam": f"Voert werkproces {at} uit volgens plan"}
        for process in (1, 2, 3)
        for at in (1, 2, 3)
    ]
    found = sample_claims("mbo-certificaat", units=units)
    assert not TYPE.schema_problems(found)
    return found


@cache
def envelope() -> dict[str, Any]:
    at = world().at
    return {
        "iss": world().school.id,
        "vct": TYPE.vct,
        "iat": int((at - timedelta(days=1)).timestamp()),
        "exp": int((at + timedelta(days=365)).timestamp()),
        "cnf": {"jwk": dict(holder().public_key.jwk)},
        "status": {"status_list": {"idx": 412, "uri": world().school.status_uri}},
    }


@cache
def writer() -> Any:
    """The issuer's writer: one object a key, as the services keep it."""
    return world().school.writer("dc+sd-jwt")


def issue_core(_: Any = None) -> str:
    """Issue by `create_sd_jwt`, without decoys: the very work that the peers do."""
    return create_sd_jwt({**envelope(), **claims()}, frame=TYPE.frame, writer=writer(), decoys=None)


def issue(_: Any = None) -> str:
    """Issue as the services do: by the credential format, with the type's decoys and integrity."""
    at = world().at
    return FORM.issue(
        TYPE,
        claims(),
        iss=world().school.id,
        writer=writer(),
        holder=holder().public_key,
        status=StatusReference(uri=world().school.status_uri, index=412),
        issued_at=at - timedelta(days=1),
        expires_at=at + timedelta(days=365),
    )


def present(text: str) -> str:
    """Show everything that the credential holds, bound to this transaction: select, and sign."""
    return FORM.present(text, disclose=PATHS, signer=holder(), nonce=NONCE, audience=AUDIENCE, at=world().at)


PATHS: tuple[Any, ...] = TYPE.disclosable


def presentation() -> str:
    """A presentation that nobody has seen, of a credential that nobody has seen."""
    return present(issue_core())


@cache
def _raw() -> tuple[ec.EllipticCurvePrivateKey, bytes, bytes, bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    long, short = b"x" * _SIGNED_BYTES, b"x" * _BINDING_BYTES
    return key, long, short, key.sign(long, ALGORITHM), key.sign(short, ALGORITHM)


def raw_sign(_: Any = None) -> None:
    """The floor of issuing: one ES256 signature over as many bytes."""
    key, message, *_rest = _raw()
    key.sign(message, ALGORITHM)


def raw_sign_short(_: Any = None) -> None:
    """The floor of presenting."""
    key, _, message, *_rest = _raw()
    key.sign(message, ALGORITHM)


@cache
def _public() -> ec.EllipticCurvePublicKey:
    return _raw()[0].public_key()


def raw_verify_two(_: Any = None) -> None:
    """The floor of verifying a presentation: two ES256 verifications."""
    _, long, short, first, second = _raw()
    _public().verify(first, long, ALGORITHM)
    _public().verify(second, short, ALGORITHM)


def raw_verify(_: Any = None) -> None:
    _, long, _short, first, _second = _raw()
    _public().verify(first, long, ALGORITHM)


SIGN = Contestant(run=raw_sign)
SIGN_SHORT = Contestant(run=raw_sign_short)
VERIFY_TWO = Contestant(run=raw_verify_two)
VERIFY = Contestant(run=raw_verify)
