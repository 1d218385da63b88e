"""The words that a text uses far more than general English does: what it is about, told by counts.

A word is a subject word of a text if it comes at least `RATIO` times as often there as in general
English: the log ratio of Hardie ("Log Ratio", 2014), with smoothed counts. Nothing of a subject is
written down here; the training text brings it.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

__all__ = ["general_english", "is_english", "subject_words", "text_words"]

RATIO = 8.0
"""A log ratio of 3 to the base of 2, where words begin to be of a subject."""
SMOOTHING = 0.5
"""Added to both counts, so that a word seen once says little."""
ENGLISH_SHARE = 0.5
"""Of the words of a text; in English text seven or more in ten are common ones."""
GENERAL_ENGLISH = Path(__file__).parent / "general_english.tsv"

_WORD = re.compile(r"[^\W\d_]{2,}")


def text_words(text: str) -> list[str]:
    """Return the words of two letters or more, in lower case.

    >>> text_words("A 5G ban isn't new")
    ['ban', 'isn', 'new']
    """
    return _WORD.findall(text.lower())


def is_english(counts: Mapping[str, int]) -> bool:
    """Whether half or more of the words counted in `counts` are common in English."""
    common = general_english()
    total = sum(counts.values())
    return total > 0 and sum(counts[word] for word in counts if word in common) >= (
        ENGLISH_SHARE * total
    )


def subject_words(counts: Mapping[str, int]) -> frozenset[str]:
    """Return the subject words of a text whose words are counted in `counts`.

    A word that is not among the commonest of general English is taken for half as frequent as the
    rarest of those.
    """
    total = sum(counts.values())
    common = general_english()
    rare = min(common.values()) / 2
    return frozenset(
        word
        for word, count in counts.items()
        if count + SMOOTHING >= RATIO * (common.get(word, rare) * total + SMOOTHING)
    )


@cache
def general_english() -> Mapping[str, float]:
    """Return word -> share of the words of general English, for the 5,000 commonest."""
    lines: Iterable[str] = GENERAL_ENGLISH.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {word: 10 ** (float(zipf) - 9) for word, zipf in rows}
