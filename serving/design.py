"""A probability sample of sentences to label: each with the probability with which it is drawn.

Sentences are drawn from every predicted label of every task (and every group) alike, so that a rare
one is seen often enough, and from many documents. The draw is systematic with unequal
probabilities (Madow, 1949): sentences in the order of their predicted labels and, among these, of
documents in random order; then one at equal steps of the summed probabilities, from a random start.
So each is drawn with its probability, and their number is the one asked for.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from stancekit.labels.errors import InputError
from stancekit.labels.flat_row import detail
from stancekit.labels.sentences import Sentence
from stancekit.models.predictor import FloatArray, IntArray
from stancekit.serving.score_table import ScoreTable, crossed

__all__ = [
    "DESIGN",
    "PROBABILITY",
    "Drawn",
    "draw",
    "drawn_sentences",
    "frame_digest",
    "inclusion_probabilities",
    "systematic_sample",
]

PROBABILITY = "probability"
"""The detail of a sentence that holds the probability with which it was drawn."""
DESIGN = "design"
"""The detail that holds what was drawn from (12 digits), a hyphen, and how (12 digits)."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Rows of a table that were drawn, in its order, with the probability of each in (0, 1]."""

    rows: IntArray
    probabilities: FloatArray
    design: str


def draw(table: ScoreTable, count: int, by: Sequence[str] = (), seed: int = 0) -> Drawn:
    """Draw `count` rows, or all if there are fewer; the same input gives the same rows.

    Each predicted label of each task gets the same part of the sample, in each group that the
    columns `by` make, as far as there are so many. Raises InputError for an unknown column.
    """
    groups = np.zeros(len(table), dtype=np.int64)
    for name in by:
        encoded = pc.fill_null(table.column(name), "").combine_chunks().dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        groups = crossed(groups, codes)
    strata = [crossed(groups, table.predicted[task.name]) for task in table.codebook.tasks]
    probabilities = inclusion_probabilities(strata, min(count, len(table)))
    generator = np.random.default_rng(seed)
    rows = systematic_sample(probabilities, strata, table.documents, generator)
    how = hashlib.sha256(repr((count, tuple(by), seed, table.bundle)).encode()).hexdigest()[:12]
    return Drawn(rows, probabilities[rows], f"{frame_digest(table)}-{how}")


def systematic_sample(
    probabilities: FloatArray,
    strata: Sequence[IntArray],
    documents: IntArray,
    generator: np.random.Generator,
) -> IntArray:
    """Return the rows drawn, in order: as many as the probabilities, which sum to a whole number.

    *Shapes:* (rows,), (rows,) each, (rows,).
    """
    rows = len(probabilities)
    shuffled = generator.permutation(documents.max() + 1)[documents]
    order = np.lexsort((generator.random(rows), shuffled, *reversed(strata)))
    steps = np.append(0, np.cumsum(probabilities[order]))
    steps[-1] = np.round(steps[-1])  # what is lost in the sum must not lose a row
    drawn = np.diff(np.floor(steps + generator.random())) > 0
    return np.sort(order[drawn])


def inclusion_probabilities(strata: Sequence[IntArray], count: int) -> FloatArray:
    """Return probabilities in (0, 1] that sum to `count`, alike for all strata of a kind.

    `strata` holds one grouping of all rows a kind. *Shape:* (rows,) each.
    """
    rows = len(strata[0])
    weights = np.zeros(rows)
    for own in strata:
        sizes = np.bincount(own)
        weights += 1 / (len(sizes) * sizes[own])
    certain = np.zeros(rows, dtype=bool)
    while True:
        left = count - certain.sum()
        if certain.all():
            return np.ones(rows)
        found = np.where(certain, 1, left * weights / weights[~certain].sum())
        over = found > 1
        if not over.any():
            return found
        certain |= over


def drawn_sentences(table: ScoreTable, drawn: Drawn) -> list[Sentence]:
    """Return what was drawn as sentences without labels, with the probabilities as a detail.

    Raises InputError if metadata are called like the details that this adds.
    """
    metadata = table.metadata
    for name in (PROBABILITY, DESIGN):
        if name in metadata:
            raise InputError(f"the scores have a column '{name}'; rename it, a sample needs it")
    before = _rows_before(table)[drawn.rows]
    texts = table.table["text"]
    names = [table.document_names[code] for code in table.documents[drawn.rows].tolist()]
    own = table.table.select(["start", "end", "text", *metadata])
    sentences = []
    for place, row in enumerate(own.take(drawn.rows).to_pylist()):
        details = {name: detail(row[name]) for name in metadata if row[name] is not None}
        details[PROBABILITY] = repr(float(drawn.probabilities[place]))
        details[DESIGN] = drawn.design
        start = int(row["start"])
        sentences.append(
            Sentence(
                id=f"{names[place]}:{start}",
                document=names[place],
                start=start,
                end=int(row["end"]),
                text=str(row["text"]),
                context=str(texts[int(before[place])].as_py()) if before[place] >= 0 else "",
                details=details,
            )
        )
    return sentences


def frame_digest(table: ScoreTable) -> str:
    """Return 12 digits of what the rows are sentences of, whatever their order and scores."""
    starts = table.table["start"].to_pylist()
    names = [table.document_names[code] for code in table.documents.tolist()]
    keys = sorted(f"{name}:{int(start)}" for name, start in zip(names, starts, strict=True))
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:12]


def _rows_before(table: ScoreTable) -> IntArray:
    """Return the row of the sentence before each one in its document, -1 for the first."""
    order = np.lexsort((table.sentences, table.documents))
    before = np.full(len(table), -1)
    same = np.diff(table.documents[order]) == 0
    before[order[1:][same]] = order[:-1][same]
    return before
