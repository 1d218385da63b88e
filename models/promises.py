"""What the held-out sentences of a bundle can promise of its answers, task by task.

The promises are for sentences that are exchangeable with these; `new_documents` has what becomes of
them elsewhere.
"""

from dataclasses import dataclass

import numpy as np

from stancekit.models.conformal import LabelSets, fit_label_sets
from stancekit.models.held_out import HeldOutTask
from stancekit.models.precision import Promise, label_promise, task_promise

__all__ = ["PromisedLabel", "PromisedTask", "promised"]

_TAIL = 0.05


@dataclass(frozen=True)
class PromisedLabel:
    """What is promised of a label that `sentences` of `documents` have.

    It is in the set of a sentence if its probability reaches `threshold`; in all sets if that is 0.
    The share of its sentences to come whose sets hold it lies in [`low`, `high`] for 9 of 10 draws
    of so many labelled ones (beta distribution, Vovk, "Conditional Validity of Inductive Conformal
    Predictors", 2012). `single` of the labelled sentences have a set of this label alone, and
    `right` of these have the label. `precise` says from which probability on answers are right.
    """

    sentences: int
    documents: int
    threshold: float
    low: float
    high: float
    single: int
    right: int
    precise: Promise


@dataclass(frozen=True)
class PromisedTask:
    """What is promised of each label in the codebook's order, and of the task as a whole.

    `single`, `right` and `precise` are as in `PromisedLabel`, for whichever label it is.
    """

    sentences: int
    documents: int
    labels: tuple[PromisedLabel, ...]
    single: int
    right: int
    precise: Promise


def promised(
    task: HeldOutTask, error_rate: float, precision: float, confidence: float
) -> PromisedTask:
    """Return what is promised: sets by `fit_label_sets`, precise answers by `precision`.

    Raises InputError for a rate, precision or confidence that is not between 0 and 1.
    """
    sets = fit_label_sets(task, error_rate)
    members = sets.members(task.probabilities)
    alone = members & (members.sum(axis=1, keepdims=True) == 1)
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
                single=int(alone[:, label].sum()),
                right=int(alone[own, label].sum()),
                precise=label_promise(task, label, precision, confidence),
            )
        )
    return PromisedTask(
        sentences=len(task.gold),
        documents=len(set(task.documents)),
        labels=tuple(labels),
        single=sum(label.single for label in labels),
        right=sum(label.right for label in labels),
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
