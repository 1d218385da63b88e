"""Fit the model of a recipe to labelled sentences, whatever kind of recipe it is."""

from collections.abc import Callable, Sequence

import numpy as np

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import AUTHORED, Sentence
from stancekit.models.predictor import FloatArray, Predictor
from stancekit.models.reference import MajorityModel
from stancekit.training.ngrams import fit_tfidf
from stancekit.training.recipe import FrozenRecipe, Recipe, TfidfRecipe, TransformerRecipe

__all__ = [
    "Fitting",
    "fit",
    "fit_majority",
    "once_for_equal_rows",
    "takes_documents",
    "trained_on",
    "trains_on_documents",
]

Fitting = Callable[[Sequence[Sentence]], Predictor]
"""Sentences to train on in, model out."""


def takes_documents(recipe: Recipe) -> bool:
    """Whether `recipe` trains on sentences of documents where there are written ones, too."""
    return not isinstance(recipe, TransformerRecipe) or recipe.data.documents


def trains_on_documents(recipe: Recipe, sentences: Sequence[Sentence]) -> bool:
    """Whether `recipe` trains on those of `sentences` that stand in documents.

    One that leaves them to judging trains on them where there are no others.
    """
    return takes_documents(recipe) or all(s.origin != AUTHORED for s in sentences)


def trained_on(recipe: Recipe, sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """Return those of `sentences` that `recipe` trains on.

    See `trains_on_documents`.
    """
    if trains_on_documents(recipe, sentences):
        return sentences
    return [s for s in sentences if s.origin == AUTHORED]


def fit(recipe: Recipe, sentences: Sequence[Sentence], codebook: Codebook) -> Predictor:
    """Return the model that `recipe` makes of `sentences`; the same input gives the same model.

    Of them, it sees those that it trains on (see `trained_on`). Raises DataError if some task has
    fewer than two labels in the data.
    """
    sentences = trained_on(recipe, sentences)
    if isinstance(recipe, TfidfRecipe):
        return fit_tfidf(recipe, sentences, codebook)
    # Both bring torch, which takes seconds to import.
    if isinstance(recipe, FrozenRecipe):
        from stancekit.training.frozen import fit_frozen  # noqa: PLC0415

        return fit_frozen(recipe, sentences, codebook)
    if isinstance(recipe, TransformerRecipe):
        from stancekit.training.transformer import fit_transformer  # noqa: PLC0415

        return fit_transformer(recipe, sentences, codebook)
    raise TypeError(f"recipes of kind '{recipe.kind}' have no fitting")


def once_for_equal_rows(fitting: Fitting) -> Fitting:
    """Return `fitting` with a memory: the same sentences in the same order are not fitted again.

    Folds that leave out what is never trained on share their model. Only the last one is
    remembered, as models are large.
    """
    known: dict[tuple[str, ...], Predictor] = {}

    def remembered(sentences: Sequence[Sentence]) -> Predictor:
        key = tuple(sentence.id for sentence in sentences)
        if key not in known:
            known.clear()
            known[key] = fitting(sentences)
        return known[key]

    return remembered


def fit_majority(sentences: Sequence[Sentence], codebook: Codebook) -> MajorityModel:
    """Return the predictor that gives every sentence the label shares of `sentences`.

    Raises DataError if some task has no label in the data.
    """
    shares: dict[str, FloatArray] = {}
    for task in codebook.tasks:
        gold = [sentence.labels.get(task.name) for sentence in sentences]
        counts = np.array([gold.count(label) for label in task.label_names], dtype=float)
        if not counts.any():
            raise DataError(f"task '{task.name}': no sentence to train on has a label")
        shares[task.name] = counts / counts.sum()
    return MajorityModel({name: row.tolist() for name, row in shares.items()})
