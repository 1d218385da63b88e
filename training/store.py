"""Where MLflow keeps experiments, and what stancekit finds again in them.

The store is SQLite in the current folder (`mlflow.db`) unless MLflow's own variable
`MLFLOW_TRACKING_URI`, or a call of `mlflow.set_tracking_uri`, names another one.
"""

import re
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from stancekit.labels.codebook import Codebook, released_codebook
from stancekit.labels.configuration import parse_json
from stancekit.labels.errors import ConfigurationError, DataError
from stancekit.labels.sentences import read_lines
from stancekit.training.contrast import ContrastScore
from stancekit.training.judged import Judged, read_judged

__all__ = [
    "CHAMPION",
    "CODEBOOK",
    "CONTRAST",
    "EXPERIMENT",
    "FOLDS_TAG",
    "JUDGED",
    "MODEL_TAG",
    "RECIPE_TAG",
    "champion",
    "check_task_names",
    "codebook_of_run",
    "connect",
    "contrast_of_run",
    "judged_of_run",
    "model_name",
    "reference_metric",
    "without_password",
]

EXPERIMENT = "stancekit"
MODEL = "stancekit"
"""The registered model of the released codebook; `model_name` has those of others."""
MODEL_TAG = "stancekit.registered_model"
"""A tag of parent runs: the registered model that its models compete in."""
CHAMPION = "champion"
KIND = "custom_model_development"
"""What MLflow calls experiments that train models; its pages are chosen by it."""
ABOUT = (
    "A parent run is one recipe: its scores are those on sentences that the model had not seen,"
    " its child runs have them for each left-out document or part. `scores.png` sets it beside the"
    " references, `confusion.png` shows what is taken for what. `stancekit compare` pairs runs."
)
JUDGED = "judged.jsonl"
CODEBOOK = "codebook.json"
CONTRAST = "contrast.jsonl"
FOLDS_TAG = "stancekit.folds"
"""A tag of parent runs: the name of the folds by which they were judged."""
RECIPE_TAG = "stancekit.recipe"
"""A tag that parent runs alone carry; its value is the name of the recipe."""
TAKEN = ("training", "validation", "references", "system")
"""Groups of metrics that no task has; those of a task are named `<task>/<metric>`."""


def connect(create: bool = True) -> str:
    """Choose the store and the experiment; returns the store's address without a password.

    Raises DataError if there is no store in the current folder and none is to be created.
    """
    if not mlflow.is_tracking_uri_set():
        path = Path.cwd() / "mlflow.db"
        if not create and not path.exists():
            raise DataError(f"{path}: there is no such store; it has no finished run to compare")
        mlflow.set_tracking_uri(f"sqlite:///{path}")
    experiment = mlflow.set_experiment(EXPERIMENT)
    if "mlflow.note.content" not in experiment.tags:
        mlflow.set_experiment_tags({"mlflow.note.content": ABOUT, "mlflow.experimentKind": KIND})
    return without_password(mlflow.get_tracking_uri())


def without_password(address: str) -> str:
    """Return the address of a store as it may be shown.

    >>> without_password("postgresql://me:secret@host/runs")
    'postgresql://host/runs'
    """
    host = urlsplit(address).netloc
    return address.replace(host, host.rpartition("@")[2], 1) if "@" in host else address


def check_task_names(codebook: Codebook) -> None:
    """Raise ConfigurationError for a task whose metrics would fall among those of all tasks."""
    for task in codebook.task_names:
        if task in TAKEN:
            raise ConfigurationError(
                f"codebook '{codebook.title}': MLflow's metrics of a task have its name in front,"
                f" and '{task}/' is taken ({', '.join(TAKEN)}); name the task otherwise, or train"
                " with --no-tracking"
            )


def model_name(codebook: Codebook) -> str:
    """Return the registered model under which models of `codebook` compete.

    That of the released codebook is `stancekit`; every other one has its own, named by its title
    and its digest, so that models that answer different questions are never compared.
    """
    if codebook.digest == released_codebook().digest:
        return MODEL
    words = re.findall(r"[a-z0-9]+", codebook.title.lower())
    return "-".join([MODEL, *words[:6], codebook.digest[:8]])


def champion(model: str = MODEL) -> ModelVersion | None:
    """Return the version of a registered model that carries the alias, None if there is none."""
    try:
        return MlflowClient().get_model_version_by_alias(model, CHAMPION)
    except MlflowException as fault:
        if fault.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def judged_of_run(run_id: str) -> list[Judged]:
    """Return what the system of a parent run predicted for each left-out sentence.

    Raises DataError if the run has no such record, or if the store does not give it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = _artifact(run_id, JUDGED, folder)
        if path is None:
            raise DataError(f"MLflow run {run_id}: has no {JUDGED} to compare by")
        return read_judged(path)


def contrast_of_run(run_id: str) -> list[ContrastScore]:
    """Return how a parent run's model did on contrast pairs; empty if it has no such record.

    Raises DataError if the store does not give it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = _artifact(run_id, CONTRAST, folder)
        rows = read_lines(path) if path else []
        return [parse_json(line, ContrastScore, where) for where, line in rows]


def codebook_of_run(run: Run) -> Codebook:
    """Return the codebook that a parent run logged.

    Runs from before codebooks were logged are all of the released one. Raises DataError if the
    store does not give what was logged, BundleError or ConfigurationError if that is no codebook.
    """
    if run.data.tags.get("stancekit.codebook_digest") == released_codebook().digest:
        return released_codebook()
    with tempfile.TemporaryDirectory() as folder:
        path = _artifact(run.info.run_id, CODEBOOK, folder)
        if path is None:
            return released_codebook()
        where = f"MLflow run {run.info.run_id}, {CODEBOOK}"
        return Codebook.from_json(path.read_text(encoding="utf-8"), where)


def _artifact(run_id: str, name: str, folder: str) -> Path | None:
    """Return a file of a run, put into `folder`, or None if the run has others but not this one.

    Raises DataError if the store does not give it, or has no file of the run at all.
    """
    store = without_password(mlflow.get_tracking_uri())
    try:
        names = {file.path for file in MlflowClient().list_artifacts(run_id)}
        if name in names:
            return Path(
                mlflow.artifacts.download_artifacts(
                    run_id=run_id, artifact_path=name, dst_path=folder
                )
            )
    except (MlflowException, OSError) as fault:
        said = (str(fault) or type(fault).__name__).splitlines()[0]
        raise DataError(f"MLflow run {run_id}: {store} does not give its {name}: {said}") from None
    if not names:  # every run logs some, so they are lost or elsewhere
        raise DataError(f"MLflow run {run_id}: {store} has none of its files, expected its {name}")
    return None


def reference_metric(task: str, system: str) -> str:
    """Return the metric of a run that has the macro-F1 of a reference judged beside it.

    The references have a group of their own, so that MLflow's charts of a task show the run alone.

    >>> reference_metric("tone", "majority")
    'references/tone.majority.macro_f1'
    """
    return f"references/{task}.{system.replace(' ', '_')}.macro_f1"
