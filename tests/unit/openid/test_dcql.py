"""DCQL: reading queries, matching what is held, and checking what came back."""

import copy
import json
import os
from pathlib import Path

import jsonschema
import pytest

from passport.errors import Malformed
from passport.openid import dcql
from passport.openid.dcql.paths import to_disclose

VECTORS = Path(os.environ.get("SKILLSPAS_VECTORS", Path(__file__).parents[4] / "shared/standards/vectors"))
VCT = "urn:skillspas:mbo-certificaat:1"
CLAIMS = {
    "iss": "https://issuer.example/o/a",
    "vct": VCT,
    "given_name": "Test",
    "family_name": "Houder",
    "birthdate": "2000-01-02",
    "kwalificatie": {"crebo": "25960", "naam": "Helpende", "niveau": 2},
    "units": [{"unit": "25960:P2-K1-W1"}, {"unit": "25960:P2-K1-W2"}, {"unit": "25960:B1-K1-W1"}],
    "flag": True,
}
DISCLOSABLE = frozenset(
    {
        ("given_name",),
        ("family_name",),
        ("birthdate",),
        ("kwalificatie", "niveau"),
        ("units", 0),
        ("units", 1),
        ("units", 2),
    }
)


def vector(path: str) -> dict:
    if not (VECTORS / path).exists():
        pytest.skip(f"{path} is not on this machine")
    return json.loads((VECTORS / path).read_text())


def examples() -> dict[str, dict]:
    found = vector("openid/oid4vp_1_0_examples.json")["examples"]
    return {name: value for name, value in found.items() if name.startswith(("query_lang/", "request/dcql_"))}


def credential(name: str = "q", **members: object) -> dict:
    return {"id": name, "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}} | members


def query(*credentials: dict, **members: object) -> dcql.Query:
    return dcql.parse_query({"credentials": list(credentials)} | members)


def candidate(**changes: object) -> dcql.Candidate:
    values = {"id": "c1", "format": "dc+sd-jwt", "vct": VCT, "claims": CLAIMS, "disclosable": DISCLOSABLE}
    return dcql.Candidate(**(values | changes))


def disclosed_for(*claims: dict, **members: object) -> set[tuple] | None:
    asked = query(credential(**({"claims": list(claims)} if claims else {}), **members))
    found = dcql.match(asked, [candidate()]).by_query["q"]
    return set(found[0].disclose) if found else None


# --- reading


def test_the_queries_of_the_specification_are_read() -> None:
    for name, value in examples().items():
        read = dcql.parse_query(value)
        assert [one.id for one in read.credentials] == [one["id"] for one in value["credentials"]], name


def mutations() -> list[dict]:
    base = {
        "credentials": [
            credential("a", claims=[{"id": "x", "path": ["given_name"], "values": ["Test"]}], claim_sets=[["x"]]),
            credential("b", multiple=True, trusted_authorities=[{"type": "aki", "values": ["s9tIpP"]}]),
        ],
        "credential_sets": [{"options": [["a"], ["b"]], "required": False}],
    }
    bad_values = [None, [], {}, "", "a b", 7, -1, True, 1.5, [[]], [None], [""], [-1], [1.5], [{}], ["unknown"]]
    places: list[tuple] = []

    def walk(value: object, place: tuple) -> None:
        places.append(place)
        for key, inner in (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        ):
            walk(inner, (*place, key))

    walk(base, ())
    found = [base]
    for place in places[1:]:
        for bad in bad_values:
            mutated = copy.deepcopy(base)
            target = mutated
            for key in place[:-1]:
                target = target[key]
            target[place[-1]] = bad
            found.append(mutated)
    return found


def test_what_the_official_schema_refuses_is_refused() -> None:
    schema = vector("oidf-conformance/dcql_request.json")
    schema["definitions"]["VcSdJwtCredentialQueryMeta"]["additionalProperties"] = True
    validator = jsonschema.Draft7Validator(schema)
    accepted = 0
    for value in mutations():
        try:
            dcql.parse_query(value)
        except Malformed:
            continue
        accepted += 1
        problems = [error for error in validator.iter_errors(value) if "additional" not in error.message.lower()]
        # The suite knows two formats, and finds empty texts meaningless; we only match nothing with them.
        assert all(
            error.validator == "enum" or error.instance == "" or error.absolute_path[-1] in ("format", "type")
            for error in problems
        ), (value, problems)
    assert accepted > 3


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "[]",
        "{",
        {},
        {"credentials": []},
        {"credentials": [credential("a"), credential("a")]},
        {"credentials": [credential("a b")]},
        {"credentials": [credential("a" * 200)]},
        {"credentials": [{"id": "a", "format": "dc+sd-jwt"}]},
        {"credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": {}}]},
        {"credentials": [credential(claims=[{"path": ["a"]}, {"path": ["a"]}])]},
        {"credentials": [credential(claims=[{"id": "x", "path": ["a"]}, {"id": "x", "path": ["b"]}])]},
        {"credentials": [credential(claim_sets=[["x"]])]},
        {"credentials": [credential(claims=[{"path": ["a"]}], claim_sets=[["x"]])]},
        {"credentials": [credential(claims=[{"id": "x", "path": ["a"]}], claim_sets=[["y"]])]},
        {"credentials": [credential(claims=[{"path": ["a", True]}])]},
        {"credentials": [credential(claims=[{"path": ["a"] * 17}])]},
        {"credentials": [credential("a")], "credential_sets": [{"options": [["b"]]}]},
        {"credentials": [credential(str(number)) for number in range(33)]},
    ],
)
def test_a_bad_query_is_refused(value: object) -> None:
    with pytest.raises(Malformed):
        dcql.parse_query(value)


