"""Whether scores lie where those of held-out sentences lay: a distance, and a test by documents."""

from dataclasses import dataclass

import numpy as np

from stancekit.models.predictor import FloatArray
from stancekit.serving.likeness.moments import Moments

__all__ = ["LARGE", "SIGNIFICANT", "Shift", "shift_between"]

FEWEST_DOCUMENTS = 5
"""Of a batch that is tested: from fewer, how much documents differ cannot be told."""
FEWEST_HELD_OUT = 3
SIGNIFICANT = 0.05
"""Divided by the number of tests (Bonferroni)."""
LARGE = 0.2
"""Of the distance: at some level a fifth of the sentences lie elsewhere. Smaller shifts are found
in large batches, but change a share of labels little."""
DRAWS = 10_000


@dataclass(frozen=True)
class Shift:
    """How a measure of one task differs from that of held-out sentences.

    `distance` is the largest difference of the two distributions (Kolmogorov and Smirnov) at the
    tenths of the held-out one; in [-1, 1], above 0 where values are larger here. `p` is how often
    documents like the held-out ones would differ as much, None where there are too few.
    """

    task: str
    measure: str
    distance: float
    p: float | None

    def is_notable(self, tests: int) -> bool:
        """Whether it is large, and no chance even if `tests` were made."""
        return self.p is not None and self.p * tests < SIGNIFICANT and abs(self.distance) >= LARGE


def shift_between(
    task: str, measure: str, batch: Moments, held_out: Moments, documents: int, seed: int = 0
) -> Shift | None:
    """Return how `batch`, of so many documents, differs from `held_out`; None without a sentence.

    The distance is held against its distribution where both are draws of documents from the same
    source: normal, with the covariances that documents show. Each is known from a number of
    documents only, for which it is scaled as Student's t is (as Behrens and Fisher have it for two
    means), so that a few documents have to differ more. Stretches of one long document count as it
    alone there.
    """
    if not batch.sums[-1] or not held_out.sums[-1]:
        return None
    difference = held_out.distribution - batch.distribution
    distance = float(difference[np.abs(difference).argmax()])
    drawn_from = min(documents, batch.clusters)
    if drawn_from < FEWEST_DOCUMENTS or held_out.clusters < FEWEST_HELD_OUT:
        return Shift(task, measure, distance, None)
    chance = np.random.default_rng(seed)
    drawn = _draws(batch, drawn_from - 1, chance)
    drawn += _draws(held_out, held_out.clusters - 1, chance)
    as_far = int((np.abs(drawn).max(axis=1) >= abs(distance)).sum())
    return Shift(task, measure, distance, (1 + as_far) / (1 + DRAWS))


def _draws(moments: Moments, freedom: int, chance: np.random.Generator) -> FloatArray:
    """Return how far the distribution may lie from the true one. *Shape:* (draws, points)."""
    values, vectors = np.linalg.eigh(moments.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    normal = chance.standard_normal((DRAWS, len(root))) @ root.T
    return np.asarray(normal * np.sqrt(freedom / chance.chisquare(freedom, (DRAWS, 1))))
