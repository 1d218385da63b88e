"""Scores out: JSONL, CSV or Parquet, each file whole or not there at all."""

import csv
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import InputError
from stancekit.serving.columns import MetadataColumns, names, plain, schema
from stancekit.serving.records import Record

__all__ = ["SUFFIXES", "check_output", "line", "sync", "whole", "write_lines", "write_records"]

ROWS = 10_000
"""Rows of a row group."""

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
    with whole(path, keep=False) as partial:
        partial.touch()


def write_records(
    path: Path, rows: Iterable[Record], metadata: MetadataColumns, codebook: Codebook
) -> int:
    """Write `rows`, whose other columns are `metadata`, to `path` by its suffix; returns how many.

    The file appears when the last row is written; if anything goes wrong before, an older file of
    that name stays as it was.
    """
    check_output(path)
    with whole(path) as partial:
        if path.suffix.lower() == ".parquet":
            return _write_parquet(partial, rows, schema(metadata, codebook))
        with partial.open("w", encoding="utf-8", newline="") as stream:
            if path.suffix.lower() == ".csv":
                return _write_csv(stream, rows, names(metadata, codebook))
            return _write_jsonl(stream, rows)


def write_lines(path: Path, parts: Iterable[bytes]) -> None:
    """Write lines of JSON that are lines already; the file appears when it is whole."""
    check_output(path)
    with whole(path) as partial, partial.open("wb") as stream:
        for part in parts:
            stream.write(part)


@contextmanager
def whole(path: Path, keep: bool = True) -> Iterator[Path]:
    """Give a place of our own to write to, which takes the name of `path` if all goes well.

    It is on disk then, so that no power cut leaves an empty file. Raises InputError if it cannot be
    written.
    """
    target = path.resolve()
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        yield partial
        if keep:
            sync(partial)
            partial.replace(target)
            sync(target.parent)
    except OSError as fault:
        raise InputError(f"{path}: cannot be written ({fault.strerror})") from None
    finally:
        partial.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Have on disk what a file holds, or the names that a folder does."""
    try:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError:
        if not path.is_dir():  # there are file systems that cannot do it for folders
            raise


def line(row: Record) -> str:
    """Return a record as a line of JSON."""
    return json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n"


def _write_jsonl(stream: IO[str], rows: Iterable[Record]) -> int:
    count = 0
    for row in rows:
        stream.write(line(row))
        count += 1
    return count


def _write_csv(stream: IO[str], rows: Iterable[Record], columns: Sequence[str]) -> int:
    writer = csv.DictWriter(stream, columns, lineterminator="\r\n")
    writer.writeheader()
    count = 0
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
        count += 1
    return count


def _write_parquet(path: Path, rows: Iterable[Record], types: pa.Schema) -> int:
    count = 0
    rows = iter(rows)
    with pq.ParquetWriter(path, types, compression="zstd") as writer:
        while batch := list(islice(rows, ROWS)):
            cells = [
                {name: plain(value, types.field(name).type) for name, value in row.items()}
                for row in batch
            ]
            writer.write_table(pa.Table.from_pylist(cells, types))
            count += len(batch)
    return count


def _cell(value: object) -> object:
    return repr(value) if isinstance(value, float) else plain(value)
