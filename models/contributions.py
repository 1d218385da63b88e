"""What each piece of a text adds to the scores of a TF-IDF model: read off its weights, exactly."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from stancekit.models.predictor import FloatArray
from stancekit.models.tfidf import WORDS, TfidfModel

__all__ = ["contributions"]

Occurrences = dict[str, dict[int, float]]
"""N-gram -> how often it stands in each piece; one that spans two pieces is in each by half."""


def contributions(model: TfidfModel, pieces: Sequence[str], task: str) -> FloatArray:
    """Return what each piece of a text adds to the score of each label of `task`.

    `pieces` are normalised, and joined by spaces they are the text. The value of an n-gram is
    shared by the pieces in which it stands, so that the rows and the intercepts sum to the scores
    of the text. *Shape:* (pieces, labels of the task's head).
    """
    head = model.heads[task]
    values = model.features([" ".join(pieces)])
    rows = values.data[:, None] * head.weights.T[values.indices]
    weighted = dict(zip(values.indices.tolist(), rows, strict=True))
    found = np.zeros((len(pieces), len(head.labels)))
    first = 0
    for name, vectorizer in model.settings.vectorizers().items():
        count = _words if name == WORDS else _characters
        columns = model.vocabularies[name].columns
        for ngram, places in count(vectorizer, pieces).items():
            column = columns.get(ngram)
            if column is None:
                continue
            total = sum(places.values())
            for piece, share in places.items():
                found[piece] += weighted[first + column] * (share / total)
        first += len(columns)
    return found


def _characters(vectorizer: Any, pieces: Sequence[str]) -> Occurrences:
    """Count the n-grams of characters, none of which goes beyond white space."""
    analyse: Callable[[str], list[str]] = vectorizer.build_analyzer()
    found: Occurrences = defaultdict(lambda: defaultdict(float))
    for number, piece in enumerate(pieces):
        for ngram in analyse(piece):
            found[ngram][number] += 1
    return found


def _words(vectorizer: Any, pieces: Sequence[str]) -> Occurrences:
    """Count the n-grams of words, of which the parts may stand in different pieces."""
    tokenise: Callable[[str], list[str]] = vectorizer.build_tokenizer()
    tokens = [(t, number) for number, piece in enumerate(pieces) for t in tokenise(piece.lower())]
    shortest, longest = vectorizer.ngram_range
    found: Occurrences = defaultdict(lambda: defaultdict(float))
    for size in range(shortest, longest + 1):
        for start in range(len(tokens) - size + 1):
            part = tokens[start : start + size]
            places = found[" ".join(token for token, _ in part)]
            for _, number in part:
                places[number] += 1 / size
    return found
