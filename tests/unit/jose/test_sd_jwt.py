"""RFC 9901 §4 and §7.1: what an issuer makes, what a holder chooses, and what a verifier refuses."""

import hashlib
import json
from copy import deepcopy

import pytest

from passport.errors import Malformed
from passport.jose import disclosures
from passport.jose.encoding import decode_base64url, encode_base64url, encode_json, parse_json
from passport.jose.jws import JwsWriter, check_signature
from passport.jose.sd_jwt import (
    Decoys,
    HeldSdJwt,
    compile_frame,
    create_sd_jwt,
    parse_sd_jwt,
    process_disclosures,
    select_disclosures,
)

CLAIMS = {
    "iss": "https://school.example",
    "given_name": "Test",
    "family_name": "Houder",
    "kwalificatie": {"crebo": "25960", "niveau": 2},
    "units": [{"unit": "25960:P1-K1-W1"}, {"unit": "25960:P1-K1-W2"}, {"unit": "25960:P2-K1-W1"}],
    "address": {"street": "Straat 1", "place": {"name": "Utrecht", "codes": [1, 2.5, None, True]}},
}
PATHS = [
    ["given_name"],
    ["family_name"],
    ["kwalificatie", "niveau"],
    ["units", None],
    ["address"],
    ["address", "place", "name"],
    ["absent"],
]
FRAME = compile_frame(PATHS)


@pytest.fixture
def writer(issuer):
    return JwsWriter(issuer, {"typ": "dc+sd-jwt", "kid": "1"})


def _issue(writer, claims=CLAIMS, frame=FRAME, decoys=None):
    return parse_sd_jwt(create_sd_jwt(claims, frame=frame, writer=writer, decoys=decoys))


def _hide(*parts):
    """A Disclosure of our own making and its digest."""
    encoded = encode_base64url(encode_json(list(parts)))
    return encoded, encode_base64url(hashlib.sha256(encoded.encode()).digest())


# What an issuer makes


def test_everything_comes_back_when_everything_is_disclosed(writer, issuer):
    before = deepcopy(CLAIMS)
    sd = _issue(writer)
    assert check_signature(sd.jws, issuer.public_key)
    assert sd.process().claims == CLAIMS == before
    assert process_disclosures(sd.payload, sd.disclosures) == sd.process()
    assert sd.process().hidden == 0
    assert sd.sd_part == f"{sd.issuer_signed}~{'~'.join(sd.disclosures)}~"
    assert sd.key_binding is None


def test_the_payload_shows_only_what_is_always_shown(writer):
    payload = _issue(writer).payload
    assert payload.keys() == {"iss", "kwalificatie", "units", "_sd", "_sd_alg"}
    assert payload["kwalificatie"].keys() == {"crebo", "_sd"}
    assert [list(unit) for unit in payload["units"]] == [["..."]] * 3
    assert payload["_sd_alg"] == "sha-256"
    assert len(payload["_sd"]) == 3


def test_digests_are_sorted_so_that_they_tell_no_order(writer):
    for _ in range(10):
        digests = _issue(writer).payload["_sd"]
        assert digests == sorted(digests)


def test_salts_have_128_bits_or_more_and_never_come_back(writer):
    seen = set()
    for _ in range(50):
        for found in _issue(writer).process().by_path.values():
            assert len(decode_base64url(found.salt)) >= 16
            seen.add(found.salt)
    assert len(seen) == 50 * 8


def test_by_path_tells_which_disclosure_stands_where(writer):
    processed = _issue(writer).process()
    assert set(processed.disclosed) == {
        ("given_name",),
        ("family_name",),
        ("kwalificatie", "niveau"),
        ("units", 0),
        ("units", 1),
        ("units", 2),
        ("address",),
        ("address", "place", "name"),
    }
    assert processed.by_path[("given_name",)].value == "Test"
    assert processed.by_path[("units", 1)].name is None
    assert processed.by_path[("address", "place", "name")].name == "name"
    assert processed.disclosed.index(("address",)) < processed.disclosed.index(("address", "place", "name"))


