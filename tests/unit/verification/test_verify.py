"""The one verification: each check passes, fails, is undetermined or skipped as it should. CONTRACT section 6."""

import datetime as dt
import json

import pytest

from passport.errors import NotAccepted
from passport.jose.keys import PrivateKey
from passport.trust.issuer_keys.metadata import metadata_url
from passport.trust.register import parse_register
from passport.verification import Expected, Material, Materials, Policy, needs, parse_presented, policy_for, verify
from passport.verification.report import CHECK_IDS
from tests.ecosystem import INVALID, SUSPENDED, Ecosystem

OPEN = policy_for(require_holder_binding=False)
BOUND = policy_for(require_holder_binding=True)
EXPECTED = Expected(nonce="nonce", audience="verifier")


@pytest.fixture
def world():
    return Ecosystem()


def check(world, text, *, policy=OPEN, expected=None, register=..., materials=None, at=None):
    return verify(
        text,
        world.materials() if materials is None else materials,
        world.register() if register is ... else register,
        policy,
        expected=expected,
        at=at or world.at,
    )


def outcomes(report):
    return {entry.id: (entry.outcome.value, entry.code) for entry in report.checks}


def problem(report):
    found = report.first_problem()
    return None if found is None else (found.id, found.code)


@pytest.mark.parametrize("mechanism", ["x5c", "jwks"])
@pytest.mark.parametrize(
    "type",
    ["diploma", "mbo-certificaat", "mbo-verklaring", "praktijkverklaring", "vrijstelling"],
)
def test_a_sound_credential_is_accepted(type, mechanism):
    world = Ecosystem(mechanism=mechanism)
    report = check(world, world.school.issue(type, holder=world.holder()).text)
    assert report.verdict == "accepted", problem(report)
    assert [entry.id for entry in report.checks] == list(CHECK_IDS)
    assert report.require().type.name == type


def test_an_ervaringscertificaat_of_an_evc_aanbieder_is_accepted(world):
    assert check(world, world.evc.issue("ervaringscertificaat").text).verdict == "accepted"


def test_a_report_has_no_truth_value(world):
    report = check(world, world.school.issue().text)
    with pytest.raises(TypeError):
        bool(report)


@pytest.mark.parametrize("text", ["", "~", "a.b.c~", "nonsense", "a" * 300_000 + "~", "\x00~"])
def test_what_does_not_parse_is_rejected_and_shows_nothing(world, text):
    report = check(world, text)
    assert (report.verdict, report.check("structure").outcome.value) == ("rejected", "failed")
    assert report.credential is None
    assert all(entry.outcome.value == "skipped" for entry in report.checks[1:])
    with pytest.raises(NotAccepted):
        report.require()


def test_an_unknown_issuer_is_rejected_and_nothing_is_fetched(world):
    issued = world.school.issue()
    world.unlisted.add(world.school.id)
    report = check(world, issued.text)
    assert report.verdict == "rejected"
    assert outcomes(report)["issuer_key"] == ("failed", "issuer_unknown")
    assert outcomes(report)["signature"] == ("skipped", "not_reached")
    assert report.credential is None
    assert needs(parse_presented(issued.text), Materials(), world.register(), at=world.at) == ()


def test_without_a_register_the_answer_is_undetermined(world):
    report = check(world, world.school.issue().text, register=None)
    assert (report.verdict, problem(report)) == ("undetermined", ("issuer_key", "no_register"))


def test_a_stale_register_makes_the_answer_undetermined(world):
    world.next_update = world.at - dt.timedelta(seconds=1)
    report = check(world, world.school.issue().text)
    assert (report.verdict, problem(report)) == ("undetermined", ("issuer_key", "register_stale"))
    assert outcomes(report)["signature"][0] == "passed"


def test_a_bad_signature_is_rejected_also_with_a_stale_register(world):
    issued = world.school.issue(signer=PrivateKey.generate())
    world.next_update = world.at - dt.timedelta(seconds=1)
    assert check(world, issued.text).verdict == "rejected"


def test_another_key_than_the_issuers_is_rejected_and_no_status_is_fetched(world):
    issued = world.school.issue(signer=PrivateKey.generate())
    report = check(world, issued.text)
    assert problem(report) == ("signature", "signature_invalid")
    assert report.credential is None
    assert needs(parse_presented(issued.text), Materials(), world.register(), at=world.at) == ()


def test_an_algorithm_that_is_not_switched_on_for_the_issuer_is_rejected(world):
    key = PrivateKey.generate("ES384")
    report = check(world, world.school.issue(signer=key).text)
    assert problem(report) == ("algorithm", "algorithm_not_allowed")


