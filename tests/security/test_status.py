"""A status list from a careless or hostile host: never a crash, never "valid"."""

from __future__ import annotations

from typing import Any

import pytest

from passport.network.gathering import life_of
from tests.ecosystem import Ecosystem, Holder
from tests.security.judging import judge, problem, serve_list, signed_anew

HOSTILE: dict[str, dict[str, Any]] = {
    "exp far away": {"exp": 1e308},
    "exp of forty digits": {"exp": 10**39},
    "iat null": {"iat": None},
    "iat true": {"iat": True},
    "bits 2.0": {"status_list": {"bits": 2.0}},
    "bits true": {"status_list": {"bits": True}},
    "bits a list": {"status_list": {"bits": []}},
    "lst empty": {"status_list": {"lst": ""}},
    "sub a list": {"sub": []},
    "iss a list": {"iss": []},
    "iss another": {"iss": "https://issuer.example/o/evc-e"},
    "ttl text": {"ttl": "x"},
    "ttl nought": {"ttl": 0},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_list_that_is_not_sound_is_undetermined(world: Ecosystem, holder: Holder, case: str) -> None:
    held = world.school.issue(holder=holder)
    serve_list(world.school, **HOSTILE[case])
    assert problem(judge(world, held.text)) == ("undetermined", "status_list_invalid")
    life_of("status_list", world.school.status_token, at=world.at)


@pytest.mark.parametrize("iat", [-(10**14), -1e14, -62135596801, -1, 0])
def test_a_list_from_before_the_calendar_is_no_crash(world: Ecosystem, holder: Holder, iat: float) -> None:
    held = world.school.issue(holder=holder)
    serve_list(world.school, iat=iat)
    assert judge(world, held.text).verdict == "undetermined"  # no certificate was valid then


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ({"idx": 10**39}, ("rejected", "status_index_outside")),
        ({"idx": -1}, ("rejected", "status_malformed")),
        ({"idx": 7.0}, ("rejected", "status_malformed")),
        ({"idx": "7"}, ("rejected", "status_malformed")),
        ({"idx": True}, ("rejected", "status_malformed")),
        ({"uri": ["x"]}, ("rejected", "status_malformed")),
        ({"uri": "\u0000"}, ("undetermined", "status_unavailable")),
    ],
)
def test_a_hostile_reference_is_never_valid(
    world: Ecosystem, holder: Holder, reference: dict[str, Any], answer: tuple[str, str]
) -> None:
    text = world.school.issue(holder=holder).text
    status = {"status_list": {"idx": 7, "uri": world.school.status_uri, **reference}}
    assert problem(judge(world, signed_anew(world.school, text, status=status))) == answer


def test_the_list_of_another_organisation_says_nothing(world: Ecosystem, holder: Holder) -> None:
    text = world.school.issue(holder=holder).text
    status = {"status_list": {"idx": 7, "uri": world.evc.status_uri}}
    assert problem(judge(world, signed_anew(world.school, text, status=status)))[0] == "undetermined"


def test_a_status_list_is_no_credential_and_a_credential_no_status_list(world: Ecosystem, holder: Holder) -> None:
    from passport.errors import Malformed
    from passport.verification.presented import parse_presented

    with pytest.raises(Malformed):
        parse_presented(world.school.status_list().decode() + "~")
    held = world.school.issue(holder=holder)
    world.school.status_token = held.text.split("~")[0].encode()
    assert judge(world, held.text).verdict == "undetermined"
