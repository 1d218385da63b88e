"""What every recipe is judged beside: the commonest label and the keyword lexicon."""

from collections.abc import Sequence

from stancekit.labels.codebook import Codebook
from stancekit.labels.sentences import Sentence
from stancekit.models.reference import LexiconModel
from stancekit.training.evaluation import Evaluation, evaluate
from stancekit.training.fitting import Fitting, fit_majority
from stancekit.training.recipe import Recipe

__all__ = ["evaluate_references"]


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
