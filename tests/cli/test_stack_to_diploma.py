"""From stack to diploma, with everything running: asked by the school, judged, decided, received, verified."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from passport.credentials.examples import example_claims
from passport.stacking.judgement import digest_of_text
from tests.live import claims_of
from tests.statements import award_claims, grant_claims

if TYPE_CHECKING:
    from tests.live import Wallet, World


def receive(wallet: Wallet, made: dict[str, Any]) -> str:
    said = wallet.run("receive", made["offer"]["uri"], "--tx-code", made["offer"]["tx_code"], "--yes", "--json")
    return str(said.json["credentials"][0]["id"])


def ask(world: World, wallet: Wallet, file: Path) -> dict[str, Any]:
    """The school asks the whole stack; what comes back, written to a file as it came."""
    day = datetime.now(UTC).date().isoformat()
    target = {"crebo": "25960", "cohort": "2025-2026", "school": world.school.issuer, "date": day,
              "beroepsvereisten": None}  # fmt: skip
    wish = {"template": "stapel", "purpose": "Exam", "stacking": {"target": target, "bundle": True}}
    made = world.verifier_call("POST", "/requests", wish)
    wallet.run("present", made["authorization_request"], "--yes")
    state = world.verifier_call("GET", f"/requests/{made['id']}")
    assert state["state"] == "answered"
    file.write_text(json.dumps(state))
    stacking: dict[str, Any] = state["stacking"]
    return stacking


def test_a_stack_becomes_a_diploma_by_two_decisions_of_the_board(world: World, tmp_path: Path) -> None:
    wallet, answer, claims = world.wallet(tmp_path / "wallet"), tmp_path / "answer.json", tmp_path / "claims.json"
    results = [one for one in example_claims("diploma")["resultaten"] if one["onderdeel"] != "bpv"]
    mine = {"resultaten": results, "keuzedelen": example_claims("mbo-verklaring")["keuzedelen"]}
    held = receive(wallet, world.school.offer("mbo-verklaring", claims=claims_of("mbo-verklaring", **mine)))
    receive(wallet, world.school.offer("mbo-certificaat"))

    # Not complete: the bpv is not there. The board grants an exemption; a diploma it cannot award.
    decide = ["decide", "school-a", "--statement", str(answer), "--trust", str(world.register), "--json"]
    assert ask(world, wallet, answer)["overall"] == "incomplete"
    claims.write_text(json.dumps(award_claims(document_number="LIVE-diploma")))
    refused = world.issuer.run(*decide, "--award", str(claims), expect=1)
    assert refused.json["error"]["code"] == "statement_not_ready"
    exemption = grant_claims(document_number="LIVE-vrijstelling", onderdelen=[{"onderdeel": "bpv"}])
    claims.write_text(json.dumps(exemption))
    granted = world.issuer.run(*decide, "--grant", str(claims)).json
    receive(wallet, granted["offers"][0])

    # Complete: the board awards, and the diploma names what it rests on.
    assert ask(world, wallet, answer)["overall"] == "ready_for_examencommissie"
    trusted = ("--trust", str(world.register))
    assert world.verifier.run("replay", str(answer), *trusted, "--json").json["outcome"] == "same"
    assert world.verifier.run("replay", str(answer), *trusted, "--today", "--json").json["outcome"] == "same"
    claims.write_text(json.dumps(award_claims(document_number="LIVE-diploma")))
    awarded = world.issuer.run(*decide, "--award", str(claims)).json
    assert awarded["person_checked"] is True
    diploma = receive(wallet, awarded["offers"][0])
    shown = wallet.run("show", diploma, "--json").json
    report = world.verify(shown["credential"])
    assert report["verdict"] == "accepted"
    evidence = report["credential"]["claims"]["evidence"]
    statement = wallet.run("show", held, "--json").json["credential"]
    assert digest_of_text(statement.partition("~")[0]) in [one["digest"] for one in evidence]
    assert {one["type"] for one in evidence} >= {"mbo-verklaring", "vrijstelling"}
    decisions = world.school.call("GET", "/decisions")["items"]
    assert [one["kind"] for one in decisions[:2]] == ["award", "grant"]
    assert decisions[0]["credentials"] == [awarded["offers"][0]["id"]]
