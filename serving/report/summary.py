"""What the estimates say, in plain words, and no more than their intervals support."""

import math
from collections.abc import Sequence
from statistics import NormalDist

from stancekit.labels.codebook import Task
from stancekit.serving.estimates import NET, Estimate
from stancekit.serving.report.comparisons import Compared
from stancekit.serving.report.contents import MOST_GROUPS, PLAIN, Contents
from stancekit.serving.report.wording import (
    differs,
    display,
    group_name,
    listed,
    net,
    quantity_name,
    share,
    told,
)

__all__ = ["apart", "poles", "summary"]

_NORMAL = NormalDist()


def poles(task: Task) -> tuple[str, str]:
    """Return what the labels below and above zero on the task's scale are called."""
    below = [label.display for label in task.labels if label.value < 0]
    above = [label.display for label in task.labels if label.value > 0]
    return " or ".join(below), " or ".join(above)


def apart(one: Estimate, other: Estimate, comparisons: int = 1) -> bool:
    """Whether two estimates differ by more than their intervals leave open.

    Intervals that do not touch are apart. Where the two were chosen among many, each interval is
    widened first as the number of comparisons asks for (Bonferroni, as if errors were normal).
    """
    factor = _NORMAL.inv_cdf(1 - 0.025 / max(comparisons, 1)) / _NORMAL.inv_cdf(0.975)
    low, high = sorted((one, other), key=lambda own: own.value)
    top = low.value + factor * (low.high - low.value)
    bottom = high.value - factor * (high.value - high.low)
    return top < bottom  # False where one of them is not known


def summary(contents: Contents, task: Task) -> list[str]:
    """Return sentences on one task: its shares, where they lean, over time, and by group."""
    found = contents.of(task.name, contents.best(task.name))
    labels = [found[name] for name in task.label_names if name in found and _known(found[name])]
    if not labels:
        return _only_counted(task, contents)
    said = [*_shares(task, labels), *_counted(task, labels, contents.of(task.name, PLAIN))]
    if NET in found and _known(found[NET]):
        said.append(_lean(task, found[NET]))
    said += _over_years(task, contents.changes.get(task.name, ()))
    for column in contents.by:
        said += _groups(contents, task, column)
    return said


def _known(own: Estimate) -> bool:
    return all(math.isfinite(value) for value in (own.value, own.low, own.high))


def _shares(task: Task, labels: list[Estimate]) -> list[str]:
    labels = sorted(labels, key=lambda own: -own.value)
    parts = [f"{told(own)} {display(task, own.quantity)}" for own in labels]
    parts[0] = f"{told(labels[0])} are {display(task, labels[0].quantity)}"
    whole = "In the average document" if labels[0].unit == "document" else "Of the sentences"
    first = f"{whole}, an estimated {listed(parts)}."
    if len(labels) < 2:
        return [first]
    largest, second = (display(task, own.quantity) for own in labels[:2])
    if all(apart(labels[0], other, len(labels) - 1) for other in labels[1:]):
        return [first, f"{largest} is the most frequent."]
    return [first, f"The intervals leave open whether {largest} or {second} is more frequent."]


def _only_counted(task: Task, contents: Contents) -> list[str]:
    plain, tried = contents.of(task.name, PLAIN), contents.of(task.name, contents.best(task.name))
    parts = [f"{share(plain[name].value)} {display(task, name)}" for name in task.label_names]
    reasons = sorted({own.note for own in tried.values() if own.note})
    because = f" ({'; '.join(reasons)})" if reasons else ""
    return [
        f"Counting predicted labels gives {listed(parts)}.",
        f"These counts are biased, and cannot be corrected here{because}.",
    ]


def _counted(task: Task, labels: list[Estimate], plain: dict[str, Estimate]) -> list[str]:
    """Tell of labels whose plain count lies outside the corrected interval."""
    beside = [
        f"{share(plain[own.quantity].value)} {display(task, own.quantity)}"
        for own in labels
        if own.quantity in plain and not own.low <= plain[own.quantity].value <= own.high
    ]
    if not beside:
        return []
    return [f"Counting predicted labels would give {listed(beside)}, outside the interval."]


def _lean(task: Task, own: Estimate) -> str:
    below, above = poles(task)
    if own.low > 0 or own.high < 0:
        return f"The net value is {told(own)}: it leans towards {above if own.low > 0 else below}."
    return f"The net value is {told(own)}: which way it leans, the interval leaves open."


def _over_years(task: Task, compared: Sequence[Compared]) -> list[str]:
    """Tell what changed from the first year to the last."""
    if not compared:
        return []
    between = f"From {compared[0].first.period} to {compared[0].second.period}"
    moved = [own for own in compared if own.difference.is_certain]
    if moved:
        return [f"{between} {listed([_change(task, own) for own in moved])}."]
    if len(compared) > 1:
        return [f"{between} no share changed by more than the intervals leave open."]
    [own] = compared
    if math.isnan(own.difference.low):
        return []
    name = quantity_name(task, own.first)
    return [f"{between} a change of {name} is not certain: {differs(own)}."]


def _change(task: Task, own: Compared) -> str:
    went = "rose" if own.difference.value > 0 else "fell"
    say = net if own.first.quantity == NET else share
    levels = f"from {say(own.first.value)} to {say(own.second.value)}"
    return f"{quantity_name(task, own.first)} {went} {levels} (a difference of {differs(own)})"


def _groups(contents: Contents, task: Task, column: str) -> list[str]:
    """Tell the ends of the range of groups, if they differ though they were picked for it."""
    own = contents.ends.get((task.name, column))
    if own is None or math.isnan(own.difference.low):
        return []
    among = f"By {column}"
    groups = {one.group for one in contents.by[column]}
    if len(groups) > MOST_GROUPS:
        among += f", among the {MOST_GROUPS} with the most sentences"
    name = quantity_name(task, own.first)
    if not own.difference.is_certain:
        return [f"{among}, no difference in {name} is certain among all that could be picked."]
    say = net if own.first.quantity == NET else share
    low, high = (f"{say(one.value)} ({group_name(one.group)})" for one in (own.first, own.second))
    picked = f"which allows for their being picked from {own.among:,}"
    return [
        f"{among}, {name} runs from {low} to {high}.",
        f"These two differ by {differs(own)}, {picked}.",
    ]
