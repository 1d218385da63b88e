"""The metrics of a parent run in MLflow, by the names under which they are compared later."""

from collections.abc import Iterator

from stancekit.training.contrast import FLIPS, STAYS, contrast_metric
from stancekit.training.judging import Judging
from stancekit.training.store import reference_metric

__all__ = ["run_metrics"]


def run_metrics(judging: Judging) -> Iterator[tuple[str, float]]:
    """Yield name and value of each metric of a parent run."""
    yield "training/seconds", judging.seconds
    for task in judging.evaluation.tasks.values():
        yield f"{task.task}/macro_f1", task.macro_f1.value
        yield f"{task.task}/macro_f1_low", task.macro_f1.low
        yield f"{task.task}/macro_f1_high", task.macro_f1.high
        yield f"{task.task}/calibration_error_before", task.calibration.before
        yield f"{task.task}/calibration_error", task.calibration.after
        yield f"{task.task}/temperature", task.calibration.temperature
        for label in task.labels:
            yield f"{task.task}/{label.label}.precision", label.precision
            yield f"{task.task}/{label.label}.recall", label.recall
            yield f"{task.task}/{label.label}.f1", label.f1
        spread = judging.spread(task.task)
        if spread:
            yield f"{task.task}/macro_f1_seed_mean", spread.mean
            yield f"{task.task}/macro_f1_seed_deviation", spread.deviation
            yield f"{task.task}/macro_f1_seeds", float(spread.seeds)
    for reference in judging.references:
        for task in reference.tasks.values():
            name = reference_metric(task.task, reference.system)
            yield name, task.macro_f1.value
            yield f"{name}_low", task.macro_f1.low
            yield f"{name}_high", task.macro_f1.high
    for score in judging.contrast:
        if score.phenomenon in (FLIPS, STAYS):
            yield contrast_metric(score.task, score.phenomenon), score.both
