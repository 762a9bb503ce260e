"""One complete example of each credential type, as `schemas/examples/<type>.json` shows it.

The facts about qualifications are those of the catalogue; the holder and the organisations are made up. An example
shows the claims, which of them are always shown and which can be hidden. It leaves out salts, digests, decoys and
signatures, which differ each time. `python -m passport.credentials.examples FOLDER` writes the files.
"""

from __future__ import annotations

import json
import sys
from copy import deepcopy
from pathlib import Path as FilePath
from typing import Any

from passport.credentials.credential_type import ConcretePath, CredentialType, places_at
from passport.credentials.praktijkbeoordeling import TYP, person_digest
from passport.credentials.types import TYPES
from passport.jose.encoding import JsonObject, encode_base64url, encode_json

ISSUERS = {
    "school": ("https://issuer.example/o/school-a", "School A"),
    "evc-aanbieder": ("https://issuer.example/o/evc-a", "EVC-aanbieder A"),
    "brancheorganisatie": ("https://issuer.example/o/branche-a", "Branche A"),
}
LEERBEDRIJF = {"naam": "Leerbedrijf A", "id": "https://issuer.example/o/leerbedrijf-a"}
HOLDER = {"given_name": "Test", "family_name": "Houder", "birthdate": "1990-02-28"}
HOLDER_KEY = {  # the public key of RFC 9901, appendix A.5
    "kty": "EC",
    "crv": "P-256",
    "x": "TCAER19Zvu3OHF4j4W4vfSVoHIP1ILilDls7vCeGemc",
    "y": "ZxjiWWbZMQGHVWKVQ4hbSIirsVfuecCE6t4jT9F2HZQ",
}
HELPENDE = {"crebo": "25960", "naam": "Helpende Zorg en Welzijn", "niveau": 2}
VERZORGENDE = {"crebo": "25656", "naam": "Verzorgende-IG", "niveau": 3}
WONEN = {"unit": "25960:P2-K1-W1", "naam": "Ondersteunt bij wonen"}
VOEDING = {"unit": "25960:P2-K1-W2", "naam": "Ondersteunt bij voeding"}
ZORG = {"unit": "25960:P2-K1-W3", "naam": "Ondersteunt bij persoonlijke zorg en ADL"}
PERIODE = {"van": "2025-09-01", "tot": "2026-01-31"}
COHORT = "2025-2026"
_SALT = "c2FsdCBvZiB0aGUgZXhhbXBsZQ"
_ISSUED_AT = 1_781_000_000


def _kerntaak(code: str, naam: str, cijfer: int) -> JsonObject:
    return {"onderdeel": "kerntaak", "unit": f"25960:{code}", "naam": naam, "cijfer": cijfer, "datum": "2026-05-28"}


def _generiek(vak: str, niveau: str, cijfer: int) -> JsonObject:
    return {"onderdeel": "generiek", "vak": vak, "niveau": niveau, "cijfer": cijfer, "datum": "2026-04-16"}


def _oordeel(onderdeel: str, oordeel: str) -> JsonObject:
    return {"onderdeel": onderdeel, "oordeel": oordeel, "datum": "2026-05-28"}


def _keuzedeel(code: str, naam: str, cijfer: int) -> JsonObject:
    return {"code": code, "naam": naam, "sbu": 240, "verplichting": True, "cijfer": cijfer, "datum": "2026-03-12"}


def _assessment(units: list[JsonObject]) -> str:
    """Return a praktijkbeoordeling in its real form, with zeros for a signature."""
    header = {"alg": "ES256", "typ": TYP, "kid": "example"}
    payload = {
        "iss": LEERBEDRIJF["id"],
        "iat": _ISSUED_AT - 86_400,
        "kwalificatie": HELPENDE,
        "units": units,
        "periode": PERIODE,
        "person": person_digest(_SALT, **HOLDER),
    }
    return ".".join(encode_base64url(part) for part in (encode_json(header), encode_json(payload), bytes(64)))


