"""The network in torch that a bundle's graph was made of, so that others may run the same model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from stancekit.labels.configuration import parse_json
from stancekit.labels.errors import BundleError, ConfigurationError
from stancekit.models.bundle import Bundle
from stancekit.models.pairs import PairEncoder
from stancekit.models.transformer import TransformerModel, batches, split_by_task
from stancekit.training.bench.graph_weights import trained_weights
from stancekit.training.encoders import load_pretrained, verified_encoder
from stancekit.training.network import Network, prepare_encoder
from stancekit.training.recipe import TransformerRecipe
from stancekit.training.settings import SimilaritySettings

__all__ = ["Checkpoint", "agreement", "checkpoint_of", "logits", "rebuilt"]

FEWEST_EQUAL = 0.97
"""Share of labels that must be those of the bundle, or it is another model that is measured."""


@dataclass(frozen=True)
class Checkpoint:
    """A network with a bundle's weights in fp32, and both ways to its tokens: ours and theirs."""

    network: Network
    tokenizer: Any
    pairs: PairEncoder
    labels: Sequence[str]


def checkpoint_of(bundle: Bundle, model: TransformerModel) -> Checkpoint:
    """Return the checkpoint behind `model` of `bundle`, on the encoder that its recipe names.

    Raises BundleError if its graph lacks a weight of that encoder.
    """
    recipe = parse_json(bundle.manifest.recipe, TransformerRecipe, bundle.manifest.name)
    return rebuilt(model, recipe)


def rebuilt(model: TransformerModel, recipe: TransformerRecipe) -> Checkpoint:
    """Return the checkpoint behind `model`, which `recipe` made."""
    with verified_encoder(recipe.encoder) as folder:
        tokenizer, encoder = load_pretrained(folder)
    prepare_encoder(encoder, recipe.encoder)
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None  # what nothing reads is in no graph
    sizes = [len(task.labels) for task in model.codebook.tasks]
    pooled = [1 + recipe.encoder.layers.index(layer) for layer in recipe.encoder.pooled_layers]
    network = Network(
        encoder, pooled, sizes, [torch.ones(size) for size in sizes], 0.0, SimilaritySettings()
    )
    _fill(network, trained_weights(model.graph, model.weights))
    tokenizer.model_max_length = model.settings.longest_tokens
    return Checkpoint(
        network.eval(),
        tokenizer,
        PairEncoder(model.tokenizer.decode(), model.settings, "the bundle"),
        [f"{task.name}_{label}" for task in model.codebook.tasks for label in task.label_names],
    )


def logits(checkpoint: Checkpoint, texts: Sequence[str]) -> torch.Tensor:
    """Return what the network says of `texts`, in batches of like length as scoring has them.

    *Shape:* (texts, labels of all tasks).
    """
    encoded = checkpoint.pairs.encode(texts, None)
    answer = torch.zeros((len(encoded), len(checkpoint.labels)))
    with torch.inference_mode():
        for rows in batches(encoded):
            batch = checkpoint.pairs.pad([encoded[row] for row in rows])
            parts = (torch.from_numpy(own) for own in (batch.ids, batch.mask, batch.types))
            answer[rows] = checkpoint.network(*parts)["logits"].float()
    return answer


def agreement(checkpoint: Checkpoint, model: TransformerModel, texts: Sequence[str]) -> float:
    """Return the share of labels on which checkpoint and model agree, over tasks and `texts`.

    Raises ConfigurationError if it is so low that they are not the same model.
    """
    theirs = split_by_task(logits(checkpoint, texts).numpy().astype(float), model.codebook)
    ours = model.probabilities(texts)
    same = [rows.argmax(axis=1) == ours[task].argmax(axis=1) for task, rows in theirs.items()]
    share = float(np.mean(same))
    if share < FEWEST_EQUAL:
        raise ConfigurationError(
            f"the checkpoint agrees with the bundle on {share:.1%} of the labels,"
            f" expected {FEWEST_EQUAL:.0%}: this would measure another model"
        )
    return share


def _fill(network: Network, weights: dict[str, Any]) -> None:
    for name, parameter in network.named_parameters():
        if name not in weights:
            raise BundleError(f"the graph: holds no weight {name}")
        if weights[name].shape != tuple(parameter.shape):
            raise BundleError(
                f"the graph: {name} has shape {weights[name].shape}, expected"
                f" {tuple(parameter.shape)}"
            )
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(weights[name]))
