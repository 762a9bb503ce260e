"""Repeats a signed statement: at its time, with what it recorded, and says whether the same answer comes out.

A package is what somebody hands over to be repeated: the statement alone, or the bundle that the verifier gave with
it. What is lacking is named; what differs is named in the order in which one would look for a cause. The words of
an answer may be put better one day, so sentences are not compared, only what they stand for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from passport.errors import Malformed, PassportError
from passport.jose.encoding import (
    JsonObject,
    canonical_json,
    decode_base64url,
    encode_base64url,
    parse_json,
    parse_json_object,
    sha256_base64url,
)
from passport.jose.jws import parse_jws
from passport.stacking.catalogue import Catalogue
from passport.stacking.judgement import PROVEN, Inputs, Judgement, digest_of, digest_of_text, judge, record_of
from passport.stacking.statement import Statement, evidence_digest, parse_statement
from passport.trust.register import MAX_REGISTER_BYTES, TrustRegister, parse_register
from passport.verification.materials import Material, Materials

_WORDS: Final = frozenset({"text", "naam"})
_FINDINGS: Final = ("status", "verdict", "problems")


class PackageMalformed(Malformed):
    """A file that is no statement, no bundle, and no presentations or evidence either. Params: `where`."""

    code: ClassVar[str] = "replay_package_malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A statement with as many of its inputs as came along; None where they did not."""

    statement: Statement
    presentations: tuple[str, ...] | None = None
    evidence: list[Any] | None = None
    materials: Materials | None = None
    register: TrustRegister | None = None
    person_salt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that is not as recorded. kind: `catalogue`, `presentation`, `status`, …; at: where, as a path."""

    kind: str
    at: str
    was: object
    now: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An input that the statement names and that is not here: a presentation, evidence, material or register."""

    kind: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What came of it. With something missing nothing was repeated."""

    missing: tuple[Missing, ...] = ()
    differences: tuple[Difference, ...] = ()
    answer: JsonObject | None = None

    @property
    def outcome(self) -> str:
        """`incomplete`, `different` or `same`."""
        if self.missing:
            return "incomplete"
        return "different" if self.differences else "same"


# Packages


def create_bundle(statement: str, inputs: Inputs, *, person_salt: str) -> JsonObject:
    """Return all that a replay needs in one object. It holds the presentations, so it is for who may see those."""
    source = b"" if inputs.register is None else inputs.register.source
    is_what_if = inputs.evidence is not None
    return {
        "statement": statement,
        "person_salt": person_salt,
        "presentations": None if is_what_if else list(inputs.presentations),
        "evidence": None if inputs.evidence is None else list(inputs.evidence),
        "materials": [
            {
                "kind": entry.kind,
                "url": entry.url,
                "fetched_at": entry.fetched_at.isoformat(),
                "error": entry.error,
                "body": None if entry.body is None else encode_base64url(entry.body),
            }
            for entry in inputs.materials.by_place.values()
        ],
        "register": source.decode("utf-8") if source and not is_what_if else None,
    }


def parse_package(data: bytes) -> Package:
    """Read a statement (a JWT), a bundle, or the whole answer of the API with one of them in it. Raises: Malformed."""
    if not data.lstrip().startswith(b"{"):
        return Package(statement=parse_statement(_ascii(data)))
    given = parse_json_object(data)
    given = {**given, **given["bundle"]} if isinstance(given.get("bundle"), dict) else given
    if "stacking" in given and isinstance(given["stacking"], dict) and "statement" not in given:
        return parse_package(canonical_json(given["stacking"]))
    token, salt = given.get("statement"), given.get("person_salt")
    if not isinstance(token, str) or not isinstance(salt, str | None):
        raise PackageMalformed("no statement", where="statement")
    is_bundle = "materials" in given
    return Package(
        statement=parse_statement(token),
        presentations=_texts(given.get("presentations")) if is_bundle else None,
        evidence=_list(given.get("evidence"), "evidence") if is_bundle else None,
        materials=_materials(given["materials"]) if is_bundle else None,
        register=_register(given.get("register")) if is_bundle else None,
        person_salt=salt,
    )


def with_inputs(package: Package, data: bytes) -> Package:
    """Return the package with presentations (a list of texts, or one a line) or evidence put in. Raises: Malformed."""
    if data.lstrip()[:1] not in (b"[", b"{"):
        lines = tuple(line.strip() for line in _ascii(data).splitlines() if line.strip())
        return replace(package, presentations=lines)
    given = parse_json(data)
    if isinstance(given, dict):
        given = given.get("presentations") or given.get("evidence")
    found = _list(given, "presentations")
    if found is not None and all(isinstance(one, str) for one in found) and not package.statement.what_if:
        return replace(package, presentations=_texts(found))
    return replace(package, evidence=found)


def _ascii(data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError as error:
        raise PackageMalformed("neither JSON nor ASCII", where="file") from error


def _list(value: object, where: str) -> list[Any] | None:
    if value is not None and not isinstance(value, list):
        raise PackageMalformed("not a list", where=where)
    return value


def _texts(value: object) -> tuple[str, ...] | None:
    found = _list(value, "presentations")
    if found is None:
        return None
    if not all(isinstance(one, str) for one in found):
        raise PackageMalformed("a presentation is a text", where="presentations")
    return tuple(one.strip() for one in found)


def _materials(value: object) -> Materials:
    read: list[Material] = []
    for entry in _list(value, "materials") or ():
        try:
            body = entry["body"]
            fetched_at = datetime.fromisoformat(entry["fetched_at"])
            material = Material(
                kind=str(entry["kind"]),
                url=str(entry["url"]),
                body=None if body is None else decode_base64url(body),
                fetched_at=fetched_at.astimezone(UTC),
                error=entry.get("error"),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise PackageMalformed("a document has another form", where="materials") from error
        read.append(material)
    return Materials().plus(read)


def _register(value: object) -> TrustRegister | None:
    """Read the register as it was used. Its own signature is not asked here: the statement names its digest."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise PackageMalformed("the register is a text", where="register")
    if value.lstrip().startswith("{"):
        return parse_register(value.encode())
    read = parse_register(parse_jws(value.strip(), max_bytes=MAX_REGISTER_BYTES).payload)
    read.source = value.strip().encode()
    read.digest = sha256_base64url(read.source)
    return read


