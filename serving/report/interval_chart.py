"""Values as marks with whiskers, one below the other, with their figures at the right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stancekit.serving.estimates import NET, Estimate
from stancekit.serving.report.drawing import Drawing, Line, Mark, Text, cut, text_width
from stancekit.serving.report.scales import Scale
from stancekit.serving.report.wording import interval, net, share

__all__ = ["NARROW", "Block", "Row", "interval_chart", "reference_line", "value_axis", "whisker"]

NARROW = 480
"""Below so many pixels a name stands above what it names, not beside it."""

_LINE, _ABOVE, _GAP, _FOOT = 22, 18, 10, 24
_SIZE, _SMALL = 12.5, 11.0


@dataclass(frozen=True)
class Row:
    """One value: what it is called, how it is marked, and what its mark tells.

    A row that is not `strong` is there for comparison, and drawn more quietly.
    """

    name: str
    estimate: Estimate
    colour: str
    shape: str = "circle"
    strong: bool = True
    note: str = ""


@dataclass(frozen=True)
class Block:
    """Rows that belong together; where `title` is not empty, it stands before the first."""

    title: str
    colour: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class _Columns:
    """Where names begin, the plot begins and ends, and values end; what stands in lines above."""

    name: float
    left: float
    right: float
    value: float
    title_above: bool
    name_above: bool


def interval_chart(
    blocks: Sequence[Block],
    low: float,
    high: float,
    width: float,
    described: str,
    *,
    reference: float | None = None,
    ends: tuple[str, str] = ("", ""),
) -> Drawing:
    """Return the chart; values lie from `low` to `high`.

    `reference` is drawn as a line through all rows; `ends` say what lies towards the left and the
    right end. Where names stand above their rows, there is one block without a title.
    """
    columns = _columns(blocks, width)
    scale = Scale(low, high, columns.left, columns.right)
    top = 22.0 if any(ends) else 4.0
    drawing = Drawing(width, top + _height(blocks, columns) + _FOOT, described)
    is_net = blocks[0].rows[0].estimate.quantity == NET
    stretches = _stretches(blocks, columns, top)
    value_axis(drawing, scale, is_net, stretches)
    _ends(drawing, scale, ends)
    if reference is not None:
        reference_line(drawing, scale, reference, stretches)
    y = top
    for block in blocks:
        if block.title:
            drawing.add(Mark("square", (5, y + _LINE / 2), 5, block.colour))
            room = (width if columns.title_above else columns.name) - 22
            drawing.add(_title(block.title, 16, y + _LINE / 2 + 4.5, room))
            y += _ABOVE if columns.title_above else 0
        for row in block.rows:
            y = _row(drawing, row, scale, columns, y)
        y += _GAP if block.title else 0
    return drawing


def value_axis(
    drawing: Drawing,
    scale: Scale,
    is_net: bool,
    stretches: Sequence[tuple[float, float]],
    most: int = 0,
) -> None:
    """Draw the lines of round values over `stretches` of y, and their names below the last one."""
    say = net if is_net else share
    most = most or max(2, int((scale.end - scale.start) / (52 if is_net else 44)))
    for value in scale.ticks(most):
        x = scale(value)
        for top, bottom in stretches:
            drawing.add(Line((x, top), (x, bottom), "rule" if value else "faint"))
        drawing.add(Text((x, stretches[-1][1] + 15), say(value), _SMALL, "soft", "middle"))


def reference_line(
    drawing: Drawing, scale: Scale, value: float, stretches: Sequence[tuple[float, float]]
) -> None:
    """Draw a dashed line at `value`, if it is one."""
    if math.isfinite(value):
        for top, bottom in stretches:
            drawing.add(Line((scale(value), top), (scale(value), bottom), "soft", 1.2, (4, 3)))


def _columns(blocks: Sequence[Block], width: float) -> _Columns:
    rows = [row for block in blocks for row in block.rows]
    is_narrow = width < NARROW
    titles = max(text_width(block.title, _SIZE, bold=True) for block in blocks)
    names = max(text_width(row.name, _SIZE) for row in rows)
    title_above = bool(titles) and is_narrow
    name = 0.0 if title_above or not titles else min(titles + 34, 0.28 * width)
    name_above = is_narrow and names > 0.27 * width
    left = name if name_above else name + min(names + 12, 0.36 * width)
    brackets = max(text_width(interval(row.estimate), _SMALL) for row in rows)
    value = width - brackets - 6
    return _Columns(name, max(left + 6, 18.0), value - 56, value, title_above, name_above)


def _height(blocks: Sequence[Block], columns: _Columns) -> float:
    return _stretches(blocks, columns, 0)[-1][1] + (_GAP if blocks[-1].title else 0)


def _stretches(blocks: Sequence[Block], columns: _Columns, top: float) -> list[tuple[float, float]]:
    """Return from where to where lines of values are drawn: not through names that stand above."""
    found: list[tuple[float, float]] = []
    y = top
    for block in blocks:
        y += _ABOVE if block.title and columns.title_above else 0
        start = y
        for _ in block.rows:
            if columns.name_above:
                y += _ABOVE
                found.append((y, y + _LINE))
            y += _LINE
        if not columns.name_above:
            found.append((start, y))
        y += _GAP if block.title else 0
    if columns.title_above or columns.name_above:
        return found
    return [(top, found[-1][1])]


def _ends(drawing: Drawing, scale: Scale, ends: tuple[str, str]) -> None:
    half = (scale.end - scale.start) / 2
    if ends[0]:
        words = cut(f"← {ends[0]}", _SMALL, half)
        drawing.add(Text((scale.start, 12), words, _SMALL, "soft"))
    if ends[1]:
        words = cut(f"{ends[1]} →", _SMALL, half)
        drawing.add(Text((scale.end, 12), words, _SMALL, "soft", "end"))


def _title(words: str, x: float, y: float, room: float) -> Text:
    return Text((x, y), cut(words, _SIZE * 1.09, room), _SIZE, bold=True)


def _row(drawing: Drawing, row: Row, scale: Scale, columns: _Columns, y: float) -> float:
    """Draw a row from `y` on and return where the next one begins."""
    ink = "ink" if row.strong else "soft"
    if columns.name_above:
        words = cut(row.name, _SIZE, columns.value - columns.name)
        drawing.add(Text((columns.name, y + 15), words, _SIZE, ink))
        y += _ABOVE
    middle = y + _LINE / 2
    if not columns.name_above:
        words = cut(row.name, _SIZE, columns.left - columns.name - 12)
        drawing.add(Text((columns.name, middle + 4.5), words, _SIZE, ink))
    given, say = row.estimate, net if row.estimate.quantity == NET else share
    whisker(drawing, scale, row, middle)
    value = Text((columns.value - 6, middle + 4.5), say(given.value), _SIZE, ink, "end", row.strong)
    drawing.add(value)
    drawing.add(Text((columns.value, middle + 4.5), interval(given), _SMALL, "soft"))
    return y + _LINE


def whisker(drawing: Drawing, scale: Scale, row: Row, middle: float) -> None:
    """Draw the interval and the mark of a row at the height `middle`; nothing if it has none."""
    given = row.estimate
    if math.isfinite(given.low) and math.isfinite(given.high):
        ends = (scale(given.low), middle), (scale(given.high), middle)
        drawing.add(Line(*ends, row.colour, 2.2 if row.strong else 1.4))
    if math.isfinite(given.value):
        at, radius = (scale(given.value), middle), 4.6 if row.strong else 3.6
        drawing.add(Mark(row.shape, at, radius, row.colour, row.strong, row.note))
