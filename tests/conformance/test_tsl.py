"""Token Status List: what the matrix names and no other test shows."""

from __future__ import annotations

import zlib

import pytest

from passport.credentials.status_list import MAX_INFLATED_BYTES, StatusBits, decode_list
from passport.jose.encoding import encode_base64url, encode_json
from passport.verification import parse_presented
from passport.verification.verify import needs
from tests.conformance.signing import changed, problem
from tests.ecosystem import INVALID, Ecosystem


def token(world: Ecosystem, *, by=None, header=None, **changes: object) -> bytes:
    """A Status List Token of the school with other claims (None removes)."""
    school = world.school
    claims = {
        "sub": school.status_uri,
        "iat": int(world.at.timestamp()),
        "exp": int(world.at.timestamp()) + 3600,
        "ttl": 60,
        "status_list": {"bits": 2, "lst": encode_base64url(school.statuses.compress())},
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return (by or school).writer("statuslist+jwt").sign(encode_json(kept)).encode()


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_tsl_01_the_first_entry_is_the_least_significant(bits: int) -> None:
    made = StatusBits(size=16, bits=bits)
    made.set(0, 1)
    assert made.to_bytes()[0] == 1
    made.set(16 - 1, (1 << bits) - 1)
    assert made.to_bytes()[-1] >> (8 - bits) == (1 << bits) - 1
    entry = {"bits": bits, "lst": encode_base64url(made.compress())}
    read = decode_list({"status_list": entry})
    assert [read.get(index) for index in (0, 1, 15)] == [1, 0, (1 << bits) - 1]


@pytest.mark.parametrize("bits", [0, 3, 16, "2", True, None])
def test_tsl_01_other_sizes_are_refused(world: Ecosystem, judge, bits: object) -> None:
    issued = world.school.issue()
    world.school.status_token = token(
        world, status_list={"bits": bits, "lst": encode_base64url(zlib.compress(b"\0" * 99))}
    )
    assert problem(judge(issued.text)) == ("status", "status_list_invalid")


def test_tsl_02_a_list_is_zlib_at_the_highest_level(world: Ecosystem) -> None:
    assert world.school.statuses.compress() == zlib.compress(world.school.statuses.to_bytes(), 9)


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "https://issuer.example/o/school-a/status/2"},
        {"sub": None},
        {"iat": None},
        {"iat": "now"},
        {"status_list": None},
        {"ttl": 0},
        {"ttl": -5},
        {"ttl": "60"},
        {"exp": 1},
        {"nbf": 4_000_000_000},
        {"iss": "https://issuer.example/o/evc-e"},
    ],
    ids=str,
)
def test_tsl_03_08_a_list_that_is_not_as_asked_says_nothing(world: Ecosystem, judge, changes: dict) -> None:
    issued = world.school.issue()
    world.school.status_token = token(world)
    assert judge(issued.text).verdict == "accepted"
    world.school.status_token = token(world, **changes)
    report = judge(issued.text)
    assert (report.verdict, problem(report)) == ("undetermined", ("status", "status_list_invalid"))


@pytest.mark.parametrize(
    "status",
    [
        {},
        [],
        "valid",
        {"status_list": {"uri": "https://issuer.example/o/school-a/status/1"}},
        {"status_list": {"idx": -1, "uri": "https://issuer.example/o/school-a/status/1"}},
        {"status_list": {"idx": "7", "uri": "https://issuer.example/o/school-a/status/1"}},
        {"status_list": {"idx": 1.5, "uri": "https://issuer.example/o/school-a/status/1"}},
        {"status_list": {"idx": 7}},
    ],
    ids=str,
)
def test_tsl_04_a_reference_that_is_none_rejects_and_fetches_nothing(world: Ecosystem, judge, status: object) -> None:
    from passport.verification import Materials

    text = changed(world, status=status)
    assert problem(judge(text)) == ("status", "status_malformed")
    assert needs(parse_presented(text), Materials(), world.register(), at=world.at) == ()


def test_tsl_07_a_credential_that_is_invalid_of_itself_stays_so_whatever_the_list_says(world: Ecosystem, judge) -> None:
    for changes in ({"exp": 1}, {"nbf": 4_000_000_000}):
        report = judge(changed(world, **changes))
        assert (report.verdict, problem(report)[0]) == ("rejected", "validity")
        assert report.check("status").outcome.value == "passed"


def test_tsl_14_a_list_of_another_organisation_does_not_count(world: Ecosystem, judge) -> None:
    issued = world.school.issue()
    world.school.set_status(issued, INVALID)
    world.school.status_token = token(world, by=world.evc, status_list={
        "bits": 2, "lst": encode_base64url(StatusBits(size=4096).compress())})  # fmt: skip
    report = judge(issued.text)
    assert (report.verdict, problem(report)) == ("undetermined", ("status", "status_list_invalid"))


def test_tsl_15_a_bomb_is_not_inflated_beyond_the_cap(world: Ecosystem, judge) -> None:
    issued = world.school.issue()
    bomb = zlib.compress(b"\0" * (MAX_INFLATED_BYTES + 1), 9)
    assert len(bomb) < 10_000
    world.school.status_token = token(world, status_list={"bits": 2, "lst": encode_base64url(bomb)})
    assert problem(judge(issued.text)) == ("status", "status_list_invalid")
