"""Our own wallet at counters that are not ours: an issuer and a verifier by @openid4vc and @sd-jwt."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from passport.credentials.status_list import StatusBits, create_status_list_token
from passport.jose.jws import JwsWriter
from passport.jose.keys import PrivateKey
from tests.certificates import der, make_anchor, make_leaf, pem
from tests.interop.bench import INDEX, TYPE, foreign_claims, private_key
from tests.interop.foreign import Desk
from tests.live import PASSPHRASE, Wallet, clean_environment

pytestmark = pytest.mark.node

FRAME = {
    "_sd": ["given_name", "family_name", "birthdate", "document_number", "cijfer"],
    "kwalificatie": {"_sd": ["niveau"]},
    "units": {"_sd": [0, 1], "_sd_decoy": 6},
}
QUERY = {
    "credentials": [
        {
            "id": "bewijs",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": [TYPE.vct]},
            "claims": [{"path": ["given_name"]}, {"path": ["units", None]}, {"path": ["kwalificatie", "naam"]}],
        }
    ]
}


class Counter:
    """A foreign counter with its keys, known to a register, and our wallet before it."""

    def __init__(self, desk: Desk, folder: Path, key: PrivateKey, anchor: Any) -> None:
        self.desk = desk
        self.key = key
        now = datetime.now(UTC)
        register = {
            "version": 1,
            "organisations": [
                {
                    "id": desk.issuer,
                    "kind": "school",
                    "name": {"nl": "School Elders", "en": "School Elsewhere"},
                    "keys": {
                        "mechanism": "jwks",
                        "jwks": [{"jwk": key.public_key.to_jwk(kid="k1"), "valid_from": "2020-01-01"}],
                    },
                    "accreditations": [{"type": TYPE.name, "crebo": "*", "valid_from": "2020-01-01"}],
                },
                {
                    "id": desk.base,
                    "kind": "verifier",
                    "name": {"nl": "Werkgever Elders", "en": "Employer Elsewhere BV"},
                    "keys": {"mechanism": "x5c", "anchors": [pem(anchor)]},
                    "accreditations": [],
                },
            ],
        }
        (folder / "register.json").write_text(json.dumps(register))
        uri = f"{desk.base}/status/1"
        claims = foreign_claims() | {"status": {"status_list": {"idx": INDEX, "uri": uri}}}
        token = create_status_list_token(
            StatusBits(size=1024),
            uri=uri,
            writer=JwsWriter(key, {"typ": "statuslist+jwt", "kid": "k1"}),
            issued_at=now - timedelta(seconds=5),
            expires_at=now + timedelta(days=1),
            ttl=60,
        )
        desk.tell(claims=claims, status_list=token)
        environment = clean_environment(
            SKILLSPAS_WALLET=str(folder / "wallet"),
            SKILLSPAS_PASSPHRASE=PASSPHRASE,
            SKILLSPAS_TRUST=str(folder / "register.json"),
        )
        self.wallet = Wallet(folder=folder / "wallet", environment=environment)
        self.wallet.run("init")


@pytest.fixture(params=["direct_post", "direct_post.jwt"])
def counter(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Counter]:
    key = PrivateKey.generate()
    anchor_key, anchor = make_anchor()
    leaf_key, leaf = make_leaf(anchor_key, anchor, dns="employer.example")
    settings = {
        "key": dict(key.to_private_jwk()),
        "jwk": dict(key.public_key.to_jwk()),
        "frame": FRAME,
        "vct": TYPE.vct,
        "tx_code": "4711-abc",
        "by_value": request.param == "direct_post.jwt",
        "x5c": [base64.b64encode(der(leaf)).decode()],
        "request_key": dict(private_key(leaf_key).to_private_jwk()),
        "dcql_query": QUERY,
        "response_mode": request.param,
    }
    with Desk(**settings) as desk:
        yield Counter(desk, tmp_path, key, anchor)


def test_our_wallet_takes_a_foreign_credential_and_shows_it_to_a_foreign_verifier(counter: Counter) -> None:
    wallet, desk = counter.wallet, counter.desk
    received = wallet.run("receive", desk.offer, "--tx-code", "4711-abc", "--yes", "--json")
    assert "School Elsewhere" in received.stderr
    assert len(received.json["credentials"]) == 1
    assert [event["event"] for event in desk.seen()["events"]] == ["credential_accepted"]

    (report,) = wallet.run("check", "--json").json["reports"]
    assert report["verdict"] == "accepted"

    shown = wallet.run("present", desk.request, "--yes")
    assert "Employer Elsewhere BV" in shown.stderr + shown.stdout
    seen = desk.seen()
    assert seen["problem"] is None
    (claims,) = seen["presented"]["bewijs"]
    assert claims["given_name"] == "Test"
    assert len(claims["units"]) == 2
    assert not {"family_name", "birthdate", "document_number", "cijfer"} & claims.keys()


def test_our_wallet_says_so_when_the_foreign_issuer_refuses_the_transaction_code(counter: Counter) -> None:
    refused = counter.wallet.run("receive", counter.desk.offer, "--tx-code", "wrong", "--yes", "--json", expect=1)
    assert json.loads(refused.stdout)["error"]["code"] == "offer_code_refused"
    counter.wallet.run("receive", counter.desk.offer, "--tx-code", "4711-abc", "--yes")
