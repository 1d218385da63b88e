"""Judge a recipe on left-out sentences, beside references, with a signature on each score."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import cast

import numpy as np

from stancekit.labels.codebook import Codebook
from stancekit.labels.folding import Folding, choose_folds
from stancekit.labels.resampling import Interval
from stancekit.labels.sentences import Sentence, dataset_digest
from stancekit.models.held_out import HeldOut, HeldOutTask
from stancekit.models.manifest import Score
from stancekit.models.predictor import FloatArray, IntArray, Predictor
from stancekit.training.calibration import Calibration, calibrate
from stancekit.training.fitting import Fitting, fit
from stancekit.training.metrics import (
    LabelScore,
    confusion_matrix,
    label_scores,
    macro_f1,
    macro_f1_interval,
)
from stancekit.training.recipe import Recipe

__all__ = [
    "Evaluation",
    "TaskEvaluation",
    "View",
    "evaluate",
    "evaluate_views",
    "gold_indices",
]


View = Callable[[Predictor], Predictor]
"""A trained model in, what is judged of it out."""


@dataclass(frozen=True)
class TaskEvaluation:
    """What one system reached on one task, over all left-out sentences that have a label of it.

    `sentences` are these, `left_out` the fold of each, `gold` the position of its label; `by_fold`
    is the macro-F1 of each fold. `probabilities` has a row for each of them, columns in the
    codebook's order, as the model gives them; those of `calibration` are scaled.
    """

    task: str
    sentences: tuple[Sentence, ...]
    left_out: tuple[str, ...]
    gold: IntArray
    probabilities: FloatArray
    macro_f1: Interval
    labels: tuple[LabelScore, ...]
    confusion: FloatArray
    by_fold: Mapping[str, float]
    calibration: Calibration
    signature: str

    @property
    def predicted(self) -> IntArray:
        """The position of the most probable label of each judged sentence."""
        return cast(IntArray, self.probabilities.argmax(axis=1))


@dataclass(frozen=True)
class Evaluation:
    """What one system reached on every task; `sentences` are the judged ones, in order.

    A sentence without a label of some task is not judged on it.
    """

    system: str
    folding: Folding
    sentences: tuple[Sentence, ...]
    tasks: Mapping[str, TaskEvaluation]

    @property
    def temperatures(self) -> dict[str, float]:
        """The temperature of each task, fitted to all judged sentences."""
        return {name: task.calibration.temperature for name, task in self.tasks.items()}

    def scores(self) -> tuple[Score, ...]:
        """Return the macro-F1 of each task as it is written into a bundle."""
        return tuple(
            Score(
                task=task.task,
                metric="macro-F1",
                value=round(task.macro_f1.value, 6),
                low=round(task.macro_f1.low, 6),
                high=round(task.macro_f1.high, 6),
                signature=task.signature,
            )
            for task in self.tasks.values()
        )

    def held_out(self) -> HeldOut:
        """Return what was predicted of the judged sentences, as it is written into a bundle."""
        names = [sentence.document for sentence in self.sentences]
        if len(set(names)) == 1:  # all of one document, or of none
            names = list(self.folding.calibration)
        group = dict(zip((s.id for s in self.sentences), names, strict=True))
        return HeldOut(
            {
                task.task: HeldOutTask(
                    documents=tuple(group[sentence.id] for sentence in task.sentences),
                    gold=task.gold,
                    probabilities=task.calibration.probabilities,
                )
                for task in self.tasks.values()
            }
        )


def evaluate(
    recipe: Recipe,
    sentences: Sequence[Sentence],
    codebook: Codebook,
    fitting: Fitting | None = None,
    system: str = "",
) -> Evaluation:
    """Return the scores of `recipe` on sentences left out of training (see `choose_folds`).

    `fitting` makes the models, in place of `fit`; `system` is what the scores are called, in place
    of the recipe's name.
    """
    [own] = evaluate_views(
        recipe,
        sentences,
        codebook,
        fitting or (lambda training: fit(recipe, training, codebook)),
        {system or recipe.name: lambda model: model},
    )
    return own


def evaluate_views(
    recipe: Recipe,
    sentences: Sequence[Sentence],
    codebook: Codebook,
    fitting: Fitting,
    views: Mapping[str, View],
) -> list[Evaluation]:
    """Return the scores of each of `views`, by name, of the models that `fitting` makes.

    Each model is made once and kept no longer than its part is judged.
    """
    folding = choose_folds(sentences, codebook, recipe.seed)
    rows: dict[str, dict[str, list[FloatArray]]] = {
        name: {task: [] for task in codebook.task_names} for name in views
    }
    for fold in folding.folds:
        model = fitting([sentences[position] for position in fold.train])
        judged = [sentences[position] for position in fold.test]
        for name, view in views.items():
            predicted = view(model).probabilities(
                [s.text for s in judged], [s.context for s in judged]
            )
            for task, probabilities in predicted.items():
                rows[name][task].append(probabilities)
    return [_evaluation(name, rows[name], folding, recipe, sentences, codebook) for name in views]


def gold_indices(sentences: Sequence[Sentence], codebook: Codebook, task: str) -> IntArray:
    """Return the position of each sentence's gold label in the codebook's order; all have one."""
    names = codebook.task(task).label_names
    return np.array([names.index(sentence.labels[task]) for sentence in sentences], dtype=np.int64)


def _evaluation(
    system: str,
    rows: Mapping[str, Sequence[FloatArray]],
    folding: Folding,
    recipe: Recipe,
    sentences: Sequence[Sentence],
    codebook: Codebook,
) -> Evaluation:
    judged_sentences = tuple(sentences[position] for position in folding.judged)
    signature = _signature(recipe, sentences, folding, codebook)
    tasks = {
        task: _task(
            task,
            np.vstack(parts),
            judged_sentences,
            folding,
            recipe,
            codebook,
            f"system:{system}|{signature}",
        )
        for task, parts in rows.items()
    }
    return Evaluation(system, folding, judged_sentences, tasks)


def _task(
    task: str,
    probabilities: FloatArray,
    judged: Sequence[Sentence],
    folding: Folding,
    recipe: Recipe,
    codebook: Codebook,
    signature: str,
) -> TaskEvaluation:
    names = codebook.task(task).label_names
    rows = [row for row, sentence in enumerate(judged) if task in sentence.labels]
    probabilities, sentences = probabilities[rows], tuple(judged[row] for row in rows)
    gold, predicted = gold_indices(sentences, codebook, task), probabilities.argmax(axis=1)
    left_out = np.array(folding.left_out)[rows]
    confusion = confusion_matrix(gold, predicted, len(names))
    return TaskEvaluation(
        task=task,
        sentences=sentences,
        left_out=tuple(left_out.tolist()),
        gold=gold,
        probabilities=probabilities,
        macro_f1=macro_f1_interval(
            gold,
            predicted,
            len(names),
            [sentence.document for sentence in sentences],
            recipe.evaluation.bootstrap,
            recipe.seed,
        ),
        labels=tuple(label_scores(confusion, names)),
        confusion=confusion,
        by_fold={
            fold: _macro_f1(gold[left_out == fold], predicted[left_out == fold], len(names))
            for fold in dict.fromkeys(left_out.tolist())
        },
        calibration=calibrate(probabilities, gold, [folding.calibration[row] for row in rows]),
        signature=f"macro-F1|task:{task}|{signature}",
    )


def _macro_f1(gold: IntArray, predicted: IntArray, labels: int) -> float:
    return float(macro_f1(confusion_matrix(gold, predicted, labels)))


def _signature(
    recipe: Recipe, sentences: Sequence[Sentence], folding: Folding, codebook: Codebook
) -> str:
    return "|".join(
        [
            f"data:{dataset_digest(sentences)[:12]}",
            f"codebook:{codebook.digest[:12]}",
            f"recipe:{recipe.digest[:12]}",
            f"folds:{folding.name}",
            f"seed:{recipe.seed}",
            f"bootstrap:{recipe.evaluation.bootstrap}",
            f"version:{version('stancekit')}",
            f"scikit-learn:{version('scikit-learn')}",
        ]
    )