def test_nothing_to_hide_makes_no_digest(writer):
    sd = _issue(writer, {"iss": "x", "units": []})
    assert sd.payload == {"iss": "x", "units": [], "_sd_alg": "sha-256"}
    assert sd.disclosures == ()


def test_decoys_fill_the_object_and_the_arrays_and_look_like_digests(writer):
    decoys = Decoys(object_total=12, array_multiple=8, arrays=("units", "resultaten"))
    sd = _issue(writer, decoys=decoys)
    payload = sd.payload
    assert len(payload["_sd"]) == 12
    assert payload["_sd"] == sorted(payload["_sd"])
    assert len(payload["units"]) == 8
    assert "resultaten" not in payload
    for digest in payload["_sd"] + [unit["..."] for unit in payload["units"]]:
        assert len(decode_base64url(digest)) == 32
    assert sd.process().claims == CLAIMS
    assert sd.process().hidden == 12 - 3 + 8 - 3


@pytest.mark.parametrize(("real", "total"), [(0, 8), (1, 8), (7, 8), (8, 8), (9, 16), (17, 24)])
def test_an_array_is_filled_to_the_next_multiple(real, total, writer):
    claims = {"iss": "x", "units": [{"unit": str(n)} for n in range(real)]}
    sd = _issue(writer, claims, decoys=Decoys(object_total=4, arrays=("units",)))
    assert len(sd.payload["units"]) == total
    assert len(sd.payload["_sd"]) == 4
    assert sd.process().claims == claims


def test_the_place_of_an_element_does_not_tell_how_many_there_are(writer):
    claims = {"iss": "x", "units": [{"unit": "a"}]}
    places = set()
    for _ in range(60):
        sd = _issue(writer, claims, decoys=Decoys(object_total=0, arrays=("units",)))
        digest = encode_base64url(hashlib.sha256(sd.disclosures[0].encode()).digest())
        places.add([unit["..."] for unit in sd.payload["units"]].index(digest))
    assert len(places) > 3


def test_more_claims_than_decoys_foresee_are_all_kept(writer):
    sd = _issue(writer, decoys=Decoys(object_total=1))
    assert len(sd.payload["_sd"]) == 3


@pytest.mark.parametrize(
    "claims",
    [
        {"_sd": []},
        {"_sd_alg": "sha-256"},
        {"x": {"_sd": ["a"]}},
        {"x": [{"...": "a"}]},
        {"...": 1},
        {"given_name": {"_sd": []}},
        {"units": [{"...": "a"}]},
        {"address": {"place": {"name": {"_sd_alg": 1}}}},
    ],
)
def test_claims_with_names_of_the_mechanism_are_not_issued(claims, writer):
    with pytest.raises(ValueError):
        create_sd_jwt(claims, frame=FRAME, writer=writer, decoys=None)


def test_text_that_only_looks_like_the_mechanism_is_issued(writer):
    claims = {"x": '"_sd":', "_sdx": '"...":', "given_name": '{"_sd":[]}', "units": ['"_sd"', {'"_sd': "_sd"}]}
    assert _issue(writer, claims).process().claims == claims


def test_a_claim_of_another_shape_than_the_frame_is_shown_whole(writer):
    claims = {"kwalificatie": "25960", "units": {"a": 1}, "address": [1]}
    assert _issue(writer, claims).process().claims == claims


def test_arrays_in_arrays_are_hidden_each(writer):
    frame = compile_frame([["rows", None, None], ["boxes", None], ["boxes", None, "in"]])
    claims = {"rows": [[1, 2], [], [3]], "boxes": [{"in": 1, "out": 2}, {"in": [3]}]}
    sd = _issue(writer, claims, frame)
    assert [len(row) for row in sd.payload["rows"]] == [2, 0, 1]
    assert sd.process().claims == claims
    assert len(sd.disclosures) == 3 + 4


@pytest.mark.parametrize("paths", [[[]], [["_sd"]], [["x", "..."]], [["x", None], ["x", "y"]], [["_sd_alg"]]])
def test_a_frame_that_cannot_be_is_refused(paths):
    with pytest.raises(ValueError):
        compile_frame(paths)


