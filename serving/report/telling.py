"""The most telling sentences of each label: confident, typical of it, and unlike each other."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stancekit.labels.codebook import Task
from stancekit.models.predictor import BoolArray, FloatArray, IntArray
from stancekit.serving.report.sources import OUTLETS
from stancekit.serving.score_table import ScoreTable

__all__ = ["decided", "telling"]

CONFIDENT = 0.8
POOL = 1_000
"""Of the confident sentences, so many of each label are compared with each other."""

SHORTEST, LONGEST = 50, 280
"""Characters of a sentence that is read at a glance and still says something."""

AGAIN = 0.7
_WORD = r"(?u)\w+"
_HAS_WORD = r"[\p{L}\p{N}_]"
"""Of which a word is made, as Arrow says it."""
ALIKE = 0.5
"""Cosine of the words of two sentences from which on one counts as a version of the other."""


def telling(table: ScoreTable, task: Task, most: int = 5) -> dict[str, list[int]]:
    """Return label -> the rows of its most telling sentences, the most telling first.

    A sentence tells by its calibrated probability times how far its words are those of confident
    sentences of the label and not of the others (cosine of tf-idf with the difference of the
    centroids). At most one is taken of a document, none that is nearly one taken before, none
    without a word, and none on which the model is undecided. Which are taken does not depend on the
    order of the rows.
    """
    pools = _pools(table, task)
    texts = [_texts(table, pool) for pool in pools]
    if not any(texts):
        return {label: [] for label in task.label_names}
    from scipy.sparse import vstack  # noqa: PLC0415  (the command line must start fast)
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    vectoriser = TfidfVectorizer(sublinear_tf=True, token_pattern=_WORD)
    vectoriser.fit([text for own in texts for text in own])
    words = [vectoriser.transform(own) if own else None for own in texts]
    chosen: dict[str, list[int]] = {}
    for label, name in enumerate(task.label_names):
        others = [own for other, own in enumerate(words) if other != label and own is not None]
        own = words[label]
        if own is None:
            chosen[name] = []
            continue
        direction = np.asarray(own.mean(axis=0)).ravel()
        if others:
            direction = direction - np.asarray(vstack(others).mean(axis=0)).ravel()
        probability = table.probabilities[task.name][pools[label], label]
        chosen[name] = _unlike(table, pools[label], own, probability * (own @ direction), most)
    return chosen


def decided(table: ScoreTable, task: Task) -> BoolArray:
    """Return whether the model decided on each row; on all where the scores do not say."""
    name = f"{task.name}_undecided"
    if name not in table.table.column_names:
        return np.ones(len(table), bool)
    said = pc.equal(pc.utf8_lower(table.column(name)), "true")
    return ~_plain(pc.fill_null(said, False))


def _pools(table: ScoreTable, task: Task) -> list[IntArray]:
    """Return for each label the rows to choose from, the most confident first."""
    text = table.table["text"].cast(pa.string())
    lengths = _plain(pc.utf8_length(text))
    open_ = decided(table, task) & _plain(pc.match_substring_regex(text, _HAS_WORD))
    ranks = _ranks(table.document_names)
    pools = []
    for label in range(len(task.labels)):
        rows = np.flatnonzero(open_ & (table.predicted[task.name] == label))
        probability = table.probabilities[task.name][rows, label]
        best = _best(lengths[rows], probability)
        rows, probability = rows[best], probability[best]
        order = np.lexsort((table.sentences[rows], ranks[table.documents[rows]], -probability))
        pools.append(rows[order][:POOL])
    return pools


def _best(lengths: IntArray, probability: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which sentences are confident and of a fit length, or what there is instead."""
    fit = (lengths >= SHORTEST) & (lengths <= LONGEST)
    for wanted in (fit & (probability >= CONFIDENT), fit, lengths <= 2 * LONGEST):
        if wanted.any():
            return wanted
    return np.ones(len(lengths), bool)


def _ranks(names: list[str]) -> IntArray:
    """Return the place of each name among the sorted ones."""
    ranks = np.empty(len(names), np.int64)
    ranks[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return ranks


def _plain(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = column.to_numpy()
    return found


def _texts(table: ScoreTable, rows: IntArray) -> list[str]:
    return [str(text) for text in table.table["text"].take(pa.array(rows)).to_pylist()]


def _unlike(
    table: ScoreTable, pool: IntArray, words: Any, score: FloatArray, most: int
) -> list[int]:
    """Return up to `most` rows by falling score; equal scores keep the order of the pool.

    A source that was quoted counts less each time, so that no outlet speaks for all.
    """
    score = np.round(score, 9)
    sources = _sources(table, pool)
    left = np.ones(len(pool), bool)
    taken: list[int] = []
    while left.any() and len(taken) < most:
        best = int(np.argmax(np.where(left, score, -np.inf)))
        taken.append(int(pool[best]))
        alike = (words @ words[best].T).toarray().ravel() >= ALIKE
        left &= ~alike & (table.documents[pool] != table.documents[pool[best]])
        left[best] = False
        score = np.where((sources == sources[best]) & (score > 0), score * AGAIN, score)
    return taken


def _sources(table: ScoreTable, rows: IntArray) -> npt.NDArray[np.str_]:
    """Return where the document of each row appeared; where that is not said, the document."""
    names = [table.document_names[document] for document in table.documents[rows]]
    for column in OUTLETS:
        if column in table.metadata:
            values = table.column(column).take(pa.array(rows)).to_pylist()
            return np.array([v or n for v, n in zip(values, names, strict=True)], str)
    return np.array(names, str)
