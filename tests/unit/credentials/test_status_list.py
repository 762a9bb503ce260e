"""Token Status List: the official vectors, and what is refused. §4, §5.1, §8.3."""

import datetime as dt
import json
import zlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport.credentials.status_list import (
    MAX_INFLATED_BYTES,
    StatusBits,
    StatusIndexOutside,
    StatusListMalformed,
    create_status_list_token,
    decode_list,
    parse_status_reference,
)
from passport.errors import Malformed
from passport.jose.encoding import encode_base64url, parse_json_object
from passport.jose.jws import JwsWriter, check_signature, parse_jws
from passport.jose.keys import PrivateKey
from tests.paths import vectors

VECTORS = json.loads(vectors("tsl/status_list_vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["small"], ids=lambda vector: f"{vector['bits']} bits")
def test_official_small_vectors(vector):
    bits = StatusBits(size=len(vector["statuses"]), bits=vector["bits"])
    bits.update(enumerate(vector["statuses"]))
    assert bits.to_bytes().hex() == vector["bytes_hex"]
    assert encode_base64url(bits.compress()) == vector["lst"]
    decoded = decode_list({"status_list": {"bits": vector["bits"], "lst": vector["lst"]}})
    assert [decoded.get(index) for index in range(len(vector["statuses"]))] == vector["statuses"]


@pytest.mark.parametrize("vector", VECTORS["long"], ids=lambda vector: f"{vector['bits']} bits")
def test_official_long_vectors_are_made_byte_for_byte_and_read(vector):
    bits = StatusBits(size=vector["size"], bits=vector["bits"])
    bits.update((int(index), status) for index, status in vector["statuses"].items())
    assert encode_base64url(bits.compress()) == vector["json"]["lst"]
    decoded = decode_list({"status_list": vector["json"]})
    assert decoded.size == vector["size"]
    assert all(decoded.get(int(index)) == status for index, status in vector["statuses"].items())


@given(st.sampled_from([1, 2, 4, 8]), st.data())
def test_what_is_set_is_read_and_nothing_else_changes(bits, data):
    size = data.draw(st.integers(1, 300))
    entries = data.draw(st.dictionaries(st.integers(0, size - 1), st.integers(0, 2**bits - 1)))
    made = StatusBits(size=size, bits=bits)
    made.update(entries.items())
    decoded = decode_list({"status_list": {"bits": bits, "lst": encode_base64url(made.compress(6))}})
    assert [decoded.get(index) for index in range(size)] == [entries.get(index, 0) for index in range(size)]


@pytest.mark.parametrize("index", [-1, 8, 10**12])
def test_an_index_outside_is_refused(index):
    bits = StatusBits(size=8, bits=1)
    with pytest.raises(StatusIndexOutside):
        bits.get(index)
    with pytest.raises(StatusIndexOutside):
        bits.set(index, 1)
    with pytest.raises(StatusIndexOutside):
        decode_list({"status_list": {"bits": 1, "lst": encode_base64url(bits.compress())}}).get(index)


def test_a_status_that_needs_more_bits_is_refused():
    with pytest.raises(ValueError):
        StatusBits(size=8, bits=1).set(0, 2)


def bomb():
    return encode_base64url(zlib.compress(bytes(MAX_INFLATED_BYTES + 1), 9))


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        {"bits": 3, "lst": "eNrbuRgAAhcBXQ"},
        {"bits": True, "lst": "eNrbuRgAAhcBXQ"},
        {"bits": 1},
        {"bits": 1, "lst": 5},
        {"bits": 1, "lst": "eNrbuRgAAhcBXQ=="},
        {"bits": 1, "lst": "AAAA"},
        {"bits": 1, "lst": encode_base64url(zlib.compress(b"abc")[:-2])},
        {"bits": 1, "lst": encode_base64url(zlib.compress(b"abc") + b"more")},
        {"bits": 1, "lst": bomb()},
    ],
)
def test_what_is_no_list_is_refused(entry):
    with pytest.raises(Malformed):
        decode_list({"status_list": entry})


@pytest.mark.parametrize(
    "status",
    [
        None,
        "x",
        {},
        {"status_list": {"idx": -1, "uri": "https://s.example/1"}},
        {"status_list": {"idx": True, "uri": "https://s.example/1"}},
        {"status_list": {"idx": "1", "uri": "https://s.example/1"}},
        {"status_list": {"idx": 1.0, "uri": "https://s.example/1"}},
        {"status_list": {"idx": 1, "uri": ""}},
        {"status_list": {"idx": 1}},
    ],
)
def test_a_malformed_reference_is_refused(status):
    with pytest.raises(StatusListMalformed):
        parse_status_reference(status)


def test_a_token_has_the_form_of_the_specification():
    key = PrivateKey.generate()
    at = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    token = create_status_list_token(
        StatusBits(size=64),
        uri="https://s.example/1",
        writer=JwsWriter(key, {"typ": "statuslist+jwt", "kid": "k"}),
        issued_at=at,
        expires_at=at + dt.timedelta(days=1),
        ttl=300,
    )
    jws = parse_jws(token)
    claims = parse_json_object(jws.payload)
    assert jws.header == {"alg": "ES256", "typ": "statuslist+jwt", "kid": "k"}
    assert check_signature(jws, key.public_key)
    assert (claims["sub"], claims["ttl"], claims["exp"] - claims["iat"]) == ("https://s.example/1", 300, 86400)
    assert decode_list(claims).bits == 2


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3])
def test_a_list_made_quickly_says_the_same_and_is_not_much_larger(share):
    random = Random(4)
    bits = StatusBits(size=400_000)
    bits.update((index, random.choice((1, 2))) for index in random.sample(range(400_000), int(share * 400_000)))
    quick, slow = bits.compress(6), bits.compress(9)
    assert zlib.decompress(quick) == zlib.decompress(slow) == bits.to_bytes()
    assert len(quick) < 1.2 * len(slow) + 1024


@pytest.mark.parametrize("size", [1, 2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20, MAX_INFLATED_BYTES])
@pytest.mark.parametrize("byte", [b"\0", None])
def test_a_list_is_inflated_in_steps_to_the_last_byte_and_no_further(size, byte):
    data = Random(5).randbytes(size) if byte is None else byte * size
    packed = zlib.compress(data, 1)
    assert decode_list({"status_list": {"bits": 2, "lst": encode_base64url(packed)}}).data == data
    for wrong in (packed[:-1], packed[:-5], packed + b"x", zlib.compress(data + bytes(MAX_INFLATED_BYTES), 1)):
        with pytest.raises(Malformed):
            decode_list({"status_list": {"bits": 2, "lst": encode_base64url(wrong)}})
