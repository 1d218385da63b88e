"""What was scored: how much, from when, and where a sentence of it stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import pyarrow.compute as pc

from stancekit.labels.codebook import Task
from stancekit.serving.report.periods import place, said
from stancekit.serving.report.wording import VOICE_NAMES, count
from stancekit.serving.score_table import ScoreTable

__all__ = ["OUTLETS", "Quoted", "quoted", "scope", "span"]

_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?(?![\d-])")
_TITLES = ("title", "headline")
OUTLETS = ("outlet", "publisher", "source", "journal")
"""Columns of which the first that is there says where a document appeared."""

_ADDRESSES = ("address", "url", "link")


@dataclass(frozen=True)
class Quoted:
    """A sentence of the scores, what its document is called, and where and when it appeared.

    `address` is a web address or empty.
    """

    text: str
    name: str
    details: tuple[str, ...]
    address: str
    probability: str


def quoted(
    table: ScoreTable, rows: Sequence[int], task: Task, label: str, date_column: str
) -> list[Quoted]:
    """Return the sentences in `rows`, with what the metadata say of their documents."""
    position = task.label_names.index(label)
    made = []
    for row in rows:
        document = table.document_names[table.documents[row]]
        date = _first(table, row, (date_column,))
        outlet = _first(table, row, OUTLETS)
        details = [outlet, _as_said(date), _voice(table, row)]
        probability = table.probabilities[task.name][row, position]
        made.append(
            Quoted(
                text=" ".join(str(table.table["text"][row].as_py()).split()),
                name=" ".join((_first(table, row, _TITLES) or document).split()),
                details=tuple(part for part in details if part),
                address=_web_address(_first(table, row, _ADDRESSES)),
                probability=f"probability {_sure(probability)}",
            )
        )
    return made


def scope(
    table: ScoreTable, by: Sequence[str], date_column: str, periods: Sequence[str] = ()
) -> str:
    """Return how many sentences and documents there are, of when, and of how many groups.

    When is told by the first and last of `periods`, or by the dates themselves without any.
    """
    parts = [f"{count(len(table), 'sentence')} of {count(len(table.document_names), 'document')}"]
    ordered = sorted(periods, key=place)
    first, last = (ordered[0], ordered[-1]) if ordered else span(table, date_column)
    if first:
        parts.append(said(first) if first == last else f"{said(first)} to {said(last)}")
    for column in by:
        values = pc.count_distinct(table.column(column), mode="only_valid").as_py()
        parts.append(f"by {column} ({values:,})")
    return " \u00b7 ".join(parts)


def span(table: ScoreTable, date_column: str) -> tuple[str, str]:
    """Return the first and the last date, as precise as they are given; "" where there is none."""
    if date_column not in table.table.column_names:
        return "", ""
    values = pc.unique(table.column(date_column)).to_pylist()
    dates = sorted(found[0] for value in values if value and (found := _DATE.match(value)))
    return (dates[0], dates[-1]) if dates else ("", "")


def _first(table: ScoreTable, row: int, columns: Sequence[str]) -> str:
    """Return the value of the first of `columns` that has one in this row, "" if none has."""
    for column in columns:
        if column in table.metadata:
            value = table.table[column][row].as_py()
            if value not in (None, ""):
                return str(value)
    return ""


def _sure(probability: float) -> str:
    return f"{probability:.2f}" if probability < 0.995 else ">0.99"


def _as_said(date: str) -> str:
    found = _DATE.match(date)
    return said(found[0]) if found else date


def _voice(table: ScoreTable, row: int) -> str:
    """Return who speaks, where it is known not to be the author."""
    if "voice" not in table.table.column_names:
        return ""
    voice = str(table.table["voice"][row].as_py() or "")
    speaker = ""
    if "speaker" in table.table.column_names:
        speaker = " ".join(str(table.table["speaker"][row].as_py() or "").split())
    return f"quoting {speaker}" if speaker else VOICE_NAMES.get(voice, "").lower()


def _web_address(value: str) -> str:
    """Return the address if a browser may go there, else nothing."""
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        return ""
    return value.strip() if parts.scheme in ("http", "https") and parts.netloc else ""
