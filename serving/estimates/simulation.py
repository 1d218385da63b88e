"""Whether intervals hold: corpora of known shares are drawn, estimated, and compared with these.

Everything that is chance in an estimate is drawn anew each time: the documents and what share of
each label each of them has, the label of every sentence, what the model says of it (that of a
held-out sentence with this label, the same within a document as often as it is alike there), which
held-out sentences the errors are measured on (likewise), and which sentences somebody labels.
"""

from dataclasses import dataclass

import numpy as np

from stancekit.labels.codebook import Task
from stancekit.models.held_out import HeldOutTask
from stancekit.models.predictor import FloatArray, IntArray
from stancekit.serving.design import inclusion_probabilities, systematic_sample
from stancekit.serving.estimates.clusters import Blocks, blocks_of
from stancekit.serving.estimates.confusion import confusion
from stancekit.serving.estimates.estimate import METHODS, NET
from stancekit.serving.estimates.methods import Known, Scored, adjusted, count, em, sample
from stancekit.serving.estimates.net import label_values, net_value
from stancekit.serving.estimates.shares import Quantities

__all__ = ["Coverage", "Setting", "simulate"]


@dataclass(frozen=True)
class Setting:
    """What corpora are like.

    `documents` of `sentences` each on average, of which as many as `labelled` get a label. `spread`
    in (0, 1) is how much of the variance of a label is between documents (the intraclass
    correlation). `alike` in [0, 1) is that correlation of what the model says of two sentences of
    the same label and document; None is as it is among the held-out sentences.
    """

    documents: int = 60
    sentences: int = 20
    labelled: int = 200
    spread: float = 0.1
    alike: float | None = None
    by_document: bool = False


@dataclass(frozen=True)
class Coverage:
    """How one method did on one quantity whose true value is `truth`.

    `bias` is the mean of the estimates minus the truth, `covers` the part of the 95 % intervals
    that hold the truth, `width` their mean width. `missing` is the part of estimates that were
    refused; they count in nothing else.
    """

    task: str
    quantity: str
    truth: float
    method: str
    bias: float
    covers: float
    width: float
    missing: float


