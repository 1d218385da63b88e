"""95 % intervals of a share: those values that the data do not speak against.

A value t is in the interval if the estimate is not farther from it than a t quantile times the
standard error *under t*. Near 0 and 1 that differs much from an interval around the estimate.
"""

import numpy as np
from scipy.special import stdtrit

from stancekit.models.predictor import FloatArray

__all__ = ["QUANTILE", "t_quantile", "wilson", "within_quadratic"]

QUANTILE = 0.975
_NOTHING = 1e-12
"""Of a variance beside what it could be, and of that: no more than rounding leaves of 0."""


def t_quantile(degrees: FloatArray) -> FloatArray:
    """Return the 97.5th percentile of Student's t; NaN where degrees of freedom are below 1."""
    found: FloatArray = stdtrit(np.where(degrees >= 1, degrees, np.nan), QUANTILE)
    return found


def within_quadratic(a: FloatArray, b: FloatArray, c: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the smallest and largest t with a t^2 - 2 b t + c <= 0; NaN where `a` <= 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.sqrt(np.maximum(b**2 - a * c, 0))
        low, high = (b - root) / a, (b + root) / a
    return np.where(a > 0, low, np.nan), np.where(a > 0, high, np.nan)


def wilson(
    share: FloatArray, variance: FloatArray, fewest: FloatArray, degrees: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return Wilson's interval (1927) of a share in [0, 1] whose variance is that of a design.

    The variance says how many independent sentences the sample is worth (Kish, "Survey Sampling",
    1965); where all documents agree it says nothing, and the sample counts as `fewest`.
    """
    binomial = share * (1 - share)
    told = (binomial > _NOTHING) & (variance > _NOTHING * binomial)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.where(told, binomial / variance, fewest)
    size = np.where(np.isnan(variance), np.nan, size)
    square = t_quantile(degrees) ** 2 / size
    return within_quadratic(1 + square, share + square / 2, share**2)
