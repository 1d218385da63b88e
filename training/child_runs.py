"""Child runs of an experiment in MLflow: one a fold; one a training, with learning curves."""

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric

from stancekit.models.predictor import Predictor
from stancekit.training.evaluation import Evaluation, TaskEvaluation
from stancekit.training.judging import Judging
from stancekit.training.recipe import Recipe
from stancekit.training.run_description import DESCRIPTION, fold_description
from stancekit.training.tuned_model import TunedModel

__all__ = ["log_folds", "log_trainings"]

CURVES = {
    "loss": "training/loss",
    "learning_rate": "training/learning_rate",
    "grad_norm": "training/gradient_norm",
    "eval_loss": "validation/loss",
    "eval_macro_f1": "validation/macro_f1",
}
"""What transformers calls a value that it logs, and what it is called here."""


def log_folds(recipe: Recipe, evaluation: Evaluation) -> None:
    """Log a child run for each left-out part: how many sentences it has, and the scores on it."""
    for fold in evaluation.folding.folds:
        with mlflow.start_run(run_name=f"{recipe.name} without {fold.name}", nested=True):
            about = fold_description(len(fold.test), fold.name)
            mlflow.set_tags({"stancekit.left_out": fold.name, DESCRIPTION: about})
            mlflow.log_metric("sentences", len(fold.test))
            for task in evaluation.tasks.values():
                if fold.name in task.by_fold:
                    mlflow.log_metric(f"{task.task}/macro_f1", task.by_fold[fold.name])
                    mlflow.log_metric(f"{task.task}/accuracy", _accuracy(task, fold.name))


def log_trainings(recipe: Recipe, judging: Judging) -> None:
    """Log the learning curves of the model to the parent run, those of other seeds to children.

    Models that are not trained step by step have none. How many runs collapsed is that of all
    trainings of a seed.
    """
    parent = mlflow.active_run()
    if parent is not None:
        _log_curves(judging.model, parent.info.run_id)
        if isinstance(judging.model, TunedModel):
            mlflow.log_metric("training/collapsed_runs", judging.collapsed)
    for repeat in judging.repeats:
        name = f"{recipe.name} seed {repeat.seed}"
        with mlflow.start_run(run_name=name, nested=True) as run:
            about = f"The same recipe with seed {repeat.seed}, judged on the same sentences."
            mlflow.set_tags({"stancekit.seed": str(repeat.seed), DESCRIPTION: about})
            for task in repeat.evaluation.tasks.values():
                mlflow.log_metric(f"{task.task}/macro_f1", task.macro_f1.value)
                mlflow.log_metric(f"{task.task}/calibration_error", task.calibration.after)
            mlflow.log_metric("training/collapsed_runs", repeat.collapsed)
            _log_curves(repeat.model, run.info.run_id)


def _log_curves(model: Predictor | None, run_id: str) -> None:
    if not isinstance(model, TunedModel):
        return
    client = MlflowClient()
    started = client.get_run(run_id).info.start_time
    curves = [
        # MLflow orders by time first, so later steps are a little later.
        Metric(CURVES[row.name], row.value, started + row.step, row.step)
        for row in model.history
    ]
    client.log_batch(run_id, metrics=curves)
    client.set_tag(run_id, "stancekit.trained_with_seed", str(model.seed))


def _accuracy(task: TaskEvaluation, fold: str) -> float:
    names = [label.label for label in task.labels]
    hits: list[bool] = [
        bool(names[int(best)] == sentence.labels[task.task])
        for sentence, best, left_out in zip(
            task.sentences, task.predicted, task.left_out, strict=True
        )
        if left_out == fold
    ]
    return sum(hits) / len(hits)
