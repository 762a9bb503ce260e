"""What must hold for every input: one reading of JSON, round trips, and no changed bit gets through."""

import contextlib
import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from passport.errors import Malformed
from passport.jose.encoding import (
    Base64urlMalformed,
    JsonMalformed,
    canonical_json,
    decode_base64url,
    encode_base64url,
    encode_json,
    parse_json,
)
from passport.jose.jws import JwsWriter, check_signature, parse_jws
from passport.jose.jwt import TokenRefused, create_jwt, verify_jwt
from passport.jose.keys import PrivateKey
from passport.jose.sd_jwt import (
    Decoys,
    check_key_binding,
    compile_frame,
    create_key_binding,
    create_sd_jwt,
    parse_sd_jwt,
    process_disclosures,
    select_disclosures,
)

ISSUER, HOLDER = PrivateKey.generate(), PrivateKey.generate()
AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = texts.filter(lambda name: name not in ("_sd", "_sd_alg", "..."))
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)


# Text


@given(st.binary(max_size=300))
def test_base64url_round_trips(data):
    text = encode_base64url(data)
    assert decode_base64url(text) == data
    assert set(text) <= set(ALPHABET)


@given(st.text(st.sampled_from(ALPHABET + "=+/ \n.é"), max_size=9))
@example("AB")
def test_base64url_that_is_taken_is_the_one_spelling(text):
    try:
        data = decode_base64url(text)
    except Base64urlMalformed:
        return
    assert encode_base64url(data) == text


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60) | st.text('{}[]",:\\u0aeE-+1. \n', max_size=40))
@example("[" * 5000)
@example("-")
@example(b"\x00")
@example('"\\u')
def test_parse_json_raises_nothing_but_malformed(data):
    with contextlib.suppress(JsonMalformed):
        parse_json(data)


@given(values)
def test_our_json_and_that_of_python_are_read_alike(value):
    parsed = parse_json(encode_json(value))
    assert parsed == value
    for again in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        other = parse_json(again)
        assert other == value
        assert encode_json(other) == encode_json(parsed)


@settings(max_examples=300)
@given(st.text('{}[]",:0aeE-+1. ', max_size=25) | values.map(json.dumps))
def test_nothing_is_taken_that_the_standard_library_refuses(text):
    try:
        value = parse_json(text)
    except JsonMalformed:
        return
    assert json.loads(text) == value


@given(values.filter(lambda value: not re.search(r"\d{16}|e\+", json.dumps(value))))
def test_canonical_json_is_a_fixed_point(value):
    """Of whole numbers up to 2^53, which RFC 8785 asks; a larger float comes back as an integer that it refuses."""
    try:
        text = canonical_json(value)
    except Malformed:
        return
    assert canonical_json(parse_json(text)) == text


# Tokens


def _flip(text: str, place: int, bit: int) -> str:
    raw = bytearray(text.encode("ascii"))
    raw[place % len(raw)] ^= 1 << bit
    return raw.decode("latin-1")


TOKEN = JwsWriter(ISSUER, {"typ": "x+jwt"}).sign(b'{"a":"some claims","b":[1,2,3]}')


@pytest.mark.parametrize("bit", range(8))
def test_no_bit_of_a_jws_can_be_flipped(bit):
    for place in range(len(TOKEN)):
        try:
            jws = parse_jws(_flip(TOKEN, place, bit))
        except Malformed:
            continue
        assert not check_signature(jws, ISSUER.public_key), (place, bit)


JWT = create_jwt({"aud": "b", "exp": int(AT.timestamp()) + 60}, signer=ISSUER, typ="x+jwt")


@pytest.mark.parametrize("bit", range(8))
def test_no_bit_of_a_jwt_can_be_flipped(bit):
    for place in range(len(JWT)):
        with pytest.raises((Malformed, TokenRefused)):
            verify_jwt(_flip(JWT, place, bit), key=ISSUER.public_key, typ="x+jwt", at=AT, expected_audience="b")


CLAIMS = {"iss": "x", "a": "A", "b": {"c": 1, "d": "é"}, "e": ["x", {"y": None}]}
FRAME = compile_frame([["a"], ["b", "c"], ["b", "d"], ["e", None]])
PRESENTED = create_key_binding(
    create_sd_jwt(CLAIMS, frame=FRAME, writer=JwsWriter(ISSUER, {"typ": "dc+sd-jwt"}), decoys=Decoys(object_total=2)),
    signer=HOLDER,
    nonce="n",
    audience="a",
    at=AT,
)


def _accepts(text: str) -> bool:
    try:
        sd = parse_sd_jwt(text)
        if not check_signature(sd.jws, ISSUER.public_key):
            return False
        sd.process()
    except Malformed:
        return False
    asked = {"key": HOLDER.public_key, "expected_nonce": "n", "expected_audience": "a", "at": AT}
    return check_key_binding(sd, **asked) is None