# What a holder chooses


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ([], {"iss", "kwalificatie", "units"}),
        ([["given_name"]], {"iss", "kwalificatie", "units", "given_name"}),
        ([["iss"], ["nothing"], ["kwalificatie", "crebo"]], {"iss", "kwalificatie", "units"}),
    ],
)
def test_only_what_is_wanted_is_shown(wanted, shown, writer):
    part = select_disclosures(_issue(writer), wanted)
    assert part.endswith("~")
    claims = parse_sd_jwt(part).process().claims
    assert claims.keys() == shown
    assert claims["units"] == []
    assert claims["kwalificatie"] == {"crebo": "25960"}


def test_elements_are_chosen_by_place_or_all(writer):
    sd = _issue(writer, decoys=Decoys(object_total=9, arrays=("units",)))
    assert parse_sd_jwt(select_disclosures(sd, [["units", 1]])).process().claims["units"] == CLAIMS["units"][1:2]
    for all_of_them in (["units", None], ["units"], ["units", None, "unit"]):
        assert parse_sd_jwt(select_disclosures(sd, [all_of_them])).process().claims["units"] == CLAIMS["units"]
    assert parse_sd_jwt(select_disclosures(sd, [["units"]], nested=False)).process().claims["units"] == []


def test_an_inner_claim_brings_its_parents_and_an_outer_one_what_is_in_it(writer):
    sd = _issue(writer)
    inner = parse_sd_jwt(select_disclosures(sd, [["address", "place", "name"]])).process()
    assert inner.claims["address"] == CLAIMS["address"]
    whole = parse_sd_jwt(select_disclosures(sd, [["address"]])).process()
    assert whole.claims["address"] == CLAIMS["address"]
    outer = parse_sd_jwt(select_disclosures(sd, [["address"]], nested=False)).process()
    assert outer.claims["address"]["place"] == {"codes": [1, 2.5, None, True]}


def test_chosen_disclosures_keep_their_order_and_their_text(writer):
    sd = _issue(writer)
    chosen = parse_sd_jwt(select_disclosures(sd, [["family_name"], ["given_name"]])).disclosures
    assert chosen == tuple(one for one in sd.disclosures if one in chosen)
    assert len(chosen) == 2


# What a verifier refuses (RFC 9901 §7.1)


def _refused(payload, disclosures, code, **kw):
    with pytest.raises(Malformed) as caught:
        process_disclosures(payload, disclosures, **kw)
    assert caught.value.code == code


def test_a_disclosure_without_digest_is_refused():
    one, digest = _hide("salt", "a", 1)
    other, _ = _hide("salt", "b", 2)
    _refused({}, [one], "disclosure_unreferenced")
    _refused({"_sd": [digest]}, [one, other], "disclosure_unreferenced")


def test_a_disclosure_in_an_undisclosed_one_is_refused():
    inner, inner_digest = _hide("salt", "b", 2)
    outer, outer_digest = _hide("salt", "a", {"_sd": [inner_digest]})
    assert process_disclosures({"_sd": [outer_digest]}, [inner, outer]).claims == {"a": {"b": 2}}
    _refused({"_sd": [outer_digest]}, [inner], "disclosure_unreferenced")


def test_a_digest_without_disclosure_is_left_out():
    _, digest = _hide("salt", "a", 1)
    processed = process_disclosures({"_sd": [digest], "x": [{"...": "abc"}], "y": {"_sd": []}}, [])
    assert processed.claims == {"x": [], "y": {}}
    assert processed.hidden == 2


def test_the_same_digest_twice_is_refused_wherever_it_stands():
    one, digest = _hide("salt", "a", 1)
    element, element_digest = _hide("salt", "x")
    nested, nested_digest = _hide("salt", "b", {"_sd": [digest]})
    _refused({"_sd": [digest, digest]}, [one], "disclosure_digest_twice")
    _refused({"_sd": [digest, digest]}, [], "disclosure_digest_twice")
    _refused({"_sd": [digest], "x": {"_sd": [digest]}}, [one], "disclosure_digest_twice")
    _refused({"x": [{"...": element_digest}, {"...": element_digest}]}, [element], "disclosure_digest_twice")
    _refused({"x": [{"...": digest}], "_sd": [digest]}, [], "disclosure_digest_twice")
    _refused({"_sd": [digest, nested_digest]}, [one, nested], "disclosure_digest_twice")


