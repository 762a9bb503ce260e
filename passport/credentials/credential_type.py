"""What a credential type is: its name, who issues it, what may be hidden, and the facts that follow from its claims.

The shape of the claims stands in `schemas/claims/<type>.json`, the type metadata in `schemas/vct/<type>.json`; the
seven types stand in `types/`, one small file each. Importing this module is cheap: schemas, validators and frames are
made at first use and kept. Nothing here says who may issue what (`passport.trust`) or whether a credential is genuine
(`passport.verification`).

The claims of the envelope (`ENVELOPE_CLAIMS`) are not part of a type. At issue they are refused among the claims; at
verification they are ignored here, and the format checks them.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from passport import messages
from passport.credentials.claim_schema import ClaimSchema, compile_complete, compile_disclosed

if TYPE_CHECKING:
    from passport.jose.sd_jwt import Decoys, Frame

Claims = Mapping[str, Any]
Path = tuple[str | None, ...]
"""Where a claim stands: names, and None for each element of a list. `("units", None)` is each element of `units`."""
ConcretePath = tuple[str | int, ...]
"""The same in one credential, with the number of the element."""

ENVELOPE_CLAIMS = frozenset({"iss", "vct", "vct#integrity", "iat", "nbf", "exp", "cnf", "status"})
PERSON_CLAIMS = ("given_name", "family_name", "birthdate")
"""The claims that say who the holder is; together they decide whether two credentials are of one person."""
_PERSON: tuple[Path, ...] = tuple((name,) for name in PERSON_CLAIMS)
COMMON_DISCLOSABLE: tuple[Path, ...] = (*_PERSON, ("document_number",))
"""What every type lets the holder hide. `document_number` identifies the award, so it can link two presentations."""
COMMON_SHOWN: tuple[Path, ...] = (("awarded_date",), ("awarding_body", "naam"))
_LISTS_OF_UNITS = ("units", "resultaten", "onderdelen")
_CREBO = re.compile(r"[0-9]{5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialType:
    """One credential type.

    disclosable: paths that are always selectively disclosable; all other claims are always shown.
    shown_by_default: what an employer gets unless the holder chooses otherwise (DOMAIN §4): always-shown claims and
        disclosable ones together; a path may be absent in one credential (a certificate has units or a keuzedeel).
    title_claims: the claims that, after the type's name, make the title of one credential.
    date_claim: the date at which the accreditation of the issuer counts.
    """

    name: str
    vct: str
    issuer_kind: str
    disclosable: tuple[Path, ...]
    shown_by_default: tuple[Path, ...]
    title_claims: tuple[Path, ...]
    date_claim: str = "awarded_date"

    # Words

    def label(self, lang: str) -> str:
        """Return the name of the type in `lang`."""
        return messages.text(f"types.{self.name}.name", lang)

    def title(self, claims: Claims, lang: str) -> str:
        """Return the title of one credential, such as "Mbo-certificaat C0164 Ondersteunen bij wonen en voeding"."""
        words = (value for path in self.title_claims for value in values_at(claims, path) if isinstance(value, str))
        return " ".join((self.label(lang), *words))

    # Shape

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the complete claims, as it ships. Do not change it."""
        return load_schema(self.name)

    def schema_problems(self, claims: Claims) -> list[str]:
        """Return what is wrong with complete claims, as "/pointer: message" without any value; empty: nothing.

        For use at issue: every required claim must be there, and a claim that the type does not know is refused.
        """
        return _complete(self.name).problems(claims)

    def disclosed_problems(self, claims: Claims) -> list[str]:
        """Return what is wrong with the claims that a holder disclosed; empty: nothing.

        A disclosable claim may be absent and a list may have fewer elements; all else must be there, and what is there
        must be valid. Claims that the type does not know are ignored (SD-JWT VC §2.2.2; adding fields is free).
        """
        return _disclosed(self.name, self.disclosable).problems(claims)

    @property
    def always_required(self) -> tuple[str, ...]:
        """The top-level claims that every credential of the type shows."""
        hidden = {path[0] for path in self.disclosable if len(path) == 1}
        return tuple(name for name in self.schema["required"] if name not in hidden)

    # Selective disclosure

    @property
    def frame(self) -> Frame:
        """What `create_sd_jwt` makes selectively disclosable."""
        return _frame(self.disclosable)

    @property
    def decoys(self) -> Decoys:
        """How many digests an observer sees, whatever the credential holds."""
        return _decoys(self.disclosable)

    def default_disclosure(self, claims: Claims) -> tuple[ConcretePath, ...]:
        """Return the disclosable paths in `claims` that an employer gets by default.

        claims: the complete claims, as the holder has them.
        A unit that was judged "deels" or "niet" (ervaringscertificaat) stays hidden.
        """
        wanted = [path for path in self.disclosable if path in self.shown_by_default]
        return tuple(
            place
            for path in wanted
            for place, value in places_at(claims, path)
            if not (isinstance(value, Mapping) and value.get("oordeel", "aangetoond") != "aangetoond")
        )

    def hideable_problems(self, disclosed: Iterable[ConcretePath]) -> list[str]:
        """Return the claims that the type always shows but that came out of a disclosure; empty: none.

        disclosed: the paths in the processed claims that came out of a disclosure. Claims that the type does not know
        are ignored. Source: SD-JWT VC §5.6.4.
        """
        disclosable = self.disclosable
        found = []
        for place in disclosed:
            if place in disclosable or (type(place[-1]) is int and (*place[:-1], None) in disclosable):
                continue  # as nearly all
            path = tuple([step if isinstance(step, str) else None for step in place])
            if path not in disclosable and path[0] in self.schema["properties"]:
                found.append(f"{_pointer(place)}: must be shown always, and is selectively disclosable")
        return sorted(found)

    def disclosure_problems(self, claims: Claims, disclosed: Iterable[ConcretePath]) -> list[str]:
        """Return where an issuer did not keep to `sd` of the type metadata; empty: nowhere.

        claims: as processed; disclosed: the paths in them that came out of a disclosure.
        Beside `hideable_problems`: a claim that the type lets the holder hide may not stand in the clear.
        Source: SD-JWT VC §5.6.4.
        """
        from_disclosure = frozenset(disclosed)
        found = self.hideable_problems(from_disclosure)
        for path in self.disclosable:
            for place, _ in places_at(claims, path):
                if place not in from_disclosure:
                    found.append(f"{_pointer(place)}: must be selectively disclosable, and is not")
        return found

    # Derived facts

    def crebos(self, claims: Claims) -> frozenset[str]:
        """Return every crebo that the claims name: of the kwalificatie, of a standard that is a crebo, of each unit.

        The units of a branch standard are the branch's own; one that is written as `crebo:code` names its crebo all
        the same, since a stack would count it there (CASES R3).
        """
        found = set()
        qualification = claims.get("kwalificatie")
        if isinstance(qualification, Mapping) and isinstance(qualification.get("crebo"), str):
            found.add(qualification["crebo"])
        standard = claims.get("standaard")
        if isinstance(standard, Mapping) and standard.get("soort") == "crebo":
            found.add(str(standard.get("code")))
        of_a_branch = isinstance(standard, Mapping) and standard.get("soort") == "branche"
        for name in _LISTS_OF_UNITS:
            units = claims.get(name)
            for entry in units if isinstance(units, list) else ():
                unit = entry.get("unit") if isinstance(entry, Mapping) else None
                if isinstance(unit, str):
                    crebo, colon, _ = unit.partition(":")
                    if not of_a_branch or (colon and _CREBO.fullmatch(crebo)):
                        found.add(crebo)
        return frozenset(found)

    def decisive_date(self, claims: Claims) -> date:
        """Return the day at which the issuer's accreditation counts. claims: without schema problems."""
        return date.fromisoformat(claims[self.date_claim])

    # Type metadata

    @property
    def metadata_bytes(self) -> bytes:
        """The type metadata, octet for octet as it is served."""
        return load_metadata(self.name)

    @property
    def integrity(self) -> str:
        """`vct#integrity`: subresource integrity over `metadata_bytes`. Source: SD-JWT VC §6."""
        return _integrity(self.name, "sha256")

    def matches_integrity(self, value: object) -> bool:
        """Whether `value` (`vct#integrity` of a credential) belongs to `metadata_bytes`.

        Of several hashes the strongest that we know counts; with none that we know the answer is no.
        Source: SD-JWT VC §6; W3C Subresource Integrity §3.3.
        """
        if value == self.integrity:
            return True
        hashes = value.split() if isinstance(value, str) else []
        for algorithm in ("sha512", "sha384", "sha256"):
            named = [entry.partition("?")[0] for entry in hashes if entry.startswith(f"{algorithm}-")]
            if named:
                return _integrity(self.name, algorithm) in named
        return False


