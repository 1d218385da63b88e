"""Judge a recipe on left-out documents, beside references, with a signature on each score."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import cast

import numpy as np
import numpy.typing as npt

from stancekit.labels.codebook import Codebook
from stancekit.labels.folds import Fold, leave_one_document_out
from stancekit.labels.resampling import Interval
from stancekit.labels.sentences import Sentence, dataset_digest
from stancekit.models.bundle import Score
from stancekit.models.predictor import FloatArray, Predictor
from stancekit.models.reference import LexiconModel
from stancekit.training.calibration import Calibration, calibrate
from stancekit.training.fitting import fit, fit_majority
from stancekit.training.metrics import (
    IntArray,
    LabelScore,
    confusion_matrix,
    label_scores,
    macro_f1,
    macro_f1_interval,
)
from stancekit.training.recipe import Recipe

__all__ = ["Evaluation", "TaskEvaluation", "evaluate", "evaluate_references", "gold_indices"]

Fitting = Callable[[Sequence[Sentence]], Predictor]


@dataclass(frozen=True)
class TaskEvaluation:
    """What one system reached on one task, over all sentences of the left-out documents.

    `probabilities` has a row for each judged sentence, columns in the codebook's order, as the
    model gives them; those of `calibration` are scaled.
    """

    task: str
    probabilities: FloatArray
    macro_f1: Interval
    labels: tuple[LabelScore, ...]
    confusion: FloatArray
    by_document: Mapping[str, float]
    calibration: Calibration
    signature: str

    @property
    def predicted(self) -> IntArray:
        """The position of the most probable label of each judged sentence."""
        return cast(IntArray, self.probabilities.argmax(axis=1))


@dataclass(frozen=True)
class Evaluation:
    """What one system reached on every task; `sentences` are the judged ones, in order."""

    system: str
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


def evaluate(recipe: Recipe, sentences: Sequence[Sentence], codebook: Codebook) -> Evaluation:
    """Return the scores of `recipe` on each document, trained on all the others."""
    return _evaluate(
        recipe.name, lambda training: fit(recipe, training, codebook), recipe, sentences, codebook
    )


def evaluate_references(
    recipe: Recipe, sentences: Sequence[Sentence], codebook: Codebook
) -> list[Evaluation]:
    """Return the scores of the commonest label and of the keyword lexicon, on the same folds."""
    lexicon = LexiconModel(codebook)
    systems: dict[str, Fitting] = {
        "majority": lambda training: fit_majority(training, codebook),
        "lexicon": lambda _: lexicon,
    }
    return [
        _evaluate(name, fitting, recipe, sentences, codebook) for name, fitting in systems.items()
    ]


def gold_indices(sentences: Sequence[Sentence], codebook: Codebook, task: str) -> IntArray:
    """Return the position of each sentence's gold label in the codebook's order."""
    names = codebook.task(task).label_names
    return np.array([names.index(sentence.labels[task]) for sentence in sentences], dtype=np.int64)


def _evaluate(
    system: str,
    fitting: Fitting,
    recipe: Recipe,
    sentences: Sequence[Sentence],
    codebook: Codebook,
) -> Evaluation:
    folds = leave_one_document_out(sentences)
    rows: dict[str, list[FloatArray]] = {task: [] for task in codebook.task_names}
    for fold in folds:
        model = fitting([sentences[position] for position in fold.train])
        judged = [sentences[position] for position in fold.test]
        predicted = model.probabilities([s.text for s in judged], [s.context for s in judged])
        for task, probabilities in predicted.items():
            rows[task].append(probabilities)
    order = [position for fold in folds for position in fold.test]
    judged_sentences = tuple(sentences[position] for position in order)
    signature = _signature(recipe, sentences, folds, codebook)
    tasks = {
        task: _task(
            task,
            np.vstack(parts),
            judged_sentences,
            recipe,
            codebook,
            f"system:{system}|{signature}",
        )
        for task, parts in rows.items()
    }
    return Evaluation(system, judged_sentences, tasks)


def _task(
    task: str,
    probabilities: FloatArray,
    sentences: Sequence[Sentence],
    recipe: Recipe,
    codebook: Codebook,
    signature: str,
) -> TaskEvaluation:
    names = codebook.task(task).label_names
    gold, predicted = gold_indices(sentences, codebook, task), probabilities.argmax(axis=1)
    documents = np.array([sentence.document for sentence in sentences])
    confusion = confusion_matrix(gold, predicted, len(names))
    return TaskEvaluation(
        task=task,
        probabilities=probabilities,
        macro_f1=macro_f1_interval(
            gold,
            predicted,
            len(names),
            documents.tolist(),
            recipe.evaluation.bootstrap,
            recipe.seed,
        ),
        labels=tuple(label_scores(confusion, names)),
        confusion=confusion,
        by_document={
            str(document): _document_macro_f1(gold, predicted, documents == document, len(names))
            for document in dict.fromkeys(documents.tolist())
        },
        calibration=calibrate(probabilities, gold, documents.tolist()),
        signature=f"macro-F1|task:{task}|{signature}",
    )


def _document_macro_f1(
    gold: IntArray, predicted: IntArray, inside: npt.NDArray[np.bool_], labels: int
) -> float:
    return float(macro_f1(confusion_matrix(gold[inside], predicted[inside], labels)))


def _signature(
    recipe: Recipe, sentences: Sequence[Sentence], folds: Sequence[Fold], codebook: Codebook
) -> str:
    return "|".join(
        [
            f"data:{dataset_digest(sentences)[:12]}",
            f"codebook:{codebook.digest[:12]}",
            f"recipe:{recipe.digest[:12]}",
            f"folds:leave-one-document-out:{len(folds)}",
            f"seed:{recipe.seed}",
            f"bootstrap:{recipe.evaluation.bootstrap}",
            f"version:{version('stancekit')}",
            f"scikit-learn:{version('scikit-learn')}",
        ]
    )
