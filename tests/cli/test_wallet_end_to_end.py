"""The wallet with the real issuer and verifier: commands against running services, nothing of them replaced."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.live import Wallet, World


@pytest.fixture
def wallet(world: World, tmp_path: Path) -> Wallet:
    return world.wallet(tmp_path / "wallet")


def picture(url: str, file: Path) -> str:
    """Fetch the QR picture that a service shows, as a person would photograph it."""
    answer = httpx.get(url, timeout=10, trust_env=False)
    assert answer.status_code == 200
    file.write_bytes(answer.content)
    return str(file)


def receive(wallet: Wallet, made: dict[str, Any]) -> str:
    said = wallet.run("receive", made["offer"]["uri"], "--tx-code", made["offer"]["tx_code"], "--yes", "--json")
    identifier: str = said.json["credentials"][0]["id"]
    return identifier


def test_from_the_offers_picture_to_an_accepted_credential(world: World, wallet: Wallet, tmp_path: Path) -> None:
    made = world.school.offer("mbo-certificaat")
    qr = picture(made["offer"]["qr_url"], tmp_path / "offer.png")
    said = wallet.run("receive", qr, "--tx-code", made["offer"]["tx_code"], "--yes")
    assert "This is offered by: School A" in said.stderr
    assert wallet.run("check").code == 0
    (held,) = wallet.run("list", "--json").json["credentials"]
    assert held["issuer"] == {"id": world.school.issuer, "name": "School A"}
    assert world.verify(wallet.run("show", held["id"], "--json").json["credential"])["verdict"] == "accepted"
    assert world.school.call("GET", f"/credentials/{made['id']}")["state"] == "issued"


def test_an_offer_works_once_and_five_wrong_codes_end_it(world: World, wallet: Wallet) -> None:
    made = world.school.offer("mbo-certificaat")
    receive(wallet, made)
    again = wallet.run(
        "receive", made["offer"]["uri"], "--tx-code", made["offer"]["tx_code"], "--yes", "--json", expect=None
    )
    assert again.code == 1
    assert again.json["error"]["next"]
    assert len(wallet.run("list", "--json").json["credentials"]) == 1


def test_a_wrong_transaction_code_does_not_end_the_offer(world: World, wallet: Wallet) -> None:
    made = world.school.offer("mbo-certificaat")
    wrong = "000000" if made["offer"]["tx_code"] != "000000" else "111111"
    said = wallet.run("receive", made["offer"]["uri"], "--tx-code", wrong, "--yes", "--json", expect=1)
    assert said.json["error"]["code"] == "offer_code_refused"
    receive(wallet, made)


def test_the_employer_gets_only_what_was_asked(world: World, wallet: Wallet, tmp_path: Path) -> None:
    receive(wallet, world.school.offer("mbo-certificaat"))
    asked = world.verifier_call(
        "POST", "/requests", {"template": "mbo-certificaat", "purpose": "Test of the wallet"}, expect=201
    )
    qr = picture(asked["qr_url"], tmp_path / "request.png")
    said = wallet.run("present", qr, "--yes")
    assert "This is asked by: Employer A" in said.stderr
    assert "Test of the wallet" in said.stderr
    result = world.verifier_call("GET", f"/requests/{asked['id']}")
    assert result["state"] == "answered"
    claims = result["reports"][0]["credential"]["claims"]
    assert "birthdate" not in claims
    assert "Employer A" in wallet.run("history").stdout
    again = wallet.run("present", asked["authorization_request"], "--yes", "--json", expect=None)
    assert again.code in (1, 3)
    assert again.json["error"]["code"]


def test_the_encrypted_answer_too(world: World, wallet: Wallet) -> None:
    receive(wallet, world.school.offer("mbo-certificaat"))
    body = {"template": "mbo-certificaat", "purpose": "Test", "response_mode": "direct_post.jwt"}
    asked = world.verifier_call("POST", "/requests", body, expect=201)
    wallet.run("present", asked["authorization_request"], "--yes")
    assert world.verifier_call("GET", f"/requests/{asked['id']}")["state"] == "answered"


def test_a_revoked_credential_no_longer_counts(world: World, wallet: Wallet) -> None:
    made = world.school.offer("mbo-certificaat")
    number = receive(wallet, made)
    target = ("stack", "--target", "25960", "--school", world.school.issuer, "--json")
    assert wallet.run(*target).json["evidence"][number]["accepted"] is True
    body = {"status": "revoked", "reason": "administratieve-fout"}
    world.school.call("POST", f"/credentials/{made['id']}/status", body, expect=200)
    for _ in range(40):
        if (said := wallet.run("check", number, "--json", expect=None)).code == 1:
            break
        time.sleep(0.25)
    assert said.json["verdict"] == "rejected"
    answer = wallet.run(*target, expect=None).json
    assert answer["evidence"][number]["accepted"] is False
    assert "REVOKED" in {reason["code"] for reason in answer["reasons"]}


@pytest.mark.parametrize(
    "kind", ["praktijkverklaring", "ervaringscertificaat", "mbo-verklaring", "diploma", "vrijstelling"]
)
def test_every_kind_of_credential(world: World, wallet: Wallet, kind: str) -> None:
    giver = world.evc if kind == "ervaringscertificaat" else world.school
    if kind == "praktijkverklaring":
        from tests.live import claims_of

        claims = claims_of(kind)
        names = ("kwalificatie", "units", "periode", "given_name", "family_name", "birthdate")
        assessed = world.leerbedrijf.call("POST", "/assessments", {name: claims[name] for name in names}, expect=201)
        claims["leerbedrijf"] = {"naam": "Leerbedrijf A", "id": world.leerbedrijf.issuer}
        claims |= {"praktijkbeoordeling": assessed["assessment"], "praktijkbeoordeling_salt": assessed["salt"]}
        made = giver.offer(kind, claims=claims)
    else:
        made = giver.offer(kind)
    number = receive(wallet, made)
    assert wallet.run("check", number).code == 0
