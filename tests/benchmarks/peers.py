"""The peers in Python, on the same credential: each as its documentation shows, and as fast as it lets itself be used.

openvc-core hides only claims at the top level, so for issuing by it the ten nested claims stand there under names of
their own: fifteen Disclosures for all. None of the peers makes decoys here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from jwcrypto.jwk import JWK
from openvc import P256SigningKey
from openvc.proof.sd_jwt import SdJwtVcProofSuite
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from tests.benchmarks import fixture
from tests.benchmarks.fixture import AUDIENCE, DISCLOSURES, NONCE, TYPE
from tests.benchmarks.harness import Contestant

HIDDEN = tuple(path[0] for path in TYPE.disclosable if len(path) == 1 and path[0] in fixture.claims())
OPENVC, OPENVC_DOC = "openvc-core, suite and key kept", "openvc-core, as documented"
SD_JWT, SD_JWT_DOC = "sd-jwt, keys kept", "sd-jwt, as documented"


# openvc-core


@cache
def _flat() -> tuple[dict[str, Any], tuple[str, ...]]:
    claims = {**fixture.envelope(), **fixture.claims()}
    level = claims["kwalificatie"] | {}
    nested = {"kwalificatie_niveau": level.pop("niveau")}
    nested |= {f"unit_{at}": unit for at, unit in enumerate(claims.pop("units"), 1)}
    names = (*HIDDEN, *nested)
    assert len(names) == DISCLOSURES
    return {**claims, "kwalificatie": level, **nested}, names


def _openvc_key(key: Any) -> P256SigningKey:
    return P256SigningKey.from_jwk(dict(key.to_private_jwk()), "k1")


_SUITE = SdJwtVcProofSuite()


def openvc_issue() -> dict[str, Contestant]:
    claims, names = _flat()
    key = _openvc_key(fixture.world().school.key)

    def fast(_: Any) -> str:
        return _SUITE.issue(claims, signing_key=key, disclosable=names)

    def documented(_: Any) -> str:
        own = _openvc_key(fixture.world().school.key)
        return SdJwtVcProofSuite().issue(claims, signing_key=own, disclosable=names)

    assert fast(None).count("~") == DISCLOSURES + 1
    return {OPENVC: Contestant(run=fast), OPENVC_DOC: Contestant(run=documented)}


def openvc_present() -> dict[str, Contestant]:
    key = _openvc_key(fixture.holder())

    def fast(text: str) -> str:
        return _SUITE.create_presentation(text, holder_key=key, audience=AUDIENCE, nonce=NONCE)

    return {OPENVC: Contestant(run=fast, prepare=fixture.issue_core)}


def openvc_verify(make: Callable[[], str]) -> dict[str, Contestant]:
    jwk = fixture.world().school.key.public_key.to_jwk()
    asked = {"audience": AUDIENCE, "nonce": NONCE, "require_key_binding": True, "expected_vct": TYPE.vct}

    def fast(text: str) -> Any:
        return _SUITE.verify(text, public_key_jwk=jwk, **asked)

    def documented(text: str) -> Any:
        return SdJwtVcProofSuite().verify(text, public_key_jwk=dict(jwk), **asked)

    assert fast(make()).key_bound
    return {OPENVC: Contestant(run=fast, prepare=make), OPENVC_DOC: Contestant(run=documented, prepare=make)}


# sd-jwt


def _jwk(key: Any) -> JWK:
    return JWK.from_json(json.dumps(dict(key.to_private_jwk())))


@cache
def _marked() -> dict[Any, Any]:
    found: dict[Any, Any] = dict(fixture.envelope())
    del found["cnf"]  # it adds the holder's key itself
    for name, value in fixture.claims().items():
        if name == "units":
            found[name] = [SDObj(unit) for unit in value]
        elif name == "kwalificatie":
            found[name] = {SDObj(key) if key == "niveau" else key: inner for key, inner in value.items()}
        else:
            found[SDObj(name) if name in HIDDEN else name] = value
    return found


def sd_jwt_issue() -> dict[str, Contestant]:
    issuer, holder = _jwk(fixture.world().school.key), _jwk(fixture.holder())
    header = {"typ": "dc+sd-jwt", "kid": "k1"}

    def fast(_: Any) -> str:
        return str(SDJWTIssuer(_marked(), issuer, holder, extra_header_parameters=header).sd_jwt_issuance)

    def documented(_: Any) -> str:
        own, theirs = _jwk(fixture.world().school.key), _jwk(fixture.holder())
        return str(SDJWTIssuer(_marked(), own, theirs, extra_header_parameters=header).sd_jwt_issuance)

    assert fast(None).count("~") == DISCLOSURES + 1
    return {SD_JWT: Contestant(run=fast), SD_JWT_DOC: Contestant(run=documented)}


def sd_jwt_present() -> dict[str, Contestant]:
    holder = _jwk(fixture.holder())
    wanted = dict.fromkeys(HIDDEN, True) | {"kwalificatie": {"niveau": True}, "units": [True] * 9}

    def fast(text: str) -> str:
        side = SDJWTHolder(text)
        side.create_presentation(wanted, NONCE, AUDIENCE, holder)
        return str(side.sd_jwt_presentation)

    assert fast(fixture.issue_core()).count("~") == DISCLOSURES + 1
    return {SD_JWT: Contestant(run=fast, prepare=fixture.issue_core)}


def sd_jwt_verify(make: Callable[[], str]) -> dict[str, Contestant]:
    issuer = _jwk(fixture.world().school.key)

    def fast(text: str) -> Any:
        return SDJWTVerifier(text, lambda *_: issuer, AUDIENCE, NONCE).get_verified_payload()

    def documented(text: str) -> Any:
        def key(*_: Any) -> JWK:
            return _jwk(fixture.world().school.key)

        return SDJWTVerifier(text, key, AUDIENCE, NONCE).get_verified_payload()

    assert fast(make())["given_name"] == "Test"
    return {SD_JWT: Contestant(run=fast, prepare=make), SD_JWT_DOC: Contestant(run=documented, prepare=make)}
