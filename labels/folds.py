"""Folds that leave a whole document out, so that no article is judged by its own sentences."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stancekit.labels.errors import DataError
from stancekit.labels.sentences import DOCUMENT, REWRITES, Sentence

__all__ = ["Fold", "leave_one_document_out", "leave_one_group_out", "leave_out", "words"]

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Fold:
    """Positions of the sentences to train on and of those to judge by.

    `name` is the document, slice or part that is left out.
    """

    name: str
    train: tuple[int, ...]
    test: tuple[int, ...]


def words(text: str) -> tuple[str, ...]:
    """Return the words of `text` in lower case; texts that share them count as the same."""
    return tuple(_WORD.findall(text.lower()))


def leave_one_document_out(sentences: Sequence[Sentence]) -> list[Fold]:
    """Return one fold a document, in order of first appearance.

    Authored sentences are trained on and never judged by. A training sentence with the same words
    as one of the left-out document is left out too. Raises DataError for fewer than two documents.
    """
    groups = [s.document if s.origin == DOCUMENT else None for s in sentences]
    found = len(set(groups) - {None})
    if found < 2:
        raise DataError(f"leaving documents out needs two or more, found {found}")
    return leave_out(sentences, groups)


def leave_one_group_out(sentences: Sequence[Sentence]) -> list[Fold]:
    """Return one fold a document or slice of authored sentences, so that each sentence is judged.

    Otherwise as `leave_one_document_out`; raises DataError for fewer than two groups.
    """
    groups = [sentence.document for sentence in sentences]
    found = len(set(groups))
    if found < 2:
        raise DataError(
            f"leaving documents or slices out needs two or more, found {found}"
            " (--with-released adds those that ship)"
        )
    return leave_out(sentences, groups)


def leave_out(sentences: Sequence[Sentence], groups: Sequence[str | None]) -> list[Fold]:
    """Return one fold a group, in order of first appearance; `groups` has that of each sentence.

    Sentences without a group are trained on and never judged by. A training sentence with the same
    words as a left-out one is left out too, and so is another version of one (see `REWRITES`).
    """
    known = [words(sentence.text) for sentence in sentences]
    versions = [sentence.details.get(REWRITES, sentence.id) for sentence in sentences]
    folds = []
    for group in dict.fromkeys(name for name in groups if name is not None):
        test = [position for position, name in enumerate(groups) if name == group]
        left_out, judged = set(test), {known[position] for position in test}
        rewritten = {versions[position] for position in test}
        train = [
            position
            for position in range(len(sentences))
            if position not in left_out
            and known[position] not in judged
            and versions[position] not in rewritten
        ]
        folds.append(Fold(group, tuple(train), tuple(test)))
    return folds
