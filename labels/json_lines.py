"""JSON as annotation tools write it: one value, or an object a line."""

import json
from collections.abc import Iterator
from typing import Any

from stancekit.labels.errors import DataError

__all__ = ["json_objects", "json_value"]


def json_objects(content: str, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each line's place ("file, line 3") and object; raises DataError for a line without."""
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{where}, line {number}"
        row = json_value(line, place)
        if not isinstance(row, dict):
            raise DataError(f"{place}: expected an object, given {row!r:.60}")
        yield place, row


def json_value(content: str, where: str) -> Any:
    """Return what `content` says; raises DataError if it is no JSON or gives a key twice."""
    try:
        return json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError) as fault:
        raise DataError(f"{where}: is not JSON ({fault})") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of `pairs`; raises ValueError for a key that is given twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"key '{next(k for k in keys if keys.count(k) > 1)}' is given twice")
    return found
