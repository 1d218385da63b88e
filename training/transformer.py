"""Fine-tune an encoder on labelled sentences, and begin again where a run collapses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import AUTHORED, Sentence, dataset_digest
from stancekit.training.fine_tuning import FineTuning
from stancekit.training.onnx_export import quantised
from stancekit.training.recipe import TransformerRecipe
from stancekit.training.tuned_model import Logged, TunedModel

__all__ = ["fit_transformer"]


@dataclass(frozen=True)
class _First:
    """What a training of written sentences alone left."""

    weights: Mapping[str, Tensor]
    history: tuple[Logged, ...]
    seed: int
    collapsed: tuple[int, ...]
    seconds: float


SAMPLE = 128
"""Training sentences that show how large what flows in an encoder is."""

_first: dict[tuple[str, ...], _First] = {}
"""The last one, which folds that leave documents out share."""


def fit_transformer(
    recipe: TransformerRecipe, sentences: Sequence[Sentence], codebook: Codebook
) -> TunedModel:
    """Return the model that `recipe` makes of `sentences`.

    Raises ConfigurationError if the encoder cannot be had, DataError if a task has fewer than two
    labels or every run collapsed.
    """
    _check_labels(sentences, codebook)
    written = [sentence for sentence in sentences if sentence.origin == AUTHORED]
    documents = [sentence for sentence in sentences if sentence.origin != AUTHORED]
    if not (recipe.closing.epochs and written and documents):
        run, seed, collapsed = _train(recipe, lambda own: FineTuning(own, sentences, codebook))
        return _packed(recipe, run, run.history, seed, collapsed, run.seconds)
    _check_labels(written, codebook)
    first = _train_first(recipe, written, codebook)
    run, seed, again = _train(
        replace(recipe, seed=first.seed),
        lambda own: _closing(own, first.weights, written, documents, codebook),
    )
    last = max((row.step for row in first.history), default=0)
    history = (*first.history, *(replace(row, step=last + row.step) for row in run.history))
    seconds = first.seconds + run.seconds
    model = _packed(recipe, run, history, seed, (*first.collapsed, *again), seconds)
    return replace(model, shared=len(first.collapsed))


def _train(
    recipe: TransformerRecipe, start: Callable[[TransformerRecipe], FineTuning]
) -> tuple[FineTuning, int, tuple[int, ...]]:
    """Train what `start` makes of the recipe, and begin again with another seed if it collapses.

    Fine-tuning on few sentences can (Mosbach et al., "On the Stability of Fine-tuning BERT", 2021).
    Returns the run, its seed, and those before it that collapsed.
    """
    collapsed: list[int] = []
    for attempt in range(recipe.optimisation.restarts + 1):
        seed = recipe.seed + 1000 * attempt
        run = start(replace(recipe, seed=seed))
        run.run()
        if not run.collapsed:
            return run, seed, tuple(collapsed)
        collapsed.append(seed)
    raise DataError(
        f"recipe '{recipe.name}': {len(collapsed)} runs in a row gave one label to every sentence;"
        " try a lower learning rate, or more sentences"
    )


def _train_first(
    recipe: TransformerRecipe, written: Sequence[Sentence], codebook: Codebook
) -> _First:
    ids = (sentence.id for sentence in written)
    key = (recipe.digest, codebook.digest, dataset_digest(written), *ids)
    if key not in _first:
        _first.clear()  # weights are large
        # They are rounded in the last training only.
        exact = replace(recipe, weights="fp32")
        run, seed, collapsed = _train(exact, lambda own: FineTuning(own, written, codebook))
        _first[key] = _First(run.weights, run.history, seed, collapsed, run.seconds)
    return _first[key]


def _closing(
    recipe: TransformerRecipe,
    weights: Mapping[str, Tensor],
    written: Sequence[Sentence],
    documents: Sequence[Sentence],
    codebook: Codebook,
) -> FineTuning:
    """Return the training that goes on from `weights` with documents and some written sentences."""
    closing = replace(
        recipe,
        optimisation=replace(
            recipe.optimisation,
            epochs=recipe.closing.epochs,
            learning_rate=recipe.closing.learning_rate,
            validation=0.0,
        ),
    )
    count = min(len(written), round(recipe.closing.written * len(documents)))
    beside = np.random.default_rng(recipe.seed).permutation(len(written))[:count]
    rows = [*documents, *(written[row] for row in sorted(beside.tolist()))]
    return FineTuning(closing, rows, codebook, weights)


def _packed(
    recipe: TransformerRecipe,
    run: FineTuning,
    history: tuple[Logged, ...],
    seed: int,
    collapsed: tuple[int, ...],
    seconds: float,
) -> TunedModel:
    whole = run.packed()
    kept = whole
    if recipe.weights != "fp32":
        kept = quantised(whole, recipe.weights, *run.sample(SAMPLE))
    return TunedModel(kept, whole, history, seed, collapsed, seconds)


def _check_labels(sentences: Sequence[Sentence], codebook: Codebook) -> None:
    for task in codebook.task_names:
        seen = {sentence.labels[task] for sentence in sentences if task in sentence.labels}
        if len(seen) < 2:
            raise DataError(
                f"task '{task}': training needs two labels or more,"
                f" found {len(seen)} in {len(sentences)} sentences"
            )
