"""Which two figures a report compares, and by how much they differ: the years, and the groups."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stancekit.labels.codebook import Task
from stancekit.models.held_out import HeldOut
from stancekit.serving.estimates import NET, Estimate
from stancekit.serving.estimates.cells import Cell, cells_of
from stancekit.serving.estimates.differences import Difference, difference
from stancekit.serving.score_table import ScoreTable

__all__ = ["FEW", "Compared", "change", "ends", "share_documents"]

FEW = 30
"""Figures of fewer sentences are shown in grey, and not compared."""


@dataclass(frozen=True)
class Compared:
    """Two adjusted estimates of one quantity, and how much more the second is.

    `among` is from how many the two were picked; the interval of the difference allows for it.
    """

    first: Estimate
    second: Estimate
    difference: Difference
    among: int


def change(
    table: ScoreTable,
    held_out: HeldOut,
    task: Task,
    years: Sequence[Estimate],
    date_column: str,
    unit: str,
) -> list[Compared]:
    """Compare the first year with the last, which are not chosen by what they show.

    Compared are net values, or where the task has none the shares of all labels.
    """
    own = _known(task, years)
    periods = sorted({year.period for year in own})
    if len(periods) < 2:
        return []
    first, last = (
        {year.quantity: year for year in own if year.period == period}
        for period in (periods[0], periods[-1])
    )
    quantities = [NET] if any(year.quantity == NET for year in own) else task.label_names
    shared = [name for name in quantities if name in first and name in last]
    cells = Cell((), periods[0]), Cell((), periods[-1])
    return [
        Compared(
            first[name],
            last[name],
            difference(
                table,
                held_out,
                task,
                name,
                cells,
                over="year",
                date_column=date_column,
                unit=unit,
                comparisons=len(shared),
            ),
            len(shared),
        )
        for name in shared
    ]


def ends(
    table: ScoreTable,
    held_out: HeldOut,
    task: Task,
    column: str,
    groups: Sequence[Estimate],
    unit: str,
) -> Compared | None:
    """Compare the lowest of `groups` with the highest, allowing for every pair of them.

    By net value, or by the share of the first label; None where there are no two to compare.
    """
    known = _known(task, groups)
    lead = NET if any(one.quantity == NET for one in known) else task.label_names[0]
    own = [one for one in known if one.quantity == lead]
    own.sort(key=lambda one: (one.value, one.group))
    if len(own) < 2:
        return None
    low, high = own[0], own[-1]
    found = difference(
        table,
        held_out,
        task,
        lead,
        (Cell(low.group, ""), Cell(high.group, "")),
        by=[column],
        unit=unit,
        picked_from=len(own),
    )
    return Compared(low, high, found, len(own))


def share_documents(
    table: ScoreTable, by: Sequence[str], over: str | None, date_column: str
) -> bool:
    """Whether a document has sentences in more than one of the cells that `by` and `over` make.

    Their figures then move together, which a `difference` knows nothing of.
    """
    found = cells_of(table, by, over, date_column)
    kept = found.codes >= 0
    documents = table.documents[kept]
    pairs = np.unique(documents * len(found.keys) + found.codes[kept])
    return len(pairs) > len(np.unique(documents))


def _known(task: Task, estimates: Sequence[Estimate]) -> list[Estimate]:
    return [
        one
        for one in estimates
        if one.task == task.name and one.sentences >= FEW and math.isfinite(one.low + one.high)
    ]
