"""What an estimate says, and all estimates of a table of scores."""

from collections.abc import Sequence
from dataclasses import dataclass

from stancekit.serving.score_table import ScoreTable

__all__ = ["METHODS", "NET", "UNITS", "Estimate", "estimate"]

NET = "net"
METHODS = ("count", "adjusted", "em", "sample")
UNITS = ("sentence", "document")


@dataclass(frozen=True)
class Estimate:
    """A share of a label in [0, 1], or the net value of a task in [-1, 1], with its 95 % interval.

    `quantity` is a label of the task, or `net`. `group` has the value of each column that was
    grouped by, `period` the day, month, quarter or year, "" for all time. `unit` is `sentence`, or
    `document` where every document counts the same. What cannot be estimated is NaN, and `note`
    says why.
    """

    task: str
    quantity: str
    group: tuple[str, ...]
    period: str
    unit: str
    method: str
    value: float
    low: float
    high: float
    sentences: int
    documents: int
    note: str = ""


def estimate(
    table: ScoreTable,
    held_out: object,
    *,
    by: Sequence[str] = (),
    over: str | None = None,
    date_column: str = "date",
    unit: str = "sentence",
    methods: Sequence[str],
    own: object = None,
    seed: int = 0,
) -> list[Estimate]:
    """Return the estimates of every task, quantity, group, period and method."""
    raise NotImplementedError
