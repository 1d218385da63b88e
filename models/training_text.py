"""What a bundle knows of the text that its model was trained on, so that other text can be told."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Annotated

import numpy as np
from pydantic import Field

from stancekit.labels.configuration import parse_json, strict
from stancekit.labels.errors import BundleError
from stancekit.labels.sentences import DOCUMENT, Sentence
from stancekit.models.keyness import is_english, subject_words, text_words
from stancekit.models.scope import Density, usual_density

__all__ = ["TrainingText"]

LONG = 0.995
"""The quantile of sentence length beyond which a sentence is unusually long."""


@strict
class _File:
    sentences: Annotated[int, Field(ge=1)]
    longest: Annotated[int, Field(ge=1)]
    english: bool
    subject_words: tuple[str, ...]
    density: Density | None


class TrainingText:
    """The training text in a few figures.

    `sentences` counts them; `longest` is how many characters a sentence has at most, but for one in
    200; `english` says whether it is English. `subject_words` are those of the text (see
    `keyness`), and `density` how dense its documents are with them: None where it is not English,
    or has too few documents to tell, and nothing can be said of a document's scope.
    """

    def __init__(self, content: _File) -> None:
        self._content = content
        self.sentences = content.sentences
        self.longest = content.longest
        self.english = content.english
        self.density = content.density

    @cached_property
    def subject_words(self) -> frozenset[str]:
        """Lower case; empty where the text is not English."""
        return frozenset(self._content.subject_words)

    @classmethod
    def fit(cls, sentences: Sequence[Sentence]) -> "TrainingText":
        """Return what there is to know of `sentences`, one or more; the same give the same.

        Length is that of documents or of written sentences, whichever are longer. Documents are
        those that sentences of origin `document` stand in.
        """
        counts: Counter[str] = Counter()
        documents: dict[str, list[str]] = {}
        lengths: dict[str, list[int]] = {}
        for sentence in sentences:
            counts.update(text_words(sentence.text))
            lengths.setdefault(sentence.origin, []).append(len(sentence.text))
            if sentence.origin == DOCUMENT:
                documents.setdefault(sentence.document, []).append(sentence.text)
        english = is_english(counts)
        return cls(
            _File(
                sentences=len(sentences),
                longest=int(max(np.quantile(own, LONG) for own in lengths.values())),
                english=english,
                subject_words=tuple(sorted(subject_words(counts))) if english else (),
                density=usual_density(list(documents.values()), counts) if english else None,
            )
        )

    def to_bytes(self) -> bytes:
        """Return the content of the file that `from_bytes` reads; equal input gives equal bytes."""
        return (json.dumps(asdict(self._content), ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def from_bytes(cls, content: bytes, where: str) -> "TrainingText":
        """Read what `to_bytes` wrote; raises BundleError with `where` if it is anything else."""
        read = parse_json(content, _File, where, BundleError)
        if read.density is not None and not (read.english and read.subject_words):
            raise BundleError(f"{where}: has a density of subject words, and no such words")
        return cls(read)
