"""One reading only: base64url, JSON, canonical JSON. THREATS requirement 4; RFC 7515 §2; RFC 8785."""

import time

import pytest

from passport.errors import Malformed
from passport.jose.encoding import (
    Base64urlMalformed,
    JsonNotCanonical,
    canonical_json,
    decode_base64url,
    encode_all_base64url,
    encode_all_base64url_bytes,
    encode_base64url,
    encode_base64url_bytes,
    encode_json,
    parse_json,
    parse_json_object,
    sha256_base64url,
)


@pytest.mark.parametrize("size", range(70))
def test_base64url_round_trips_every_length(size):
    data = bytes((7 * size + 31 * place) & 255 for place in range(size))
    assert decode_base64url(encode_base64url(data)) == data


def test_the_example_of_rfc_7515_appendix_c():
    assert encode_base64url(bytes([3, 236, 255, 224, 193])) == "A-z_4ME"


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "AAAAA",
        "AA==",
        "AAA=",
        "AB",
        "AAB",
        "A+==",
        "AA+A",
        "AA/A",
        "AA A",
        "AAAA\n",
        "\nAAAA",
        " ",
        "AA.A",
        "éAAA",
        "AA\x00A",
        "A-z_4MF",
    ],
)
def test_base64url_has_one_spelling(text):
    with pytest.raises(Base64urlMalformed):
        decode_base64url(text)


def test_the_error_names_the_section_that_the_caller_knows():
    with pytest.raises(Base64urlMalformed) as caught:
        decode_base64url("=", section="RFC 7518 §6.2.1")
    assert (caught.value.code, caught.value.section) == ("base64url", "RFC 7518 §6.2.1")
    assert Base64urlMalformed.section == "RFC 7515 §2"


def test_many_are_encoded_as_one_by_one():
    chunks = [bytes([n * 5]) * n for n in range(50)]
    assert encode_all_base64url(chunks) == [encode_base64url(chunk) for chunk in chunks]
    assert encode_all_base64url_bytes(chunks) == [encode_base64url_bytes(chunk) for chunk in chunks]
    assert encode_all_base64url([]) == encode_all_base64url_bytes([]) == []


@pytest.mark.parametrize("wrong", ["+", "/", "=", " ", "\n", ".", "é"])
@pytest.mark.parametrize("place", [0, 1, 500, 998, 999])
def test_long_base64url_has_one_spelling_too(wrong, place):
    text = "A-_B" * 250
    assert encode_base64url(decode_base64url(text)) == text
    with pytest.raises(Base64urlMalformed):
        decode_base64url(text[:place] + wrong + text[place + 1 :])
    with pytest.raises(Base64urlMalformed):
        decode_base64url(text[:place] + wrong + text[place:])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a":1,"a":1}', "json_duplicate_member"),
        ('{"a":1,"\\u0061":2}', "json_duplicate_member"),
        ('{"x":[{"b":{"a":1,"a":2}}]}', "json_duplicate_member"),
        ("NaN", "json_number"),
        ("[Infinity]", "json_number"),
        ("-Infinity", "json_number"),
        ("1e400", "json_number"),
        ("-1e400", "json_number"),
        ("1" * 41, "json_number"),
        ("-" + "1" * 41, "json_number"),
        ("1" * 5000, "json_number"),
        ("[" * 65 + "]" * 65, "json_depth"),
        ("[" * 100_000, "json_depth"),
        ('{"a":' * 65 + "1" + "}" * 65, "json_depth"),
        ('"\\ud800"', "json_text"),
        ('{"\\udc00":1}', "json_text"),
        ('["\\ud83d\\u0041"]', "json_text"),
        ('"\ud800"', "json_text"),
        (b'"\xff"', "json_text"),
        (b'"\xed\xa0\x80"', "json_text"),
        (b'"\xc0\xaf"', "json_text"),
        ("", "json_syntax"),
        ("[1,]", "json_syntax"),
        ("{'a':1}", "json_syntax"),
        ("01", "json_syntax"),
        ("+1", "json_syntax"),
        (".5", "json_syntax"),
        ("1 2", "json_syntax"),
        ('"a\nb"', "json_syntax"),
        ('"\\x41"', "json_syntax"),
        ("\ufeff{}", "json_syntax"),
        ("\u00a0{}", "json_syntax"),
        ("// x\n{}", "json_syntax"),
        ("True", "json_syntax"),
    ],
)
def test_json_with_more_than_one_reading_is_refused(text, code):
    with pytest.raises(Malformed) as caught:
        parse_json(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a":1}', {"a": 1}),
        (' {"a" : [1, 2.5, null, true]} \r\n', {"a": [1, 2.5, None, True]}),
        ("9" * 40, int("9" * 40)),
        ("-" + "9" * 40, -int("9" * 40)),
        ("18446744073709551616", 2**64),
        ("[" * 64 + "]" * 64, None),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('{"a":"[[[[{{{{"}', {"a": "[[[[{{{{"}),
        ('["' + "[{" * 100 + '"]', ["[{" * 100]),
        ('["\\"' + "[{" * 100 + '"]', ['"' + "[{" * 100]),
        ('["\\\\","' + "[" * 100 + '"]', ["\\", "[" * 100]),
        ("1e2", 100.0),
        ("-0", 0),
        ("{}", {}),
    ],
)
def test_json_with_one_reading_is_taken(text, value):
    parsed = parse_json(text)
    if value is not None:
        assert parsed == value
        assert type(parsed) is type(value)
    assert parse_json(text.encode()) == parsed


@pytest.mark.parametrize("text", ["[]", "1", '"{}"', "null"])
def test_an_object_is_asked_for_and_something_else_refused(text):
    with pytest.raises(Malformed) as caught:
        parse_json_object(text)
    assert caught.value.code == "json_not_object"


@pytest.mark.parametrize(
    "text",
    [
        '"' + '\\"' * 120_000,
        '"' + '\\"' * 120_000 + "\\",
        "[" * 70 + '"' + '\\"' * 120_000 + "\\",
        '"' * 240_000,
        '["' * 120_000,
        "\\" * 240_000,
    ],
)
def test_hostile_json_is_refused_in_time_that_grows_with_its_length(text):
    start = time.process_time()
    with pytest.raises(Malformed):
        parse_json("[" * 70 + text)
    with pytest.raises(Malformed):
        parse_json(text)
    assert time.process_time() - start < 1


def test_canonical_json_follows_the_examples_of_rfc_8785():
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 1e-27],
        "string": '€$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    assert (
        canonical_json(value)
        == (
            '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )
    keys = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(parse_json(canonical_json(keys)).values()) == [2, 4, 6, 7, 1, 5, 3]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53 + 1, "\ud800", {"a": object()}])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(JsonNotCanonical):
        canonical_json(value)


def test_our_json_is_compact_and_keeps_its_order():
    assert encode_json({"b": 1, "a": "é"}) == '{"b":1,"a":"é"}'.encode()


def test_sha256_is_over_the_bytes_and_in_base64url():
    assert sha256_base64url(b"") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
