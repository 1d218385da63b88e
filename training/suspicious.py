"""Labels that models trained without them doubt: a ranked list to read again, nothing is changed.

Confident learning (Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in
Dataset Labels", 2021), as cleanlab has it, on probabilities from folds that leave out whole
documents and slices.
"""

from collections.abc import Sequence

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

from stancekit.labels.codebook import Codebook
from stancekit.labels.configuration import strict
from stancekit.labels.folds import leave_one_group_out
from stancekit.labels.sentences import Sentence
from stancekit.models.predictor import FloatArray
from stancekit.training.evaluation import gold_indices
from stancekit.training.fitting import fit
from stancekit.training.recipe import Recipe

__all__ = ["Doubt", "suspicious_labels"]


@strict
class Doubt:
    """One label of a sentence: how far models support it, and what they would say.

    `support` is in [0, 1], low where the label is doubted; it is adjusted for how sure models are
    of each label, so that rare labels are not suspected for being rare. `flagged` says that
    confident learning takes the label for an error.
    """

    id: str
    task: str
    label: str
    predicted: str
    support: float
    flagged: bool
    text: str


def suspicious_labels(
    recipe: Recipe, sentences: Sequence[Sentence], codebook: Codebook
) -> list[Doubt]:
    """Return every label, the most doubted first. Raises DataError for fewer than two groups.

    A sentence without a label of some task is not listed for it.
    """
    folds = leave_one_group_out(sentences)
    found = []
    probabilities = {
        task.name: np.zeros((len(sentences), len(task.labels))) for task in codebook.tasks
    }
    for fold in folds:
        model = fit(recipe, [sentences[position] for position in fold.train], codebook)
        judged = [sentences[position] for position in fold.test]
        predicted = model.probabilities([s.text for s in judged], [s.context for s in judged])
        for task, rows in predicted.items():
            probabilities[task][list(fold.test)] = rows
    for task in codebook.task_names:
        found += _task(task, probabilities[task], sentences, codebook)
    return sorted(found, key=lambda d: (not d.flagged, d.support, d.id, d.task))


def _task(
    task: str, probabilities: FloatArray, sentences: Sequence[Sentence], codebook: Codebook
) -> list[Doubt]:
    names = codebook.task(task).label_names
    rows = [row for row, sentence in enumerate(sentences) if task in sentence.labels]
    sentences, probabilities = [sentences[row] for row in rows], probabilities[rows]
    gold = gold_indices(sentences, codebook, task)
    support = get_label_quality_scores(gold, probabilities, adjust_pred_probs=True)
    flagged = find_label_issues(gold, probabilities, n_jobs=1)
    best = probabilities.argmax(axis=1)
    return [
        Doubt(
            id=sentence.id,
            task=task,
            label=sentence.labels[task],
            predicted=names[int(other)],
            support=round(float(value), 6),
            flagged=bool(doubted),
            text=sentence.text,
        )
        for sentence, other, value, doubted in zip(sentences, best, support, flagged, strict=True)
    ]
