"""Documents cut into sentences, and into passages of so many that memory stays bounded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stancekit.labels.errors import InputError
from stancekit.labels.layout import CONTENT
from stancekit.labels.segmentation import Span, segment
from stancekit.models.text import check_text
from stancekit.serving.document import Document

__all__ = ["Passage", "passages"]


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive sentences of a document: all of them, unless it is long.

    `first` is the index of the first one in the document. `left_out` are the spans of the document
    that are no sentences, with the last passage only, which `last` says it is.
    """

    document: Document
    spans: Sequence[Span]
    first: int
    before: Span | None
    left_out: Sequence[Span]
    last: bool

    @property
    def texts(self) -> list[str]:
        """The sentences."""
        return [self.document.text[span.start : span.end] for span in self.spans]

    @property
    def contexts(self) -> list[str]:
        """The sentence before each one, "" at the beginning of the document."""
        spans = [self.before, *self.spans[:-1]]
        text = self.document.text
        return ["" if span is None else text[span.start : span.end] for span in spans]


def passages(document: Document, longest: int | None = None, start: int = 0) -> Iterator[Passage]:
    """Yield the passages of a document, of up to `longest` sentences, from sentence `start` on.

    Raises InputError that begins with the document's place if one of its sentences cannot be
    scored, or it has none.
    """
    spans = _spans(document)
    content = [span for span in spans if span.kind == CONTENT]
    left_out = tuple(span for span in spans if span.kind != CONTENT)
    size = longest or len(content)
    for first in range(start, len(content), size):
        last = first + size >= len(content)
        yield Passage(
            document,
            tuple(content[first : first + size]),
            first,
            content[first - 1] if first else None,
            left_out if last else (),
            last,
        )


def _spans(document: Document) -> list[Span]:
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
    spans = segment(document.text, document.excluded)
    for span in spans:
        if span.kind == CONTENT:
            where = f"{document.where}, characters {span.start} to {span.end}"
            check_text(document.text[span.start : span.end], where)
    if not any(span.kind == CONTENT for span in spans):
        kinds = ", ".join(sorted({span.kind for span in spans}))
        raise InputError(f"{document.where}: holds no sentence to score (only {kinds})")
    return spans
