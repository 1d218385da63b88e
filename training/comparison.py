"""Set the runs of the experiment beside each other and beside the champion of their codebook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.folding import WRITTEN
from stancekit.labels.resampling import Interval
from stancekit.training.contrast import ContrastScore
from stancekit.training.judged import Comparison, Judged, compare
from stancekit.training.store import (
    EXPERIMENT,
    FOLDS_TAG,
    MODEL_TAG,
    RECIPE_TAG,
    champion,
    codebook_of_run,
    contrast_of_run,
    judged_of_run,
    model_name,
)

__all__ = ["REPLICATES", "ComparedRun", "compare_runs", "run_labels"]

REPLICATES = 2000


@dataclass(frozen=True)
class ComparedRun:
    """One parent run: its score on each task, and its paired difference to the champion.

    Tasks and champion are those of the run's own codebook. `metrics` and `parameters` are as
    logged, `versions` those of Python and the packages; `contrast` is empty for a run that did not
    record it. `no_champion` says why a registered champion cannot be compared with, or is "".
    """

    run_id: str
    name: str
    started: datetime
    is_champion: bool
    recipe_digest: str
    dataset_digest: str
    codebook_digest: str
    codebook: Codebook
    macro_f1: dict[str, Interval]
    differences: dict[str, Comparison]
    metrics: dict[str, float]
    parameters: dict[str, str]
    versions: dict[str, str]
    judged: tuple[Judged, ...]
    contrast: tuple[ContrastScore, ...]
    no_champion: str = ""


@dataclass(frozen=True)
class _Champion:
    """The run of a champion and what it predicted; without both where it cannot be found."""

    run_id: str = ""
    judged: Sequence[Judged] = ()
    fault: str = ""


def compare_runs(chosen: Sequence[str] = (), limit: int = 20, seed: int = 0) -> list[ComparedRun]:
    """Return the finished parent runs, newest first: the `chosen` ones, or the last `limit`.

    `chosen` holds run ids, beginnings of them that fit one run, or names of recipes, of which the
    newest run is meant that was not judged by written sentences. Raises DataError where one fits
    none or several, or where the experiment has no finished run.
    """
    runs = _finished_runs()
    if not runs:
        raise DataError(f"the MLflow experiment '{EXPERIMENT}' has no finished run to compare")
    selected = [_one(runs, prefix) for prefix in chosen] if chosen else runs[:limit]
    champions = {model: _champion(model) for model in dict.fromkeys(map(_model, selected))}
    return [_compared(run, champions[_model(run)], seed) for run in selected]


def _model(run: Run) -> str:
    return run.data.tags.get(MODEL_TAG) or model_name(codebook_of_run(run))


def _champion(model: str) -> _Champion:
    """Return the champion of a registered model; a purged one is none, so that runs are shown."""
    best = champion(model)
    if best is None:
        return _Champion()
    named = f"the champion of {model}, version {best.version}, cannot be compared with"
    if not best.run_id:
        return _Champion(fault=f"{named}: it was registered without a run")
    try:
        return _Champion(str(best.run_id), judged_of_run(str(best.run_id)))
    except DataError as fault:
        return _Champion(fault=f"{named}: {fault}")


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
    for run in runs:
        # What was judged by written sentences is no result of its recipe.
        if run.data.tags[RECIPE_TAG] == prefix and not _chosen_sentences(run):
            return run
    found = [run for run in runs if run.info.run_id.startswith(prefix)]
    if len(found) != 1:
        raise DataError(f"run '{prefix}' fits {len(found)} finished runs, expected one")
    return found[0]


def _chosen_sentences(run: Run) -> str:
    """Return which written sentences a run was judged by, "" if it was by others."""
    kind, _, chosen = run.data.tags.get(FOLDS_TAG, "").partition(":")
    return chosen if kind == WRITTEN else ""


def _name(run: Run) -> str:
    chosen = _chosen_sentences(run)
    return run.data.tags[RECIPE_TAG] + (f" by {chosen}" if chosen else "")


def _compared(run: Run, best: _Champion, seed: int) -> ComparedRun:
    metrics, tags, codebook = run.data.metrics, run.data.tags, codebook_of_run(run)
    is_champion = run.info.run_id == best.run_id
    rows = judged_of_run(run.info.run_id)
    differences = {}
    if best.judged and not is_champion:
        compared = compare(rows, best.judged, codebook, REPLICATES, seed)
        differences = {comparison.task: comparison for comparison in compared}
    return ComparedRun(
        run_id=run.info.run_id,
        name=_name(run),
        started=datetime.fromtimestamp(run.info.start_time / 1000, UTC),
        is_champion=is_champion,
        recipe_digest=tags.get("stancekit.recipe_digest", ""),
        dataset_digest=tags.get("stancekit.dataset_digest", ""),
        codebook_digest=tags.get("stancekit.codebook_digest", ""),
        codebook=codebook,
        macro_f1={
            task: Interval(
                metrics[f"{task}/macro_f1"],
                metrics[f"{task}/macro_f1_low"],
                metrics[f"{task}/macro_f1_high"],
            )
            for task in codebook.task_names
            if f"{task}/macro_f1" in metrics
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
        no_champion=best.fault,
    )
