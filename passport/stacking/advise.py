"""Which certificates would close the open units: exact minimum covers (R50)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from passport.stacking.catalogue import Catalogue

MOST_SETS = 20


def minimum_covers(wanted: int, masks: Sequence[int]) -> list[tuple[int, ...]]:
    """Return every set of indices of `masks` that together cover `wanted` with the fewest, each ascending, in order.

    wanted, masks: bit sets. Exact, by iterative deepening on the bit with the fewest masks; a set is found once.
    """
    useful = [(index, mask & wanted) for index, mask in enumerate(masks) if mask & wanted]
    reachable = 0
    for _, mask in useful:
        reachable |= mask
    if not reachable:
        return []
    widest = max(mask.bit_count() for _, mask in useful)
    bits = [1 << bit for bit in range(reachable.bit_length()) if reachable >> bit & 1]
    holders = {bit: [(index, mask) for index, mask in useful if mask & bit] for bit in bits}
    scarce = sorted(bits, key=lambda bit: len(holders[bit]))
    found: set[tuple[int, ...]] = set()

    def search(open_bits: int, chosen: tuple[int, ...], left: int) -> None:
        if not open_bits:
            found.add(tuple(sorted(chosen)))
            return
        if left * widest < open_bits.bit_count():
            return
        bit = next(bit for bit in scarce if open_bits & bit)
        for index, mask in holders[bit]:
            search(open_bits & ~mask, (*chosen, index), left - 1)

    size = -(-reachable.bit_count() // widest)
    while not found:
        search(reachable, (), size)
        size += 1
    return sorted(found)


def smallest_sets(catalogue: Catalogue, crebo: str, open_units: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Return the smallest sets of certificates of `crebo` that cover all open units that certificates can cover."""
    certificates = sorted(catalogue.certificates_of.get(crebo, ()), key=lambda certificate: certificate.code)
    qualification = catalogue.qualifications.get(crebo)
    if qualification is None:
        return ()
    bit = {unit: 1 << at for at, unit in enumerate(qualification.units)}

    def mask(codes: Iterable[str]) -> int:
        total = 0
        for code in codes:
            for unit in qualification.expand(code):
                total |= bit[unit]
        return total

    masks = [
        mask(unit.partition(":")[2] for unit in certificate.units if unit.startswith(crebo + ":"))
        for certificate in certificates
    ]
    covers = minimum_covers(mask(open_units), masks)
    return tuple(tuple(certificates[index].code for index in cover) for cover in covers[:MOST_SETS])
