"""Log an experiment to MLflow: a parent run with one child a fold, the model, and the champion."""

import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import cast

import mlflow
import mlflow.pyfunc
import pandas as pd
from mlflow import ActiveRun, MlflowClient
from mlflow.data.pandas_dataset import PandasDataset, from_pandas
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.types import ColSpec, DataType, Schema

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import Sentence, dataset_digest, write_lines
from stancekit.training.calibration_pictures import reliability_picture, risk_coverage_picture
from stancekit.training.card import score_table
from stancekit.training.child_runs import log_folds, log_trainings
from stancekit.training.contrast import (
    changed_pairs,
    contrast_table,
    same_pairs,
)
from stancekit.training.evaluation import Evaluation
from stancekit.training.judged import compare, judged_sentences, write_judged
from stancekit.training.judging import Judging
from stancekit.training.pictures import confusion_picture, label_picture, score_picture
from stancekit.training.promotion import Decision, decide, guarded
from stancekit.training.recipe import Recipe
from stancekit.training.run_description import (
    DESCRIPTION,
    run_description,
    run_title,
    version_description,
)
from stancekit.training.run_metrics import run_metrics
from stancekit.training.store import (
    CHAMPION,
    CODEBOOK,
    CONTRAST,
    FOLDS_TAG,
    JUDGED,
    MODEL_TAG,
    RECIPE_TAG,
    champion,
    contrast_of_run,
    judged_of_run,
    model_name,
)
from stancekit.training.versions import version_tags

__all__ = ["Tracked", "log_experiment", "open_run"]

SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec(DataType.string)]),
    outputs=Schema(
        [
            ColSpec(DataType.long, "sentence"),
            ColSpec(DataType.string, "text"),
            ColSpec(DataType.string, "task"),
            ColSpec(DataType.string, "label"),
            ColSpec(DataType.double, "probability"),
        ]
    ),
)


@contextmanager
def open_run(recipe: Recipe) -> Iterator[None]:
    """Open the parent run of an experiment, and watch processor and memory while it lasts.

    If what is done within fails, MLflow marks the run as failed. Call `store.connect` before.
    """
    logging.getLogger("mlflow.system_metrics").setLevel(logging.WARNING)
    mlflow.set_system_metrics_sampling_interval(5)
    mlflow.set_system_metrics_samples_before_logging(1)
    with mlflow.start_run(run_name=run_title(recipe), log_system_metrics=True):
        yield


@dataclass(frozen=True)
class Tracked:
    """Where an experiment was logged, and whether its model became the champion.

    `model` is the registered model; `model_id` and `model_version` are "" where there was no bundle
    to log.
    """

    run_id: str
    run_name: str
    model: str
    model_id: str
    model_version: str
    decision: Decision


def log_experiment(
    recipe: Recipe,
    sentences: Sequence[Sentence],
    codebook: Codebook,
    judging: Judging,
    bundle: Path | None,
) -> Tracked:
    """Log recipe, versions, dataset, scores, pictures, model; register it; move the alias if due.

    `bundle` is the folder of the model trained on all sentences; without one nothing is registered.
    Call it within `open_run`.
    """
    evaluation = judging.evaluation
    dataset, registered = _dataset(sentences, codebook), model_name(codebook)
    run = cast(ActiveRun, mlflow.active_run())
    mlflow.set_tags(_tags(recipe, sentences, codebook, evaluation))
    mlflow.log_params(recipe.flat())
    mlflow.log_input(dataset, context=evaluation.folding.name.split(":", maxsplit=1)[0])
    model = _log_model(bundle, recipe, evaluation) if bundle else None
    log_folds(recipe, evaluation)
    log_trainings(recipe, judging)
    metrics = dict(run_metrics(judging))
    for name, value in metrics.items():
        mlflow.log_metric(name, value, dataset=dataset, model_id=model.model_id if model else None)
    _log_files(recipe, judging, codebook)
    decision, version_ = Decision(False, "nothing was packed, so nothing is registered"), ""
    if model:
        decision = _decide(judging, recipe, codebook, metrics)
        version_ = str(mlflow.register_model(model.model_uri, registered).version)
        described = version_description(recipe, evaluation, decision)
        MlflowClient().update_model_version(registered, version_, described)
    if decision.promoted:
        MlflowClient().set_registered_model_alias(registered, CHAMPION, version_)
    described = run_description(recipe, sentences, judging, decision)
    mlflow.set_tags({"stancekit.champion": decision.reason, DESCRIPTION: described})
    return Tracked(
        run.info.run_id,
        run.info.run_name,
        registered,
        str(model.model_id) if model else "",
        version_,
        decision,
    )


