"""Shares from labels of a probability sample, with the model's probabilities as a help.

Every sentence gets what its probability lets expect, and the sentences that were labelled say how
far that is off, each for as many as it stands for (the difference estimator: Särndal, Swensson and
Wretman, "Model Assisted Survey Sampling", 1992; prediction-powered inference: Angelopoulos et al.,
2023). How much is taken from the probabilities is found from the labels, so that a bad model does
no harm (power tuning: Angelopoulos, Duchi and Zrnic, "PPI++", 2023). The mean of the labels is
taken within each predicted label (poststratification). Nothing is assumed of the model's errors.
"""

from dataclasses import dataclass

import numpy as np

from stancekit.models.predictor import FloatArray, IntArray
from stancekit.serving.estimates.clusters import Blocks, Means, cluster_means

__all__ = ["FEWEST_LABELS", "Sampled", "sampled"]

FEWEST_LABELS = 10
"""Labelled sentences of a cell below which nothing is said of it."""
FEWEST_OF_STRATUM = 5
"""Predicted labels with fewer labelled sentences are put together with another."""
_UNSEEN = 0.25
"""Of a label, how many labelled sentences more each predicted label counts in the variance."""


@dataclass(frozen=True, eq=False)
class Sampled:
    """The shares of each cell, how many labelled sentences they rest on, degrees of freedom.

    *Shapes:* see `Means`; (cells,), (cells,).
    """

    means: Means
    labelled: IntArray
    degrees: FloatArray


def sampled(
    blocks: Blocks,
    predicted: IntArray,
    probabilities: FloatArray,
    gold: IntArray,
    drawn: FloatArray,
    by_document: bool,
) -> Sampled:
    """Return the shares of each cell; NaN where too few sentences are labelled.

    All in the order of `blocks.order`: the predicted label, the probabilities, the own label (-1
    where there is none), and the probability of being drawn, which counts where there is a label.

    *Shapes:* (rows in cells,), (rows in cells, labels), (rows in cells,), (rows in cells,).
    """
    labels, cells = probabilities.shape[1], blocks.row_cells()
    rows = np.flatnonzero(gold >= 0)
    labelled = np.bincount(cells[rows], minlength=blocks.cells)
    counts = np.zeros((blocks.cells, labels), dtype=np.int64)
    np.add.at(counts, (cells[rows], predicted[rows]), 1)
    stratum = cells * labels + _merged(counts)[cells, predicted]
    weights = blocks.row_weights(by_document)
    truth = np.eye(labels)[gold[rows]]
    size = blocks.cells * labels
    own = _Strata(stratum[rows], weights[rows] / drawn[rows], size)
    truths, expected = own.means(truth), own.means(probabilities[rows])
    tuning = _tuning(
        cells[rows],
        weights[rows] / drawn[rows],
        truth - truths[stratum[rows]],
        probabilities[rows] - expected[stratum[rows]],
        blocks.cells,
    )
    fitted = truths[stratum] + tuning[cells][:, None] * (probabilities - expected[stratum])
    parts = np.bincount(stratum, weights, size).astype(np.float64)
    # Labelled sentences stand for all of their stratum, also for those that nobody labelled.
    stands_for = (parts / np.maximum(own.wholes, 1e-300))[stratum[rows]] / drawn[rows]
    # A mean was fitted to each stratum, so what is left of it is too small by that.
    stands_for *= np.sqrt(own.counts / np.maximum(own.counts - 1, 1))[stratum[rows]]
    fitted[rows] += (truth - fitted[rows]) * stands_for[:, None]
    means = cluster_means(blocks, blocks.totals(fitted), by_document)
    whole = np.maximum(np.bincount(stratum, minlength=size), 1).astype(np.float64)
    left = 1 - own.counts / whole
    shape = (blocks.cells, labels)
    unseen = _unseen(parts.reshape(shape), own.counts.reshape(shape), left.reshape(shape))
    enough = labelled >= FEWEST_LABELS
    degrees = np.minimum(labelled - (own.counts.reshape(shape) > 0).sum(1), blocks.documents - 1)
    return Sampled(
        Means(
            np.where(enough[:, None], means.value, np.nan),
            means.covariance + unseen,
            means.documents,
        ),
        labelled,
        degrees.astype(np.float64),
    )


class _Strata:
    """Weighted means of what was labelled, by stratum."""

    def __init__(self, strata: IntArray, weights: FloatArray, size: int) -> None:
        self._strata, self._weights = strata, weights
        self.counts = np.bincount(strata, minlength=size)
        self.wholes = np.bincount(strata, weights, size)

    def means(self, values: FloatArray) -> FloatArray:
        """Return the mean of each stratum, 0 for one without a labelled sentence."""
        sums = np.zeros((len(self.wholes), values.shape[1]))
        np.add.at(sums, self._strata, values * self._weights[:, None])
        return sums / np.maximum(self.wholes, 1e-300)[:, None]


def _merged(counts: IntArray) -> IntArray:
    """Return the stratum that each predicted label of a cell goes to.

    Those with few labelled sentences go to the one with the fewest that has enough, or all to one.
    """
    labels = counts.shape[1]
    enough = counts >= FEWEST_OF_STRATUM
    smallest = np.where(enough, counts, np.iinfo(np.int64).max).argmin(axis=1)
    return np.where(enough, np.arange(labels), smallest[:, None])


def _tuning(
    cells: IntArray, weights: FloatArray, truth: FloatArray, expected: FloatArray, count: int
) -> FloatArray:
    """Return for each cell the slope of labels on probabilities within strata, in [0, 1]."""
    together = np.bincount(cells, weights * (truth * expected).sum(axis=1), count)
    alone = np.bincount(cells, weights * (expected**2).sum(axis=1), count)
    found: FloatArray = np.clip(together / np.maximum(alone, 1e-12), 0, 1)
    return found


def _unseen(parts: FloatArray, counts: IntArray, left: FloatArray) -> FloatArray:
    """Return the variance for labels that a stratum may hold although none was drawn there.

    `parts` is what the sentences of each stratum count, `counts` how many of them are labelled,
    `left` the part that is not. *Shapes:* (cells, strata) each -> (cells, labels, labels).
    """
    labels = parts.shape[1]
    shares = parts / parts.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(counts > 0, left * shares**2 / counts.astype(np.float64) ** 2, 0)
    # A sentence has one label, so that more of one is less of the others.
    exclusive = (np.eye(labels) * labels - 1) / (labels - 1)
    found: FloatArray = _UNSEEN * each.sum(axis=1)[:, None, None] * exclusive
    return found