def places_at(claims: Claims, path: Path) -> Iterable[tuple[ConcretePath, Any]]:
    """Yield each place in `claims` that `path` selects, with its value; nothing where it does not exist."""
    found: list[tuple[ConcretePath, Any]] = [((), claims)]
    for step in path:
        deeper: list[tuple[ConcretePath, Any]] = []
        for place, value in found:
            if step is None and isinstance(value, list):
                deeper += [((*place, index), element) for index, element in enumerate(value)]
            elif step is not None and isinstance(value, Mapping) and step in value:
                deeper.append(((*place, step), value[step]))
        found = deeper
    return found


def _pointer(place: ConcretePath) -> str:
    return "/" + "/".join(map(str, place))


def values_at(claims: Claims, path: Path) -> Iterable[Any]:
    """Yield the values that `path` selects in `claims`."""
    return (value for _, value in places_at(claims, path))


def claim_label(path: Iterable[str | int | None], lang: str) -> str:
    """Return the words for a claim, such as "Geboortedatum" for `("birthdate",)`. Raises: MissingMessage."""
    steps = (step if isinstance(step, str) else "element" for step in path)
    return messages.text(f"claims.{'.'.join(steps)}.label", lang)


def word(kind: str, value: str, lang: str) -> str:
    """Return the words for a fixed value: `word("oordeel", "niet voldaan", "en")`; an unknown value as it is.

    kind: `oordeel`, `kind` (of organisation), `status`, `vak`, `onderdeel`, `soort`, `route` or `reason`.
    """
    key = f"words.{kind}.{value.replace(' ', '_')}"
    return messages.text(key, lang) if messages.has(key, lang) else value