def _log_model(bundle: Path, recipe: Recipe, evaluation: Evaluation) -> ModelInfo:
    model = mlflow.pyfunc.log_model(
        name=recipe.name,
        python_model=str(Path(__file__).parent / "mlflow_model.py"),
        artifacts={"bundle": str(bundle)},
        input_example=[evaluation.sentences[0].text],
        pip_requirements=[f"stancekit=={version('stancekit')}"],
    )
    mlflow.models.set_signature(model.model_uri, SIGNATURE)
    return cast(ModelInfo, model)


def _dataset(sentences: Sequence[Sentence], codebook: Codebook) -> PandasDataset:
    """Describe the sentences with our own digest; MLflow's reads a part of the rows only."""
    columns = {name: [getattr(s, name) for s in sentences] for name in ("id", "document", "text")}
    labels = {task: [s.labels.get(task, "") for s in sentences] for task in codebook.task_names}
    return from_pandas(
        pd.DataFrame({**columns, **labels}),
        name="sentences",
        digest=dataset_digest(sentences)[:32],
    )


def _tags(
    recipe: Recipe, sentences: Sequence[Sentence], codebook: Codebook, evaluation: Evaluation
) -> dict[str, str]:
    signatures = {
        f"stancekit.signature.{task.task}": task.signature for task in evaluation.tasks.values()
    }
    return {
        RECIPE_TAG: recipe.name,
        "stancekit.recipe_digest": recipe.digest,
        "stancekit.dataset_digest": dataset_digest(sentences),
        "stancekit.codebook_digest": codebook.digest,
        MODEL_TAG: model_name(codebook),
        FOLDS_TAG: evaluation.folding.name,
        **version_tags(),
        **signatures,
    }


def _log_files(recipe: Recipe, judging: Judging, codebook: Codebook) -> None:
    evaluation, contrast = judging.evaluation, judging.contrast
    everything = [*judging.references, evaluation]
    mlflow.log_figure(confusion_picture(evaluation, codebook), "confusion.png")
    mlflow.log_figure(score_picture(everything, codebook), "scores.png")
    mlflow.log_figure(label_picture(recipe, evaluation, codebook), "labels.png")
    mlflow.log_figure(reliability_picture(evaluation, codebook), "reliability.png")
    mlflow.log_figure(risk_coverage_picture(evaluation, codebook), "risk_coverage.png")
    mlflow.log_text(score_table(recipe, judging) + "\n", "scores.md")
    if contrast:
        mlflow.log_text(contrast_table(contrast) + "\n", "contrast.md")
    mlflow.log_text(codebook.to_json() + "\n", CODEBOOK)
    with tempfile.TemporaryDirectory() as folder:
        write_judged(Path(folder) / JUDGED, judged_sentences(evaluation, codebook))
        write_lines(Path(folder) / CONTRAST, contrast)
        mlflow.log_artifacts(folder)


def _decide(
    judging: Judging, recipe: Recipe, codebook: Codebook, metrics: Mapping[str, float]
) -> Decision:
    current = champion(model_name(codebook))
    if current is None:
        return decide(None)
    if not current.run_id:
        return Decision(False, "the champion was registered without a run to compare with")
    run_id = str(current.run_id)
    try:
        reference, pairs = judged_of_run(run_id), contrast_of_run(run_id)
    except DataError as fault:
        return Decision(False, f"the champion cannot be compared with ({fault})")
    rows = judged_sentences(judging.evaluation, codebook)
    compared = compare(rows, reference, codebook, recipe.evaluation.bootstrap, recipe.seed)
    logged = mlflow.get_run(run_id).data.metrics
    same, changed = same_pairs(judging.contrast, pairs), changed_pairs(judging.contrast, pairs)
    return decide(compared, guarded(codebook.task_names, metrics, logged, same, changed))
