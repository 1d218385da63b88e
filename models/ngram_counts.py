"""Counts of n-grams, the same that scikit-learn's vectorizers give, several times as fast.

A text is mostly words that were seen before, and n-grams of characters lie within words: those of a
word are looked up once and kept.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import scipy.sparse as sp

__all__ = ["CharacterCounts", "WordCounts"]

Columns = npt.NDArray[np.int32]

WORDS_KEPT = 100_000
"""Words whose n-grams are remembered: those of a large vocabulary, in some 50 MB."""


class WordCounts:
    """Counts n-grams of words, of `shortest` to `longest`; a word is what `pattern` finds."""

    def __init__(
        self, columns: Mapping[str, int], shortest: int, longest: int, pattern: str
    ) -> None:
        self._columns = columns
        self._lengths = range(shortest, longest + 1)
        self._find = re.compile(pattern).findall

    def count(self, texts: Sequence[str]) -> "sp.csr_array":
        """Return how often each n-gram is in each text. *Shape:* (texts, n-grams)."""
        return _counts([self._found(text.lower()) for text in texts], len(self._columns))

    def _found(self, text: str) -> Columns:
        get, words = self._columns.get, self._find(text)
        ngrams = (
            words if length == 1 else map(" ".join, _windows(words, length))
            for length in self._lengths
        )
        found = (get(ngram, -1) for ngram in chain.from_iterable(ngrams))
        return np.fromiter((column for column in found if column >= 0), np.int32)


class CharacterCounts:
    """Counts n-grams of characters within words, each with a space on both sides."""

    def __init__(self, columns: Mapping[str, int], shortest: int, longest: int) -> None:
        self._columns = columns
        self._lengths = range(shortest, longest + 1)
        self._of_word = lru_cache(WORDS_KEPT)(self._look_up)

    def count(self, texts: Sequence[str]) -> "sp.csr_array":
        """Return how often each n-gram is in each text. *Shape:* (texts, n-grams)."""
        return _counts([self._found(text.lower()) for text in texts], len(self._columns))

    def _found(self, text: str) -> Columns:
        parts = [self._of_word(word) for word in text.split()]
        return np.concatenate(parts) if parts else np.zeros(0, np.int32)

    def _look_up(self, word: str) -> Columns:
        get, padded = self._columns.get, f" {word} "
        found = (get(ngram, -1) for ngram in _within(padded, self._lengths))
        return np.fromiter((column for column in found if column >= 0), np.int32)


def _windows(words: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    return zip(*(words[start:] for start in range(length)), strict=False)


def _within(padded: str, lengths: range) -> Iterator[str]:
    """Yield the n-grams of a word; one that is longer than the word is the word, and the last."""
    for length in lengths:
        yield padded[:length]
        for start in range(1, len(padded) - length + 1):
            yield padded[start : start + length]
        if len(padded) <= length:
            return


def _counts(found: Sequence[Columns], width: int) -> "sp.csr_array":
    import scipy.sparse as sp  # noqa: PLC0415  (slow to import)

    ends = np.cumsum([0, *(len(columns) for columns in found)])
    columns = np.concatenate(found) if found else np.zeros(0, np.int32)
    ones = np.ones(len(columns))
    counts = sp.csr_array((ones, columns, ends), shape=(len(found), width))
    counts.sum_duplicates()
    return counts
