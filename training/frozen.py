"""A reference that knows language: an encoder left as it is, one logistic regression a task."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from stancekit.labels.codebook import Codebook
from stancekit.labels.sentences import Sentence
from stancekit.models.head import Head
from stancekit.models.predictor import FloatArray
from stancekit.training.recipe import FrozenRecipe
from stancekit.training.regression import fit_head
from stancekit.training.sentence_vectors import Encoder, load_encoder

__all__ = ["FrozenModel", "fit_frozen"]


class FrozenModel:
    """Sentence vectors and regressions on them (see `Predictor`); a reference, never packed."""

    reads_context = False

    def __init__(self, encoder: Encoder, heads: Mapping[str, Head], codebook: Codebook) -> None:
        self._encoder = encoder
        self._heads = dict(heads)
        self._codebook = codebook

    def probabilities(
        self,
        texts: Sequence[str],
        contexts: Sequence[str] | None = None,  # noqa: ARG002
    ) -> dict[str, FloatArray]:
        """Return task -> probabilities (see `Predictor`); contexts are not read."""
        vectors = self._encoder.embed(texts)
        return {
            task.name: self._heads[task.name].probabilities(vectors, task.label_names)
            for task in self._codebook.tasks
        }


def fit_frozen(
    recipe: FrozenRecipe, sentences: Sequence[Sentence], codebook: Codebook
) -> FrozenModel:
    """Return the model that `recipe` makes of `sentences`.

    Raises ConfigurationError if the encoder cannot be had, DataError if a task has fewer than two
    labels.
    """
    encoder = load_encoder(recipe.encoder)
    vectors = encoder.embed([sentence.text for sentence in sentences])
    features, basis = _in_own_space(vectors)
    heads = {task.name: fit_head(recipe, features, sentences, task) for task in codebook.tasks}
    whole = {name: replace(head, weights=head.weights @ basis) for name, head in heads.items()}
    return FrozenModel(encoder, whole, codebook)


def _in_own_space(vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return `vectors` in the space that they span, and the basis that leads back.

    With fewer sentences than dimensions a regression with a quadratic penalty is the same there
    and much faster (Hastie and Tibshirani, "Efficient Quadratic Regularization for Expression
    Arrays", 2004). *Shape:* (sentences, rank), (rank, dimensions).
    """
    sentences, dimensions = vectors.shape
    if sentences >= dimensions:
        return vectors, np.eye(dimensions)
    left, values, basis = np.linalg.svd(vectors, full_matrices=False)
    return left * values, basis
