"""What is scored: a text with its identifier and metadata, or why it cannot be."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stancekit.labels.errors import InputError
from stancekit.labels.layout import CONTENT, lay_out
from stancekit.labels.segmentation import Span, segment
from stancekit.models.text import check_text

__all__ = ["Document", "SetAside", "cut", "quotes_fault"]

_MOST_QUOTES = 20_000
"""Quotation marks in one paragraph; the segmenter's time grows with their square."""

_QUOTE = re.compile("['‘`]")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Document:
    """A text to score; `excluded` marks what is not article text, None leaves that to its form."""

    id: str
    text: str
    metadata: Mapping[str, object] = field(default_factory=dict)
    excluded: Sequence[Span] | None = None
    one_sentence: bool = False
    place: str = ""

    @property
    def where(self) -> str:
        """File and line if they are known, else the identifier: what messages begin with."""
        return self.place or self.id


@dataclass(frozen=True, slots=True)
class SetAside:
    """A document that is not scored: where it stood, and what is wrong with it.

    `place` is the file, with the line or row if it is one of many; `document` its identifier, ""
    where it could not even be read that far.
    """

    document: str
    place: str
    reason: str

    @classmethod
    def of(cls, document: Document, fault: InputError) -> "SetAside":
        """Return the record of `document`, for which `cut` raised `fault`."""
        reason = str(fault).removeprefix(document.where).lstrip(":, ")
        return cls(document.id, document.place, reason)


def cut(document: Document) -> list[Span]:
    """Return the spans of a document, each of whose sentences can be scored.

    Raises InputError, beginning with `document.where`, if there is no sentence or one that cannot.
    """
    if not isinstance(document.text, str):
        raise InputError(f"{document.where}: expected a text, given {type(document.text).__name__}")
    if not document.text.strip():
        raise InputError(f"{document.where}: is empty")
    if document.one_sentence:
        check_text(document.text, document.where)
        return [Span(0, len(document.text), CONTENT)]
    if "\x00" in document.text:
        place = document.text.index("\x00")
        raise InputError(f"{document.where}: holds a NUL character at {place}: is it a text file?")
    fault = quotes_fault(document.text)
    if fault:
        raise InputError(f"{document.where}: {fault}")
    spans = segment(document.text, document.excluded)
    for span in spans:
        if span.kind == CONTENT:
            where = f"{document.where}, characters {span.start} to {span.end}"
            check_text(document.text[span.start : span.end], where)
    if not any(span.kind == CONTENT for span in spans):
        kinds = ", ".join(sorted({span.kind for span in spans}))
        raise InputError(f"{document.where}: holds no sentence to score (only {kinds})")
    return spans


def quotes_fault(text: str) -> str:
    """Return what is wrong with a text that it would take for ever to cut, "" if nothing is."""
    if sum(map(text.count, "'‘`")) <= _MOST_QUOTES:  # noqa: RUF001
        return ""
    counts = (len(_QUOTE.findall(text, block.start, block.end)) for block in lay_out(text))
    if max(counts, default=0) <= _MOST_QUOTES:
        return ""
    return f"holds a paragraph of over {_MOST_QUOTES:,} quotation marks: is this running text?"
