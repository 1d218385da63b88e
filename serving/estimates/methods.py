"""The four ways to a share: counted, corrected by known errors in two ways, and from own labels."""

from dataclasses import dataclass, replace

import numpy as np

from stancekit.labels.codebook import Task
from stancekit.models.held_out import HeldOutTask
from stancekit.models.predictor import FloatArray, IntArray
from stancekit.serving.estimates.adjusted import Corrected, corrected, nearest_shares
from stancekit.serving.estimates.clusters import Blocks, Means, cluster_means
from stancekit.serving.estimates.confusion import Confusion, apart, confusion, too_few
from stancekit.serving.estimates.expectation import adapted, expectation_maximisation
from stancekit.serving.estimates.net import label_values
from stancekit.serving.estimates.sampled import FEWEST_LABELS, sampled
from stancekit.serving.estimates.shares import Quantities, of_corrected, of_means
from stancekit.serving.score_table import ScoreTable

__all__ = ["Known", "Scored", "adjusted", "adjusted_shares", "count", "em", "sample"]

FEWEST_DOCUMENTS = 5
"""Documents of a cell below which nothing is corrected: their spread is not known."""
BACK = 0.4
"""How far the shares to which probabilities are adapted are drawn back to those of calibration.

Adapted the whole way, a rare label gets hardly any probability, and what the held-out sentences say
of it rests on very few of them.
"""

_NUMBERS = 4_000_000
"""How many numbers of held-out sentences are in memory together."""
_RARE = 1e-9
"""A share of calibration below which none is taken to be, so that it can be divided by."""

ALONE = "one document, so no interval"
CONFUSED = "the model confuses labels too much to correct for it"


@dataclass(frozen=True, eq=False)
class Scored:
    """One task of the scored sentences that are in a cell, in the order of `blocks.order`.

    *Shapes:* predicted (rows,), probabilities (rows, labels).
    """

    task: Task
    blocks: Blocks
    predicted: IntArray
    probabilities: FloatArray
    by_document: bool

    @classmethod
    def of(cls, table: ScoreTable, task: Task, blocks: Blocks, unit: str) -> "Scored":
        """Return the rows of `table` that are in `blocks`; `unit` is `sentence` or `document`."""
        predicted = table.predicted[task.name][blocks.order]
        probabilities = table.probabilities[task.name][blocks.order]
        return cls(task, blocks, predicted, probabilities, unit == "document")

    @property
    def values(self) -> FloatArray | None:
        """The value of each label, None if the task has no net value."""
        return label_values(self.task)

    def means(self, columns: FloatArray) -> Means:
        """Return the means of columns of the rows, over sentences or documents."""
        return cluster_means(self.blocks, self.blocks.totals(columns), self.by_document)


def count(scored: Scored) -> Quantities:
    """Return the shares of predicted labels; their intervals say nothing of the model's errors."""
    documents = scored.blocks.documents.astype(np.float64)
    means = scored.means(np.eye(len(scored.task.labels))[scored.predicted])
    return _noted(scored, of_means(means, documents, documents - 1, scored.values))


@dataclass(frozen=True, eq=False)
class Known:
    """Held-out sentences: gold label, document and probabilities, one set of these or one a cell.

    *Shapes:* (n,), (n,) codes, (n, labels) or (cells, n, labels).
    """

    gold: IntArray
    documents: IntArray
    probabilities: FloatArray

    @classmethod
    def of(cls, held_out: HeldOutTask) -> "Known":
        """Return what the bundle says of one task."""
        documents = np.unique(np.array(held_out.documents), return_inverse=True)[1]
        return cls(held_out.gold, documents, held_out.probabilities)


def adjusted(scored: Scored, known: Known) -> Quantities:
    """Return the shares that explain the predicted labels, with the errors that are known."""
    few = _few(scored, known)
    return _nothing(scored, few) if few else _possible(scored, adjusted_shares(scored, known))


def adjusted_shares(scored: Scored, known: Known) -> Corrected:
    """Return the shares of `adjusted` as they are solved for, whatever they rest on."""
    one_hot = np.eye(len(scored.task.labels))
    rates = confusion(known.gold, one_hot[known.probabilities.argmax(axis=-1)], known.documents)
    return corrected(scored.means(one_hot[scored.predicted]), rates)


