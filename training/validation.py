"""Set a part of the training sentences aside, with every combination of labels in its share."""

from collections.abc import Hashable, Sequence

import numpy as np

from stancekit.models.predictor import IntArray

__all__ = ["set_aside"]


def set_aside(
    gold: IntArray, families: Sequence[Hashable], share: float, seed: int
) -> tuple[Sequence[int], Sequence[int]]:
    """Return the rows to train on and those to validate by, each in order.

    Of every combination of labels about `share` is set aside, and all of it kept where that is less
    than half a row; then, with a row, all others of its family (see `REWRITES`).
    *Shape:* gold (sentences, tasks).
    """
    generator = np.random.default_rng(seed)
    _, groups = np.unique(gold, axis=0, return_inverse=True)
    aside: list[int] = []
    for group in range(int(groups.max()) + 1):
        rows = np.flatnonzero(groups.reshape(-1) == group)
        aside += generator.permutation(rows)[: round(share * len(rows))].tolist()
    chosen = {families[row] for row in aside}
    everything = range(len(gold))
    return (
        [row for row in everything if families[row] not in chosen],
        [row for row in everything if families[row] in chosen],
    )
