"""The stack as a page: kerntaken as blocks, units as bricks, what is missing as an outline. Pure: answer in, HTML out.

For the wallet, the issuer and the verifier alike. It judges nothing and adds nothing to the answer of contract
section 5; who made a brick (`Source`) comes from the caller or from the facts. The page needs no script and fetches
nothing. The wall itself is drawn in `page_wall.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from passport import messages
from passport.stacking.catalogue import Catalogue, Qualification
from passport.stacking.compare import Change
from passport.stacking.facts import Facts, Item
from passport.stacking.markup import Html, document, el, icon
from passport.stacking.page_wall import STATUSES, Drawing, Source, is_kerntaak, swatch

__all__ = ["Source", "sources_of", "stack_page"]

Answer = Mapping[str, Any]
_MOST_SETS = 5
_OVERALL = "overall"


def stack_page(
    answer: Answer,
    catalogue: Catalogue,
    sources: Mapping[str, Source],
    *,
    lang: str,
    changes: Sequence[Change] | None = None,
) -> str:
    """Return one self-contained page for an answer of `stack`.

    sources: by id of the evidence; one that is missing is shown by its type. changes: what is new in this answer,
    shown first and at each brick; None: nothing is compared.
    """
    drawing = Drawing(
        answer=answer,
        qualification=catalogue.qualifications.get(answer["target"]["crebo"]),
        certificates=catalogue.certificates_of.get(answer["target"]["crebo"], ()),
        sources=sources,
        lang=lang,
        changed={change.at: change for change in changes or ()},
    )
    name = answer["target"]["naam"] or drawing.words("unknown_name")
    side = [_steps(drawing), _legend(drawing)]
    main = [
        _head(drawing, name),
        _changes(drawing, changes) if changes is not None else None,
        _remarks(drawing),
        el("div", drawing.wall(), el("div", *side, class_="side"), class_="columns"),
        _evidence(drawing),
    ]
    return document(
        lang=lang,
        title=drawing.words("title_what_if" if answer["what_if"] else "title", naam=name),
        kind="what-if" if answer["what_if"] else "real",
        body=[_banner(drawing), el("main", *main), _foot(drawing)],
    )


def sources_of(facts: Facts, catalogue: Catalogue, lang: str, *, supposed: bool = False) -> dict[str, Source]:
    """Return what there is to say of each item by the facts alone. supposed: they are of a what-if."""
    return {item.id: _source(item, catalogue, lang, supposed=supposed) for item in facts.items}


def _source(item: Item, catalogue: Catalogue, lang: str, *, supposed: bool) -> Source:
    issuer = item.issuer or ""
    return Source(
        title=" ".join((type_words(item.type, lang), *_what(item, catalogue, lang))),
        issuer=issuer if "://" in issuer or issuer.startswith("did:") else issuer.partition(":")[2] or issuer or None,
        date=item.date.isoformat() if item.date is not None else None,
        supposed=supposed,
    )


def _what(item: Item, catalogue: Catalogue, lang: str) -> list[str]:
    """What tells this item from others of its type."""
    if item.type == "mbo-certificaat" and item.code:
        known = catalogue.certificates.get(item.code.strip().upper())
        return [item.code, known.naam] if known else [item.code]
    if item.type == "diploma" and item.crebo:
        known_diploma = catalogue.qualifications.get(item.crebo)
        return [known_diploma.naam if known_diploma else item.crebo]
    code = item.code or item.keuzedeel
    if code:
        keuzedeel = catalogue.keuzedelen.get(code.strip().upper())
        return [code, keuzedeel.naam] if keuzedeel else [code]
    if item.vak and messages.has(f"stack_page.nodes.{item.vak}", lang):
        return [messages.text(f"stack_page.nodes.{item.vak}", lang)]
    if item.units and len(item.units) == 1:
        return [_unit_words(item.units[0], catalogue)]
    return []


def _unit_words(unit: str, catalogue: Catalogue) -> str:
    crebo, _, code = unit.partition(":")
    known: Qualification | None = catalogue.qualifications.get(crebo)
    return known.names.get(code, code) if known else unit


def type_words(name: str | None, lang: str) -> str:
    """Return the words for a type of evidence, a credential's or a what-if fact's."""
    for key in (f"types.{name}.name", f"stack_page.kinds.{name}"):
        if name and messages.has(key, lang):
            return messages.text(key, lang)
    return messages.text("stack_page.kinds.unknown", lang)


def _banner(drawing: Drawing) -> Html | None:
    if not drawing.answer["what_if"]:
        return None
    words = drawing.words
    text = el("p", el("strong", words("what_if.heading")), el("span", words("what_if.text")))
    return el("aside", text, class_="supposed", aria_label=words("what_if.heading"))


def _head(drawing: Drawing, name: str) -> Html:
    words, target, answer = drawing.words, drawing.answer["target"], drawing.answer
    facts = (
        ("crebo", target["crebo"]),
        ("niveau", target["niveau"] or words("facts.no_niveau")),
        ("cohort", target["cohort"]),
        ("date", drawing.day(target["date"])),
        ("school", drawing.school_name or target["school"] or words("facts.no_school")),
    )
    rows = [el("div", el("dt", words(f"facts.{key}")), el("dd", str(value))) for key, value in facts]
    statuses = [unit["status"] for unit in answer["units"].values()]
    done, claims = sum(one in ("met", "exempt") for one in statuses), statuses.count("claim")
    counted = words("covered", done=done, total=len(statuses)) if statuses else None
    more = words("covered_claims", claims=claims) if claims else None
    verdict = el(
        "div",
        icon(answer["overall"]),
        el(
            "div",
            el("p", words(f"overall.{answer['overall']}"), class_="verdict-words"),
            el("p", " ".join(one for one in (counted, more) if one)) if counted else None,
        ),
        class_=f"verdict {answer['overall']}",
    )
    return el(
        "header",
        el("p", words("eyebrow"), class_="eyebrow"),
        el("h1", name, lang=drawing.dutch if target["naam"] else None),
        el("dl", *rows),
        verdict,
    )


def _changes(drawing: Drawing, changes: Sequence[Change]) -> Html:
    words = drawing.words
    rows = [
        el(
            "li",
            el("span", drawing.place_words(one.at), class_="where"),
            el("span", drawing.state_words(one.before), class_="was"),
            el("span", "→", aria_hidden="true"),
            el("span", words("changes.becomes"), class_="unseen"),
            el("strong", drawing.state_words(one.after)),
        )
        for one in changes
    ]
    content = el("ul", *rows, role="list") if rows else el("p", words("changes.none"))
    return el("section", el("h2", words("changes.heading"), id="changes"), content, class_="changes card")


def _remarks(drawing: Drawing) -> Html | None:
    found = drawing.reasons_at(_OVERALL)
    if not found:
        return None
    listed = el("ul", *(drawing.reason(one) for one in found), class_="reasons")
    return el("section", el("h2", drawing.words("remarks.heading")), listed, class_="card remarks")


def _steps(drawing: Drawing) -> Html:
    words, advice = drawing.words, drawing.answer["advice"]
    steps = el("ol", *(el("li", step["text"]) for step in advice["next_steps"]))
    parts = [steps if advice["next_steps"] else el("p", words("steps.none"))]
    if advice["smallest_sets"]:
        names = {one.code: one.naam for one in drawing.certificates}
        parts.append(el("h3", words("steps.sets")))
        parts.append(el("p", words("steps.sets_text"), class_="small"))
        for place, codes in enumerate(advice["smallest_sets"][:_MOST_SETS]):
            if place:
                parts.append(el("p", words("steps.or"), class_="or"))
            chosen = (el("li", el("span", code, class_="code"), " ", names.get(code, "")) for code in codes)
            parts.append(el("ul", *chosen, class_="set", role="list"))
    return el("section", el("h2", words("steps.heading")), *parts, class_="card steps")


def _legend(drawing: Drawing) -> Html:
    used = {node["status"] for group in ("units", "nodes") for node in drawing.answer[group].values()}
    rows = [
        el(
            "li",
            swatch(status),
            el("p", el("strong", drawing.words(f"status.{status}")), el("span", drawing.words(f"explain.{status}"))),
        )
        for status in STATUSES
        if status in used
    ]
    heading = el("h2", drawing.words("legend.heading"))
    return el("section", heading, el("ul", *rows, role="list"), class_="card legend")


def _evidence(drawing: Drawing) -> Html:
    words = drawing.words
    rows = []
    for key, judged in drawing.answer["evidence"].items():
        source = drawing.source(key)
        kind = words(f"evidence.weight.{judged['weight']}") if judged["accepted"] else words("evidence.refused")
        state = "refused" if not judged["accepted"] else judged["weight"]
        rows.append(
            el(
                "li",
                drawing.source_words(source),
                el("p", kind, class_=f"worth {state}"),
                drawing.why(f"evidence:{key}", source.title),
            )
        )
    heading = el("h2", words("evidence.heading"))
    content = el("ul", *rows, role="list") if rows else el("p", words("evidence.none"))
    return el("section", heading, content, class_="evidence card")


def _foot(drawing: Drawing) -> Html:
    catalogue = drawing.answer["catalogue"]
    return el(
        "footer",
        el("p", drawing.words("foot.decides")),
        el("p", drawing.words("foot.catalogue", version=catalogue["version"]), class_="small"),
        el("p", catalogue["digest"], class_="small digest"),
    )


def kerntaken_of(answer: Answer) -> list[str]:
    """Return the paths of the blocks, in the order of the qualification."""
    return [path for path in answer["nodes"] if is_kerntaak(path)]
