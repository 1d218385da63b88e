"""What a model says of sentences whose label is known: the rates of its errors, and how sure.

The sentences are those of `held_out.json`: their documents were left out when the model that judged
them was trained.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stancekit.models.predictor import FloatArray
from stancekit.serving.estimates.clusters import IntArray

__all__ = ["BoolArray", "Confusion", "apart", "confusion", "too_few"]

BoolArray = npt.NDArray[np.bool_]

FEWEST = 10
"""Held-out sentences of a label below which nothing is said of the errors on it."""
_UNSEEN = 0.5
_APART = 2.0
"""How many times its own uncertainty the smallest singular value of the rates must reach."""


@dataclass(frozen=True, eq=False)
class Confusion:
    """The mean of what the model says of each gold label, with the covariance of each mean.

    `rates[g, k]` is the mean over held-out sentences of gold label g of their column k, which is
    1 for the predicted label and 0 for others, or a probability; rows sum to 1. `covariances[g]` is
    that of row g. `counts` are the sentences of each gold label. All may have dimensions before.

    *Shapes:* (..., labels, labels), (..., labels, labels, labels), (labels,).
    """

    rates: FloatArray
    covariances: FloatArray
    counts: IntArray


def confusion(gold: IntArray, columns: FloatArray) -> Confusion:
    """Return the rates of `columns`, what is said of each sentence, by its `gold` label.

    The covariance is that of sentences drawn within their gold label. It counts half a sentence
    more than there are, spread over all labels: that an error was not seen among few does not show
    that there is none.

    *Shapes:* (n,), (..., n, labels).
    """
    labels = columns.shape[-1]
    counts = np.bincount(gold, minlength=labels)
    rates, covariances = [], []
    for label in range(labels):
        own, size = columns[..., gold == label, :], max(int(counts[label]), 1)
        total = own.sum(axis=-2)
        mean = (total + _UNSEEN / labels) / (size + _UNSEEN)
        squares = np.swapaxes(own, -1, -2) @ own + np.eye(labels) * _UNSEEN / labels
        covariance = squares / (size + _UNSEEN) - mean[..., :, None] * mean[..., None, :]
        rates.append(total / size)
        covariances.append(covariance / max(size - 1, 1))
    return Confusion(np.stack(rates, axis=-2), np.stack(covariances, axis=-3), counts)


def too_few(found: Confusion, names: tuple[str, ...]) -> str:
    """Return which label has too few held-out sentences to say anything of errors, "" if none."""
    for name, count in zip(names, found.counts.tolist(), strict=True):
        if count < FEWEST:
            return f"{count} held-out sentences of '{name}', {FEWEST} are needed"
    return ""


def apart(found: Confusion) -> BoolArray:
    """Return whether the rates tell labels apart by more than their own uncertainty.

    If not, they are near to singular, and what is solved for with them is noise. *Shape:* (...,).
    """
    smallest = np.linalg.svd(found.rates, compute_uv=False)[..., -1]
    noise = np.sqrt(np.trace(found.covariances, axis1=-2, axis2=-1).sum(axis=-1))
    return np.asarray(smallest > _APART * noise)
