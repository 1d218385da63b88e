"""All estimates of a table of scores, one row each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stancekit.labels.errors import InputError
from stancekit.models.held_out import HeldOut, HeldOutTask
from stancekit.serving.estimates.cells import Cells, cells_of
from stancekit.serving.estimates.clusters import blocks_of
from stancekit.serving.estimates.methods import Known, Scored, adjusted, count, em, sample
from stancekit.serving.estimates.own_labels import OwnLabels
from stancekit.serving.estimates.shares import Quantities
from stancekit.serving.score_table import ScoreTable

__all__ = ["METHODS", "NET", "UNITS", "Estimate", "estimate", "estimate_cells"]

NET = "net"
METHODS = ("count", "adjusted", "em", "sample")
UNITS = ("sentence", "document")


@dataclass(frozen=True)
class Estimate:
    """A share of a label in [0, 1], or the net value of a task in [-1, 1], with its 95 % interval.

    `quantity` is a label of the task, or `net`. `group` has the value of each column that was
    grouped by, `period` the day, month, quarter or year, "" for all time. `unit` is `sentence`, or
    `document` where every document counts the same. `sentences` and `documents` count what was
    scored. What cannot be estimated is NaN, and `note` says why.
    """

    task: str
    quantity: str
    group: tuple[str, ...]
    period: str
    unit: str
    method: str
    value: float
    low: float
    high: float
    sentences: int
    documents: int
    note: str = ""


def estimate(
    table: ScoreTable,
    held_out: HeldOut,
    *,
    by: Sequence[str] = (),
    over: str | None = None,
    date_column: str = "date",
    unit: str = "sentence",
    methods: Sequence[str],
    own: OwnLabels | None = None,
) -> list[Estimate]:
    """Return an estimate for every task, label, group, period and method.

    Documents are taken for a sample of those that could have been scored, as far as intervals are
    concerned. `adjusted` and `em` take it that the model errs on a sentence of a given true label
    as it did on the held-out sentences, however many there are of each label: where texts are of
    another kind this does not hold, and nothing here can tell. `sample` takes nothing for granted
    but the probabilities with which the sentences were drawn.

    Raises InputError for an unknown column, method, unit or period, and if `sample` is asked for
    without `own` labels.
    """
    return estimate_cells(
        table,
        cells_of(table, by, over, date_column),
        held_out,
        unit=unit,
        methods=methods,
        own=own,
    )


def estimate_cells(
    table: ScoreTable,
    cells: Cells,
    held_out: HeldOut,
    *,
    unit: str,
    methods: Sequence[str],
    own: OwnLabels | None = None,
) -> list[Estimate]:
    """Return the estimates of cells that were made already; see `estimate`."""
    for given, choices in ((unit, UNITS), *((method, METHODS) for method in methods)):
        if given not in choices:
            raise InputError(f"'{given}': expected one of {', '.join(choices)}")
    blocks = blocks_of(cells.codes, table.documents, len(cells.keys))
    rows: list[Estimate] = []
    for task in table.codebook.tasks:
        scored = Scored.of(table, task, blocks, unit)
        known = held_out.tasks[task.name]
        for method in methods:
            found = _estimated(scored, method, known, own, len(table))
            rows += _rows(scored, cells, method, unit, found)
    return rows


def _estimated(
    scored: Scored, method: str, known: HeldOutTask, own: OwnLabels | None, rows: int
) -> Quantities:
    if method == "count":
        return count(scored)
    if method == "adjusted":
        return adjusted(scored, Known.of(known))
    if method == "em":
        return em(scored, Known.of(known))
    if own is None:
        raise InputError("'sample' needs labels of your own (--labels)")
    gold, drawn = np.full(rows, -1), np.ones(rows)
    gold[own.rows], drawn[own.rows] = own.gold[scored.task.name], own.probabilities
    order = scored.blocks.order
    return sample(scored, gold[order], drawn[order])


def _rows(
    scored: Scored, cells: Cells, method: str, unit: str, found: Quantities
) -> list[Estimate]:
    names = list(scored.task.label_names) + ([NET] if scored.values is not None else [])
    sentences, documents = scored.blocks.sentences.tolist(), scored.blocks.documents.tolist()
    value, low, high = found.value.tolist(), found.low.tolist(), found.high.tolist()
    return [
        Estimate(
            task=scored.task.name,
            quantity=name,
            group=key.group,
            period=key.period,
            unit=unit,
            method=method,
            value=value[cell][place],
            low=low[cell][place],
            high=high[cell][place],
            sentences=sentences[cell],
            documents=documents[cell],
            note=found.notes[cell],
        )
        for cell, key in enumerate(cells.keys)
        for place, name in enumerate(names)
    ]
