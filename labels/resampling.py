"""Bootstrap weights and percentile intervals, for agreement and for scores alike.

A bootstrap replicate is a vector of counts: how often each unit was drawn. Statistics that are sums
over units then become one matrix product for all replicates (Efron and Tibshirani, 1993).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["AT_ONCE", "Interval", "bootstrap_weights", "percentile_interval"]

AT_ONCE = 64
"""Replicates that are drawn together, which bounds memory: the stream of numbers is the same."""

FEWEST = 5
"""Smaller strata are drawn as one: a stratum of a single unit would never vary."""


@dataclass(frozen=True)
class Interval:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"

    def signed(self) -> str:
        """Return the interval of a difference, each figure with its sign."""
        value, low, high = (round(own, 2) + 0.0 for own in (self.value, self.low, self.high))
        return f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"  # without -0.00


def bootstrap_weights(
    strata: Sequence[object], replicates: int, seed: int
) -> npt.NDArray[np.uint16]:
    """Return how often each unit is drawn in each replicate.

    `strata` names the stratum of each unit; units are drawn within their stratum, with replacement.
    Strata of fewer than `FEWEST` units count as one.
    *Shape:* (replicates, units); each row sums to the number of units. Two bytes a count: draws of
    one unit are about Poisson with mean 1, so no count comes near what they hold.
    """
    generator = np.random.default_rng(seed)
    names, membership, sizes = np.unique(
        np.asarray([str(s) for s in strata]), return_inverse=True, return_counts=True
    )
    membership = np.where(sizes[membership] < FEWEST, len(names), membership)
    weights = np.zeros((replicates, len(strata)), dtype=np.uint16)
    for stratum in np.unique(membership):
        units = np.flatnonzero(membership == stratum)
        share = np.full(len(units), 1 / len(units))
        for start in range(0, replicates, AT_ONCE):
            rows = slice(start, min(start + AT_ONCE, replicates))
            size = rows.stop - rows.start
            weights[rows, units] = generator.multinomial(len(units), share, size=size)
    return weights


def percentile_interval(value: float, draws: npt.NDArray[np.float64]) -> Interval:
    """Return `value` with the 2.5th and 97.5th percentile of `draws`, without undefined ones."""
    defined = draws[~np.isnan(draws)]
    if not len(defined):
        return Interval(value, float("nan"), float("nan"))
    low, high = np.percentile(defined, [2.5, 97.5])
    return Interval(value, float(low), float(high))
