"""CSV and TSV in: a row a document, one that does not fit the header set aside."""

import csv
import sys
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from stancekit.serving.document import Document, SetAside
from stancekit.serving.documents.lines import Lines, is_damaged
from stancekit.serving.documents.options import ReadingOptions
from stancekit.serving.documents.rows import Rows
from stancekit.serving.documents.unreadable import Unreadable

__all__ = ["read_csv", "read_tsv"]


def read_csv(
    stream: BinaryIO, place: str, options: ReadingOptions, delimiter: str = ""
) -> Iterator[Document | SetAside]:
    """Yield each row as a document, or why it is none, under the number of its first line.

    Commas, semicolons and tabs are told apart by the header unless `delimiter` is given. Raises
    Unreadable if there is no header with the text column.
    """
    lines = Lines(stream, "")
    first = next((line for line in lines if line.strip()), "")
    lines.put_back(first)
    # Semicolons and tabs come from spreadsheets; the header tells.
    delimiter = delimiter or max(",;\t", key=first.count)
    csv.field_size_limit(sys.maxsize)
    table = csv.reader(lines, strict=True, delimiter=delimiter)
    header = _header(table, options, lines.encoding)
    rows = Rows(place, "line", options)
    empty = True
    while not lines.at_end:
        lines.start_row()
        start = lines.number + 1
        try:
            cells = next(table, [])
        except csv.Error as fault:
            yield rows.set_aside(start, _syntax(lines, start, fault))
            empty = False
            continue
        if cells:
            empty = False
            yield _document(rows, start, header, cells, lines.encoding)
    if empty:
        raise Unreadable("has a header and no row")


read_tsv = partial(read_csv, delimiter="\t")


def _header(table: Iterator[list[str]], options: ReadingOptions, encoding: str) -> list[str]:
    try:
        header = next(table, None)
    except csv.Error as fault:
        raise Unreadable(f"is not CSV ({fault})", 1) from None
    if header is None:  # a byte order mark, or white space that only text tells
        raise Unreadable("is empty")
    if any(map(is_damaged, header)):
        raise Unreadable(f"has a header with bytes that are not {encoding} text")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise Unreadable(f"has several columns '{twice[0]}'")
    if options.text_column not in header:
        raise Unreadable(
            f"has no column '{options.text_column}' (it has {', '.join(header):.200};"
            " choose one with --text-column)"
        )
    return header


def _syntax(lines: Lines, start: int, fault: csv.Error) -> str:
    if lines.at_end:
        return "opens a quotation mark that nothing closes; the rest of the file is in it"
    end = f"; the row ends in line {lines.number}" if lines.number > start else ""
    return f"is not CSV ({fault}{end})"


def _document(
    rows: Rows, number: int, header: list[str], cells: list[str], encoding: str
) -> Document | SetAside:
    if len(cells) != len(header):
        reason = f"expected {len(header)} columns, as in the header, given {len(cells)}"
        return rows.set_aside(number, reason)
    if any(map(is_damaged, cells)):
        return rows.set_aside(number, f"holds bytes that are not {encoding} text")
    return rows.document(number, dict(zip(header, cells, strict=True)))