def test_unknown_members_of_a_query_are_ignored() -> None:
    assert dcql.parse_query({"credentials": [credential(new=1)], "newer": {}}).credentials[0].id == "q"


# --- paths


@pytest.mark.parametrize(
    ("path", "places"),
    [
        (("given_name",), [("given_name",)]),
        (("kwalificatie", "crebo"), [("kwalificatie", "crebo")]),
        (("units", None, "unit"), [("units", 0, "unit"), ("units", 1, "unit"), ("units", 2, "unit")]),
        (("units", 1), [("units", 1)]),
        (("units", 3), []),
        (("units", "unit"), []),
        (("given_name", "x"), []),
        (("given_name", None), []),
        (("given_name", 0), []),
        (("kwalificatie", 0), []),
        (("kwalificatie", None), []),
        (("absent",), []),
    ],
)
def test_paths_select_as_the_standard_says(path: tuple, places: list) -> None:
    assert [place for place, _ in dcql.select(path, CLAIMS)] == places


def test_disclosing_takes_parents_and_what_lies_under() -> None:
    disclosable = [("a",), ("a", "b"), ("a", "b", "c"), ("a", "d"), ("e", 0), ("e", 1), ("e", 10), ("e", 2)]
    assert to_disclose([("a", "b")], disclosable) == (("a",), ("a", "b"), ("a", "b", "c"))
    assert to_disclose([("e",)], disclosable) == (("e", 0), ("e", 1), ("e", 2), ("e", 10))
    assert to_disclose([], disclosable) == ()


# --- matching


def test_only_what_is_asked_is_disclosed() -> None:
    assert disclosed_for({"path": ["given_name"]}) == {("given_name",)}
    assert disclosed_for({"path": ["kwalificatie", "crebo"]}) == set()
    assert disclosed_for({"path": ["kwalificatie"]}) == {("kwalificatie", "niveau")}
    assert disclosed_for({"path": ["units", None]}) == {("units", 0), ("units", 1), ("units", 2)}
    assert disclosed_for({"path": ["units", 1, "unit"]}) == {("units", 1)}


