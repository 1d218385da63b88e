"""How far the adjusted figures of two groups or periods differ, the doubt in common taken out.

What the model's errors are is known from a few held-out sentences, and that doubt is the same for
all groups: it moves their figures together. So two may differ for certain while the intervals of
each overlap widely.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from stancekit.labels.codebook import Task
from stancekit.models.held_out import HeldOut
from stancekit.models.predictor import FloatArray
from stancekit.serving.estimates.adjusted import Corrected, nearest_shares
from stancekit.serving.estimates.cells import Cell, cells_of
from stancekit.serving.estimates.clusters import blocks_of
from stancekit.serving.estimates.estimate import NET
from stancekit.serving.estimates.methods import Known, Scored, adjusted_shares
from stancekit.serving.estimates.net import net_value
from stancekit.serving.score_table import ScoreTable

__all__ = ["Difference", "difference", "difference_of"]

SURE = 3.0
"""Standard errors from 0 that the shares with a value must have for the net value to be linear."""


@dataclass(frozen=True)
class Difference:
    """What an adjusted share in [0, 1], or net value in [-1, 1], is more in one cell than another.

    `value` is the difference of the two as `estimate` gives them, the nearest possible shares; the
    interval is that of the shares solved for, which may lie farther apart, cut to what is possible
    and wide enough to hold the value. NaN where that is not known.
    """

    value: float
    low: float
    high: float

    @property
    def is_certain(self) -> bool:
        """Whether the interval leaves no doubt of the sign."""
        return self.low > 0 or self.high < 0


def difference(
    table: ScoreTable,
    held_out: HeldOut,
    task: Task,
    quantity: str,
    cells: tuple[Cell, Cell],
    *,
    by: Sequence[str] = (),
    over: str | None = None,
    date_column: str = "date",
    unit: str = "sentence",
    comparisons: int = 1,
    picked_from: int = 2,
) -> Difference:
    """Return by how much `quantity` is more in the second cell than in the first.

    `cells` are two of those that `by` and `over` make, of different documents. The interval holds
    with 95 %, for so many `comparisons` at once (Bonferroni), and for all pairs of the cells that
    the two were `picked_from` (Games and Howell, 1976). It takes for granted what `estimate` does
    with `adjusted`, so also that the model errs alike in both cells.

    Raises InputError for an unknown column, and ValueError for a cell that is not there.
    """
    found = cells_of(table, by, over, date_column)
    blocks = blocks_of(found.codes, table.documents, len(found.keys))
    scored = Scored.of(table, task, blocks, unit)
    shares = adjusted_shares(scored, Known.of(held_out.tasks[task.name]))
    pair = (found.keys.index(cells[0]), found.keys.index(cells[1]))
    values = scored.values if quantity == NET else None
    label = 0 if quantity == NET else task.label_names.index(quantity)
    return difference_of(shares, pair, label, values, comparisons, picked_from)


def difference_of(
    shares: Corrected,
    pair: tuple[int, int],
    label: int,
    values: FloatArray | None = None,
    comparisons: int = 1,
    picked_from: int = 2,
) -> Difference:
    """Return the difference of a label's share, or with `values` of the net value, of two cells.

    An error of the rates of gold label g moves a cell by g's share there: what is left of it in the
    difference is that of the difference of the shares. The net value is taken as linear.
    """
    first, second = pair
    value, slopes = _linear(shares, [first, second], label, values)
    near = nearest_shares(shares.shares[[first, second]])
    moved = near[1][:, None] * slopes[1] - near[0][:, None] * slopes[0]
    rates = float(np.einsum("gi,gij,gj->", moved, shares.held_out[first], moved))
    corpus = [
        float(slope @ shares.corpus[cell] @ slope)
        for cell, slope in zip((first, second), slopes, strict=True)
    ]
    variance = rates + sum(corpus)
    spread = [
        (rates, float(shares.errors.degrees)),
        *zip(corpus, shares.documents[[first, second]] - 1, strict=True),
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        degrees = variance**2 / sum(part**2 / free for part, free in spread)
    reach = _quantile(float(degrees), comparisons, picked_from)
    solved, half = float(value[1] - value[0]), reach * float(np.sqrt(variance))
    shown = near[:, label] if values is None else net_value(values, near)
    middle = float(shown[1] - shown[0]) if np.isfinite(solved) else solved
    most = 1.0 if values is None else 2.0
    low = np.minimum(np.clip(solved - half, -most, most), middle)
    high = np.maximum(np.clip(solved + half, -most, most), middle)
    return Difference(middle, float(low), float(high))


def _quantile(degrees: float, comparisons: int, picked_from: int) -> float:
    """Return how many standard errors an interval reaches to each side; NaN below one degree."""
    if not degrees >= 1:
        return float("nan")
    if picked_from == 2:
        return float(stdtrit(degrees, 1 - 0.025 / comparisons))
    from scipy.stats import studentized_range  # noqa: PLC0415  (takes long to import)

    reach = studentized_range.ppf(1 - 0.05 / comparisons, picked_from, degrees)
    return float(reach) / float(np.sqrt(2))


def _linear(
    shares: Corrected, cells: list[int], label: int, values: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Return the value in each cell and how it changes with each share there.

    *Shapes:* (cells,), (cells, labels); NaN where the net value is far from linear.
    """
    own = shares.shares[cells]
    if values is None:
        slopes = np.zeros_like(own)
        slopes[:, label] = 1
        return own[:, label], slopes
    sizes = np.abs(values)
    both = own @ sizes
    covariance = shares.covariance()[cells]
    error = np.sqrt(np.einsum("i,cij,j->c", sizes, covariance, sizes))
    with np.errstate(invalid="ignore", divide="ignore"):
        net = np.where(both > SURE * error, own @ values / both, np.nan)
        return net, (values - net[:, None] * sizes) / both[:, None]