def _own_claims() -> dict[str, JsonObject]:
    """The claims of each type beside the common ones."""
    kerntaken = [
        _kerntaak("B1-K1", "Voert dienstverlenende werkzaamheden uit", 7),
        _kerntaak("P2-K1", "Ondersteunt bij dagelijkse activiteiten in zorg en welzijn", 8),
    ]
    others = [
        _generiek("nederlands", "2F", 6),
        _generiek("rekenen", "mbo-2", 7),
        _oordeel("loopbaan_burgerschap", "voldaan"),
        _oordeel("bpv", "voldoende"),
    ]
    return {
        "diploma": {
            "kwalificatie": HELPENDE,
            "cohort": COHORT,
            "leerweg": "BBL",
            "nlqf": 2,
            "eqf": 2,
            "resultaten": [*kerntaken, *others],
            "evidence": [
                {
                    "type": "mbo-certificaat",
                    "iss": ISSUERS["school"][0],
                    "digest": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                }
            ],
        },
        "mbo-certificaat": {
            "kwalificatie": HELPENDE,
            "certificaat": {"code": "C0164", "naam": "Ondersteunen bij wonen en voeding"},
            "units": [WONEN, VOEDING],
            "cijfer": 7,
        },
        "mbo-verklaring": {
            "kwalificatie": HELPENDE,
            "cohort": COHORT,
            "resultaten": [
                kerntaken[0],
                {**WONEN, "onderdeel": "werkproces", "oordeel": "voldoende", "datum": "2026-05-28"},
                *others[:2],
            ],
            "keuzedelen": [_keuzedeel("K0219", "Gezonde leefstijl", 6), _keuzedeel("K0186", "Wijkgericht werken", 8)],
        },
        "praktijkverklaring": {
            "kwalificatie": HELPENDE,
            "units": [WONEN, VOEDING, ZORG],
            "leerbedrijf": LEERBEDRIJF,
            "periode": PERIODE,
            "praktijkbeoordeling": _assessment([WONEN, VOEDING, ZORG]),
            "praktijkbeoordeling_salt": _SALT,
        },
        "ervaringscertificaat": {
            "standaard": {"soort": "crebo", "code": "25656", "naam": "Verzorgende-IG"},
            "overeenkomst_datum": "2025-11-03",
            "route": "arbeidsmarkt",
            "units": [
                {
                    "unit": "25656:B1-K1-W4",
                    "naam": "Voert zorg-/begeleidingsactiviteiten uit (Zorgverlener)",
                    "oordeel": "aangetoond",
                },
                {
                    "unit": "25656:B1-K1-W5",
                    "naam": "Voert verpleegtechnische handelingen uit (Zorgverlener)",
                    "oordeel": "deels",
                },
            ],
        },
        "vrijstelling": {
            "kwalificatie": VERZORGENDE,
            "cohort": COHORT,
            "onderdelen": [
                {"unit": "25656:B1-K2-W2"},
                {"vak": "nederlands", "niveau": "2F"},
                {"keuzedeel": {"code": "K1006", "sbu": 240}},
                {"onderdeel": "loopbaan_burgerschap"},
            ],
            "grond": "Eerder behaald diploma",
        },
        "branchecertificaat": {
            "standaard": {"soort": "branche", "code": "BRANCHE-A-1", "naam": "Veilig werken"},
            "geldig_tot": "2031-06-30",
        },
    }


def example_claims(name: str) -> JsonObject:
    """Return the complete claims of the example of a type, valid by its schema; a new copy each time."""
    _, awarding_body = ISSUERS[TYPES[name].issuer_kind]
    common = {
        **HOLDER,
        "awarded_date": "2026-06-01",
        "document_number": f"EXAMPLE-{name}-0001",
        "awarding_body": {"naam": awarding_body},
    }
    if TYPES[name].issuer_kind == "school":
        common["awarding_body"] = {"naam": awarding_body, "brin": "99XX"}
    return deepcopy(common | _own_claims()[name])


def split_claims(ctype: CredentialType, claims: JsonObject) -> tuple[JsonObject, dict[ConcretePath, Any]]:
    """Return what is always shown, and what the holder can hide, by its place in `claims`."""
    hidden = {place: value for path in ctype.disclosable for place, value in places_at(claims, path)}
    shown = deepcopy(claims)
    for place in sorted(hidden, key=lambda place: [str(step).zfill(6) for step in place], reverse=True):
        holder: Any = shown
        for step in place[:-1]:
            holder = holder[step]
        del holder[place[-1]]
    return shown, hidden


def make_example(ctype: CredentialType) -> JsonObject:
    """Return the example of one type, as it stands in `schemas/examples/`."""
    iss, _ = ISSUERS[ctype.issuer_kind]
    claims = example_claims(ctype.name)
    shown, hidden = split_claims(ctype, claims)
    envelope = {
        "iss": iss,
        "vct": ctype.vct,
        "vct#integrity": ctype.integrity,
        "iat": _ISSUED_AT,
        "cnf": {"jwk": HOLDER_KEY},
        "status": {"status_list": {"idx": 412, "uri": "https://issuer.example/status/1"}},
    }
    return {
        "type": ctype.name,
        "header": {"typ": "dc+sd-jwt", "alg": "ES256", "kid": "example"},
        "envelope": envelope,
        "always_shown": shown,
        "disclosable": [{"path": list(place), "value": value} for place, value in hidden.items()],
        "claims": claims,
        "left_out": "Salts, digests, decoys, signatures and the issuer's certificates (x5c).",
    }


def make_examples() -> dict[str, str]:
    """Return the text of each file of `schemas/examples/`, by file name."""
    return {
        f"{name}.json": json.dumps(make_example(ctype), indent=2, ensure_ascii=False) + "\n"
        for name, ctype in TYPES.items()
    }


if __name__ == "__main__":
    for file_name, text in make_examples().items():
        FilePath(sys.argv[1], file_name).write_text(text, encoding="utf-8")
