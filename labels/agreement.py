"""How far annotators agree beyond chance, with bootstrap intervals.

Krippendorff's alpha for nominal data (Krippendorff, "Computing Krippendorff's Alpha-Reliability",
2011) and Gwet's AC1 (Gwet, "Computing inter-rater reliability and its variance in the presence of
high agreement", 2008), for any number of annotators and with missing labels. AC1 is printed beside
alpha because alpha falls when one label is rare, however well annotators agree on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from stancekit.labels.annotation import Annotation, labels_of
from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.resampling import Interval, bootstrap_weights, percentile_interval

__all__ = ["Agreement", "agreement", "agreement_table", "cell_agreement", "count_labels"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """Agreement on one task, or on one of its labels against all others (`label` not "").

    `observed` is the share of agreeing pairs in [0, 1]; `alpha` and `ac1` are at most 1, and 0 is
    what chance would give.
    """

    task: str
    label: str
    units: int
    observed: float
    alpha: Interval
    ac1: Interval


def count_labels(labels: Sequence[Sequence[str | None]], categories: Sequence[str]) -> FloatArray:
    """Return how many annotators gave each category to each unit.

    `labels` holds a row a unit and a column an annotator, None where one is missing.
    *Shape:* (units, categories).
    """
    position = {category: index for index, category in enumerate(categories)}
    counts = np.zeros((len(labels), len(categories)))
    for unit, row in enumerate(labels):
        for label in row:
            if label is not None:
                counts[unit, position[label]] += 1
    return counts


def agreement(
    counts: FloatArray, task: str = "", label: str = "", replicates: int = 2000, seed: int = 0
) -> Agreement:
    """Return observed agreement, alpha and AC1 of `counts` (see `count_labels`).

    Intervals draw units with replacement. A statistic that is undefined, such as alpha where only
    one category was ever used, is NaN.

    >>> counts = count_labels([["a", "a"], ["b", "b"], ["a", "b"], ["a", "a"]], ["a", "b"])
    >>> round(agreement(counts).alpha.value, 3)
    0.533
    """
    once = np.ones((1, len(counts)))
    weights = bootstrap_weights([""] * len(counts), replicates, seed).astype(float)
    return Agreement(
        task=task,
        label=label,
        units=int((counts.sum(axis=1) > 1).sum()),
        observed=float(_observed(counts, once)[0]),
        alpha=percentile_interval(float(_alpha(counts, once)[0]), _alpha(counts, weights)),
        ac1=percentile_interval(float(_ac1(counts, once)[0]), _ac1(counts, weights)),
    )


def agreement_table(
    annotations: Mapping[str, Mapping[str, Annotation]],
    codebook: Codebook,
    replicates: int = 2000,
    seed: int = 0,
) -> list[Agreement]:
    """Return the agreement on each task, followed by that on each of its labels.

    Raises DataError for fewer than two annotators.
    """
    ids = _annotated(annotations)
    table = []
    for task in codebook.tasks:
        rows = []
        for id_ in ids:
            given = labels_of(annotations, id_, task.name)
            rows.append([given.get(annotator) for annotator in annotations])
        counts = count_labels(rows, task.label_names)
        table.append(agreement(counts, task.name, "", replicates, seed))
        for column, label in enumerate(task.label_names):
            one = counts[:, column]
            against = np.stack([one, counts.sum(axis=1) - one], axis=1)
            table.append(agreement(against, task.name, label, replicates, seed))
    return table


def cell_agreement(
    annotations: Mapping[str, Mapping[str, Annotation]],
    codebook: Codebook,
    replicates: int = 2000,
    seed: int = 0,
) -> list[Agreement]:
    """Return the agreement on each combination of labels against all others.

    `task` and `label` of a row name the tasks and the labels, joined by " / ". Only sentences count
    that an annotator gave a label of every task. Raises DataError for fewer than two annotators.
    """
    ids = _annotated(annotations)
    given: list[list[tuple[str, ...] | None]] = []
    for id_ in ids:
        rows = [own[id_].labels if id_ in own else {} for own in annotations.values()]
        given.append([_cell(labels, codebook) for labels in rows])
    table = []
    for cell in product(*(task.label_names for task in codebook.tasks)):
        counts = count_labels(
            [[None if c is None else str(c == cell) for c in row] for row in given],
            ["True", "False"],
        )
        tasks, labels = " / ".join(codebook.task_names), " / ".join(cell)
        table.append(agreement(counts, tasks, labels, replicates, seed))
    return table


def _annotated(annotations: Mapping[str, Mapping[str, Annotation]]) -> list[str]:
    """Return the sentences that anybody annotated, having checked that there are two who did."""
    if len(annotations) < 2 or not all(annotations.values()):
        raise DataError("agreement needs two annotators or more, each with labels")
    return sorted({id_ for own in annotations.values() for id_ in own})


def _cell(labels: Mapping[str, str], codebook: Codebook) -> tuple[str, ...] | None:
    if any(task not in labels for task in codebook.task_names):
        return None
    return tuple(labels[task] for task in codebook.task_names)


def _observed(counts: FloatArray, weights: FloatArray) -> FloatArray:
    raters = counts.sum(axis=1)
    pairable = raters > 1
    agreeing = (counts * (counts - 1)).sum(axis=1)
    pairs = np.where(pairable, raters * (raters - 1), 1)
    return _ratio(weights @ (agreeing / pairs * pairable), weights @ pairable.astype(float))


def _alpha(counts: FloatArray, weights: FloatArray) -> FloatArray:
    raters = counts.sum(axis=1)
    pairable = raters > 1
    used = counts * pairable[:, None]
    disagreeing = (used.sum(axis=1) ** 2 - (used**2).sum(axis=1)) / np.where(
        pairable, raters - 1, 1
    )
    totals = weights @ used
    values = totals.sum(axis=1)
    observed = _ratio(weights @ disagreeing, values)
    expected = _ratio(values**2 - (totals**2).sum(axis=1), values * (values - 1))
    return 1 - _ratio(observed, expected)


def _ac1(counts: FloatArray, weights: FloatArray) -> FloatArray:
    raters = counts.sum(axis=1)
    rated = raters > 0
    shares = counts / np.where(rated, raters, 1)[:, None]
    prevalence = _ratio(weights @ shares, (weights @ rated.astype(float))[:, None])
    chance = (prevalence * (1 - prevalence)).sum(axis=1) / (counts.shape[1] - 1)
    return _ratio(_observed(counts, weights) - chance, 1 - chance)


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below == 0, np.nan, above / np.where(below == 0, 1, below))
