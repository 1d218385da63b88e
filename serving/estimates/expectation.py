"""Shares by expectation-maximisation on probabilities (Saerens, Latinne and Decaestecker, 2002).

Calibrated probabilities hold for the shares of the documents on which they were calibrated. With
other shares, each is to be multiplied by the ratio of the two; which shares these are is found in
turns: adapt the probabilities to the shares, take their mean as the shares.
"""

import numpy as np

from stancekit.models.predictor import FloatArray, IntArray

__all__ = ["adapted", "expectation_maximisation"]

TURNS = 1000
CLOSE = 1e-6


def adapted(probabilities: FloatArray, ratios: FloatArray) -> FloatArray:
    """Return probabilities as they are where shares are `ratios` times those of calibration.

    *Shapes:* (..., labels) and what can be multiplied with it.
    """
    found: FloatArray = probabilities * ratios
    found /= np.maximum(found.sum(axis=-1, keepdims=True), 1e-300)
    return found


def expectation_maximisation(
    probabilities: FloatArray,
    weights: FloatArray,
    cells: IntArray,
    prior: FloatArray,
    turns: int = TURNS,
    close: float = CLOSE,
) -> FloatArray:
    """Return the shares of each cell that make its probabilities most likely.

    `cells` is the cell of each row, in rising order from 0 without a gap; `prior` the shares for
    which the probabilities are calibrated, one set or one a cell; `weights` what each row counts.
    Ends when no share moves by more than `close` in a turn, or after `turns`.

    *Shapes:* (rows, labels), (rows,), (rows,), (labels,) or (cells, labels) -> (cells, labels).
    """
    starts = np.flatnonzero(np.diff(cells, prepend=-1))
    whole = np.add.reduceat(weights, starts)
    prior = np.broadcast_to(prior, (len(starts), probabilities.shape[1]))
    shares = prior.copy()
    sizes = np.diff(np.append(starts, len(cells)))
    left = np.arange(len(starts))
    rows, row_weights = probabilities, weights
    for _ in range(turns):
        ratios = np.repeat(shares[left] / prior[left], sizes[left], axis=0)
        own = adapted(rows, ratios) * row_weights[:, None]
        begins = np.append(0, np.cumsum(sizes[left])[:-1])
        new = np.add.reduceat(own, begins, axis=0) / whole[left, None]
        moving = np.abs(new - shares[left]).max(axis=1) > close
        shares[left] = new
        if not moving.any():
            break
        if not moving.all():
            kept = np.repeat(moving, sizes[left])
            rows, row_weights, left = rows[kept], row_weights[kept], left[moving]
    return shares
