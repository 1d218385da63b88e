"""Figures as they are said: shares in per cent, net values with their sign, counts, intervals."""

import math
from collections.abc import Sequence

from stancekit.labels.codebook import Task
from stancekit.serving.estimates import NET, Estimate
from stancekit.serving.report.comparisons import Compared

__all__ = [
    "METHOD_NAMES",
    "VOICE_NAMES",
    "based",
    "count",
    "differs",
    "display",
    "group_name",
    "interval",
    "listed",
    "net",
    "quantity_name",
    "share",
    "told",
]

METHOD_NAMES = {"count": "Counted", "adjusted": "Adjusted", "em": "EM", "sample": "Own labels"}
VOICE_NAMES = {"author": "Author", "reported": "Quoted", "unclear": "Unclear"}
_MISSING = "\u2013"


def share(value: float) -> str:
    """Return a share in [0, 1] in per cent; what is neither none nor all never reads as if it were.

    >>> [share(value).replace("\u00a0", " ") for value in (0.243, 0.001, 1.0)]
    ['24 %', '<1 %', '100 %']
    """
    if math.isnan(value):
        return _MISSING
    if 0 < value < 0.005:
        return "<1\u00a0%"
    if 0.995 <= value < 1:
        return ">99\u00a0%"
    return f"{value * 100:.0f}\u00a0%"


def net(value: float) -> str:
    """Return a net value in [-1, 1] with its sign."""
    if math.isnan(value):
        return _MISSING
    said = f"{value:+.2f}".replace("-", "\u2212")
    return "0.00" if said[1:] == "0.00" else said


def interval(estimate: Estimate) -> str:
    """Return the interval in brackets, shares in per cent; nothing where there is none."""
    if math.isnan(estimate.low) or math.isnan(estimate.high):
        return ""
    if estimate.quantity == NET:
        return f"[{net(estimate.low)}, {net(estimate.high)}]"
    return f"[{estimate.low * 100:.0f}, {estimate.high * 100:.0f}]"


def told(estimate: Estimate) -> str:
    """Return value and interval, as `24 % [19, 29]` or `+0.24 [+0.19, +0.29]`."""
    say = net if estimate.quantity == NET else share
    return f"{say(estimate.value)} {interval(estimate)}".strip()


def based(estimate: Estimate) -> str:
    """Return value and interval, and the sentences and documents that they rest on."""
    sentences, documents = estimate.sentences, estimate.documents
    rest = f"{count(sentences, 'sentence')} of {count(documents, 'document')}"
    return f"{told(estimate)}; {rest}"


def quantity_name(task: Task, estimate: Estimate) -> str:
    """Return what a quantity is called within a sentence."""
    if estimate.quantity == NET:
        return "the net value"
    return f"the share of {display(task, estimate.quantity)}"


def differs(compared: Compared) -> str:
    """Return a difference with its interval, of shares in percentage points."""
    own = compared.difference
    if compared.first.quantity == NET:
        return f"{net(own.value)} [{net(own.low)}, {net(own.high)}]"
    value, low, high = (
        f"{part * 100:+.0f}".replace("-", "\u2212") for part in (own.value, own.low, own.high)
    )
    return f"{value} [{low}, {high}] percentage points"


def count(number: int, one: str) -> str:
    """Return a number with what is counted.

    >>> count(1, "sentence"), count(1204, "sentence")
    ('1 sentence', '1,204 sentences')
    """
    return f"{number:,} {one if number == 1 else one + 's'}"


def listed(names: Sequence[str], last: str = "and") -> str:
    """Return names as a sentence lists them."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def display(task: Task, quantity: str) -> str:
    """Return what a quantity is called: the label's display, or `Net`."""
    return "Net" if quantity == NET else task.label(quantity).display


def group_name(group: Sequence[str]) -> str:
    """Return what a group is called; one of documents without a value is `not given`."""
    return ", ".join(value or "not given" for value in group)
