"""The conformance matrix: which requirement of which standard is shown by which test.

`requirements.csv` beside this file holds the lines; a requirement that is held in part stands in several, with a word
after a slash in its id. `python -m tests.conformance.matrix` prints the table of the README.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

STATUSES = ("held", "not_yet", "not_ours")
STANDARDS: Mapping[str, str] = {
    "SDJ": "SD-JWT (RFC 9901)",
    "SVC": "SD-JWT VC",
    "HAIP": "HAIP 1.0",
    "VCI": "OpenID4VCI 1.0",
    "VP": "OpenID4VP 1.0",
    "BCP": "JOSE and OAuth",
    "TSL": "Token Status List",
    "DID": "did:web, did:key, did:jwk",
}
_SPEC_OF = {"THB": "BCP", "CNF": "BCP", "DPOP": "BCP", "ASM": "BCP", "PKCE": "BCP", "PAR": "BCP", "ISS": "BCP",
            "DIDW": "DID", "DIDK": "DID", "DIDJ": "DID"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One line. level: M (must), S (should), O (own rule or option). role: I, H, V, S, AS, RS, A or several."""

    id: str
    level: str
    role: str
    requirement: str
    status: str
    tests: tuple[str, ...]
    note: str

    @property
    def base(self) -> str:
        """The id as the checklist has it."""
        return self.id.partition("/")[0]

    @property
    def spec(self) -> str:
        """The standard, as a key of `STANDARDS`."""
        prefix = self.id.partition("-")[0]
        return _SPEC_OF.get(prefix, prefix)


def read() -> tuple[Requirement, ...]:
    """Return all lines, in the order of the file."""
    with (Path(__file__).parent / "requirements.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Requirement(**{**row, "tests": tuple(filter(None, row["tests"].split(";")))})
            for row in csv.DictReader(file)
        )


def summary(lines: Iterable[Requirement] | None = None) -> dict[str, tuple[int, int, int]]:
    """Return for each standard how many lines are held, come later, and are not ours."""
    known = read() if lines is None else tuple(lines)
    return {
        spec: tuple(sum(one.spec == spec and one.status == status for one in known) for status in STATUSES)  # type: ignore[misc]
        for spec in STANDARDS
    }


def table() -> list[str]:
    """Return the Markdown table."""
    rows = ["| Standard | held | not yet | not ours |", "| --- | ---: | ---: | ---: |"]
    counts = summary()
    rows += [
        f"| {STANDARDS[spec]} | {held} | {later} | {not_ours} |" for spec, (held, later, not_ours) in counts.items()
    ]
    held, later, not_ours = (sum(column) for column in zip(*counts.values(), strict=True))
    return [*rows, f"| **Together** | **{held}** | **{later}** | **{not_ours}** |"]


if __name__ == "__main__":
    print("\n".join(table()))
