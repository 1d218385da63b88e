"""Labels that a user gave to sentences of a probability sample, found again among the scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stancekit.labels.errors import DataError
from stancekit.labels.layout import CONTENT
from stancekit.labels.sentences import Sentence, read_sentences
from stancekit.models.predictor import FloatArray, IntArray
from stancekit.serving.design import DESIGN, PROBABILITY, frame_digest
from stancekit.serving.score_table import ScoreTable

__all__ = ["OwnLabels", "read_own_labels"]


@dataclass(frozen=True, eq=False)
class OwnLabels:
    """Sentences that were drawn: their rows among the scores, and how probable it was to draw each.

    `gold` maps task -> position of the label, -1 where the sentence has none.
    *Shapes:* (drawn,), (drawn,) in (0, 1], (drawn,) a task.
    """

    rows: IntArray
    probabilities: FloatArray
    gold: Mapping[str, IntArray]

    @property
    def unlabelled(self) -> int:
        """How many of the sentences lack a label of some task."""
        return int(np.any([own < 0 for own in self.gold.values()], axis=0).sum())


def read_own_labels(path: Path, table: ScoreTable) -> OwnLabels:
    """Read sentences that `stancekit labels next --design` drew from `table`, with their labels.

    Raises DataError for a sentence that is not among the scores, whose text is another there, or
    whose probability of being drawn is not known; for sentences of several draws; for a draw from
    other sentences than those of `table`; and if no sentence has a label.
    """
    sentences = [s for s in read_sentences(path, table.codebook) if s.kind == CONTENT]
    probabilities = np.array([_probability(sentence, path) for sentence in sentences])
    designs = sorted({sentence.details.get(DESIGN, "") for sentence in sentences})
    if len(designs) != 1 or not designs[0]:
        raise DataError(
            f"{path}: holds sentences of {len(designs)} draws; how probable each was to be drawn is"
            " known for those of one call of `stancekit labels next --design` only"
        )
    if designs[0].split("-")[0] != frame_digest(table):
        raise DataError(
            f"{path}: was drawn from other sentences than these scores are of;"
            " a sample says something of the scores that it was drawn from only"
        )
    rows = _rows(sentences, table, path)
    gold = {}
    for task in table.codebook.tasks:
        position = {name: index for index, name in enumerate(task.label_names)}
        given = [position.get(sentence.labels.get(task.name, ""), -1) for sentence in sentences]
        gold[task.name] = np.array(given, dtype=np.int64)
    if all((own < 0).all() for own in gold.values()):
        raise DataError(f"{path}: no sentence has a label")
    return OwnLabels(rows, probabilities, gold)


def _probability(sentence: Sentence, path: Path) -> float:
    given = sentence.details.get(PROBABILITY, "")
    try:
        found = float(given)
    except ValueError:
        found = 0.0
    if not 0 < found <= 1:
        known = f"has '{given}' as" if given else "lacks"
        raise DataError(
            f"{path}: sentence '{sentence.id}' {known} the probability with which it was drawn;"
            " label sentences that `stancekit labels next --design` draws"
        )
    return found


def _rows(sentences: list[Sentence], table: ScoreTable, path: Path) -> IntArray:
    code = {name: index for index, name in enumerate(table.document_names)}
    starts = table.table["start"].to_numpy()
    wanted = {code.get(sentence.document, -1) for sentence in sentences}
    candidates = np.flatnonzero(np.isin(table.documents, sorted(wanted)))
    keys = zip(table.documents[candidates].tolist(), starts[candidates].tolist(), strict=True)
    place = dict(zip(((d, int(s)) for d, s in keys), candidates.tolist(), strict=True))
    texts = table.table["text"]
    found = []
    for sentence in sentences:
        row = place.get((code.get(sentence.document, -1), sentence.start))
        if row is None or str(texts[row].as_py()) != sentence.text:
            raise DataError(f"{path}: sentence '{sentence.id}' is not among the scores")
        found.append(row)
    return np.array(found, dtype=np.int64)
