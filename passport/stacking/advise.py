"""Which certificates would close the open units: exact minimum covers (R50)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache

from passport.stacking.catalogue import Catalogue, Certificate

MOST_SETS = 20


class _Covers:
    """Answers whether some of the masks from an index on cover bits with at most so many; and lists the covers.

    A mask that is within another one can be in a smallest cover too (two certificates that close the same gap), so none
    is left out. What cannot be covered is remembered: many ways lead to the same open bits.
    """

    def __init__(self, masks: Sequence[int]) -> None:
        self.masks = masks
        self._hopeless: set[tuple[int, int, int]] = set()

    def can(self, open_bits: int, left: int, start: int) -> bool:
        """Whether at most `left` of the masks from `start` on cover `open_bits`: a search on the scarcest bit."""
        if not open_bits:
            return True
        key = (open_bits, left, start)
        if key in self._hopeless:
            return False
        useful = {mask & open_bits for mask in self.masks[start:]}
        if self._enough(useful, open_bits, left):
            holders = min(([mask for mask in useful if mask & bit] for bit in _bits(open_bits)), key=len)
            if any(
                self.can(open_bits & ~mask, left - 1, start)
                for mask in sorted(holders, key=int.bit_count, reverse=True)
            ):
                return True
        self._hopeless.add(key)
        return False

    @staticmethod
    def _enough(useful: Iterable[int], open_bits: int, left: int) -> bool:
        """Whether the `left` widest masks hold as many bits as there are open."""
        widest = sorted([mask.bit_count() for mask in useful], reverse=True)[:left]
        return sum(widest) >= open_bits.bit_count()

    def listed(self, open_bits: int, left: int, start: int = 0) -> Iterator[tuple[int, ...]]:
        """Yield the covers in order, each as ascending indices."""
        if not open_bits:
            yield ()
            return
        for index in range(start, len(self.masks)):
            rest = open_bits & ~self.masks[index]
            if rest != open_bits and self.can(rest, left - 1, index + 1):
                for others in self.listed(rest, left - 1, index + 1):
                    yield (index, *others)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


def minimum_covers(wanted: int, masks: Sequence[int], *, most: int | None = None) -> list[tuple[int, ...]]:
    """Return the sets of indices of `masks` that together cover `wanted` with the fewest, each ascending, in order.

    wanted, masks: bit sets; what no mask holds is left out. most: so many of the sets at most; None: all. Exact.
    """
    reachable = 0
    for mask in masks:
        reachable |= mask & wanted
    if not reachable:
        return []
    covers = _Covers([mask & reachable for mask in masks])
    size = 1
    while not covers.can(reachable, size, 0):
        size += 1
    found = []
    for cover in covers.listed(reachable, size):
        found.append(cover)
        if len(found) == most:
            break
    return found


@lru_cache(maxsize=2048)
def _tied(catalogue: Catalogue, crebo: str) -> tuple[tuple[Certificate, int], ...]:
    """Return the certificates of a qualification by code, each with the bits of its units."""
    qualification = catalogue.qualifications[crebo]
    bit = {unit: 1 << at for at, unit in enumerate(qualification.units)}
    found = []
    for certificate in sorted(catalogue.certificates_of.get(crebo, ()), key=lambda one: one.code):
        own = (unit.partition(":")[2] for unit in certificate.units if unit.startswith(crebo + ":"))
        found.append((certificate, sum({bit[code] for stated in own for code in qualification.expand(stated)})))
    return tuple(found)


def obtainable(catalogue: Catalogue, crebo: str, at: date) -> tuple[Certificate, ...]:
    """Return the certificates of a qualification that can be had on a day, by code."""
    if crebo not in catalogue.certificates_of or crebo not in catalogue.qualifications:
        return ()
    return tuple(certificate for certificate, _ in _tied(catalogue, crebo) if certificate.period.holds(at))


def smallest_sets(
    catalogue: Catalogue, crebo: str, open_units: Iterable[str], at: date | None = None
) -> tuple[tuple[str, ...], ...]:
    """Return the smallest sets of certificates of `crebo` that cover all open units that certificates can cover.

    at: only certificates that can be had on that day; None: any day.
    """
    if crebo not in catalogue.certificates_of or crebo not in catalogue.qualifications:
        return ()
    at_hand = [entry for entry in _tied(catalogue, crebo) if entry[0].period.holds(at)]
    units = list(catalogue.qualifications[crebo].units)
    wanted = sum(1 << units.index(unit) for unit in open_units)
    covers = minimum_covers(wanted, [mask for _, mask in at_hand], most=MOST_SETS)
    return tuple(tuple(at_hand[index][0].code for index in cover) for cover in covers)
