"""Files of scores as columns, as they were written: Parquet, CSV or JSONL."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from stancekit.labels.errors import InputError
from stancekit.serving.columns import MetadataColumns, metadata_schema, plain
from stancekit.serving.documents.json_rows import holds_half
from stancekit.serving.writers import SUFFIXES

__all__ = ["PLACE", "is_score_file", "read_columns"]

PLACE = ("document", "sentence", "start", "end", "text", "bundle")
"""Columns that scores of every codebook have."""


def is_score_file(path: Path) -> bool:
    """Return whether the columns of a file are those of scores, for any codebook."""
    try:
        if path.suffix.lower() == ".parquet":
            names = pq.read_schema(path).names
        elif path.suffix.lower() == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as stream:
                names = next(csv.reader(stream), [])
        elif path.suffix.lower() == ".jsonl":
            with path.open(encoding="utf-8-sig") as stream:
                first = json.loads(stream.readline())
            names = list(first) if isinstance(first, dict) else []
        else:
            return False
    except (pa.ArrowException, OSError, ValueError, RecursionError, csv.Error):
        return False
    return set(PLACE) <= set(names)


def read_columns(path: Path) -> pa.Table:
    """Return all columns of a file; raises InputError if it cannot be read, and says why."""
    readers = {".parquet": pq.read_table, ".csv": _read_csv, ".jsonl": _read_jsonl}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: scores are files that end in {', '.join(SUFFIXES)}")
    try:
        return reader(path)
    except pa.ArrowException as fault:
        reason = (str(fault).splitlines() or [type(fault).__name__])[0][:200]
        raise InputError(f"{path}: cannot be read as {path.suffix[1:]} ({reason})") from None
    except UnicodeDecodeError as fault:
        raise InputError(f"{path}: is not UTF-8 (byte {fault.start})") from None
    except csv.Error as fault:
        raise InputError(f"{path}: cannot be read as csv ({fault})") from None
    except RecursionError:
        raise InputError(f"{path}: holds a value that is nested too deeply") from None
    except OSError as fault:
        raise InputError(f"{path}: cannot be read ({fault.strerror or fault})") from None


def _read_csv(path: Path) -> pa.Table:
    """Read every cell as text, empty for none: what a column looks like is not what it is."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header = next(csv.reader(stream), [])
    options = pacsv.ConvertOptions(
        column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    parsing = pacsv.ParseOptions(newlines_in_values=True)
    return pacsv.read_csv(path, convert_options=options, parse_options=parsing)


def _read_jsonl(path: Path) -> pa.Table:
    rows: list[dict[str, object]] = []
    columns = MetadataColumns()
    with path.open(encoding="utf-8-sig") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                row = json.loads(line)
            except ValueError:
                raise InputError(f"{path}, line {number}: is not JSON") from None
            except RecursionError:
                raise InputError(f"{path}, line {number}: is nested too deeply") from None
            if not isinstance(row, dict):
                raise InputError(f"{path}, line {number}: expected an object, a row of scores")
            rows.append(row)
            columns.add(row)
    try:
        types = metadata_schema(columns)
        cells = [[plain(row.get(field.name), field.type) for row in rows] for field in types]
        return pa.table(cells, schema=types)
    except UnicodeEncodeError:
        number = 1 + next(place for place, row in enumerate(rows) if holds_half(row))
        raise InputError(f"{path}, line {number}: holds half of a character") from None
