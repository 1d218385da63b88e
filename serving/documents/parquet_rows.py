"""Parquet in: a row a document, read in small batches; metadata keeps its types."""

import datetime as dt
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from stancekit.serving.document import Document, SetAside
from stancekit.serving.documents.options import ReadingOptions
from stancekit.serving.documents.rows import Rows
from stancekit.serving.documents.streams import seekable
from stancekit.serving.documents.unreadable import Unreadable

__all__ = ["read_parquet"]

_BATCH = 16
_BOUNDED_BATCH = 1
"""Rows where texts have a bound: by its dictionary, each row can be as long as all of the file."""
_BUFFER = 2**16


def read_parquet(
    stream: BinaryIO, place: str, options: ReadingOptions
) -> Iterator[Document | SetAside]:
    """Yield each row as a document, or why it is none; rows count from 1.

    Times become ISO text, what JSON has no number for (NaN) becomes None. Raises Unreadable if the
    file is no Parquet or has no text column.
    """
    with seekable(stream) as source:
        try:
            # Without pre_buffer, not all of a row group is in memory at once.
            file = pq.ParquetFile(
                source, pre_buffer=False, buffer_size=_BUFFER, page_checksum_verification=True
            )
        except (pa.ArrowException, OSError) as fault:
            raise Unreadable(f"is not Parquet ({_first_line(fault)})") from None
        _check_columns(file.schema_arrow.names, options)
        if not file.metadata.num_rows:
            raise Unreadable("has columns and no row")
        batch = _BATCH if options.longest is None else _BOUNDED_BATCH
        yield from _documents(file, Rows(place, "row", options), batch)


def _check_columns(names: list[str], options: ReadingOptions) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Unreadable(f"has several columns '{twice[0]}'")
    if options.text_column not in names:
        raise Unreadable(
            f"has no column '{options.text_column}' (it has {', '.join(names):.200};"
            " choose one with --text-column)"
        )


def _documents(file: pq.ParquetFile, rows: Rows, size: int) -> Iterator[Document | SetAside]:
    number = 0
    batches = file.iter_batches(batch_size=size, use_threads=False)
    while True:
        try:
            batch = next(batches, None)
        except (pa.ArrowException, OSError) as fault:
            reason = f"cannot be read from row {number + 1} on ({_first_line(fault)})"
            raise Unreadable(reason) from None
        if batch is None:
            return
        for row in _rows(batch):
            number += 1
            if isinstance(row, str):
                yield rows.set_aside(number, row)
            else:
                yield rows.document(number, row)


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, object] | str]:
    """Yield each row, or what is wrong with it, made as it is asked for."""
    names, columns = batch.schema.names, [_without_nanoseconds(own) for own in batch.columns]
    for place in range(len(batch)):
        try:
            cells = [column[place].as_py() for column in columns]
        except (pa.ArrowException, ValueError, OverflowError) as fault:
            yield f"holds a value that cannot be read ({_first_line(fault)})"
        else:
            yield {name: _plain(cell) for name, cell in zip(names, cells, strict=True)}


def _without_nanoseconds(column: pa.Array) -> pa.Array:
    """Return `column` with times in microseconds, the finest that Python has."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        kind = pa.timestamp("us", kind.tz)
    elif pa.types.is_time64(kind):
        kind = pa.time64("us")
    elif pa.types.is_duration(kind):
        kind = pa.duration("us")
    return column if kind == column.type else column.cast(kind, safe=False)


def _plain(value: object) -> object:
    """Return a value as JSON can hold it."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else _written(value)


def _written(value: object) -> str:
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


def _first_line(fault: Exception) -> str:
    return (str(fault).splitlines() or [type(fault).__name__])[0][:200]
