"""Batches of what a training measures before and after its steps: cut the same for ever.

In other company vectors are rounded otherwise in their last digits, and from there a training ends
somewhere else. So this does not follow what makes scoring fast.
"""

from collections.abc import Iterator, Sequence

from stancekit.models.pairs import EncodedPair

__all__ = ["fixed_batches"]

TOKENS = 1024


def fixed_batches(pairs: Sequence[EncodedPair]) -> Iterator[list[int]]:
    """Yield positions of pairs, the longest first, up to `TOKENS` with padding, or a single one."""
    order = sorted(range(len(pairs)), key=lambda row: -len(pairs[row].ids))
    start = 0
    while start < len(order):
        longest = len(pairs[order[start]].ids)
        size = max(1, TOKENS // max(1, longest))
        yield order[start : start + size]
        start += size
