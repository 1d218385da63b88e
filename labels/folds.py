"""Folds that leave a whole document out, so that no article is judged by its own sentences."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stancekit.labels.errors import DataError
from stancekit.labels.sentences import DOCUMENT, Sentence

__all__ = ["Fold", "leave_one_document_out"]

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Fold:
    """Positions of the sentences to train on and of those to judge by; `name` is the document."""

    name: str
    train: tuple[int, ...]
    test: tuple[int, ...]


def leave_one_document_out(sentences: Sequence[Sentence]) -> list[Fold]:
    """Return one fold a document, in order of first appearance.

    Authored sentences are trained on and never judged by. A training sentence with the same words
    as one of the left-out document is left out too. Raises DataError for fewer than two documents.
    """
    documents = list(dict.fromkeys(s.document for s in sentences if s.origin == DOCUMENT))
    if len(documents) < 2:
        raise DataError(f"leaving documents out needs two or more, found {len(documents)}")
    words = [tuple(_WORD.findall(sentence.text.lower())) for sentence in sentences]
    folds = []
    for document in documents:
        test = [
            position
            for position, sentence in enumerate(sentences)
            if sentence.document == document and sentence.origin == DOCUMENT
        ]
        left_out, judged = set(test), {words[position] for position in test}
        train = [
            position
            for position in range(len(sentences))
            if position not in left_out and words[position] not in judged
        ]
        folds.append(Fold(document, tuple(train), tuple(test)))
    return folds
