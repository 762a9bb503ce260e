"""The wall of the page: blocks, bricks, and the reason behind each. Shape and word say the status; colour only repeats.

`page.py` puts it on a page. Nothing here judges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from passport import messages
from passport.stacking.catalogue import Certificate, Qualification
from passport.stacking.compare import Change, State
from passport.stacking.markup import Html, el, icon
from passport.stacking.reasons import Code

STATUSES = ("met", "exempt", "claim", "partial", "open", "not_applicable")
_KERNTAAK = "kerntaak:"
_EVIDENCE = "evidence:"
_DONE = ("met", "exempt")
_PLACE_OF_NUMBER = "#"


def is_kerntaak(path: str) -> bool:
    return path.startswith(_KERNTAAK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What fills a brick. date: ISO 8601. supposed: the person only imagines to have it."""

    title: str
    issuer: str | None = None
    date: str | None = None
    supposed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One answer with all that is needed to draw it. changed: by place, what differs from before."""

    answer: Mapping[str, Any]
    qualification: Qualification | None
    certificates: Sequence[Certificate]
    sources: Mapping[str, Source]
    lang: str
    changed: Mapping[str, Change] = field(default_factory=dict)

    # Words

    @property
    def dutch(self) -> str | None:
        """The language of the catalogue's names, where the page is in another one (WCAG 3.1.2)."""
        return None if self.lang == "nl" else "nl"

    def words(self, key: str, **params: object) -> str:
        return messages.text(f"stack_page.{key}", self.lang, **params)

    def day(self, iso: str) -> str:
        """Return a date as people write it."""
        year, month, day = (int(part) for part in iso.split("-"))
        return f"{day} {self.words('months').split('|')[month - 1]} {year:04}"

    @property
    def school_name(self) -> str | None:
        """The name of the awarding school, where evidence of it tells."""
        school = self.answer["target"]["school"]
        name = (school or "").partition(":")[2] if (school or "").startswith("school:") else None
        return name or None

    def state_words(self, state: State) -> str:
        """Return a status in words, with its strength and hours where it has them."""
        parts = [self._status_words(state.status, state.strength)]
        if state.sbu is not None:
            parts.append(self.words("hours", sbu=state.sbu, required=state.sbu_required))
        return ", ".join(parts)

    def _status_words(self, status: str, strength: str | None) -> str:
        group = "status" if status in STATUSES else "overall"
        said = self.words(f"{group}.{status}")
        return f"{said} ({self.words(f'strength.{strength}')})" if strength else said

    def place_words(self, at: str) -> str:
        """Return what a place is called: a task, a node, a piece of evidence."""
        if at.startswith(_EVIDENCE):
            return self.source(at.removeprefix(_EVIDENCE)).title
        code = at.removeprefix(_KERNTAAK)
        names = self.qualification.names if self.qualification else {}
        if code in names:
            return f"{code} {names[code]}"
        return self.node_words(at)

    def node_words(self, path: str) -> str:
        key = f"stack_page.nodes.{path}"
        return messages.text(key, self.lang) if messages.has(key, self.lang) else path

    # Evidence and reasons

    def source(self, key: str) -> Source:
        """Return what is known of a piece of evidence; a result in a credential goes by its credential."""
        found = self.sources.get(key) or self.sources.get(key.partition(_PLACE_OF_NUMBER)[0])
        if found is not None:
            return found
        kind = self.answer["evidence"].get(key, {}).get("type")
        known = kind and messages.has(f"types.{kind}.name", self.lang)
        return Source(title=messages.text(f"types.{kind}.name", self.lang) if known else self.words("kinds.unknown"))

    def source_words(self, source: Source) -> Html:
        by = [source.issuer] if source.issuer else []
        if source.date:
            by.append(self.day(source.date))
        return el(
            "p",
            el("span", self.words("what_if.source"), class_="tag") if source.supposed else None,
            el("span", source.title, class_="title"),
            el("span", ", ".join(by), class_="by") if by else None,
            class_="source",
        )

    def reasons_at(self, at: str) -> list[Mapping[str, Any]]:
        return [one for one in self.answer["reasons"] if one["at"] == at]

    def reason(self, reason: Mapping[str, Any]) -> Html:
        """Return one reason: the sentence, what it is about, the rule it rests on."""
        own = reason["at"] == f"{_EVIDENCE}{(reason['evidence'] or [''])[0]}"
        titles = dict.fromkeys(self.source(key).title for key in reason["evidence"])
        about = self.words("concerns", titles="; ".join(titles)) if titles and not own else None
        return el(
            "li",
            el("p", reason["text"]),
            el("p", about, class_="small") if about else None,
            el("p", self.words("basis", basis=reason["basis"]), " ", el("code", reason["code"]), class_="small"),
        )

    def why(self, at: str, name: str) -> Html | None:
        """Return the reasons at one place, folded; None where there are none."""
        found = self.reasons_at(at)
        if not found:
            return None
        label = el("summary", self.words("why"), el("span", f" ({name})", class_="unseen"))
        return el("details", label, el("ul", *(self.reason(one) for one in found), class_="reasons"))

    # Bricks

    def wall(self) -> Html:
        words = self.words
        nodes: Mapping[str, Any] = self.answer["nodes"]
        blocks = [self._block(path, node) for path, node in nodes.items() if is_kerntaak(path)]
        others = [self._brick(path, node) for path, node in nodes.items() if not is_kerntaak(path)]
        if not blocks:
            blocks = [el("p", words("wall.none"))]
        done = sum(
            node["status"] in (*_DONE, "not_applicable") for path, node in nodes.items() if not is_kerntaak(path)
        )
        foundation = el(
            "section",
            self._lintel(words("wall.others"), None, done, len(others), status=None),
            el("ul", *others, class_="bricks", role="list"),
            class_="block others",
        )
        return el(
            "section",
            el("h2", words("wall.heading")),
            el("p", words("wall.intro"), class_="intro"),
            *blocks,
            foundation,
            class_="wall",
        )

    def _lintel(
        self, name: str, code: str | None, done: int, total: int, *, status: Html | None, why: Html | None = None
    ) -> Html:
        count = el("p", self.words("wall.count", done=done, total=total), class_="count")
        of_catalogue = self.dutch if code else None
        named = el("span", name, lang=of_catalogue) if of_catalogue else name
        heading = el("h3", el("span", code, class_="code") if code else None, " " if code else None, named)
        return el("header", heading, el("div", status, count, class_="sum"), why, class_="lintel")

    def _block(self, path: str, node: Mapping[str, Any]) -> Html:
        code = path.removeprefix(_KERNTAAK)
        qualification = self.qualification
        names = qualification.names if qualification else {}
        own = qualification.kerntaken.get(code, ()) if qualification else ()
        units = {unit: self.answer["units"][unit] for unit in own if unit in self.answer["units"]}
        done = sum(unit["status"] in _DONE for unit in units.values())
        name = names.get(code, "")
        status = el("p", icon(node["status"]), self._status_words(node["status"], node["strength"]), class_="word")
        return el(
            "section",
            self._lintel(name, code, done, len(units), status=status, why=self.why(path, name)),
            el("ul", *(self._brick(unit, found) for unit, found in units.items()), class_="bricks", role="list"),
            class_=f"block {node['status']}",
        )

    def _brick(self, at: str, node: Mapping[str, Any]) -> Html:
        names = self.qualification.units if self.qualification else {}
        name, status = names.get(at) or self.node_words(at), node["status"]
        change = self.changed.get(at)
        hours = "sbu_required" in node
        unknown = any(one["code"] == Code.BEROEPSVEREISTE_UNKNOWN for one in self.reasons_at(at))
        said = self.words("status.unknown") if unknown else self._status_words(status, node["strength"])
        word = el("p", icon(status), said, class_="word")
        body = (
            el("div", word, el("p", at, class_="code") if at in names else None, class_="line"),
            el("p", self.words("changed", before=self.state_words(change.before)), class_="tag") if change else None,
            el("p", name, class_="name", lang=self.dutch if at in names else None),
            self._hours(node) if hours else None,
            *self._fillings(node),
            self._fits(at) if status == "open" else None,
            self.why(at, name),
        )
        kind = " ".join(one for one in ("brick", status, "wide" if hours else "", "changed" if change else "") if one)
        return el("li", *body, class_=kind)

    def _fillings(self, node: Mapping[str, Any]) -> list[Html]:
        """What fills a brick: each credential once, what counts before what would count too."""
        used = list(dict.fromkeys(self.source(key) for key in node.get("used", ())))
        also = [one for one in dict.fromkeys(self.source(key) for key in node.get("also", ())) if one not in used]
        found = [self.source_words(source) for source in used]
        if also:
            found.append(el("p", self.words("also"), ": ", "; ".join(one.title for one in also), class_="also"))
        return found

    def _fits(self, unit: str) -> Html | None:
        """Which certificates of the qualification hold a missing unit."""
        crebo = self.answer["target"]["crebo"]
        qualification = self.qualification
        if qualification is None or unit not in qualification.units:
            return None
        fitting = [
            one
            for one in self.certificates
            for stated in one.units
            if stated.startswith(f"{crebo}:") and unit in qualification.expand(stated.partition(":")[2])
        ]
        if not fitting:
            return None
        texts = (self.words("fits", code=one.code, naam=one.naam) for one in dict.fromkeys(fitting))
        return el("p", " ".join(texts), class_="fits")

    def _hours(self, node: Mapping[str, Any]) -> Html:
        """A bar of the hours, said in words too."""
        sbu, required = node["sbu"], node["sbu_required"]
        share = 0 if not required else min(100, round(100 * sbu / required, 1))
        bar = Html(
            '<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
            f'<rect class="all" width="100" height="6"/><rect class="part" width="{share:g}" height="6"/></svg>'
        )
        mean = node.get("mean")
        return el(
            "div",
            bar,
            el("p", self.words("hours", sbu=sbu, required=required), class_="count"),
            el("p", self.words("mean", mean=self._number(mean)), class_="count") if mean is not None else None,
            class_="hours",
        )

    def _number(self, value: float) -> str:
        return f"{value:g}".replace(".", "," if self.lang == "nl" else ".")


def swatch(status: str) -> Html:
    """A small brick for the legend."""
    return el("span", icon(status), class_=f"brick swatch {status}", aria_hidden="true")
