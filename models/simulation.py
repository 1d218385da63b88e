"""Promises put to the test: made of draws of the held-out sentences, and kept in all of them.

The held-out sentences stand for all there are: labelled ones are drawn from them with replacement,
so that what is promised and what is true are both known, and nothing but exchangeability is taken
for granted.
"""

from dataclasses import dataclass

import numpy as np

from stancekit.models.conformal import fit_label_sets
from stancekit.models.held_out import HeldOutTask
from stancekit.models.precision import Promise, label_promise, task_promise
from stancekit.models.predictor import BoolArray, FloatArray, IntArray

__all__ = ["Simulated", "simulate"]


@dataclass(frozen=True, eq=False)
class Simulated:
    """What promises came to in `draws`.

    `covered` is the mean share of each label's sentences whose sets hold it, NaN for a label that
    no sentence has. `made` counts for each label, and at last for the whole task, the draws in
    which precise answers were promised, `broken` those of them in which they were not.
    *Shape:* (labels,), (labels + 1,), (labels + 1,).
    """

    draws: int
    covered: FloatArray
    made: IntArray
    broken: IntArray


def simulate(
    task: HeldOutTask,
    error_rate: float,
    precision: float,
    confidence: float,
    draws: int,
    seed: int = 0,
    size: int | None = None,
) -> Simulated:
    """Return what promises made of `draws` of `size` sentences came to; by default all there are.

    The same input gives the same figures.
    """
    generator = np.random.default_rng(seed)
    count, labels = task.probabilities.shape
    own = task.probabilities[np.arange(count), task.gold]
    given = task.probabilities.argmax(axis=1)
    covered = np.zeros((draws, labels))
    made, broken = np.zeros(labels + 1, np.int64), np.zeros(labels + 1, np.int64)
    for draw in range(draws):
        rows = generator.integers(count, size=size or count)
        drawn = HeldOutTask(
            tuple(task.documents[row] for row in rows.tolist()),
            task.gold[rows],
            task.probabilities[rows],
        )
        thresholds = fit_label_sets(drawn, error_rate).thresholds
        held = own >= thresholds[task.gold]
        covered[draw] = [_mean(held[task.gold == label]) for label in range(labels)]
        promises = [label_promise(drawn, label, precision, confidence) for label in range(labels)]
        for place, promise in enumerate([*promises, task_promise(drawn, precision, confidence)]):
            chosen = np.full(count, True) if place == labels else given == place
            kept = _kept(promise, task, chosen, precision)
            made[place] += kept is not None
            broken[place] += kept is False
    return Simulated(draws, covered.mean(axis=0), made, broken)


def _kept(promise: Promise, task: HeldOutTask, chosen: BoolArray, precision: float) -> bool | None:
    """Return whether answers are as precise as was promised of `chosen`, None if nothing was."""
    if promise.threshold is None:
        return None
    answered = chosen & (task.probabilities.max(axis=1) >= promise.threshold)
    right = task.probabilities[answered].argmax(axis=1) == task.gold[answered]
    return not len(right) or float(right.mean()) >= precision


def _mean(flags: BoolArray) -> float:
    return float(flags.mean()) if len(flags) else float("nan")