@cache
def load_schema(name: str) -> dict[str, Any]:
    """Return the schema `schemas/claims/<name>.json`."""
    schema: dict[str, Any] = json.loads((resources.files("schemas") / "claims" / f"{name}.json").read_bytes())
    return schema


@cache
def load_metadata(name: str) -> bytes:
    """Return the octets of `schemas/vct/<name>.json`."""
    return (resources.files("schemas") / "vct" / f"{name}.json").read_bytes()


@cache
def _integrity(name: str, algorithm: str) -> str:
    return f"{algorithm}-" + b64encode(hashlib.new(algorithm, load_metadata(name)).digest()).decode("ascii")


@cache
def _complete(name: str) -> ClaimSchema:
    return compile_complete(load_schema(name))


@cache
def _disclosed(name: str, disclosable: tuple[Path, ...]) -> ClaimSchema:
    return compile_disclosed(load_schema(name), disclosable)


@cache
def _frame(disclosable: tuple[Path, ...]) -> Frame:
    from passport.jose.sd_jwt import compile_frame

    return compile_frame(disclosable)


@cache
def _decoys(disclosable: tuple[Path, ...]) -> Decoys:
    from passport.jose.sd_jwt import Decoys

    at_top = sum(1 for path in disclosable if len(path) == 1)
    arrays = tuple(path[0] for path in disclosable if path[0] is not None and path[1:] == (None,))
    return Decoys(object_total=at_top, array_multiple=8, arrays=arrays)
