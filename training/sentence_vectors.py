"""Sentence vectors of a pre-trained encoder that is left as it is."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import torch

from stancekit.labels.errors import ConfigurationError
from stancekit.models.predictor import FloatArray
from stancekit.models.text import normalise
from stancekit.training.encoders import check_length, load_pretrained, verified_encoder
from stancekit.training.settings import FrozenEncoderSettings

__all__ = ["Encoder", "load_encoder"]

BATCH = 32
"""Texts that go through an encoder together."""


class Encoder:
    """Texts to vectors: the mean of the token vectors of each layer, scaled to length 1.

    Pooling after Reimers and Gurevych, "Sentence-BERT", 2019; several layers after Jawahar et al.,
    "What Does BERT Learn about the Structure of Language?", 2019: the last one of an encoder that
    was trained for similarity holds the topic, those below it more of the syntax. Vectors are kept,
    so that a text is encoded once.
    """

    def __init__(self, folder: Path, longest_tokens: int, layers: Sequence[int]) -> None:
        self._longest = longest_tokens
        self._layers = list(layers)
        self._known: dict[str, FloatArray] = {}
        self._tokenizer, self._model = load_pretrained(folder)
        self._model.eval()
        config = self._model.config
        if max(self._layers) > config.num_hidden_layers:
            raise ConfigurationError(
                f"encoder: has {config.num_hidden_layers} layers, the recipe asks for layer"
                f" {max(self._layers)}"
            )
        check_length(self._tokenizer, self._model, longest_tokens)

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return one vector a text. *Shape:* (texts, layers x dimensions), length 1 a layer."""
        plain = [normalise(text) for text in texts]
        new = sorted({text for text in plain if text not in self._known}, key=lambda t: (len(t), t))
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            self._known.update(zip(batch, self._encode(batch), strict=True))
        size = int(self._model.config.hidden_size) * len(self._layers)
        return np.array([self._known[text] for text in plain]).reshape(len(plain), size)

    def _encode(self, texts: list[str]) -> FloatArray:
        tokens = self._tokenizer(
            texts, padding=True, truncation=True, max_length=self._longest, return_tensors="pt"
        )
        with torch.inference_mode():
            states = self._model(**tokens, output_hidden_states=True).hidden_states
            mask = tokens["attention_mask"].unsqueeze(-1)
            vectors = [
                torch.nn.functional.normalize((states[layer] * mask).sum(dim=1) / mask.sum(dim=1))
                for layer in self._layers
            ]
        return cast(FloatArray, torch.cat(vectors, dim=1).numpy().astype(np.float64))


@cache
def load_encoder(settings: FrozenEncoderSettings) -> Encoder:
    """Return the encoder that a recipe names, once a process.

    Raises ConfigurationError if it is not there, is not the one whose SHA-256 the recipe gives, or
    cannot be loaded.
    """
    with verified_encoder(settings) as folder:
        return Encoder(folder, settings.longest_tokens, settings.layers)
