"""The charts of a report: shares, net values over time, by group and by voice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from stancekit.labels.codebook import Label, Task
from stancekit.serving.estimates import NET, Estimate
from stancekit.serving.report.colours import token
from stancekit.serving.report.comparisons import FEW
from stancekit.serving.report.contents import ADJUSTED, METHODS, PLAIN, Contents
from stancekit.serving.report.figure import (
    NARROW,
    WIDE,
    Figure,
    Key,
    adjusted_or_counted,
    around,
    grid_of,
    only,
)
from stancekit.serving.report.group_figures import group_figures
from stancekit.serving.report.interval_chart import Block, Row, interval_chart
from stancekit.serving.report.periods import place, said
from stancekit.serving.report.summary import poles
from stancekit.serving.report.time_chart import Curve, time_chart
from stancekit.serving.report.wording import METHOD_NAMES, VOICE_NAMES, based, display, told

__all__ = ["figures"]

_TALLEST = 760.0
"""Pixels that curves take together to fit on a printed page, as far as each can be seen then."""
_LOWEST, _HIGHEST = 24.0, 90.0
"""Pixels of a curve."""

_LONGEST_GRID = 130
_SHAPES = {"em": "square", "count": "diamond", "reported": "diamond", "unclear": "square"}
"""Of the marks of a method or voice; others have circles."""


def figures(contents: Contents, task: Task) -> list[Figure]:
    """Return the charts of one task, those that there is something to show for."""
    made = [_shares(contents, task), *_over(contents, task)]
    for column, estimates in contents.by.items():
        made += group_figures(contents, task, column, estimates)
    return [*made, *_voices(contents, task)]


def _shares(contents: Contents, task: Task) -> Figure:
    own = only(contents.overall, task)
    order = dict.fromkeys((contents.best(task.name), *METHODS))
    methods = {name: METHOD_NAMES[name] for name in order}
    return _blocks(
        task,
        own,
        f"{task.name}_shares",
        "Share of each label",
        "A mark is an estimate, its line the 95\u00a0% interval.",
        "shares.csv",
        ("method", methods, lambda one: one.method),
    )


def _voices(contents: Contents, task: Task) -> list[Figure]:
    own = only(contents.voices, task, method=ADJUSTED)
    found = {one.group[0] for one in own}
    voices = {name: shown for name, shown in VOICE_NAMES.items() if name in found}
    if not voices:  # a column of that name which somebody else made
        return []
    figure = _blocks(
        task,
        own,
        f"{task.name}_by_voice",
        "The author\u2019s voice and the voices quoted",
        "Adjusted shares among the sentences in each voice.",
        "by_voice.csv",
        ("voice", voices, lambda one: one.group[0]),
    )
    return [figure]


def _blocks(
    task: Task,
    own: Sequence[Estimate],
    name: str,
    title: str,
    note: str,
    table: str,
    compared: tuple[str, Mapping[str, str], Key],
) -> Figure:
    """Return a block for each label with a row for each of what is compared, by `Key`."""
    corner, names, key = compared
    labels = [one for one in own if one.quantity != NET]
    found = {(one.quantity, key(one)): one for one in labels}
    first = next(value for value in names if any(value == of for _, of in found))
    blocks = [
        Block(label.display, token(task, label.name), _rows(task, label, names, found, first))
        for label in task.labels
    ]
    if any(one.sentences < FEW for one in labels):
        note += f" Grey: fewer than {FEW} sentences."
    seen = "; ".join(
        f"{display(task, one.quantity)} {told(one)}" for one in labels if key(one) == first
    )
    low, high = around(labels)
    return Figure(
        name=name,
        title=title,
        note=note,
        wide=interval_chart(blocks, low, high, WIDE, f"{title}: {seen}"),
        narrow=interval_chart(blocks, low, high, NARROW, f"{title}: {seen}"),
        grid=grid_of(task, own, corner, names, key),
        table=table,
    )


def _rows(
    task: Task,
    label: Label,
    names: Mapping[str, str],
    found: Mapping[tuple[str, str], Estimate],
    first: str,
) -> tuple[Row, ...]:
    """Return a row for each of `names` that has an estimate of the label, the `first` strong."""
    rows = []
    for value, shown in names.items():
        one = found.get((label.name, value))
        if one is not None:
            colour = token(task, label.name) if one.sentences >= FEW else "faint"
            note = f"{label.display}, {shown}: {based(one)}"
            shape = _SHAPES.get(value, "circle")
            rows.append(Row(shown, one, colour, shape, value == first, note))
    return tuple(rows)


def _over(contents: Contents, task: Task) -> list[Figure]:
    own = only(contents.drawn, task)
    periods = sorted({one.period for one in own}, key=place)
    if len(periods) < 2:
        return []
    best = adjusted_or_counted(own)
    note = "The line is adjusted, the band its 95\u00a0% interval, the dotted line the plain count."
    if any(one.sentences < FEW for one in own):
        note += f" Grey marks: fewer than {FEW} sentences."
    if any(one.method == PLAIN for one in best):
        note += " Open diamonds are plain counts, where too little is known to adjust them."
    of = {
        quantity: (only(best, task, quantity), only(own, task, quantity, PLAIN))
        for quantity in dict.fromkeys(one.quantity for one in own)
    }
    made = []
    if NET in of:
        curves = [Curve("", "ink", *of[NET], poles(task))]
        made.append(_timed(task, f"{task.name}_net", "Net value over time", note, curves, 190.0))
    curves = [
        Curve(label.display, token(task, label.name), *of[label.name])
        for label in task.labels
        if label.name in of
    ]
    plot = max(_LOWEST, min(_HIGHEST, _TALLEST / len(curves) - 41))
    made.append(_timed(task, f"{task.name}_shares", "Shares over time", note, curves, plot))
    return made


def _timed(
    task: Task, name: str, title: str, note: str, curves: Sequence[Curve], plot: float
) -> Figure:
    own = [one for curve in curves for one in curve.estimates]
    periods = {one.period: said(one.period) for one in sorted(own, key=lambda o: place(o.period))}
    # Of what rests on little the value has room on the axis, not its whole interval.
    few = [replace(one, low=one.value, high=one.value) for one in own if one.sentences < FEW]
    enough = [one for one in own if one.sentences >= FEW]
    low, high = around([*few, *enough], max(1, int(plot / 28)))
    names = list(periods.values())
    seen = f"{title}, {names[0]} to {names[-1]}"
    grid = grid_of(task, own, "period", periods, lambda one: one.period)
    return Figure(
        name=f"{name}_over_time",
        title=title,
        note=note,
        wide=time_chart(curves, low, high, WIDE, seen, plot),
        narrow=time_chart(curves, low, high, NARROW, seen, plot),
        grid=grid if len(grid.rows) <= _LONGEST_GRID else None,
        table="over_time.csv",
    )
