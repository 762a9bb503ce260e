"""Writes what was measured: report.md for reading, report.svg for looking (drawn here, readable without colour)."""

from __future__ import annotations

import html
import platform
from collections.abc import Iterator, Sequence
from datetime import date
from importlib import metadata

from tests.benchmarks.figures import FLOOR, OURS, PEER, Bar, Row, Section

_PEERS = ("cryptography", "openvc-core", "sd-jwt", "jsonschema", "zxing-cpp")


def _answer(row: Row, bound: float | None) -> str:
    return {None: "-", True: "yes", False: "NO"}[row.reaches(bound)]


def cells(row: Row) -> tuple[str, ...]:
    low, high = row.spread
    return (
        row.name,
        row.write(row.must),
        row.write(row.goal),
        row.write(row.median),
        f"{row.write(low)} to {row.write(high)}",
        _answer(row, row.must),
        _answer(row, row.goal),
    )


HEAD = ("what", "must", "goal", "figure", "spread", "must holds", "goal holds")


def plain(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of plain text."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows))
    return "\n".join(line.rstrip() for line in lines)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
    lines += ["| " + " | ".join(cell.strip().replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _where() -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _PEERS)
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    return f"Measured on {date.today().isoformat()} on {machine}; {versions}."


def asked(sections: Sequence[Section]) -> list[Row]:
    """The rows that have a must."""
    return [row for section in sections for row in section.rows if row.must is not None]


def markdown(sections: Sequence[Section], *, seconds: float) -> str:
    """The report. sections: in the order of the goals."""
    rows = asked(sections)
    held = sum(row.reaches(row.must) is True for row in rows)
    goals = sum(row.reaches(row.goal) is True for row in rows)
    parts = [
        "# Benchmarks",
        f"{_where()} The whole run took {seconds / 60:.1f} minutes.",
        "Every figure is a ratio within this run: turns interleaved round by round, CPU time of the process (the wait "
        "of callers: wall time), the median of nine rounds, and from the lowest to the highest round. Nothing here is "
        "a bare time.",
        f"**{held} of {len(rows)} musts hold, {goals} of {len(rows)} goals.** ![Bars](report.svg)",
        _markdown(HEAD, [cells(row) for row in rows]),
    ]
    for section in sections:
        parts += list(_section(section))
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.key} {section.title}"
    yield section.method
    yield _markdown(HEAD, [cells(row) for row in section.rows])
    if section.bars:
        bars = [
            (bar.label, {FLOOR: "floor", OURS: "ours", PEER: "peer"}[bar.kind], written(bar)) for bar in section.bars
        ]
        yield _markdown(("bar", "whose", section.unit), bars)
    if section.profile:
        yield "Where the time goes:"
        yield _markdown(("part", "share"), [(f"`{part}`", f"{share:.0%}") for part, share in section.profile])
    for table in section.tables:
        yield f"{table.title}:"
        yield _markdown(table.head, table.rows)
    yield from section.notes
    yield f"The section took {section.seconds:.0f} s; its own process had {section.peak_megabytes:.0f} MB at most."


def written(bar: Bar) -> str:
    return f"{bar.value:.0f}" if bar.value >= 100 else f"{bar.value:.3g}"


# The picture

_WIDTH, _LABELS, _ROOM = 980, 350, 480
_LINE, _HEIGHT = 24, 15
_STYLE = """text{font:13px sans-serif;fill:#111}.v{stroke:#fff;stroke-width:5px;paint-order:stroke}.h{font-weight:bold;font-size:15px}.u{fill:#444;font-size:12px}
.floor{fill:#fff;stroke:#111}.ours{fill:#1c4e80;stroke:#111}.peer{fill:url(#hatch);stroke:#111}
.must{stroke:#111;stroke-width:2;stroke-dasharray:6 3}.goal{stroke:#111;stroke-width:2;stroke-dasharray:1 3}"""
_HATCH = (
    '<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="7" height="7" fill="#fff"/><line x1="0" y1="0" x2="0" y2="7" stroke="#555" stroke-width="3"/></pattern>'
)


def svg(sections: Sequence[Section]) -> str:
    """One group of bars a section. Ours is filled, peers are hatched, the floor is empty; every bar has its figure."""
    drawn, y = [], 74
    for section in (one for one in sections if one.bars):
        lines, height = _group(section, y)
        drawn += lines
        y += height
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" width="{_WIDTH}" height="{y}" role="img">'
        f"<title>Benchmarks against the floor and the peers</title><style>{_STYLE}</style><defs>{_HATCH}</defs>"
        f'<rect width="{_WIDTH}" height="{y}" fill="#fff"/>'
    )
    legend = [
        '<text class="h" x="16" y="26">Benchmarks against the floor and the peers</text>',
        *(
            f'<rect class="{kind}" x="{x}" y="40" width="30" height="14"/><text x="{x + 38}" y="52">{name}</text>'
            for kind, name, x in ((OURS, "skillspas", 16), (PEER, "peer", 140), (FLOOR, "floor", 230))
        ),
        *(
            f'<line class="{kind}" x1="{x}" y1="38" x2="{x}" y2="56"/><text x="{x + 10}" y="52">{kind}</text>'
            for kind, x in (("must", 330), ("goal", 410))
        ),
    ]
    return "\n".join([head, *legend, *drawn, "</svg>"]) + "\n"


def _group(section: Section, top: int) -> tuple[list[str], int]:
    marks = {name: value for name, value in (("must", section.must), ("goal", section.goal)) if value is not None}
    largest = max([bar.value for bar in section.bars] + list(marks.values()))
    # One slow peer would press all others flat: its bar is cut, and says so.
    kept = sorted((bar.value for bar in section.bars if bar.kind != PEER), reverse=True)
    limit = min(largest, 4 * max([*kept, *marks.values()]))
    scale = _ROOM / limit
    lines = [
        f'<text class="h" x="16" y="{top + 16}">{html.escape(section.key)} {html.escape(section.title)}</text>',
        f'<text class="u" x="{_LABELS}" y="{top + 16}">{html.escape(section.unit)}</text>',
    ]
    first = top + 26
    figures = []
    for at, bar in enumerate(section.bars):
        y = first + at * _LINE
        width = max(1.0, min(bar.value, limit) * scale)
        cut = " (bar cut)" if bar.value > limit else ""
        lines += [
            f'<text x="{_LABELS - 10}" y="{y + 13}" text-anchor="end">{html.escape(bar.label)}</text>',
            f'<rect class="{bar.kind}" x="{_LABELS}" y="{y + 1}" width="{width:.1f}" height="{_HEIGHT}"/>',
        ]
        figures.append(f'<text class="v" x="{_LABELS + width + 6:.1f}" y="{y + 13}">{written(bar)}{cut}</text>')
    last = first + len(section.bars) * _LINE
    for name, value in marks.items():
        x = _LABELS + value * scale
        lines.append(f'<line class="{name}" x1="{x:.1f}" y1="{first - 2}" x2="{x:.1f}" y2="{last}"/>')
    lines += figures  # above the marks
    return lines, last - top + 22
