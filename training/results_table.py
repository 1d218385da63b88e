"""The table that a README shows: systems beside each other on left-out sentences, as Markdown."""

from collections.abc import Iterator, Sequence

from stancekit.labels.codebook import Codebook, Task
from stancekit.labels.resampling import Interval
from stancekit.training.calibration import error_by_chance
from stancekit.training.comparison import REPLICATES, ComparedRun, run_labels
from stancekit.training.contrast import FLIPS, STAYS
from stancekit.training.judged import compare_task, judged_by, probability_table
from stancekit.training.store import reference_metric

__all__ = ["results_table"]

REFERENCES = ("majority", "lexicon")
"""Judged with every run; the first run that has them stands for all."""
NOTHING = "–"  # noqa: RUF001


def results_table(
    runs: Sequence[ComparedRun], codebook: Codebook, against: ComparedRun | None = None
) -> str:
    """Return a line for each system and task: scores, spread, difference, calibration, pairs, time.

    Macro-F1 is that of the recipe's own seed with its interval, then mean and standard deviation
    over seeds, with their number where it was logged; the difference is the paired one to
    `against`, over the same sentences. The calibration error stands beside the one that chance
    alone would show (see `error_by_chance`). Pairs are contrast pairs with both sentences right: of
    those whose label flips, and of those where it stays. Seconds are those of one training, without
    vectors of an encoder that were known before. Equal runs give an equal table, but for them.
    """
    name = dict(zip([run.run_id for run in runs], run_labels(runs), strict=True))
    other = f"minus {name.get(against.run_id, against.name)}" if against else "difference"
    head = (
        "task",
        "system",
        "macro-F1 [95 %]",
        "over seeds",
        other,
        "calibration error (by chance)",
        "pairs: flips / stays",
        "seconds",
    )
    lines = [head, tuple("---" for _ in head)]
    for task in codebook.tasks:
        lines += _reference_lines(runs, task, len(head))
        lines += [_line(run, name[run.run_id], task, against) for run in runs]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def _reference_lines(
    runs: Sequence[ComparedRun], task: Task, columns: int
) -> Iterator[tuple[str, ...]]:
    for system in REFERENCES:
        found = (_interval(run, reference_metric(task.name, system)) for run in runs)
        interval = next(filter(None, found), None)
        if interval is not None:
            yield (task.name, system, str(interval), *[NOTHING] * (columns - 3))


def _line(run: ComparedRun, name: str, task: Task, against: ComparedRun | None) -> tuple[str, ...]:
    score = run.macro_f1.get(task.name)
    return (
        task.name,
        name,
        str(score) if score else NOTHING,
        _spread(run, task),
        _difference(run, task, against),
        _calibration(run, task),
        _pairs(run, task),
        _figure(run, "training/seconds", 0),
    )


def _spread(run: ComparedRun, task: Task) -> str:
    mean = run.metrics.get(f"{task.name}/macro_f1_seed_mean")
    deviation = run.metrics.get(f"{task.name}/macro_f1_seed_deviation")
    if mean is None or deviation is None:
        return NOTHING
    seeds = run.metrics.get(f"{task.name}/macro_f1_seeds")
    return f"{mean:.2f} ± {deviation:.3f}" + ("" if seeds is None else f" ({seeds:.0f})")


def _difference(run: ComparedRun, task: Task, against: ComparedRun | None) -> str:
    if against is None or run.run_id == against.run_id:
        return NOTHING
    comparison = compare_task(run.judged, against.judged, task, REPLICATES, 0)
    own = comparison.difference
    if not comparison.enough:
        return NOTHING
    return own.signed()


def _calibration(run: ComparedRun, task: Task) -> str:
    measured, rows = _figure(run, f"{task.name}/calibration_error", 3), judged_by(run.judged, task)
    if not rows:
        return measured
    return f"{measured} ({error_by_chance(probability_table(rows, task)).value:.3f})"


def _pairs(run: ComparedRun, task: Task) -> str:
    both = {score.phenomenon: score.both for score in run.contrast if score.task == task.name}
    if FLIPS not in both or STAYS not in both:
        return NOTHING
    return f"{both[FLIPS]:.2f} / {both[STAYS]:.2f}"


def _interval(run: ComparedRun, metric: str) -> Interval | None:
    names = (metric, f"{metric}_low", f"{metric}_high")
    if any(name not in run.metrics for name in names):
        return None
    return Interval(*(run.metrics[name] for name in names))


def _figure(run: ComparedRun, metric: str, digits: int) -> str:
    value = run.metrics.get(metric)
    return NOTHING if value is None else f"{value:.{digits}f}"
