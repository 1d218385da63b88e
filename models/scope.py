"""How dense with subject words a document of the training text is, and from where on it is not.

The density of a document is the share of its words that are subject words of the training text,
under its square root, which makes the variance of a share the same wherever it lies (Bartlett,
"The Square Root Transformation in Analysis of Variance", 1936). What is usual is learned by leaving
each document of the training text out, its own words and all.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from stancekit.labels.configuration import strict
from stancekit.models.keyness import subject_words, text_words

__all__ = ["FEWEST_WORDS", "Density", "usual_density"]

FEWEST_WORDS = 100
"""Of a document that is judged by itself: fewer hold too few subject words to tell."""
FEWEST_DOCUMENTS, MOST_DOCUMENTS = 3, 100
"""To learn from: with fewer nothing is said, of more so many at even distances are left out."""
UNLIKELY = 2.054
"""Standard deviations: of documents like the training text about one in fifty lies below."""

Finite = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@strict
class Density:
    """Square root of the share of subject words in documents that were left out.

    `within` is its standard deviation over stretches of `FEWEST_WORDS` words of a document, and
    `between` that over documents, no less than `within`: a few documents that happen to be alike
    do not show that all are. `documents` were left out.
    """

    expected: Finite
    between: Finite
    within: Finite
    documents: Annotated[int, Field(ge=FEWEST_DOCUMENTS)]

    def lowest_share(self, words: int) -> float:
        """Return the share of subject words below which a text of so many words is unlikely.

        It is in [0, 1], and higher for a long text, as a value that is predicted from a sample of
        documents lies around their mean.
        """
        between = self.between**2 * (1 + 1 / self.documents)
        within = self.within**2 * FEWEST_WORDS / max(words, 1)
        return max(0.0, self.expected - UNLIKELY * math.sqrt(between + within)) ** 2


@dataclass(frozen=True)
class _LeftOut:
    """Density of a document, and of each of its stretches."""

    whole: float
    stretches: tuple[float, ...]


def usual_density(documents: Sequence[Sequence[str]], counts: Mapping[str, int]) -> Density | None:
    """Return the density of `documents`, each left out of the text counted in `counts`.

    `documents` holds the sentences of each; those under `FEWEST_WORDS` words do not count. None is
    the answer if fewer than `FEWEST_DOCUMENTS` are left.
    """
    long = [words for own in documents if (words := _words(own)) is not None]
    if len(long) < FEWEST_DOCUMENTS:
        return None
    chosen = np.linspace(0, len(long) - 1, min(len(long), MOST_DOCUMENTS)).round().astype(int)
    left_out = [_left_out(long[place], counts) for place in chosen.tolist()]
    wholes = np.array([own.whole for own in left_out])
    squares = sum(float(np.var(own.stretches)) * len(own.stretches) for own in left_out)
    freedom = sum(len(own.stretches) - 1 for own in left_out)
    # A share of n words varies by 1 / 4n under its root, if its words fall independently.
    least = 1 / (4 * FEWEST_WORDS)
    within = max(squares / freedom, least) if freedom else least
    between = max(float(np.var(wholes, ddof=1)), within)
    return Density(
        expected=round(float(wholes.mean()), 6),
        between=round(math.sqrt(between), 6),
        within=round(math.sqrt(within), 6),
        documents=len(left_out),
    )


def _words(sentences: Sequence[str]) -> list[str] | None:
    words = [word for sentence in sentences for word in text_words(sentence)]
    return words if len(words) >= FEWEST_WORDS else None


def _left_out(words: Sequence[str], counts: Mapping[str, int]) -> _LeftOut:
    subject = subject_words(Counter(counts) - Counter(words))
    known = np.array([word in subject for word in words])
    parts = np.array_split(known, len(words) // FEWEST_WORDS)
    return _LeftOut(
        whole=math.sqrt(known.mean()),
        stretches=tuple(math.sqrt(part.mean()) for part in parts),
    )
