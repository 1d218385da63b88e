"""What was scored: how much, from when, and where a sentence of it stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import pyarrow.compute as pc

from stancekit.labels.codebook import Task
from stancekit.serving.report.periods import place, said
from stancekit.serving.report.wording import count
from stancekit.serving.score_table import ScoreTable

__all__ = ["OUTLETS", "Quoted", "quoted", "scope"]

_DATE = re.compile(r"(?!0000)\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?(?![\d-])", re.ASCII)
"""Of what a date says: no year 0, which the calendar of Python lacks."""
REPORTED = "reported"
_TITLES = ("title", "headline")
OUTLETS = ("outlet", "publisher", "source", "journal")
"""Columns of which the first that is there says where a document appeared."""

_ADDRESSES = ("address", "url", "link")


@dataclass(frozen=True)
class Quoted:
    """A sentence of the scores with its calibrated probability, and what is known of its document.

    `voice` says whose words it holds, empty for the author's; `address` is a web address. What is
    not known is empty.
    """

    document: str
    sentence: int
    text: str
    probability: float
    title: str
    outlet: str
    date: str
    voice: str
    address: str

    @property
    def name(self) -> str:
        """The title of the document, or what it is called in the scores."""
        return self.title or self.document

    @property
    def details(self) -> tuple[str, ...]:
        """Where, when and by whom it was said, as far as that is known."""
        return tuple(part for part in (self.outlet, _as_said(self.date), self.voice) if part)

    @property
    def sure(self) -> str:
        """How sure the model is, in words."""
        shown = f"{self.probability:.2f}" if self.probability < 0.995 else ">0.99"
        return f"probability {shown}"


def quoted(
    table: ScoreTable, rows: Sequence[int], task: Task, label: str, date_column: str
) -> list[Quoted]:
    """Return the sentences in `rows`, with what the metadata say of their documents."""
    position = task.label_names.index(label)
    return [
        Quoted(
            document=table.document_names[table.documents[row]],
            sentence=int(table.sentences[row]),
            text=_plain(table.table["text"][row].as_py()),
            probability=float(table.probabilities[task.name][row, position]),
            title=_first(table, row, _TITLES),
            outlet=_first(table, row, OUTLETS),
            date=_first(table, row, (date_column,)),
            voice=_voice(table, row),
            address=_web_address(_first(table, row, _ADDRESSES)),
        )
        for row in rows
    ]


def scope(
    table: ScoreTable, by: Sequence[str], date_column: str, periods: Sequence[str] = ()
) -> str:
    """Return how many sentences and documents there are, of when, and of how many groups.

    When is told by the first and last of `periods`, or by the dates themselves without any.
    """
    parts = [f"{count(len(table), 'sentence')} of {count(len(table.document_names), 'document')}"]
    ordered = sorted(periods, key=place)
    first, last = (ordered[0], ordered[-1]) if ordered else _span(table, date_column)
    if first:
        parts.append(said(first) if first == last else f"{said(first)} to {said(last)}")
    for column in by:
        values = pc.count_distinct(table.column(column), mode="only_valid").as_py()
        parts.append(f"by {column} ({values:,})")
    return " \u00b7 ".join(parts)


def _span(table: ScoreTable, date_column: str) -> tuple[str, str]:
    """Return the first and the last date, as precise as both of them are; "" if there is none."""
    if date_column not in table.table.column_names:
        return "", ""
    values = pc.unique(table.column(date_column)).to_pylist()
    dates = sorted(found[0] for value in values if value and (found := _DATE.match(value)))
    if not dates:
        return "", ""
    precise = min(len(dates[0]), len(dates[-1]))
    return dates[0][:precise], dates[-1][:precise]


def _first(table: ScoreTable, row: int, columns: Sequence[str]) -> str:
    """Return the value of the first of `columns` that has one in this row, "" if none has."""
    for column in columns:
        if column in table.metadata:
            value = _plain(table.table[column][row].as_py())
            if value:
                return value
    return ""


def _plain(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())


def _as_said(date: str) -> str:
    found = _DATE.match(date)
    return said(found[0]) if found else date


def _voice(table: ScoreTable, row: int) -> str:
    """Return whose words they are, where it is known that they are not the author's."""
    if "voice" not in table.table.column_names or table.table["voice"][row].as_py() != REPORTED:
        return ""
    speaker = ""
    if "speaker" in table.table.column_names:
        speaker = _plain(table.table["speaker"][row].as_py())
    return f"quoting {speaker}" if speaker else "quoted"


def _web_address(value: str) -> str:
    """Return the address if a browser may go there, else nothing."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    return value if parts.scheme in ("http", "https") and parts.netloc else ""
