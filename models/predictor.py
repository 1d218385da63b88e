"""What every model offers: probabilities for each task, from texts and their contexts."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["BoolArray", "FloatArray", "IntArray", "Predictor", "StagedPredictor"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


class Predictor(Protocol):
    """A model of all tasks of one codebook."""

    @property
    def reads_context(self) -> bool:
        """Whether the sentence before changes what is predicted."""
        ...

    def probabilities(
        self, texts: Sequence[str], contexts: Sequence[str] | None = None
    ) -> Mapping[str, FloatArray]:
        """Return task -> probabilities, columns in the codebook's order of labels.

        *Shape:* (texts, labels) each, in [0, 1], rows sum to 1.
        """
        ...


class StagedPredictor(Predictor, Protocol):
    """A model whose two steps can be taken one by one, so that they may overlap."""

    def encode(self, texts: Sequence[str], contexts: Sequence[str] | None = None) -> Any:
        """Return what `predict` reads: tokens, or counts of words."""
        ...

    def predict(self, encoded: Any) -> Mapping[str, FloatArray]:
        """Return what `probabilities` says of the texts that were encoded."""
        ...
