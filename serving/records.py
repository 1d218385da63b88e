"""The score record: one flat row a sentence, the same in Python, JSONL, CSV and Parquet."""

from collections.abc import Iterator, Mapping

from stancekit.labels.codebook import Codebook
from stancekit.serving.scored import ScoredDocument

__all__ = ["Record", "free_names", "own_columns", "records"]

Record = dict[str, object]

_FIRST = ("document", "sentence", "start", "end", "text")
_LAST = ("bundle", "codebook")


def own_columns(codebook: Codebook) -> list[str]:
    """Return the columns that stancekit writes, in order.

    For each task its label, then the probability of every label as `<task>_<label>`.
    """
    columns = list(_FIRST)
    for task in codebook.tasks:
        columns += [task.name, *(f"{task.name}_{label}" for label in task.label_names)]
    return [*columns, *_LAST]


def records(document: ScoredDocument, codebook: Codebook) -> Iterator[Record]:
    """Yield a row for each sentence, with the document's metadata as it came in behind.

    Metadata named like one of our own columns comes out as `<name>_in`.
    """
    metadata = free_names(document.metadata, codebook)
    for sentence in document.sentences:
        row: Record = {
            "document": document.id,
            "sentence": sentence.index,
            "start": sentence.start,
            "end": sentence.end,
            "text": sentence.text,
        }
        for task, prediction in sentence.predictions.items():
            row[task] = prediction.label
            for label, probability in prediction.probabilities.items():
                row[f"{task}_{label}"] = probability
        row["bundle"], row["codebook"] = document.bundle, document.codebook
        yield {**row, **metadata}


def free_names(metadata: Mapping[str, object], codebook: Codebook) -> Record:
    """Return `metadata` under names that are free: `<name>_in` for one of our own columns."""
    taken = set(own_columns(codebook))
    named: Record = {}
    # Names that are free come first, so that a column called `x_in` keeps its name.
    for name in sorted(metadata, key=lambda name: name in taken):
        free = name
        while free in taken:
            free += "_in"
        taken.add(free)
        named[free] = metadata[name]
    return named
