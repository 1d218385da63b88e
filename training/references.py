"""What every recipe is judged beside: the commonest label and the keyword lexicon."""

from collections.abc import Sequence

from stancekit.labels.codebook import Codebook
from stancekit.labels.resampling import Interval
from stancekit.labels.sentences import Sentence
from stancekit.models.reference import LexiconModel
from stancekit.training.evaluation import Evaluation, evaluate
from stancekit.training.fitting import Fitting, fit_majority
from stancekit.training.metrics import paired_difference
from stancekit.training.recipe import Recipe

__all__ = ["evaluate_references", "minus_reference"]


def evaluate_references(
    recipe: Recipe, sentences: Sequence[Sentence], codebook: Codebook
) -> list[Evaluation]:
    """Return the scores of the commonest label and of the keyword lexicon, on the same folds.

    A codebook without keywords has no lexicon.
    """
    lexicon = LexiconModel(codebook)
    systems: dict[str, Fitting] = {"majority": lambda training: fit_majority(training, codebook)}
    if any(label.lexicon for task in codebook.tasks for label in task.labels):
        systems["lexicon"] = lambda _: lexicon
    return [
        evaluate(recipe, sentences, codebook, fitting, name) for name, fitting in systems.items()
    ]


def minus_reference(
    recipe: Recipe, evaluation: Evaluation, reference: Evaluation, task: str
) -> Interval:
    """Return macro-F1 of `evaluation` minus that of `reference`, paired (see `paired_difference`).

    Both were judged on the same folds of `recipe`.
    """
    own, other = evaluation.tasks[task], reference.tasks[task]
    return paired_difference(
        own.gold,
        own.predicted,
        other.predicted,
        len(own.labels),
        [sentence.document for sentence in own.sentences],
        recipe.evaluation.bootstrap,
        recipe.seed,
    )
