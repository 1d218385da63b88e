"""What a model says of sentences whose label is known: the rates of its errors, and how sure.

The sentences are those of `held_out.json`: their documents were left out when the model that judged
them was trained.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stancekit.models.predictor import BoolArray, FloatArray, IntArray

__all__ = ["Confusion", "apart", "confusion", "too_few"]

FEWEST = 10
"""Held-out sentences of a label below which nothing is said of the errors on it."""
_UNSEEN = 0.5
"""Held-out sentences of each label that count beside those there are, in the variance alone."""


@dataclass(frozen=True, eq=False)
class Confusion:
    """The mean of what the model says of each gold label, with the covariance of each mean.

    `rates[g, k]` is the mean over held-out sentences of gold label g of their column k, which is
    1 for the predicted label and 0 for others, or a probability; rows sum to 1. `covariances[g]` is
    that of row g, with `degrees` degrees of freedom. `alike` is the correlation of the columns of
    two sentences of one gold label and document. All but degrees may have dimensions before.

    *Shapes:* (..., labels, labels), (..., labels, labels, labels), (...,), ().
    """

    rates: FloatArray
    covariances: FloatArray
    alike: FloatArray
    degrees: float


def confusion(gold: IntArray, columns: FloatArray, documents: IntArray) -> Confusion:
    """Return the rates of `columns`, what is said of each sentence, by its `gold` label.

    The covariance is that of sentences drawn within their gold label, times what it costs that
    sentences of one of the held-out `documents` are alike (Kish's design effect, 1965), as far as
    they are: the correlation within documents is estimated from all labels together, since
    documents are few. It counts half a sentence more than there are, spread over all labels: that
    an error was not seen among few does not show that there is none.

    *Shapes:* (n,), (..., n, labels), (n,) codes from 0.
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
    alike, sizes, degrees = _within_documents(gold, columns, documents, rates)
    effects = 1 + np.maximum(sizes - 1, 0) * alike[..., None]
    return Confusion(
        rates=np.stack(rates, axis=-2),
        covariances=np.stack(covariances, axis=-3) * effects[..., None, None],
        alike=alike,
        degrees=degrees,
    )


def _within_documents(
    gold: IntArray, columns: FloatArray, documents: IntArray, rates: Sequence[FloatArray]
) -> tuple[FloatArray, FloatArray, float]:
    """Return how alike sentences of one label and document are, and what that rests on.

    That is the correlation of their columns, the same for all labels; of each label, the size of
    the document that a sentence stands in, on average; and the degrees of freedom, one less than
    the documents of that size that there could be of each label. The correlation is that with which
    documents differ from the mean as much as they do. *Shapes:* (...,), (labels,), ().
    """
    between, without, slope = np.zeros(columns.shape[:-2]), 0.0, 0.0
    mean_sizes, degrees = np.ones(columns.shape[-1]), 0.0
    for label, mean in enumerate(rates):
        rows = np.flatnonzero(gold == label)
        if len(rows) < 2:
            continue
        beside = columns[..., rows, :] - mean[..., None, :]
        sums, sizes = _by_document(beside, documents[rows])
        within = (beside**2).sum(axis=(-2, -1)) / (len(rows) - 1)
        between += (sums**2).sum(axis=(-2, -1)) / len(rows) / np.maximum(within, 1e-12)
        parts = sizes / len(rows)
        without += 1 - float((parts**2).sum())
        pairs = parts * (sizes - 1)
        slope += float(((1 - 2 * parts) * pairs).sum() + (parts**2).sum() * pairs.sum())
        mean_sizes[label] = float((parts * sizes).sum())
        degrees += len(rows) / mean_sizes[label] - 1
    alike = np.clip((between - without) / slope, 0, 1) if slope > 0 else np.zeros_like(between)
    return alike, mean_sizes, max(degrees, 1.0)


def _by_document(values: FloatArray, documents: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the sum and the size of each document.

    *Shapes:* (..., n, labels), (n,) -> (..., m, labels), (m,).
    """
    order = np.argsort(documents, kind="stable")
    starts = np.flatnonzero(np.diff(documents[order], prepend=-1))
    sums: FloatArray = np.add.reduceat(values[..., order, :], starts, axis=-2)
    return sums, np.diff(np.append(starts, len(order))).astype(np.float64)


def too_few(counts: IntArray, names: tuple[str, ...]) -> str:
    """Return which label has too few held-out sentences to say anything of errors, "" if none.

    `counts` are the sentences of each label.
    """
    for name, count in zip(names, counts.tolist(), strict=True):
        if count < FEWEST:
            return f"{count} held-out sentences of '{name}', {FEWEST} are needed"
    return ""


def apart(found: Confusion) -> BoolArray:
    """Return whether the rates tell labels apart by more than their own uncertainty.

    If not, they are near to singular, and what is solved for with them is noise. *Shape:* (...,).
    """
    smallest = np.asarray(np.linalg.svd(found.rates, compute_uv=False)[..., -1])
    noise = np.sqrt(np.trace(found.covariances, axis1=-2, axis2=-1).sum(axis=-1))
    return np.asarray(smallest > noise)
