"""Status lists: served, cached, filled, signed with the key of the credentials in them."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from issuer.keys import service as keys
from issuer.organisations import service as organisations
from issuer.status import service as status_lists
from passport.credentials.formats import parse_credential
from passport.credentials.status_list import decode_list
from passport.jose.encoding import decode_base64url, parse_json_object
from passport.jose.jws import parse_jws
from tests.services.issuer.conftest import Issuer, at_once

pytestmark = pytest.mark.anyio


async def place_of(issuer: Issuer, answer: Any) -> tuple[str, int, str]:
    """(uri, index, kid) of a credential taken from an offer."""
    credential = parse_credential((await issuer.take(answer))["credentials"][0]["credential"])
    entry = credential.payload["status"]["status_list"]
    return entry["uri"], entry["idx"], credential.jws.header["kid"]


def decoded(body: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    jws = parse_jws(body.decode())
    return jws.header, parse_json_object(jws.payload)


async def test_a_list_says_what_the_standard_asks(make_issuer: Any) -> None:
    issuer = await make_issuer(status_ttl=60)
    uri, _, kid = await place_of(issuer, await issuer.offer())
    assert uri == f"{issuer.school.issuer}/status/1"
    answer = await issuer.client.get(uri, headers={"Accept-Encoding": "identity"})
    header, claims = decoded(answer.content)
    assert answer.headers["content-type"] == "application/statuslist+jwt"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] in ("public, max-age=60", "public, max-age=59")
    assert (header["typ"], header["kid"]) == ("statuslist+jwt", kid)
    assert (claims["sub"], claims["ttl"], claims["status_list"]["bits"]) == (uri, 60, 2)
    assert claims["iat"] <= issuer.clock().timestamp() < claims["exp"]
    assert decode_list(claims).size == 131_072


async def test_a_list_is_not_made_at_the_highest_level_of_zlib_since_a_caller_waits(issuer: Issuer) -> None:
    uri, _, _ = await place_of(issuer, await issuer.offer())
    _, claims = decoded((await issuer.client.get(uri, headers={"Accept-Encoding": "identity"})).content)
    assert decode_base64url(claims["status_list"]["lst"])[1] >> 6 != 3  # RFC 1950 §2.2: FLEVEL, 3 for the highest


async def test_a_list_is_compressed_on_request_and_not_sent_twice(issuer: Issuer) -> None:
    uri, _, _ = await place_of(issuer, await issuer.offer())
    plain = await issuer.client.get(uri, headers={"Accept-Encoding": "identity"})
    packed = await issuer.client.get(uri, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert gzip.decompress(gzip.compress(plain.content)) == plain.content
    same = await issuer.client.get(uri, headers={"If-None-Match": plain.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert (await issuer.client.get(uri + "?time=1")).status_code == 501
    for wrong in ("0", "2", "x", "99999999999999999999"):
        assert (await issuer.client.get(f"{issuer.school.issuer}/status/{wrong}")).status_code in (404, 422)


async def test_a_token_is_made_once_a_ttl_or_change(make_issuer: Any) -> None:
    issuer = await make_issuer(status_ttl=60)
    answer = await issuer.offer()
    uri, index, _ = await place_of(issuer, answer)
    first = {one.content for one in await at_once(*(issuer.client.get(uri) for _ in range(20)))}
    assert len(first) == 1
    issuer.clock.forward(seconds=61)
    second = (await issuer.client.get(uri)).content
    assert second not in first
    await issuer.post(f"/credentials/{answer['id']}/status", {"status": "suspended", "reason": "fraude"})
    third = (await issuer.client.get(uri)).content
    assert third != second
    assert decode_list(decoded(third)[1]).get(index) == 2


async def test_indexes_are_random_unique_and_a_list_is_not_filled_to_the_brim(make_issuer: Any) -> None:
    issuer = await make_issuer(status_list_size=16)
    places = [await place_of(issuer, await issuer.offer()) for _ in range(30)]
    assert len({place[:2] for place in places}) == 30
    lists = {uri for uri, _, _ in places}
    assert lists == {f"{issuer.school.issuer}/status/{n}" for n in (1, 2, 3)}
    assert [index for _, index, _ in places] != sorted(index for _, index, _ in places)
    assert status_lists.FILL == 0.75


async def test_after_a_rotation_new_credentials_go_to_a_list_of_the_new_key(issuer: Issuer) -> None:
    old_uri, _, old_kid = await place_of(issuer, await issuer.offer())

    async def rotate(*, compromised: bool = False) -> None:
        async with issuer.context.database.writing() as session:
            organisation = await organisations.require(session, "school-a")
            await keys.create_current(session, issuer.context, organisation, at=issuer.clock(), compromised=compromised)

    await rotate()
    new_uri, _, new_kid = await place_of(issuer, await issuer.offer())
    assert old_uri != new_uri
    assert decoded((await issuer.client.get(old_uri)).content)[0]["kid"] == old_kid
    assert decoded((await issuer.client.get(new_uri)).content)[0]["kid"] == new_kid
    await rotate(compromised=True)
    assert decoded((await issuer.client.get(new_uri)).content)[0]["kid"] not in (old_kid, new_kid)


async def test_an_organisation_cannot_flip_anothers_index(issuer: Issuer) -> None:
    answer = await issuer.offer()
    uri, index, _ = await place_of(issuer, answer)
    async with issuer.context.database.writing() as session:
        assert await status_lists.put(session, "school-b", answer["id"], status="revoked") == 0
    assert decode_list(decoded((await issuer.client.get(uri)).content)[1]).get(index) == 0


async def test_a_reason_is_needed_to_revoke_and_not_to_suspend(issuer: Issuer) -> None:
    answer = await issuer.offer()
    await issuer.take(answer)
    path = f"/credentials/{answer['id']}/status"
    assert (await issuer.post(path, {"status": "suspended"})).json()["status"] == "suspended"
    refused = await issuer.post(path, {"status": "revoked"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/reason")
