"""What a comparison of runs shows of one task, as tables of text: nothing here is HTML yet."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan

from stancekit.labels.codebook import Task
from stancekit.labels.resampling import Interval
from stancekit.training.calibration import error_by_chance
from stancekit.training.comparison import REPLICATES, ComparedRun, run_labels
from stancekit.training.contrast import FLIPS, STAYS, contrast_metric
from stancekit.training.groups import LABEL, group_scores
from stancekit.training.judged import (
    Comparison,
    compare_task,
    judged_by,
    label_positions,
    probability_table,
)
from stancekit.training.metrics import confusion_matrix, label_scores

__all__ = [
    "Cell",
    "Row",
    "Table",
    "calibration_table",
    "contrast_table",
    "difference_table",
    "group_table",
    "label_table",
    "score_table",
]

ABSENT = "–"  # noqa: RUF001
MINUS = "−"  # noqa: RUF001
MOST_REFERENCES = 6
"""With more runs than this, each is set against the best and the first one only."""


@dataclass(frozen=True)
class Cell:
    """What is said, a smaller note of one or more lines below it, and a `kind`.

    `kind` is `better` or `worse` where an interval shows a difference, `same` for a run and itself.
    """

    text: str
    note: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Row:
    """One line: its name, a note below the name, its cells; `marked` is the champion's."""

    name: str
    cells: tuple[Cell, ...]
    note: str = ""
    marked: bool = False


@dataclass(frozen=True)
class Table:
    """`head` names the columns after the first, whose name is `corner`."""

    corner: str
    head: tuple[Cell, ...]
    rows: tuple[Row, ...]


def score_table(runs: Sequence[ComparedRun], task: Task) -> Table:
    """Return macro-F1 with its interval, the paired difference to the champion, and on how many."""
    head = (Cell("macro-F1"), Cell("minus the champion's"), Cell("sentences"))

    def cells(run: ComparedRun) -> list[Cell]:
        return [
            _interval(run.macro_f1.get(task.name)),
            Cell("champion") if run.is_champion else _difference(run.differences.get(task.name)),
            Cell(str(len(judged_by(run.judged, task)))),
        ]

    return Table("run", head, _rows(runs, cells))


def difference_table(runs: Sequence[ComparedRun], task: Task, seed: int) -> Table:
    """Return macro-F1 of each run minus that of each other one, paired.

    With more than `MOST_REFERENCES` runs the columns are the best one and the first one.
    """
    labels = run_labels(runs)
    columns = list(range(len(runs)))
    if len(runs) > MOST_REFERENCES:
        scores = [run.macro_f1.get(task.name) for run in runs]
        best = max(columns, key=lambda n: score.value if (score := scores[n]) else -1.0)
        columns = list(dict.fromkeys([best, 0]))

    def cells(run: ComparedRun) -> list[Cell]:
        return [
            Cell("·", kind="same")
            if runs[n] is run
            else _difference(compare_task(run.judged, runs[n].judged, task, REPLICATES, seed))
            for n in columns
        ]

    return Table("run", tuple(Cell(f"minus {labels[n]}") for n in columns), _rows(runs, cells))


def label_table(runs: Sequence[ComparedRun], task: Task, seed: int) -> Table:
    """Return F1 of each label with its interval; precision and recall stand below."""

    def cells(run: ComparedRun) -> list[Cell]:
        rows = judged_by(run.judged, task)
        if not rows:
            return [Cell(ABSENT) for _ in task.labels]
        own = group_scores(rows, LABEL, task, REPLICATES, seed)
        confusion = confusion_matrix(*label_positions(rows, task), len(task.labels))
        return [
            Cell(
                _interval(score.score).text,
                f"{_interval(score.score).note}\n"
                f"precision {label.precision:.2f}, recall {label.recall:.2f}",
            )
            for score, label in zip(own, label_scores(confusion, task.label_names), strict=True)
        ]

    golds = [Counter(row.gold.get(task.name) for row in run.judged) for run in runs]
    head = tuple(
        Cell(label.display, f"{_count([gold[label.name] for gold in golds])} gold")
        for label in task.labels
    )
    return Table("run", head, _rows(runs, cells))