# Repeating


def replay(package: Package, catalogue: Catalogue) -> Replay:
    """Repeat a statement at its own time with its own inputs. Raises: the engine's WrongUse."""
    statement = package.statement
    package, changed = _put_in_place(package)
    missing = tuple(_missing(package))
    if missing:
        return Replay(missing=missing)
    inputs = _inputs(package)
    differences = [*_catalogue_differs(statement, catalogue), *changed, *_documents_differ(package)]
    judgement = judge(statement.question, inputs, catalogue)
    differences += _findings_differ(statement, inputs, judgement)
    return Replay(differences=tuple(differences), answer=judgement.answer)


def replay_later(
    package: Package, catalogue: Catalogue, *, materials: Materials, register: TrustRegister | None, at: datetime
) -> Replay:
    """Ask the statement's question again now: would the same answer come out with today's lists and register?

    materials: fetched now. That a holder proved its key then is taken from the statement.
    """
    package, changed = _put_in_place(package)
    given = [one for one in _missing(package) if one.kind in ("presentation", "evidence")]
    missing = (*given, *_unreachable(package.statement, materials, register))
    if missing:
        return Replay(missing=missing)
    statement = package.statement
    records = statement.presentations
    proven = frozenset(place for place, one in enumerate(records) if one["holder_binding"] == PROVEN)
    inputs = replace(_inputs(package), materials=materials, register=register)
    judgement = judge(replace(statement.question, at=at), inputs, catalogue, proven_before=proven)
    differences = [*_catalogue_differs(statement, catalogue), *changed]
    differences += _findings_differ(statement, inputs, judgement)
    return Replay(differences=tuple(differences), answer=judgement.answer)


def _unreachable(statement: Statement, materials: Materials, register: TrustRegister | None) -> Iterator[Missing]:
    """What was there then and cannot be had now; without it nothing can be said."""
    recorded = statement.payload["trust_register"]
    if recorded is not None and register is None:
        yield Missing(kind="register", at=f"{recorded.get('operator')}")
    for entry in materials.by_place.values():
        if entry.body is None:
            yield Missing(kind="material", at=entry.url)


def _inputs(package: Package) -> Inputs:
    is_what_if = package.statement.what_if
    return Inputs(
        presentations=() if is_what_if else package.presentations or (),
        evidence=(package.evidence or []) if is_what_if else None,
        materials=package.materials or Materials(),
        register=package.register,
    )


