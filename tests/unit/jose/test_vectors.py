"""The official SD-JWT vectors: signature, processed payload and key binding of each are what they say.

Made by the reference implementation from the inputs of RFC 9901, the SD-JWT VC draft and sd-jwt-python.
"""

import json
from datetime import UTC, datetime

import pytest

from passport.jose.jws import check_signature
from passport.jose.keys import parse_jwk
from passport.jose.sd_jwt import check_key_binding, parse_sd_jwt, process_disclosures, select_disclosures
from tests.paths import vectors


def _load():
    for name in ("testcases", "rfc9901_examples", "sd_jwt_vc_examples"):
        document = json.loads(vectors(f"sd-jwt/{name}.json").read_text(encoding="utf-8"))
        assert len(document["cases"]) == document["count"]
        for case in document["cases"]:
            yield pytest.param(case, document["settings"], id=f"{name}-{case['name']}")


CASES = list(_load())
BOUND = [case for case in CASES if "kb_jwt_payload" in case.values[0]]


def _key(settings, role):
    keys = settings["key_settings"]
    jwk = keys["holder_key"] if role == "holder" else keys.get("issuer_key") or keys["issuer_keys"][0]
    return parse_jwk({name: value for name, value in jwk.items() if name != "d"})


def _compact(case, which):
    text = case[which]
    if isinstance(text, str) and not text.lstrip().startswith("{"):
        return text
    document = json.loads(text) if isinstance(text, str) else text  # RFC 9901 §8: JWS JSON serialisation
    one = document if "signature" in document else document["signatures"][0]
    extra = one["header"]
    jwt = f"{one['protected']}.{document['payload']}.{one['signature']}"
    return "~".join([jwt, *extra["disclosures"], extra.get("kb_jwt", "")])


def test_all_vectors_are_there():
    assert len(CASES) == 35


@pytest.mark.parametrize(("case", "settings"), CASES)
def test_what_is_issued_verifies_and_gives_the_users_claims(case, settings):
    sd = parse_sd_jwt(_compact(case, "sd_jwt_issuance"))
    assert check_signature(sd.jws, _key(settings, "issuer"))
    assert sd.payload == case["sd_jwt_payload"]
    claims = process_disclosures(sd.payload, sd.disclosures).claims
    for name, value in case["user_claims"].items():
        assert claims[name] == value


@pytest.mark.parametrize(("case", "settings"), CASES)
def test_what_is_presented_gives_the_verified_contents(case, settings):
    sd = parse_sd_jwt(_compact(case, "sd_jwt_presentation"))
    assert check_signature(sd.jws, _key(settings, "issuer"))
    assert sd.process().claims == case["verified_contents"]


@pytest.mark.parametrize(("case", "settings"), CASES)
def test_we_can_choose_the_same_disclosures(case, settings):
    shown = parse_sd_jwt(_compact(case, "sd_jwt_presentation"))
    issued = parse_sd_jwt(_compact(case, "sd_jwt_issuance"))
    chosen = set(shown.disclosures)
    wanted = [path for path, found in issued.process().by_path.items() if found.encoded in chosen]
    again = parse_sd_jwt(select_disclosures(issued, wanted, nested=False))
    assert set(again.disclosures) == chosen
    assert again.process().claims == case["verified_contents"]


@pytest.mark.parametrize(("case", "settings"), BOUND)
def test_the_key_binding_holds(case, settings):
    sd = parse_sd_jwt(_compact(case, "sd_jwt_presentation"))
    expected = {
        "expected_nonce": case["kb_jwt_payload"]["nonce"],
        "expected_audience": case["kb_jwt_payload"]["aud"],
        "at": datetime.fromtimestamp(case["kb_jwt_payload"]["iat"], UTC),
    }
    holder = _key(settings, "holder")
    assert parse_jwk(sd.payload["cnf"]["jwk"]) == holder
    assert check_key_binding(sd, key=holder, **expected) is None
    assert check_key_binding(sd, key=_key(settings, "issuer"), **expected) == "kb_signature"
    assert check_key_binding(sd, key=holder, **{**expected, "expected_nonce": "x"}) == "kb_nonce"
