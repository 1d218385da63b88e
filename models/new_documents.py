"""Whether promises hold in documents that did not make them, and how much documents can promise.

Sentences of one document are more like each other than like those of the next. Where it is
documents that are drawn, k of them and the one to come are exchangeable, and the sentence to come
is unlike those of all k in one of k + 1 cases, for all that can be known: no method that assumes no
more promises a coverage above k / (k + 1) by sets that leave anything out (Dunn, Wasserman and
Ramdas, "Distribution-Free Prediction Sets for Two-Layer Hierarchical Models", 2022).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stancekit.models.conformal import fewest_labels, fit_label_sets
from stancekit.models.held_out import HeldOutTask
from stancekit.models.precision import label_promise
from stancekit.models.predictor import BoolArray, IntArray

__all__ = ["LeftOut", "fewest_documents", "highest_coverage", "left_out_documents", "together"]


@dataclass(frozen=True, eq=False)
class LeftOut:
    """What became of the promises in a document whose sentences did not make them.

    Of the `sentences` of each label, `covered` are in their sets. Of the sentences that got each
    label, `answered` reach the probability from which it should be precise, and `wrong` of these
    are. (labels,) each. `single` is how many sets have one label.
    """

    document: str
    sentences: IntArray
    covered: IntArray
    answered: IntArray
    wrong: IntArray
    single: int


def highest_coverage(documents: int) -> float:
    """Return the highest coverage below 1 that so many documents promise for another one.

    >>> round(highest_coverage(5), 3)
    0.833
    """
    return documents / (documents + 1)


def fewest_documents(error_rate: float) -> int:
    """Return how many documents it takes to promise sets that miss at most at `error_rate`.

    >>> fewest_documents(0.1)
    9
    """
    return fewest_labels(error_rate)  # a document is a draw, as a sentence is elsewhere


def left_out_documents(
    task: HeldOutTask, error_rate: float, precision: float, confidence: float
) -> list[LeftOut]:
    """Return for each document, in order of appearance, what the others' promises came to in it.

    Raises InputError for a rate, precision or confidence that is not between 0 and 1.
    """
    return [
        _left_out(task, document, error_rate, precision, confidence)
        for document in dict.fromkeys(task.documents)
    ]


def together(documents: Sequence[LeftOut], name: str) -> LeftOut:
    """Return the sums over one or more documents, under another name."""
    return LeftOut(
        document=name,
        sentences=sum((own.sentences for own in documents[1:]), documents[0].sentences),
        covered=sum((own.covered for own in documents[1:]), documents[0].covered),
        answered=sum((own.answered for own in documents[1:]), documents[0].answered),
        wrong=sum((own.wrong for own in documents[1:]), documents[0].wrong),
        single=sum(own.single for own in documents),
    )


def _left_out(
    task: HeldOutTask, document: str, error_rate: float, precision: float, confidence: float
) -> LeftOut:
    own = np.array([name == document for name in task.documents], dtype=bool)
    others = _rows(task, ~own)
    labels = range(task.probabilities.shape[1])
    gold, probabilities = task.gold[own], task.probabilities[own]
    members = fit_label_sets(others, error_rate).members(probabilities)
    given = probabilities.argmax(axis=1)
    thresholds = [label_promise(others, k, precision, confidence).threshold for k in labels]
    precise = np.array([math.inf if own is None else own for own in thresholds])
    answered = probabilities[np.arange(len(gold)), given] >= precise[given]
    return LeftOut(
        document=document,
        sentences=np.bincount(gold, minlength=len(labels)),
        covered=np.bincount(gold[members[np.arange(len(gold)), gold]], minlength=len(labels)),
        answered=np.bincount(given[answered], minlength=len(labels)),
        wrong=np.bincount(given[answered & (given != gold)], minlength=len(labels)),
        single=int((members.sum(axis=1) == 1).sum()),
    )


def _rows(task: HeldOutTask, chosen: BoolArray) -> HeldOutTask:
    documents = tuple(np.array(task.documents, dtype=object)[chosen].tolist())
    return HeldOutTask(documents, task.gold[chosen], task.probabilities[chosen])