def test_a_query_without_claims_discloses_nothing() -> None:
    assert disclosed_for() == set()


def test_values_choose_elements_and_types_count() -> None:
    wanted = {"path": ["units", None, "unit"], "values": ["25960:P2-K1-W2"]}
    assert disclosed_for(wanted) == {("units", 1)}
    assert disclosed_for({"path": ["given_name"], "values": ["Other"]}) is None
    assert disclosed_for({"path": ["kwalificatie", "niveau"], "values": [2]}) == {("kwalificatie", "niveau")}
    assert disclosed_for({"path": ["kwalificatie", "niveau"], "values": ["2", True]}) is None
    assert disclosed_for({"path": ["flag"], "values": [1]}) is None
    assert disclosed_for({"path": ["flag"], "values": [True]}) == set()


def test_the_first_claim_set_that_can_be_answered_is_taken() -> None:
    claims = ({"id": "a", "path": ["absent"]}, {"id": "b", "path": ["birthdate"]}, {"id": "c", "path": ["given_name"]})
    assert disclosed_for(*claims, claim_sets=[["a", "c"], ["b"], ["c"]]) == {("birthdate",)}
    assert disclosed_for(*claims, claim_sets=[["a"], ["a", "b"]]) is None
    assert disclosed_for(*claims) is None


def test_type_format_holder_binding_and_authority_must_fit() -> None:
    asked = query(credential())
    assert dcql.match(asked, [candidate()]).satisfied
    for other in ({"vct": "urn:other"}, {"format": "mso_mdoc"}, {"holder_bound": False}):
        assert not dcql.match(asked, [candidate(**other)]).satisfied
    unbound = query(credential(require_cryptographic_holder_binding=False))
    assert dcql.match(unbound, [candidate(holder_bound=False)]).satisfied
    aki = query(
        credential(trusted_authorities=[{"type": "etsi_tl", "values": ["k1"]}, {"type": "aki", "values": ["k1"]}])
    )
    assert dcql.match(aki, [candidate(authority_key_ids=frozenset({"k1"}))]).satisfied
    assert not dcql.match(aki, [candidate(authority_key_ids=frozenset({"k2"}))]).satisfied
    other = query(credential(trusted_authorities=[{"type": "openid_federation", "values": ["k1"]}]))
    assert not dcql.match(other, [candidate(authority_key_ids=frozenset({"k1"}))]).satisfied


def test_a_required_part_without_answer_leaves_nothing() -> None:
    asked = query(credential("a"), {"id": "b", "format": "mso_mdoc", "meta": {"doctype_value": "x"}})
    matches = dcql.match(asked, [candidate()])
    assert (matches.satisfied, matches.unmet) == (False, ("b",))
    with pytest.raises(dcql.NothingMatches) as refused:
        matches.choose()
    assert refused.value.error == "access_denied"


def test_credential_sets_are_alternatives_and_optional_ones_may_be_skipped() -> None:
    sets = [
        {"options": [["none"], ["b"]]},
        {"options": [["a"]], "required": False},
        {"options": [["none"]], "required": False},
    ]
    asked = query(
        credential("a"), credential("b"), credential("none", meta={"vct_values": ["x"]}), credential_sets=sets
    )
    matches = dcql.match(asked, [candidate(), candidate(id="c2")])
    assert list(matches.choose()) == ["b"]
    assert list(matches.choose(with_optional=True)) == ["b", "a"]
    assert [choice.candidate_id for choice in matches.by_query["b"]] == ["c1", "c2"]


# --- checking


def presented(*disclosed: tuple, **changes: object) -> dcql.PresentedClaims:
    claims = copy.deepcopy(CLAIMS)
    for path in sorted(DISCLOSABLE - set(disclosed), key=str, reverse=True):
        if len(path) == 1:
            del claims[path[0]]
        elif path[0] == "units":
            claims["units"].pop(path[1])
        else:
            del claims[path[0]][path[1]]
    units = [path for path in disclosed if path[0] == "units"]
    moved = [path for path in disclosed if path[0] != "units"] + [("units", index) for index in range(len(units))]
    values = {"format": "dc+sd-jwt", "vct": VCT, "claims": claims, "disclosed": moved}
    return dcql.PresentedClaims(**(values | changes))


