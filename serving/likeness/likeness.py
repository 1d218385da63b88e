"""The figures of likeness, and the one sentence that warns where something is off."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from stancekit.models.bundle import Bundle
from stancekit.models.predictor import FloatArray, IntArray
from stancekit.models.scope import FEWEST_WORDS
from stancekit.serving import chunks
from stancekit.serving.likeness.counts import LikenessCounts
from stancekit.serving.likeness.reference import CONFIDENCE, Reference
from stancekit.serving.likeness.shift import Shift, shift_between
from stancekit.serving.scored import ScoredDocument

__all__ = ["Likeness", "Scores", "likeness_of", "likeness_of_table"]

UNLIKE = 0.1
"""Of the sentences; of documents like the training text one in fifty is taken for unlike it."""
LONG = 0.05
"""Of the sentences, ten times as many as in the training text, and no fewer than `FEWEST`."""
FEWEST = 5
FOREIGN = 0.05
"""Of the documents that were set aside for their language, or of the sentences."""


@dataclass(frozen=True)
class Likeness:
    """How like the training text a batch is. Shares are in [0, 1].

    `unlike` is the share of sentences in documents that hold too few subject words of the training
    text (see `stancekit.models.scope`), None where that cannot be told: where the training text is
    not English or too small, or there are not `FEWEST_WORDS` words. Documents of fewer words are
    judged together. `long` is the share of sentences longer than all but one in 200 of training,
    `foreign` that of sentences in text that is not English (0 where that of training is not),
    `set_aside` that of documents which were set aside for their language. `shifts` has confidence
    and entropy of each task.
    """

    documents: int
    sentences: int
    unlike: float | None
    long: float
    foreign: float
    set_aside: float
    shifts: tuple[Shift, ...]

    @classmethod
    def of(cls, counts: LikenessCounts) -> "Likeness":
        """Return the figures that `counts` comes to."""
        total = max(counts.sentences, 1)
        asked = counts.documents + counts.foreign_documents
        shifts = (
            shift_between(*key, own, counts.reference.moments[key], counts.documents)
            for key, own in counts.moments.items()
        )
        return cls(
            documents=counts.documents,
            sentences=counts.sentences,
            unlike=_unlike(counts),
            long=counts.long / total,
            foreign=counts.foreign / total,
            set_aside=counts.foreign_documents / max(asked, 1),
            shifts=tuple(own for own in shifts if own is not None),
        )

    @property
    def warning(self) -> str:
        """One sentence that says what is off, "" if all is well."""
        parts = list(self._parts())
        if not parts:
            return ""
        listed = ", ".join(parts[:-1]) + (" and " if parts[:-1] else "") + parts[-1]
        return f"{listed}; read the shares with care."

    def _parts(self) -> Iterable[str]:
        if self.unlike is not None and self.unlike >= UNLIKE:
            stand = "of the sentences stand in documents unlike the training text"
            yield f"{_percent(self.unlike)} {stand}"
        if self.foreign >= FOREIGN:
            yield f"{_percent(self.foreign)} of the sentences are not in English"
        if self.set_aside >= FOREIGN:
            why = "are in another language and were set aside"
            yield f"{_percent(self.set_aside)} of the documents {why}"
        if self.long >= LONG and round(self.long * self.sentences) >= FEWEST:
            yield f"{_percent(self.long)} of the sentences are unusually long"
        for sure, tasks in self._shifted().items():
            if tasks:
                named = " and ".join(tasks)
                yield f"the model is {sure} of {named} here than of documents held out of training"

    def _shifted(self) -> Mapping[str, list[str]]:
        """Return the tasks of which the model is surer, and less sure, than of held-out text."""
        found: dict[str, list[str]] = {"less sure": [], "surer": []}
        known: set[str] = set()
        for own in self.shifts:
            if own.is_notable(len(self.shifts)) and own.task not in known:
                known.add(own.task)
                is_surer = (own.distance > 0) == (own.measure == CONFIDENCE)
                found["surer" if is_surer else "less sure"].append(own.task)
        return found


class Scores(Protocol):
    """What is read of scores in memory: a row a sentence, columns as arrays."""

    @property
    def documents(self) -> IntArray:
        """The number of the document of each row."""

    @property
    def sentences(self) -> IntArray:
        """The index of each row within its document."""

    @property
    def probabilities(self) -> Mapping[str, FloatArray]:
        """Task -> (rows, labels)."""

    @property
    def table(self) -> Any:
        """An Arrow table with a column `text`."""


def likeness_of(documents: Sequence[ScoredDocument], bundle: Bundle) -> Likeness:
    """Return how like the training text of `bundle` the documents are that it scored.

    >>> from stancekit.serving import Classifier
    >>> classifier = Classifier.load("tfidf")
    >>> document = classifier.score("Chip makers in Wuhan received subsidies. " * 20)
    >>> likeness_of([document], classifier.bundle).unlike
    0.0
    """
    counts = LikenessCounts(Reference.of(bundle))
    counts.add(documents)
    return Likeness.of(counts)


def likeness_of_table(scores: Scores, reference: Reference) -> Likeness:
    """Return how like the training text the sentences of a scores file are.

    What was set aside is not in such a file, so `set_aside` is 0.
    """
    counts = LikenessCounts(reference)
    names, documents = np.unique(scores.documents, return_inverse=True)
    counts.documents = len(names)
    if len(scores.documents):
        pairs = np.stack([scores.documents, scores.sentences // chunks.SENTENCES])
        _, stretches = np.unique(pairs, axis=1, return_inverse=True)
        texts = scores.table.column("text").to_pylist()
        counts.add_sentences(texts, stretches.reshape(-1), scores.probabilities, documents)
    return Likeness.of(counts)


def _unlike(counts: LikenessCounts) -> float | None:
    density = counts.reference.training_text.density
    if density is None:
        return None
    judged, unlike = counts.judged, counts.unlike
    words, known, sentences = counts.short.tolist()
    if words >= FEWEST_WORDS:
        judged += sentences
        unlike += sentences * (known < density.lowest_share(words) * words)
    return unlike / counts.sentences if judged else None


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
