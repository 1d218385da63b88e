"""JSONL in: an object a line; a line that is none is set aside and reading goes on."""

import json
import math
from collections.abc import Iterator
from typing import BinaryIO

from stancekit.serving.document import Document, SetAside
from stancekit.serving.documents.lines import Lines, is_damaged
from stancekit.serving.documents.options import ReadingOptions
from stancekit.serving.documents.rows import Rows, json_type

__all__ = ["read_jsonl"]


def read_jsonl(
    stream: BinaryIO, place: str, options: ReadingOptions
) -> Iterator[Document | SetAside]:
    """Yield each line as a document, or why it is none; white lines are passed over."""
    rows = Rows(place, "line", options)
    lines = Lines(stream, "\n")
    for line in lines:
        lines.start_row()
        if not line.strip():
            continue
        try:
            row = _object(line, lines.encoding)
        except (ValueError, RecursionError) as fault:
            yield rows.set_aside(lines.number, str(fault))
        else:
            yield rows.document(lines.number, row)


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
    if "\\u" in line and _holds_half(row):
        raise ValueError("holds half of a character (a lone surrogate)")
    return row


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _number(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _refuse(digits)


def _holds_half(row: dict[str, object]) -> bool:
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
