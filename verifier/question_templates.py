"""The questions that an employer can ask by name; each is data in `verifier/templates/`.

They ask what an employer needs and nothing else (DOMAIN §4): programme or tasks, who gave it, when, and the name, so
that the result can be held against an identity document. Never a birth date, a mark, a leerbedrijf or a route.
One is not for employers and stands on no page: `stapel`, with which a school asks all that counts toward a diploma.
It asks who it is and the marks, for the rules need those; it is one credential query for any number of credentials,
whose claim sets are the types' own: the first that fits is what a credential shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from passport.jose.encoding import JsonObject
from verifier.problems import WrongCall


class UnknownTemplate(WrongCall):
    """No question has this name."""

    code = "unknown_template"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionTemplate:
    """One named question. person_claims: ids of the claims that say whose it is, left out with `with_name=False`.

    on_page: whether an employer can choose it on the page.
    """

    name: str
    order: int
    on_page: bool
    person_claims: tuple[str, ...]
    dcql_query: JsonObject

    def query(self, *, with_name: bool = True) -> JsonObject:
        """Return a DCQL query of one's own to change."""
        query = deepcopy(self.dcql_query)
        if with_name:
            return query
        for credential in query["credentials"]:
            credential["claims"] = [claim for claim in credential["claims"] if claim["id"] not in self.person_claims]
            if "claim_sets" in credential:
                credential["claim_sets"] = [
                    [one for one in option if one not in self.person_claims] for option in credential["claim_sets"]
                ]
        return query


@cache
def load_templates() -> Mapping[str, QuestionTemplate]:
    """Return all templates by name, in the order in which the page shows them."""
    folder = resources.files("verifier") / "templates"
    found = [json.loads(file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".json")]
    templates = [
        QuestionTemplate(
            name=entry["name"],
            order=entry["order"],
            on_page=entry.get("on_page", True),
            person_claims=tuple(entry["person_claims"]),
            dcql_query=entry["dcql_query"],
        )
        for entry in found
    ]
    return {template.name: template for template in sorted(templates, key=lambda one: one.order)}


def page_templates() -> Mapping[str, QuestionTemplate]:
    """Return those that an employer can choose on the page."""
    return {name: template for name, template in load_templates().items() if template.on_page}


def require_template(name: str) -> QuestionTemplate:
    """Return one template. Raises: UnknownTemplate."""
    found = load_templates().get(name)
    if found is None:
        raise UnknownTemplate(known=", ".join(load_templates()), at="template")
    return found


def asked_claims(query: Mapping[str, Any]) -> list[str]:
    """Return the names of the top-level claims that a query asks, each once, in its order."""
    names: dict[str, None] = {}
    credentials: Iterable[Any] = query.get("credentials") or ()
    for credential in credentials:
        for claim in credential.get("claims") or ():
            if claim.get("path") and isinstance(claim["path"][0], str):
                names[claim["path"][0]] = None
    return list(names)
