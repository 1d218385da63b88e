"""Scores out: JSONL, CSV or Parquet, each file whole or not there at all."""

import csv
import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import InputError
from stancekit.serving.records import Record, own_columns

__all__ = ["SUFFIXES", "check_output", "write_records"]

BATCH = 10_000
"""Rows that are looked at to learn the metadata columns and their types, and rows a row group."""

SUFFIXES = (".jsonl", ".csv", ".parquet")


def check_output(path: Path) -> None:
    """Raise InputError if no scores could be written to `path`, before any work is done."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path}: expected a name that ends in {', '.join(SUFFIXES)}")
    if path.is_dir():
        raise InputError(f"{path}: is a folder")
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: is no plain file")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")
    with _whole(path, keep=False) as partial:
        partial.touch()


def write_records(path: Path, rows: Iterable[Record], codebook: Codebook) -> int:
    """Write `rows` to `path` by its suffix; returns how many.

    The file appears when the last row is written; if anything goes wrong before, an older file of
    that name stays as it was. Raises InputError if a metadata column turns up late or changes type.
    """
    check_output(path)
    rows = iter(rows)
    first = list(islice(rows, BATCH))
    columns = _columns(first, codebook)
    everything = chain(first, rows)
    suffix = path.suffix.lower()
    with _whole(path) as partial:
        if suffix == ".parquet":
            return _write_parquet(partial, everything, _schema(first, columns, codebook))
        with partial.open("w", encoding="utf-8", newline="") as stream:
            if suffix == ".csv":
                return _write_csv(stream, everything, columns)
            return _write_jsonl(stream, everything)


@contextmanager
def _whole(path: Path, keep: bool = True) -> Iterator[Path]:
    """Give a place of our own to write to, which takes the name of `path` if all goes well."""
    target = path.resolve()
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        yield partial
        if keep:
            partial.replace(target)
    except OSError as fault:
        raise InputError(f"{path}: cannot be written ({fault.strerror})") from None
    finally:
        partial.unlink(missing_ok=True)


def _write_jsonl(stream: IO[str], rows: Iterable[Record]) -> int:
    count = 0
    for row in rows:
        stream.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
        count += 1
    return count


def _write_csv(stream: IO[str], rows: Iterable[Record], columns: Sequence[str]) -> int:
    writer = csv.DictWriter(stream, columns, lineterminator="\r\n")
    writer.writeheader()
    count = 0
    for row in rows:
        _check_columns(row, columns)
        writer.writerow({name: _cell(value) for name, value in row.items()})
        count += 1
    return count


def _write_parquet(path: Path, rows: Iterable[Record], schema: pa.Schema) -> int:
    count = 0
    rows = iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(rows, BATCH)):
            for row in batch:
                _check_columns(row, schema.names)
            try:
                cells = [
                    {name: _fit(value, schema.field(name).type) for name, value in row.items()}
                    for row in batch
                ]
                writer.write_table(pa.Table.from_pylist(cells, schema))
            except (pa.ArrowInvalid, pa.ArrowTypeError) as fault:
                where = f"{batch[0]['document']} to {batch[-1]['document']}"
                raise InputError(
                    f"{where}: a metadata column changes type ({fault}); write .jsonl instead"
                ) from None
            count += len(batch)
    return count


def _columns(rows: Sequence[Record], codebook: Codebook) -> list[str]:
    metadata = {name: None for row in rows for name in row}
    own = own_columns(codebook)
    return [*own, *(name for name in metadata if name not in own)]


def _schema(rows: Sequence[Record], columns: Sequence[str], codebook: Codebook) -> pa.Schema:
    own = set(own_columns(codebook))
    types: dict[str, pa.DataType] = {"sentence": pa.int32(), "start": pa.int64(), "end": pa.int64()}
    for name in own - set(types):
        types[name] = pa.string()
    for task in codebook.tasks:
        for label in task.label_names:
            types[f"{task.name}_{label}"] = pa.float64()
    for name in columns:
        if name not in own:
            types[name] = _type([_plain(row.get(name)) for row in rows])
    return pa.schema([(name, types[name]) for name in columns])


def _type(values: Sequence[Any]) -> pa.DataType:
    """Return the Arrow type of a metadata column; text where values differ or all are null."""
    found = {type(value) for value in values if value is not None}
    if found == {bool}:
        return pa.bool_()
    if found == {int} and all(-(2**63) <= value < 2**63 for value in values if value is not None):
        return pa.int64()
    if found and found <= {int, float}:
        return pa.float64()
    return pa.string()


def _plain(value: object) -> object:
    """Return a metadata value as a table can hold it: lists and objects become JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _fit(value: object, arrow_type: pa.DataType) -> object:
    """Return a value as a column of `arrow_type` takes it: numbers in a text column as text.

    Raises ArrowInvalid for a value of another type, which Arrow itself would cut to size.
    """
    plain = _plain(value)
    if plain is None:
        return None
    if pa.types.is_string(arrow_type):
        return plain if isinstance(plain, str) else json.dumps(plain)
    given = _type([plain])
    fits = given == arrow_type or (
        pa.types.is_integer(given)
        and (pa.types.is_integer(arrow_type) or pa.types.is_floating(arrow_type))
    )
    if not fits:
        raise pa.ArrowInvalid(f"{plain!r} in a column of {arrow_type}")
    return plain


def _cell(value: object) -> object:
    return repr(value) if isinstance(value, float) else _plain(value)


def _check_columns(row: Record, columns: Sequence[str]) -> None:
    late = [name for name in row if name not in columns]
    if late:
        raise InputError(
            f"{row['document']}: column '{late[0]}' is in none of the first {BATCH:,} sentences;"
            " write .jsonl instead"
        )