def test_the_same_disclosure_twice_is_refused():
    one, digest = _hide("salt", "a", 1)
    _refused({"_sd": [digest]}, [one, one], "disclosure_digest_twice")


@pytest.mark.parametrize("parts", [(), ("s",), ("s", "a", 1, 2), (1, "a", 1), ("s", 1, 1), (None, 1), ("s", None, 1)])
def test_a_disclosure_of_another_form_is_refused(parts):
    one, digest = _hide(*parts)
    _refused({"_sd": [digest]}, [one], "disclosure_malformed")


@pytest.mark.parametrize("text", ['{"a":1}', '"abc"', "null", "7"])
def test_a_disclosure_that_is_no_array_is_refused(text):
    one = encode_base64url(text.encode())
    _refused({}, [one], "disclosure_malformed")


@pytest.mark.parametrize(
    ("one", "code"),
    [
        ("", "json_syntax"),
        ("=", "base64url"),
        ("W10=", "base64url"),
        ("WyJzIiwiYSIsMV1", "base64url"),
        ("é", "base64url"),
        (encode_base64url(b'["s","a",{"x":1,"x":2}]'), "json_duplicate_member"),
        (encode_base64url(b'["s","a",NaN]'), "json_number"),
        (encode_base64url(b'["s","a","\\ud800"]'), "json_text"),
        (encode_base64url(b'["s","a",' + b"[" * 70 + b"]" * 70 + b"]"), "json_depth"),
        (encode_base64url(b'["s","a",1],["s","b",2]'), "json_syntax"),
    ],
)
def test_a_disclosure_is_read_strictly(one, code):
    good, _ = _hide("salt", "z", "z")
    _refused({}, [one], code)
    _refused({}, [good, one], code)
    with pytest.raises(Malformed):
        parse_sd_jwt(f"eyJhbGciOiJFUzI1NiJ9.e30.AAAA~{good}~{one}~")


def test_disclosures_that_only_together_are_json_are_refused():
    # Read in one go as [D1,D2] these would be two arrays of three; each alone is no JSON, or is two values.
    pair = [b'["s","a",["x"', b'"b"]],["s","c",1]']
    _refused({}, [encode_base64url(one) for one in pair], "json_syntax")
    pair = [b'["s","a",1],["s"', b'"b",2]']
    _refused({}, [encode_base64url(one) for one in pair], "json_syntax")


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg", "taken"])
def test_a_name_that_may_not_come_is_refused(name):
    one, digest = _hide("salt", name, [])
    _refused({"_sd": [digest], "taken": 1}, [one], "disclosure_name")


def test_two_disclosures_of_one_name_are_refused():
    one, first = _hide("salt", "a", 1)
    two, second = _hide("salt2", "a", 1)
    _refused({"_sd": [first, second]}, [one, two], "disclosure_name")


def test_kinds_do_not_change_places():
    member, member_digest = _hide("salt", "a", 1)
    element, element_digest = _hide("salt", 1)
    _refused({"_sd": [element_digest]}, [element], "disclosure_kind")
    _refused({"x": [{"...": member_digest}]}, [member], "disclosure_kind")


@pytest.mark.parametrize(
    "payload",
    [
        {"_sd": "abc"},
        {"_sd": {"a": 1}},
        {"_sd": None},
        {"_sd": [1]},
        {"_sd": [None]},
        {"_sd": [["a"]]},
        {"x": {"_sd": "abc"}},
        {"x": [{"...": 1}]},
        {"x": [{"...": None}]},
        {"x": [{"...": "abc", "more": 1}]},
        {"...": "abc"},
        {"x": {"...": "abc"}},
    ],
)
def test_digests_stand_only_as_the_standard_says(payload):
    _refused(payload, [], "disclosure_structure")


