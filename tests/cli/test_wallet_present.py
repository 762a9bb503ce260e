"""`skillspas present`: who asks what is shown, only what was asked leaves, and only after a yes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import qrcode

from passport.credentials.formats import parse_credential
from passport.jose.keys import PrivateKey
from passport.verification import Expected, parse_presented, policy_for, verify
from tests.cli.wallet_counterparts import ASKER, TX_CODE, Counterparts, Person, counterparts, new_person
from tests.ecosystem import INVALID

UNITS = {
    "credentials": [
        {
            "id": "certificate",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["urn:skillspas:mbo-certificaat:1"]},
            "claims": [{"path": ["kwalificatie", "naam"]}, {"path": ["units", None]}],
        }
    ]
}


def query(vct: str = "urn:skillspas:mbo-certificaat:1", *paths: list[Any], **more: Any) -> dict[str, Any]:
    one = {"id": "one", "format": "dc+sd-jwt", "meta": {"vct_values": [vct]}, "claims": [{"path": p} for p in paths]}
    return {"credentials": [{**one, **more}]}


@pytest.fixture
def asker() -> Iterator[Counterparts]:
    with counterparts() as made:
        yield made


@pytest.fixture
def register(asker: Counterparts, tmp_path: Path) -> Path:
    path = tmp_path / "register.json"
    path.write_bytes(asker.world.register_bytes())
    return path


@pytest.fixture
def person(asker: Counterparts, register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Person:
    made = new_person(tmp_path / "wallet", capsys, register=register, port=asker.port)
    take(made, asker)
    return made


def take(person: Person, issuer: Counterparts, kind: str = "mbo-certificaat", **changes: Any) -> str:
    """Receive one more credential and return its id."""
    issuer.type, issuer.changes = kind, changes
    said = person("receive", issuer.offer(), "--tx-code", TX_CODE, "--yes", "--json")
    assert said.code == 0, said.out
    identifier: str = said.json["credentials"][0]["id"]
    return identifier


def shown(asker: Counterparts, name: str = "certificate") -> dict[str, Any]:
    """The claims of the one presentation that the asker got, verified as bound to its request."""
    (response,) = asker.answered
    (text,) = response.vp_token[name]
    report = verify(
        parse_presented(text),
        asker.world.materials(),
        asker.world.register(),
        policy_for(require_holder_binding=True),
        expected=Expected(nonce="a-transaction-nonce-of-22-and-more", audience=asker.client_id),
        at=asker.world.at,
    )
    return dict(report.require().claims)


@pytest.mark.parametrize("method", ["post", "get"])
@pytest.mark.parametrize("mode", ["direct_post", "direct_post.jwt"])
def test_exactly_what_was_asked_is_shown_and_bound_to_the_request(
    person: Person, asker: Counterparts, method: str, mode: str
) -> None:
    said = person("present", asker.ask(method=method, dcql_query=UNITS, response_mode=mode), "--yes")
    assert said.code == 0
    claims = shown(asker)
    assert claims["units"]
    for hidden in ("given_name", "family_name", "birthdate", "document_number", "cijfer", "oordeel"):
        assert hidden not in claims
    assert asker.answered[0].state == "state-1"
    assert asker.answered[0].encrypted is (mode == "direct_post.jwt")


def test_the_person_sees_who_asks_for_what_and_each_claim(person: Person, asker: Counterparts) -> None:
    asked = query("urn:skillspas:mbo-certificaat:1", ["given_name"], ["birthdate"])
    said = person("present", asker.ask(dcql_query=asked, purpose="Sollicitatie"), "--yes")
    assert "Dit wordt gevraagd door: Werkgever W (het antwoord gaat naar asker.example)" in said.err
    assert "Waarvoor: “Sollicitatie”" in said.err
    assert "Voornamen: " in said.err
    assert "Geboortedatum: " in said.err
    assert "Altijd zichtbaar: " in said.err
    assert "Documentnummer" not in said.err


def test_an_asker_that_no_register_knows_is_shown_loudly(person: Person, asker: Counterparts, register: Path) -> None:
    asker.world.unlisted.add(asker.asker.id)
    register.write_bytes(asker.world.register_bytes())
    said = person("present", asker.ask(dcql_query=UNITS, client_name="De Belasting\u202edienst"), "--yes", "--json")
    assert "LET OP: we weten niet wie dit vraagt" in said.err
    assert "Het antwoord gaat naar: asker.example" in said.err
    assert "“De Belasting<U+202E>dienst”. Dat heeft niemand gecontroleerd." in said.err
    assert said.err.rstrip().endswith(
        "LET OP: dit gaat naar een ONBEKENDE vrager: asker.example. Door --yes wordt je niets gevraagd."
    )
    assert said.json["verifier"]["known"] is False
    assert said.json["verifier"]["name"] is None


def test_history_tells_what_was_shared_with_whom(person: Person, asker: Counterparts) -> None:
    person("present", asker.ask(dcql_query=UNITS, purpose="Sollicitatie"), "--yes")
    event = person("history", "--json").json["history"][-1]
    assert (event["kind"], event["who"], event["who_name"]) == ("shared", f"{ASKER}/verifier", "Werkgever W")
    assert event["purpose"] == "Sollicitatie"
    assert ["units", 0] in event["items"][0]["claims"]
    assert "Gedeeld met Werkgever W" in person("history").out


def test_json_says_what_was_shared_and_where_to_go_on(person: Person, asker: Counterparts) -> None:
    asker.redirect_uri = "https://asker.example/done?response_code=abc"
    said = person("present", asker.ask(dcql_query=UNITS), "--yes", "--json")
    assert said.json["redirect_uri"] == asker.redirect_uri
    assert said.json["shared"][0]["type"] == "mbo-certificaat"
    assert asker.redirect_uri in person("present", asker.ask(dcql_query=UNITS), "--yes").out


def test_a_request_from_a_qr_picture(person: Person, asker: Counterparts, tmp_path: Path) -> None:
    picture = tmp_path / "request.png"
    qrcode.make(asker.ask(dcql_query=UNITS)).save(picture)
    assert person("present", str(picture), "--yes").code == 0


def test_nothing_that_matches_is_a_no_that_says_what_was_asked(person: Person, asker: Counterparts) -> None:
    said = person("present", asker.ask(dcql_query=query("urn:skillspas:diploma:1", ["given_name"])), "--yes")
    assert said.code == 1
    assert "Je hebt niet wat er gevraagd wordt: Mbo-diploma" in said.err
    assert person("present", asker.ask(dcql_query=query("urn:skillspas:mbo-certificaat:1", ["bsn"])), "--yes").code == 1
    assert asker.answered == []


def test_of_several_the_newest_valid_one_is_taken(person: Person, asker: Counterparts) -> None:
    good = take(person, asker)
    revoked = take(person, asker)
    held = person.store.read().find(revoked)
    index = parse_credential(held.raw).payload["status"]["status_list"]["idx"]
    asker.world.school.statuses.set(index, INVALID)
    said = person("present", asker.ask(dcql_query=UNITS), "--yes", "--json")
    assert [item["id"] for item in said.json["shared"]] == [good]


def test_showing_a_credential_that_is_no_longer_valid_is_warned_about(person: Person, asker: Counterparts) -> None:
    held = person.store.read().credentials[0]
    asker.world.school.statuses.set(parse_credential(held.raw).payload["status"]["status_list"]["idx"], INVALID)
    assert "LET OP: dit bewijs is nu niet geldig" in person("present", asker.ask(dcql_query=UNITS), "--yes").err


def test_all_valid_ones_are_shown_when_several_are_asked(person: Person, asker: Counterparts) -> None:
    take(person, asker)
    asked = query("urn:skillspas:mbo-certificaat:1", ["units", None], multiple=True)
    assert len(person("present", asker.ask(dcql_query=asked), "--yes", "--json").json["shared"]) == 2
    assert len(asker.answered[0].vp_token["one"]) == 2


def test_one_of_several_kinds_will_do(person: Person, asker: Counterparts) -> None:
    diploma = query("urn:skillspas:diploma:1", ["awarded_date"])["credentials"][0] | {"id": "diploma"}
    sets = [{"options": [["diploma"], ["certificate"]]}]
    asked = {"credentials": [diploma, *UNITS["credentials"]], "credential_sets": sets}
    assert person("present", asker.ask(dcql_query=asked), "--yes").code == 0
    assert list(asker.answered[0].vp_token) == ["certificate"]


def test_the_assessment_of_the_leerbedrijf_is_pointed_out(person: Person, asker: Counterparts) -> None:
    take(person, asker, "praktijkverklaring")
    asked = query("urn:skillspas:praktijkverklaring:1", ["praktijkbeoordeling"], ["praktijkbeoordeling_salt"])
    said = person("present", asker.ask(dcql_query=asked), "--yes")
    assert "beoordeling van het leerbedrijf" in said.err
    asker.answered.clear()
    person("present", asker.ask(dcql_query=query("urn:skillspas:praktijkverklaring:1", ["units", None])), "--yes")
    assert "leerbedrijf" not in shown(asker, "one")


# Refused before anything is shown


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "x509_hash:AAAA"},
        {"signer": PrivateKey.generate()},
        {"response_uri": "http://asker.example/response"},
        {"dcql_query": {"credentials": []}},
        {"wallet_nonce": "another-nonce"},
    ],
)
def test_a_request_that_does_not_hold_is_refused(person: Person, asker: Counterparts, changes: dict[str, Any]) -> None:
    said = person("present", asker.ask(**({"dcql_query": UNITS} | changes)), "--yes", "--json")
    assert said.code == 1
    assert said.error
    assert asker.answered == []
    assert person.store.read().history[-1].kind == "received"


def test_an_expired_request_is_refused(person: Person, asker: Counterparts) -> None:
    from datetime import timedelta

    old = asker.world.at - timedelta(minutes=20)
    said = person("present", asker.ask(dcql_query=UNITS, expires_at=old), "--yes", "--json")
    assert (said.code, said.error) == (1, "request_expired")


@pytest.mark.parametrize(("status", "code", "exit_code"), [(404, "request_gone", 1), (500, "http_status", 3)])
def test_a_request_that_cannot_be_fetched(
    person: Person, asker: Counterparts, status: int, code: str, exit_code: int
) -> None:
    asker.answers["/request"] = (status, {})
    said = person("present", asker.ask(dcql_query=UNITS), "--yes", "--json")
    assert (said.code, said.error) == (exit_code, code)


def test_an_asker_that_refuses_the_answer_stands_in_the_history(person: Person, asker: Counterparts) -> None:
    asker.answers["/response"] = (400, {"error": "invalid_request"})
    said = person("present", asker.ask(dcql_query=UNITS), "--yes")
    assert said.code == 1
    assert [event.kind for event in person.store.read().history][-2:] == ["shared", "share_failed"]


def test_without_a_terminal_and_without_yes_nothing_is_shown(person: Person, asker: Counterparts) -> None:
    said = person("present", asker.ask(dcql_query=UNITS), "--json")
    assert (said.code, said.error) == (2, "question_unanswered")
    assert asker.answered == []


@pytest.mark.parametrize(
    "link",
    [
        "openid4vp://",
        "openid4vp://?client_id=x",
        "openid4vp://?client_id=x509_hash:a&request_uri=http://a.example/r",
        "openid4vp://?client_id=x509_hash:a&request_uri=https://a.example/r&request=x",
        "openid4vp://?client_id=redirect_uri:https://a.example/r&response_uri=https://b.example/r",
        "openid-credential-offer://?credential_offer=%7B%7D",
        "https://a.example/",
    ],
)
def test_what_is_no_request_is_refused(person: Person, link: str) -> None:
    said = person("present", link, "--yes")
    assert said.code in (1, 2)
    assert said.err.strip()


def test_an_empty_wallet_shows_nothing(asker: Counterparts, register: Path, tmp_path: Path, capsys: Any) -> None:
    person = new_person(tmp_path / "empty", capsys, register=register, port=asker.port)
    assert person("present", asker.ask(dcql_query=UNITS), "--yes").code == 1
