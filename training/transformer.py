"""Fine-tune an encoder on labelled sentences, and begin again where a run collapses."""

from collections.abc import Sequence
from dataclasses import replace

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import Sentence
from stancekit.training.fine_tuning import FineTuning
from stancekit.training.onnx_export import quantised
from stancekit.training.recipe import TransformerRecipe
from stancekit.training.tuned_model import TunedModel

__all__ = ["fit_transformer"]


def fit_transformer(
    recipe: TransformerRecipe, sentences: Sequence[Sentence], codebook: Codebook
) -> TunedModel:
    """Return the model that `recipe` makes of `sentences`.

    A run that collapses, as fine-tuning on few sentences can (Mosbach et al., "On the Stability of
    Fine-tuning BERT", 2021), begins again with another seed. Raises ConfigurationError if the
    encoder cannot be had, DataError if a task has fewer than two labels or every run collapsed.
    """
    _check_labels(sentences, codebook)
    collapsed: list[int] = []
    for attempt in range(recipe.optimisation.restarts + 1):
        seed = recipe.seed + 1000 * attempt
        run = FineTuning(replace(recipe, seed=seed), sentences, codebook)
        run.run()
        if not run.has_collapsed():
            whole = run.packed()
            return TunedModel(
                quantised(whole) if recipe.weights == "int8" else whole,
                whole,
                run.history(),
                seed,
                tuple(collapsed),
            )
        collapsed.append(seed)
    raise DataError(
        f"recipe '{recipe.name}': {len(collapsed)} runs in a row gave one label to every sentence;"
        " try a lower learning rate"
    )


def _check_labels(sentences: Sequence[Sentence], codebook: Codebook) -> None:
    for task in codebook.task_names:
        seen = {sentence.labels[task] for sentence in sentences if task in sentence.labels}
        if len(seen) < 2:
            raise DataError(
                f"task '{task}': training needs two labels or more,"
                f" found {len(seen)} in {len(sentences)} sentences"
            )
