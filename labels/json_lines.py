"""JSON objects, one a line, as tools write them."""

import json
from collections.abc import Iterator
from typing import Any

from stancekit.labels.errors import DataError

__all__ = ["json_objects", "once"]


def json_objects(content: str, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each line's place ("file, line 3") and object; raises DataError for a line without."""
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{where}, line {number}"
        try:
            row = json.loads(line, object_pairs_hook=once)
        except (ValueError, RecursionError) as fault:
            raise DataError(f"{place}: is not JSON ({fault})") from None
        if not isinstance(row, dict):
            raise DataError(f"{place}: expected an object, given {row!r:.60}")
        yield place, row


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of `pairs`; raises ValueError for a key that is given twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"key '{next(k for k in keys if keys.count(k) > 1)}' is given twice")
    return found
