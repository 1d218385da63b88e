"""Gold labels as a table of positions, what each label weighs, and predictions beside them."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch

from stancekit.labels.codebook import Codebook
from stancekit.labels.sentences import Sentence
from stancekit.models.predictor import IntArray
from stancekit.training.network import IGNORED

__all__ = ["by_task", "label_table", "label_weights"]


def label_table(sentences: Sequence[Sentence], codebook: Codebook) -> IntArray:
    """Return label positions, `IGNORED` for missing ones. *Shape:* (sentences, tasks)."""
    return np.array(
        [
            [
                task.label_names.index(sentence.labels[task.name])
                if task.name in sentence.labels
                else IGNORED
                for task in codebook.tasks
            ]
            for sentence in sentences
        ],
        dtype=np.int64,
    )


def label_weights(
    gold: IntArray, codebook: Codebook, kind: Literal["balanced", "equal"]
) -> list[torch.Tensor]:
    """Return the weight of each label of each task: 1, or in inverse proportion to its frequency.

    *Shape:* gold (sentences, tasks).
    """
    weights = []
    for number, task in enumerate(codebook.tasks):
        own = gold[:, number]
        counts = np.bincount(own[own != IGNORED], minlength=len(task.labels))
        if kind == "balanced":
            weight = counts.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1))
        else:
            weight = np.ones(len(counts))
        weights.append(torch.tensor(weight, dtype=torch.float32))
    return weights


def by_task(logits: Any, gold: Any, codebook: Codebook) -> dict[str, tuple[Any, Any]]:
    """Return task -> predicted and gold positions, of sentences that have a label of it.

    *Shape:* logits (sentences, labels of all tasks), gold (sentences, tasks).
    """
    found, start = {}, 0
    for number, task in enumerate(codebook.tasks):
        own = gold[:, number] != IGNORED
        best = logits[:, start : start + len(task.labels)].argmax(axis=1)
        if own.any():
            found[task.name] = (best[own], gold[own, number])
        start += len(task.labels)
    return found