def calibration_table(runs: Sequence[ComparedRun], task: Task) -> Table:
    """Return calibration errors before and after the temperature and by chance, beside it."""

    def cells(run: ComparedRun) -> list[Cell]:
        own = {
            name: run.metrics.get(f"{task.name}/{name}")
            for name in ("calibration_error_before", "calibration_error", "temperature")
        }
        return [
            _figure(own["calibration_error_before"], 3),
            _figure(own["calibration_error"], 3),
            _by_chance(run, task),
            _figure(own["temperature"], 2),
        ]

    head = ("as the model says", "with a temperature", "by chance alone", "temperature")
    return Table("run", tuple(map(Cell, head)), _rows(runs, cells))


def _by_chance(run: ComparedRun, task: Task) -> Cell:
    rows = judged_by(run.judged, task)
    if not rows:
        return Cell(ABSENT)
    own = error_by_chance(probability_table(rows, task))
    return Cell(f"{own.value:.3f}", f"{own.low:.3f} to {own.high:.3f}")


def contrast_table(runs: Sequence[ComparedRun], task: Task) -> Table:
    """Return the share of pairs with both sentences right, by what the edit plays on."""
    scores = [
        {score.phenomenon: score for score in run.contrast if score.task == task.name}
        for run in runs
    ]
    names = dict.fromkeys([FLIPS, STAYS, *(name for own in scores for name in own)])
    rows = []
    for name in names:
        metric = contrast_metric(task.name, name)
        cells = tuple(
            _interval(own[name].interval) if name in own else _figure(run.metrics.get(metric), 2)
            for own, run in zip(scores, runs, strict=True)
        )
        if any(cell.text != ABSENT for cell in cells):
            pairs = [own[name].pairs for own in scores if name in own]
            note = f"{_count(pairs)} pairs" if pairs else ""
            rows.append(Row(name.replace("_", " "), cells, note, marked=name in (FLIPS, STAYS)))
    return Table("pairs", tuple(map(Cell, run_labels(runs))), tuple(rows))


def group_table(runs: Sequence[ComparedRun], task: Task, by: str, seed: int) -> Table:
    """Return the score of each run in each group: F1 by label, macro-F1 by anything else."""
    scores = [
        {score.group: score for score in group_scores(run.judged, by, task, REPLICATES, seed)}
        for run in runs
    ]
    groups = list(dict.fromkeys(group for own in scores for group in own))
    head = tuple(
        Cell(group, f"{_count([own[group].sentences for own in scores if group in own])} sentences")
        for group in groups
    )
    by_run = dict(zip([run.run_id for run in runs], scores, strict=True))

    def cells(run: ComparedRun) -> list[Cell]:
        own = by_run[run.run_id]
        return [_interval(own[g].score) if g in own else Cell(ABSENT) for g in groups]

    return Table("run", head, _rows(runs, cells))


def _rows(
    runs: Sequence[ComparedRun], cells: Callable[[ComparedRun], Sequence[Cell]]
) -> tuple[Row, ...]:
    return tuple(
        Row(label, tuple(cells(run)), marked=run.is_champion)
        for label, run in zip(run_labels(runs), runs, strict=True)
    )


def _difference(comparison: Comparison | None) -> Cell:
    if comparison is None:
        return Cell(ABSENT)
    if not comparison.shared:
        return Cell("no sentence in common")
    interval = comparison.difference
    note = f"[{_signed(interval.low)}, {_signed(interval.high)}]"
    if not comparison.enough:
        note += f" on {comparison.shared} of {comparison.judged}"
    kind = "better" if interval.low > 0 else "worse" if interval.high < 0 else ""
    return Cell(_signed(interval.value), note, kind)


def _interval(interval: Interval | None) -> Cell:
    if interval is None or isnan(interval.value):
        return Cell(ABSENT)
    return Cell(f"{interval.value:.2f}", f"[{interval.low:.2f}, {interval.high:.2f}]")


def _signed(value: float) -> str:
    shown = f"{value:+.2f}".replace("-", MINUS)
    return shown[1:] if float(shown[1:]) == 0 else shown


def _figure(value: float | None, digits: int) -> Cell:
    return Cell(ABSENT if value is None else f"{value:.{digits}f}")


def _count(counts: Sequence[int]) -> str:
    fewest, most = min(counts), max(counts)
    return str(most) if fewest == most else f"{fewest} to {most}"
