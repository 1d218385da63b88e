"""What a batch is held against: the training text of a bundle, and scores held out of training.

Of each task two measures of a sentence are compared: the confidence, which is the probability of
the label it got, and the entropy of its probabilities in nats.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stancekit.models.bundle import Bundle
from stancekit.models.held_out import HeldOut
from stancekit.models.predictor import FloatArray
from stancekit.models.training_text import TrainingText
from stancekit.serving.likeness.moments import Moments

__all__ = ["CONFIDENCE", "ENTROPY", "Measured", "Reference", "measures"]

CONFIDENCE = "confidence"
ENTROPY = "entropy"
POINTS = 10
"""Distributions are compared where the held-out one reaches a tenth, two tenths and so on."""
DIGITS = 6
"""Those of the held-out probabilities, so that equal values count as equal."""

Measured = tuple[str, str]
"""A task and a measure."""


def measures(task: str, probabilities: FloatArray) -> dict[Measured, FloatArray]:
    """Return confidence and entropy of each row. *Shape:* (rows, labels) in, (rows,) each out."""
    entropy = -(probabilities * np.log(np.maximum(probabilities, 1e-12))).sum(axis=1)
    values = {(task, CONFIDENCE): probabilities.max(axis=1), (task, ENTROPY): entropy}
    return {key: np.round(own, DIGITS) for key, own in values.items()}


@dataclass(frozen=True, eq=False)
class Reference:
    """The training text, and what was predicted of held-out sentences."""

    training_text: TrainingText
    held_out: HeldOut

    @classmethod
    def of(cls, bundle: Bundle) -> "Reference":
        """Return that of `bundle`."""
        return cls(bundle.training_text, bundle.held_out)

    @cached_property
    def _values(self) -> Mapping[Measured, FloatArray]:
        found: dict[Measured, FloatArray] = {}
        for name, task in self.held_out.tasks.items():
            if len(task.gold):
                found.update(measures(name, task.probabilities))
        return found

    @cached_property
    def points(self) -> Mapping[Measured, FloatArray]:
        """The values at which distributions are compared, ascending. *Shape:* (points,) each."""
        levels = np.linspace(0, 1, POINTS + 1)[1:-1]
        return {
            key: np.unique(np.quantile(own, levels, method="inverted_cdf"))
            for key, own in self._values.items()
        }

    @cached_property
    def moments(self) -> Mapping[Measured, Moments]:
        """The held-out values, document by document."""
        return {
            key: Moments.of(own, self.points[key], self.held_out.tasks[key[0]].documents)
            for key, own in self._values.items()
        }