@pytest.mark.parametrize("name", ["md5", "SHA-256", "sha-1", "", None, 256, ["sha-256"]])
def test_an_unknown_hash_is_refused(name):
    _refused({"_sd_alg": name}, [], "disclosure_hash")


def test_the_hash_is_named_at_the_top_only():
    _refused({"x": {"_sd_alg": "sha-256"}}, [], "disclosure_hash")
    one, digest = _hide("salt", "a", {"_sd_alg": "sha-256"})
    _refused({"_sd": [digest]}, [one], "disclosure_hash")


@pytest.mark.parametrize("name", ["sha-256", "sha-384", "sha-512"])
def test_known_hashes_are_taken(name):
    one, _ = _hide("salt", "a", 1)
    digest = encode_base64url(hashlib.new(name.replace("-", ""), one.encode()).digest())
    assert process_disclosures({"_sd": [digest], "_sd_alg": name}, [one]).claims == {"a": 1}
    if name != "sha-256":
        _refused({"_sd": [digest]}, [one], "disclosure_unreferenced")


@pytest.mark.parametrize("name", ["iss", "cnf", "status", "vct"])
def test_a_claim_that_must_be_signed_in_the_clear_never_comes_from_a_disclosure(name):
    one, digest = _hide("salt", name, {"a": 1})
    _refused({"_sd": [digest]}, [one], "disclosure_forbidden_claim", never={name})
    below, below_digest = _hide("salt", "inner", 1)
    _refused({name: {"x": {"_sd": [below_digest]}}}, [below], "disclosure_forbidden_claim", never=(name,))
    element, element_digest = _hide("salt", 1)
    _refused({name: [{"...": element_digest}]}, [element], "disclosure_forbidden_claim", never=[name])
    assert process_disclosures({"_sd": [digest]}, [one]).claims == {name: {"a": 1}}
    deeper, deeper_digest = _hide("salt", name, 1)
    assert process_disclosures({"x": {"_sd": [deeper_digest]}}, [deeper], never=[name]).claims == {"x": {name: 1}}


def test_disclosures_in_disclosures_have_a_depth():
    disclosures, value = [], 1
    for _ in range(200):
        one, digest = _hide("salt", "a", value)
        disclosures.append(one)
        value = {"_sd": [digest]}
    _refused(value, disclosures, "disclosure_depth")
    elements, value = [], 1
    for _ in range(200):
        one, digest = _hide("salt", value)
        elements.append(one)
        value = [{"...": digest}]
    _refused({"x": value}, elements, "disclosure_depth")


def test_foreign_white_space_and_escapes_in_disclosures_are_taken():
    # RFC 9901 §4.2.1: other writers, other JSON; the digest is over their text.
    for text in ('["6qMQvRL5haj", "family_name", "M\\u00f6bius"]', '["6qMQvRL5haj","family_name","Möbius"]'):
        one = encode_base64url(text.encode())
        digest = encode_base64url(hashlib.sha256(one.encode()).digest())
        assert process_disclosures({"_sd": [digest]}, [one]).claims == {"family_name": "Möbius"}


def test_the_digest_of_the_standards_own_example():
    # RFC 9901 §4.2.3
    one = "WyI2cU1RdlJMNWhhaiIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    digest = "uutlBuYeMDyjLLTpf6Jxi7yNkEF35jdyWMn9U7b_RYY"
    assert process_disclosures({"_sd": [digest]}, [one]).claims == {"family_name": "Möbius"}


# The text as a whole


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace("~", ""), "sd_jwt_malformed"),
        (lambda text: text.replace("~", "~~", 1), "sd_jwt_malformed"),
        (lambda text: "~" + text, "jws_malformed"),
        (lambda text: text + "\n", "sd_jwt_malformed"),
        (lambda text: text[:-1], "sd_jwt_malformed"),
        (lambda text: text + "é", "jws_malformed"),
        (lambda text: "A" * 262_145, "token_too_large"),
        (lambda text: "", "sd_jwt_malformed"),
        (lambda text: "~", "jws_malformed"),
    ],
)
def test_text_of_another_form_is_refused(change, code, writer):
    text = change(_issue(writer).sd_part)
    with pytest.raises(Malformed) as caught:
        parse_sd_jwt(text)
    assert caught.value.code == code


