"""A chart of a report, in a wide and a narrow drawing, with its figures as a table."""

import math
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stancekit.labels.codebook import Task
from stancekit.serving.estimates import NET, Estimate
from stancekit.serving.report.contents import ADJUSTED, PLAIN
from stancekit.serving.report.drawing import Drawing
from stancekit.serving.report.scales import bounds
from stancekit.serving.report.wording import display, told

__all__ = [
    "NARROW",
    "WIDE",
    "Figure",
    "Grid",
    "Key",
    "adjusted_or_counted",
    "around",
    "file_name",
    "grid_of",
    "only",
]

WIDE = 680.0
NARROW = 336.0
"""Pixels of a drawing for a screen or a printed page, and of one for a phone."""

Key = Callable[[Estimate], str]


@dataclass(frozen=True)
class Grid:
    """A table: the names of its columns, then rows of as many cells."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Figure:
    """A chart, under the `name` that its files have, of figures that are in the file `table`.

    `grid` has them as the page shows them, or is None where that would be too long.
    """

    name: str
    title: str
    note: str
    wide: Drawing
    narrow: Drawing
    grid: Grid | None
    table: str


def file_name(column: str) -> str:
    """Return what a column is called in the names of files: letters, digits and underscores."""
    plain = re.sub(r"[^A-Za-z0-9]+", "_", column).strip("_")
    return plain if plain == column else f"{plain}_{zlib.crc32(column.encode()):08x}".lstrip("_")


def only(
    estimates: Sequence[Estimate], task: Task, quantity: str = "", method: str = ""
) -> tuple[Estimate, ...]:
    """Return the estimates of a task, and of one quantity and one method where they are named."""
    return tuple(
        own
        for own in estimates
        if own.task == task.name and quantity in ("", own.quantity) and method in ("", own.method)
    )


def adjusted_or_counted(estimates: Sequence[Estimate]) -> tuple[Estimate, ...]:
    """Return the adjusted estimates, plain counts in place of those that could not be made."""
    plain = {(o.quantity, o.group, o.period): o for o in estimates if o.method == PLAIN}
    return tuple(
        own if math.isfinite(own.value) else plain[own.quantity, own.group, own.period]
        for own in estimates
        if own.method == ADJUSTED
    )


def around(estimates: Sequence[Estimate], most: int = 6) -> tuple[float, float]:
    """Return round bounds that hold all values and intervals, of shares or of net values."""
    values = [value for own in estimates for value in (own.value, own.low, own.high)]
    return bounds(values, -1.0 if any(own.quantity == NET for own in estimates) else 0.0, most)


def grid_of(
    task: Task, estimates: Sequence[Estimate], corner: str, names: Mapping[str, str], key: Key
) -> Grid:
    """Return a row for each of `names` with value and interval of each quantity.

    `names` are what `key` gives of an estimate and how it is said.
    """
    quantities = [*task.label_names, NET]
    found = {(one.quantity, key(one)): one for one in estimates}
    quantities = [name for name in quantities if any(name == of for of, _ in found)]
    rows = []
    for value, said in names.items():
        own = {name: found[name, value] for name in quantities if (name, value) in found}
        if own:
            first = next(iter(own.values()))
            cells = [told(own[name]) if name in own else "" for name in quantities]
            rows.append((said, *cells, f"{first.sentences:,}", f"{first.documents:,}"))
    head = (corner, *(display(task, name) for name in quantities), "sentences", "documents")
    return Grid(head, tuple(rows))
