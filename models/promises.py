"""What the held-out sentences of a bundle can promise of its answers, task by task.

The promises are for sentences that are exchangeable with these; `new_documents` has what becomes of
them elsewhere.
"""

import math
from dataclasses import dataclass

import numpy as np

from stancekit.models.conformal import LabelSets, fewest_labels, fit_label_sets
from stancekit.models.held_out import HeldOutTask
from stancekit.models.learn_then_test import Promise, label_promise, task_promise

__all__ = ["PromisedLabel", "PromisedTask", "promised"]

_TAIL = 0.05


@dataclass(frozen=True)
class PromisedLabel:
    """What is promised of a label that `sentences` of `documents` have.

    It is in the set of a sentence if its probability reaches `threshold`; in all sets if that is 0.
    The share of its sentences to come whose sets hold it lies in [`low`, `high`] for 9 of 10 draws
    of so many labelled ones (beta distribution, Vovk, "Conditional Validity of Inductive Conformal
    Predictors", 2012). `single` is the share of the labelled ones whose set has one label, NaN
    where there is none. `precise` says from which probability on the label is right when given.
    """

    sentences: int
    documents: int
    threshold: float
    low: float
    high: float
    single: float
    precise: Promise


@dataclass(frozen=True)
class PromisedTask:
    """What is promised of each label in the codebook's order, and of the task as a whole.

    `single` and `precise` are as in `PromisedLabel`, for the most probable label whichever it is.
    `error_rate` is how often a set may miss the right label.
    """

    error_rate: float
    sentences: int
    documents: int
    labels: tuple[PromisedLabel, ...]
    single: float
    precise: Promise

    @property
    def fewest(self) -> int:
        """How many labelled sentences it takes to leave a label out of any set."""
        return fewest_labels(self.error_rate)


def promised(
    task: HeldOutTask, error_rate: float, precision: float, confidence: float
) -> PromisedTask:
    """Return what is promised: sets by `fit_label_sets`, precise answers by `learn_then_test`.

    Raises InputError for a rate, precision or confidence that is not between 0 and 1.
    """
    sets = fit_label_sets(task, error_rate)
    single = sets.members(task.probabilities).sum(axis=1) == 1
    documents = np.array(task.documents, dtype=object)
    labels = []
    for label, threshold in enumerate(sets.thresholds.tolist()):
        own = task.gold == label
        low, high = _coverage(sets, label)
        labels.append(
            PromisedLabel(
                sentences=int(own.sum()),
                documents=len(set(documents[own])),
                threshold=threshold,
                low=low,
                high=high,
                single=_share(single[own].tolist()),
                precise=label_promise(task, label, precision, confidence),
            )
        )
    return PromisedTask(
        error_rate=error_rate,
        sentences=len(task.gold),
        documents=len(set(task.documents)),
        labels=tuple(labels),
        single=_share(single.tolist()),
        precise=task_promise(task, precision, confidence),
    )


def _coverage(sets: LabelSets, label: int) -> tuple[float, float]:
    from scipy.special import betaincinv  # noqa: PLC0415  (scoring starts without it)

    below = sets.positions[label]
    if not below:
        return 1.0, 1.0
    above = int(sets.counts[label]) + 1 - below
    low, high = betaincinv(above, below, [_TAIL, 1 - _TAIL])
    return float(low), float(high)


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else math.nan
