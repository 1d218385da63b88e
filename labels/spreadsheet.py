"""Plain CSV: a row a sentence and annotator, a column a task."""

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.exchange import Exchanged, merged, sentence_labels
from stancekit.labels.flat_row import flat_row, read_flat_row

__all__ = ["read", "read_details", "table", "write"]


def write(rows: Sequence[Exchanged], codebook: Codebook) -> str:
    """Return the table; `details` is a JSON object, as what is in it differs by row."""
    stream = io.StringIO(newline="")
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        for annotator, labels in (row.labels or {"": {}}).items():
            flat = flat_row(row.sentence)
            details = json.dumps(flat.pop("details"), ensure_ascii=False)
            cells = {
                "text": row.sentence.text,
                **{task: labels.get(task, "") for task in codebook.task_names},
                "annotator": annotator,
                **flat,
                "details": "" if details == "{}" else details,
            }
            if writer is None:
                writer = csv.DictWriter(stream, list(cells), lineterminator="\r\n")
                writer.writeheader()
            writer.writerow(cells)
    return stream.getvalue()


def read(content: str, codebook: Codebook, document: str, where: str) -> list[Exchanged]:
    """Read a table with a column `text`; columns named like tasks hold labels, empty for none.

    Other columns go into the details of a sentence; rows without an `annotator` are by whoever the
    file is named after. Commas, semicolons and tabs
    are told apart by the header. Raises DataError with the line.
    """
    rows = []
    for place, row in table(content, codebook, where):
        pairs = [(task, row[task]) for task in codebook.task_names if row.get(task)]
        labels = sentence_labels(pairs, codebook, place)
        own: dict[str, object] = {
            name: cell
            for name, cell in row.items()
            if name not in (*codebook.task_names, "annotator")
        }
        own["details"] = read_details(row.get("details"), place)
        sentence = read_flat_row(own, row["text"], document, place)
        annotator = row.get("annotator") or document
        rows.append((place, Exchanged(sentence, {annotator: labels} if labels else {})))
    return merged(rows)


def table(content: str, codebook: Codebook, where: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each row of a table with a column `text`, with its place ("file, line 3").

    Commas, semicolons and tabs are told apart by the header. Raises DataError with the line.
    """
    csv.field_size_limit(sys.maxsize)
    # Semicolons and tabs come from spreadsheets; the header tells.
    delimiter = max(",;\t", key=content.split("\n", 1)[0].count)
    reader = csv.DictReader(io.StringIO(content, newline=""), strict=True, delimiter=delimiter)
    header = list(reader.fieldnames or [])
    _check_header(header, codebook, where)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            raise DataError(f"{where}, line {reader.line_num}: is not CSV ({fault})") from None
        place = f"{where}, line {reader.line_num}"
        if None in row or None in row.values():
            raise DataError(f"{place}: expected {len(header)} columns, as in the header")
        if any(cell.strip() for cell in row.values()):  # spreadsheets end in empty rows
            yield place, row


def _check_header(header: list[str], codebook: Codebook, where: str) -> None:
    if "text" not in header:
        raise DataError(f"{where}: has no column 'text' (it has {', '.join(header):.200})")
    for name in header:
        plain = name.strip().lower()
        if header.count(name) > 1:
            raise DataError(f"{where}: has several columns '{name}'")
        if plain != name and plain in (*codebook.task_names, "annotator"):
            raise DataError(f"{where}: column '{name}' should be called '{plain}'")


def read_details(cell: str | None, where: str) -> object:
    """Return what a cell of `details` says; raises DataError if it is no JSON."""
    if not cell:
        return {}
    try:
        details: object = json.loads(cell)
    except ValueError:
        raise DataError(f"{where}: 'details' should be a JSON object, given {cell!r:.60}") from None
    return details
