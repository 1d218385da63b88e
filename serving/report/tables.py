"""The tables of a report as CSV, every figure in full."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

from stancekit.serving.estimates import Estimate
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


def estimate_tables(contents: Contents) -> dict[str, str]:
    """Return file name -> content of each table of figures; numbers with all their digits."""
    tables = {"shares.csv": _estimates(contents.overall)}
    if contents.over:
        tables["over_time.csv"] = _estimates(contents.over)
    for column, estimates in contents.by.items():
        tables[f"by_{file_name(column)}.csv"] = _estimates(estimates, column)
    if contents.voices:
        tables["by_voice.csv"] = _estimates(contents.voices, "voice")
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
    """Return the sentences that the page quotes, by task and label."""
    names = [field.name for field in fields(Quoted)]
    rows = [
        (task, label, *(getattr(own, name) for name in names))
        for task, labels in telling.items()
        for label, sentences in labels.items()
        for own in sentences
    ]
    return _csv(("task", "label", *names), rows)


def _estimates(estimates: Iterable[Estimate], column: str = "") -> str:
    head = (column, *_FIGURES) if column else _FIGURES
    rows = []
    for own in estimates:
        cells = [getattr(own, name) for name in _FIGURES]
        rows.append([own.group[0], *cells] if column else cells)
    return _csv(head, rows)


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(head)
    writer.writerows(rows)
    return stream.getvalue()
