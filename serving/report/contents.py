"""What a report is made of: the estimates, what was scored, and the words and dates around it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from stancekit.labels.codebook import Codebook
from stancekit.models.held_out import HeldOut
from stancekit.serving.estimates import Estimate, OwnLabels, estimate
from stancekit.serving.report.comparisons import Compared, change, ends, share_documents
from stancekit.serving.score_table import ScoreTable

__all__ = [
    "ADJUSTED",
    "METHODS",
    "MOST_GROUPS",
    "OWN",
    "PLAIN",
    "Contents",
    "Options",
    "contents",
    "largest_groups",
]

ADJUSTED = "adjusted"
PLAIN = "count"
OWN = "sample"
METHODS = (OWN, ADJUSTED, "em", PLAIN)
"""In the order in which they are shown."""

VOICE = "voice"
MOST_GROUPS = 20
"""Groups that are drawn and spoken of; the tables beside the page have all of them."""

_MOST_PERIODS = 400
_COARSER = {"day": "month", "month": "quarter", "quarter": "year"}


@dataclass(frozen=True)
class Options:
    """What was asked for: columns to group by, the period, and what counts the same."""

    by: tuple[str, ...] = ()
    over: str | None = None
    date_column: str = "date"
    unit: str = "sentence"


@dataclass(frozen=True, eq=False)
class Contents:
    """The estimates of a report.

    `by` has those of each column asked for; `over` those of each period of the length asked for;
    `shown` is the length that is drawn where there would be too many periods, and `drawn` its
    estimates; `voices` are those by voice, empty where voices are unknown. `changes` compares the
    first year with the last by task, `ends` the lowest with the highest group by task and column.
    Neither is there where a document is in several groups of a column, which is among `mixed` then,
    or in several years.
    """

    codebook: Codebook
    options: Options
    overall: tuple[Estimate, ...]
    by: dict[str, tuple[Estimate, ...]] = field(default_factory=dict)
    over: tuple[Estimate, ...] = ()
    shown: str | None = None
    drawn: tuple[Estimate, ...] = ()
    voices: tuple[Estimate, ...] = ()
    changes: dict[str, tuple[Compared, ...]] = field(default_factory=dict)
    ends: dict[tuple[str, str], Compared] = field(default_factory=dict)
    mixed: tuple[str, ...] = ()
    mixed_years: bool = False

    def best(self, task: str) -> str:
        """Return the method that assumes least: own labels where they say something of a task."""
        labelled = self.of(task, OWN).values()
        return OWN if any(math.isfinite(own.value) for own in labelled) else ADJUSTED

    def of(self, task: str, method: str) -> dict[str, Estimate]:
        """Return quantity -> estimate of everything together, by one method."""
        return {
            own.quantity: own for own in self.overall if own.task == task and own.method == method
        }


def contents(
    table: ScoreTable, held_out: HeldOut, options: Options, own: OwnLabels | None = None
) -> Contents:
    """Estimate all that a report shows; `own` labels are for everything together.

    Raises InputError for a column that the scores do not have, and what `estimate` raises.
    """

    def found(
        methods: Sequence[str], by: Sequence[str] = (), over: str | None = None
    ) -> tuple[Estimate, ...]:
        estimates = estimate(
            table,
            held_out,
            by=by,
            over=over,
            date_column=options.date_column,
            unit=options.unit,
            methods=methods,
            own=own,
        )
        return tuple(estimates)

    both = (ADJUSTED, PLAIN)
    over = found(both, over=options.over) if options.over else ()
    shown, drawn = options.over, over
    while shown in _COARSER and len({one.period for one in drawn}) > _MOST_PERIODS:
        shown = _COARSER[shown]
        drawn = found(both, over=shown)
    by = {column: found(both, by=(column,)) for column in options.by}
    made = Contents(
        codebook=table.codebook,
        options=options,
        overall=found([name for name in METHODS if own is not None or name != OWN]),
        by=by,
        over=over,
        shown=shown,
        drawn=drawn,
        voices=found(both, by=(VOICE,)) if VOICE in table.table.column_names else (),
    )
    years = found((ADJUSTED,), over="year") if options.over else ()
    return _compared(made, table, held_out, years)


def _compared(
    made: Contents, table: ScoreTable, held_out: HeldOut, years: Sequence[Estimate]
) -> Contents:
    """Return `made` with what differs between years and between groups."""
    options = made.options
    date = options.date_column
    mixed = [column for column in made.by if share_documents(table, (column,), None, date)]
    mixed_years = bool(years) and share_documents(table, (), "year", date)
    changes, extremes = {}, {}
    for task in table.codebook.tasks:
        if not mixed_years:
            found = change(table, held_out, task, years, date, options.unit)
            changes[task.name] = tuple(found)
        for column, estimates in made.by.items():
            if column in mixed:
                continue
            adjusted = [one for one in estimates if one.method == ADJUSTED]
            largest = set(largest_groups(adjusted))
            shown = [one for one in adjusted if one.group[0] in largest]
            compared = ends(table, held_out, task, column, shown, options.unit)
            if compared is not None:
                extremes[task.name, column] = compared
    return replace(
        made, changes=changes, ends=extremes, mixed=tuple(mixed), mixed_years=mixed_years
    )


def largest_groups(estimates: Sequence[Estimate], most: int = MOST_GROUPS) -> list[str]:
    """Return the `most` groups with the most sentences, the largest first; equals by name."""
    sizes = {own.group[0]: own.sentences for own in estimates}
    return sorted(sizes, key=lambda name: (-sizes[name], name))[:most]
