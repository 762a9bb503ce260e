"""The claims of each type: complete at issue, in part at verification."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

import pytest

from passport.credentials.credential_type import COMMON_DISCLOSABLE, ENVELOPE_CLAIMS, PERSON_CLAIMS, load_schema
from passport.credentials.examples import example_claims, split_claims
from passport.credentials.types import TYPES, by_vct

ALL = sorted(TYPES)
COMMON = (*PERSON_CLAIMS, "awarded_date", "document_number", "awarding_body")
REQUIRED = {
    "diploma": ("kwalificatie", "cohort", "nlqf", "eqf"),
    "mbo-certificaat": ("kwalificatie", "certificaat"),
    "mbo-verklaring": ("kwalificatie", "cohort", "resultaten", "keuzedelen"),
    "praktijkverklaring": (
        "kwalificatie",
        "units",
        "leerbedrijf",
        "periode",
        "praktijkbeoordeling",
        "praktijkbeoordeling_salt",
    ),
    "ervaringscertificaat": ("standaard", "overeenkomst_datum", "units"),
    "vrijstelling": ("kwalificatie", "onderdelen"),
    "branchecertificaat": ("standaard",),
}
UNIT = {"unit": "25960:P2-K1-W1", "naam": "Ondersteunt bij wonen"}


def changed(name: str, path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    claims = example_claims(name)
    node: Any = claims
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return claims


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


@pytest.mark.parametrize("name", ALL)
def test_good_example_has_no_problems_complete_or_disclosed(name: str) -> None:
    claims = example_claims(name)
    assert TYPES[name].schema_problems(claims) == []
    assert TYPES[name].disclosed_problems(claims) == []


def test_contract_names_and_issuers_of_the_seven_types() -> None:
    assert {name: (ctype.vct, ctype.issuer_kind) for name, ctype in TYPES.items()} == {
        "diploma": ("urn:skillspas:diploma:1", "school"),
        "mbo-certificaat": ("urn:skillspas:mbo-certificaat:1", "school"),
        "mbo-verklaring": ("urn:skillspas:mbo-verklaring:1", "school"),
        "praktijkverklaring": ("urn:skillspas:praktijkverklaring:1", "school"),
        "ervaringscertificaat": ("urn:skillspas:ervaringscertificaat:1", "evc-aanbieder"),
        "vrijstelling": ("urn:skillspas:vrijstelling:1", "school"),
        "branchecertificaat": ("urn:skillspas:branchecertificaat:1", "brancheorganisatie"),
    }


def test_type_is_found_by_its_exact_vct_only() -> None:
    for ctype in TYPES.values():
        assert by_vct(ctype.vct) is ctype
    for other in ("urn:skillspas:diploma:2", "URN:skillspas:diploma:1", "diploma", "", None, 1, ["urn"], {}):
        assert by_vct(other) is None


@pytest.mark.parametrize(("name", "claim"), [(n, c) for n in ALL for c in (*COMMON, *REQUIRED[n])])
def test_required_claim_that_is_missing_is_refused_at_issue(name: str, claim: str) -> None:
    problems = TYPES[name].schema_problems(without(example_claims(name), claim))
    assert any(f'"{claim}" is a required property' in problem for problem in problems), problems


@pytest.mark.parametrize("name", ALL)
def test_claims_that_are_always_shown_are_required_at_verification_and_hidden_ones_are_not(name: str) -> None:
    ctype = TYPES[name]
    hidden = {path[0] for path in ctype.disclosable if len(path) == 1}
    for claim in (*COMMON, *REQUIRED[name]):
        problems = ctype.disclosed_problems(without(example_claims(name), claim))
        assert bool(problems) is (claim not in hidden), (claim, problems)


@pytest.mark.parametrize("name", ALL)
def test_always_required_are_the_required_claims_that_cannot_be_hidden(name: str) -> None:
    ctype = TYPES[name]
    assert {"awarded_date", "awarding_body"} <= set(ctype.always_required)
    assert not set(ctype.always_required) & {path[0] for path in COMMON_DISCLOSABLE}


@pytest.mark.parametrize("name", ALL)
def test_every_choice_of_disclosures_is_accepted_at_verification(name: str) -> None:
    ctype, claims = TYPES[name], example_claims(name)
    _, hidden = split_claims(ctype, claims)
    places, chance = list(hidden), random.Random(name)
    for keep in [[], places, *([p for p in places if chance.random() < 0.5] for _ in range(60))]:
        part = deepcopy(claims)
        for place in reversed([place for place in places if place not in keep]):
            node: Any = part
            for step in place[:-1]:
                node = node[step]
            del node[place[-1]]
        assert ctype.disclosed_problems(part) == []


@pytest.mark.parametrize("name", ALL)
def test_unknown_claim_is_refused_at_issue_and_ignored_at_verification(name: str) -> None:
    claims = {**example_claims(name), "something_new": {"a": 1}, "cohort_of_friends": 5}
    assert TYPES[name].schema_problems(claims)
    assert TYPES[name].disclosed_problems(claims) == []


@pytest.mark.parametrize("claim", sorted(ENVELOPE_CLAIMS | {"sub", "_sd", "_sd_alg", "aka_vcts", "bsn"}))
def test_envelope_claim_among_the_claims_is_refused_at_issue(claim: str) -> None:
    for name in ALL:
        assert TYPES[name].schema_problems({**example_claims(name), claim: "x"})


def test_unknown_claim_with_the_name_of_another_type_s_claim_is_ignored_at_verification() -> None:
    claims = {**example_claims("branchecertificaat"), "cohort": 5, "periode": "never"}
    assert TYPES["branchecertificaat"].disclosed_problems(claims) == []


WRONG = [
    (
        "mbo-certificaat",
        ("kwalificatie", "crebo"),
        ["2596", "259600", "2596A", "٢٥٩٦٠", 25960, "25960\n", "25604K0059"],
    ),
    ("mbo-certificaat", ("kwalificatie", "niveau"), [0, 5, "2", 2.5, True, None]),
    ("mbo-certificaat", ("certificaat", "code"), ["c0164", "C164", "C01644", "K0164"]),
    ("mbo-certificaat", ("cijfer",), [0.9, 10.1, "7", True, None, -1]),
    (
        "mbo-certificaat",
        ("units", 0, "unit"),
        ["P2-K1-W1", "25960:C1-K1-W1", "25960:P2-W1", "25960:P2-K1-W1 ", "25960:p2-k1-w1"],
    ),
    ("mbo-certificaat", ("units",), [[], {}, [UNIT, UNIT], [{"unit": "25960:P2-K1-W1"}], [{**UNIT, "extra": 1}], None]),
    (
        "mbo-certificaat",
        ("birthdate",),
        ["1990-02-30", "28-02-1990", "1990-2-28", "19900228", "1990-02-28T00:00:00Z", "0000-01-01", "", 19900228],
    ),
    ("mbo-certificaat", ("birthdate",), ["2027-01-01"]),
    ("mbo-certificaat", ("awarded_date",), ["2026-06-31", "1990-02-27", None]),
    (
        "mbo-certificaat",
        ("given_name",),
        ["", "   ", "a\u0000b", "a\nb", "a\u202eb", "\u200b", "x" * 201, 5, None, ["Test"]],
    ),
    (
        "mbo-certificaat",
        ("awarding_body",),
        ["School A", {}, {"brin": "99XX"}, {"naam": "A", "kvk": "1"}, {"naam": "A", "brin": "x"}],
    ),
    ("mbo-certificaat", ("document_number",), ["", "x" * 101, 12, "a\tb"]),
    ("mbo-verklaring", ("cohort",), ["2025", "2025-2027", "2026-2025", "2025/2026", "25-26"]),
    ("mbo-verklaring", ("resultaten", 0, "onderdeel"), ["examen", "Kerntaak", None]),
    ("mbo-verklaring", ("resultaten", 0, "unit"), ["25960:B1-K1-W1", "B1-K1"]),
    ("mbo-verklaring", ("resultaten", 1, "unit"), ["25960:B1-K1"]),
    ("mbo-verklaring", ("resultaten", 1, "oordeel"), ["Voldoende", "uitstekend", "aangetoond", 6]),
    ("mbo-verklaring", ("resultaten", 2, "vak"), ["Nederlands", "duits"]),
    ("mbo-verklaring", ("keuzedelen", 0, "code"), ["K219", "25604K0059", "k0219"]),
    ("mbo-verklaring", ("keuzedelen", 0, "sbu"), [0, -240, "240", None, 240.5, 2001]),
    ("mbo-verklaring", ("keuzedelen", 0, "verplichting"), ["ja", 1, None]),
    ("praktijkverklaring", ("leerbedrijf", "id"), ["leerbedrijf a", "", None, "x" * 600]),
    (
        "praktijkverklaring",
        ("periode",),
        [{"van": "2026-02-01", "tot": "2026-01-31"}, {"van": "2026-02-01"}, {}, "2026"],
    ),
    ("praktijkverklaring", ("praktijkbeoordeling",), ["a.b", "a.b.c.d", "a..c", "a b.c.d", "a" * 40_000, None]),
    ("praktijkverklaring", ("praktijkbeoordeling_salt",), ["short", "a" * 21, "a" * 22 + "=", None]),
    ("ervaringscertificaat", ("standaard", "code"), ["2565", "crebo:25656", ""]),
    ("ervaringscertificaat", ("standaard", "soort"), ["mbo", None]),
    ("ervaringscertificaat", ("units", 0, "oordeel"), ["voldoende", None]),
    ("ervaringscertificaat", ("units", 0, "unit"), ["B1-K1-W4"]),
    ("ervaringscertificaat", ("overeenkomst_datum",), ["2026-06-02", "soon"]),
    ("ervaringscertificaat", ("route",), ["werk", None]),
    (
        "vrijstelling",
        ("onderdelen",),
        [
            [],
            [{}],
            [{"vak": "engels"}],
            [{"unit": "25656:B1-K1", "vak": "engels", "niveau": "B1"}],
            [{"onderdeel": "kerntaak"}],
            [{"keuzedeel": {"code": "K1006"}}],
        ],
    ),
    ("vrijstelling", ("cijfer",), [8]),
    ("diploma", ("nlqf",), ["2", 0, 9, None]),
    ("diploma", ("evidence",), [[], [{"type": "x"}]]),
    ("branchecertificaat", ("geldig_tot",), ["altijd", None]),
]


@pytest.mark.parametrize(("name", "path", "value"), [(n, p, v) for n, p, values in WRONG for v in values])
def test_wrong_value_is_refused_at_issue(name: str, path: tuple[str | int, ...], value: Any) -> None:
    assert TYPES[name].schema_problems(changed(name, path, value))


ALLOWED_IN_PART = ("[]", "'extra'", "'kvk'")  # what hiding can bring about, or a later version may add
WRONG_IN_PART = [
    (name, path, value)
    for name, path, values in WRONG
    for value in values
    if not (
        path[-1] in ("units", "onderdelen", "awarding_body") and any(word in repr(value) for word in ALLOWED_IN_PART)
    )
]


@pytest.mark.parametrize(("name", "path", "value"), WRONG_IN_PART)
def test_wrong_value_that_is_disclosed_is_refused_at_verification(
    name: str, path: tuple[str | int, ...], value: Any
) -> None:
    assert TYPES[name].disclosed_problems(changed(name, path, value))


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("mbo-certificaat", ("units", 0, "unit"), "25990:P10-K2-W7"),
        ("mbo-certificaat", ("units", 0, "unit"), "25960:B1-K1"),
        ("mbo-certificaat", ("cijfer",), 5.5),
        ("mbo-certificaat", ("given_name",), "Zoë Ünal-van 't Hoff"),
        ("mbo-certificaat", ("family_name",), "محمد\u200cرضا"),
        ("mbo-verklaring", ("resultaten",), []),
        ("mbo-verklaring", ("keuzedelen",), []),
        (
            "mbo-verklaring",
            ("resultaten", 0),
            {"onderdeel": "beroepsvereisten", "naam": "VWS", "oordeel": "voldaan", "datum": "2026-05-28"},
        ),
        ("mbo-verklaring", ("resultaten", 2, "niveau"), "A2/B1"),
        ("ervaringscertificaat", ("standaard",), {"soort": "crebo", "code": "25656", "naam": "Verzorgende-IG"}),
        ("branchecertificaat", ("standaard",), {"soort": "crebo", "code": "25656", "naam": "Verzorgende-IG"}),
        ("praktijkverklaring", ("leerbedrijf", "id"), "did:web:leerbedrijf.example"),
    ],
)
def test_right_value_is_accepted(name: str, path: tuple[str | int, ...], value: Any) -> None:
    assert TYPES[name].schema_problems(changed(name, path, value)) == []


@pytest.mark.parametrize("oordeel", ["onvoldoende", "niet voldaan", "voldoende", "voldaan", "goed", "deelgenomen"])
def test_each_oordeel_of_the_rules_is_accepted(oordeel: str) -> None:
    claims = {**without(example_claims("mbo-certificaat"), "cijfer"), "oordeel": oordeel}
    assert TYPES["mbo-certificaat"].schema_problems(claims) == []


def test_certificate_has_units_or_a_keuzedeel_and_never_both_or_neither() -> None:
    ctype, claims = TYPES["mbo-certificaat"], example_claims("mbo-certificaat")
    elective = {"keuzedeel": {"code": "K0219", "naam": "Gezonde leefstijl", "sbu": 240}}
    assert ctype.schema_problems({**without(claims, "units"), **elective}) == []
    for problems in (ctype.schema_problems, ctype.disclosed_problems):
        assert problems({**claims, **elective})
        assert problems(without(claims, "units"))


def test_certificate_has_a_mark_or_an_oordeel_and_not_both() -> None:
    ctype, claims = TYPES["mbo-certificaat"], example_claims("mbo-certificaat")
    assert ctype.schema_problems(without(claims, "cijfer")) == []
    assert ctype.schema_problems({**claims, "oordeel": "goed"})


def test_mark_of_an_exemption_stands_only_with_a_single_element() -> None:
    ctype, claims = TYPES["vrijstelling"], example_claims("vrijstelling")
    claims["cijfer"] = 8
    assert ctype.schema_problems(claims)
    claims["onderdelen"] = claims["onderdelen"][:1]
    assert ctype.schema_problems(claims) == []


def test_result_names_what_its_onderdeel_asks() -> None:
    ctype, claims = TYPES["mbo-verklaring"], example_claims("mbo-verklaring")
    for onderdeel in ("kerntaak", "werkproces", "generiek", "beroepsvereisten"):
        claims["resultaten"] = [{"onderdeel": onderdeel, "oordeel": "voldoende", "datum": "2026-05-28"}]
        assert ctype.schema_problems(claims)
    for onderdeel in ("bpv", "loopbaan_burgerschap"):
        claims["resultaten"] = [{"onderdeel": onderdeel, "oordeel": "voldoende", "datum": "2026-05-28"}]
        assert ctype.schema_problems(claims) == []


def test_experience_on_a_branch_standard_needs_no_units_and_may_have_the_branch_s_own() -> None:
    ctype, claims = TYPES["ervaringscertificaat"], example_claims("ervaringscertificaat")
    claims["standaard"] = {"soort": "branche", "code": "BRANCHE-A-1", "naam": "Veilig werken"}
    assert ctype.schema_problems(without(claims, "units")) == []
    claims["units"] = [{"unit": "taak 1", "naam": "Tilt veilig", "oordeel": "aangetoond"}]
    assert ctype.schema_problems(claims) == []
    assert ctype.crebos(claims) == frozenset()


def test_problem_names_the_place_and_never_the_value() -> None:
    secret = "geheim\u0007 " * 3
    claims = changed("mbo-certificaat", ("units", 1, "naam"), secret) | {"birthdate": "gisteren", "x\u202ey": 1}
    problems = TYPES["mbo-certificaat"].schema_problems(claims)
    text = "\n".join(problems)
    assert any(problem.startswith("/units/1/naam: ") for problem in problems)
    assert any(problem.startswith("/birthdate: ") for problem in problems)
    assert "geheim" not in text
    assert "gisteren" not in text
    assert "\u202e" not in text


def test_number_and_length_of_problems_are_bounded() -> None:
    claims = {**example_claims("mbo-certificaat"), "units": [{}] * 5000, "x" * 5000: 1}
    problems = TYPES["mbo-certificaat"].schema_problems(claims)
    assert 0 < len(problems) <= 20
    assert max(map(len, problems)) <= 200


@pytest.mark.parametrize("value", ["\ud800", {1, 2}, object(), float("nan"), 10**400, b"x"])
def test_value_that_is_not_json_is_a_problem_and_no_crash(value: object) -> None:
    for problems in (TYPES["diploma"].schema_problems, TYPES["diploma"].disclosed_problems):
        assert problems({**example_claims("diploma"), "given_name": value, "nlqf": value})


def test_schemas_are_draft_2020_12_and_agree_where_they_use_the_same_definition() -> None:
    from jsonschema_rs import meta

    seen: dict[str, Any] = {}
    for name in (*ALL, "praktijkbeoordeling"):
        schema = load_schema(name)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["$id"] == f"urn:skillspas:schema:{name}:1"
        assert meta.is_valid(schema)
        for definition, body in schema["$defs"].items():
            assert seen.setdefault(definition, body) == body, f"{definition} differs in {name}"


def test_every_text_and_list_in_the_schemas_is_bounded() -> None:
    def walk(node: Any, where: str) -> None:
        if isinstance(node, list):
            for index, inner in enumerate(node):
                walk(inner, f"{where}/{index}")
        if not isinstance(node, dict):
            return
        if node.get("type") == "array":
            assert "maxItems" in node, where
        if node.get("type") == "string" and "enum" not in node:
            assert "maxLength" in node or not set("*+") & set(node["pattern"].replace("+-]", "]")), where
        if node.get("type") == "object":
            assert node["additionalProperties"] is False, where
        for key, inner in node.items():
            walk(inner, f"{where}/{key}")

    for name in (*ALL, "praktijkbeoordeling"):
        walk(load_schema(name), name)
