"""JSONL in: an object a line; a line that is none is set aside and reading goes on."""

import json
import math
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from stancekit.serving.document import Document, SetAside
from stancekit.serving.documents.lines import Lines, is_damaged
from stancekit.serving.documents.options import ReadingOptions
from stancekit.serving.documents.rows import Rows, json_type
from stancekit.serving.documents.unreadable import Unreadable

__all__ = ["holds_half", "read_jsonl"]

_DEEPEST = 100
"""Lists and objects within each other; what takes them apart later may go no deeper than 1,000."""


def read_jsonl(
    stream: BinaryIO, place: str, options: ReadingOptions
) -> Iterator[Document | SetAside]:
    """Yield each line as a document, or why it is none; white lines are passed over.

    Raises Unreadable if there is no other line.
    """
    rows = Rows(place, "line", options)
    lines = Lines(stream, "\n")
    empty = True
    for line in lines:
        lines.start_row()
        if not line.strip():
            continue
        empty = False
        try:
            row = _object(line, lines.encoding)
        except (ValueError, RecursionError) as fault:
            yield rows.set_aside(lines.number, str(fault))
        else:
            yield rows.document(lines.number, row)
    if empty:
        raise Unreadable("is empty")


def _object(line: str, encoding: str) -> dict[str, object]:
    """Return the object that `line` is; raises ValueError with what it is instead."""
    if is_damaged(line):
        raise ValueError(f"holds bytes that are not {encoding} text")
    try:
        row = json.loads(line, parse_constant=_refuse, parse_float=_number)
    except (ValueError, RecursionError) as fault:
        raise ValueError(f"is not JSON ({fault})") from None
    if not isinstance(row, dict):
        raise ValueError(f"expected an object, given {json_type(row)}")  # noqa: TRY004
    if sum(map(line.count, "[{")) > _DEEPEST and _is_deep(row):
        raise ValueError(f"holds more than {_DEEPEST} lists or objects within each other")
    if "\\u" in line and holds_half(row):
        raise ValueError("holds half of a character (a lone surrogate)")
    return row


def _is_deep(row: object) -> bool:
    parts = [row]
    for _ in range(_DEEPEST):
        parts = [own for part in parts for own in _parts(part)]
    return bool(parts)


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _number(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _refuse(digits)


def holds_half(row: dict[str, object]) -> bool:
    """Whether half a character stands somewhere in a row of JSON: no UTF-8 can hold it."""
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
