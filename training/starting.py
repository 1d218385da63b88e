"""Start the heads of a network as regressions on the vectors of its encoder."""

from collections.abc import Sequence

import numpy as np
import torch

from stancekit.labels.codebook import Codebook
from stancekit.labels.sentences import Sentence
from stancekit.models.pairs import EncodedPair, PairEncoder
from stancekit.models.predictor import FloatArray
from stancekit.training.fixed_batches import fixed_batches
from stancekit.training.network import Network
from stancekit.training.recipe import TransformerRecipe
from stancekit.training.regression import fit_head

__all__ = ["start_heads"]

UNSEEN = -20.0
"""The intercept of a label that training never saw: as good as no probability."""

_known: dict[tuple[object, ...], FloatArray] = {}
"""Vectors of encoders as they came; folds share most of their sentences."""


def start_heads(
    network: Network,
    recipe: TransformerRecipe,
    sentences: Sequence[Sentence],
    encoded: Sequence[EncodedPair],
    pairs: PairEncoder,
    codebook: Codebook,
) -> None:
    """Set the heads of `network` to logistic regressions on `sentences`, encoded as `encoded`.

    Raises DataError if a task has fewer than two labels.
    """
    vectors = _vectors(network, recipe, encoded, pairs)
    for head, task in zip(network.heads, codebook.tasks, strict=True):
        fitted = fit_head(recipe, vectors, sentences, task)
        weights = np.zeros((len(task.labels), vectors.shape[1]))
        intercepts = np.full(len(task.labels), UNSEEN)
        rows = [task.label_names.index(label) for label in fitted.labels]
        weights[rows], intercepts[rows] = fitted.weights, fitted.intercepts
        with torch.no_grad():
            head.weight.copy_(torch.from_numpy(weights))  # type: ignore[operator]
            head.bias.copy_(torch.from_numpy(intercepts))  # type: ignore[operator]


def _vectors(
    network: Network,
    recipe: TransformerRecipe,
    encoded: Sequence[EncodedPair],
    pairs: PairEncoder,
) -> FloatArray:
    own = (recipe.encoder.sha256, recipe.encoder.layers, recipe.encoder.pooled_layers)
    keys = [(*own, tuple(pair.ids), tuple(pair.types)) for pair in encoded]
    new = [row for row, key in enumerate(keys) if key not in _known]
    network.eval()
    for rows in fixed_batches([encoded[row] for row in new]):
        chosen = [new[row] for row in rows]
        batch = pairs.pad([encoded[row] for row in chosen])
        with torch.inference_mode():
            found = network.vectors(
                torch.from_numpy(batch.ids),
                torch.from_numpy(batch.mask),
                torch.from_numpy(batch.types),
            )
        for row, vector in zip(chosen, found.numpy(), strict=True):
            _known[keys[row]] = vector
    return np.array([_known[key] for key in keys], dtype=np.float64)