def _put_in_place(package: Package) -> tuple[Package, list[Difference]]:
    """Put each presentation where the statement has it, by digest. One that is left over takes an open place.

    So the order in a file does not matter, one too few is missing, and one that was changed is a difference.
    """
    records = package.statement.presentations
    if package.presentations is None or package.statement.what_if:
        return package, []
    given = {digest_of_text(text): text for text in package.presentations}
    wanted = [record["presentation"] for record in records]
    others = iter([text for digest, text in given.items() if digest not in wanted])
    placed = [given[digest] if digest in given else next(others, None) for digest in wanted]
    differences = [
        Difference(kind="presentation", at=f"presentations[{place}]", was=digest, now=digest_of_text(text))
        for place, (digest, text) in enumerate(zip(wanted, placed, strict=True))
        if text is not None and digest_of_text(text) != digest
    ]
    if None in placed:
        return replace(package, presentations=tuple(text or "" for text in placed)), differences
    return replace(package, presentations=tuple(text for text in placed if text is not None)), differences


def _missing(package: Package) -> Iterator[Missing]:
    """What the statement names and the package lacks."""
    payload = package.statement.payload
    if package.statement.what_if:
        if package.evidence is None:
            yield Missing(kind="evidence", at="evidence")
        return
    for place, _ in enumerate(package.statement.presentations):
        if package.presentations is None or not package.presentations[place]:
            yield Missing(kind="presentation", at=f"presentations[{place}]")
    for record in payload["materials"]:
        if package.materials is None or package.materials.get(record["kind"], record["url"]) is None:
            yield Missing(kind="material", at=record["url"])
    if payload["trust_register"] is not None and package.register is None:
        yield Missing(kind="register", at=f"{payload['trust_register'].get('operator')}")


def _catalogue_differs(statement: Statement, catalogue: Catalogue) -> Iterator[Difference]:
    was = statement.payload["catalogue"].get("digest")
    if was != catalogue.digest:
        yield Difference(kind="catalogue", at="catalogue.digest", was=was, now=catalogue.digest)


def _documents_differ(package: Package) -> Iterator[Difference]:
    payload = package.statement.payload
    if package.statement.what_if:
        found = evidence_digest(package.evidence or [])
        if found != payload["evidence"]:
            yield Difference(kind="evidence", at="evidence", was=payload["evidence"], now=found)
        return
    register = payload["trust_register"]
    now = None if package.register is None else package.register.digest
    was = None if register is None else register.get("digest")
    if was != now:
        yield Difference(kind="register", at="trust_register.digest", was=was, now=now)
    for record in payload["materials"]:
        material = (package.materials or Materials()).get(record["kind"], record["url"])
        body = None if material is None else material.body
        digest = None if body is None else digest_of(body)
        if digest != record["digest"]:
            yield Difference(kind="material", at=record["url"], was=record["digest"], now=digest)


def _findings_differ(statement: Statement, inputs: Inputs, judgement: Judgement) -> Iterator[Difference]:
    """First what was found of each presentation, then the answer, leaf by leaf."""
    found = zip(inputs.presentations, judgement.presented, judgement.reports, strict=True)
    for place, (text, parsed, report) in enumerate(found):
        now, was = record_of(text, parsed, report), statement.presentations[place]
        for name in _FINDINGS:
            if was.get(name) != now[name]:
                yield Difference(kind=name, at=f"presentations[{place}].{name}", was=was.get(name), now=now[name])
    yield from _compare(statement.answer, judgement.answer, "answer")


def _compare(was: object, now: object, at: str) -> Iterator[Difference]:
    if isinstance(was, dict) and isinstance(now, dict):
        for name in [*was, *(key for key in now if key not in was)]:
            if name not in _WORDS and not (at == "answer" and name == "catalogue"):
                yield from _compare(was.get(name), now.get(name), f"{at}.{name}")
        return
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for place, (old, new) in enumerate(zip(was, now, strict=True)):
            yield from _compare(old, new, f"{at}[{place}]")
        return
    if _plain(was) != _plain(now):
        yield Difference(kind="answer", at=at, was=was, now=now)


def _plain(value: object) -> object:
    """The value as JSON carries it: a number that is whole may be written either way."""
    try:
        return canonical_json(value)
    except PassportError:
        return value
