"""Set the runs of the experiment beside each other and beside the champion."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.resampling import Interval
from stancekit.training.contrast import ContrastScore
from stancekit.training.judged import Comparison, Judged, compare
from stancekit.training.store import (
    EXPERIMENT,
    RECIPE_TAG,
    champion,
    contrast_of_run,
    judged_of_run,
)

__all__ = ["REPLICATES", "ComparedRun", "compare_runs", "run_labels"]

REPLICATES = 2000


@dataclass(frozen=True)
class ComparedRun:
    """One parent run: its score on each task and its paired difference to the champion.

    `metrics` and `parameters` are as logged, `versions` those of Python and the packages;
    `contrast` is empty for a run that did not record it.
    """

    run_id: str
    name: str
    started: datetime
    is_champion: bool
    recipe_digest: str
    dataset_digest: str
    codebook_digest: str
    macro_f1: dict[str, Interval]
    differences: dict[str, Comparison]
    metrics: dict[str, float]
    parameters: dict[str, str]
    versions: dict[str, str]
    judged: tuple[Judged, ...]
    contrast: tuple[ContrastScore, ...]


def compare_runs(
    codebook: Codebook, chosen: Sequence[str] = (), limit: int = 20, seed: int = 0
) -> list[ComparedRun]:
    """Return the finished parent runs, newest first: the `chosen` ones, or the last `limit`.

    `chosen` holds run ids, or beginnings of them that fit one run. Raises DataError where one fits
    none or several, or where the experiment has no finished run.
    """
    runs = _finished_runs()
    if not runs:
        raise DataError(f"the MLflow experiment '{EXPERIMENT}' has no finished run to compare")
    selected = [_one(runs, prefix) for prefix in chosen] if chosen else runs[:limit]
    best = champion()
    best_run = str(best.run_id) if best is not None else ""
    reference = judged_of_run(best_run) if best_run else []
    return [_compared(run, best_run, reference, codebook, seed) for run in selected]


def run_labels(runs: Sequence[ComparedRun]) -> list[str]:
    """Return the names of the runs, with the beginning of the id where a name is not enough."""
    names = [run.name for run in runs]
    return [
        run.name if names.count(run.name) == 1 else f"{run.name} {run.run_id[:8]}" for run in runs
    ]


def _finished_runs() -> list[Run]:
    experiment = mlflow.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        return []
    client, token = MlflowClient(), None
    runs: list[Run] = []
    while True:
        page = client.search_runs(
            [experiment.experiment_id],
            f"tags.`{RECIPE_TAG}` != '' and attributes.status = 'FINISHED'",
            max_results=500,
            order_by=["attributes.start_time DESC"],
            page_token=token,
        )
        runs.extend(page)
        token = page.token
        if not token:
            return runs


def _one(runs: Sequence[Run], prefix: str) -> Run:
    found = [run for run in runs if run.info.run_id.startswith(prefix)]
    if len(found) != 1:
        raise DataError(f"run '{prefix}' fits {len(found)} finished runs, expected one")
    return found[0]


def _compared(
    run: Run, best_run: str, reference: Sequence[Judged], codebook: Codebook, seed: int
) -> ComparedRun:
    metrics, tags = run.data.metrics, run.data.tags
    is_champion = run.info.run_id == best_run
    rows = judged_of_run(run.info.run_id)
    differences = {}
    if reference and not is_champion:
        compared = compare(rows, reference, codebook, REPLICATES, seed)
        differences = {comparison.task: comparison for comparison in compared}
    return ComparedRun(
        run_id=run.info.run_id,
        name=tags[RECIPE_TAG],
        started=datetime.fromtimestamp(run.info.start_time / 1000, UTC),
        is_champion=is_champion,
        recipe_digest=tags.get("stancekit.recipe_digest", ""),
        dataset_digest=tags.get("stancekit.dataset_digest", ""),
        codebook_digest=tags.get("stancekit.codebook_digest", ""),
        macro_f1={
            task: Interval(
                metrics[f"{task}.macro_f1"],
                metrics[f"{task}.macro_f1_low"],
                metrics[f"{task}.macro_f1_high"],
            )
            for task in codebook.task_names
            if f"{task}.macro_f1" in metrics
        },
        differences=differences,
        metrics=dict(metrics),
        parameters=dict(run.data.params),
        versions={
            name.removeprefix("version."): value
            for name, value in sorted(tags.items())
            if name == "python" or name.startswith("version.")
        },
        judged=tuple(rows),
        contrast=tuple(contrast_of_run(run.info.run_id)),
    )
