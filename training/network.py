"""The network that is fine-tuned: one encoder that all tasks share, and one head a task."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from stancekit.labels.errors import ConfigurationError
from stancekit.training.settings import SimilaritySettings, TunedEncoderSettings
from stancekit.training.similarity import similarity_loss

__all__ = ["IGNORED", "Network", "layers_of"]

IGNORED = -100
"""Stands for the label of a task that a sentence has none of."""


class Network(nn.Module):
    """Token ids of pairs in, logits of all tasks side by side out.

    The vector of a sentence is the mean over its own tokens, scaled to length 1, of each of the
    `pooled` layers, side by side; the context has its say through the encoder's attention alone
    (Reimers and Gurevych, "Sentence-BERT", 2019, pool over all tokens). The loss is the mean over
    tasks of a cross-entropy weighted by label, and in training what `similarity` asks for.
    `pooled` are positions of layers from 1, `sizes` the numbers of labels of the tasks, `weights`
    the weight of each label.
    """

    def __init__(
        self,
        encoder: Any,
        pooled: Sequence[int],
        sizes: Sequence[int],
        weights: Sequence[Tensor],
        smoothing: float,
        similarity: SimilaritySettings,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooled = list(pooled)
        width = int(encoder.config.hidden_size) * len(pooled)
        self.heads = nn.ModuleList([nn.Linear(width, size) for size in sizes])
        self.smoothing = smoothing
        self.similarity = similarity
        self.sizes = list(sizes)
        for number, weight in enumerate(weights):
            self.register_buffer(f"weight_{number}", weight)
        # Encoders without segments take no types.
        self._segments = int(getattr(encoder.config, "type_vocab_size", 0) or 0) > 1

    def forward(
        self, ids: Tensor, mask: Tensor, types: Tensor, labels: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return `logits`, and `loss` if `labels` are given.

        *Shape:* ids, mask, types (pairs, tokens); labels (pairs, tasks), `IGNORED` for missing
        ones; logits (pairs, labels of all tasks).
        """
        vectors = self.vectors(ids, mask, types)
        parts = [head(vectors) for head in self.heads]
        answer = {"logits": torch.cat(parts, dim=1)}
        if labels is not None:
            loss = self._loss(parts, labels)
            if self.training and self.similarity.weight:
                found = similarity_loss(vectors, labels, IGNORED, self.similarity.temperature)
                loss = loss + self.similarity.weight * found
            answer["loss"] = loss
        return answer

    def vectors(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """Return what the heads are given. *Shape:* (pairs, pooled layers x dimensions)."""
        segments = {"token_type_ids": types} if self._segments else {}
        states = self.encoder(
            input_ids=ids, attention_mask=mask, output_hidden_states=True, **segments
        ).hidden_states
        own = (mask * (1 - types)).unsqueeze(-1).float()
        # Sums of bf16 numbers would lose what tells sentences apart.
        means = [(states[layer].float() * own).sum(dim=1) / own.sum(dim=1) for layer in self.pooled]
        return torch.cat([nn.functional.normalize(mean) for mean in means], dim=1)

    @property
    def label_weights(self) -> list[str]:
        """The names under which the weights of labels stand among the network's."""
        return [f"weight_{number}" for number in range(len(self.sizes))]

    def parameter_groups(self, rate: float, head_rate: float, decay: float) -> list[dict[str, Any]]:
        """Return the trainable parameters with their learning rates, falling from top to bottom.

        Layer-wise rates after Howard and Ruder, "Universal Language Model Fine-tuning", 2018.
        """
        layers = list(layers_of(self.encoder))
        inside = {id(p) for layer in layers for p in layer.parameters()}
        below = [p for p in self.encoder.parameters() if id(p) not in inside]
        groups = [(head_rate, list(self.heads.parameters()))]
        groups += [
            (rate * decay**depth, list(layer.parameters()))
            for depth, layer in enumerate(reversed(layers))
        ]
        groups.append((rate * decay ** len(layers), below))
        return [
            {"params": trained, "lr": own}
            for own, parameters in groups
            if (trained := [p for p in parameters if p.requires_grad])
        ]

    def _loss(self, parts: Sequence[Tensor], labels: Tensor) -> Tensor:
        losses = []
        for number, logits in enumerate(parts):
            gold = labels[:, number]
            if bool((gold != IGNORED).any()):
                loss = nn.functional.cross_entropy(
                    logits,
                    gold,
                    weight=cast(Tensor, getattr(self, f"weight_{number}")),
                    ignore_index=IGNORED,
                    label_smoothing=self.smoothing,
                )
                losses.append(loss)
        return torch.stack(losses).mean() if losses else parts[0].sum() * 0


def layers_of(encoder: nn.Module) -> nn.ModuleList:
    """Return the list of an encoder's layers, whatever its architecture.

    Raises ConfigurationError if there is none, or more than one that could be it.
    """
    count = int(cast(Any, encoder).config.num_hidden_layers)
    found = [m for m in encoder.modules() if isinstance(m, nn.ModuleList) and len(m) == count]
    if len(found) != 1:
        raise ConfigurationError(
            f"encoder: {type(encoder).__name__} has {len(found)} lists of {count} layers,"
            " expected one"
        )
    return found[0]


def prepare_encoder(encoder: Any, settings: TunedEncoderSettings) -> None:
    """Keep the layers that `settings` name, fix the lowest of them, and set the dropout.

    Raises ConfigurationError if the encoder has fewer layers.
    """
    layers = layers_of(encoder)
    if settings.layers[-1] > len(layers):
        raise ConfigurationError(
            f"encoder '{settings.name}': has {len(layers)} layers, the recipe asks for layer"
            f" {settings.layers[-1]}"
        )
    kept = [layers[number - 1] for number in settings.layers]
    del layers[:]
    layers.extend(kept)
    encoder.config.num_hidden_layers = len(kept)
    for module in _dropouts(encoder):
        module.p = settings.dropout
    for module in encoder.modules():
        # Attention that draws its dropout inside one fused operation.
        if isinstance(getattr(module, "dropout_prob", None), float):
            module.dropout_prob = settings.dropout
    fixed = {id(p) for layer in kept[max(settings.fixed_layers, 0) :] for p in layer.parameters()}
    if settings.fixed_layers >= 0:
        for parameter in encoder.parameters():
            parameter.requires_grad = id(parameter) in fixed


def _dropouts(encoder: nn.Module) -> Iterator[nn.Dropout]:
    return (module for module in encoder.modules() if isinstance(module, nn.Dropout))
