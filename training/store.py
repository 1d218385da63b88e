"""Where MLflow keeps experiments, and what stancekit finds again in them.

The store is SQLite in the current folder (`mlflow.db`) unless MLflow's own variable
`MLFLOW_TRACKING_URI`, or a call of `mlflow.set_tracking_uri`, names another one.
"""

import tempfile
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from stancekit.labels.configuration import parse_json
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import read_lines
from stancekit.training.contrast import ContrastScore
from stancekit.training.judged import Judged, read_judged

__all__ = [
    "CHAMPION",
    "CONTRAST",
    "EXPERIMENT",
    "JUDGED",
    "MODEL",
    "RECIPE_TAG",
    "champion",
    "connect",
    "contrast_of_run",
    "judged_of_run",
]

EXPERIMENT = "stancekit"
MODEL = "stancekit"
CHAMPION = "champion"
KIND = "custom_model_development"
"""What MLflow calls experiments that train models; its pages are chosen by it."""
ABOUT = (
    "A parent run is one recipe: its scores are those on documents that the model had not seen,"
    " its child runs have them for each left-out document. `scores.png` sets it beside the"
    " references, `confusion.png` shows what is taken for what. `stancekit compare` pairs runs."
)
JUDGED = "judged.jsonl"
CONTRAST = "contrast.jsonl"
RECIPE_TAG = "stancekit.recipe"
"""A tag that parent runs alone carry; its value is the name of the recipe."""


def connect(create: bool = True) -> str:
    """Choose the store and the experiment; returns the store's address.

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
    return str(mlflow.get_tracking_uri())


def champion() -> ModelVersion | None:
    """Return the registered model version that carries the alias, None if there is none."""
    try:
        return MlflowClient().get_model_version_by_alias(MODEL, CHAMPION)
    except MlflowException as fault:
        if fault.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def judged_of_run(run_id: str) -> list[Judged]:
    """Return what the system of a parent run predicted for each left-out sentence.

    Raises DataError if the run has no such record.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            return read_judged(_download(run_id, JUDGED, folder))
        except (MlflowException, OSError):
            raise DataError(f"MLflow run {run_id}: has no {JUDGED} to compare by") from None


def contrast_of_run(run_id: str) -> list[ContrastScore]:
    """Return how a parent run's model did on contrast pairs; empty if it has no such record."""
    if CONTRAST not in {file.path for file in MlflowClient().list_artifacts(run_id)}:
        return []
    with tempfile.TemporaryDirectory() as folder:
        rows = read_lines(_download(run_id, CONTRAST, folder))
        return [parse_json(line, ContrastScore, where) for where, line in rows]


def _download(run_id: str, name: str, folder: str) -> Path:
    return Path(
        mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=name, dst_path=folder)
    )
