"""Credentials that no issuer of ours would make, signed with a good key all the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from passport.credentials.types import TYPES
from passport.jose.encoding import encode_base64url, encode_json, parse_json_object, sha256_base64url
from passport.jose.jws import JwsWriter, parse_jws
from passport.jose.keys import PrivateKey
from tests.ecosystem import Ecosystem, Organisation

TYPE = TYPES["mbo-certificaat"]


def disclosure(*parts: Any) -> str:
    """A Disclosure of these parts: salt, perhaps a name, value."""
    return encode_base64url(encode_json(list(parts)))


def digest(encoded: str) -> str:
    """What stands in `_sd` for a Disclosure."""
    return sha256_base64url(encoded.encode("ascii"))


def signed(
    school: Organisation,
    payload: Mapping[str, Any],
    disclosures: Iterable[str] = (),
    *,
    typ: str = "dc+sd-jwt",
    header: Mapping[str, Any] | None = None,
    signer: PrivateKey | None = None,
) -> str:
    """An SD-JWT of this payload, whatever it says, with the school's own key and certificate."""
    own = school.writer(typ).header
    extra = {name: value for name, value in {**own, **(header or {})}.items() if name != "alg" and value is not None}
    writer = JwsWriter(signer or school.key, extra)
    return "~".join([writer.sign(encode_json(dict(payload))), *disclosures, ""])


def changed(world: Ecosystem, **changes: Any) -> str:
    """A good mbo-certificaat of the school, signed again with other members of the payload (None removes)."""
    text = world.school.issue("mbo-certificaat", holder=world.holder()).text
    jwt, *disclosures, _ = text.split("~")
    payload = {**parse_json_object(parse_jws(jwt).payload), **changes}
    kept = {name: value for name, value in payload.items() if value is not None}
    return signed(world.school, kept, disclosures)


def moved(world: Ecosystem, name: str, value: Any) -> str:
    """As `changed`, with one more claim in a Disclosure instead of in the clear."""
    text = world.school.issue("mbo-certificaat", holder=world.holder()).text
    jwt, *disclosures, _ = text.split("~")
    payload = parse_json_object(parse_jws(jwt).payload)
    payload.pop(name, None)
    extra = disclosure("a-salt-of-128-bits-or-more", name, value)
    payload["_sd"] = [*payload["_sd"], digest(extra)]
    return signed(world.school, payload, [*disclosures, extra])


def problem(report: Any) -> tuple[str, str | None] | None:
    """(check, code) of the first check that decides against the credential."""
    found = report.first_problem()
    return None if found is None else (found.id, found.code)
