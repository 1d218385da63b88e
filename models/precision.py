"""A threshold on a probability from which errors are promised to be rare, or word that none is.

Learn then test (Angelopoulos, Bates, Candes, Jordan and Lei, "Learn then Test: Calibrating
Predictive Algorithms to Achieve Risk Control", 2021): every threshold is a hypothesis, "more than
the stated share of the answers from here on is wrong", which an exact binomial test may reject.
"""

import math
from dataclasses import dataclass

import numpy as np

from stancekit.models.conformal import check_rate
from stancekit.models.held_out import HeldOutTask
from stancekit.models.predictor import BoolArray, FloatArray, IntArray

__all__ = ["CONFIDENCE", "PRECISION", "Promise", "label_promise", "promise", "task_promise"]

PRECISION = 0.9
"""The share of answers that are right, if nothing else is asked for."""
CONFIDENCE = 0.9
"""How probable it is that a promise is kept, over draws of the labelled sentences."""
_STEPS = 1000
_STARTS = (1 / 4, 1 / 2, 1)
"""Shares of the sentences from which the tests start, beside the fewest that can pass one."""


@dataclass(frozen=True)
class Promise:
    """What can be promised of sentences whose probability reaches `threshold`, None if nothing can.

    Of the `sentences` that were tested, `answered` reach it and `wrong` of these are wrong; without
    a threshold, they are those of the first test, none if there were too few sentences for one.
    `fewest` is how many a promise takes if not one of them is wrong.
    """

    threshold: float | None
    sentences: int
    answered: int
    wrong: int
    fewest: int


def label_promise(
    task: HeldOutTask, label: int, precision: float = PRECISION, confidence: float = CONFIDENCE
) -> Promise:
    """Return from which probability on a label, where it is the most probable, is precise enough.

    Precise enough: of the sentences that get the label, at least `precision` have it. `label` is
    its position in the codebook; see `promise`.
    """
    own = task.probabilities.argmax(axis=1) == label
    return promise(task.probabilities[own, label], task.gold[own] != label, precision, confidence)


def task_promise(
    task: HeldOutTask, precision: float = PRECISION, confidence: float = CONFIDENCE
) -> Promise:
    """Return from which probability on the most probable label, whichever it is, is right enough.

    See `promise`.
    """
    wrong = task.probabilities.argmax(axis=1) != task.gold
    return promise(task.probabilities.max(axis=1), wrong, precision, confidence)


def promise(
    probabilities: FloatArray, wrong: BoolArray, precision: float, confidence: float
) -> Promise:
    """Return the lowest threshold from which `precision` of the answers are right, by test.

    With probability `confidence` over draws of the sentences, no more than 1 - `precision` of all
    sentences to come whose probability reaches the threshold are wrong, if these are like those.
    Thresholds are tested from high to low until one does not pass (fixed sequence testing), from
    several starts which share the level (Bonferroni); the starts depend on how many sentences reach
    a threshold, not on which are wrong. Exact where errors get no rarer as the probability falls.
    *Shape:* (sentences,) both. Raises InputError for a share that is not between 0 and 1.
    """
    check_rate(precision, "precision")
    check_rate(confidence, "confidence")
    level = (1 - confidence) / (1 + len(_STARTS))
    fewest = math.ceil(round(math.log(level) / math.log(precision), 9))
    thresholds = np.arange(_STEPS - 1, -1, -1) / _STEPS
    ordered = np.sort(probabilities)
    answered = len(ordered) - np.searchsorted(ordered, thresholds, side="left")
    errors = np.concatenate([[0], np.cumsum(wrong[np.argsort(-probabilities, kind="stable")])])
    passes = _p_values(errors[answered], answered, 1 - precision) <= level
    starts = _starts(answered, fewest)
    reached = max((_last(passes, start) for start in starts), default=-1)
    shown = answered[reached if reached >= 0 else min(starts)] if starts else 0
    return Promise(
        threshold=float(thresholds[reached]) if reached >= 0 else None,
        sentences=len(probabilities),
        answered=int(shown),
        wrong=int(errors[shown]),
        fewest=fewest,
    )


def _p_values(wrong: IntArray, answered: IntArray, share: float) -> FloatArray:
    """Return how probable so few errors are if `share` of the answers is wrong."""
    from scipy.special import bdtr  # noqa: PLC0415  (scoring starts without it)

    return np.asarray(np.where(answered > 0, bdtr(wrong, np.maximum(answered, 1), share), 1.0))


def _starts(answered: IntArray, fewest: int) -> list[int]:
    """Return the positions of the highest thresholds that enough sentences reach."""
    total = int(answered[-1])
    counts = [fewest, *(math.ceil(total * share) for share in _STARTS)]
    return [int(np.searchsorted(answered, n)) for n in counts if fewest <= n <= total]


def _last(passes: BoolArray, start: int) -> int:
    """Return the last position of an unbroken row of passes from `start` on, -1 without any."""
    failures = np.flatnonzero(~passes[start:])
    end = start + int(failures[0]) if len(failures) else len(passes)
    return end - 1 if end > start else -1
