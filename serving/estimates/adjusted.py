"""Shares corrected by the known errors of the model ("adjusted count").

If errors per true label are as in the held-out documents, what the model says of a corpus is on
average the rates of each label times its share; the shares follow by solving for them (Gart and
Buck, 1966; Forman, "Quantifying counts and costs via classification", 2008).
"""

from dataclasses import dataclass

import numpy as np

from stancekit.models.predictor import FloatArray
from stancekit.serving.estimates.clusters import Means
from stancekit.serving.estimates.confusion import Confusion
from stancekit.serving.estimates.intervals import t_quantile, within_quadratic

__all__ = ["Corrected", "corrected", "nearest_shares", "share_intervals"]


@dataclass(frozen=True, eq=False)
class Corrected:
    """Shares solved for, which may lie outside [0, 1], and the variance of each by its sources.

    `corpus` is the covariance that the scored documents bring; `held_out[g]` that which the rates
    of gold label g bring, for a share of 1: it counts by the square of the share.

    `documents` are those scored; `errors` are the rates.

    *Shapes:* (cells, labels), (cells, labels, labels), (cells, labels, labels, labels), (cells,).
    """

    shares: FloatArray
    corpus: FloatArray
    held_out: FloatArray
    documents: FloatArray
    errors: Confusion

    def covariance(self) -> FloatArray:
        """Return the covariance of the shares at the shares. *Shape:* (cells, labels, labels)."""
        weights = nearest_shares(self.shares) ** 2
        found: FloatArray = self.corpus + np.einsum("cg,cgij->cij", weights, self.held_out)
        return found

    def degrees(self, contrast: FloatArray) -> FloatArray:
        """Return the degrees of freedom of a sum of shares with weights `contrast`.

        Those of the sources, by Satterthwaite (1946). *Shapes:* (cells, labels) -> (cells,).
        """
        weights = nearest_shares(self.shares) ** 2
        corpus = np.einsum("ci,cij,cj->c", contrast, self.corpus, contrast)
        rates = np.einsum("cg,ci,cgij,cj->c", weights, contrast, self.held_out, contrast)
        with np.errstate(invalid="ignore", divide="ignore"):
            below = corpus**2 / (self.documents - 1) + rates**2 / self.errors.degrees
            found: FloatArray = (corpus + rates) ** 2 / below
        return found


def corrected(means: Means, found: Confusion) -> Corrected:
    """Solve for the shares of each cell; `found` has one set of rates, or one a cell.

    Shares are NaN where the rates are singular.
    """
    cells, labels = means.value.shape
    rates = np.broadcast_to(found.rates, (cells, labels, labels))
    singular = np.abs(np.linalg.det(rates)) < 1e-12
    solvable = np.where(singular[:, None, None], np.eye(labels), rates)
    inverse = np.linalg.inv(np.swapaxes(solvable, 1, 2))
    inverse[singular] = np.nan
    covariances = np.broadcast_to(found.covariances, (cells, labels, labels, labels))
    return Corrected(
        shares=np.einsum("ckj,cj->ck", inverse, means.value),
        corpus=np.einsum("cki,cij,clj->ckl", inverse, means.covariance, inverse),
        held_out=np.einsum("cki,cgij,clj->cgkl", inverse, covariances, inverse, optimize=True),
        documents=means.documents.astype(np.float64),
        errors=found,
    )


def share_intervals(found: Corrected) -> tuple[FloatArray, FloatArray]:
    """Return low and high of each share, not clipped; NaN where the rates do not tell the label.

    The variance under a share t counts the rates of the label by t^2, and those of the others by
    (1 - t)^2 and their shares among themselves. *Shapes:* (cells, labels) each.
    """
    shares = nearest_shares(found.shares)
    labels = shares.shape[1]
    lows, highs = [], []
    for label in range(labels):
        others = np.delete(shares, label, axis=1)
        rest = others.sum(axis=1, keepdims=True)
        others = np.where(rest > 1e-9, others / np.maximum(rest, 1e-9), 1 / (labels - 1))
        own = found.held_out[:, label, label, label]
        of_others = np.delete(found.held_out[:, :, label, label], label, axis=1)
        other = (others**2 * of_others).sum(axis=1)
        contrast = np.zeros_like(shares)
        contrast[:, label] = 1
        z = t_quantile(found.degrees(contrast)) ** 2
        value, corpus = found.shares[:, label], found.corpus[:, label, label]
        low, high = within_quadratic(
            1 - z * (own + other), value - z * other, value**2 - z * (corpus + other)
        )
        lows.append(low)
        highs.append(high)
    return np.stack(lows, axis=1), np.stack(highs, axis=1)


def nearest_shares(shares: FloatArray) -> FloatArray:
    """Return the shares in [0, 1] with sum 1 that are nearest to `shares` (Duchi et al., 2008).

    *Shapes:* (cells, labels) -> (cells, labels).
    """
    labels = shares.shape[1]
    falling = -np.sort(-shares, axis=1)
    above = (np.cumsum(falling, axis=1) - 1) / np.arange(1, labels + 1)
    last = np.maximum((falling > above).sum(axis=1) - 1, 0)
    shift = np.take_along_axis(above, last[:, None], axis=1)
    found: FloatArray = np.maximum(shares - shift, 0)
    return found