@pytest.mark.parametrize("alg", ["ES384", "EdDSA"])
def test_an_algorithm_that_is_switched_on_in_the_register_is_accepted(alg):
    world = Ecosystem(mechanism="jwks")
    world.school.key = PrivateKey.generate(alg)
    issued = world.school.issue()
    document = world.register_document()
    document["organisations"][0]["keys"]["algorithms"] = [alg]
    report = check(world, issued.text, register=parse_register(json.dumps(document).encode()))
    assert report.verdict == "accepted", problem(report)


def test_a_changed_disclosure_is_rejected(world):
    head, *disclosures = world.school.issue().text.split("~")
    forged = "~".join([head, *disclosures[:-1], "WyJzYWx0IiwibmFhbSIsIngiXQ", ""])
    assert problem(check(world, forged))[0] == "disclosures"


def test_a_type_that_we_do_not_know_is_rejected(world):
    from passport.jose.encoding import encode_json

    payload = {"iss": world.school.id, "vct": "urn:other:1", "iat": int(world.at.timestamp())}
    text = world.school.writer("dc+sd-jwt").sign(encode_json(payload)) + "~"
    report = check(world, text)
    assert outcomes(report)["type"] == ("failed", "type_unknown")
    assert outcomes(report)["schema"] == ("skipped", "not_reached")
    assert report.verdict == "rejected"


def test_a_required_claim_that_is_wrong_is_rejected(world):
    report = check(world, world.school.issue(awarded_date="gisteren").text)
    assert problem(report) == ("schema", "schema_mismatch")
    assert outcomes(report)["accreditation"] == ("skipped", "not_reached")


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(-61, "rejected"), (-60, "rejected"), (-59, "accepted"), (10, "accepted")]
)
def test_exp_has_sixty_seconds_of_tolerance(world, seconds, verdict):
    issued = world.school.issue(expires_at=world.at + dt.timedelta(seconds=seconds))
    assert check(world, issued.text).verdict == verdict


@pytest.mark.parametrize(("seconds", "verdict"), [(61, "rejected"), (60, "accepted")])
def test_iat_may_be_sixty_seconds_ahead(world, seconds, verdict):
    issued = world.school.issue(issued_at=world.at + dt.timedelta(seconds=seconds))
    assert check(world, issued.text).verdict == verdict


# Status


@pytest.mark.parametrize(("status", "code"), [(INVALID, "revoked"), (SUSPENDED, "suspended"), (3, "status_other")])
def test_a_list_that_says_anything_but_valid_rejects(world, status, code):
    issued = world.school.issue()
    world.school.set_status(issued, status)
    report = check(world, issued.text)
    assert (report.verdict, problem(report)) == ("rejected", ("status", code))
    assert report.credential is not None


def test_a_list_that_cannot_be_fetched_is_undetermined_and_never_valid(world):
    issued = world.school.issue()
    world.down.add(world.school.status_uri)
    report = check(world, issued.text)
    assert (report.verdict, problem(report)) == ("undetermined", ("status", "status_unavailable"))
    assert report.credential.status == "unknown"


def test_a_list_signed_by_another_key_is_undetermined(world):
    world.school.status_signer = PrivateKey.generate()
    assert problem(check(world, world.school.issue().text)) == ("status", "status_list_invalid")


def test_a_list_of_another_uri_is_undetermined(world):
    other = world.add("school", "School B", "https://issuer.example/o/school-b")
    issued = world.school.issue()
    world.school.status_token = other.status_list()
    assert problem(check(world, issued.text)) == ("status", "status_list_invalid")


@pytest.mark.parametrize("body", [b"", b"{}", b"a.b.c", b"\xff\xfe", b"x" * 1000])
def test_what_is_no_list_is_undetermined(world, body):
    issued = world.school.issue()
    world.school.status_token = body
    report = check(world, issued.text)
    assert (report.verdict, problem(report)) == ("undetermined", ("status", "status_list_invalid"))


def test_an_index_outside_the_list_rejects(world):
    report = check(world, world.school.issue(index=10_000_000).text)
    assert (report.verdict, problem(report)) == ("rejected", ("status", "status_index_outside"))


def test_a_missing_status_rejects(world):
    assert problem(check(world, world.school.issue(with_status=False).text)) == ("status", "status_missing")


def test_a_list_that_expired_is_undetermined(world):
    issued, materials = world.school.issue(), world.materials()
    later = world.at + dt.timedelta(days=2)
    report = check(world, issued.text, materials=materials, at=later)
    assert problem(report) == ("status", "status_list_invalid")


def test_a_kept_list_is_not_asked_for_a_changed_body(world):
    issued = world.school.issue()
    first = world.materials()
    assert check(world, issued.text, materials=first).verdict == "accepted"
    world.school.set_status(issued, INVALID)
    assert check(world, issued.text, materials=first.plus(world.materials().by_place.values())).verdict == "rejected"


