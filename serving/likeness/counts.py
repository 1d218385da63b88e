"""What the likeness of a batch rests on, counted while documents stream by."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from stancekit.models.keyness import general_english, text_words
from stancekit.models.predictor import BoolArray, FloatArray, IntArray
from stancekit.models.scope import FEWEST_WORDS
from stancekit.serving import chunks
from stancekit.serving.document import SetAside
from stancekit.serving.documents.language import foreign_language
from stancekit.serving.documents.screening import is_of_another_language
from stancekit.serving.likeness.moments import Moments
from stancekit.serving.likeness.reference import Measured, Reference, measures
from stancekit.serving.scored import ScoredDocument

__all__ = ["LikenessCounts"]

ENGLISH = "en"
_COMMON = 0.5
"""A text half of whose words are common English ones needs no detector."""
_SUMS = ("documents", "sentences", "long", "foreign", "foreign_documents", "judged", "unlike")


class LikenessCounts:
    """Sums over the documents of a batch, in memory that does not grow with it.

    A document of more sentences than a chunk has is judged in stretches of so many, so that it is
    the same whether it comes in one piece or in passages. `sentences` were scored; `long` of them
    are unusually long, `foreign` stand where the text is not English. `judged` stand in documents
    long enough to be judged, and `unlike` in those of them that are unlike the training text;
    `short` sums up the others: words, subject words and sentences. `foreign_documents` were set
    aside for their language.
    """

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.documents = 0
        self.sentences = 0
        self.long = 0
        self.foreign = 0
        self.foreign_documents = 0
        self.judged = 0
        self.unlike = 0
        self.short: IntArray = np.zeros(3, dtype=np.int64)
        self.moments = {key: Moments.empty(len(own)) for key, own in reference.points.items()}

    def add(self, documents: Sequence[ScoredDocument], whole: Iterable[bool] | None = None) -> None:
        """Take in scored documents, or passages of them of which the last one is `whole`."""
        self.documents += len(documents) if whole is None else sum(whole)
        texts: list[str] = []
        stretches: list[int] = []
        rows: dict[str, list[list[float]]] = {name: [] for name in self.reference.held_out.tasks}
        known: dict[tuple[int, int], int] = {}
        for number, document in enumerate(documents):
            for sentence in document.sentences:
                texts.append(sentence.text)
                place = (number, sentence.index // chunks.SENTENCES)
                stretches.append(known.setdefault(place, len(known)))
                for task, prediction in sentence.predictions.items():
                    rows[task].append(list(prediction.probabilities.values()))
        if texts:
            self.add_sentences(
                texts, np.array(stretches), {task: np.array(own) for task, own in rows.items()}
            )

    def add_sentences(
        self,
        texts: Sequence[str],
        stretches: IntArray,
        probabilities: Mapping[str, FloatArray],
        documents: IntArray | None = None,
    ) -> None:
        """Take in whole stretches of documents, numbered from 0 without a gap.

        `documents` numbers the documents likewise where all of them are whole; else each stretch
        counts as one where scores are compared.

        *Shape:* stretches, documents (sentences,), probabilities (sentences, labels) a task.
        """
        places = stretches if documents is None else documents
        self.sentences += len(texts)
        self.long += sum(len(text) > self.reference.training_text.longest for text in texts)
        self._add_words(texts, stretches)
        for task, own in probabilities.items():
            for key, values in measures(task, own).items():
                if key in self.moments:
                    self.moments[key].add(values, self.reference.points[key], places)

    def add_set_aside(self, set_aside: Iterable[SetAside]) -> None:
        """Take in documents that were set aside, for whatever reason."""
        self.foreign_documents += sum(map(is_of_another_language, set_aside))

    def _add_words(self, texts: Sequence[str], stretches: IntArray) -> None:
        text = self.reference.training_text
        if not text.english:
            return
        common, subject = general_english(), text.subject_words
        counted = []
        for own in texts:
            words = text_words(own)
            known = sum(word in subject for word in words)
            counted.append((len(words), known, 1, sum(word in common for word in words)))
        sums = np.zeros((int(stretches.max()) + 1, 4), dtype=np.int64)
        np.add.at(sums, stretches, np.array(counted))
        is_foreign = self._is_foreign(texts, stretches, sums)
        self.foreign += int(sums[is_foreign, 2].sum())
        self._judge(sums[~is_foreign])

    def _is_foreign(self, texts: Sequence[str], stretches: IntArray, sums: IntArray) -> BoolArray:
        found = np.zeros(len(sums), dtype=np.bool_)
        order = np.argsort(stretches, kind="stable")
        ends = np.cumsum(sums[:, 2])
        for place in np.flatnonzero(sums[:, 3] < _COMMON * sums[:, 0]).tolist():
            rows = order[ends[place] - sums[place, 2] : ends[place]]
            whole = " ".join(texts[row] for row in rows.tolist())
            found[place] = foreign_language(whole, ENGLISH) is not None
        return found

    def _judge(self, sums: IntArray) -> None:
        """Judge stretches of which each row of `sums` has words, subject words and sentences."""
        density = self.reference.training_text.density
        if density is None:
            return
        enough = sums[:, 0] >= FEWEST_WORDS
        for words, known, sentences, _ in sums[enough].tolist():
            self.judged += sentences
            self.unlike += sentences * (known < density.lowest_share(words) * words)
        self.short = self.short + sums[~enough, :3].sum(axis=0)

    def counts(self) -> dict[str, Any]:
        """Return the sums as `merge` takes them, also through JSON."""
        moments: dict[str, dict[str, Any]] = {}
        for (task, measure), own in self.moments.items():
            moments.setdefault(task, {})[measure] = own.counts()
        sums = {name: getattr(self, name) for name in _SUMS}
        return {**sums, "short": self.short.tolist(), "moments": moments}

    def merge(self, counts: Mapping[str, Any]) -> None:
        """Add what another of the same reference counted, in other stretches."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + int(counts[name]))
        self.short = self.short + np.array(counts["short"], dtype=np.int64)
        for task, measure in self.moments:
            self._moments(task, measure).merge(counts["moments"][task][measure])

    def _moments(self, *key: str) -> Moments:
        task, measure = key
        own: Measured = (task, measure)
        return self.moments[own]
