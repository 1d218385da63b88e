"""The tables of a report as CSV, every figure in full."""

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

from stancekit.serving.estimates import Estimate
from stancekit.serving.estimates.files import estimate_rows
from stancekit.serving.report.comparisons import Compared
from stancekit.serving.report.contents import Contents
from stancekit.serving.report.figure import file_name
from stancekit.serving.report.sources import Quoted

__all__ = ["estimate_tables", "telling_table"]

_FIGURES = (
    "task", "quantity", "period", "unit", "method", "value", "low", "high", "sentences",
    "documents", "note",
)  # fmt: skip

_COMPARED = (
    "of", "first", "second", "task", "quantity", "first_value", "second_value", "difference", "low",
    "high", "picked_from",
)  # fmt: skip

_FORMULA = re.compile(r"[\s\x00\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""How cells begin that spreadsheets run, also after white space and as wide East Asian signs."""


def estimate_tables(contents: Contents) -> dict[str, str]:
    """Return file name -> content of each table of figures; numbers with all their digits.

    What is not known is an empty cell. A column to group by that is called like one of ours comes
    out as `estimate` writes it.
    """
    tables = {"shares.csv": _estimates(contents.overall)}
    if contents.over:
        tables["over_time.csv"] = _estimates(contents.over)
    for column, estimates in contents.by.items():
        tables[f"by_{file_name(column)}.csv"] = _estimates(estimates, [column])
    if contents.voices:
        tables["by_voice.csv"] = _estimates(contents.voices, ["voice"])
    compared = [*_changes(contents), *_ends(contents)]
    if compared:
        tables["differences.csv"] = _csv(_COMPARED, compared)
    return tables


def _changes(contents: Contents) -> list[tuple[object, ...]]:
    return [
        ("year", own.first.period, own.second.period, *_difference(own))
        for compared in contents.changes.values()
        for own in compared
    ]


def _ends(contents: Contents) -> list[tuple[object, ...]]:
    return [
        (column, own.first.group[0], own.second.group[0], *_difference(own))
        for (_, column), own in contents.ends.items()
    ]


def _difference(own: Compared) -> tuple[object, ...]:
    found = own.difference
    quantity = (own.first.task, own.first.quantity, own.first.value, own.second.value)
    return (*quantity, found.value, found.low, found.high, own.among)


def telling_table(telling: Mapping[str, Mapping[str, Sequence[Quoted]]]) -> str:
    """Return the sentences that the page quotes, by task and label, as a table to read.

    A text that a spreadsheet would take for a formula has a `'` before it, as in the table that the
    web page of `stancekit serve` gives. Tables of figures are to be joined with the scores: groups
    are called there as the scores call them, as in what `score` and `estimate` write.
    """
    names = [field.name for field in fields(Quoted)]
    rows = [
        [task, label, *(_inert(getattr(own, name)) for name in names)]
        for task, labels in telling.items()
        for label, sentences in labels.items()
        for own in sentences
    ]
    return _csv(("task", "label", *names), rows)


def _inert(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _estimates(estimates: Sequence[Estimate], by: Sequence[str] = ()) -> str:
    rows = estimate_rows(estimates, by)
    groups = [name for name in rows[0] if name not in _FIGURES]
    head = [*groups, *_FIGURES]
    return _csv(head, [[row[name] for name in head] for row in rows])


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return stream.getvalue()


def _cell(value: object) -> object:
    return "" if isinstance(value, float) and math.isnan(value) else value
