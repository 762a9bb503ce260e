"""`skillspas receive` against an issuer over loopback HTTP that does as it should, and one that does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import qrcode

from passport.jose.encoding import encode_base64url
from passport.jose.keys import PrivateKey
from tests.cli.wallet_counterparts import CODE, PASSPHRASE, TX_CODE, Counterparts, Person, counterparts, new_person
from tests.ecosystem import INVALID


@pytest.fixture
def issuer() -> Iterator[Counterparts]:
    with counterparts() as made:
        yield made


@pytest.fixture
def register(issuer: Counterparts, tmp_path: Path) -> Path:
    path = tmp_path / "register.json"
    path.write_bytes(issuer.world.register_bytes())
    return path


@pytest.fixture
def person(issuer: Counterparts, register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Person:
    return new_person(tmp_path / "wallet", capsys, register=register, port=issuer.port)


def receive(person: Person, issuer: Counterparts, *more: str, offer: str | None = None, **environ: str) -> Any:
    return person("receive", offer or issuer.offer(), "--tx-code", TX_CODE, "--yes", *more, **environ)


def test_a_credential_is_received_verified_stored_and_the_issuer_told(person: Person, issuer: Counterparts) -> None:
    said = receive(person, issuer)
    assert said.code == 0
    assert "Dit wordt aangeboden door: School A (https://issuer.example)" in said.err
    assert "Mbo-certificaat" in said.err
    assert issuer.notified() == ["credential_accepted"]
    data = person.store.read()
    assert len(data.credentials) == 1
    assert data.pending == ()
    assert [event.kind for event in data.history] == ["received"]


def test_json_tells_what_was_stored(person: Person, issuer: Counterparts) -> None:
    said = receive(person, issuer, "--json")
    (stored,) = said.json["credentials"]
    assert stored["type"] == "mbo-certificaat"
    assert stored["issuer"] == {"id": issuer.issuer, "name": "School A"}
    assert len(stored["id"]) == 16


def test_each_credential_has_a_key_of_its_own(person: Person, issuer: Counterparts) -> None:
    receive(person, issuer)
    receive(person, issuer)
    keys = {json.dumps(dict(held.key), sort_keys=True) for held in person.store.read().credentials}
    assert len(keys) == 2


@pytest.mark.parametrize("kind", ["diploma", "praktijkverklaring", "ervaringscertificaat", "vrijstelling"])
def test_every_kind_of_credential_is_taken(person: Person, issuer: Counterparts, kind: str) -> None:
    issuer.type = kind
    said = receive(person, issuer)
    # The school may not give an ervaringscertificaat: that is refused by the one verification.
    assert said.code == (1 if kind == "ervaringscertificaat" else 0)


def test_an_offer_by_reference_without_transaction_code(person: Person, issuer: Counterparts) -> None:
    assert person("receive", issuer.offer_by_reference(), "--yes").code == 0


def test_an_offer_from_a_qr_picture(person: Person, issuer: Counterparts, tmp_path: Path) -> None:
    picture = tmp_path / "offer.png"
    qrcode.make(issuer.offer()).save(picture)
    assert receive(person, issuer, offer=str(picture)).code == 0


def test_a_link_to_the_offer_itself_on_loopback(person: Person, issuer: Counterparts) -> None:
    issuer.offer_by_reference()
    assert person("receive", f"http://127.0.0.1:{issuer.port}/offer", "--yes").code == 0


@pytest.mark.parametrize("status", [404, 410])
def test_an_offer_that_is_gone_says_so(person: Person, issuer: Counterparts, status: int) -> None:
    link = issuer.offer_by_reference()
    issuer.answers["/offer"] = (status, {})
    said = person("receive", link, "--yes", "--json")
    assert (said.code, said.error) == (1, "offer_gone")


def test_a_wrong_or_used_code_says_so(person: Person, issuer: Counterparts) -> None:
    said = person("receive", issuer.offer(), "--tx-code", "000000", "--yes", "--json")
    assert (said.code, said.error) == (1, "offer_code_refused")
    assert person.store.read().credentials == ()


def test_an_unknown_issuer_is_shown_and_refused_before_anything_is_sent(person: Person, issuer: Counterparts) -> None:
    said = receive(person, issuer, offer=issuer.offer(credential_issuer="https://issuer.example/o/unknown"))
    assert said.code == 1
    assert "Het vertrouwensregister kent hem niet" in said.err
    assert "https://issuer.example/o/unknown" in said.err
    assert issuer.heard == []


def test_without_a_register_every_issuer_is_unknown(person: Person, issuer: Counterparts) -> None:
    said = receive(person, issuer, "--json", SKILLSPAS_TRUST="")
    assert (said.code, said.error) == (1, "no_register")
    assert not issuer.asked("/token")


def test_an_unknown_issuer_can_be_accepted_and_is_marked_and_counts_for_nothing(
    person: Person, issuer: Counterparts, register: Path
) -> None:
    issuer.world.unlisted.add(issuer.issuer)
    register.write_bytes(issuer.world.register_bytes())
    said = receive(person, issuer, "--accept-unknown-issuer")
    assert said.code == 0
    assert "LET OP" in said.err
    assert "NIET gecontroleerd" in said.err
    assert "Gecontroleerd en bewaard" not in said.err
    assert "Het vertrouwensregister kent deze aanbieder niet." in said.err
    assert person.store.read().credentials[0].issuer_known is False
    assert "ONBEKENDE AANBIEDER" in person("list").out
    assert person("check").code == 1
    stacked = person("stack", "--target", "25960")
    assert "Wij konden niet vaststellen dat dit bewijs echt is." in stacked.out
    assert "mocht dit bewijs toen niet geven" not in stacked.out


def test_what_is_taken_without_a_register_is_said_to_be_unverified(person: Person, issuer: Counterparts) -> None:
    said = receive(person, issuer, "--accept-unknown-issuer", SKILLSPAS_TRUST="")
    assert said.code == 0
    assert "NIET gecontroleerd" in said.err
    assert "geen vertrouwensregister opgegeven" in said.err


def test_a_signed_register_needs_its_key(person: Person, issuer: Counterparts, register: Path, tmp_path: Path) -> None:
    register.write_bytes(issuer.world.register_bytes(sign=True))
    assert receive(person, issuer, "--json").error == "register_signature"
    key = tmp_path / "operator.pem"
    key.write_text(issuer.world.operator_key.public_key.to_pem())
    assert receive(person, issuer, "--trust-key", str(key)).code == 0


def test_a_register_from_a_link(person: Person, issuer: Counterparts) -> None:
    issuer.answers["/register.json"] = (200, issuer.world.register_bytes())
    assert receive(person, issuer, "--trust", "https://issuer.example/register.json").code == 0
    assert receive(person, issuer, "--trust", "https://issuer.example/nothing.json", "--json").code == 3


# An issuer that misbehaves: nothing of it is stored


def refused(person: Person, issuer: Counterparts, code: str, exit_code: int = 1) -> None:
    said = receive(person, issuer, "--json")
    assert (said.code, said.error) == (exit_code, code)
    data = person.store.read()
    assert data.credentials == ()
    assert data.pending == ()


def test_a_credential_bound_to_another_key_is_not_stored(person: Person, issuer: Counterparts) -> None:
    issuer.bind_to = PrivateKey.generate()
    refused(person, issuer, "credential_mismatch")
    assert issuer.notified() == ["credential_failure"]


def test_a_credential_of_another_issuer_is_not_stored(person: Person, issuer: Counterparts) -> None:
    issuer.issue["iss"] = "https://issuer.example/o/evc-e"
    refused(person, issuer, "credential_mismatch")


def test_a_credential_signed_by_a_strange_key_is_not_stored(person: Person, issuer: Counterparts) -> None:
    issuer.issue["signer"] = PrivateKey.generate()
    refused(person, issuer, "credential_refused")
    assert issuer.notified() == ["credential_failure"]


def test_a_credential_that_is_already_revoked_is_not_stored(person: Person, issuer: Counterparts) -> None:
    issuer.issue["index"] = 99
    issuer.world.school.statuses.set(99, INVALID)
    refused(person, issuer, "credential_refused")


def test_an_altered_credential_is_not_stored(person: Person, issuer: Counterparts) -> None:
    foreign = encode_base64url(b'["AAAAAAAAAAAAAAAAAAAAAA","cijfer",10]')
    issuer.mangle = lambda text: text.replace("~", f"~{foreign}~", 1)
    refused(person, issuer, "credential_refused")


@pytest.mark.parametrize("text", ["not a credential", "a.b.c~", "~", "x" * 300_000])
def test_something_else_than_a_credential_is_not_stored(person: Person, issuer: Counterparts, text: str) -> None:
    issuer.mangle = lambda _: text
    refused(person, issuer, "credential_mismatch")


def test_a_presentation_is_no_credential(person: Person, issuer: Counterparts) -> None:
    issuer.mangle = lambda text: text + "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"
    refused(person, issuer, "credential_mismatch")


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/credential", (400, {"error": "credential_request_denied"})),
        ("/token", (400, {"error": "invalid_request"})),
        ("/credential", (200, {"credentials": []})),
        ("/credential", (200, b"<html>")),
        ("/token", (200, {"token_type": "Bearer"})),
        ("/token", (200, {"access_token": "a b", "token_type": "Bearer"})),
        ("/nonce", (200, {})),
        ("/.well-known/openid-credential-issuer/o/school-a", (200, {"credential_issuer": "https://other.example"})),
        ("/.well-known/openid-credential-issuer/o/school-a", (200, b"\xff" * 50)),
        ("/.well-known/oauth-authorization-server/o/school-a", (200, {"issuer": "https://other.example"})),
    ],
)
def test_nonsense_from_the_issuer_is_a_clear_no(
    person: Person, issuer: Counterparts, path: str, answer: tuple[int, Any]
) -> None:
    issuer.answers[path] = answer
    said = receive(person, issuer)
    assert said.code in (1, 2)
    assert said.err.strip()
    assert person.store.read().credentials == ()
    assert person.store.read().pending == ()


@pytest.mark.parametrize("status", [500, 503])
def test_an_issuer_in_trouble_is_not_a_no(person: Person, issuer: Counterparts, status: int) -> None:
    issuer.answers["/token"] = (status, b"oops")
    assert receive(person, issuer).code == 3


def test_a_deferred_answer_says_so(person: Person, issuer: Counterparts) -> None:
    issuer.answers["/credential"] = (202, {"transaction_id": "t", "interval": 60})
    refused(person, issuer, "credential_deferred", exit_code=3)


def test_what_cannot_be_checked_yet_is_kept_apart_and_taken_in_later(person: Person, issuer: Counterparts) -> None:
    issuer.answers["/o/school-a/status/1"] = (503, b"")
    said = receive(person, issuer, "--json")
    assert (said.code, said.error) == (3, "credential_unchecked")
    assert person.store.read().credentials == ()
    assert len(person.store.read().pending) == 1
    del issuer.answers["/o/school-a/status/1"]

    def long_ago(data: Any) -> Any:
        from dataclasses import replace

        return replace(data, pending=tuple(replace(one, started_at="2026-01-01T00:00:00Z") for one in data.pending))

    person.store.change(long_ago)
    assert person("check").code == 0
    assert len(person.store.read().credentials) == 1
    assert person.store.read().pending == ()


def test_a_key_is_kept_before_the_credential_is_asked_for(person: Person, issuer: Counterparts) -> None:
    seen: list[int] = []
    issuer.before_credential = lambda: seen.append(len(person.store.read().pending))
    receive(person, issuer)
    assert seen == [1]


def test_hostile_words_are_printed_as_visible_characters(person: Person, issuer: Counterparts, register: Path) -> None:
    document = issuer.world.register_document()
    document["organisations"][0]["name"] = {"nl": "School \u202eA\x1b[31m"}
    register.write_text(json.dumps(document))
    from_register = receive(person, issuer)
    assert "School <U+202E>A<U+001B>[31m" in from_register.err
    # Nobody checks what an unknown issuer wrote: the holder took that on, and still sees only visible characters.
    issuer.world.unlisted.add(issuer.issuer)
    register.write_bytes(issuer.world.register_bytes())
    issuer.changes = {"document_number": "1\u200b2\x07", "certificaat": {"code": "C\x9b1", "naam": "a\u2028b"}}
    unchecked = receive(person, issuer, "--accept-unknown-issuer")
    assert unchecked.code == 0
    shown = [person("show", held.id) for held in person.store.read().credentials]
    for said in (from_register, unchecked, person("list"), *shown, person("history"), person("check")):
        for char in "\u202e\x1b\u200b\x07\x9b\u2028":
            assert char not in said.out + said.err
    assert "<U+200B>" in shown[1].out


# Wrong use


def test_without_a_terminal_a_needed_answer_names_its_flag(person: Person, issuer: Counterparts) -> None:
    said = person("receive", issuer.offer(), "--yes", "--json")
    assert (said.code, said.error) == (2, "question_unanswered")
    assert "--tx-code" in said.json["error"]["next"]
    said = person("receive", issuer.offer(tx_code=None), "--json")
    assert (said.code, said.error) == (2, "question_unanswered")
    assert "--yes" in said.json["error"]["next"]
    assert not issuer.asked("/token")


@pytest.mark.parametrize(
    "offer",
    [
        "openid-credential-offer://",
        "openid-credential-offer://?credential_offer=%7B%7D",
        "openid-credential-offer://?credential_offer=x&credential_offer_uri=https://a.example",
        "openid-credential-offer://?credential_offer_uri=http://a.example/o",
        "openid-credential-offer://?credential_offer_uri=https://user@a.example/o",
        "mailto:a@b.example",
        "javascript:alert(1)",
        "openid4vp://?client_id=x",
        "",
        "\x00",
        "nothing-here.png",
    ],
)
def test_what_is_no_offer_is_refused_clearly(person: Person, offer: str) -> None:
    said = person("receive", offer, "--yes")
    assert said.code == 2
    assert len(said.err.strip().splitlines()) >= 2


def test_an_offer_without_pre_authorized_code_is_not_for_this_wallet(person: Person, issuer: Counterparts) -> None:
    said = receive(person, issuer, "--json", offer=issuer.offer(grants={"authorization_code": {}}))
    assert (said.code, said.error) == (1, "offer_unsupported")


def test_addresses_inside_the_network_are_not_fetched(person: Person) -> None:
    for host in ("https://127.0.0.1/offer", "https://10.0.0.1/o", "https://[::1]/o", "https://169.254.169.254/latest"):
        assert person("receive", host, "--yes", SKILLSPAS_ALLOW_LOOPBACK_HTTP="").code == 3


def test_files_that_are_no_good_picture(person: Person, tmp_path: Path) -> None:
    from PIL import Image

    text = tmp_path / "text.png"
    text.write_text("no picture")
    blank = tmp_path / "blank.png"
    Image.new("L", (200, 200), 255).save(blank)
    other = tmp_path / "other.png"
    qrcode.make("https-nothing").save(other)
    huge = tmp_path / "huge.png"
    Image.new("1", (9000, 9000)).save(huge)
    two = tmp_path / "two.png"
    both = Image.new("L", (1600, 800), 255)
    for place in (0, 1):
        both.paste(
            qrcode.make(f"https://a.example/{place}").get_image().convert("L").resize((700, 700)),
            (50 + place * 800, 50),
        )
    both.save(two)
    empty = tmp_path / "empty.png"
    empty.write_bytes(b"")
    cut = tmp_path / "cut.png"
    cut.write_bytes(blank.read_bytes()[:60])
    expected = {
        text: "not_a_picture",
        blank: "no_qr_code",
        other: "no_qr_code",
        huge: "not_a_picture",
        two: "several_qr_codes",
        empty: "not_a_picture",
        cut: "not_a_picture",
    }
    for file, code in expected.items():
        said = person("receive", str(file), "--yes", "--json")
        assert (said.code, said.error) == (2, code), file.name
    assert person("receive", str(tmp_path), "--json").error == "file_unreadable"


def test_no_wallet_and_a_wrong_passphrase(person: Person, issuer: Counterparts, tmp_path: Path) -> None:
    said = receive(person, issuer, "--json", "--wallet", str(tmp_path / "none"))
    assert (said.code, said.error) == (2, "wallet_missing")
    said = receive(person, issuer, "--json", SKILLSPAS_PASSPHRASE="wrong")
    assert (said.code, said.error) == (4, "wallet_wrong_passphrase")
    assert not issuer.asked("/token")


def test_no_secret_is_printed(person: Person, issuer: Counterparts) -> None:
    for said in (receive(person, issuer), person("receive", issuer.offer(), "--tx-code", "111111", "--yes")):
        for secret in (CODE, TX_CODE, "111111", "token-1", PASSPHRASE):
            assert secret not in said.out + said.err


def test_several_received_at_once_are_all_kept(person: Person, issuer: Counterparts) -> None:
    import os
    import subprocess
    import sys

    def one(_: int) -> int:
        argv = ["receive", issuer.offer(), "--tx-code", TX_CODE, "--yes"]
        code = f"import sys; sys.argv = ['skillspas', *{argv!r}]\nfrom wallet_cli.main import main\nsys.exit(main())"
        environ = {**os.environ, **person.environ}
        return subprocess.run(
            [sys.executable, "-c", code], env=environ, capture_output=True, timeout=120, check=False
        ).returncode

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == [0] * 8
    data = person.store.read()
    assert len(data.credentials) == 8
    assert data.pending == ()
