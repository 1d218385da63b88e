"""Which sentences belong together: those of one group and one period."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stancekit.labels.errors import InputError
from stancekit.models.predictor import IntArray
from stancekit.serving.estimates.periods import check_span, period
from stancekit.serving.score_table import ScoreTable, crossed

__all__ = ["Cell", "Cells", "cells_of"]


@dataclass(frozen=True)
class Cell:
    """The value of each column that was grouped by ("" where there is none), and the period."""

    group: tuple[str, ...]
    period: str


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells in order, the position of each row's cell, -1 for a row without a period.

    `undated` counts documents whose date says no period. *Shape:* (rows,).
    """

    keys: list[Cell]
    codes: IntArray
    undated: int


def cells_of(table: ScoreTable, by: Sequence[str], over: str | None, date_column: str) -> Cells:
    """Return the cells that the columns `by` and the periods of `date_column` make.

    Raises InputError for a column that the scores do not have, for a column given twice, and if no
    row has a period.
    """
    if len(set(by)) < len(by):
        raise InputError(f"--by: column '{max(by, key=list(by).count)}' is given more than once")
    columns = [_codes(table.column(name)) for name in by]
    if over is not None:
        check_span(over)
        columns.append(_periods(table.column(date_column), over))
    kept = np.ones(len(table), dtype=bool)
    if over is not None:
        codes, names = columns[-1]
        kept = np.array([name != "" for name in names])[codes]
        if not kept.any():
            raise InputError(
                f"column '{date_column}' has no ISO date (such as 2024-03-11) that says its {over}"
            )
    joined = np.zeros(len(table), dtype=np.int64)
    for codes, _ in columns:
        joined = crossed(joined, codes)
    _, first, inverse = np.unique(joined[kept], return_index=True, return_inverse=True)
    result = np.full(len(table), -1)
    result[kept] = inverse
    keys = [_key(row, columns, over) for row in np.flatnonzero(kept)[first].tolist()]
    undated = len(np.unique(table.documents[~kept]))
    return Cells(keys, result, undated)


def _codes(column: pa.ChunkedArray) -> tuple[IntArray, list[str]]:
    """Return the position of each value among the sorted different ones, and these."""
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    names = [value or "" for value in encoded.dictionary.to_pylist()]
    return _sorted(encoded.indices.to_numpy(zero_copy_only=False), names)


def _periods(column: pa.ChunkedArray, over: str) -> tuple[IntArray, list[str]]:
    codes, names = _codes(column)
    return _sorted(codes, [period(name, over) for name in names])


def _sorted(codes: IntArray, names: list[str]) -> tuple[IntArray, list[str]]:
    unique = sorted(set(names))
    place = {name: index for index, name in enumerate(unique)}
    return np.array([place[name] for name in names], dtype=np.int64)[codes], unique


def _key(row: int, columns: Sequence[tuple[IntArray, list[str]]], over: str | None) -> Cell:
    parts = [names[codes[row]] for codes, names in columns]
    return Cell(tuple(parts), "") if over is None else Cell(tuple(parts[:-1]), parts[-1])
