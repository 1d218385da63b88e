"""What the estimates say, in plain words, and no more than their intervals support."""

import math
from collections.abc import Sequence
from statistics import NormalDist

from stancekit.labels.codebook import Task
from stancekit.serving.estimates import NET, Estimate
from stancekit.serving.report.contents import ADJUSTED, PLAIN, Contents, largest_groups
from stancekit.serving.report.time_chart import FEW
from stancekit.serving.report.wording import (
    display,
    group_name,
    listed,
    net,
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
    found = contents.of(task.name, contents.best)
    labels = [found[name] for name in task.label_names if name in found and _known(found[name])]
    if not labels:
        return _only_counted(task, contents)
    said = [*_shares(task, labels), *_counted(task, labels, contents.of(task.name, PLAIN))]
    if NET in found and _known(found[NET]):
        said.append(_lean(task, found[NET]))
    said += _over_years(task, contents.years)
    for column, estimates in contents.by.items():
        said += _groups(task, column, estimates)
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
    plain, tried = contents.of(task.name, PLAIN), contents.of(task.name, contents.best)
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


def _over_years(task: Task, years: Sequence[Estimate]) -> list[str]:
    """Compare the first year with the last, which were not chosen by what they show."""
    own = [year for year in years if year.task == task.name and year.sentences >= FEW]
    periods = sorted({year.period for year in own})
    if len(periods) < 2:
        return []
    first, last = (
        {year.quantity: year for year in own if year.period == period and _known(year)}
        for period in (periods[0], periods[-1])
    )
    shared = [name for name in (NET, *task.label_names) if name in first and name in last]
    shared = [NET] if NET in shared else shared
    moved = [name for name in shared if apart(first[name], last[name], len(shared))]
    between = f"From {periods[0]} to {periods[-1]}"
    if not shared:
        return []
    if not moved:
        what = "the net value" if shared == [NET] else "the share of any label"
        return [f"{between} the intervals do not tell a change of {what}."]
    return [f"{between} {listed([_change(task, first[n], last[n]) for n in moved])}."]


def _change(task: Task, first: Estimate, last: Estimate) -> str:
    name = "the net value" if first.quantity == NET else display(task, first.quantity)
    went = "rose" if last.value > first.value else "fell"
    return f"{name} {went} from {told(first)} to {told(last)}"


def _groups(task: Task, column: str, estimates: Sequence[Estimate]) -> list[str]:
    """Tell the ends of the range of groups, if they differ though they were picked for it."""
    own = [one for one in estimates if one.task == task.name and one.method == ADJUSTED]
    lead = NET if any(one.quantity == NET for one in own) else task.label_names[0]
    groups, shown = {one.group[0] for one in own}, largest_groups(own)
    known = sorted(
        (
            one
            for one in own
            if one.quantity == lead
            and one.group[0] in shown
            and one.sentences >= FEW
            and _known(one)
        ),
        key=lambda one: one.value,
    )
    if len(known) < 2:
        return []
    low, high = known[0], known[-1]
    among = f"By {column}"
    if len(groups) > len(shown):
        among += f", among the {len(shown)} with the most sentences"
    what = "net value" if lead == NET else f"share of {display(task, lead)}"
    if not apart(low, high, len(known) * (len(known) - 1) // 2):
        return [f"{among}, the intervals do not tell the highest {what} from the lowest."]
    say = net if lead == NET else share
    ends = [f"{say(one.value)} ({group_name(one.group)})" for one in (low, high)]
    return [
        f"{among}, the {what} runs from {' to '.join(ends)}.",
        f"These two differ, also if one allows for their being picked from {len(known):,}.",
    ]
