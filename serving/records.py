"""The score record: one flat row a sentence, the same in Python, JSONL, CSV and Parquet."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from stancekit.labels.codebook import Codebook
from stancekit.serving.scored import ScoredDocument

__all__ = ["Record", "free_names", "metadata_columns", "named_metadata", "own_columns", "records"]

Record = dict[str, object]

_FIRST = ("document", "sentence", "start", "end", "text", "voice", "speaker")
_LAST = ("bundle", "codebook", "error_rate")
BETWEEN = "|"
"""Stands between the labels of a set."""


def own_columns(codebook: Codebook) -> list[str]:
    """Return the columns that stancekit writes, in order.

    Whose position a sentence puts forward, then for each task its label, the probability of every
    label as `<task>_<label>`, the set of labels as `<task>_set`, and whether it has more than one
    as `<task>_undecided`.
    """
    columns = list(_FIRST)
    for task in codebook.tasks:
        columns += [task.name, *(f"{task.name}_{label}" for label in task.label_names)]
        columns += [f"{task.name}_set", f"{task.name}_undecided"]
    return [*columns, *_LAST]


def metadata_columns(
    names: Iterable[str], codebook: Codebook, form: Callable[[str], str] = str
) -> dict[str, str]:
    """Return the name of each metadata column -> the one it comes out with, in the order of rows.

    One named like one of our own comes out as `<name>_in`. Names are the same if their `form` is,
    such as `str.lower` where capitals do not count.
    """
    return free_names(names, own_columns(codebook), form)


def free_names(
    names: Iterable[str], own: Iterable[str], form: Callable[[str], str] = str
) -> dict[str, str]:
    """Return each of `names` -> itself, with `_in` behind it as often as it is taken.

    Taken are our `own` names and those given out already. Names are the same if their `form` is.
    """
    taken = {form(name) for name in own}
    found = {}
    # Names that are free come first, so that a column called `x_in` keeps its name.
    for name in sorted(names, key=lambda name: form(name) in taken):
        free = name
        while form(free) in taken:
            free += "_in"
        taken.add(form(free))
        found[name] = free
    return found


def named_metadata(metadata: Mapping[str, object], codebook: Codebook) -> Record:
    """Return `metadata` under the names with which it comes out."""
    columns = metadata_columns(metadata, codebook)
    return {out: metadata[name] for name, out in columns.items()}


def records(document: ScoredDocument, codebook: Codebook) -> Iterator[Record]:
    """Yield a row for each sentence, with the document's metadata as it came in behind.

    Metadata named like one of our own columns comes out as `<name>_in`.
    """
    metadata = named_metadata(document.metadata, codebook)
    for sentence in document.sentences:
        row: Record = {
            "document": document.id,
            "sentence": sentence.index,
            "start": sentence.start,
            "end": sentence.end,
            "text": sentence.text,
            "voice": sentence.voice,
            "speaker": sentence.speaker,
        }
        for task, prediction in sentence.predictions.items():
            row[task] = prediction.label
            for label, probability in prediction.probabilities.items():
                row[f"{task}_{label}"] = probability
            row[f"{task}_set"] = BETWEEN.join(prediction.labels)
            row[f"{task}_undecided"] = prediction.undecided
        row["bundle"], row["codebook"] = document.bundle, document.codebook
        row["error_rate"] = document.error_rate
        yield {**row, **metadata}
