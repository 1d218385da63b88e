"""The net value of a task: what speaks for it minus what speaks against it, over both together."""

import numpy as np

from stancekit.labels.codebook import Task
from stancekit.models.predictor import FloatArray
from stancekit.serving.estimates.intervals import t_quantile, wilson, within_quadratic

__all__ = ["label_values", "net_interval", "net_value", "net_wilson"]


def label_values(task: Task) -> FloatArray | None:
    """Return the value of each label, or None if not both signs occur: then there is no net."""
    values = np.array([label.value for label in task.labels], dtype=np.float64)
    return values if values.min() < 0 < values.max() else None


def net_value(values: FloatArray, shares: FloatArray) -> FloatArray:
    """Return the net value in [-1, 1], NaN where no share has a value.

    *Shapes:* (labels,), (cells, labels) -> (cells,).
    """
    both = shares @ np.abs(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: FloatArray = np.where(both > 1e-12, shares @ values / both, np.nan)
    return found


def net_interval(
    values: FloatArray, shares: FloatArray, covariance: FloatArray, degrees: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the 95 % interval of the net value (Fieller, 1954), within [-1, 1].

    A value r is in it if difference - r * sum is not farther from 0 than its standard error allows;
    where the sum may be 0 nothing is excluded. *Shapes:* (labels,), (cells, labels), (cells,
    labels, labels), (cells,) -> (cells,) each.
    """
    sizes = np.abs(values)
    top, both = shares @ values, shares @ sizes
    square = t_quantile(degrees) ** 2
    a = both**2 - square * np.einsum("i,cij,j->c", sizes, covariance, sizes)
    b = top * both - square * np.einsum("i,cij,j->c", values, covariance, sizes)
    c = top**2 - square * np.einsum("i,cij,j->c", values, covariance, values)
    low, high = within_quadratic(a, b, c)
    known = ~np.isnan(square) & ~np.isnan(a)
    low, high = np.where(known & (a <= 0), -1, low), np.where(known & (a <= 0), 1, high)
    return np.clip(low, -1, 1), np.clip(high, -1, 1)


def net_wilson(
    values: FloatArray,
    shares: FloatArray,
    covariance: FloatArray,
    fewest: FloatArray,
    degrees: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return the 95 % interval of the net value of shares that are means, within [-1, 1].

    It is twice the share that speaks for it among what speaks at all, less 1: an interval of a
    share then, with the variance of a ratio. Shapes as in `net_interval`; `fewest` (cells,).
    """
    net, both = net_value(values, shares), shares @ np.abs(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        slopes = (values - net[:, None] * np.abs(values)) / (2 * both[:, None])
    variance = np.einsum("ci,cij,cj->c", slopes, covariance, slopes)
    low, high = wilson((net + 1) / 2, variance, fewest * both, degrees)
    return np.clip(2 * low - 1, -1, 1), np.clip(2 * high - 1, -1, 1)
