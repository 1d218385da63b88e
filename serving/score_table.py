"""A file of scores in memory, column by column, checked as it is read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stancekit.labels.codebook import Codebook, Task
from stancekit.labels.errors import InputError
from stancekit.models.bundle import released_bundle
from stancekit.models.manifest import MANIFEST, read_manifest
from stancekit.models.predictor import FloatArray, IntArray
from stancekit.serving.records import own_columns
from stancekit.serving.score_files import PLACE, read_columns

__all__ = ["ScoreTable", "crossed", "read_score_table", "score_table"]

_ROUNDING = 1e-3
"""How far probabilities of a task may sum from 1, as other tools round what they copy."""


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """The rows of a file of scores, in its order.

    `bundle` is the same in all rows. `documents` holds the position in `document_names` of each
    row, int64; `sentences` the index within the document, int64; `predicted` task -> positions in
    `label_names`, int64; `probabilities` task -> float64 in [0, 1], rows sum to 1. `table` is all
    that was read.

    *Shapes:* (rows,), (rows,), (rows,) a task, (rows, labels) a task.
    """

    codebook: Codebook
    bundle: str
    documents: IntArray
    document_names: list[str]
    sentences: IntArray
    predicted: Mapping[str, IntArray]
    probabilities: Mapping[str, FloatArray]
    table: pa.Table

    def __len__(self) -> int:
        return len(self.documents)

    @property
    def metadata(self) -> list[str]:
        """The names of the columns that are not stancekit's own."""
        own = set(own_columns(self.codebook))
        return [name for name in self.table.column_names if name not in own]

    def column(self, name: str) -> pa.ChunkedArray:
        """Return a column as texts, null where there is no value.

        Raises InputError if there is none of that name, and says which there are.
        """
        if name not in self.table.column_names:
            known = ", ".join(self.metadata) or "none beside stancekit's own"
            raise InputError(f"the scores have no column '{name}'; metadata: {known}")
        column = self.table[name]
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if not pa.types.is_string(column.type):
            column = _as_text(column, name)
        return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def read_score_table(path: Path, codebook: Codebook, bundle: str) -> ScoreTable:
    """Read a `.parquet`, `.csv` or `.jsonl` file that `stancekit score --out` wrote.

    `bundle` is the id (12 digits) that the scores must be of, `codebook` that of the same bundle.
    Raises InputError if the file cannot be read, is no file of scores, was written by another
    bundle, has two columns of one name, a label or probability that cannot be, or a sentence twice.
    """
    return score_table(read_columns(path), codebook, bundle, str(path))


def score_table(table: pa.Table, codebook: Codebook, bundle: str, where: str) -> ScoreTable:
    """Return the rows of an Arrow table with the columns of scores; see `read_score_table`."""
    _check_names(table, where)
    needed = list(PLACE)
    for task in codebook.tasks:
        needed += [task.name, *(f"{task.name}_{label}" for label in task.label_names)]
    if "bundle" in table.column_names:
        _check_bundle(table["bundle"], bundle, where)
    missing = [name for name in needed if name not in table.column_names]
    if missing:
        raise InputError(
            f"{where}: has no column '{missing[0]}', so it is no file of scores;"
            " `stancekit score --out` writes one"
        )
    for name in needed:
        if table[name].null_count:
            raise InputError(f"{where}: column '{name}' has rows without a value")
    encoded = _as_text(table["document"], "document").combine_chunks().dictionary_encode()
    documents = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    names = encoded.dictionary.to_pylist()
    sentences, *_ = (
        _numbers(table, name, pa.int64(), where) for name in ("sentence", "start", "end")
    )
    _check_once(documents, sentences, names, where)
    return ScoreTable(
        codebook=codebook,
        bundle=bundle,
        documents=documents,
        document_names=names,
        sentences=sentences,
        predicted={task.name: _labels(table, task, where) for task in codebook.tasks},
        probabilities={task.name: _probabilities(table, task, where) for task in codebook.tasks},
        table=table,
    )


def crossed(first: IntArray, second: IntArray) -> IntArray:
    """Return the place of each row's pair of numbers among the different pairs, sorted.

    Numbers are from 0. Places are fewer than rows, so that they can be crossed with any number of
    columns more. *Shapes:* (rows,), (rows,) -> (rows,).
    """
    found: IntArray = np.unique(first * (second.max() + 1) + second, return_inverse=True)[1]
    return found


def _check_names(table: pa.Table, where: str) -> None:
    [(name, count)] = Counter(table.column_names).most_common(1) or [("", 0)]
    if count > 1:
        raise InputError(f"{where}: has {count} columns called '{name}'; rename or remove one")


def _check_bundle(column: pa.ChunkedArray, bundle: str, where: str) -> None:
    given = sorted(str(value) for value in pc.unique(column).to_pylist())
    if not given:
        raise InputError(f"{where}: holds no row")
    if len(given) > 1:
        raise InputError(f"{where}: holds scores of several bundles: {', '.join(given)}")
    if given[0] != bundle:
        raise InputError(
            f"{where}: was scored by bundle {given[0]}, and that given is {bundle};"
            f" {_where_to_find(given[0])}"
        )


def _where_to_find(bundle: str) -> str:
    for folder in sorted(released_bundle().parent.iterdir()):
        if (folder / MANIFEST).is_file() and read_manifest(folder).id.startswith(bundle):
            return f"it ships as --model {folder.name}"
    return "name the folder of the bundle that scored it (--model)"


def _check_once(documents: IntArray, sentences: IntArray, names: list[str], where: str) -> None:
    order = np.lexsort((sentences, documents))
    same = (np.diff(documents[order]) == 0) & (np.diff(sentences[order]) == 0)
    if same.any():
        row = order[int(np.argmax(same))]
        raise InputError(
            f"{where}: sentence {sentences[row]} of document '{names[documents[row]]}' is there"
            " twice; documents of several files need different identifiers"
        )


def _labels(table: pa.Table, task: Task, where: str) -> IntArray:
    column = _as_text(table[task.name], task.name)
    positions = pc.index_in(column, value_set=pa.array(task.label_names))
    if positions.null_count:
        row = pc.index(pc.is_null(positions), True).as_py()
        raise InputError(
            f"{where}, row {row + 1}: '{column[row].as_py()}' is no label of '{task.name}',"
            f" which has {', '.join(task.label_names)}"
        )
    found: IntArray = _plain(positions).astype(np.int64)
    return found


def _probabilities(table: pa.Table, task: Task, where: str) -> FloatArray:
    columns = [f"{task.name}_{label}" for label in task.label_names]
    found: FloatArray = np.column_stack(
        [_numbers(table, name, pa.float64(), where) for name in columns]
    )
    wrong = ~((found >= 0).all(axis=1) & (np.abs(found.sum(axis=1) - 1) <= _ROUNDING))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            f"{where}, row {row + 1}: the probabilities of '{task.name}' should be 0 or more and"
            f" sum to 1, given {', '.join(f'{value:g}' for value in found[row])}"
        )
    found /= found.sum(axis=1, keepdims=True)
    return found


def _numbers(table: pa.Table, name: str, kind: pa.DataType, where: str) -> npt.NDArray[Any]:
    try:
        return _plain(table[name].cast(kind))
    except pa.ArrowException:
        raise InputError(f"{where}: column '{name}' should hold numbers only") from None


def _plain(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = column.combine_chunks().to_numpy(zero_copy_only=False)
    return found


def _as_text(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    try:
        return column.cast(pa.string())
    except pa.ArrowException:
        raise InputError(f"column '{name}' of the scores holds lists or objects") from None
