"""From means, their covariance and degrees of freedom to shares, net value and intervals."""

from dataclasses import dataclass

import numpy as np

from stancekit.models.predictor import FloatArray
from stancekit.serving.estimates.adjusted import Corrected, nearest_shares, share_intervals
from stancekit.serving.estimates.clusters import Means
from stancekit.serving.estimates.intervals import wilson
from stancekit.serving.estimates.net import net_interval, net_value, net_wilson

__all__ = ["Quantities", "of_corrected", "of_means"]

NO_NET = "no share with a value, so no net value"
OUTSIDE = "outside of what is possible by more than chance: the errors may be others here"


@dataclass(frozen=True, eq=False)
class Quantities:
    """The value and 95 % interval of each label and then of the net value, if there is one.

    `notes` says what is wrong with those of a cell, "" if nothing is.
    *Shapes:* (cells, quantities) each, (cells,).
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray
    notes: list[str]


def of_means(
    means: Means, fewest: FloatArray, degrees: FloatArray, values: FloatArray | None
) -> Quantities:
    """Return shares that are means as they stand; `fewest` is what a sample without spread counts.

    *Shapes:* `fewest` and `degrees` (cells,); `values` of the labels (labels,), None without net.
    """
    shares = means.value
    variances = np.diagonal(means.covariance, axis1=1, axis2=2)
    low, high = wilson(shares, variances, fewest[:, None], degrees[:, None])
    low, high = np.clip(low, 0, 1), np.clip(high, 0, 1)
    notes = [""] * len(shares)
    if values is None:
        return Quantities(shares, low, high, notes)
    net = net_value(values, shares)
    bounds = net_wilson(values, shares, means.covariance, fewest, degrees)
    return _with_net(Quantities(shares, low, high, notes), net, bounds)


def of_corrected(found: Corrected, values: FloatArray | None) -> Quantities:
    """Return shares that were solved for, the nearest possible ones; see `of_means`.

    Where a label is farther outside of [0, 1] than chance explains, the cell has a note, and the
    interval is that of a share at the bound.
    """
    shares = nearest_shares(found.shares)
    low, high = share_intervals(found)
    outside = (high < 0) | (low > 1)
    if outside.any():
        bounded = Corrected(shares, found.corpus, found.held_out, found.documents, found.errors)
        at_bound = share_intervals(bounded)
        low, high = np.where(outside, at_bound[0], low), np.where(outside, at_bound[1], high)
    # Where the rates hardly tell a label from others, its interval has no end.
    shares = np.where(np.isnan(low).any(axis=1, keepdims=True), np.nan, shares)
    low = np.minimum(np.clip(low, 0, 1), shares)
    high = np.maximum(np.clip(high, 0, 1), shares)
    notes = [OUTSIDE if any(own) else "" for own in outside.tolist()]
    if values is None:
        return Quantities(shares, low, high, notes)
    net = net_value(values, shares)
    contrast = values - np.nan_to_num(net)[:, None] * np.abs(values)
    bounds = net_interval(values, found.shares, found.covariance(), found.degrees(contrast))
    return _with_net(Quantities(shares, low, high, notes), net, bounds)


def _with_net(
    found: Quantities, net: FloatArray, bounds: tuple[FloatArray, FloatArray]
) -> Quantities:
    undefined = np.isnan(net)
    low = np.where(undefined, np.nan, np.fmin(bounds[0], net))
    high = np.where(undefined, np.nan, np.fmax(bounds[1], net))
    low, high = (
        np.where(np.isnan(own), np.nan, bound)
        for own, bound in zip(bounds, (low, high), strict=True)
    )
    missing = (undefined & ~np.isnan(found.value[:, 0])).tolist()
    notes = [
        note or (NO_NET if own else "") for note, own in zip(found.notes, missing, strict=True)
    ]
    return Quantities(
        np.column_stack([found.value, net]),
        np.column_stack([found.low, low]),
        np.column_stack([found.high, high]),
        notes,
    )
