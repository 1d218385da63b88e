"""Sets of labels that hold the right one at a stated rate: split conformal prediction, by label.

A label stays in the set of a sentence if its probability reaches the threshold of that label, which
is fitted to labelled sentences that the model had not seen. If sentences to come are like these
(exchangeable with them), the right label is missing from the set at most at the stated rate,
whatever the model; and as that is so for each label, also where labels are commoner or rarer (Vovk,
Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005, chapter 4.5; Sadinle, Lei and
Wasserman, "Least Ambiguous Set-Valued Classifiers with Bounded Error Levels", 2019).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stancekit.labels.errors import InputError
from stancekit.models.held_out import HeldOutTask
from stancekit.models.predictor import BoolArray, FloatArray, IntArray

__all__ = ["ERROR_RATE", "LabelSets", "check_rate", "fewest_labels", "fit_label_sets"]

ERROR_RATE = 0.1
"""How often the right label may be missing from the set, if nothing else is asked for."""
_NEAREST = 1e-6
_STEPS = 10_000
"""Thresholds have four digits, so that those that are shown are those that count."""


@dataclass(frozen=True, eq=False)
class LabelSets:
    """Which labels stay in the set of a sentence.

    `thresholds` has for each label the probability in [0, 1] from which it does, 0 if there are too
    few labelled sentences to leave it out. It was made of `counts` labelled sentences, and is the
    lowest but for `positions` - 1 of them; both are whole numbers. *Shape:* (labels,) each.
    """

    error_rate: float
    thresholds: FloatArray
    counts: IntArray
    positions: IntArray

    def members(self, probabilities: FloatArray) -> BoolArray:
        """Return which labels are in the set of each sentence; (sentences, labels) in and out.

        The most probable label always is: no set is empty, and the right label is missing the less.
        """
        found = probabilities >= self.thresholds
        found[np.arange(len(found)), probabilities.argmax(axis=1)] = True
        return np.asarray(found)

    def named(self, probabilities: FloatArray, names: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the set of each sentence by the `names` of the labels, in their order."""
        members = self.members(probabilities)
        known: dict[bytes, tuple[str, ...]] = {}
        found = []
        for row, key in enumerate(map(bytes, np.packbits(members, axis=1))):
            if key not in known:
                known[key] = tuple(names[label] for label in np.flatnonzero(members[row]).tolist())
            found.append(known[key])
        return found


def fewest_labels(error_rate: float) -> int:
    """Return how many labelled sentences it takes to leave a label out of any set.

    >>> fewest_labels(0.1), fewest_labels(0.05)
    (9, 19)
    """
    return math.ceil(round(1 / error_rate, 9)) - 1


def fit_label_sets(task: HeldOutTask, error_rate: float = ERROR_RATE) -> LabelSets:
    """Return the sets that miss a label at most at `error_rate`, in (0, 1), of its sentences.

    Of n labelled sentences of a label, the one with the k-th lowest probability of it gives the
    threshold, k = floor((n + 1) error_rate). The promise is over draws of these n and the sentence
    to come: with k = 0 the label is in every set.
    """
    check_rate(error_rate, "error rate")
    labels = task.probabilities.shape[1]
    thresholds = np.zeros(labels)
    counts = np.bincount(task.gold, minlength=labels)
    positions = np.floor(np.round((counts + 1) * error_rate, 9)).astype(np.int64)
    for label in np.flatnonzero(positions):
        own = np.sort(task.probabilities[task.gold == label, label])
        thresholds[label] = _rounded_down(float(own[positions[label] - 1]))
    return LabelSets(error_rate, thresholds, counts, positions)


def check_rate(rate: float, name: str) -> None:
    """Raise InputError if `rate` is no number between 0 and 1, or next to one of them."""
    if not 0 < rate < 1:
        raise InputError(f"{name}: expected a number between 0 and 1, given {rate}")
    if not _NEAREST <= rate <= 1 - _NEAREST:
        raise InputError(f"{name}: {rate} is less than a millionth from 0 or 1")


def _rounded_down(threshold: float) -> float:
    """Return `threshold` on the grid, downwards, so that no set gets smaller."""
    nearest = round(threshold * _STEPS)
    return (nearest - (nearest / _STEPS > threshold)) / _STEPS