@pytest.mark.parametrize("bit", range(8))
def test_no_bit_of_a_presentation_can_be_flipped(bit):
    assert _accepts(PRESENTED)
    for place in range(len(PRESENTED)):
        assert not _accepts(_flip(PRESENTED, place, bit)), (place, bit)


@quick
@given(st.integers(0, len(PRESENTED)), st.text(st.sampled_from(ALPHABET + "~.="), min_size=1, max_size=4))
def test_nothing_can_be_put_into_a_presentation(place, text):
    assert not _accepts(PRESENTED[:place] + text + PRESENTED[place:])


@quick
@given(st.integers(0, len(PRESENTED) - 1), st.integers(1, 200))
def test_nothing_can_be_taken_out_of_a_presentation(place, length):
    assert not _accepts(PRESENTED[:place] + PRESENTED[place + length :])


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(ALPHABET + "~.="), max_size=60) | st.text(max_size=40))
def test_parsing_raises_nothing_but_malformed(text):
    for parse in (parse_jws, parse_sd_jwt):
        with contextlib.suppress(Malformed):
            parse(text)


@settings(max_examples=200, deadline=None)
@given(values, st.lists(values, max_size=3))
def test_processing_raises_nothing_but_malformed(payload, arrays):
    """Also for payloads that hold the mechanism's names in strange shapes."""
    strange = json.loads(json.dumps(payload).replace('""', '"_sd"').replace('"0"', '"..."'))
    with contextlib.suppress(Malformed):
        process_disclosures(
            {"_sd": strange, "x": payload}, [encode_base64url(json.dumps(one).encode()) for one in arrays]
        )


# SD-JWT round trips


def _paths(value, path=()):
    """Every place in `value` at which something may be hidden, as a path of a frame."""
    found = {path} if path else set()
    if isinstance(value, dict):
        for name, inner in value.items():
            found |= _paths(inner, (*path, name))
    elif isinstance(value, list):
        for inner in value:
            found |= _paths(inner, (*path, None))
    return found


def _frame(paths):
    try:
        return compile_frame(sorted(paths, key=str))
    except ValueError:  # an array of both objects and arrays cannot be described further
        return None


@quick
@given(st.data(), st.dictionaries(names, values, max_size=5), st.integers(0, 12))
def test_any_claims_with_any_frame_come_back(data, claims, total):
    every = sorted(_paths(claims), key=str)
    chosen = data.draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    frame = _frame(chosen)
    assume(frame is not None)
    decoys = Decoys(object_total=total, arrays=tuple(name for name, value in claims.items() if isinstance(value, list)))
    text = create_sd_jwt(claims, frame=frame, writer=JwsWriter(ISSUER, {"typ": "dc+sd-jwt"}), decoys=decoys)
    sd = parse_sd_jwt(text)
    assert check_signature(sd.jws, ISSUER.public_key)
    processed = sd.process()
    assert encode_json(_sorted(processed.claims)) == encode_json(_sorted(claims))
    assert len(processed.disclosed) == len(sd.disclosures)
    assert process_disclosures(sd.payload, sd.disclosures) == processed


def _sorted(value):
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(inner) for inner in value] if isinstance(value, list) else value


@quick
@given(st.data(), st.dictionaries(names, values, min_size=1, max_size=5))
def test_any_choice_of_disclosures_shows_no_more_and_no_less(data, claims):
    frame = _frame(_paths(claims))
    assume(frame is not None)
    text = create_sd_jwt(claims, frame=frame, writer=JwsWriter(ISSUER, {"typ": "dc+sd-jwt"}), decoys=None)
    sd = parse_sd_jwt(text)
    whole = sd.process()
    wanted = data.draw(st.lists(st.sampled_from(whole.disclosed), unique=True))
    part = parse_sd_jwt(select_disclosures(sd, wanted, nested=False))
    needed = {path[:end] for path in wanted for end in range(1, len(path) + 1)} & set(whole.disclosed)
    assert set(part.disclosures) == {whole.by_path[path].encoded for path in needed}
    assert len(part.process().disclosed) == len(needed)


@quick
@given(st.data())
def test_a_disclosure_of_another_credential_is_refused(data):
    frame = compile_frame([["a"], ["e", None]])
    make = lambda: parse_sd_jwt(  # noqa: E731
        create_sd_jwt(CLAIMS, frame=frame, writer=JwsWriter(ISSUER, {}), decoys=None)
    )
    one, other = make(), make()
    foreign = data.draw(st.sampled_from(other.disclosures))
    with pytest.raises(Malformed):
        process_disclosures(one.payload, [*one.disclosures, foreign])
