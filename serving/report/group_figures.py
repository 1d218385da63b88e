"""The charts of groups, such as outlets: net values and shares, the largest groups only."""

import math
from collections.abc import Sequence

from stancekit.labels.codebook import Task
from stancekit.serving.estimates import NET, Estimate
from stancekit.serving.report.colours import token
from stancekit.serving.report.comparisons import FEW
from stancekit.serving.report.contents import ADJUSTED, PLAIN, Contents, largest_groups
from stancekit.serving.report.figure import (
    NARROW,
    WIDE,
    Figure,
    adjusted_or_counted,
    around,
    file_name,
    grid_of,
    only,
)
from stancekit.serving.report.interval_chart import Block, Row, interval_chart
from stancekit.serving.report.panel_chart import Panel, panel_chart
from stancekit.serving.report.summary import poles
from stancekit.serving.report.wording import based, count, group_name

__all__ = ["group_figures"]


def group_figures(
    contents: Contents, task: Task, column: str, estimates: Sequence[Estimate]
) -> list[Figure]:
    """Return the charts of one task by the values of `column`; none if there is only one."""
    own = adjusted_or_counted(only(estimates, task))
    groups = {one.group[0] for one in own}
    if len(groups) < 2:
        return []
    lead = NET if any(one.quantity == NET for one in own) else task.label_names[0]
    shown = _sorted(largest_groups(own), only(own, task, lead))
    own = tuple(one for one in own if one.group[0] in shown)
    parts = ["A line is the 95\u00a0% interval; the dashed one is the value of all together."]
    if len(groups) > len(shown):
        larger = f"the {len(shown)} with the most sentences of {count(len(groups), 'group')}"
        parts.append(f"Shown are {larger}; the CSV has all.")
    if any(one.method == PLAIN for one in own):
        parts.append("Open diamonds are plain counts, where too little is known to adjust them.")
    if any(one.sentences < FEW for one in own):
        parts.append(f"Grey: fewer than {FEW} sentences.")
    made = []
    if lead == NET:
        made.append(_net(contents, task, column, shown, only(own, task, NET), " ".join(parts)))
    made.append(_labels(contents, task, column, shown, own, " ".join(parts)))
    return made


def _sorted(groups: Sequence[str], lead: Sequence[Estimate]) -> list[str]:
    """Return groups by falling value, those that could not be adjusted last, equals by name."""
    values = {
        one.group[0]: (one.method == PLAIN, -one.value if math.isfinite(one.value) else 2.0)
        for one in lead
    }
    return sorted(groups, key=lambda name: (values.get(name, (True, 2.0)), name))


def _net(
    contents: Contents,
    task: Task,
    column: str,
    shown: Sequence[str],
    own: Sequence[Estimate],
    note: str,
) -> Figure:
    found = {one.group[0]: one for one in own}
    rows = tuple(_row(found[name], "ink") for name in shown if name in found)
    of_all = contents.of(task.name, ADJUSTED).get(NET)
    title = f"Net value by {column}"
    low, high = around(own)
    wide, narrow = (
        interval_chart(
            [Block("", "ink", rows)],
            low,
            high,
            width,
            f"{title}, the highest first: {', '.join(row.name for row in rows)}",
            reference=of_all.value if of_all else None,
            ends=poles(task),
        )
        for width in (WIDE, NARROW)
    )
    stem = file_name(column)
    return Figure(f"{task.name}_net_by_{stem}", title, note, wide, narrow, None, f"by_{stem}.csv")


def _labels(
    contents: Contents,
    task: Task,
    column: str,
    shown: Sequence[str],
    own: Sequence[Estimate],
    note: str,
) -> Figure:
    of_all = contents.of(task.name, ADJUSTED)
    names = {name: group_name((name,)) for name in shown}
    panels = [
        Panel(
            label.display,
            token(task, label.name),
            {
                names[one.group[0]]: _row(one, token(task, label.name), label.display)
                for one in only(own, task, label.name)
            },
            of_all[label.name].value if label.name in of_all else None,
        )
        for label in task.labels
    ]
    title = f"Shares by {column}"
    low, high = around([one for one in own if one.quantity != NET])
    said = list(names.values())
    seen = f"{title}, {len(said)} groups; the table has the figures"
    return Figure(
        name=f"{task.name}_shares_by_{file_name(column)}",
        title=title,
        note=note,
        wide=panel_chart(said, panels, low, high, WIDE, seen),
        narrow=panel_chart(said, panels, low, high, NARROW, seen),
        grid=grid_of(task, own, column, names, lambda one: one.group[0]),
        table=f"by_{file_name(column)}.csv",
    )


def _row(one: Estimate, colour: str, label: str = "") -> Row:
    name = group_name(one.group)
    colour = colour if one.sentences >= FEW else "faint"
    said = f"{name}, {label}" if label else name
    shape, adjusted = ("diamond", False) if one.method == PLAIN else ("circle", True)
    return Row(name, one, colour, shape, adjusted, f"{said}: {based(one)}")