def test_a_payload_that_is_no_object_is_refused(issuer):
    with pytest.raises(Malformed):
        parse_sd_jwt(JwsWriter(issuer, {}).sign(b"[]") + "~")


def test_our_disclosures_are_the_standards_arrays(writer):
    arrays = [parse_json(decode_base64url(one)) for one in _issue(writer).disclosures]
    assert sorted(len(one) for one in arrays) == [2, 2, 2, 3, 3, 3, 3, 3]


@pytest.mark.parametrize(
    "texts",
    [
        ['["salt","a"', '"b"],["salt","c","d"]'],
        ['["salt","a","b"],["salt","c","d"]', '"e"'],
        ['["salt","a",["b"]', '["c"]],["salt","d"]'],
        ['["salt","a","b"],', '["salt","c","d"]'],
        ['["salt","a","b"]', '["salt","c",{"e":1,"e":2}]'],
        ['["salt","a","b"]', '["salt","c",{"e":1,"\\u0065":2}]'],
        ['["salt","a","b"]', ""],
        ['["salt","a","b"]', '"text"'],
        ['["salt","a","b"]', "0"],
    ],
)
def test_disclosures_that_are_sound_only_together_are_refused(texts):
    encoded = [encode_base64url(text.encode()) for text in texts]
    with pytest.raises(Malformed):
        disclosures.parse_disclosures(encoded)
    encoded = [encode_base64url(text.encode() + b" ") for text in texts]  # another length modulo four
    with pytest.raises(Malformed):
        disclosures.parse_disclosures(encoded)


@pytest.mark.parametrize("count", [1, 2, 40])
@pytest.mark.parametrize("value", ["x", "xy", "xyz", {"a": [1, 2.5, None]}, 12345678901234567890123, "é", ",  \n,"])
def test_disclosures_read_together_are_those_read_one_by_one(value, count):
    encoded = [encode_base64url(json.dumps([f"salt{n}", f"n{n}", value]).encode()) for n in range(count)]
    encoded += [encode_base64url(json.dumps([f"s{n}", value], separators=(",", ":")).encode()) for n in range(count)]
    assert disclosures.parse_disclosures(encoded) == [disclosures.parse_disclosure(one) for one in encoded]
    last = encoded[-1]
    for wrong in (last + "=", last + "A", last[:-1], " " + last, last.replace("y", "+", 1) + "+", last + "\n", ""):
        with pytest.raises(Malformed):
            disclosures.parse_disclosures([*encoded[:-1], wrong])


WANTED = [
    [],
    [()],
    [["given_name"], ["units", 1]],
    [["units", None]],
    [["units"]],
    [["address", "place"]],
    [["address", "place", "name"]],
    [["address", "place", "name", "deeper"], ["units", 2, "unit"]],
    [["matrix", None, 1]],
    [["matrix", 1, None], ["absent"], ["kwalificatie"]],
    [["matrix", None, None]],
    [["given_name", None], [None], ["units", "1"]],
]


@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize("wanted", WANTED)
def test_what_is_held_shows_what_matches_step_by_step(wanted, nested, issuer):
    frame = compile_frame([*PATHS, ["matrix", None, None], ["matrix", None]])
    claims = {**CLAIMS, "matrix": [[1, 2], [3, 4]]}
    sd = parse_sd_jwt(create_sd_jwt(claims, frame=frame, writer=JwsWriter(issuer, {"typ": "x"}), decoys=None))
    expected = {
        one.encoded
        for path, one in sd.process().by_path.items()
        if any(
            (nested or len(path) <= len(want))
            and all(w == s or (w is None and isinstance(s, int)) for w, s in zip(want, path, strict=False))
            for want in wanted
        )
    }
    held = HeldSdJwt(sd)
    for _ in range(2):
        kept = held.select(wanted, nested=nested).split("~")
        assert kept == [sd.issuer_signed, *(one for one in sd.disclosures if one in expected), ""]
