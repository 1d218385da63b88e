"""A logistic regression on top of features: what every model here ends in, as arrays only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stancekit.models.predictor import FloatArray

if TYPE_CHECKING:
    import scipy.sparse as sp

__all__ = ["Head"]


@dataclass(frozen=True)
class Head:
    """The logistic regression of one task; labels that training never saw get probability 0.

    *Shape:* weights (labels, features), intercepts (labels,), with one row for each of `labels`.
    """

    labels: tuple[str, ...]
    weights: FloatArray
    intercepts: FloatArray

    def probabilities(
        self, features: "FloatArray | sp.csr_array", names: Sequence[str]
    ) -> FloatArray:
        """Return the probability of each of `names`, which hold all of `labels`.

        *Shape:* features (texts, features) in, (texts, names) out; rows sum to 1.
        """
        scores = features @ self.weights.T + self.intercepts
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        trained = scores / scores.sum(axis=1, keepdims=True)
        probabilities = np.zeros((len(trained), len(names)))
        probabilities[:, [names.index(label) for label in self.labels]] = trained
        return probabilities
