"""Which identifiers a table has used so far, millions of them in little memory."""

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

__all__ = ["Identifiers"]

_RECENT = 2**14


class Identifiers:
    """Identifiers seen so far, as 64-bit hashes with the row they came in.

    Kept are some 16 bytes a row, instead of the strings: the hashes of older rows in a sorted
    array, those of the last ones in a dictionary. Of ten million identifiers, two different ones
    are taken for the same with a probability of about 3 in a million.

    >>> seen = Identifiers()
    >>> seen.first("a", 1), seen.first("b", 2), seen.first("a", 3)
    (0, 0, 1)
    """

    def __init__(self) -> None:
        self._recent: dict[int, int] = {}
        self._hashes: npt.NDArray[np.uint64] = np.empty(0, np.uint64)
        self._rows: npt.NDArray[np.uint64] = np.empty(0, np.uint64)

    def first(self, identifier: str, row: int) -> int:
        """Return the row (from 1) that had `identifier` before, 0 if it is new and now noted."""
        content = identifier.encode("utf-8", errors="surrogatepass")
        digest = int.from_bytes(blake2b(content, digest_size=8).digest(), "big")
        earlier = self._recent.get(digest) or self._older(digest)
        if not earlier:
            self._recent[digest] = row
            # The array is made anew each time, so ever more seldom.
            if len(self._recent) >= max(_RECENT, len(self._hashes) // 8):
                self._settle()
        return earlier

    def _older(self, digest: int) -> int:
        place = int(np.searchsorted(self._hashes, np.uint64(digest)))
        found = place < len(self._hashes) and int(self._hashes[place]) == digest
        return int(self._rows[place]) if found else 0

    def _settle(self) -> None:
        count = len(self._recent)
        hashes = np.concatenate(
            [self._hashes, np.fromiter(self._recent.keys(), np.uint64, count=count)]
        )
        rows = np.concatenate(
            [self._rows, np.fromiter(self._recent.values(), np.uint64, count=count)]
        )
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._rows = hashes[order], rows[order]
        self._recent = {}