def codes(asked: dcql.Query, given: dict) -> list[str]:
    return [problem.code for problem in dcql.check_response(asked, given).problems]


@pytest.mark.parametrize(
    "claims",
    [
        [],
        [{"path": ["given_name"]}],
        [{"path": ["units", None, "unit"], "values": ["25960:P2-K1-W2"]}],
        [{"path": ["units", 2]}],
        [{"path": ["kwalificatie"]}, {"path": ["birthdate"]}],
    ],
)
def test_what_a_wallet_chooses_is_what_the_verifier_asked(claims: list) -> None:
    asked = query(credential(**({"claims": claims} if claims else {})))
    choice = dcql.match(asked, [candidate()]).choose()["q"][0]
    checked = dcql.check_response(asked, {"q": [presented(*choice.disclose)]})
    assert checked.answers
    assert checked.over_disclosed == ()


def test_over_disclosure_is_found_and_named() -> None:
    asked = query(credential(claims=[{"path": ["given_name"]}]))
    checked = dcql.check_response(asked, {"q": [presented(("given_name",), ("birthdate",), ("units", 1))]})
    assert checked.answers
    assert [found.path for found in checked.over_disclosed] == [("birthdate",), ("units", 0)]
    assert dcql.check_response(query(credential()), {"q": [presented(("birthdate",))]}).over_disclosed


def test_an_element_of_another_value_is_over_disclosure() -> None:
    asked = query(credential(claims=[{"path": ["units", None, "unit"], "values": ["25960:P2-K1-W2"]}]))
    checked = dcql.check_response(asked, {"q": [presented(("units", 0), ("units", 1))]})
    assert [found.path for found in checked.over_disclosed] == [("units", 0)]


def test_each_criterion_of_the_query_is_looked_at_again() -> None:
    asked = query(credential(claims=[{"path": ["given_name"], "values": ["Test"]}]))
    good = presented(("given_name",))
    assert codes(asked, {"q": [good]}) == []
    assert codes(asked, {}) == ["not_answered"]
    assert codes(asked, {"q": []}) == ["not_answered"]
    assert codes(asked, {"q": [presented()]}) == ["claims_missing", "not_answered"]
    wrong = presented(("given_name",), claims=CLAIMS | {"given_name": "Other"})
    assert codes(asked, {"q": [wrong]}) == ["claims_missing", "not_answered"]
    assert codes(asked, {"q": [presented(("given_name",), vct="urn:other")]}) == ["wrong_type", "not_answered"]
    assert codes(asked, {"q": [presented(("given_name",), format="jwt_vc_json")]}) == ["wrong_format", "not_answered"]
    assert codes(asked, {"q": [presented(("given_name",), holder_bound=False)]}) == [
        "no_holder_binding",
        "not_answered",
    ]
    assert codes(asked, {"q": [good, good]}) == ["too_many"]
    assert codes(asked, {"q": [good], "other": [good]}) == ["unknown_query"]


def test_multiple_presentations_where_they_were_asked() -> None:
    asked = query(credential(multiple=True))
    assert codes(asked, {"q": [presented(), presented()]}) == []


def test_a_required_set_needs_one_whole_option() -> None:
    asked = query(
        credential("a"),
        credential("b"),
        credential("c"),
        credential_sets=[{"options": [["a", "b"], ["c"]]}, {"options": [["b"]], "required": False}],
    )
    assert codes(asked, {"c": [presented()]}) == []
    assert codes(asked, {"a": [presented()], "b": [presented()]}) == []
    assert codes(asked, {"a": [presented()]}) == ["set_not_answered"]
