"""What runs in the workers of a Spark cluster: Arrow batches of documents in, of scores out.

It needs no Spark itself. Each Python process of a worker loads a bundle once and keeps it.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import BundleError, InputError
from stancekit.models.bundle import Bundle, read_bundle, released_bundle
from stancekit.serving.classifier import Classifier
from stancekit.serving.columns import own_schema
from stancekit.serving.document import Document, SetAside, cut
from stancekit.serving.records import Record, records
from stancekit.serving.scored import ScoredDocument

__all__ = [
    "SET_ASIDE",
    "Columns",
    "Files",
    "Shipment",
    "load",
    "score_batches",
    "set_aside_batches",
]

ROWS = 1024
"""Sentences of one batch that goes out: each repeats the metadata of its document."""

SET_ASIDE = pa.schema([("document", pa.string()), ("reason", pa.string())])

_ROW = "row"


class Files(Protocol):
    """A broadcast variable of Spark."""

    @property
    def value(self) -> dict[str, bytes]:
        """The files of a bundle: name -> content."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """A bundle on its way to the workers.

    `id` is the whole one of its manifest. `name` says which of those that ship with stancekit it
    is; any other has its files sent along.
    """

    id: str
    name: str = ""
    files: Files | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Columns:
    """What batches hold: identifiers, texts, then metadata with the names that go out."""

    id: str
    text: str
    metadata: tuple[str, ...] = ()
    one_sentence: bool = False


# Two, so that a job that compares two bundles does not load them in turns.
@lru_cache(maxsize=2)
def load(shipment: Shipment, threads: int, error_rate: float) -> Classifier:
    """Return the classifier of a bundle, verified anew, once in each process.

    Raises BundleError if it is damaged, or not the one that the driver has.
    """
    if shipment.files is None:
        bundle = read_bundle(released_bundle(shipment.name), threads)
    else:
        bundle = _unpack(shipment.files.value, threads)
    if bundle.manifest.id != shipment.id:
        raise BundleError(
            f"bundle '{shipment.name}': the driver has {shipment.id[:12]}, this worker {bundle.id};"
            " expected the same stancekit on both"
        )
    return Classifier(bundle, error_rate)


def _unpack(files: Mapping[str, bytes], threads: int) -> Bundle:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        return read_bundle(Path(folder), threads)


def score_batches(
    batches: Iterable[pa.RecordBatch],
    *,
    shipment: Shipment,
    columns: Columns,
    threads: int,
    error_rate: float,
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of the documents in `batches` that can be scored, one a sentence."""
    for batch in batches:
        classifier = load(shipment, threads, error_rate)
        documents = _documents(batch, columns, _ignore)
        scored = classifier.score_documents(documents, _ignore)
        rows = _rows(scored, classifier.codebook)
        while part := list(islice(rows, ROWS)):
            yield _scores(part, batch, columns, classifier.codebook)


def set_aside_batches(
    batches: Iterable[pa.RecordBatch], *, columns: Columns
) -> Iterator[pa.RecordBatch]:
    """Yield the documents in `batches` that cannot be scored, each with the reason."""
    for batch in batches:
        found: list[SetAside] = []
        for document in _documents(batch, columns, found.append):
            try:
                cut(document)
            except InputError as fault:
                found.append(SetAside.of(document, fault))
        rows = [{"document": own.document, "reason": own.reason} for own in found]
        yield pa.RecordBatch.from_pylist(rows, SET_ASIDE)


def _documents(
    batch: pa.RecordBatch, columns: Columns, set_aside: Callable[[SetAside], None]
) -> Iterator[Document]:
    """Yield the documents of a batch, their row as metadata; no row makes the others fail."""
    cells = zip(batch.column(0), batch.column(1), strict=True)
    for row, (given_id, given_text) in enumerate(cells):
        id_ = ""
        try:
            id_ = _cell(given_id, columns.id)
            text = _cell(given_text, columns.text)
        except InputError as fault:
            set_aside(SetAside(id_, "", str(fault)))
        else:
            yield Document(id_, text, {_ROW: row}, None, columns.one_sentence)


def _cell(given: Any, column: str) -> str:
    """Return a cell as text; Spark keeps strings that are no UTF-8, as of files in another code."""
    try:
        value = given.as_py()
    except UnicodeDecodeError as fault:
        raise InputError(f"'{column}' is not UTF-8 text (byte {fault.start})") from None
    if value is None:
        raise InputError(f"'{column}' is null")
    if value == "":
        raise InputError(f"'{column}' is empty")
    return str(value)


def _rows(scored: Iterable[ScoredDocument], codebook: Codebook) -> Iterator[tuple[object, Record]]:
    """Yield each sentence as (row of its document in the batch, record)."""
    for document in scored:
        for record in records(replace(document, metadata={}), codebook):
            yield document.metadata[_ROW], record


def _scores(
    rows: list[tuple[object, Record]], batch: pa.RecordBatch, columns: Columns, codebook: Codebook
) -> pa.RecordBatch:
    own = pa.RecordBatch.from_pylist([record for _, record in rows], own_schema(codebook))
    places = pa.array([row for row, _ in rows], pa.int64())
    # Arrow repeats the cells itself, so that every type stays what it is.
    metadata = [column.take(places) for column in batch.columns[2:]]
    names = [*own.schema.names, *columns.metadata]
    return pa.RecordBatch.from_arrays([*own.columns, *metadata], names)


def _ignore(_: SetAside) -> None:
    """Leave out what `set_aside_batches` tells."""
