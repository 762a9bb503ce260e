"""P9: status lists: from bits to a signed token, the look-up in a list that is kept, and memory."""

from __future__ import annotations

import random
import statistics
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from issuer.status.publisher import ZLIB_LEVEL
from passport.credentials.status_list import DecodedList, StatusBits, create_status_list_token, decode_list
from passport.jose.encoding import parse_json_object
from passport.jose.jws import parse_jws
from tests.benchmarks import fixture
from tests.benchmarks.figures import OURS, Bar, Row, Section, Table, interleave, peak_megabytes
from tests.benchmarks.harness import ROUNDS, Contestant
from tests.benchmarks.sampling import profile

SIZES = (100_000, 1_000_000, 10_000_000)
LARGEST = SIZES[-1]
SET = 0.001
MAX_TOKEN = 12 * 1024 * 1024
LOOKUPS = 100
RAW, RAW_VERIFY, LOOK = "one raw signature", "one raw verification", "100 look-ups"


@cache
def bits(size: int) -> StatusBits:
    """A list with one entry in a thousand revoked or suspended."""
    luck, made = random.Random(9), StatusBits(size=size)
    made.update((index, luck.choice((1, 1, 2))) for index in luck.sample(range(size), int(size * SET)))
    return made


@cache
def _writer() -> Any:
    return fixture.world().school.writer("statuslist+jwt")


def token(size: int = LARGEST, level: int = ZLIB_LEVEL) -> str:
    """From bits to a signed token, as the write path makes it (zlib level 6)."""
    at = fixture.world().at
    return create_status_list_token(
        bits(size),
        uri=fixture.world().school.status_uri,
        writer=_writer(),
        issued_at=at,
        expires_at=at + timedelta(days=1),
        ttl=300,
        level=level,
    )


def read(text: str) -> DecodedList:
    return decode_list(parse_json_object(parse_jws(text, max_bytes=MAX_TOKEN).payload))


def look_up(of: DecodedList) -> int:
    """A hundred look-ups at other places, for one reading of the clock."""
    step = of.size // LOOKUPS
    return sum(of.get(index) for index in range(0, step * LOOKUPS, step))


def look_up_contestants(size: int = LARGEST) -> dict[str, Contestant]:
    kept = read(token(size))
    return {RAW_VERIFY: fixture.VERIFY, LOOK: Contestant(run=lambda _: look_up(kept))}


def _peak(run: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _memory(size: int) -> tuple[float, float]:
    """What making and reading take at their peak, as multiples of the bit array (that of the writer included)."""
    array = len(bits(size).to_bytes())
    text = token(size)
    return (array + _peak(lambda: token(size))) / array, _peak(lambda: read(text)) / array


def section() -> Section:
    makers = {f"{size:,} entries": Contestant(run=lambda _, size=size: token(size)) for size in SIZES}
    best = Contestant(run=lambda _: token(LARGEST, 9))
    found = interleave({RAW: fixture.SIGN, **makers, "level 9": best}, baseline=RAW)
    looked = interleave(look_up_contestants(), baseline=RAW_VERIFY)[LOOK]
    texts = {size: token(size) for size in SIZES}
    readers = {str(size): Contestant(run=read, prepare=lambda size=size: texts[size]) for size in SIZES}
    reading = interleave({RAW: fixture.SIGN, **readers}, baseline=RAW)
    memory = {size: _memory(size) for size in SIZES}
    largest = found[f"{LARGEST:,} entries"]
    growth = tuple(
        (
            f"{size:,}",
            f"{statistics.median(found[f'{size:,} entries'].ratios):.1f}",
            f"{statistics.median(reading[str(size)].ratios):.1f}",
            f"{len(texts[size]) / 1e3:.0f} kB",
            f"{memory[size][0]:.2f}",
            f"{memory[size][1]:.2f}",
        )
        for size in SIZES
    )
    return Section(
        key="P9",
        title="Status lists",
        method="`create_status_list_token` of 2-bit entries, one in a thousand set, zlib level 6 as on the write path; "
        "`DecodedList.get` in a list that is kept; peak of what Python allocates, against the bit array.",
        rows=[
            Row(
                name="P9 token of 10 million entries, in raw signatures",
                values=largest.ratios,
                must=600,
                goal=200,
                at_most=True,
                scale="{:.0f}",
            ),
            Row(
                name="P9 look-up in a cached list, share of a verification",
                values=tuple(one / LOOKUPS for one in looked.ratios),
                must=0.01,
                goal=0.002,
                at_most=True,
                scale="{:.3%}",
            ),
            Row(
                name="P9 memory x the bit array, making (with the bits)",
                values=(memory[LARGEST][0],) * ROUNDS,
                must=3,
                goal=2,
                at_most=True,
                scale="{:.2f}",
            ),
            Row(
                name="P9 memory x the bit array, reading",
                values=(memory[LARGEST][1],) * ROUNDS,
                must=3,
                goal=2,
                at_most=True,
                scale="{:.2f}",
            ),
            Row(
                name="   the same token at zlib level 9, in raw signatures",
                values=found["level 9"].ratios,
                at_most=True,
                scale="{:.0f}",
            ),
        ],
        bars=[Bar(label=name, value=statistics.median(found[name].ratios), kind=OURS) for name in (*makers, "level 9")],
        unit="raw signatures (shorter is better)",
        must=600,
        goal=200,
        profile=profile(lambda _: token(), lambda: None, runs=40),
        tables=[
            Table(
                title=f"Growth (peak of the whole process: {peak_megabytes():.0f} MB)",
                head=("entries", "make, signatures", "read, signatures", "token", "memory making", "memory reading"),
                rows=growth,
            )
        ],
    )
