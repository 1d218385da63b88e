"""Estimates out: one row each, as JSONL, CSV or Parquet."""

import csv
import math
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stancekit.serving.estimates.estimate import Estimate
from stancekit.serving.records import free_names
from stancekit.serving.writers import check_output, line, whole

__all__ = ["estimate_rows", "write_estimates"]

_NUMBERS = {
    "value": pa.float64(),
    "low": pa.float64(),
    "high": pa.float64(),
    "sentences": pa.int64(),
    "documents": pa.int64(),
}


def estimate_rows(estimates: Sequence[Estimate], by: Sequence[str]) -> list[dict[str, object]]:
    """Return a flat row for each estimate: its group is a column for each of `by`.

    One called like one of an estimate's own comes out as `<name>_in`; NaN is None.
    """
    own = [field.name for field in fields(Estimate)]
    columns = free_names(by, own)
    rows = []
    for estimate in estimates:
        row: dict[str, object] = {}
        for name in own:
            value = getattr(estimate, name)
            if name == "group":
                row.update(zip((columns[column] for column in by), value, strict=True))
            else:
                row[name] = None if isinstance(value, float) and math.isnan(value) else value
        rows.append(row)
    return rows


def write_estimates(path: Path, estimates: Sequence[Estimate], by: Sequence[str]) -> None:
    """Write `estimates` to `path` by its suffix, whole or not at all."""
    check_output(path)
    rows = estimate_rows(estimates, by)
    with whole(path) as partial:
        if path.suffix.lower() == ".parquet":
            types = [(name, _NUMBERS.get(name, pa.string())) for name in rows[0]]
            pq.write_table(pa.Table.from_pylist(rows, pa.schema(types)), partial)
            return
        with partial.open("w", encoding="utf-8", newline="") as stream:
            if path.suffix.lower() == ".jsonl":
                stream.writelines(line(row) for row in rows)
                return
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(rows)