# Accreditation


def test_a_school_may_not_give_an_ervaringscertificaat(world):
    report = check(world, world.school.issue("ervaringscertificaat").text)
    assert problem(report) == ("accreditation", "wrong_kind")


@pytest.mark.parametrize(
    ("accreditation", "code"),
    [
        ([], "not_accredited_type"),
        ([{"type": "mbo-certificaat", "crebo": ["25656"]}], "not_accredited_crebo"),
        ([{"type": "mbo-certificaat", "crebo": "*", "valid_until": "2020-01-01"}], "not_accredited_then"),
    ],
)
def test_an_issuer_that_was_not_accredited_is_rejected(world, accreditation, code):
    issued = world.school.issue()
    world.school.accreditations = accreditation
    report = check(world, issued.text)
    assert (report.verdict, problem(report)) == ("rejected", ("accreditation", code))


def test_losing_an_accreditation_later_does_not_undo_an_award(world):
    issued = world.school.issue()
    day = issued.claims["awarded_date"]
    world.school.accreditations = [
        {"type": "mbo-certificaat", "crebo": "*", "valid_from": "2015-01-01", "valid_until": day}
    ]
    assert check(world, issued.text).verdict == "accepted"


def test_for_evc_the_date_of_the_agreement_counts(world):
    issued = world.evc.issue("ervaringscertificaat", overeenkomst_datum="2025-01-10", awarded_date="2025-06-01")
    for until, verdict in (("2025-01-10", "accepted"), ("2025-01-09", "rejected")):
        world.evc.accreditations = [{"type": "ervaringscertificaat", "crebo": "*", "valid_until": until}]
        assert check(world, issued.text).verdict == verdict


def test_a_compromised_key_verifies_nothing(world):
    issued = world.school.issue()
    world.school.compromised = True
    assert problem(check(world, issued.text)) == ("issuer_key", "key_compromised")


# Countersignature


def test_both_signatures_of_a_praktijkverklaring_are_checked(world):
    report = check(world, world.school.issue("praktijkverklaring").text)
    assert outcomes(report)["countersignature"] == ("passed", None)
    assert report.require().countersigned
    assert report.require().leerbedrijf.id == world.leerbedrijf.id


def test_without_the_assessment_the_school_vouches(world):
    holder = world.holder()
    issued = world.school.issue("praktijkverklaring", holder=holder)
    shown = holder.present(issued, disclose=[("units", None)])
    report = check(world, shown, policy=BOUND, expected=EXPECTED)
    assert report.verdict == "accepted"
    assert outcomes(report)["countersignature"] == ("skipped", "not_disclosed")
    assert not report.require().countersigned


def test_a_subset_of_the_assessed_units_may_be_shown(world):
    holder = world.holder()
    issued = world.school.issue("praktijkverklaring", holder=holder)
    places = [("units", 0)] + [
        (name,)
        for name in (
            *("given_name", "family_name", "birthdate", "leerbedrijf", "periode"),
            *("praktijkbeoordeling", "praktijkbeoordeling_salt"),
        )
    ]
    report = check(world, holder.present(issued, disclose=places), policy=BOUND, expected=EXPECTED)
    assert outcomes(report)["countersignature"] == ("passed", None)


def test_an_assessment_signed_by_somebody_else_rejects(world):
    claims = dict(world.school.issue("praktijkverklaring").claims)
    claims |= world.leerbedrijf.assess(claims, signer=PrivateKey.generate())
    report = check(world, world.school.issue("praktijkverklaring", claims).text)
    assert (report.verdict, problem(report)) == ("rejected", ("countersignature", "assessment_signature"))


@pytest.mark.parametrize(
    "change",
    [
        {"family_name": "Ander"},
        {"birthdate": "1980-01-01"},
        {"periode": {"van": "2025-01-01", "tot": "2025-02-01"}},
        {"units": [{"unit": "25960:P2-K1-W4", "naam": "Begeleidt bij activiteiten"}]},
    ],
)
def test_an_assessment_of_another_person_period_or_unit_rejects(world, change):
    claims = dict(world.school.issue("praktijkverklaring").claims)
    report = check(world, world.school.issue("praktijkverklaring", {**claims, **change}).text)
    assert report.verdict == "rejected"
    assert problem(report)[0] == "countersignature"


def test_a_leerbedrijf_that_was_not_recognised_in_the_whole_period_rejects(world):
    issued = world.school.issue("praktijkverklaring")
    world.leerbedrijf.accreditations = [
        {"type": "praktijkbegeleiding", "crebo": "*", "valid_from": issued.claims["periode"]["tot"]}
    ]
    assert problem(check(world, issued.text)) == ("countersignature", "leerbedrijf_not_recognised")