def simulate(
    task: Task,
    held_out: HeldOutTask,
    label: int,
    share: float,
    setting: Setting,
    repetitions: int,
    seed: int,
    errors: HeldOutTask | None = None,
) -> list[Coverage]:
    """Return how every method did on `label`, whose share is `share`, and on the net value.

    The other labels share the rest as they do among the held-out sentences. With `errors`, the
    model errs on the corpora as it did on those sentences, while the held-out sentences stay what
    it is corrected by. The same seed gives the same result.
    """
    generator = np.random.default_rng([seed, label, round(1000 * share)])
    shares = _shares(held_out.gold, len(task.labels), label, share)
    documents, gold = _corpora(generator, shares, setting, repetitions)
    source = errors or held_out
    known = Known.of(held_out)
    alike = _measured(known) if setting.alike is None else setting.alike
    said = source.probabilities[_alike(generator, gold, documents, source.gold, alike)]
    count_of = int(known.documents.max()) + 1
    held = np.arange(repetitions)[:, None] * count_of + known.documents
    judged = _alike(generator, np.tile(known.gold, repetitions), held.ravel(), known.gold, alike)
    judged_by = known.probabilities[judged.reshape(repetitions, -1)]
    known = Known(known.gold, known.documents, judged_by)
    blocks = blocks_of(documents // setting.documents, documents, repetitions)
    scored = Scored(task, blocks, said.argmax(axis=1), said, setting.by_document)
    own, drawn = _labelled(generator, scored, gold, setting.labelled)
    found = {
        "count": count(scored),
        "adjusted": adjusted(scored, known),
        "em": em(scored, known),
        "sample": sample(scored, own, drawn),
    }
    truths = [(label, task.label_names[label], share)]
    values = label_values(task)
    if values is not None:
        truths.append((len(shares), NET, float(net_value(values, shares[None])[0])))
    return [
        _coverage(task.name, name, truth, method, found[method], place)
        for place, name, truth in truths
        for method in METHODS
    ]


def _measured(known: Known) -> float:
    one_hot = np.eye(known.probabilities.shape[1])[known.probabilities.argmax(axis=1)]
    return float(confusion(known.gold, one_hot, known.documents).alike)


def _shares(gold: IntArray, labels: int, label: int, share: float) -> FloatArray:
    rest = np.bincount(gold, minlength=labels).astype(np.float64)
    rest[label] = 0
    found: FloatArray = (1 - share) * rest / rest.sum()
    found[label] = share
    return found


def _corpora(
    generator: np.random.Generator, shares: FloatArray, setting: Setting, repetitions: int
) -> tuple[IntArray, IntArray]:
    """Return document and true label of every sentence; documents count on through all corpora."""
    count = repetitions * setting.documents
    own = generator.dirichlet(shares * (1 / setting.spread - 1), size=count)
    sizes = 1 + generator.negative_binomial(2, 2 / (1 + setting.sentences), size=count)
    documents = np.repeat(np.arange(count), sizes)
    bounds = np.cumsum(own, axis=1)[documents, :-1]
    gold = (generator.random(len(documents))[:, None] > bounds).sum(axis=1)
    return documents, gold


def _with_label(generator: np.random.Generator, gold: IntArray, pool: IntArray) -> IntArray:
    """Return for each label the position of a random one in `pool` that is the same."""
    found = np.empty(gold.shape, dtype=np.int64)
    for label in np.unique(gold):
        wanted = gold == label
        found[wanted] = generator.choice(np.flatnonzero(pool == label), size=int(wanted.sum()))
    return found


def _alike(
    generator: np.random.Generator,
    gold: IntArray,
    documents: IntArray,
    pool: IntArray,
    alike: float,
) -> IntArray:
    """Return for each label a position in `pool`, the more the same in a document the more alike.

    A document has a favourite for each label, which it takes instead of a random one so often that
    two of its sentences have the same one with probability `alike`.
    """
    found = _with_label(generator, gold, pool)
    labels = int(pool.max()) + 1
    every = np.tile(np.arange(labels), int(documents.max()) + 1)
    favourites = _with_label(generator, every, pool).reshape(-1, labels)
    own = generator.random(len(gold)) < np.sqrt(alike)
    return np.where(own, favourites[documents, gold], found)


def _labelled(
    generator: np.random.Generator, scored: Scored, gold: IntArray, wanted: int
) -> tuple[IntArray, FloatArray]:
    """Return the labels of a sample of each corpus (-1 for others) and the probabilities of it."""
    blocks: Blocks = scored.blocks
    own, drawn = np.full(len(gold), -1), np.ones(len(gold))
    ends = np.cumsum(blocks.sentences)
    documents = np.repeat(np.arange(len(blocks.sizes)), blocks.sizes)
    for begin, end in zip(ends - blocks.sentences, ends, strict=True):
        _, stratum = np.unique(scored.predicted[begin:end], return_inverse=True)
        drawn[begin:end] = inclusion_probabilities([stratum], min(wanted, int(end - begin)))
        rows = systematic_sample(
            drawn[begin:end], [stratum], documents[begin:end] - documents[begin], generator
        )
        own[begin + rows] = gold[begin + rows]
    return own, drawn


def _coverage(
    task: str, name: str, truth: float, method: str, found: Quantities, place: int
) -> Coverage:
    value, low, high = found.value[:, place], found.low[:, place], found.high[:, place]
    there = ~np.isnan(low)
    if not there.any():
        nothing = float("nan")
        return Coverage(task, name, truth, method, nothing, nothing, nothing, 1.0)
    value, low, high = value[there], low[there], high[there]
    # A bound of exactly 0 or 1 must not miss a truth there by rounding.
    holds = (low <= truth + 1e-12) & (truth - 1e-12 <= high)
    return Coverage(
        task=task,
        quantity=name,
        truth=truth,
        method=method,
        bias=float(value.mean() - truth),
        covers=float(holds.mean()),
        width=float((high - low).mean()),
        missing=float(1 - there.mean()),
    )
