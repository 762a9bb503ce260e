"""Makes `docs/codes.md`: every check, problem, error and reason code with its meaning.

Run `python -m tests.docs.codes_page` after a change; `test_codes_page.py` fails while the page is not what this makes.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import issuer
import passport
import verifier
import wallet_cli
from passport.errors import PassportError
from passport.messages import load_messages
from passport.verification.report import CHECK_IDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "codes.md"

INTRO = """# Codes

Every code that a check, an error or a stack can show, with the sentence that a person reads. This page is made from
the code and from `schemas/messages` (`python -m tests.docs.codes_page`), and a test keeps it true.

A code is stable: it may get another sentence, never another meaning.
"""


def all_error_classes() -> list[type[PassportError]]:
    """Every class under PassportError, after importing every module of ours."""
    for package in (passport, issuer, verifier, wallet_cli):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if ".migrations." not in module.name:
                importlib.import_module(module.name)
    found: list[type[PassportError]] = []
    waiting = [PassportError]
    while waiting:
        cls = waiting.pop()
        found.append(cls)
        waiting.extend(cls.__subclasses__())
    ours = {cls for cls in found if not cls.__module__.startswith("tests.")}
    return sorted(ours, key=lambda cls: cls.code)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _checks() -> list[str]:
    nl, en = load_messages("nl")["checks"], load_messages("en")["checks"]
    lines = ["## Checks of a verification", "", "The twelve checks of every report, in this order."]
    for name in CHECK_IDS:
        lines += ["", f"### `{name}` ({en[name]['label']})", "", "| code | nl | en |", "| --- | --- | --- |"]
        lines += [
            _row(f"`{code}`" if code != "passed" else "(passed)", nl[name][code], en[name][code])
            for code in nl[name]
            if code != "label"
        ]
    return lines


def _errors() -> list[str]:
    nl, en = load_messages("nl")["errors"], load_messages("en")["errors"]
    sections = {cls.code: cls.section or "" for cls in all_error_classes()}
    lines = [
        "## Errors and problems",
        "",
        '`code` in an RFC 9457 problem of a service, and in `{"error": …}` of a command with `--json`.',
        "",
        "| code | nl | what to do | en | source |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        _row(f"`{code}`", nl[code]["text"], nl[code]["next"], en[code]["text"], sections.get(code, ""))
        for code in sorted(nl)
    ]
    return lines


def _reasons() -> list[str]:
    nl, en = load_messages("nl")["stacking"]["reasons"], load_messages("en")["stacking"]["reasons"]
    lines = ["## Reasons of a stack", "", "| code | nl | en |", "| --- | --- | --- |"]
    lines += [_row(f"`{code}`", nl[code], en[code]) for code in sorted(nl)]
    return lines


def make_page() -> str:
    """The whole page."""
    return "\n".join([INTRO, *_checks(), "", *_errors(), "", *_reasons(), ""])


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
