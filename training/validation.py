"""Set a part of the training sentences aside, and see by it whether a model has collapsed."""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from stancekit.models.predictor import IntArray

__all__ = ["set_aside", "some_of_each", "tasks_of_one_label"]


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


def some_of_each(gold: IntArray, count: int, seed: int) -> list[int]:
    """Return rows in order, drawn at random: up to `count` of each label of each task.

    *Shape:* gold (sentences, tasks).
    """
    order = np.random.default_rng(seed).permutation(len(gold))
    chosen: set[int] = set()
    for labels in gold[order].T:
        for label in np.unique(labels):
            chosen.update(order[labels == label][:count].tolist())
    return sorted(chosen)


def tasks_of_one_label(answers: Mapping[str, tuple[IntArray, IntArray]]) -> set[str]:
    """Return the tasks whose sentences all got one label though their gold labels are several.

    `answers` has predicted and gold positions of each task.
    """
    return {
        task
        for task, (predicted, gold) in answers.items()
        if len(set(gold)) > 1 and len(set(predicted)) == 1
    }
