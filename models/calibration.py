"""Probabilities that can be believed: a model's own, softened or sharpened by one number a task."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stancekit.models.predictor import FloatArray, StagedPredictor

__all__ = ["CalibratedModel", "scaled"]

_SMALLEST = 1e-12
"""Stands for a probability of 0, whose logarithm is not finite."""


def scaled(probabilities: FloatArray, temperature: float) -> FloatArray:
    """Return softmax(log p / temperature): above 1 softer, below 1 surer, the order is kept.

    Temperature scaling (Guo et al., "On Calibration of Modern Neural Networks", 2017); for models
    that end in a softmax it is the same on probabilities as on what goes into it.
    *Shape:* (texts, labels) in and out, rows sum to 1.
    """
    logits = np.log(np.maximum(probabilities, _SMALLEST)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    # A label that training never saw stays at 0.
    powers = np.where(probabilities > 0, powers, 0)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


class CalibratedModel:
    """A model (see `StagedPredictor`), its probabilities scaled by a temperature for each task."""

    def __init__(self, model: StagedPredictor, temperatures: Mapping[str, float]) -> None:
        self.model = model
        self.temperatures = dict(temperatures)

    @property
    def reads_context(self) -> bool:
        """Whether the sentence before changes what is predicted."""
        return self.model.reads_context

    def encode(self, texts: Sequence[str], contexts: Sequence[str] | None = None) -> Any:
        """Return what `predict` reads."""
        return self.model.encode(texts, contexts)

    def predict(self, encoded: Any) -> dict[str, FloatArray]:
        """Return task -> scaled probabilities of what was encoded."""
        return {
            task: scaled(rows, self.temperatures[task])
            for task, rows in self.model.predict(encoded).items()
        }

    def probabilities(
        self, texts: Sequence[str], contexts: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        """Return task -> scaled probabilities (see `Predictor`)."""
        return self.predict(self.encode(texts, contexts))
