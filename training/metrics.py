"""Scores of predicted labels: confusion, precision, recall, F1, macro-F1, each with its interval.

All of them are functions of the confusion matrix, so one matrix product gives a whole bootstrap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from stancekit.labels.resampling import (
    AT_ONCE,
    Interval,
    bootstrap_weights,
    percentile_interval,
)
from stancekit.models.predictor import FloatArray, IntArray

__all__ = [
    "LabelScore",
    "confusion_matrix",
    "label_f1_intervals",
    "label_scores",
    "macro_f1",
    "macro_f1_interval",
    "paired_difference",
]

WeightArray = npt.NDArray[np.uint16]
"""How often each sentence is drawn in each replicate. *Shape:* (replicates, sentences)."""


@dataclass(frozen=True)
class LabelScore:
    """Precision, recall and F1 of one label, each in [0, 1]; `support` counts gold labels."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


def confusion_matrix(gold: IntArray, predicted: IntArray, labels: int) -> FloatArray:
    """Return counts; rows are gold labels, columns predicted ones. *Shape:* (labels, labels)."""
    matrix = np.zeros((labels, labels))
    np.add.at(matrix, (gold, predicted), 1)
    return matrix


def label_scores(confusion: FloatArray, names: Sequence[str]) -> list[LabelScore]:
    """Return the scores of each label; precision and recall without a case are 0."""
    hits = np.diag(confusion)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    f1 = _f1(confusion[None])[0]
    support = confusion.sum(axis=1).astype(int)
    columns = zip(names, precision, recall, np.nan_to_num(f1), support, strict=True)
    return [LabelScore(n, float(p), float(r), float(f), int(s)) for n, p, r, f, s in columns]


def macro_f1(confusion: FloatArray) -> FloatArray:
    """Return the mean F1 of the labels that occur in gold or prediction, in [0, 1].

    *Shape:* (..., labels, labels) in, (...) out.
    """
    return np.asarray(np.nanmean(_f1(confusion), axis=-1))


def macro_f1_interval(
    gold: IntArray,
    predicted: IntArray,
    labels: int,
    strata: Sequence[str],
    replicates: int,
    seed: int,
) -> Interval:
    """Return macro-F1 with a 95 % bootstrap interval over sentences, drawn within `strata`.

    All replicates are averaged over the labels that occur in the whole sample. A label that a
    replicate lacks counts 0 in it: left out, a rare label that is mostly missed would raise the
    interval, even above the value. So where labels have a sentence or two each and are found, the
    interval is low rather than high.
    """
    weights = _weights(tuple(strata), replicates, seed)
    value = float(macro_f1(confusion_matrix(gold, predicted, labels)))
    return percentile_interval(value, _macro_f1_draws(gold, predicted, labels, weights))


def label_f1_intervals(
    gold: IntArray,
    predicted: IntArray,
    labels: int,
    strata: Sequence[str],
    replicates: int,
    seed: int,
) -> list[Interval]:
    """Return F1 of each label with a 95 % bootstrap interval over sentences, within `strata`.

    F1 of a label that occurs neither in gold nor in prediction is NaN.
    """
    values = _f1(confusion_matrix(gold, predicted, labels)[None])[0]
    weights = _weights(tuple(strata), replicates, seed)
    draws = _f1(_resampled(gold, predicted, labels, weights))
    return [percentile_interval(float(v), draws[:, n]) for n, v in enumerate(values)]


def paired_difference(
    gold: IntArray,
    predicted: IntArray,
    reference: IntArray,
    labels: int,
    strata: Sequence[str],
    replicates: int,
    seed: int,
) -> Interval:
    """Return macro-F1 of `predicted` minus that of `reference`, with a 95 % interval.

    Both are judged on the same draws of sentences (paired bootstrap; Berg-Kirkpatrick et al., "An
    Empirical Investigation of Statistical Significance in NLP", 2012), each averaged over the
    labels that occur in the whole sample (see `macro_f1_interval`).
    """
    weights = _weights(tuple(strata), replicates, seed)
    draws = _macro_f1_draws(gold, predicted, labels, weights) - _macro_f1_draws(
        gold, reference, labels, weights
    )
    value = macro_f1(confusion_matrix(gold, predicted, labels)) - macro_f1(
        confusion_matrix(gold, reference, labels)
    )
    return percentile_interval(float(value), draws)


@lru_cache(maxsize=1)
def _weights(strata: tuple[str, ...], replicates: int, seed: int) -> WeightArray:
    """Keep the last draws: runs that are compared are judged on the same sentences."""
    weights = bootstrap_weights(strata, replicates, seed)
    weights.flags.writeable = False
    return weights


def _macro_f1_draws(
    gold: IntArray, predicted: IntArray, labels: int, weights: WeightArray
) -> FloatArray:
    """Return macro-F1 of each replicate, over the labels that occur in the whole sample."""
    scores = _f1(_resampled(gold, predicted, labels, weights))
    return np.asarray(np.nan_to_num(scores[:, np.union1d(gold, predicted)]).mean(axis=-1))


def _resampled(
    gold: IntArray, predicted: IntArray, labels: int, weights: WeightArray
) -> FloatArray:
    cells = np.zeros((len(gold), labels * labels))
    cells[np.arange(len(gold)), gold * labels + predicted] = 1
    blocks = [weights[n : n + AT_ONCE] @ cells for n in range(0, len(weights), AT_ONCE)]
    return np.concatenate(blocks).reshape(-1, labels, labels)


def _f1(confusion: FloatArray) -> FloatArray:
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    both = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    return np.where(both > 0, 2 * hits / np.where(both > 0, both, 1), np.nan)
