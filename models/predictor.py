"""What every model offers: probabilities for each task, from texts and their contexts."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["FloatArray", "Predictor"]

FloatArray = npt.NDArray[np.float64]


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
