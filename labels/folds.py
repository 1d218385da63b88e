"""Folds that leave a whole document out, so that no article is judged by its own sentences."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stancekit.labels.errors import DataError
from stancekit.labels.sentences import DOCUMENT, Sentence

__all__ = ["Fold", "leave_one_document_out", "leave_one_group_out"]

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Fold:
    """Positions of the sentences to train on and of those to judge by.

    `name` is the document or slice that is left out.
    """

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
    return _folds(sentences, documents, {DOCUMENT})


def leave_one_group_out(sentences: Sequence[Sentence]) -> list[Fold]:
    """Return one fold a document or slice of authored sentences, so that each sentence is judged.

    Otherwise as `leave_one_document_out`; raises DataError for fewer than two groups.
    """
    groups = list(dict.fromkeys(s.document for s in sentences))
    if len(groups) < 2:
        raise DataError(
            f"leaving documents or slices out needs two or more, found {len(groups)}"
            " (--with-released adds those that ship)"
        )
    return _folds(sentences, groups, {s.origin for s in sentences})


def _folds(sentences: Sequence[Sentence], groups: Sequence[str], judged: set[str]) -> list[Fold]:
    words = [tuple(_WORD.findall(sentence.text.lower())) for sentence in sentences]
    folds = []
    for group in groups:
        test = [
            position
            for position, sentence in enumerate(sentences)
            if sentence.document == group and sentence.origin in judged
        ]
        left_out, known = set(test), {words[position] for position in test}
        train = [
            position
            for position in range(len(sentences))
            if position not in left_out and words[position] not in known
        ]
        folds.append(Fold(group, tuple(train), tuple(test)))
    return folds