def em(scored: Scored, known: Known) -> Quantities:
    """Return the shares that explain the probabilities, adapted to each cell; see `adjusted`.

    Expectation-maximisation adapts them (Saerens et al., 2002); what they say of held-out sentences
    of each label, adapted likewise, then takes the place of the rates of errors. So they need not
    be calibrated well, as they must be for the shares of expectation-maximisation alone.
    """
    few = _few(scored, known)
    if few:
        return _nothing(scored, few)
    prior = np.maximum(known.probabilities.mean(axis=-2), _RARE)
    cells, weights = scored.blocks.row_cells(), scored.blocks.row_weights(scored.by_document)
    shares = expectation_maximisation(
        scored.probabilities, weights, cells, prior, turns=200, close=1e-4
    )
    ratios = ((1 - BACK) * shares + BACK * prior) / prior
    means = scored.means(adapted(scored.probabilities, ratios[cells]))
    return _possible(scored, corrected(means, _adapted_rates(known, ratios)))


def _adapted_rates(known: Known, ratios: FloatArray) -> Confusion:
    """Return the rates of held-out probabilities adapted to each cell, many cells at a time."""
    if known.probabilities.ndim == 3:
        columns = adapted(known.probabilities, ratios[:, None, :])
        return confusion(known.gold, columns, known.documents)
    step = max(1, _NUMBERS // known.probabilities.size)
    parts = [
        confusion(
            known.gold,
            adapted(known.probabilities, ratios[begin : begin + step, None, :]),
            known.documents,
        )
        for begin in range(0, len(ratios), step)
    ]
    return replace(
        parts[0],
        rates=np.concatenate([part.rates for part in parts]),
        covariances=np.concatenate([part.covariances for part in parts]),
        alike=np.concatenate([part.alike for part in parts]),
    )


def sample(scored: Scored, gold: IntArray, drawn: FloatArray) -> Quantities:
    """Return the shares that own labels of a probability sample say; see `sampled`.

    Those are the nearest possible ones: of a label that nobody gave, the model's probabilities may
    make less than nothing.
    """
    found = sampled(
        scored.blocks, scored.predicted, scored.probabilities, gold, drawn, scored.by_document
    )
    fewest = np.minimum(found.labelled, scored.blocks.documents).astype(np.float64)
    means = replace(found.means, value=nearest_shares(found.means.value))
    result = _noted(scored, of_means(means, fewest, found.degrees, scored.values))
    reasons = [
        "" if own >= FEWEST_LABELS else f"{own} own labels here, {FEWEST_LABELS} are needed"
        for own in found.labelled.tolist()
    ]
    return _missing(result, reasons)


def _few(scored: Scored, known: Known) -> str:
    """Return of which label too little is known to correct for errors, "" if of none."""
    names = scored.task.label_names
    return too_few(np.bincount(known.gold, minlength=len(names)), names)


def _nothing(scored: Scored, reason: str) -> Quantities:
    """Return NaN everywhere, for one reason."""
    cells = scored.blocks.cells
    quantities = len(scored.task.labels) + (scored.values is not None)
    missing = np.full((cells, quantities), np.nan)
    return Quantities(missing, missing, missing, [reason] * cells)


def _noted(scored: Scored, found: Quantities) -> Quantities:
    """Return `found` with a note where there is no interval, as there is one document."""
    documents = scored.blocks.documents.tolist()
    notes = [ALONE if own == 1 else note for own, note in zip(documents, found.notes, strict=True)]
    return replace(found, notes=notes)


def _possible(scored: Scored, solved: Corrected) -> Quantities:
    """Return the shares that were solved for where they rest on enough."""
    tells = np.broadcast_to(apart(solved.errors), scored.blocks.cells)
    reasons = []
    for documents, enough in zip(scored.blocks.documents.tolist(), tells.tolist(), strict=True):
        if not enough:
            reasons.append(CONFUSED)
        elif documents < FEWEST_DOCUMENTS:
            reasons.append(f"documents: {documents}, {FEWEST_DOCUMENTS} are needed")
        else:
            reasons.append("")
    found = of_corrected(solved, scored.values)
    unbounded = np.isnan(found.value[:, 0]).tolist()
    reasons = [
        reason or (CONFUSED if own else "") for reason, own in zip(reasons, unbounded, strict=True)
    ]
    return _missing(found, reasons)


def _missing(found: Quantities, reasons: list[str]) -> Quantities:
    """Return NaN and the reason for the cells that have one."""
    missing = np.array([bool(reason) for reason in reasons])[:, None]
    value, low, high = (
        np.where(missing, np.nan, own) for own in (found.value, found.low, found.high)
    )
    notes = [reason or note for reason, note in zip(reasons, found.notes, strict=True)]
    return Quantities(value, low, high, notes)