def test_a_leerbedrijf_that_the_register_does_not_know_rejects(world):
    issued = world.school.issue("praktijkverklaring")
    world.unlisted.add(world.leerbedrijf.id)
    assert problem(check(world, issued.text)) == ("countersignature", "leerbedrijf_unknown")


# Holder binding


def test_a_presentation_bound_to_this_transaction_is_proven(world):
    holder = world.holder()
    report = check(world, holder.present(world.school.issue(holder=holder)), policy=BOUND, expected=EXPECTED)
    assert (report.verdict, report.holder_binding) == ("accepted", "proven")
    assert report.require().holder_key == holder.key.public_key.thumbprint


def test_without_a_key_binding_a_call_that_requires_it_rejects(world):
    report = check(world, world.school.issue(holder=world.holder()).text, policy=BOUND, expected=EXPECTED)
    assert (report.verdict, report.holder_binding) == ("rejected", "missing")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nonce": "other"}, "kb_nonce"),
        ({"audience": "other"}, "kb_audience"),
        ({"key": PrivateKey.generate()}, "kb_signature"),
        ({"at": dt.datetime(2026, 6, 15, 9, 50, tzinfo=dt.UTC)}, "kb_iat"),
        ({"at": dt.datetime(2026, 6, 15, 10, 2, tzinfo=dt.UTC)}, "kb_iat"),
    ],
)
def test_a_key_binding_of_another_transaction_key_or_time_rejects(world, changes, code):
    holder = world.holder()
    shown = holder.present(world.school.issue(holder=holder), **changes)
    for policy in (BOUND, OPEN):
        report = check(world, shown, policy=policy, expected=EXPECTED)
        assert (report.verdict, problem(report)) == ("rejected", ("holder_binding", code))
        assert report.holder_binding == "failed"


def test_a_credential_without_a_holder_key_cannot_be_proven(world):
    shown = world.holder().present(world.school.issue())
    assert problem(check(world, shown, policy=BOUND, expected=EXPECTED)) == ("holder_binding", "cnf_missing")


def test_a_policy_that_requires_holder_binding_needs_expectations(world):
    with pytest.raises(TypeError):
        check(world, world.school.issue().text, policy=BOUND)


def test_an_empty_policy_is_refused():
    with pytest.raises(TypeError):
        Policy(required=frozenset())


def test_a_policy_names_known_checks_only():
    with pytest.raises(TypeError):
        Policy(required=frozenset({"mood"}))


# What must be fetched, and when


def test_the_status_list_is_asked_for_once_the_signature_holds(world):
    presented = parse_presented(world.school.issue().text)
    (need,) = needs(presented, Materials(), world.register(), at=world.at)
    assert (need.kind, need.url) == ("status_list", world.school.status_uri)
    assert needs(presented, world.materials(), world.register(), at=world.at) == ()


def test_keys_by_metadata_are_asked_for_first_and_then_the_list(world):
    issued = world.school.issue()
    document = world.register_document()
    document["organisations"][0]["keys"] = {"mechanism": "jwt-vc-issuer"}
    register = parse_register(json.dumps(document).encode())
    presented = parse_presented(issued.text)
    (need,) = needs(presented, Materials(), register, at=world.at)
    assert (need.kind, need.url) == ("issuer_metadata", metadata_url(world.school.id))
    body = json.dumps({"issuer": world.school.id, "jwks": {"keys": [world.school.key.public_key.to_jwk()]}}).encode()
    materials = Materials().plus([Material(kind=need.kind, url=need.url, body=body, fetched_at=world.at)])
    (next_need,) = needs(presented, materials, register, at=world.at)
    assert next_need.kind == "status_list"
    everything = materials.plus(world.materials().by_place.values())
    assert check(world, issued.text, register=register, materials=everything).verdict == "accepted"


def test_keys_that_could_not_be_fetched_are_undetermined(world):
    document = world.register_document()
    document["organisations"][0]["keys"] = {"mechanism": "jwt-vc-issuer"}
    register = parse_register(json.dumps(document).encode())
    report = check(world, world.school.issue().text, register=register)
    assert (report.verdict, problem(report)[0]) == ("undetermined", "issuer_key")


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_report_has_the_form_of_the_contract(world, lang):
    document = check(world, world.school.issue().text).to_json(lang)
    assert list(document) == ["verdict", "checks", "credential", "holder_binding", "checked_at", "inputs"]
    assert [entry["id"] for entry in document["checks"]] == list(CHECK_IDS)
    assert all(set(entry) == {"id", "outcome", "code", "section", "text"} for entry in document["checks"])
    assert set(document["credential"]) == {"type", "format", "issuer", "claims", "status"}
    assert document["credential"]["status"] == "valid"
    assert {entry["kind"] for entry in document["inputs"]} == {"trust_register", "status_list"}
    json.dumps(document)
