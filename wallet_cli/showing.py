"""Credentials in words: titles, labels and values, all visible characters only. Nothing here judges them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from passport.credentials.credential_type import ConcretePath, CredentialType, claim_label, word
from passport.credentials.formats import FORMATS
from passport.credentials.types import TYPES, by_vct
from passport.errors import Malformed
from passport.messages import LANGUAGES, has, text
from passport.terminal import visible
from wallet_cli.data import StoredCredential

_ENVELOPE = frozenset({"iss", "vct", "vct#integrity", "iat", "nbf", "exp", "cnf", "status", "sub", "_sd_alg"})
_FIRST = ("given_name", "family_name", "birthdate", "awarded_date", "document_number", "awarding_body")
_OPAQUE = frozenset({"praktijkbeoordeling", "praktijkbeoordeling_salt"})


def claims_of(held: StoredCredential) -> Mapping[str, Any]:
    """Return all claims that a held credential carries, envelope left out; empty when it does not read."""
    try:
        form = FORMATS[held.format]
        claims = form.disclosed_claims(form.parse(held.raw))
    except (Malformed, KeyError):
        return {}
    return {name: value for name, value in claims.items() if name not in _ENVELOPE}


def type_of(held: StoredCredential) -> CredentialType | None:
    """Return the type of a held credential; None for one that is not ours."""
    return TYPES.get(held.type)


def title_of(held: StoredCredential, claims: Mapping[str, Any], lang: str) -> str:
    """Return one line that names a credential, such as "Mbo-certificaat C0164 Ondersteunen bij wonen en voeding"."""
    known = type_of(held)
    return visible(known.title(claims, lang) if known is not None else held.type, limit=160)


def title_in(title: str, kind: str, lang: str) -> str:
    """Return a title that was written down earlier, maybe in another language; without one the words for the type.

    kind: the name of a type, or its vct.
    """
    known = TYPES.get(kind) or by_vct(kind)
    if known is None:
        return visible(title or kind, limit=160)
    written = next((one for one in (known.label(other) for other in LANGUAGES) if title.startswith(one)), None)
    if title and written is None:
        return visible(title, limit=160)
    return visible(known.label(lang) + title.removeprefix(written or ""), limit=160)


def moment_words(written: str, lang: str) -> str:
    """Return a moment as it is stored in words, by the clock of this computer: "21 november 2026, 06:35"."""
    try:
        moment = datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).astimezone()
    except (ValueError, OverflowError):
        return visible(written)
    month = text("stack_page.months", lang).split("|")[moment.month - 1]
    return f"{moment.day} {month} {moment.year}, {moment:%H:%M}"


def label_of(path: Sequence[str | int | None], lang: str) -> str:
    """Return the words for a claim; the claim's own name where there are none."""
    steps = [step if isinstance(step, str) else "element" for step in path]
    if has(f"claims.{'.'.join(steps)}.label", lang):
        return claim_label(path, lang)
    return visible(".".join(step for step in steps if step != "element"), limit=80)


def value_of(value: object, lang: str, *, name: str = "") -> str:
    """Return one value in words, on one line."""
    match value:
        case bool():
            return {("nl", True): "ja", ("nl", False): "nee", ("en", True): "yes"}.get((lang, value), "no")
        case Mapping():
            return ", ".join(value_of(inner, lang, name=key) for key, inner in value.items())
        case list():
            return "; ".join(value_of(inner, lang, name=name) for inner in value)
        case str():
            return visible(word(name, value, lang), limit=300)
    return visible(value, limit=300)


def lines_of(claims: Mapping[str, Any], lang: str, *, known: CredentialType | None = None) -> Iterator[tuple[str, str]]:
    """Yield (label, value) for each claim, lists element by element; what only a machine reads is left out.

    known: the type, for a fixed order: the person, the award, then as the type's schema names them.
    """
    schema = [] if known is None else list(known.schema.get("properties", {}))
    order = {name: at for at, name in enumerate(dict.fromkeys((*_FIRST, *schema)))}
    for name, value in sorted(claims.items(), key=lambda claim: order.get(claim[0], len(order))):
        if name in _OPAQUE:
            yield label_of((name,), lang), "…"
        elif isinstance(value, list):
            for element in value:
                yield label_of((name, None), lang), value_of(element, lang)
        elif isinstance(value, Mapping):
            for inner, content in value.items():
                yield label_of((name, inner), lang), value_of(content, lang, name=inner)
        else:
            yield label_of((name,), lang), value_of(value, lang, name=name)


def value_at(claims: Mapping[str, Any], path: ConcretePath) -> Any:
    """Return the value at a place; None where there is nothing."""
    found: Any = claims
    for step in path:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return None
    return found


def leaves_of(value: object, place: ConcretePath = ()) -> Iterator[ConcretePath]:
    """Yield the place of each single value."""
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from leaves_of(inner, (*place, name))
        case list():
            for index, inner in enumerate(value):
                yield from leaves_of(inner, (*place, index))
        case _:
            yield place


def always_shown(claims: Mapping[str, Any], disclosable: Collection[ConcretePath], lang: str) -> list[str]:
    """Return the words for what a credential shows whatever the holder chooses."""
    clear = (place for place in leaves_of(claims) if not any(place[: len(one)] == one for one in disclosable))
    return list(dict.fromkeys(label_of(place, lang) for place in clear))
